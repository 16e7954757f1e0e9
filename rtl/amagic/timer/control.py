"""CNTCTLBase: what the owner of a block of timer frames sets for each of them.

After the Arm ARM, DDI 0487L I5.7: CNTFRQ, CNTNSAR, CNTTIDR, CNTACR<n> and CNTVOFF<n>.
"""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..registers import CNTCTLBase
from .config import TimerConfig
from .port import PageSignature, identification, word

__all__ = ["TimerControl"]

_FRAME_FEATURES = 0b0111
"""Each frame's field in CNTTIDR: implemented, with a virtual timer, with a second view."""


class TimerControl(wiring.Component):
    """The page CNTCTLBase.

    Where the architecture leaves a reset value UNKNOWN, ours is: ``CNTFRQ`` the configured
    frequency, ``CNTVOFF<n>`` 0, ``CNTACR<n>`` everything permitted. The page's owner has the
    CNTBaseN pages too, so closing them would keep nobody out; a guest has a CNTEL0BaseN page
    only, and ``CNTEL0ACR``, which resets to 0, is what it is kept in with.

    Without the Security Extensions every frame accepts Non-secure accesses: ``CNTNSAR`` has a
    fixed 1 for each, as its page has it for frames whose access is not configurable.

    Parameters
    ----------
    config : TimerConfig
    frames : int
        The block's frames, 1 to 8.

    Members
    -------
    page
        The page CNTCTLBase.
    frequency
        ``CNTFRQ``.
    access, offset
        ``CNTACR<n>`` and ``CNTVOFF<n>`` of each frame.
    """

    def __init__(self, config: TimerConfig, frames: int):
        self._config = config
        self._frames = frames
        acr = CNTCTLBase.CNTACR
        super().__init__(
            {
                "page": In(PageSignature()),
                "frequency": Out(32, init=config.frequency),
                "access": Out(acr.layout, init=acr.unpack(acr.reset)).array(frames),
                "offset": Out(64).array(frames),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        page, frames = self.page, range(self._frames)

        with m.If(page.w_stb):
            with m.Switch(page.addr):
                with m.Case(word(CNTCTLBase.CNTFRQ)):
                    m.d.sync += self.frequency.eq(page.w_data)
                for n in frames:
                    with m.Case(word(CNTCTLBase.CNTACR, n)):
                        fields = CNTCTLBase.CNTACR.layout(page.w_data)
                        for field in CNTCTLBase.CNTACR.fields:
                            m.d.sync += self.access[n][field.name].eq(fields[field.name])
                    with m.Case(word(CNTCTLBase.CNTVOFF, 2 * n)):
                        m.d.sync += self.offset[n][:32].eq(page.w_data)
                    with m.Case(word(CNTCTLBase.CNTVOFF, 2 * n + 1)):
                        m.d.sync += self.offset[n][32:].eq(page.w_data)

        table = [
            (word(CNTCTLBase.CNTFRQ), self.frequency),
            (word(CNTCTLBase.CNTNSAR), sum(1 << n for n in frames)),
            (word(CNTCTLBase.CNTTIDR), sum(_FRAME_FEATURES << 4 * n for n in frames)),
            *identification(self._config, CNTCTLBase.CounterID),
        ]
        for n in frames:
            table += [
                (word(CNTCTLBase.CNTACR, n), self.access[n].as_value()),
                (word(CNTCTLBase.CNTVOFF, 2 * n), self.offset[n][:32]),
                (word(CNTCTLBase.CNTVOFF, 2 * n + 1), self.offset[n][32:]),
            ]
        with m.Switch(page.addr):
            for address, value in table:
                with m.Case(address):
                    m.d.comb += page.r_data.eq(value)
        return m
