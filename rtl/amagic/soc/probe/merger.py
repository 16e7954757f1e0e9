"""From moments to records."""

from amaranth import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from .moment import Info, moment_layout, slots

__all__ = ["Merger", "RecordSignature"]

MOMENTS = 16
"""Moments that can wait: only more than one event a cycle for longer than that overruns them."""


class RecordSignature(wiring.Signature):
    """A stream of records without back-pressure, seen from its source.

    ``valid`` is 1 in a cycle with a record: ``time`` of 64 bits, ``info`` laid out as `Info`
    (kind in [31:27], cpu in [26:24], aux in [15:0]), ``value`` of 32 bits.
    """

    def __init__(self):
        super().__init__({"valid": Out(1), "time": Out(64), "info": Out(32), "value": Out(32)})

    def __eq__(self, other):
        return isinstance(other, RecordSignature)


class Merger(wiring.Component):
    """Queues moments and sends their events, one record a cycle.

    Members
    -------
    moment
        A cycle's events.
    recorded
        The records.
    clear
        Sets ``dropped`` to 0.
    dropped
        Events of moments that found the queue full; stops at its largest value.
    """

    def __init__(self, harts: int, frames: int):
        self._harts, self._frames = harts, frames
        self._layout = moment_layout(harts, frames)
        super().__init__(
            {
                "moment": In(self._layout),
                "recorded": Out(RecordSignature()),
                "clear": In(1),
                "dropped": Out(32),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.queue = queue = SyncFIFOBuffered(width=self._layout.size, depth=MOMENTS)
        m.d.comb += [
            queue.w_data.eq(self.moment),
            queue.w_en.eq(self.moment.present.any()),
        ]

        lost = Signal(range(len(self.moment.present) + 1))
        total = Signal(33)
        m.d.comb += [
            lost.eq(sum(bit for bit in self.moment.present)),
            total.eq(self.dropped + lost),
        ]
        with m.If(self.clear):
            m.d.sync += self.dropped.eq(0)
        with m.Elif(queue.w_en & ~queue.w_rdy):
            m.d.sync += self.dropped.eq(total[:32] | total[32].replicate(32))

        head = Signal(self._layout)
        sent = Signal(len(head.present))  # of the head's events
        waiting = Signal(len(head.present))
        chosen = Signal(range(len(head.present)))
        m.d.comb += [
            head.eq(queue.r_data),
            waiting.eq(head.present & ~sent),
        ]
        for bit in reversed(range(len(waiting))):
            with m.If(waiting[bit]):
                m.d.comb += chosen.eq(bit)

        said = [slot for *_, slot in slots(head, self._harts, self._frames)]
        info = Signal(Info)
        m.d.comb += [
            info.kind.eq(Array(slot.kind for slot in said)[chosen]),
            info.cpu.eq(Array(slot.cpu for slot in said)[chosen]),
            info.aux.eq(Array(slot.aux for slot in said)[chosen]),
        ]
        m.d.sync += [
            self.recorded.valid.eq(queue.r_rdy),
            self.recorded.time.eq(head.time),
            self.recorded.info.eq(info),
            self.recorded.value.eq(Array(slot.value for slot in said)[chosen]),
        ]
        with m.If(queue.r_rdy):
            # The last one when no other bit waits.
            with m.If((waiting & (waiting - 1)) == 0):
                m.d.comb += queue.r_en.eq(1)
                m.d.sync += sent.eq(0)
            with m.Else():
                m.d.sync += sent.bit_select(chosen, 1).eq(1)
        return m
