"""What the board's lights show, taken from the probe's events: the firmware has no part in it."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from amagic.soc.events import EventKind
from amagic.soc.probe import RecordSignature
from amagic.soc.probe.moment import Info

__all__ = ["LIGHTS", "Lights"]

LIGHTS = ("heartbeat", "activity", "passed", "failed")
"""The lights in the order in which a board with fewer of them leaves them out, from behind."""

END_MARK = 3
"""Upper four bits of a MARK that ends a run; the others are 0 for PASS (``drivers/probe.h``)."""


class Lights(wiring.Component):
    """Four lights.

    Parameters
    ----------
    clock_hz : int
        The clock's frequency, from which the lights' times come.

    Members
    -------
    event
        What the probe records.
    heartbeat
        Blinks about once a second while the clock runs.
    activity
        A virtual interrupt was signalled within the last twentieth of a second.
    passed, failed
        The firmware ended its run, and how.
    """

    def __init__(self, clock_hz: int):
        self._half_second = clock_hz // 2
        self._flash = clock_hz // 20
        super().__init__(
            {"event": In(RecordSignature()), **{name: Out(1) for name in LIGHTS}},
        )

    def elaborate(self, platform):
        m = Module()
        beat = Signal(range(self._half_second))
        flash = Signal(range(self._flash + 1))
        event = self.event
        value = event.value
        kind = Info(event.info).kind

        with m.If(beat == self._half_second - 1):
            m.d.sync += [beat.eq(0), self.heartbeat.eq(~self.heartbeat)]
        with m.Else():
            m.d.sync += beat.eq(beat + 1)

        with m.If(event.valid & (kind == EventKind.VIRQ) & value[0]):
            m.d.sync += flash.eq(self._flash)
        with m.Elif(flash != 0):
            m.d.sync += flash.eq(flash - 1)
        m.d.comb += self.activity.eq(flash != 0)

        with m.If(event.valid & (kind == EventKind.MARK) & (value[28:] == END_MARK)):
            passed = value[:28] == 0
            m.d.sync += [self.passed.eq(passed), self.failed.eq(~passed)]
        return m
