"""One timer: compare value, timer value, control, and the output line.

After the Arm ARM, DDI 0487L I5.7: CNTP_CTL, CNTP_CVAL and CNTP_TVAL. The physical and the
virtual timer are the same machine; they differ in the count they are given.
"""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..registers import CNTBase
from .port import PageSignature, word

__all__ = ["CompareTimer"]

# The four words of a timer, which have the same order in CNTP and CNTV.
_CVAL_LOW, _CVAL_HIGH, _TVAL, _CTL = (
    address & 3
    for address in (
        word(CNTBase.CNTP_CVAL, 0),
        word(CNTBase.CNTP_CVAL, 1),
        word(CNTBase.CNTP_TVAL),
        word(CNTBase.CNTP_CTL),
    )
)


class CompareTimer(wiring.Component):
    """Raises its line while it is enabled, not masked, and the count has reached ``CVAL``.

    All three values are unsigned numbers of 64 bits. ``ISTATUS`` follows ``count >= CVAL`` by one
    cycle, and the line follows ``ENABLE & ISTATUS & ~IMASK`` by another. With ``ENABLE`` = 0,
    where the architecture has UNKNOWN, ``ISTATUS`` reads 0 and ``TVAL`` goes on counting down
    (our choice). Everything resets to 0 (our choice, the architecture has UNKNOWN).

    Members
    -------
    page
        The timer's four words: CVAL, two halves each written alone, TVAL, CTL.
    count
        The count that this timer sees.
    irq
        The line, level, from a flip-flop.
    """

    page: In(PageSignature(2))
    count: In(64)
    irq: Out(1)

    def elaborate(self, platform) -> Module:
        m = Module()
        page, count = self.page, self.count

        cval = Signal(64)
        control = Signal(CNTBase.CNTP_CTL.layout)
        reached = Signal()
        m.d.sync += [
            reached.eq(count >= cval),
            self.irq.eq(control.ISTATUS & ~control.IMASK),
        ]
        enable = Signal()
        mask = Signal()
        m.d.comb += [
            control.ENABLE.eq(enable),
            control.IMASK.eq(mask),
            control.ISTATUS.eq(enable & reached),
        ]

        with m.If(page.w_stb):
            with m.Switch(page.addr):
                with m.Case(_CVAL_LOW):
                    m.d.sync += cval[:32].eq(page.w_data)
                with m.Case(_CVAL_HIGH):
                    m.d.sync += cval[32:].eq(page.w_data)
                with m.Case(_TVAL):
                    m.d.sync += cval.eq(count + page.w_data.as_signed())
                with m.Case(_CTL):
                    written = CNTBase.CNTP_CTL.layout(page.w_data)
                    m.d.sync += [enable.eq(written.ENABLE), mask.eq(written.IMASK)]

        with m.Switch(page.addr):
            with m.Case(_CVAL_LOW):
                m.d.comb += page.r_data.eq(cval[:32])
            with m.Case(_CVAL_HIGH):
                m.d.comb += page.r_data.eq(cval[32:])
            with m.Case(_TVAL):
                m.d.comb += page.r_data.eq(cval[:32] - count[:32])
            with m.Case(_CTL):
                m.d.comb += page.r_data.eq(control.as_value())
        return m
