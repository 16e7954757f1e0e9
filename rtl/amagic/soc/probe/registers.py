"""The probe's registers."""

from amaranth import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...bus.frame import FrameSignature
from ...registers.probe import PROBE
from .moment import WATCHES, Mark

__all__ = ["ProbeRegisters", "Watch"]


class Watch(data.Struct):
    """A watch register: the retirement of ``pc`` at ``privilege`` is an event."""

    enable: 1
    privilege: 2
    pc: 32


class ProbeRegisters(wiring.Component):
    """The page of `amagic.registers.probe.PROBE`.

    An access takes two cycles. A write that does not cover the whole word is ignored.

    Members
    -------
    frame
        The frame port. ``secure`` makes no difference; ``cpu`` is who makes a mark.
    kinds
        Kinds of events that are recorded; 0 while the probe is off.
    mark, watch
        See there.
    clear, pop
        Strobes.
    count, dropped, unread, record
        What the registers show.
    """

    def __init__(self):
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                "kinds": Out(32),
                "mark": Out(Mark),
                "watch": Out(Watch).array(WATCHES),
                "clear": Out(1),
                "pop": Out(1),
                "count": In(32),
                "dropped": In(32),
                "unread": In(32),
                "record": In(128),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        frame = self.frame
        enable = Signal(init=PROBE.CTRL.reset & 1)
        kinds = Signal(32, init=PROBE.KINDS.reset)
        m.d.comb += self.kinds.eq(kinds & enable.replicate(32))

        first = Signal()
        m.d.comb += first.eq((frame.r_stb | frame.w_stb) & ~frame.ack)
        m.d.sync += frame.ack.eq(first)

        control = PROBE.CTRL.layout(frame.w_data)
        with m.If(first & frame.w_stb & frame.be.all()):
            with m.Switch(frame.addr):
                with m.Case(PROBE.CTRL.offset):
                    m.d.sync += enable.eq(control.Enable)
                    m.d.comb += self.clear.eq(control.Clear)
                with m.Case(PROBE.KINDS.offset):
                    m.d.sync += kinds.eq(frame.w_data)
                with m.Case(PROBE.MARK.offset):
                    m.d.comb += self.mark.stb.eq(1)
                with m.Case(PROBE.POP.offset):
                    m.d.comb += self.pop.eq(1)
                for n, watch in enumerate(self.watch):
                    with m.Case(PROBE.WATCH_PC.at(n)):
                        m.d.sync += watch.pc.eq(frame.w_data)
                    with m.Case(PROBE.WATCH_CTRL.at(n)):
                        fields = PROBE.WATCH_CTRL.layout(frame.w_data)
                        m.d.sync += [
                            watch.enable.eq(fields.Enable),
                            watch.privilege.eq(fields.Privilege),
                        ]
        m.d.comb += [self.mark.cpu.eq(frame.cpu), self.mark.value.eq(frame.w_data)]

        table = [
            (PROBE.CTRL.offset, enable),
            (PROBE.KINDS.offset, kinds),
            (PROBE.COUNT.offset, self.count),
            (PROBE.DROPPED.offset, self.dropped),
            (PROBE.UNREAD.offset, self.unread),
        ]
        table += [(PROBE.RECORD.at(n), self.record.word_select(n, 32)) for n in range(4)]
        for n, watch in enumerate(self.watch):
            fields = Signal(PROBE.WATCH_CTRL.layout, name=f"watch_ctrl{n}")
            m.d.comb += [fields.Enable.eq(watch.enable), fields.Privilege.eq(watch.privilege)]
            table += [
                (PROBE.WATCH_PC.at(n), watch.pc),
                (PROBE.WATCH_CTRL.at(n), fields.as_value()),
            ]
        m.d.sync += frame.r_data.eq(0)
        with m.Switch(frame.addr):
            for address, value in table:
                with m.Case(address):
                    m.d.sync += frame.r_data.eq(value)
        return m
