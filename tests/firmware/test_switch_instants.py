"""A tick that falls due exactly during the world switch: in every cycle of it, and none is lost.

The general way: two guests take turns, each with one tick on its way. Guest 1's falls due while it
comes in and guest 0 goes out, a cycle earlier each time; then guest 0's at that same switch, a
cycle later each time. The straight way is the end of a time slice, which no guest can aim at: there
it is left to chance, and to many short slices.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from amagic_sim.build import build_root
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests
from amagic_sim.judge import Judge
from amagic_sim.mode import Mode, mode_words
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import Event, EventKind, Mark, read_trace

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "guests" / "instants" / "falls_due_later_each_time.c"
CYCLES = 4100
"""What is tried: the way from the switch to guest 1 and the switch, twice, and then guest 0's way
from its hypercall to it and the switch."""
FIRST = 1300
"""Of these: guest 1's part, earlier each time; it is as long again, later each time."""
COARSE = 7
"""Cycles from one to the next in the modes that are there to be compared."""
SETTLE = 8  # ticks before the first one that counts

GOES, COMES = 0, 1
GUESTS = pytest.mark.parametrize("guest", [GOES, COMES], ids=["goes", "comes"])


def step(mode: Mode) -> int:
    return 1 if mode is Mode.FORWARDED else COARSE


@cache
def run(mode: Mode) -> SocRun:
    rounds = CYCLES // step(mode)
    sweep = {"ROUNDS": rounds, "STEP": step(mode)}
    first = FIRST // step(mode)
    guests = [
        GuestSource(SOURCE, {**sweep, "COMES": guest, **when}, (HERE / "support",))
        for guest, when in ((GOES, {"WAIT": 2 * first}), (COMES, {"TURN": first}))
    ]
    program = build_hypervisor(*guests)
    folder = build_root() / "run" / "hypervisor" / f"instants-{mode.value}"
    return run_soc(program, folder, max_cycles=40_000_000, words=mode_words(program, mode))


@cache
def judge(mode: Mode) -> Judge:
    return Judge(2).run(read_trace(run(mode).trace_path))


Switch = tuple[Event, Event]  # its marks


def all_switches(done: SocRun) -> list[Switch]:
    marks = [e for e in read_trace(done.trace_path) if e.kind is EventKind.MARK]
    pairs = pairwise(marks)
    return [
        (out, into)
        for out, into in pairs
        if out.mark is Mark.SWITCH_OUT and into.mark is not out.mark
    ]


def switches(mode: Mode) -> list[Switch]:
    """Those from guest 0 to guest 1."""
    return [
        (out, into)
        for out, into in all_switches(run(mode))
        if (out.world, into.world) == (GOES, COMES)
    ]


def met(known: Sequence[Switch], dues: Sequence[int]) -> set[int]:
    """In which cycles of a switch, from its beginning on, ticks fell due."""
    begins = [out.time for out, _ in known]
    last = ((due, bisect_right(begins, due) - 1) for due in dues)
    return {due - begins[n] for due, n in last if n >= 0 and due < known[n][1].time}


def instants(mode: Mode, guest: int) -> set[int]:
    return met(switches(mode), [tick.due for tick in judge(mode).results[guest].delivered])


def shortest(mode: Mode) -> int:
    return min(into.time - out.time for out, into in switches(mode))


@pytest.mark.parametrize("mode", Mode, ids=[mode.value for mode in Mode])
def test_each_tick_arrives_once(mode):
    assert parse_report(run(mode).uart_text).passed
    for result in judge(mode).results:
        assert len(result.delivered) == CYCLES // step(mode) + SETTLE
        assert (result.lost, result.duplicated, result.early) == ([], 0, [])
        assert result.spurious == []


@GUESTS
def test_ticks_fall_due_in_every_cycle_of_a_switch(guest):
    missing = set(range(shortest(Mode.FORWARDED))) - instants(Mode.FORWARDED, guest)
    assert not missing


@pytest.mark.parametrize("mode", [m for m in Mode if m is not Mode.FORWARDED])
def test_ticks_fall_due_at_many_instants_of_a_switch_in_the_other_modes(mode):
    assert len(instants(mode, GOES)) + len(instants(mode, COMES)) >= 100


STRAIGHT_TICKS = 4_000
STRAIGHT = 400
"""Cycles between the marks of a switch: the straight way takes fewer, the general one more."""


@cache
def straight_run() -> SocRun:
    """Two guests that give nothing away."""
    often = {"TICKS": STRAIGHT_TICKS, "JITTER": 1_024, "NEAR": 0, "EXTRA": 1, "WORK": 8}
    guests = [
        replace(guest, defines={**guest.defines, **often, "PERIOD": period})
        for guest, period in zip(demo_guests(), (2_203, 2_301), strict=True)
    ]
    program = build_hypervisor(*guests, defines={"HYP_SLICE_MIN": 250, "HYP_SLICE_SPREAD": 256})
    folder = build_root() / "run" / "hypervisor" / "instants-straight"
    return run_soc(program, folder, max_cycles=40_000_000)


@cache
def straight_judge() -> Judge:
    return Judge(2).run(read_trace(straight_run().trace_path))


def test_each_tick_of_short_time_slices_arrives_once():
    assert parse_report(straight_run().uart_text).passed
    for result in straight_judge().results:
        assert len(result.delivered) == STRAIGHT_TICKS
        assert (result.lost, result.duplicated, result.early) == ([], 0, [])


@GUESTS
def test_ticks_fall_due_in_every_cycle_of_a_straight_switch(guest):
    """Those of the world that goes, and those of the world that comes."""
    every = all_switches(straight_run())
    straight = [(out, into) for out, into in every if into.time - out.time < STRAIGHT]
    assert len(straight) > 0.9 * len(every)
    found: set[int] = set()
    for world, result in enumerate(straight_judge().results):
        known = [marks for marks in straight if marks[guest].world == world]
        found |= met(known, [tick.due for tick in result.delivered])
    missing = set(range(min(into.time - out.time for out, into in straight))) - found
    assert not missing
