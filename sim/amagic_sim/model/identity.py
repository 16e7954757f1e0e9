"""Who made it: what the identification registers carry."""

from dataclasses import dataclass

__all__ = ["Identity"]


@dataclass(frozen=True)
class Identity:
    """The fields of the identification registers; the defaults are those of our own GIC."""

    implementer: int = 0
    product: int = 0xA6
    revision: int = 0
    variant: int = 0

    @property
    def gicd_iidr(self) -> int:
        """ProductID [31:24], Variant [19:16], Revision [15:12], Implementer [11:0]."""
        low = self.variant << 16 | self.revision << 12 | self.implementer
        return self.product << 24 | low

    @property
    def gicc_iidr(self) -> int:
        """ProductID [31:20], architecture version [19:16] = 2, Revision, Implementer.

        A GIC-400 reads 0x0202143b here and 0x0200143b in GICD_IIDR: the distributor's ProductID is
        the upper eight bits of this one.
        """
        return self.product << 24 | 2 << 16 | self.revision << 12 | self.implementer

    def pidr(self, index: int) -> int:
        """PIDR4 to 7, then PIDR0 to 3. The architecture fixes PIDR2[7:4], which is 2 for GICv2;
        ours have the product in PIDR0, too."""
        return {4: self.product, 6: 0x20}.get(index, 0)

    def cidr(self, index: int) -> int:
        """The preamble of a CoreSight-style component, of class 0xF."""
        return (0x0D, 0xF0, 0x05, 0xB1)[index]
