"""GICC with the Security Extensions: what Secure and Non-secure accesses see of it.

The machine is that of `cpu_interface`; only the views of its registers differ. Non-secure accesses
handle Group 1 alone: they see priorities in the Non-secure view, and their binary point, active
priorities and EOImode are their own. Sources beside `cpu_interface`'s: IHI 0048A, GICv1's
specification, whose Secure interrupts are GICv2's Group 0; the Cortex-A35's manual, 100236, on the
active priorities; and, as a second source for all of it, QEMU's model.
"""

from typing import Protocol

from .cpu_interface import CBPR, EOI_MODE, IDLE, CpuInterface, Source
from .page import By, merge
from .priority import non_secure_view, secure_value

__all__ = ["GroupedSource", "SecureCpuInterface"]

EOI_MODE_NS = 1 << 10
NON_SECURE_CTLR = {0: 1, 5: 7, 6: 8, 9: 10}
"""Bits of the Non-secure GICC_CTLR, and where the Secure one has them: EnableGrp1, FIQBypDisGrp1,
IRQBypDisGrp1, EOImodeNS (page GICC_CTLR)."""
UPPER_HALF = 0x80


class GroupedSource(Source, Protocol):
    """The distributor, asked for the group of an interrupt, too."""

    def group(self, intid: int) -> int:
        """0 for what is not there."""


class SecureCpuInterface(CpuInterface):
    """GICC of one CPU of a GIC with two security states."""

    source: GroupedSource

    def __init__(self, source: GroupedSource, priority_bits: int, iidr: int):
        super().__init__(source, priority_bits, iidr)
        self.ctlr_mask |= EOI_MODE_NS

    # The aliased registers are the Non-secure views, for Secure accesses (pages GICC_ABPR,
    # GICC_AIAR, GICC_AEOIR, GICC_AHPPIR). To Non-secure ones they are RAZ/WI (second source for
    # ABPR; unverified for the others, which GICv3's pages let them reach).

    def read_iar(self, index: int, by: By) -> int:
        """To a Non-secure access, a winner of Group 0 reads 1023."""
        return self.acknowledge(aliased=by.non_secure)

    def read_aiar(self, index: int, by: By) -> int:
        return 0 if by.non_secure else self.acknowledge(aliased=True)

    def read_hppir(self, index: int, by: By) -> int:
        """As IAR: Group 0 reads 1023, and 1022 is for Secure accesses (page GICC_HPPIR)."""
        return self.highest_pending(aliased=by.non_secure)

    def read_ahppir(self, index: int, by: By) -> int:
        return 0 if by.non_secure else self.highest_pending(aliased=True)

    def write_eoir(self, index: int, value: int, lanes: int, by: By) -> None:
        if by.non_secure:
            self._end_group_1(value, EOI_MODE_NS)
        else:
            self.end(value, EOI_MODE)

    def write_aeoir(self, index: int, value: int, lanes: int, by: By) -> None:
        """As a Non-secure write of EOIR, but for EOImodeS (page GICC_CTLR)."""
        if not by.non_secure:
            self._end_group_1(value, EOI_MODE)

    def _end_group_1(self, value: int, eoi_mode: int) -> None:
        """Group 0's interrupts are ignored (second source), and its active priorities stay, even
        if they are higher: Non-secure accesses do not affect Secure operation (page GICC_APR<n>).
        """
        if self.source.group(value & 0x3FF):
            self.end(value, eoi_mode, banks=(1,))

    def write_dir(self, index: int, value: int, lanes: int, by: By) -> None:
        """A Non-secure write does not deactivate Group 0 (second source)."""
        if not by.non_secure:
            self.deactivate(value, EOI_MODE)  # each state has its own EOImode (page GICC_DIR)
        elif self.source.group(value & 0x3FF):
            self.deactivate(value, EOI_MODE_NS)

    # Control and priorities

    def read_ctlr(self, index: int, by: By) -> int:
        if not by.non_secure:
            return self.ctlr
        return sum((self.ctlr >> bit & 1) << view for view, bit in NON_SECURE_CTLR.items())

    def write_ctlr(self, index: int, value: int, lanes: int, by: By) -> None:
        """A Non-secure write changes the bits of its view, and no other."""
        if not by.non_secure:
            super().write_ctlr(index, value, lanes, by)
            return
        for view, bit in NON_SECURE_CTLR.items():
            if lanes >> view & 1:
                self.ctlr = self.ctlr & ~(1 << bit) | (value >> view & 1) << bit

    def read_pmr(self, index: int, by: By) -> int:
        """A mask in Group 0's half reads 0 (IHI 0048A 4.2.1)."""
        if not by.non_secure:
            return self.pmr
        return non_secure_view(self.pmr) if self.pmr & UPPER_HALF else 0

    def write_pmr(self, index: int, value: int, lanes: int, by: By) -> None:
        """A Non-secure write is ignored while the mask is in Group 0's half (IHI 0048A 4.2.1)."""
        if not by.non_secure:
            super().write_pmr(index, value, lanes, by)
        elif self.pmr & UPPER_HALF:
            view = merge(self.read_pmr(index, by), value, lanes) & 0xFF
            self.pmr = secure_value(view) & self.priority_mask

    def read_bpr(self, index: int, by: By) -> int:
        """Banked: the Non-secure copy is ABPR. With CBPR it reads as BPR + 1, at most 7 (page
        ICC_BPR1_EL1)."""
        if not by.non_secure:
            return self.bpr
        return min(self.bpr + 1, 7) if self.ctlr & CBPR else self.abpr

    def write_bpr(self, index: int, value: int, lanes: int, by: By) -> None:
        """With CBPR a Non-secure write is ignored (page ICC_BPR1_EL1)."""
        if not by.non_secure:
            super().write_bpr(index, value, lanes, by)
        elif not self.ctlr & CBPR:
            super().write_abpr(index, value, lanes, by)

    def read_abpr(self, index: int, by: By) -> int:
        return 0 if by.non_secure else self.abpr

    def write_abpr(self, index: int, value: int, lanes: int, by: By) -> None:
        if not by.non_secure:
            super().write_abpr(index, value, lanes, by)

    def read_rpr(self, index: int, by: By) -> int:
        """To a Non-secure access a priority in Group 0's half reads 0 (page GICC_RPR)."""
        running = super().read_rpr(index, by)
        if not by.non_secure or running == IDLE:
            return running
        return non_secure_view(running) if running & UPPER_HALF else 0

    # Active priorities: Non-secure accesses have the upper half of NSAPR, as APR (100236 B3.2: of
    # five bits, NSAPR0[31:16] appears as APR0[15:0]).

    @property
    def _half(self) -> int:
        return 1 << self.preemption_bits - 1

    def read_apr(self, index: int, by: By) -> int:
        if not by.non_secure:
            return super().read_apr(index, by)
        return self.active[1] >> self._half >> 32 * index & 0xFFFF_FFFF

    def write_apr(self, index: int, value: int, lanes: int, by: By) -> None:
        if not by.non_secure:
            super().write_apr(index, value, lanes, by)
            return
        place = self._half + 32 * index
        merged = merge(self.active[1], value << place, lanes << place)
        self.active[1] = merged & (1 << 2 * self._half) - 1

    def read_nsapr(self, index: int, by: By) -> int:
        """Not for Non-secure accesses (page GICC_NSAPR<n>)."""
        return 0 if by.non_secure else super().read_nsapr(index, by)

    def write_nsapr(self, index: int, value: int, lanes: int, by: By) -> None:
        if not by.non_secure:
            super().write_nsapr(index, value, lanes, by)
