"""The PLL's dividers."""

import pytest

from amagic_boards.pll import COMPARE_HZ, OSCILLATOR_HZ, OUTPUT_HZ, pll_dividers

MHZ = 1_000_000


@pytest.mark.parametrize("output", [10, 25, 40, 50, 60, 62.5, 66, 75, 100, 400])
@pytest.mark.parametrize("oscillator", [12, 25, 48, 50, 100])
def test_the_output_is_exact_and_every_frequency_in_its_range(oscillator, output):
    try:
        found = pll_dividers(oscillator * MHZ, round(output * MHZ))
    except ValueError as error:
        assert "the nearest is" in str(error)
        return
    assert found.output_hz == output * MHZ
    assert COMPARE_HZ[0] <= found.compare_hz <= COMPARE_HZ[1]
    assert OSCILLATOR_HZ[0] <= found.oscillator_hz <= OSCILLATOR_HZ[1]
    assert OUTPUT_HZ[0] <= found.output_hz <= OUTPUT_HZ[1]


@pytest.mark.parametrize(
    ("oscillator", "output", "dividers"),
    [
        # From the table in Project Trellis' ecppll.cpp, which its author read off Lattice's tool:
        # input, output, reference, feedback and output divider.
        (12, 60, (1, 5, 10)),
        (20, 30, (2, 3, 20)),
        (45, 30, (3, 2, 20)),
        (70, 40, (7, 4, 15)),
        (12, 96, (1, 8, 6)),
        (43, 86, (1, 2, 7)),
    ],
)
def test_the_dividers_are_those_of_the_vendors_tool(oscillator, output, dividers):
    found = pll_dividers(oscillator * MHZ, output * MHZ)
    assert (found.input, found.feedback, found.output) == dividers


def test_the_comparison_is_as_fast_as_possible():
    assert pll_dividers(100 * MHZ, 50 * MHZ).compare_hz == 50 * MHZ


@pytest.mark.parametrize(
    ("oscillator", "output", "said"),
    [
        (7 * MHZ, 50 * MHZ, r"input must be in 8 to 400 MHz, not 7 MHz"),
        (401 * MHZ, 50 * MHZ, r"input must be in 8 to 400 MHz, not 401 MHz"),
        (25 * MHZ, 9 * MHZ, r"output must be in 10 to 400 MHz, not 9 MHz"),
        (25 * MHZ, 401 * MHZ, r"output must be in 10 to 400 MHz, not 401 MHz"),
        (
            25 * MHZ,
            50_000_001,
            r"cannot make exactly 50.000001 MHz of 25 MHz; the nearest is 50.0000",
        ),
        (12 * MHZ, 50 * MHZ + 7, r"exactly 50.000007 MHz of 12 MHz; the nearest is 52.000000"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(oscillator, output, said):
    with pytest.raises(ValueError, match=said):
        pll_dividers(oscillator, output)
