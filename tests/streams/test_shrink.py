"""Differences are found, shrunk, and written as scripts that show them again."""

from collections.abc import Callable

import pytest

from amagic_sim.model import Model, ModelTarget
from amagic_sim.replay.command import replay
from amagic_sim.replay.operation import (
    Access,
    Answer,
    Operation,
    Outputs,
    ScriptConfig,
    TargetError,
)
from amagic_sim.replay.script import parse
from amagic_sim.streams.compare import find, follow
from amagic_sim.streams.generator import VERSION
from amagic_sim.streams.runs import Task, run_one
from amagic_sim.streams.shrink import shrink

ONE = ScriptConfig(spis=32)


def write(value: int, offset: int = 4) -> Access:
    return Access(0, "GICC", offset, 4, value)


READ = Access(0, "GICC", 4)


class Faulty:
    """The model with a fault: ``spoil`` may change its state behind each operation."""

    name = "faulty"

    def __init__(self, spoil: Callable[[Model, Operation], None] = lambda *_: None):
        self.runs = 0
        self._spoil = spoil

    def refusal(self, config: ScriptConfig, operations):
        return None

    def run(self, config: ScriptConfig, operations):
        self.runs += 1
        model = Model(config)
        answers = []
        for operation in operations:
            answers.append(model.do(operation))
            self._spoil(model, operation)
        return answers


class Stops(Faulty):
    """One that stops in the middle, as a simulator does whose design hangs."""

    def run(self, config: ScriptConfig, operations):
        if any(getattr(each, "value", None) == 0xDEAD for each in operations):
            raise TargetError("the access is not answered")
        return super().run(config, operations)


def loses_a_nested_priority(model, operation):
    """As if the register of active priorities held one bit only."""
    active = model.gicc[0].active
    active[0] &= -active[0]


def keeps_a_falling_line(model, operation):
    model.distributor.shared.latch |= model.distributor.shared.level & 1 << 33


def test_the_first_answer_that_differs_is_told():
    right = ModelTarget().run(ONE, [READ, READ])
    assert follow(ONE, [READ, READ], right) is None
    index, how, instead = follow(ONE, [READ, READ], [right[0], Answer(6, (Outputs(),))])
    assert (index, how, instead) == (1, "expected 0x0, got 0x6", right[1])
    told = follow(ONE, [READ], [Answer(0, (Outputs(0, 0, 1),))])
    assert told[:2] == (0, "expected nvirq of CPU 0 to be 0, got 1")


def test_a_target_that_stops_differs():
    operations = [write(0xF8), write(0xDEAD), READ]
    assert find(Stops(), ONE, operations)[:2] == (2, "the access is not answered")
    assert shrink(Stops(), ONE, operations)[0] == [write(0xDEAD)]


def test_only_what_a_difference_needs_is_left():
    def forgets(model, operation):
        if operation == write(0x80) and model.gicc[0].bpr == 5:
            model.gicc[0].pmr = 0

    noise = [Access(0, "GICD", 0x400 + 4 * n, 4, n) for n in range(60)]
    operations = [*noise, write(5, 8), *noise, write(0x80), *noise, READ, READ]
    least, found = shrink(Faulty(forgets), ONE, operations)
    assert least == [write(5, 8), write(0x80), READ]
    assert found[:2] == (2, "expected 0x80, got 0x0")


def test_shrinking_ends_when_time_is_up():
    def forgets(model, operation):
        model.gicc[0].pmr = 0

    ticks = iter(range(100))
    target = Faulty(forgets)
    operations = [READ] * 50 + [write(0x80), READ]
    left, found = shrink(target, ONE, operations, 3, clock=lambda: next(ticks))
    assert target.runs < 6
    assert find(target, ONE, left) == found


def test_what_does_not_differ_cannot_be_shrunk():
    with pytest.raises(ValueError, match="does not differ"):
        shrink(Faulty(), ONE, [READ])


@pytest.mark.parametrize(
    ("spoil", "most"), [(loses_a_nested_priority, 30), (keeps_a_falling_line, 8)]
)
def test_a_planted_fault_is_found_and_becomes_a_script_that_shows_it(spoil, most, tmp_path):
    target = Faulty(spoil)
    result = run_one(Task("one", 1, 0, 5000), target, folder=tmp_path)
    (told,) = result.differences
    path = tmp_path / "one-1-0.gic"
    assert told.startswith("one 1/0: after ") and told.endswith(f"amagic replay {path}")
    script = parse(path.read_text(), str(path))
    assert len(script.operations) <= 2 * most
    said = []
    assert not replay(script, [target], said.append)
    assert sum("MISMATCH" in line for line in said) >= 1
    assert replay(script, [ModelTarget()], said.append)
    assert f"configuration one, seed 1/0, generator {VERSION}" in path.read_text()


def test_a_target_that_agrees_leaves_nothing_behind(tmp_path):
    result = run_one(Task("one", 1, 0, 1000), Faulty(), folder=tmp_path)
    assert result.operations == 1000 and result.differences == []
    assert result.physical > 30 and result.virtual > 10
    assert list(tmp_path.iterdir()) == []
