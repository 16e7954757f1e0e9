"""Races: what is right when two operations overlap."""

import pytest

from amagic_sim.model import Model
from amagic_sim.model.race import outcomes
from amagic_sim.model.state import load, save
from amagic_sim.replay.operation import Access, Drive, Outputs, Pulse, Race, ScriptConfig
from amagic_sim.streams.configurations import CONFIGURATIONS
from amagic_sim.streams.generator import generate

CONFIG = ScriptConfig(spis=32)
ISPENDR1, ICPENDR1, ICFGR2 = 0x204, 0x284, 0xC08
IAR, HPPIR = 0x00C, 0x018
FIRST, BETWEEN, LAST = "access first", "in between", "line first"


def read(offset: int, frame: str = "GICD") -> Access:
    return Access(0, frame, offset)


def write(offset: int, value: int, frame: str = "GICD") -> Access:
    return Access(0, frame, offset, 4, value)


@pytest.fixture
def model() -> Model:
    """SPI 32 is edge-triggered, SPI 33 is not; both are enabled, and CPU 0 takes them."""
    model = Model(CONFIG)
    for each in (write(0, 1), write(0x104, 3), write(ICFGR2, 2)):
        model.do(each)
    for offset, value in ((0, 1), (4, 0xFF)):
        model.do(write(offset, value, "GICC"))
    return model


def come_to(model: Model, first, second) -> dict[frozenset[str], object]:
    """By its orders, the values of each outcome and whether something is signalled."""
    found = {}
    for orders, answer, _ in outcomes(model, Race(1, first, second)):
        found[orders] = (*answer.value, answer.outputs[0].nirq)
    return found


@pytest.mark.parametrize("intid", [32, 33])
def test_an_access_comes_before_the_line_changes_or_behind_it(model, intid):
    bit = 1 << intid - 32
    found = come_to(model, Drive(0, intid, 1), read(ISPENDR1))
    assert found == {frozenset({FIRST}): (None, 0, 1), frozenset({LAST}): (None, bit, 1)}


def test_which_of_them_begins_first_decides_nothing(model):
    found = come_to(model, read(ISPENDR1), Drive(0, 33, 1))
    assert found == {frozenset({FIRST}): (0, None, 1), frozenset({LAST}): (2, None, 1)}


def test_an_access_may_come_while_a_pulse_is_high(model):
    found = come_to(model, Pulse(0, 33), read(ISPENDR1))
    assert found == {frozenset({FIRST, LAST}): (None, 0, 0), frozenset({BETWEEN}): (None, 2, 0)}
    found = come_to(model, Pulse(0, 33), read(IAR, "GICC"))
    assert found == {frozenset({FIRST, LAST}): (None, 1023, 0), frozenset({BETWEEN}): (None, 33, 0)}


def test_a_write_takes_back_only_an_edge_that_comes_before_it(model):
    found = come_to(model, Pulse(0, 32), write(ICPENDR1, 1))
    assert found == {
        frozenset({FIRST}): (None, None, 1),
        frozenset({BETWEEN, LAST}): (None, None, 0),
    }


def test_where_the_order_makes_no_difference_there_is_one_outcome(model):
    (found,) = outcomes(model, Race(0, Drive(0, 33, 1), write(4, 0x80, "GICC")))
    assert found.orders == {FIRST, LAST}
    assert save(model) == found.state


def test_of_two_accesses_the_first_is_complete_before_the_second(model):
    assert list(come_to(model, write(ISPENDR1, 1), read(ISPENDR1)).values()) == [(None, 1, 1)]
    assert list(come_to(model, write(ISPENDR1, 1), read(IAR, "GICC")).values()) == [(None, 32, 0)]
    assert list(come_to(model, read(IAR, "GICC"), write(ISPENDR1, 2)).values()) == [(1023, None, 0)]


def test_the_designs_own_line_may_come_behind_the_second_access(model):
    model.do(write(0x100, 1 << 25))
    found = come_to(model, write(0, 3, "GICH"), read(HPPIR, "GICC"))
    assert sorted(found.values()) == [(None, 25, 1), (None, 1023, 1)]


def test_two_lines_change_in_either_order_with_the_same_outcome(model):
    (found,) = outcomes(model, Race(0, Drive(0, 33, 1), Pulse(0, 32)))
    assert found.answer == ((None, None), (Outputs(nirq=1),))


@pytest.mark.parametrize("name", ["gic-400", "secure-two", "second-word-of-lrs"])
def test_a_model_with_the_state_of_another_does_as_that_one_would(name):
    config = CONFIGURATIONS[name]
    operations = generate(config, "1", 1200).operations
    one, other = Model(config), Model(config)
    for each in operations[:600]:
        one.do(each)
    kept = save(one)
    load(other, kept)
    assert save(other) == kept
    assert [one.do(each) for each in operations[600:]] == [
        other.do(each) for each in operations[600:]
    ]
    assert save(one) == save(other) != kept


def test_the_timers_state_is_part_of_the_state():
    config = ScriptConfig(timer=True)
    one, other = Model(config), Model(config)
    reads = []
    for frame, page in sorted(one.timer.pages.items()):
        for offset in page._words:
            one.do(Access(0, frame, offset, 4, 0x2A))
            reads.append(Access(0, frame, offset))
    load(other, save(one))
    assert [one.do(each) for each in reads] == [other.do(each) for each in reads]
