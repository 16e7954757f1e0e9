"""How the timer's access pipeline reaches the registers of one 4 KiB page."""

from collections.abc import Iterator

from amaranth import Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..registers import Register
from .config import TimerConfig

__all__ = ["PageSignature", "identification", "word"]

PAGE_WORD_WIDTH = 10


class PageSignature(wiring.Signature):
    """Registers behind a word address, seen from the pipeline.

    Members
    -------
    addr
        Word address, ``width`` bits: 10 for a page.
    w_stb, w_data
        A write of a whole word; it takes effect at the end of the cycle.
    r_data
        What is at ``addr``, in the same cycle. Reads have no side effect.
    """

    def __init__(self, width: int = PAGE_WORD_WIDTH):
        self.width = width
        super().__init__({"addr": Out(width), "w_stb": Out(1), "w_data": Out(32), "r_data": In(32)})

    def __eq__(self, other):
        return isinstance(other, PageSignature) and self.width == other.width


def word(register: Register, index: int = 0) -> int:
    """The word address of ``register`` number ``index`` in its page."""
    return register.at(index) >> 2


def identification(config: TimerConfig, register: Register) -> Iterator[tuple[int, Value]]:
    """The rows of a read table for the identification registers of a page."""
    for index, value in enumerate(config.counter_id):
        yield word(register, index), value
