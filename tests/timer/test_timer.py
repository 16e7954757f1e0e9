"""The generic timer: its configuration, and its benches with one frame and with eight."""

import pytest

from amagic.timer import Timer, TimerConfig
from amagic_sim.bench import run_bench

FREQUENCY = 50_000_000


@pytest.mark.parametrize("frames", [1, 8])
@pytest.mark.parametrize("module", ["bench_timer_compare"])
def test_timer(frames, module):
    run_bench(
        Timer(TimerConfig(frames=frames, frequency=FREQUENCY)),
        module=module,
        name=f"Timer{frames}",
        env={"FRAMES": frames, "FREQUENCY": FREQUENCY},
    )
