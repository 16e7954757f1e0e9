"""The host gives up on one hart while the other runs a guest: that ends the run, for both.

One hart is made to fail in the host, or outside of it, where it has not kept the other one out yet.
The guests print, so that a hart that went on would break into the message, and would get them to
their ends, of which the same host says PASS.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor
from amagic_sim.migration.orders import Order, order_words
from amagic_sim.report import ReportError, parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import EventKind, Mark, read_trace

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "firmware" / "support"
TWO = SocConfig(harts=2)
RUNS = build_root() / "run" / "panic-on-two-harts"
MAX_CYCLES = 2_000_000
MACHINE = 3
FAILED = 2  # what the firmware ends a run with when it gives up
BYTE = 10 * TWO.divisor
NO_ORDER = 9
ILLEGAL_INSTRUCTION = 2
BEHIND_ITS_VECTOR = 16  # of other_main(): its second call; the first one sets mtvec


@dataclass(frozen=True)
class Case:
    """What the host is loaded with, and what it must say."""

    words: dict[int, int]
    message: str


@cache
def program() -> Program:
    guest = GuestSource(HERE / "guests" / "prints_lines.c", includes=(SUPPORT,))
    return build_hypervisor(guest, guest, config=TWO)


def in_the_host(after: int) -> Case:
    """The hart that finds the order does not know it."""
    words = order_words(program(), [Order(after, NO_ORDER, 0)])
    return Case(words, f"there is no such order {NO_ORDER:#010x}")


def before_it_has_been_in_the_host() -> Case:
    """Hart 1, where it begins: hart 0 is on its way to its guests."""
    at = program().symbols["other_main"] + BEHIND_ITS_VECTOR
    said = (ILLEGAL_INSTRUCTION, at, 0)
    return Case(
        {at: 0},
        "trap in the host: mcause, mepc, mtval" + "".join(f" {word:#010x}" for word in said),
    )


CASES = {
    "early": lambda: in_the_host(100_000),
    "late": lambda: in_the_host(200_000),
    "outside": before_it_has_been_in_the_host,
}


def run(words: dict[int, int], name: str) -> SocRun:
    return run_soc(program(), RUNS / name, max_cycles=MAX_CYCLES, config=TWO, words=words)


@cache
def given_up(name: str) -> SocRun:
    return run(CASES[name]().words, name)


def test_the_same_guests_pass_when_no_hart_gives_up():
    assert parse_report(run({}, "none").uart_text).passed


@pytest.mark.parametrize("name", CASES)
def test_message_of_the_hart_that_gives_up_is_whole_and_the_last_that_is_sent(name):
    message = CASES[name]().message
    text = given_up(name).uart_text
    assert text.splitlines(keepends=True)[-2:] == [f"AMAGIC-PANIC {message}\n", "FAIL\n"]
    assert "PASS" not in text
    with pytest.raises(ReportError, match=f"gave up: {re.escape(message)}"):
        parse_report(text)


@pytest.mark.parametrize("name", CASES)
def test_run_ends_with_its_own_status_when_one_hart_gives_up(name):
    marks = [e for e in read_trace(given_up(name).trace_path) if e.kind is EventKind.MARK]
    assert [e.world for e in marks if e.mark is Mark.END] == [FAILED]


@pytest.mark.parametrize("name", CASES)
def test_other_hart_does_nothing_any_more_while_one_gives_up(name):
    """From half of the message on: before that it may come to the end of its time slice."""
    case, events = CASES[name](), list(read_trace(given_up(name).trace_path))
    end = next(e for e in events if e.kind is EventKind.MARK and e.mark is Mark.END)
    half = end.time - BYTE * len(case.message) // 2
    other = [e for e in events if e.cpu != end.cpu]
    assert [e for e in other if e.time > half] == []
    last = [e for e in other if e.kind is EventKind.PRIVILEGE][-1]
    assert last.value == MACHINE
