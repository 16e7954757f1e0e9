"""The run on a netlist passes when it is as before synthesis and right, and fails otherwise."""

from dataclasses import replace

import pytest

from amagic_boards.gate.run import TICKS, judge_gates
from amagic_sim.build import build_root
from amagic_sim.hypervisor_build import build_hypervisor, demo_guests
from amagic_sim.soc_sim import run_soc


@pytest.fixture(scope="module")
def before():
    """The run before synthesis."""
    program = build_hypervisor(*demo_guests(TICKS))
    return run_soc(program, build_root() / "run" / "gate-judged", max_cycles=10_000_000)


def of_netlist(before, tmp_path, change=lambda lines: lines, text=None):
    """A netlist's run that is the same but for a change of its trace's lines, or of its text."""
    path = tmp_path / "trace.txt"
    path.write_text("".join(change(before.trace_path.read_text().splitlines(keepends=True))))
    return replace(before, trace_path=path, uart_text=before.uart_text if text is None else text)


def test_a_netlist_that_does_the_same_passes_with_every_tick(before, tmp_path):
    assert judge_gates(of_netlist(before, tmp_path), before, TICKS) == (2 * TICKS, [])


def a_cycle_later(lines):
    middle = len(lines) // 2
    time, rest = lines[middle].split(" ", 1)
    return [*lines[:middle], f"{int(time) + 1} {rest}", *lines[middle + 1 :]]


def without_its_last_event(lines):
    return lines[:-1]


@pytest.mark.parametrize("change", [a_cycle_later, without_its_last_event])
def test_a_netlist_whose_trace_differs_in_one_event_fails(before, tmp_path, change):
    _, reasons = judge_gates(of_netlist(before, tmp_path, change), before, TICKS)
    assert any("traces of netlist and design differ in line" in reason for reason in reasons)


def test_a_netlist_that_prints_something_else_fails(before, tmp_path):
    text = "one line more\n" + before.uart_text
    _, reasons = judge_gates(of_netlist(before, tmp_path, text=text), before, TICKS)
    assert reasons == ["the serial port sent something else than before synthesis"]


def test_a_design_that_is_wrong_itself_fails_although_the_netlist_does_the_same(before):
    _, reasons = judge_gates(before, before, TICKS + 1)
    assert reasons and not any("differ" in reason for reason in reasons)
