"""Software generated interrupts: pending from each source CPU, at each target CPU."""

from .interrupts import Interrupts

__all__ = ["Sgis"]

LIST, OTHERS, SELF = 0, 1, 2
"""GICD_SGIR.TargetListFilter (page GICD_SGIR). 3 is reserved; ours has no effect then."""


class Sgis:
    """The SGIs at one target CPU: for each a byte, whose bit c says pending from CPU c.

    So the same SGI of two sources is two interrupts, delivered one after the other, and a second
    one of the same source merges with the first.
    """

    def __init__(self, bank: Interrupts):
        self._bank = bank
        self.sources = [0] * 16

    def pend(self, sgi: int, sources: int) -> None:
        self._set(sgi, self.sources[sgi] | sources)

    def clear(self, sgi: int, sources: int) -> None:
        self._set(sgi, self.sources[sgi] & ~sources)

    def _set(self, sgi: int, sources: int) -> None:
        """An SGI is pending as long as one of its sources is."""
        self.sources[sgi] = sources
        latch = self._bank.latch & ~(1 << sgi)
        self._bank.latch = latch | (sources != 0) << sgi

    def source(self, sgi: int) -> int:
        """The source that an acknowledge takes: the lowest (IMPLEMENTATION DEFINED)."""
        return (self.sources[sgi] & -self.sources[sgi]).bit_length() - 1

    @staticmethod
    def targets(value: int, cpu: int, cpus: int) -> list[int]:
        """The CPUs that a write of ``value`` to GICD_SGIR by ``cpu`` is for."""
        kind = value >> 24 & 3
        if kind == LIST:
            return [target for target in range(cpus) if value >> 16 + target & 1]
        if kind == OTHERS:
            return [target for target in range(cpus) if target != cpu]
        return [cpu] if kind == SELF else []
