"""The SoC's parameters and its address map."""

import pytest

from amagic.gic.config import GicConfig
from amagic.soc.memory_map import (
    RAM_BASE,
    RAM_UNCACHED_BASE,
    SYNC,
    WINDOWS,
    Window,
    windows,
)
from amagic.soc.soc import Soc, SocConfig


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"memory_size": 2048},
            "memory_size must be a multiple of 4096 in 4096 to 262144, not 2048",
        ),
        ({"memory_size": 1 << 19}, "memory_size must be a multiple of 4096 in 4096 to 262144"),
        ({"clock_hz": 999_999}, "clock_hz must be an integer in 1000000 to 500000000, not 999999"),
        ({"clock_hz": 500_000_001}, "clock_hz must be an integer in 1000000 to 500000000"),
        ({"clock_hz": "fast"}, "clock_hz must be an integer .*, not 'fast'"),
        ({"baud": 0}, "baud must be an integer in 1 to 50000000, not 0"),
        ({"probe_depth": 1}, "probe_depth must be a power of two in 2 to 4096, not 1"),
        ({"probe_depth": 8192}, "probe_depth must be a power of two in 2 to 4096, not 8192"),
        ({"baud": 12_500_000}, "baud must make clock_hz / baud lie in 5 to 65535: .* be 12500000"),
        ({"baud": 700}, "it cannot be 700"),
        ({"harts": 0}, "harts must be an integer in 1 to 2, not 0"),
        ({"harts": 3}, "harts must be an integer in 1 to 2, not 3"),
        ({"gic": GicConfig(cpus=2)}, "gic.cpus must be 1, as harts is, not 2"),
        ({"harts": 2, "gic": GicConfig()}, "gic.cpus must be 2, as harts is, not 1"),
        ({"gic": GicConfig(spis=0)}, "gic.spis must be in 1 to 988"),
        ({"timer_spi": 32}, "timer_spi must not be 32: that is the serial port's"),
        ({"timer_spi": 93}, "timer_spi must be None or an integer in 32 to 92, not 93"),
    ],
)
def test_a_parameter_out_of_range_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        SocConfig(**parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"clock_hz": 1_000_000, "baud": 200_000},
        {"clock_hz": 500_000_000, "baud": 7630},
        {"memory_size": 4096, "gic": GicConfig(spis=1, lrs=1, priority_bits=4), "probe_depth": 2},
        {"memory_size": 1 << 18, "probe_depth": 4096},
        {"timer_spi": 33},
        {"timer_spi": 92},
        {"harts": 2, "gic": GicConfig(cpus=2, spis=1, lrs=1, priority_bits=4)},
    ],
)
def test_both_ends_of_the_ranges_make_a_soc(parameters):
    from amaranth.back import rtlil

    assert "amagic_vexriscv" in rtlil.convert(Soc(SocConfig(**parameters)))


def test_the_gic_has_a_cpu_for_each_hart_when_none_is_given():
    assert SocConfig(harts=2).gic == GicConfig(cpus=2)
    assert SocConfig().gic == GicConfig()


def test_the_devices_windows_are_uncached_and_apart():
    memories = [RAM_BASE, RAM_UNCACHED_BASE]
    ends = [*(base + (1 << 18) for base in memories), *(w.base + w.size for w in WINDOWS)]
    starts = [*memories[1:], *(window.base for window in WINDOWS), 1 << 32]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))


def test_semaphores_and_doorbells_are_for_several_harts_only():
    assert windows(2) == WINDOWS
    assert set(WINDOWS) - set(windows(1)) == {SYNC}


def test_one_hart_has_none_of_what_several_need():
    from amaranth.back import rtlil

    one, two = (rtlil.convert(Soc(SocConfig(harts=harts))) for harts in (1, 2))
    for name in ("iarbiter", "darbiter", "sync_port", "hartId", "cpu1"):
        assert f"\\{name}" not in one
        assert f"\\{name}" in two


def test_a_window_that_the_core_would_cache_is_refused():
    with pytest.raises(ValueError, match="the core would cache 0x80000000"):
        Window("X", 0x8000_0000, 12)


def test_a_window_that_is_not_aligned_is_refused():
    with pytest.raises(ValueError, match="not aligned to the window's size"):
        Window("X", 0xF000_1000, 13)
