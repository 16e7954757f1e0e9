"""What an entry of the table of known divergences says."""

from collections.abc import Callable
from dataclasses import dataclass

from ..replay.operation import Access
from .history import History

__all__ = ["NONE", "SEEN", "Divergence"]

SEEN = ("7.2",)
"""The QEMU versions in which all of these were seen: 7.2.22 of Debian 12."""

NONE: frozenset[str] = frozenset()

Bits = Callable[[History, Access, int], int]
Lines = Callable[[History, int], frozenset[str]]


@dataclass(frozen=True)
class Divergence:
    """One thing that QEMU does otherwise.

    ``bits`` are those of a read's value that may differ, told from the history, the access and the
    right value; ``reads`` is what QEMU has in them, where that is always the same. ``outputs`` are
    those of a CPU that may differ. ``diverts`` says whether an access, which is in the history
    already, makes QEMU's state another one for good.
    """

    name: str
    qemu: str
    right: str
    source: str
    reads: int | None = None
    bits: Bits = lambda history, access, right: 0
    outputs: Lines = lambda history, cpu: NONE
    diverts: Callable[[History, Access], bool] = lambda history, access: False
    versions: tuple[str, ...] = SEEN

    def excused(self, bits: int, got: int) -> int:
        """Those of ``bits`` in which a value of QEMU's may be wrong."""
        return 0 if self.reads is not None and (got ^ self.reads) & bits else bits

    def seen_in(self, version: str) -> bool:
        """Whether the entry names a version of QEMU, such as ``7.2.22``."""
        return any(f"{version}.".startswith(f"{each}.") for each in self.versions)
