"""The list registers of one CPU: the interrupts that its GICV has.

Sources are Arm's pages GICH_LR<n>, GICH_EISR<n>, GICH_ELRSR<n> and GICV_IAR; "ours" marks what the
architecture calls UNPREDICTABLE.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .interrupts import Candidate

__all__ = ["ACTIVE", "EOI", "GROUP1", "HW", "PENDING", "STATE", "ListRegisters", "Summary"]

HW, GROUP1 = 1 << 31, 1 << 30
STATE, PENDING, ACTIVE = 3 << 28, 1 << 28, 2 << 28
EOI = 1 << 19
"""Fields of GICH_LRn, in their places."""
KEPT = 0xFFFF_FFFF & ~(7 << 20)
"""Bits [22:20] are reserved. [19:10] are the PhysicalID, or EOI, and the CPUID below it."""
SPECIAL = 1020


def sgi_source(word: int) -> int | None:
    """The CPUID of an entry for a virtual SGI; no other has one, nor one with HW = 1."""
    return word >> 10 & 7 if word & 0x3FF < 16 and not word & HW else None


class Summary(NamedTuple):
    """What all list registers of a CPU come to."""

    best: int | None
    """The pending entry of the highest priority; of equal ones, that of the lowest index.

    One that is active and pending is no candidate (page GICV_AHPPIR). VirtualIDs 1020 to 1023 are
    UNPREDICTABLE; ours never offers them.
    """
    ended: int
    """GICH_EISR: invalid, not of hardware, and maintenance was asked for."""
    empty: int
    """GICH_ELRSR: invalid, and with nothing left to be reported."""
    valid: int
    """How many are not invalid."""
    any_pending: bool
    """Some entry is pending; active and pending does not count."""

    @classmethod
    def of(cls, words: Sequence[int]) -> "Summary":
        states = [word & STATE for word in words]
        offered = [
            index
            for index, word in enumerate(words)
            if states[index] == PENDING and word & 0x3FF < SPECIAL
        ]
        best = min(offered, key=lambda index: words[index] >> 23 & 31, default=None)
        asks = [not word & HW and word & EOI for word in words]
        ended = sum(1 << i for i, state in enumerate(states) if not state and asks[i])
        empty = sum(1 << i for i, state in enumerate(states) if not state and not asks[i])
        return cls(best, ended, empty, sum(map(bool, states)), PENDING in states)


class ListRegisters:
    """GICH_LR0 and up, as ``words``."""

    def __init__(self, count: int):
        self.words = [0] * count
        self._summary: Summary | None = None

    def write(self, index: int, value: int) -> None:
        self.words[index] = value & KEPT
        self.changed()

    def changed(self) -> None:
        """The summary is made anew when it is asked for next."""
        self._summary = None

    @property
    def summary(self) -> Summary:
        if self._summary is None:
            self._summary = Summary.of(self.words)
        return self._summary

    def candidate(self) -> Candidate | None:
        """The best entry, as GICV sees it."""
        best = self.summary.best
        if best is None:
            return None
        word = self.words[best]
        group, priority = int(bool(word & GROUP1)), (word >> 23 & 31) << 3
        return Candidate(word & 0x3FF, priority, group, sgi_source(word) or 0)

    def acknowledge(self) -> None:
        """The best entry becomes active; its other fields stay."""
        best = self.summary.best
        self.write(best, self.words[best] ^ PENDING ^ ACTIVE)

    def end(self, intid: int, cpuid: int) -> tuple[bool, int | None]:
        """The end of an interrupt: is it in a list register, and what is to be deactivated?

        The entry with that VirtualID that is active stops being so and keeps its other fields (seen
        on a GIC-400); virtual SGIs are told apart by their source. With HW = 1 its physical
        interrupt is to be deactivated. One that is only pending stays as it is (UNPREDICTABLE,
        ours), and of two for the same interrupt the lower index ends (ours).
        """
        held = [
            index
            for index, word in enumerate(self.words)
            if word & 0x3FF == intid and word & STATE and sgi_source(word) in (None, cpuid)
        ]
        for index in held:
            word = self.words[index]
            if word & ACTIVE:
                self.write(index, word & ~ACTIVE)
                return True, word >> 10 & 0x3FF if word & HW else None
        return bool(held), None
