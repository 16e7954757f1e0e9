"""How an access reaches a register: offsets, sizes, and what reads as zero and ignores writes.

A frame's registers are a table of names and offsets; the part that implements the frame has a
method `read_NAME` for each that can be read and `write_NAME` for each that can be written.

- What is not in the table is reserved: it reads 0 and ignores writes.
- A read of a write-only register gives 0, and a write to a read-only one is ignored.
- Words work everywhere. The architecture has bytes for `GICD_IPRIORITYR`, `GICD_ITARGETSR`,
  `GICD_CPENDSGIR` and `GICD_SPENDSGIR` only, and leaves other sizes to the implementation (IHI
  0048B 4.1.4, unverified). Ours: a narrow access reaches its bytes of any register, except of one
  that acts as a whole, where it reads 0 and is ignored.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = ["WORD", "By", "Page", "Register", "merge"]

WORD = 0xFFFF_FFFF

Reader = Callable[[int, "By"], int]
Writer = Callable[[int, int, int, "By"], None]


class By(NamedTuple):
    """Who makes an access: a CPU, and whether the access is Non-secure.

    With one security state no access is Non-secure: each sees everything, as a Secure one does.
    Nor are those to GICH and GICV, which have no Secure view.
    """

    cpu: int
    non_secure: bool = False


class Register(NamedTuple):
    """A register, or ``count`` of them in consecutive words; ``access`` is RW, RO or WO.

    ``whole`` marks those whose accesses act, so that a part of one means nothing.
    """

    name: str
    offset: int
    access: str
    count: int = 1
    whole: bool = False


def merge(old: int, value: int, lanes: int) -> int:
    """What a register that simply keeps its bytes holds after a write of some of them."""
    return old & ~lanes | value


class _Word(NamedTuple):
    index: int
    whole: bool
    read: Reader | None
    write: Writer | None


class Page:
    """The registers of one frame, bound to what implements them."""

    def __init__(self, part: object, registers: Sequence[Register]):
        self._words: dict[int, _Word] = {}
        for name, offset, access, count, whole in registers:
            reader = getattr(part, f"read_{name.lower()}") if "R" in access else None
            writer = getattr(part, f"write_{name.lower()}") if "W" in access else None
            for index in range(count):
                self._words[offset + 4 * index] = _Word(index, whole, reader, writer)

    def read(self, offset: int, size: int, by: By) -> int:
        word = self._words.get(offset & ~3)
        if word is None or word.read is None or (word.whole and size != 4):
            return 0
        value = word.read(word.index, by)
        return value if size == 4 else value >> 8 * (offset & 3) & (1 << 8 * size) - 1

    def write(self, offset: int, size: int, value: int, by: By) -> None:
        word = self._words.get(offset & ~3)
        if word is None or word.write is None or (word.whole and size != 4):
            return
        if size == 4:
            word.write(word.index, value & WORD, WORD, by)
            return
        shift = 8 * (offset & 3)
        lanes = (1 << 8 * size) - 1 << shift
        word.write(word.index, value << shift & lanes, lanes, by)
