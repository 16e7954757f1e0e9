"""How an access reaches a register: offsets, sizes, and what reads as zero and ignores writes.

A frame's registers are a table of names and offsets; the part that implements the frame has a
method `read_NAME` for each that can be read and `write_NAME` for each that can be written.

- What is not in the table is reserved: it reads 0 and ignores writes.
- A read of a write-only register gives 0, and a write to a read-only one is ignored.
- Words work everywhere. The architecture has bytes for `GICD_IPRIORITYR`, `GICD_ITARGETSR`,
  `GICD_CPENDSGIR` and `GICD_SPENDSGIR` only, and leaves other sizes to the implementation (IHI
  0048B 4.1.4, unverified). Ours: a narrow access reaches its bytes of any register of the GIC, but
  of one whose accesses act, a part reads 0 and is ignored. The timer ignores narrow writes.
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

    ``narrow`` tells which accesses of bytes and halfwords work: those that have their letter there.
    """

    name: str
    offset: int
    access: str
    count: int = 1
    narrow: str = "RW"


def merge(old: int, value: int, lanes: int) -> int:
    """What a register that simply keeps its bytes holds after a write of some of them."""
    return old & ~lanes | value


class _Word(NamedTuple):
    index: int
    narrow: str
    read: Reader | None
    write: Writer | None


class Page:
    """The registers of one frame, each bound to the part that implements it."""

    def __init__(self, *bound: tuple[object, Sequence[Register]]):
        self._words: dict[int, _Word] = {}
        for part, registers in bound:
            for name, offset, access, count, narrow in registers:
                reader = getattr(part, f"read_{name.lower()}") if "R" in access else None
                writer = getattr(part, f"write_{name.lower()}") if "W" in access else None
                for index in range(count):
                    self._words[offset + 4 * index] = _Word(index, narrow, reader, writer)

    def read(self, offset: int, size: int, by: By) -> int:
        word = self._words.get(offset & ~3)
        if word is None or word.read is None or (size != 4 and "R" not in word.narrow):
            return 0
        value = word.read(word.index, by)
        return value if size == 4 else value >> 8 * (offset & 3) & (1 << 8 * size) - 1

    def write(self, offset: int, size: int, value: int, by: By) -> None:
        word = self._words.get(offset & ~3)
        if word is None or word.write is None or (size != 4 and "W" not in word.narrow):
            return
        if size == 4:
            word.write(word.index, value & WORD, WORD, by)
            return
        shift = 8 * (offset & 3)
        lanes = (1 << 8 * size) - 1 << shift
        word.write(word.index, value << shift & lanes, lanes, by)
