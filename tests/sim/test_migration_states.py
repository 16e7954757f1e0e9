"""What a guest had open when it left, from the hypervisor's answer and the trace."""

from collections.abc import Mapping

import pytest

from amagic.registers import GICC
from amagic_sim.migration.orders import Answer, TickState, What
from amagic_sim.migration.states import count_states, just_forwarded
from amagic_sim.trace import Event, EventKind, Mark

MACHINE, SUPERVISOR = 3, 1
VTIMER, SLICE = 27, 30


def left(pending: int = 0, active: int = 0, tick: int = 0) -> Answer:
    state: Mapping[str, int] = {"bytes": 1, "pending": pending, "active": active, "tick": tick}
    return Answer(What.OUT, 0, 2, "ok", state)


def states(answer: Answer, lrs: int = 0, forwarded: bool = False) -> set[str]:
    return set(count_states([answer], [forwarded], lrs))


@pytest.mark.parametrize(
    ("pending", "active", "lrs", "spilled"),
    [
        (4, 0, 0, set()),
        (5, 0, 0, {"pending, spilled"}),
        (0, 5, 0, {"active, spilled"}),
        (2, 3, 0, set()),  # which one depends on their priorities
        (1, 0, 1, set()),
        (2, 0, 1, {"pending, spilled"}),
        (1, 1, 1, {"active, spilled"}),
        (0, 2, 1, {"active, spilled"}),
        (2, 1, 1, {"pending, spilled", "active, spilled"}),
    ],
)
def test_what_is_more_than_the_list_registers_is_spilled(pending, active, lrs, spilled):
    found = states(left(pending, active), lrs)
    assert {name for name in found if "spilled" in name} == spilled


def test_tick_is_due_during_the_switch_only_while_it_is_neither_pending_nor_active():
    due = "the tick due during the switch"
    assert due in states(left(tick=TickState.DUE))
    assert due not in states(left(1, tick=TickState.DUE | TickState.PENDING))
    assert due not in states(left(0, 1, tick=TickState.DUE | TickState.ACTIVE))


def test_order_that_was_refused_moves_nobody():
    refused = Answer(What.OUT, 0, 1, "slot-in-use", {})
    assert not count_states([refused], [], 0)


def exit_for(intid: int, time: int) -> list[Event]:
    return [
        Event(time, EventKind.PRIVILEGE, 0, 0, MACHINE),
        Event(time + 1, EventKind.GICC_READ, 0, GICC.IAR.offset, intid),
    ]


def entry(time: int) -> list[Event]:
    return [Event(time, EventKind.PRIVILEGE, 0, 0, SUPERVISOR)]


def leave(time: int, world: int = 0) -> list[Event]:
    return [Event(time, EventKind.MARK, 0, 0, Mark.LEAVE << 28 | world)]


@pytest.mark.parametrize(("before", "wanted"), [(VTIMER, True), (SLICE, False)])
def test_exit_before_the_last_one_says_whether_the_tick_was_just_forwarded(before, wanted):
    trace = [*exit_for(before, 0), *entry(10), *exit_for(SLICE, 20), *leave(30)]
    assert just_forwarded(trace) == [wanted]


def test_guest_of_two_virtual_cpus_leaves_once():
    trace = [*exit_for(SLICE, 0), *leave(10, 0), *leave(11, 3), *entry(20)]
    assert just_forwarded([*trace, *exit_for(SLICE, 30), *leave(40)]) == [False, False]
