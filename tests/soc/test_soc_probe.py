"""The core's observation ports and the probe, in the whole SoC: what the figures rest on."""

from pathlib import Path

import pytest

from amagic_sim.build import build_root
from amagic_sim.firmware import build_program, firmware_root
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import EventKind, read_trace

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "firmware" / "support"


@pytest.fixture(scope="module")
def program():
    start = firmware_root() / "arch" / "riscv" / "start.S"
    sources = [start, SUPPORT / "trap.S", SUPPORT / "test.c", HERE / "watch.c"]
    return build_program("watch", sources, includes=[SUPPORT])


@pytest.fixture(scope="module")
def events(program):
    run = run_soc(program, build_root() / "run" / "watch", max_cycles=100_000)
    return list(read_trace(run.trace_path))


def hits(events, number):
    return [e for e in events if e.kind is EventKind.WATCH and e.aux == number]


def test_an_instruction_retires_once_each_time_that_it_is_executed(events, program):
    found = hits(events, 0)
    assert [e.value for e in found] == [program.symbols["looped"]] * 5
    assert len({e.time for e in found}) == 5


def test_an_instruction_that_traps_does_not_retire(events):
    assert not hits(events, 1)


def test_the_instruction_behind_a_trap_retires_once(events, program):
    assert [e.value for e in hits(events, 2)] == [program.symbols["behind"]]


def test_an_instruction_in_another_mode_is_no_hit(events):
    assert not hits(events, 4)


def test_the_first_instruction_of_the_handler_follows_the_line_closely_and_once(events):
    (hit,) = hits(events, 3)
    enabled = next(e for e in events if e.kind is EventKind.PRIVILEGE and e.value == 1)
    line = next(e for e in events if e.kind is EventKind.VIRQ and e.value == 1)
    assert line.time < enabled.time < hit.time < enabled.time + 200
    acknowledge = next(e for e in events if e.kind is EventKind.GICV_READ and e.time > hit.time)
    assert acknowledge.value == 42


def test_the_privilege_level_is_seen_at_each_change(events):
    levels = [e.value for e in events if e.kind is EventKind.PRIVILEGE]
    # Reset; the supervisor; its page fault and the way back; its last ecall.
    assert levels == [3, 1, 3, 1, 3]
