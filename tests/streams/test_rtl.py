"""The share of `make long` that belongs to every run of the tests."""

import pytest

from amagic_sim.replay.rtl import RtlTarget
from amagic_sim.streams.configurations import QUICK
from amagic_sim.streams.generator import LENGTH
from amagic_sim.streams.runs import Result, Task, run_one

STREAMS = 8


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_the_rtl_does_what_the_model_does(name, tmp_path):
    every, target = Result(), RtlTarget()
    for number in range(STREAMS):
        every.add(run_one(Task(name, 1, number, LENGTH), target, folder=tmp_path))
    assert not every.differences, "\n".join(every.differences)
    assert every.physical + every.virtual > STREAMS * LENGTH // 12
