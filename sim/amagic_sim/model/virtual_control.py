"""GICH of one CPU: the hypervisor's control of its list registers and of its GICV.

Sources are Arm's pages GICH_HCR, GICH_VTR, GICH_VMCR, GICH_MISR (DDI 0595, DDI 0601).
"""

from collections.abc import Callable

from .cpu_interface import CpuInterface
from .interrupts import Candidate
from .list_registers import ListRegisters
from .page import By, merge

__all__ = ["VirtualControl"]

EN, UIE, LRENPIE, NPIE = 1, 2, 4, 8
VGRP0EIE, VGRP0DIE, VGRP1EIE, VGRP1DIE = 0x10, 0x20, 0x40, 0x80
HCR_MASK = 0xF800_00FF
EOICOUNT = 27
VIRTUAL_PRIORITY_BITS = 5


class VirtualControl:
    """GICH, with the GICV that it controls and the list registers that feed it.

    ``forward`` deactivates a physical interrupt of this CPU, or a shared one.
    """

    def __init__(self, lrs: int, iidr: int, forward: Callable[[int], None]):
        self.hcr = 0
        self.lrs = ListRegisters(lrs)
        self.gicv = CpuInterface(self, VIRTUAL_PRIORITY_BITS, iidr, virtual=True)
        self._forward = forward

    # What GICV sees of it

    def candidate(self) -> Candidate | None:
        """While En is 0 nothing is signalled, acknowledged (page GICV_IAR), or reported (ours)."""
        return self.lrs.candidate() if self.hcr & EN else None

    def acknowledge(self, _candidate: Candidate) -> None:
        self.lrs.acknowledge()

    def deactivate(self, intid: int, cpuid: int, counts: bool) -> None:
        """EOICount counts the ends of interrupts that no list register has, and wraps.

        It counts an EOIR that deactivates and dropped a priority, and each DIR.
        """
        held, physical = self.lrs.end(intid, cpuid)
        if physical is not None:
            self._forward(physical)
        elif counts and not held:
            self.hcr = self.hcr + (1 << EOICOUNT) & HCR_MASK

    @property
    def maintenance(self) -> int:
        """The line: a condition holds while En is 1 (page GICH_MISR)."""
        return int(bool(self.hcr & EN) and self.misr != 0)

    @property
    def misr(self) -> int:
        """Each condition is a level with its own enable in it; EOI has none. En does not matter."""
        hcr, ctlr, lrs = self.hcr, self.gicv.ctlr, self.lrs.summary
        value = int(lrs.ended != 0)
        if hcr & 0xFE:
            value |= bool(hcr & UIE and lrs.valid < 2) << 1
            value |= bool(hcr & LRENPIE and hcr >> EOICOUNT) << 2
            value |= bool(hcr & NPIE and not lrs.any_pending) << 3
            value |= bool(hcr & VGRP0EIE and ctlr & 1) << 4
            value |= bool(hcr & VGRP0DIE and not ctlr & 1) << 5
            value |= bool(hcr & VGRP1EIE and ctlr & 2) << 6
            value |= bool(hcr & VGRP1DIE and not ctlr & 2) << 7
        return value

    # Registers

    def read_hcr(self, _index: int, by: By) -> int:
        return self.hcr

    def write_hcr(self, _index: int, value: int, lanes: int, by: By) -> None:
        self.hcr = merge(self.hcr, value, lanes) & HCR_MASK

    def read_vtr(self, _index: int, by: By) -> int:
        """PRIbits [31:29] and PREbits [28:26], 5 each, and ListRegs [5:0]: all of them less one."""
        return 0x9000_0000 | len(self.lrs.words) - 1

    def read_vmcr(self, _index: int, by: By) -> int:
        """GICV_CTLR, PMR [31:27], BPR [23:21] and ABPR [20:18]: an alias, not a copy."""
        gicv = self.gicv
        return gicv.pmr >> 3 << 27 | gicv.bpr << 21 | gicv.abpr << 18 | gicv.ctlr

    def write_vmcr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """What is written 0 reads 0x004c0000: binary points have a minimum (seen on a GIC-400)."""
        value = merge(self.read_vmcr(0, by), value, lanes)
        for write, field in (
            (self.gicv.write_ctlr, value),
            (self.gicv.write_pmr, value >> 27 << 3),
            (self.gicv.write_bpr, value >> 21 & 7),
            (self.gicv.write_abpr, value >> 18 & 7),
        ):
            write(0, field, 0xFFFF_FFFF, by)

    def read_misr(self, _index: int, by: By) -> int:
        return self.misr

    def read_eisr(self, index: int, by: By) -> int:
        return self.lrs.summary.ended >> 32 * index & 0xFFFF_FFFF

    def read_elrsr(self, index: int, by: By) -> int:
        return self.lrs.summary.empty >> 32 * index & 0xFFFF_FFFF

    def read_apr(self, _index: int, by: By) -> int:
        """GICV's active priorities, of both groups; GICV_APR0 is the same."""
        return self.gicv.read_apr(0, by)

    def write_apr(self, _index: int, value: int, lanes: int, by: By) -> None:
        self.gicv.write_apr(0, value, lanes, by)

    def read_lr(self, index: int, by: By) -> int:
        return self.lrs.words[index] if index < len(self.lrs.words) else 0

    def write_lr(self, index: int, value: int, lanes: int, by: By) -> None:
        if index < len(self.lrs.words):
            self.lrs.write(index, merge(self.lrs.words[index], value, lanes))
