"""What a GIC is built with, and what it may be built with."""

from dataclasses import dataclass

from ..parameters import check_bool, check_range

__all__ = ["MAX_SELECTION_STAGES", "GicConfig"]

FEW_ROWS = 8
"""Up to this number of rows, reading one leaves time for comparisons in the same cycle."""

MAX_SELECTION_STAGES = 5
"""A register before each of the five levels of comparisons over a row. Behind them is the cache."""


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
        Physical priority bits, 4 to 8, or 5 to 8 with the Security Extensions. (The virtual
        interface always has five.)
    security : bool
        The Security Extensions: Secure and Non-secure accesses see different GICs, as `view` has
        it. Without them every access sees everything.
    sync_lines : bool
        Put two flip-flops before each interrupt line. Without them the lines must be synchronous
        to the GIC's clock.
    selection_stages : int or None
        Register stages between a row's state and the cache of row winners, 0 to 5: each makes the
        clock faster and the candidates a cycle later. None, the default, takes 2 for up to 8 rows
        and 3 for more.
    tree_per_cpu : bool
        Compare a row of SPIs for all CPUs at once, with a tree of comparisons each. Without it
        there is one tree, and the row is looked at for one CPU after another, a cycle each.
    implementer, product, revision, variant : int
        The fields of ``GICD_IIDR`` and ``GICC_IIDR``: JEP106 code (12 bits), product (8 bits for
        the distributor), revision and variant (4 bits each).
    """

    cpus: int = 1
    spis: int = 64
    lrs: int = 4
    priority_bits: int = 5
    security: bool = False
    sync_lines: bool = True
    selection_stages: int | None = None
    tree_per_cpu: bool = False
    implementer: int = 0
    product: int = 0xA6
    revision: int = 0
    variant: int = 0

    def __post_init__(self) -> None:
        check_range("cpus", self.cpus, 1, 8)
        check_range("spis", self.spis, 0, 988)
        check_range("lrs", self.lrs, 1, 64)
        check_bool("security", self.security)
        if self.security:
            check_range("priority_bits with security", self.priority_bits, 5, 8)
        check_range("priority_bits", self.priority_bits, 4, 8)
        check_range("implementer", self.implementer, 0, 0xFFF)
        check_range("product", self.product, 0, 0xFF)
        check_range("revision", self.revision, 0, 15)
        check_range("variant", self.variant, 0, 15)
        check_range(
            "selection_stages", self.selection_stages, 0, MAX_SELECTION_STAGES, optional=True
        )
        check_bool("sync_lines", self.sync_lines)
        check_bool("tree_per_cpu", self.tree_per_cpu)

    @property
    def spi_rows(self) -> int:
        """Rows of 32 SPIs; ``GICD_TYPER.ITLinesNumber`` (0 to 31)."""
        return (self.spis + 31) // 32

    @property
    def rows(self) -> int:
        """Rows in the distributor: one of SGIs and PPIs for each CPU, then the SPIs'."""
        return self.cpus + self.spi_rows

    @property
    def row_stages(self) -> int:
        """``selection_stages``, or what is chosen by the number of rows."""
        if self.selection_stages is not None:
            return self.selection_stages
        return 2 if self.rows <= FEW_ROWS else 3

    @property
    def row_trees(self) -> int:
        """Trees of comparisons over a row: one, or one for each CPU."""
        return self.cpus if self.tree_per_cpu else 1

    @property
    def priority_mask(self) -> int:
        """The implemented bits of an 8-bit priority: the upper ones."""
        return 0xFF & ~((1 << (8 - self.priority_bits)) - 1)
