"""The serial port, at both ends of its parameters' ranges."""

import pytest

from amagic.soc.uart import Uart
from amagic_sim.bench import run_bench


@pytest.mark.parametrize(("divisor", "depth"), [(5, 2), (50, 16)])
def test_uart(divisor, depth):
    run_bench(
        Uart(divisor, depth),
        module="bench_uart",
        env={"DIVISOR": divisor, "DEPTH": depth},
        timeout=60,
    )


def test_uart_with_the_longest_bit_and_the_deepest_buffer():
    """A byte takes 655,350 cycles: only its first bit is measured, and only sending is filled."""
    run_bench(
        Uart(65535, 1024),
        module="bench_uart",
        env={"DIVISOR": 65535, "DEPTH": 1024},
        tests=[
            "a_bit_lasts_divisor_cycles",
            "a_byte_written_to_a_full_buffer_is_lost_and_reported",
        ],
    )


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize("divisor", [4, 65536, True])
def test_a_divisor_out_of_range_is_refused(divisor):
    with pytest.raises(ValueError, match="divisor must be an integer in 5 to 65535, not"):
        Uart(divisor)


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize("depth", [1, 1025, False])
def test_a_depth_out_of_range_is_refused(depth):
    with pytest.raises(ValueError, match="depth must be an integer in 2 to 1024, not"):
        Uart(50, depth)
