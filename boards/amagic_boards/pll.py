"""The ECP5's PLL (EHXPLLL): its dividers, and the component that makes the system clock.

The PLL compares ``input / CLKI_DIV`` with its fed-back output ``/ CLKFB_DIV``; its oscillator runs
at ``output * CLKOP_DIV``. The ranges are those that Project Trellis' `ecppll` keeps to (its file
``libtrellis/tools/ecppll.cpp``), as are the loop filter's settings.
"""

from dataclasses import dataclass

from amaranth import Instance, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Pll", "PllDividers", "pll_dividers"]

MAX_DIVIDER = 128
MAX_FEEDBACK = 80
INPUT_HZ = (8_000_000, 400_000_000)
OUTPUT_HZ = (10_000_000, 400_000_000)
COMPARE_HZ = (3_125_000, 400_000_000)
OSCILLATOR_HZ = (400_000_000, 800_000_000)


def _within(value: float, limits: tuple[int, int]) -> bool:
    return limits[0] <= value <= limits[1]


def _in_mhz(limits: tuple[int, int]) -> str:
    return f"{limits[0] / 1e6:g} to {limits[1] / 1e6:g} MHz"


@dataclass(frozen=True)
class PllDividers:
    """The dividers of a PLL with its input at `input_hz`."""

    input_hz: int
    input: int
    feedback: int
    output: int

    @property
    def compare_hz(self) -> float:
        return self.input_hz / self.input

    @property
    def output_hz(self) -> float:
        return self.compare_hz * self.feedback

    @property
    def oscillator_hz(self) -> float:
        return self.output_hz * self.output


def _best_output_divider(output_hz: int) -> int:
    """The divider with which the oscillator runs nearest to the middle of its range."""
    middle = sum(OSCILLATOR_HZ) / 2
    fitting = [n for n in range(1, MAX_DIVIDER + 1) if _within(n * output_hz, OSCILLATOR_HZ)]
    return min(fitting, key=lambda n: abs(n * output_hz - middle))


def pll_dividers(input_hz: int, output_hz: int) -> PllDividers:
    """The dividers that make exactly `output_hz` of `input_hz`, comparing as often as possible.

    Raises
    ------
    ValueError
        When a frequency is out of the PLL's range, or `output_hz` cannot be met exactly; the text
        then names the nearest frequency that can.
    """
    for name, value, limits in (
        ("input", input_hz, INPUT_HZ),
        ("output", output_hz, OUTPUT_HZ),
    ):
        if not _within(value, limits):
            raise ValueError(
                f"the PLL's {name} must be in {_in_mhz(limits)}, not {value / 1e6:g} MHz"
            )
    output = _best_output_divider(output_hz)
    nearest = None
    for divider in range(1, MAX_DIVIDER + 1):
        if not _within(input_hz / divider, COMPARE_HZ):
            break
        feedback = min(max(round(output_hz * divider / input_hz), 1), MAX_FEEDBACK)
        found = PllDividers(input_hz, divider, feedback, output)
        if feedback * input_hz == output_hz * divider:
            return found
        if _within(found.output_hz, OUTPUT_HZ) and (
            nearest is None or abs(found.output_hz - output_hz) < abs(nearest.output_hz - output_hz)
        ):
            nearest = found
    hint = f"; the nearest is {nearest.output_hz / 1e6:.6f} MHz" if nearest else ""
    raise ValueError(
        f"the PLL cannot make exactly {output_hz / 1e6:.9g} MHz of {input_hz / 1e6:g} MHz{hint}"
    )


class Pll(wiring.Component):
    """The PLL with one output, which is its own feedback.

    Parameters
    ----------
    dividers : PllDividers

    Members
    -------
    clk_in, clk_out
        The input's and the output's clock.
    locked
        The output is stable. Changes at any time.
    """

    clk_in: In(1)
    clk_out: Out(1)
    locked: Out(1)

    def __init__(self, dividers: PllDividers):
        self.dividers = dividers
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        dividers = self.dividers
        m.submodules.pll = Instance(
            "EHXPLLL",
            # The loop filter, which Lattice's own tool chooses from tables that are not published.
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            # nextpnr derives the output's constraint from the input's and the dividers; this is
            # for people who read the netlist.
            a_FREQUENCY_PIN_CLKI=f"{dividers.input_hz / 1e6:g}",
            a_FREQUENCY_PIN_CLKOP=f"{dividers.output_hz / 1e6:g}",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_CLKI_DIV=dividers.input,
            p_CLKFB_DIV=dividers.feedback,
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=dividers.output,
            # Half a period later, so that the edges of input and output meet.
            p_CLKOP_CPHASE=dividers.output // 2,
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            i_CLKI=self.clk_in,
            i_CLKFB=self.clk_out,
            i_RST=0,
            i_STDBY=0,
            i_PHASESEL0=0,
            i_PHASESEL1=0,
            i_PHASEDIR=1,
            i_PHASESTEP=1,
            i_PHASELOADREG=1,
            i_PLLWAKESYNC=0,
            i_ENCLKOP=0,
            o_CLKOP=self.clk_out,
            o_LOCK=self.locked,
        )
        return m
