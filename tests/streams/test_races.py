"""Streams with races: every right order is accepted, and nothing else."""

from collections import Counter

import pytest

from amagic_sim.model import Model
from amagic_sim.model.race import outcomes
from amagic_sim.model.state import load, save
from amagic_sim.replay.command import replay
from amagic_sim.replay.operation import Access, Drive, Pulse, Race, ScriptConfig
from amagic_sim.replay.script import parse
from amagic_sim.streams import compare
from amagic_sim.streams.compare import CoursesError, find, follow
from amagic_sim.streams.configurations import CONFIGURATIONS
from amagic_sim.streams.coverage import Watch
from amagic_sim.streams.generator import generate
from amagic_sim.streams.goals import interfaces, registers
from amagic_sim.streams.runs import counterexample
from amagic_sim.streams.shrink import shrink
from amagic_sim.streams.simultaneous import met, told
from amagic_sim.streams.stream import Source, Stream

ONE = ScriptConfig(spis=32)
PENDING = Access(0, "GICD", 0x204)
EDGES = Access(0, "GICD", 0xC08, 4, 0xAAAA_AAAA)
CLEAR = Access(0, "GICD", 0x284, 4, 2)


class Takes:
    """The model, that takes each race in an order of its choice, and has a fault of its choice."""

    name = "model"

    def __init__(self, order: int, spoil=lambda model, operation: None):
        self._order, self._spoil = order, spoil

    def refusal(self, config, operations):
        return None

    def run(self, config, operations):
        model, answers = Model(config), []
        for operation in operations:
            if isinstance(operation, Race):
                chosen = outcomes(model, operation)[self._order]
                load(model, chosen.state)
                answers.append(chosen.answer)
            else:
                answers.append(model.do(operation))
            self._spoil(model, operation)
        return answers


FORGET = CLEAR._replace(value=8)
RISE = Race(0, Drive(0, 32, 1), PENDING)
CLEARED = Race(0, Pulse(0, 33), CLEAR)


@pytest.mark.parametrize("order", [0, -1])
def test_each_order_is_right(order):
    stream = generate(CONFIGURATIONS["two"], "1", 3000)
    assert find(Takes(order), stream.config, stream.operations) is None
    assert find(Takes(order), ONE, [EDGES, RISE, PENDING, CLEARED, PENDING]) is None


def test_what_no_order_leads_to_is_a_difference():
    got = Takes(0).run(ONE, [RISE])
    got[0] = got[0]._replace(value=(None, 4))
    assert follow(ONE, [RISE], got)[:2] == (0, "expected 0x0 or 0x1, got 0x4")


def test_answers_that_come_from_different_orders_are_a_difference():
    def forgets(model, operation):
        if isinstance(operation, Race):
            model.distributor.shared.latch = 0

    operations = [EDGES, RISE, Drive(0, 32, 0), PENDING]
    assert find(Takes(0), ONE, operations) is None
    assert find(Takes(0, forgets), ONE, operations)[:2] == (3, "expected 0x1, got 0x0")


def test_a_later_answer_tells_which_order_it_was():
    for order, name in ((0, "access first"), (-1, "line first")):
        decided = Counter()
        operations = [EDGES, RISE, CLEARED]
        assert find(Takes(order), ONE, operations, decided) is None
        assert decided == {(RISE, name): 1}
        assert find(Takes(order), ONE, [*operations, PENDING], decided) is None
        assert decided[CLEARED, name] == (name == "access first")


def test_orders_that_come_to_the_same_are_one_course(monkeypatch):
    monkeypatch.setattr(compare, "MOST_COURSES", 2)
    operations = [EDGES, CLEARED, CLEAR, CLEARED, CLEAR, CLEARED, CLEAR]
    decided = Counter()
    assert find(Takes(0), ONE, operations, decided) is None
    assert not decided


def test_too_many_open_courses_are_an_error(monkeypatch):
    monkeypatch.setattr(compare, "MOST_COURSES", 4)
    operations = [EDGES]
    for intid in range(3):
        clear = CLEAR._replace(value=1 << intid)
        operations.append(Race(0, Pulse(0, 32 + intid), clear))
    with pytest.raises(CoursesError, match="operation 4: more than 4 courses are open"):
        find(Takes(0), ONE, operations)


def test_a_race_is_taken_apart_if_a_part_shows_the_difference():
    def sticks(model, operation):
        if operation == PENDING:
            model.distributor.shared.latch = 1 << 33

    noise = [Race(1, Pulse(0, 40 + n), PENDING._replace(offset=0)) for n in range(9)]
    operations = [*noise, Race(2, EDGES, PENDING), *noise, PENDING, PENDING]
    least, found = shrink(Takes(0, sticks), ONE, operations)
    assert least == [PENDING, PENDING]


def test_a_counterexample_expects_what_is_right_behind_the_order_that_was_taken():
    raced = []

    def forgets(model, operation):
        raced.append(isinstance(operation, Race))
        if operation == FORGET and any(raced):
            model.distributor.shared.latch = 0
            raced.clear()

    operations = [EDGES, CLEARED, PENDING, FORGET, PENDING]
    target = Takes(0, forgets)
    stream = generate(ONE, "1", 1)._replace(operations=operations)
    text, how = counterexample(target, stream, "one", 60)
    assert how.endswith("expected 0x2, got 0x0")
    said: list[str] = []
    assert not replay(parse(text), [target], said.append)
    assert sum("MISMATCH" in line for line in said) == 1
    assert "race 0\npulse 33\nw GICD_ICPENDR1 0x2\n" in text


# --- The generator


def test_streams_have_every_kind_of_race_close_and_apart():
    found = Counter()
    gaps = Counter()
    for operation in generate(CONFIGURATIONS["two"], "1", 20_000).operations:
        if isinstance(operation, Race):
            kinds = [type(each).__name__ for each in operation[1:]]
            found[tuple(kinds)] += 1
            gaps[min(operation.gap, 2)] += 1
    lines = ("Drive", "Pulse")
    for line in lines:
        assert found[line, "Access"] > 40 and found["Access", line] > 40
    assert found["Access", "Access"] > 40
    assert sum(found[a, b] for a in lines for b in lines) > 10
    assert sum(found.values()) > 20_000 // 50
    assert min(gaps.values()) > 80


def test_no_race_is_between_an_interrupts_line_and_itself():
    for operation in generate(CONFIGURATIONS["one"], "2", 5000).operations:
        if isinstance(operation, Race) and not any(isinstance(e, Access) for e in operation[1:]):
            assert operation.first[:2] != operation.second[:2]


def test_asking_what_a_goal_does_first_does_nothing():
    s = Stream(ONE, "1")
    s.episode = s.episode._replace(sources=[Source(33, 0)])
    before = save(s.model)
    assert isinstance(s.first_of(registers.audit), Access)
    assert s.first_of(interfaces.complete) is None
    assert save(s.model) == before and not s.operations


def test_software_notes_what_it_acknowledged_in_a_race():
    s = Stream(ONE, "1")
    for frame, name, value in (("GICD", "CTLR", 1), ("GICC", "CTLR", 1), ("GICC", "PMR", 255)):
        s.write(0, frame, name, value)
    s.write(0, "GICD", "ISENABLER", 2, 1)
    s.do(Race(3, Drive(0, 33, 1), Access(0, "GICC", 0x00C)))
    assert s.answers[-1].value == (None, 33)
    assert [noted for noted in s.running.values() if noted] == [[33]]


# --- Coverage


def test_a_race_is_counted_by_what_met_and_how_far_apart():
    read = Access(0, "GICC", 0x00C)
    row = "line rises, GICC_IAR read"
    rise = Drive(0, 33, 1)
    for race, column in (
        (Race(2, read, rise), "the access begins before"),
        (Race(1, read, rise), "within a cycle"),
        (Race(1, rise, read), "within a cycle"),
        (Race(2, rise, read), "the line changes before"),
    ):
        assert met(race) == ("simultaneous", row, column)
    for first, second in (
        (CLEAR._replace(frame="GICC", offset=4), rise),
        (rise, PENDING._replace(offset=0)),
    ):
        assert met(Race(2, first, second))[2] == "further apart"
        assert met(Race(1, first, second))[2] == "within a cycle"
    assert told(Race(2, rise, read), "line first") == ("what came first", row, "line first")
    assert met(Race(0, read, CLEAR)) == ("simultaneous", "GICC read, GICD write", "together")
    assert told(Race(0, read, CLEAR), "complete") is None


def test_a_race_counts_as_no_cause_and_its_accesses_as_accesses():
    seen: Counter = Counter()
    s = Stream(ONE, "1", None, lambda s: Watch(s, seen))
    s.do(Race(0, Drive(0, 32, 1), PENDING))
    assert {table for table, _, _ in seen} == {"simultaneous", "sizes", "values"}
    seen.clear()
    s.do(PENDING)
    assert not [cell for cell in seen if cell[0] == "transitions"]
