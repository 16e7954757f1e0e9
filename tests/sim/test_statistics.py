"""The demo's numbers."""

import pytest

from amagic_sim.judge import DueClass, Judge, Tick
from amagic_sim.statistics import Spread, run_table


@pytest.mark.parametrize(
    "samples, spread",
    [
        ([5], (1, 5, 5, 5, 5)),
        ([4, 1, 3, 2], (4, 1, 2, 4, 4)),
        (range(1, 101), (100, 1, 50, 99, 100)),
        (range(1, 201), (200, 1, 100, 198, 200)),
    ],
)
def test_a_percentile_is_the_nearest_rank_and_a_sample(samples, spread):
    assert Spread.of(samples) == spread


def test_no_samples_have_no_spread():
    assert Spread.of([]) is None


def test_the_table_counts_and_divides_by_delivered_ticks():
    judge = Judge(2)
    tick = Tick(due=100, programmed=0, due_class=DueClass.RUNNING, line=101, entries=[150, 160])
    result = judge.results[0]
    result.ticks += [tick, Tick(due=300, programmed=200, due_class=DueClass.OTHER)]
    result.exits.update({"irq 27": 3, "trap": 1})
    result.physical_interrupts = 3
    lines = {line[:32].strip(): line[32:].split() for line in run_table(judge).splitlines()}
    assert lines["ticks delivered"] == ["1", "0"]
    assert lines["lost"] == ["1", "0"]
    assert lines["duplicated"] == ["1", "0"]
    assert lines["exits to the host per tick"] == ["4.00", "no", "tick"]
    assert lines["physical interrupts per tick"] == ["3.00", "no", "tick"]
    assert "n=1: 49/49/49/49" in run_table(judge)


def test_where_there_is_no_sample_no_number_is_shown():
    rows = {line[:42].strip(): line[42:] for line in run_table(Judge(2)).splitlines()}
    for name in ("line to handler, cycles", "due while its guest ran", "CVAL to handler, cycles"):
        assert rows[name].split() == ["no", "sample", "no", "sample"]
    for name in ("exits to the host per tick", "physical interrupts per tick"):
        assert rows[name].split() == ["no", "tick", "no", "tick"]
