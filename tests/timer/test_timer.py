"""The generic timer: its configuration, and its benches with the fewest and the most frames."""

import pytest

from amagic.timer import Timer, TimerConfig
from amagic_sim.bench import run_bench

LEAST, MOST = 1, 0xFFFF_FFFF
"""The ends of the frequency's range."""


@pytest.mark.parametrize(
    ("what", "frames"),
    [
        *((what, frames) for what in ("compare", "counter") for frames in (1, 16)),
        *(("access", frames) for frames in (1, 8)),
        *(("blocks", frames) for frames in (9, 16)),
    ],
)
def test_timer(what, frames):
    frequency = LEAST if frames == 1 else MOST
    run_bench(
        Timer(TimerConfig(frames=frames, frequency=frequency)),
        module=f"bench_timer_{what}",
        name=f"Timer{frames}",
        env={"FRAMES": frames, "FREQUENCY": frequency},
    )


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("frames", 0, "1 to 16"),
        ("frames", 17, "1 to 16"),
        ("frames", True, "1 to 16"),
        ("frames", 2.0, "1 to 16"),
        ("frequency", 0, "1 to 4294967295"),
        ("frequency", 1 << 32, "1 to 4294967295"),
        ("implementer", -1, "0 to 4095"),
        ("implementer", 0x1000, "0 to 4095"),
        ("part", -1, "0 to 4095"),
        ("part", 0x1000, "0 to 4095"),
        ("revision", -1, "0 to 15"),
        ("revision", 16, "0 to 15"),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value_and_range(name, value, allowed):
    with pytest.raises(ValueError, match=rf"^{name} .*{allowed}, not {value}$"):
        TimerConfig(**{name: value})


def test_an_implementer_has_no_bit_7():
    with pytest.raises(ValueError, match="implementer must have bit 7 clear, not 0x480"):
        TimerConfig(implementer=0x480)


def test_identification_carries_implementer_part_and_revision():
    fixed = (0x0D, 0xF0, 0x05, 0xB1)
    arm = TimerConfig(implementer=0x43B, part=0x123, revision=7)
    assert arm.counter_id == (4, 0, 0, 0, 0x23, 0xB1, 0x7B, 0, *fixed)
    nobody = TimerConfig(implementer=0, part=0xFFF, revision=15)
    assert nobody.counter_id == (0, 0, 0, 0, 0xFF, 0x0F, 0xF0, 0, *fixed)
    largest = TimerConfig(implementer=0xF7F, part=0, revision=0)
    assert largest.counter_id == (15, 0, 0, 0, 0, 0xF0, 0x0F, 0, *fixed)
