"""The CPU interface: the same machine as GICC, fed by the distributor, and as GICV, fed by the list
registers.

Sources are Arm's register pages GICC_x and GICV_x and, for the order of checks, a transcription of
IHI 0048B's pseudocode (unverified).
"""

from typing import Protocol

from .interrupts import Candidate
from .page import By, merge

__all__ = [
    "ACK_CTL",
    "CBPR",
    "ENABLE_GRP0",
    "ENABLE_GRP1",
    "EOI_MODE",
    "FIQ_EN",
    "IDLE",
    "SPECIAL",
    "SPURIOUS",
    "WRONG_GROUP",
    "CpuInterface",
    "Source",
]

ENABLE_GRP0, ENABLE_GRP1, ACK_CTL, FIQ_EN, CBPR = (1 << bit for bit in range(5))
EOI_MODE = 1 << 9
"""Fields of GICC_CTLR and GICV_CTLR, in their places."""

SPURIOUS = 1023
WRONG_GROUP = 1022
SPECIAL = 1020
"""INTIDs from here on name no interrupt."""
IDLE = 0xFF


def lowest(bits: int) -> int:
    """The place of the lowest bit, or one past all places."""
    return (bits & -bits).bit_length() - 1 if bits else 128


class Source(Protocol):
    """Where a CPU interface's interrupts come from, seen by the interface of one CPU."""

    def candidate(self) -> Candidate | None:
        """The highest-priority interrupt that could be signalled."""

    def acknowledge(self, candidate: Candidate) -> None:
        """It becomes active."""

    def deactivate(self, intid: int, cpuid: int, counts: bool) -> None:
        """The end of an interrupt: of one that has no list register ``counts`` in EOICount."""


class CpuInterface:
    """GICC or GICV of one CPU.

    The virtual one has five priority bits, one GICV_APR for both groups, and no bypass bits.
    """

    def __init__(self, source: Source, priority_bits: int, iidr: int, *, virtual: bool = False):
        self.source = source
        self.virtual = virtual
        self.iidr = iidr
        self.priority_mask = 0xFF00 >> priority_bits & 0xFF
        self.preemption_bits = min(priority_bits, 7)
        self.min_bpr = 7 - self.preemption_bits
        self.ctlr_mask = 0x21F if virtual else 0x3FF
        self.ctlr, self.pmr = 0, 0
        self.bpr, self.abpr = self.min_bpr, self.min_bpr + 1
        self.active = [0, 0]
        """Active priorities of Group 0 (APR) and Group 1 (NSAPR): bit n is group priority n, of
        `preemption_bits` bits. The virtual interface uses the first for both groups."""

    # Priorities

    @property
    def running(self) -> int | None:
        """The highest active group priority, as it was when its interrupt was acknowledged."""
        active = self.active[0] | self.active[1]
        if not active:
            return None
        return (active & -active).bit_length() - 1 << 8 - self.preemption_bits

    def group_priority(self, priority: int, group: int) -> int:
        """The part of a priority that preempts: [7:BPR+1] of Group 0, [7:ABPR] of Group 1.

        With CBPR, BPR serves both groups (page GICC_BPR, page GICC_ABPR).
        """
        lowest = self.abpr if group and not self.ctlr & CBPR else self.bpr + 1
        return priority >> lowest << lowest

    def present(self, candidate: Candidate | None) -> bool:
        """There is a candidate, and its group is enabled here.

        The winner is chosen without a look at this interface's enables: one of a disabled group
        hides what is behind it (page GICC_HPPIR).
        """
        return candidate is not None and bool(self.ctlr >> candidate.group & 1)

    def signalled(self, candidate: Candidate | None) -> bool:
        """It has sufficient priority: higher than PMR in all bits, and a group priority higher than
        the running priority's, both under the binary point of the candidate's group."""
        if candidate is None or not self.ctlr >> candidate.group & 1:
            return False
        priority, group = candidate.priority, candidate.group
        if priority >= self.pmr:
            return False
        running = self.running
        if running is None:
            return True
        return self.group_priority(priority, group) < self.group_priority(running, group)

    @property
    def outputs(self) -> tuple[int, int]:
        """IRQ and FIQ. Group 0 is FIQ with FIQEn; Group 1 is always IRQ."""
        candidate = self.source.candidate()
        if not self.signalled(candidate):
            return 0, 0
        return (0, 1) if not candidate.group and self.ctlr & FIQ_EN else (1, 0)

    # Acknowledge

    def _report(self, *, aliased: bool) -> int:
        """What the winner reads as: its INTID, with an SGI's source CPU in [12:10], or special.

        The aliased registers are for Group 1 alone, and have no AckCtl (page GICV_AIAR).
        """
        candidate = self.source.candidate()
        if aliased:
            wrong = SPURIOUS if not candidate.group else None
        else:
            wrong = WRONG_GROUP if candidate.group and not self.ctlr & ACK_CTL else None
        return candidate.cpuid << 10 | candidate.intid if wrong is None else wrong

    def acknowledge(self, *, aliased: bool) -> int:
        """Insufficient priority reads 1023 before the group is looked at."""
        candidate = self.source.candidate()
        if not self.signalled(candidate):
            return SPURIOUS
        value = self._report(aliased=aliased)
        if value & 0x3FF < SPECIAL:
            bank = 0 if self.virtual else candidate.group
            priority = self.group_priority(candidate.priority, candidate.group)
            self.active[bank] |= 1 << (priority >> 8 - self.preemption_bits)
            self.source.acknowledge(candidate)
        return value

    def read_iar(self, _index: int, by: By) -> int:
        return self.acknowledge(aliased=False)

    def read_aiar(self, _index: int, by: By) -> int:
        return self.acknowledge(aliased=True)

    def highest_pending(self, *, aliased: bool) -> int:
        """Neither PMR nor the running priority hides what is pending (seen on a GIC-400)."""
        if not self.present(self.source.candidate()):
            return SPURIOUS
        return self._report(aliased=aliased)

    def read_hppir(self, _index: int, by: By) -> int:
        return self.highest_pending(aliased=False)

    def read_ahppir(self, _index: int, by: By) -> int:
        return self.highest_pending(aliased=True)

    # End of interrupt

    def drop(self, banks: tuple[int, ...] = (0, 1)) -> bool:
        """The highest active priority ends, whatever the INTID; was there one?

        The architecture wants EOIR to name the interrupt acknowledged last; if it does not, the
        result is UNPREDICTABLE, and ours is this. One that is in both registers leaves APR first.
        """
        bank = min(banks, key=lambda bank: (lowest(self.active[bank]), bank))
        dropped = self.active[bank]
        self.active[bank] &= dropped - 1
        return bool(dropped)

    def end(self, value: int, eoi_mode: int, banks: tuple[int, ...] = (0, 1)) -> None:
        """Drops the priority and, with EOImode = 0, deactivates. 1020 to 1023 are ignored."""
        intid = value & 0x3FF
        if intid >= SPECIAL:
            return
        dropped = self.drop(banks)
        if not self.ctlr & eoi_mode:
            self.source.deactivate(intid, value >> 10 & 7, dropped)

    def deactivate(self, value: int, eoi_mode: int) -> None:
        """With EOImode = 1, deactivates and drops nothing. With 0 ignored (page GICC_DIR; page
        GICC_CTLR has UNPREDICTABLE)."""
        intid = value & 0x3FF
        if intid < SPECIAL and self.ctlr & eoi_mode:
            self.source.deactivate(intid, value >> 10 & 7, True)

    def write_eoir(self, _index: int, value: int, _lanes: int, by: By) -> None:
        """EOIR and AEOIR take either group's interrupts (UNPREDICTABLE where they do not fit:
        ours)."""
        self.end(value, EOI_MODE)

    write_aeoir = write_eoir

    def write_dir(self, _index: int, value: int, _lanes: int, by: By) -> None:
        self.deactivate(value, EOI_MODE)

    # Plain registers

    def read_ctlr(self, _index: int, by: By) -> int:
        return self.ctlr

    def write_ctlr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """The bypass-disable bits [8:5] are kept (seen on a GIC-400), without effect."""
        self.ctlr = merge(self.ctlr, value, lanes) & self.ctlr_mask

    def read_pmr(self, _index: int, by: By) -> int:
        return self.pmr

    def write_pmr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """Bits below the implemented ones read 0. So with fewer than eight the lowest priority can
        never be signalled."""
        self.pmr = merge(self.pmr, value, lanes) & self.priority_mask

    def read_bpr(self, _index: int, by: By) -> int:
        return self.bpr

    def write_bpr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """A value below the minimum becomes the minimum (page ICH_VMCR_EL2)."""
        self.bpr = max(self.min_bpr, merge(self.bpr, value, lanes) & 7)

    def read_abpr(self, _index: int, by: By) -> int:
        return self.abpr

    def write_abpr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """Its own value also while CBPR is set. Its minimum is BPR's plus 1."""
        self.abpr = max(self.min_bpr + 1, merge(self.abpr, value, lanes) & 7)

    def read_rpr(self, _index: int, by: By) -> int:
        running = self.running
        return IDLE if running is None else running

    def read_iidr(self, _index: int, by: By) -> int:
        return self.iidr

    # Active priorities

    def _read_active(self, bank: int, index: int) -> int:
        return self.active[bank] >> 32 * index & 0xFFFF_FFFF

    def _write_active(self, bank: int, index: int, value: int, lanes: int) -> None:
        """As many bits as there are group priorities; the running priority follows at once."""
        merged = merge(self.active[bank], value << 32 * index, lanes << 32 * index)
        self.active[bank] = merged & (1 << (1 << self.preemption_bits)) - 1

    def read_apr(self, index: int, by: By) -> int:
        return self._read_active(0, index)

    def write_apr(self, index: int, value: int, lanes: int, by: By) -> None:
        self._write_active(0, index, value, lanes)

    def read_nsapr(self, index: int, by: By) -> int:
        """Group 1's active priorities, also with one security state (page GICC_NSAPR<n>)."""
        return 0 if self.virtual else self._read_active(1, index)

    def write_nsapr(self, index: int, value: int, lanes: int, by: By) -> None:
        if not self.virtual:
            self._write_active(1, index, value, lanes)
