"""The list registers of one CPU: the interrupts that its GICV has.

Sources are Arm's pages GICH_LR<n>, GICH_EISR<n>, GICH_ELRSR<n> and GICV_IAR; "ours" marks what the
architecture calls UNPREDICTABLE.
"""

from collections.abc import Callable

from .interrupts import Candidate

__all__ = ["ListRegisters"]

HW, GROUP1 = 1 << 31, 1 << 30
STATE, PENDING, ACTIVE = 3 << 28, 1 << 28, 2 << 28
EOI = 1 << 19
KEPT = 0xFFFF_FFFF & ~(7 << 20)
"""Bits [22:20] are reserved. [19:10] are the PhysicalID, or EOI, and the CPUID below it."""
SPECIAL = 1020


def sgi_source(word: int) -> int | None:
    """The CPUID of an entry for a virtual SGI; no other has one, nor one with HW = 1."""
    return word >> 10 & 7 if word & 0x3FF < 16 and not word & HW else None


class ListRegisters:
    """GICH_LR0 and up, as ``words``."""

    def __init__(self, count: int):
        self.words = [0] * count
        self._best: int | None = None
        self._known = True

    def write(self, index: int, value: int) -> None:
        self.words[index] = value & KEPT
        self._known = False

    @property
    def best(self) -> int | None:
        """The pending entry of the highest priority; of equal ones, that of the lowest index.

        One that is active and pending is no candidate (page GICV_AHPPIR). VirtualIDs 1020 to 1023
        are UNPREDICTABLE; ours never offers them.
        """
        if not self._known:
            pending = [
                index
                for index, word in enumerate(self.words)
                if word & STATE == PENDING and word & 0x3FF < SPECIAL
            ]
            self._best = min(pending, key=lambda i: self.words[i] >> 23 & 31, default=None)
            self._known = True
        return self._best

    def candidate(self) -> Candidate | None:
        if self.best is None:
            return None
        word = self.words[self.best]
        group, priority = int(bool(word & GROUP1)), (word >> 23 & 31) << 3
        return Candidate(word & 0x3FF, priority, group, sgi_source(word) or 0)

    def acknowledge(self) -> None:
        """The best entry becomes active; its other fields stay."""
        self.write(self.best, self.words[self.best] ^ PENDING ^ ACTIVE)

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

    def bits(self, wanted: Callable[[int], bool]) -> int:
        """A bit for each entry; those of registers that are not there are 0."""
        return sum(1 << index for index, word in enumerate(self.words) if wanted(word))

    @property
    def ended(self) -> int:
        """GICH_EISR: invalid, not of hardware, and maintenance was asked for."""
        return self.bits(lambda word: not word & (STATE | HW) and bool(word & EOI))

    @property
    def empty(self) -> int:
        """GICH_ELRSR: invalid, and with nothing left to be reported."""
        return self.bits(lambda word: not word & STATE and bool(word & HW or not word & EOI))

    @property
    def valid(self) -> int:
        """How many are not invalid."""
        return sum(1 for word in self.words if word & STATE)

    @property
    def any_pending(self) -> bool:
        """Some entry is pending; active and pending does not count."""
        return any(word & STATE == PENDING for word in self.words)
