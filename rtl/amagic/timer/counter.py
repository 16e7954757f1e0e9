"""The system counter and its two pages: CNTControlBase and CNTReadBase.

After the Arm ARM, DDI 0487L I5.7: CNTCR, CNTSR, CNTCV and CNTFID<n>. The count and its control
live in one place, and the two pages are two views.
"""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..registers import CNTControlBase, CNTReadBase
from .config import TimerConfig
from .port import PageSignature, identification, word

__all__ = ["SystemCounter"]


class SystemCounter(wiring.Component):
    """A 64-bit counter that goes up by one in each clock cycle in which it is enabled.

    ``CNTCR.EN`` resets to 0, as the architecture has it. The frequency modes table has one entry
    (``CNTFID0``, the clock's frequency) and its end mark, so ``FCREQ`` and ``FCACK`` need no bits
    and read 0. ``CNTCV`` resets to 0 (our choice).

    A write of one half of ``CNTCV`` replaces that half, and the counter does not count in that
    cycle; so both halves are right only when they are written while the counter stands.

    Members
    -------
    control, read
        The pages CNTControlBase and CNTReadBase.
    count_enable
        The clock cycle counts (a bench holds the counter with 0).
    debug_halt
        The halt-on-debug signal; it halts the counter while ``CNTCR.HDBG`` is 1.
    count
        The count.
    """

    def __init__(self, config: TimerConfig):
        self._config = config
        super().__init__(
            {
                "control": In(PageSignature()),
                "read": In(PageSignature()),
                "count_enable": In(1, init=1),
                "debug_halt": In(1),
                "count": Out(64),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        control, read, count = self.control, self.read, self.count

        cntcr = Signal(CNTControlBase.CNTCR.layout)
        cntsr = Signal(CNTControlBase.CNTSR.layout)
        # CNTPCT, CNTVCT and TVAL tell the count of the cycle before: so does CNTCV.
        sample = Signal(64)
        m.d.comb += cntsr.DBGH.eq(cntcr.HDBG & self.debug_halt)
        m.d.sync += sample.eq(count)

        with m.If(cntcr.EN & self.count_enable & ~cntsr.DBGH):
            m.d.sync += count.eq(count + 1)
        with m.If(control.w_stb):
            with m.Switch(control.addr):
                with m.Case(word(CNTControlBase.CNTCR)):
                    written = CNTControlBase.CNTCR.layout(control.w_data)
                    m.d.sync += [cntcr.EN.eq(written.EN), cntcr.HDBG.eq(written.HDBG)]
                with m.Case(word(CNTControlBase.CNTCV, 0)):
                    m.d.sync += [count[:32].eq(control.w_data), count[32:].eq(count[32:])]
                with m.Case(word(CNTControlBase.CNTCV, 1)):
                    m.d.sync += [count[:32].eq(count[:32]), count[32:].eq(control.w_data)]

        with m.Switch(control.addr):
            for address, value in (
                (word(CNTControlBase.CNTCR), cntcr.as_value()),
                (word(CNTControlBase.CNTSR), cntsr.as_value()),
                (word(CNTControlBase.CNTCV, 0), sample[:32]),
                (word(CNTControlBase.CNTCV, 1), sample[32:]),
                (word(CNTControlBase.CNTFID, 0), self._config.frequency),
                *identification(self._config, CNTControlBase.CounterID),
            ):
                with m.Case(address):
                    m.d.comb += control.r_data.eq(value)
        with m.Switch(read.addr):
            for address, value in (
                (word(CNTReadBase.CNTCV, 0), sample[:32]),
                (word(CNTReadBase.CNTCV, 1), sample[32:]),
                *identification(self._config, CNTReadBase.CounterID),
            ):
                with m.Case(address):
                    m.d.comb += read.r_data.eq(value)
        return m
