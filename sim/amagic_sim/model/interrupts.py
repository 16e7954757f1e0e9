"""The states of interrupts: of one CPU's SGIs and PPIs, or of the SPIs, which all CPUs share.

Every state is a number whose bit n belongs to INTID n, as in the distributor's own registers.
"""

from typing import NamedTuple

__all__ = ["PRIVATE", "SGIS", "Candidate", "Interrupts"]

SGIS = 0x0000_FFFF
"""The bits of the SGIs; those of PPIs are above."""
PRIVATE = 0xFFFF_FFFF


class Candidate(NamedTuple):
    """An interrupt that is offered to a CPU interface. ``cpuid`` is an SGI's source, else 0."""

    intid: int
    priority: int
    group: int
    cpuid: int = 0


class Interrupts:
    """A bank of interrupts. ``present`` has the bits of those that are implemented.

    Out of reset nothing is enabled but the SGIs, which always are (seen on a GIC-400:
    `GICD_ISENABLER0` reads 0xffff), and everything else is 0.
    """

    def __init__(self, present: int):
        self.present = present
        self.group = 0
        self.enabled = present & SGIS
        self.edge = present & SGIS
        self.latch = 0
        self.level = 0
        self.active = 0
        self.priority = [0] * present.bit_length()
        self.non_secure_access = [0, 0]
        """GICD_NSACR: the lower and the upper bits of its fields."""

    @property
    def pending(self) -> int:
        """Latched, or level-sensitive with the line high (page GICD_ISPENDR<n>)."""
        return self.latch | self.level & ~self.edge

    def permits(self, level: int) -> int:
        """What a Non-secure access reaches: Group 1, and what GICD_NSACR permits of Group 0.

        A register whose fields it does not permit at all asks for level 4.
        """
        low, high = self.non_secure_access
        granted = {1: low | high, 2: high, 3: low & high}.get(level, 0)
        return self.group | granted

    def drive(self, level: int) -> None:
        """The lines change: a rising edge is latched if that is what the interrupt looks for."""
        self.latch |= level & ~self.level & self.edge
        self.level = level

    def ready(self, enable: int) -> int:
        """What can be forwarded: pending, enabled, not active, and of a group that is enabled.

        An interrupt that is active, or active and pending, is no candidate (page GICV_AHPPIR). A
        group that GICD_CTLR disables does not take part (page GICC_HPPIR).
        """
        groups = (~self.group if enable & 1 else 0) | (self.group if enable & 2 else 0)
        return self.pending & self.enabled & ~self.active & groups
