"""One timer frame: the pages CNTBaseN and CNTEL0BaseN over a physical and a virtual timer.

After the Arm ARM, DDI 0487L I5.7: CNTEL0ACR, CNTACR<n>, CNTPCT, CNTVOFF and CNTFRQ, which is in the
second view when either counter is permitted there.
"""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..registers import CNTBase, CNTCTLBase, CNTEL0Base
from .compare import CompareTimer
from .config import TimerConfig
from .port import PageSignature, identification, word

__all__ = ["TimerFrame"]


class _Permissions(data.Struct):
    """What the page that is accessed shows. What it does not show reads 0 and ignores writes."""

    pct: 1
    vct: 1
    frq: 1
    voff: 1
    cntv: 1
    cntp: 1
    acr: 1  # CNTEL0ACR itself


class TimerFrame(wiring.Component):
    """CNTBaseN and its second view, CNTEL0BaseN.

    The second view shows what ``CNTEL0ACR`` permits of what the first view shows, and neither
    ``CNTEL0ACR`` nor ``CNTVOFF``. ``CNTEL0ACR`` resets to 0 (our choice, the architecture has
    UNKNOWN): a guest gets nothing that its host has not given.

    Members
    -------
    page
        The page that is accessed; the two pages have the same registers in the same places.
    second_view
        The page is CNTEL0BaseN.
    count
        The system count.
    frequency, access, offset
        ``CNTFRQ``, this frame's ``CNTACR<n>`` and ``CNTVOFF<n>``.
    virtual_irq, physical_irq
        The timers' lines. A line rises three cycles after the cycle in which the count, less
        ``CNTVOFF`` for the virtual timer, becomes equal to the compare value.
    """

    def __init__(self, config: TimerConfig):
        self._config = config
        super().__init__(
            {
                "page": In(PageSignature()),
                "second_view": In(1),
                "count": In(64),
                "frequency": In(32),
                "access": In(CNTCTLBase.CNTACR.layout),
                "offset": In(64),
                "virtual_irq": Out(1),
                "physical_irq": Out(1),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.physical = physical = CompareTimer()
        m.submodules.virtual = virtual = CompareTimer()
        page = self.page

        # Both counts are those of the same cycle, the last one, so that their difference is
        # CNTVOFF whenever they are read.
        physical_count = Signal(64)
        virtual_count = Signal(64)
        m.d.sync += [
            physical_count.eq(self.count),
            virtual_count.eq(self.count - self.offset),
        ]

        el0acr = Signal(CNTBase.CNTEL0ACR.layout)
        shown = Signal(_Permissions)
        access, first_view = self.access, ~self.second_view
        either = el0acr.EL0PCTEN | el0acr.EL0VCTEN
        m.d.comb += [
            shown.pct.eq(access.RPCT & (first_view | el0acr.EL0PCTEN)),
            shown.vct.eq(access.RVCT & (first_view | el0acr.EL0VCTEN)),
            shown.frq.eq(access.RFRQ & (first_view | either)),
            shown.voff.eq(access.RVOFF & first_view),
            shown.cntv.eq(access.RWVT & (first_view | el0acr.EL0VTEN)),
            shown.cntp.eq(access.RWPT & (first_view | el0acr.EL0PTEN)),
            shown.acr.eq(first_view),
        ]

        for timer, permitted, first, count, irq in (
            (physical, shown.cntp, CNTBase.CNTP_CVAL, physical_count, self.physical_irq),
            (virtual, shown.cntv, CNTBase.CNTV_CVAL, virtual_count, self.virtual_irq),
        ):
            here = page.addr[2:] == word(first) >> 2
            m.d.comb += [
                timer.page.addr.eq(page.addr[:2]),
                timer.page.w_data.eq(page.w_data),
                timer.page.w_stb.eq(page.w_stb & permitted & here),
                timer.count.eq(count),
                irq.eq(timer.irq),
            ]
        with m.If(page.w_stb & shown.acr & (page.addr == word(CNTBase.CNTEL0ACR))):
            written = CNTBase.CNTEL0ACR.layout(page.w_data)
            for field in CNTBase.CNTEL0ACR.fields:
                m.d.sync += el0acr[field.name].eq(written[field.name])

        table = [
            (word(CNTBase.CNTPCT, 0), shown.pct, physical_count[:32]),
            (word(CNTBase.CNTPCT, 1), shown.pct, physical_count[32:]),
            (word(CNTBase.CNTVCT, 0), shown.vct, virtual_count[:32]),
            (word(CNTBase.CNTVCT, 1), shown.vct, virtual_count[32:]),
            (word(CNTBase.CNTFRQ), shown.frq, self.frequency),
            (word(CNTBase.CNTEL0ACR), shown.acr, el0acr.as_value()),
            (word(CNTBase.CNTVOFF, 0), shown.voff, self.offset[:32]),
            (word(CNTBase.CNTVOFF, 1), shown.voff, self.offset[32:]),
        ]
        with m.Switch(page.addr):
            for address, permitted, value in table:
                with m.Case(address):
                    m.d.comb += page.r_data.eq(Mux(permitted, value, 0))
            for address, value in identification(self._config, CNTEL0Base.CounterID):
                with m.Case(address):
                    m.d.comb += page.r_data.eq(value)
            for timer, permitted, first in (
                (physical, shown.cntp, CNTBase.CNTP_CVAL),
                (virtual, shown.cntv, CNTBase.CNTV_CVAL),
            ):
                with m.Case(f"{word(first) >> 2:08b}--"):
                    m.d.comb += page.r_data.eq(Mux(permitted, timer.page.r_data, 0))
        return m
