"""The system clock and its reset, released in order.

1. The device wakes with every flip-flop at its initial value: reset is asserted.
2. The PLL locks. Until then, and whenever it loses its lock, `start` is reset, without a clock.
3. `start`'s reset ends on an edge of the PLL's clock (two flip-flops).
4. `SETTLE` cycles later, and on an edge again, the system's reset ends.

The reset button, synchronized, begins anew with 4, however it bounces.
"""

from amaranth import ClockDomain, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer, ResetSynchronizer
from amaranth.lib.wiring import In, Out

from .pll import Pll, pll_dividers

__all__ = ["SETTLE", "Clocking", "ResetSequence"]

SETTLE = 256
"""Cycles of the system clock from the PLL's lock to the end of reset."""


class ResetSequence(wiring.Component):
    """Makes the reset of a clock that is good while `locked`.

    Members
    -------
    clk
        The clock.
    locked
        The clock is stable. It changes at any time.
    button
        Resets while it is 1. It changes at any time.
    reset
        Synchronous to the clock.
    """

    clk: In(1)
    locked: In(1)
    button: In(1)
    reset: Out(1, init=1)

    def elaborate(self, platform):
        m = Module()
        m.domains.start = start = ClockDomain()
        m.d.comb += start.clk.eq(self.clk)
        m.submodules.lock_sync = ResetSynchronizer(~self.locked, domain="start")

        pressed = Signal()
        m.submodules.button_sync = FFSynchronizer(self.button, pressed, o_domain="start")

        settled = Signal(range(SETTLE))
        m.d.start += self.reset.eq(settled != SETTLE - 1)
        with m.If(pressed):
            m.d.start += settled.eq(0)
        with m.Elif(settled != SETTLE - 1):
            m.d.start += settled.eq(settled + 1)
        return m


class Clocking(wiring.Component):
    """Makes the system clock and its reset from the board's oscillator.

    Parameters
    ----------
    input_hz, output_hz : int
        The oscillator's and the system clock's frequency; `ValueError` when a PLL cannot make one
        of the other.

    Members
    -------
    clk_in
        The oscillator.
    button
        The reset button; it changes at any time.
    clk, reset
        The system clock, and its reset.
    """

    clk_in: In(1)
    button: In(1)
    clk: Out(1)
    reset: Out(1)

    def __init__(self, input_hz: int, output_hz: int):
        self.dividers = pll_dividers(input_hz, output_hz)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.pll = pll = Pll(self.dividers)
        m.submodules.sequence = sequence = ResetSequence()
        m.d.comb += [
            pll.clk_in.eq(self.clk_in),
            sequence.clk.eq(pll.clk_out),
            sequence.locked.eq(pll.locked),
            sequence.button.eq(self.button),
            self.clk.eq(pll.clk_out),
            self.reset.eq(sequence.reset),
        ]
        return m
