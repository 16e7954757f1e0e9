"""What a GIC is built with, and what it may be built with."""

from dataclasses import dataclass

from ..parameters import check_bool, check_range

__all__ = ["GicConfig"]


@dataclass(frozen=True)
class GicConfig:
    """Parameters of one GIC. A value out of range raises `ValueError` with the range.

    Parameters
    ----------
    cpus : int
        CPU interfaces, 1 to 8.
    spis : int
        Shared peripheral interrupts, 0 to 988: INTIDs 32 to ``32 + spis - 1``.
    lrs : int
        List registers of each CPU, 1 to 64.
    priority_bits : int
        Physical priority bits, 4 to 8. (The virtual interface always has five.)
    sync_lines : bool
        Put two flip-flops before each interrupt line. Without them the lines must be synchronous
        to the GIC's clock.
    implementer, product, revision, variant : int
        The fields of ``GICD_IIDR`` and ``GICC_IIDR``: JEP106 code (12 bits), product (8 bits for
        the distributor), revision and variant (4 bits each).
    """

    cpus: int = 1
    spis: int = 64
    lrs: int = 4
    priority_bits: int = 5
    sync_lines: bool = True
    implementer: int = 0
    product: int = 0xA6
    revision: int = 0
    variant: int = 0

    def __post_init__(self) -> None:
        check_range("cpus", self.cpus, 1, 8)
        check_range("spis", self.spis, 0, 988)
        check_range("lrs", self.lrs, 1, 64)
        check_range("priority_bits", self.priority_bits, 4, 8)
        check_range("implementer", self.implementer, 0, 0xFFF)
        check_range("product", self.product, 0, 0xFF)
        check_range("revision", self.revision, 0, 15)
        check_range("variant", self.variant, 0, 15)
        check_bool("sync_lines", self.sync_lines)

    @property
    def spi_rows(self) -> int:
        """Rows of 32 SPIs; ``GICD_TYPER.ITLinesNumber`` (0 to 31)."""
        return (self.spis + 31) // 32

    @property
    def rows(self) -> int:
        """Rows in the distributor: one of SGIs and PPIs for each CPU, then the SPIs'."""
        return self.cpus + self.spi_rows

    @property
    def priority_mask(self) -> int:
        """The implemented bits of an 8-bit priority: the upper ones."""
        return 0xFF & ~((1 << (8 - self.priority_bits)) - 1)
