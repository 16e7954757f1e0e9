"""The system clock and its reset, released in order.

1. The device wakes with every flip-flop at its initial value: reset is asserted.
2. The PLL locks. Until then, and whenever it loses its lock, `start` is reset, without a clock.
3. `start`'s reset ends on an edge of the PLL's clock (two flip-flops).
4. `SETTLE` cycles later, and on an edge again, `sync`'s reset ends: the SoC's.
"""

from amaranth import ClockDomain, ClockSignal, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.wiring import In

from .pll import Pll, pll_dividers

__all__ = ["SETTLE", "Clocking", "ResetSequence"]

SETTLE = 256
"""Cycles of the system clock from the PLL's lock to the end of reset."""


class ResetSequence(wiring.Component):
    """Makes the domain ``sync`` of a clock that is good while `locked`.

    Members
    -------
    clk
        The clock.
    locked
        The clock is stable. It changes at any time.
    """

    clk: In(1)
    locked: In(1)

    def elaborate(self, platform):
        m = Module()
        m.domains.start = start = ClockDomain()
        m.domains.sync = sync = ClockDomain()
        m.d.comb += [start.clk.eq(self.clk), sync.clk.eq(ClockSignal("start"))]
        m.submodules.lock_sync = ResetSynchronizer(~self.locked, domain="start")

        settled = Signal(range(SETTLE))
        reset = Signal(init=1)
        with m.If(settled == SETTLE - 1):
            m.d.start += reset.eq(0)
        with m.Else():
            m.d.start += settled.eq(settled + 1)
        m.d.comb += ResetSignal("sync").eq(reset)
        return m


class Clocking(wiring.Component):
    """Makes the domain ``sync`` from the board's oscillator.

    Parameters
    ----------
    input_hz, output_hz : int
        The oscillator's and the system clock's frequency; `ValueError` when a PLL cannot make one
        of the other.

    Members
    -------
    clk_in
        The oscillator.
    """

    clk_in: In(1)

    def __init__(self, input_hz: int, output_hz: int):
        self.dividers = pll_dividers(input_hz, output_hz)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.pll = pll = Pll(self.dividers)
        m.submodules.reset = reset = ResetSequence()
        m.d.comb += [
            pll.clk_in.eq(self.clk_in),
            reset.clk.eq(pll.clk_out),
            reset.locked.eq(pll.locked),
        ]
        return m
