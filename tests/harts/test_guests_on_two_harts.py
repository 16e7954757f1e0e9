"""Guests on two harts: what moves between the harts, and what goes from one to the other.

`pairs` is one run of what ``make harts`` runs; the guests of ``guests`` are a rule each.
"""

from itertools import groupby, pairwise
from pathlib import Path

import pytest

from amagic.registers import GICD, GICH
from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.harts import BYTES, Exchange, run_pairs
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor
from amagic_sim.mode import Mode
from amagic_sim.outcome import Outcome
from amagic_sim.report import Report, parse_report
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import Event, EventKind, Mark

GUESTS = Path(__file__).resolve().parent / "guests"
SUPPORT = GUESTS.parents[1] / "firmware" / "support"
TWO = SocConfig(harts=2)
RUNS = build_root() / "run" / "harts"
TICKS = 40
MAX_CYCLES = 4_000_000
GAP = 40_000  # cycles between two bytes on the serial port
TICK_BIT = 1 << 27
ACTIVE = (GICD.ISACTIVER.offset, GICD.ICACTIVER.offset)
LONG_SLICES = {"HYP_SLICE_MIN": 150_000}


def own(name: str, cpus: int = 1) -> GuestSource:
    return GuestSource(GUESTS / f"{name}.c", {"GUEST_VCPUS": cpus}, includes=(SUPPORT,))


def run(
    first: GuestSource, second: GuestSource, name: str, sent: bytes = b"", **defines: object
) -> Report:
    program = build_hypervisor(first, second, defines=defines, config=TWO)
    done = run_soc(
        program, RUNS / name, max_cycles=MAX_CYCLES, config=TWO, uart_in=sent, uart_gap=GAP
    )
    return parse_report(done.uart_text)


@pytest.fixture(scope="module")
def pairs() -> tuple[Outcome, Exchange]:
    return run_pairs(RUNS / "pairs", TICKS)


def switches(outcome: Outcome) -> list[Event]:
    """The marks of the world switches."""
    return [
        event
        for event in outcome.events
        if event.kind is EventKind.MARK and event.mark in (Mark.SWITCH_OUT, Mark.SWITCH_IN)
    ]


def test_every_tick_of_each_virtual_cpu_arrives_once_whichever_hart_it_is_on(pairs):
    outcome, exchange = pairs
    assert outcome.reasons == ()
    assert all(len(result.delivered) == TICKS for result in outcome.judge.results)
    assert min(exchange.ticks[hart] for hart in (0, 1)) > TICKS


@pytest.mark.parametrize("mode", [Mode.MASKED, Mode.EMULATED], ids=lambda mode: mode.value)
def test_every_tick_arrives_once_on_two_harts_in_the_other_modes(mode):
    outcome, _ = run_pairs(RUNS / mode.value, 16, mode)
    assert outcome.reasons == ()


def test_virtual_cpu_is_on_one_hart_at_a_time(pairs):
    on: dict[int, int] = {}
    for event in switches(pairs[0]):
        if event.mark is Mark.SWITCH_IN:
            assert event.world not in on.values()
            on[event.cpu] = event.world
        else:
            assert on.pop(event.cpu) == event.world


def test_both_virtual_cpus_of_a_guest_run_at_the_same_time(pairs):
    on: dict[int, int] = {}
    together = 0
    for event in switches(pairs[0]):
        if event.mark is Mark.SWITCH_IN:
            on[event.cpu] = event.world
            together += len(on) == 2 and on[0] % 2 == on[1] % 2
        else:
            del on[event.cpu]
    assert together > 5


def test_one_hart_at_a_time_takes_a_world_out_or_in(pairs):
    """Out: from the mark to the virtual interface off. In: from its registers to the mark."""
    spans: list[tuple[int, int, int]] = []
    began: dict[int, int] = {}
    for event in pairs[0].events:
        mark = event.mark if event.kind is EventKind.MARK else None
        gich = event.aux if event.kind is EventKind.GICH_WRITE else None
        if mark is Mark.SWITCH_OUT or gich == GICH.VMCR.offset:
            began[event.cpu] = event.time
        elif event.cpu in began and (
            mark is Mark.SWITCH_IN or (gich == GICH.HCR.offset and not event.value)
        ):
            spans.append((began.pop(event.cpu), event.time, event.cpu))
    spans.sort()
    assert all(end < start for (_, end, _), (start, _, _) in pairwise(spans))
    assert min(sum(cpu == hart for *_, cpu in spans) for hart in (0, 1)) > 50


def test_active_state_of_the_ticks_interrupt_moves_with_its_virtual_cpu(pairs):
    """It is written where the virtual CPU comes in, and its end there deactivates it."""
    outcome, exchange = pairs
    assert exchange.moves_active > 5
    written: dict[int, list[bool]] = {0: [], 1: []}
    both = {True: 0, False: 0}
    for event in outcome.events:
        if (event.kind, event.value) == (EventKind.GICD_WRITE, TICK_BIT) and event.aux in ACTIVE:
            written[event.cpu].append(event.aux == GICD.ISACTIVER.offset)
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_OUT:
            written[event.cpu].clear()
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_IN:
            both[written[event.cpu].pop()] += 1
            assert not written[event.cpu]
    for result in outcome.judge.results:
        assert (len(result.forwarded), result.unforwarded) == (TICKS, [])
    assert outcome.judge.unasked == []
    assert min(both.values()) > 5


def test_sgis_from_hart_to_hart_arrive_with_what_was_written_before_them(pairs):
    """The guests number them, and end with another status when one is missing."""
    outcome, exchange = pairs
    assert exchange.sgis_across > 5
    assert exchange.sgis_across < exchange.sgis
    assert [guest["status"] for guest in outcome.report.guests] == ["0", "0"]


def test_spi_is_acknowledged_on_one_hart_and_ended_on_the_other(pairs):
    """The guest compares every byte."""
    outcome, exchange = pairs
    assert exchange.spis == BYTES
    assert 0 < exchange.spis_across < exchange.spis
    assert [guest["orphans"] for guest in outcome.report.guests] == ["0", "0"]


def test_run_ends_when_both_harts_have_nothing_left_to_run(pairs):
    """One of them waits: the last world goes out on the other, and that one reports."""
    outcome, _ = pairs
    *_, last = switches(outcome)
    assert last.mark is Mark.SWITCH_OUT
    on = {
        cpu: list(marks)[-1].mark
        for cpu, marks in groupby(
            sorted(switches(outcome), key=lambda event: event.cpu), key=lambda event: event.cpu
        )
    }
    assert on == {0: Mark.SWITCH_OUT, 1: Mark.SWITCH_OUT}
    assert [guest["state"] for guest in outcome.report.guests] == ["done", "done"]


def test_virtual_cpu_finds_what_it_has_written_on_another_hart():
    report = run(own("finds_what_it_has_written", 2), own("finds_what_it_has_written", 2), "finds")
    assert [guest["status"] for guest in report.guests] == ["0", "0"]
    assert sum(int(hart["moves"]) for hart in report.harts) > 20


def test_memory_cached_on_one_hart_and_written_on_the_other_is_shared_as_guests_are_told():
    name = "shares_memory_with_its_other_cpu"
    report = run(own(name, 2), own("ends_at_once"), name, **LONG_SLICES)
    assert report.guests[0]["status"] == "0"
    assert int(report.guests[0]["ticks"]) > 25  # words that were old in the cache


def test_sgi_calls_the_other_hart_at_once_and_none_is_lost_behind_one_that_is_active():
    name = "wakes_its_other_cpu"
    report = run(own(name, 2), own("ends_at_once"), name, **LONG_SLICES)
    assert (report.guests[0]["status"], report.guests[0]["ticks"]) == ("0", "60")
    assert sum(int(hart["kicks"]) for hart in report.harts) >= 60


def test_spi_that_was_taken_on_one_hart_is_not_withdrawn_by_the_other():
    name = "holds_an_spi_while_the_other_exits"
    report = run(own("ends_at_once"), own(name, 2), name, sent=bytes(range(8)), **LONG_SLICES)
    guest = report.guests[1]
    assert (guest["status"], guest["ticks"]) == ("0", "8")
    assert (guest["withdrawn"], guest["orphans"]) == ("0", "0")
