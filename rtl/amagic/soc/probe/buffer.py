"""The records that software reads."""

from amaranth import Cat, Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from .merger import RecordSignature

__all__ = ["RecordBuffer"]


class RecordBuffer(wiring.Component):
    """A ring of records in block RAM.

    A record that finds it full is not kept: the buffer holds what came first.

    Members
    -------
    recorded
        The records.
    clear
        Empties the buffer and sets ``unread`` to 0; it takes precedence.
    pop
        Takes the oldest record out; without one it has no effect.
    oldest
        The oldest record, from the cycle after the one in which it became that on.
    count
        Records in the buffer.
    unread
        Records that found it full; stops at its largest value.
    """

    def __init__(self, depth: int):
        self._depth = depth
        super().__init__(
            {
                "recorded": In(RecordSignature()),
                "clear": In(1),
                "pop": In(1),
                "oldest": Out(128),
                "count": Out(range(depth + 1)),
                "unread": Out(32),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=unsigned(128), depth=self._depth, init=[])
        write, read = memory.write_port(), memory.read_port()
        recorded = self.recorded

        # One bit more than an address, so that full and empty differ.
        written = Signal(exact_log2(self._depth) + 1)
        taken = Signal.like(written)
        full = Signal()
        m.d.comb += [
            self.count.eq((written - taken)[: len(written)]),
            full.eq(self.count == self._depth),
            write.addr.eq(written),
            write.data.eq(Cat(recorded.time, recorded.info, recorded.value)),
            write.en.eq(recorded.valid & ~full),
            read.addr.eq(taken),
            self.oldest.eq(read.data),
        ]
        with m.If(self.clear):
            m.d.sync += [written.eq(0), taken.eq(0), self.unread.eq(0)]
        with m.Else():
            m.d.sync += written.eq(written + write.en)
            with m.If(self.pop & (self.count != 0)):
                m.d.sync += taken.eq(taken + 1)
            with m.If(recorded.valid & full & ~self.unread.all()):
                m.d.sync += self.unread.eq(self.unread + 1)
        return m
