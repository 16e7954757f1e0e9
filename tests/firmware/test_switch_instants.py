"""A tick that falls due exactly during the world switch: in every cycle of it, and none is lost.

Two guests take turns, each with one tick on its way. Guest 0's falls due while it goes out and
guest 1 comes in, a cycle later each time; guest 1's at that same switch, a cycle earlier each time.
"""

from bisect import bisect_right
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from amagic_sim.build import build_root
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor
from amagic_sim.judge import Judge
from amagic_sim.mode import Mode, mode_words
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import EventKind, Mark, read_trace

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "guests" / "instants" / "falls_due_later_each_time.c"
CYCLES = 2300
"""What is tried: a switch, and a guest's way from its hypercall to it, or from it to the guest."""
COARSE = 7
"""Cycles from one to the next in the modes that are there to be compared."""
SETTLE = 8  # ticks before the first one that counts

GOES, COMES = 0, 1
GUESTS = pytest.mark.parametrize("guest", [GOES, COMES], ids=["goes", "comes"])


def step(mode: Mode) -> int:
    return 1 if mode is Mode.FORWARDED else COARSE


@cache
def run(mode: Mode) -> SocRun:
    sweep = {"ROUNDS": CYCLES // step(mode), "STEP": step(mode)}
    guests = [
        GuestSource(SOURCE, {**sweep, "COMES": guest}, (HERE / "support",))
        for guest in (GOES, COMES)
    ]
    program = build_hypervisor(*guests)
    folder = build_root() / "run" / "hypervisor" / f"instants-{mode.value}"
    return run_soc(program, folder, max_cycles=20_000_000, words=mode_words(program, mode))


@cache
def judge(mode: Mode) -> Judge:
    return Judge(2).run(read_trace(run(mode).trace_path))


def switches(mode: Mode) -> list[tuple[int, int]]:
    """When each switch from guest 0 to guest 1 began and ended."""
    marks = [e for e in read_trace(run(mode).trace_path) if e.kind is EventKind.MARK]
    return [
        (out.time, into.time)
        for out, into in pairwise(marks)
        if (out.mark, out.world, into.world) == (Mark.SWITCH_OUT, GOES, COMES)
    ]


def instants(mode: Mode, guest: int) -> list[int]:
    """In which cycles of a switch, from its beginning on, ticks of a guest fell due."""
    known = switches(mode)
    begins = [begin for begin, _ in known]
    met = set()
    for tick in judge(mode).results[guest].delivered:
        n = bisect_right(begins, tick.due) - 1
        if n >= 0 and tick.due < known[n][1]:
            met.add(tick.due - begins[n])
    return sorted(met)


def shortest(mode: Mode) -> int:
    return min(end - begin for begin, end in switches(mode))


@pytest.mark.parametrize("mode", Mode, ids=[mode.value for mode in Mode])
def test_each_tick_arrives_once(mode):
    assert parse_report(run(mode).uart_text).passed
    for result in judge(mode).results:
        assert len(result.delivered) == CYCLES // step(mode) + SETTLE
        assert (result.lost, result.duplicated, result.early) == ([], 0, [])
        assert result.spurious == []


@GUESTS
def test_ticks_fall_due_in_every_cycle_of_a_switch(guest):
    met = instants(Mode.FORWARDED, guest)
    assert [n for n in range(shortest(Mode.FORWARDED)) if n not in met] == []


@pytest.mark.parametrize("mode", [m for m in Mode if m is not Mode.FORWARDED])
def test_ticks_fall_due_at_many_instants_of_a_switch_in_the_other_modes(mode):
    assert len(instants(mode, GOES)) + len(instants(mode, COMES)) >= 100
