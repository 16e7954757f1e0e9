"""The comparison of the hypervisor's modes: its table, its picture, and its verdict."""

import argparse
import xml.etree.ElementTree as ElementTree

import pytest

from amagic_sim import compare
from amagic_sim.comparison import comparison_table
from amagic_sim.judge import DueClass, Judge, Tick
from amagic_sim.mode import Mode
from amagic_sim.outcome import Outcome
from amagic_sim.pictures import draw_comparison
from amagic_sim.report import Report

GUEST = {"gicd": "6", "hypercalls": "2"}


def outcome(mode, reasons=()):
    """A run of two ticks: one fell due while its guest ran, the other before, and has no line."""
    judge = Judge(2)
    judge.ended = 12_345
    judge.masks = [1, 2, 3, 4]
    first, second = judge.results
    first.ticks.append(Tick(100, 0, DueClass.RUNNING, line=103, interrupts=1, entries=[153]))
    second.ticks.append(Tick(200, 0, DueClass.OTHER, entries=[1200]))
    first.exits.update({"irq 27": 1, "irq 30": 2})
    second.exits.update({"irq 30": 1, "trap": 8})
    first.stays.update({"irq 27": [30, 40], "irq 30": [4000]})
    first.physical_interrupts = 3
    first.end_exits = 1
    report = Report((), (GUEST, GUEST), {}, True, mode.value)
    return Outcome([], judge, report, tuple(reasons))


@pytest.fixture
def outcomes():
    return {mode: outcome(mode) for mode in compare.MODES}


def test_the_table_has_a_column_a_mode_and_divides_by_delivered_ticks(outcomes):
    head, *lines = comparison_table(outcomes).splitlines()
    assert head.split() == ["emulated", "masked", "forwarded", "masked-eoi"]
    rows = {line[:38].strip(): line[38:].split() for line in lines}
    wanted = {
        "ticks delivered": "2",
        "lost": "0",
        "cycles of the run": "12,345",
        "due: own guest running": "1",
        "exits to the host per tick": "6.00",
        "end of a time slice": "1.50",
        "access to the distributor": "6.00",
        "hypercall": "2.00",
        "exits at an end of interrupt per tick": "0.50",
        "physical interrupts per tick": "1.50",
        "timer's, due: own guest running": "1.00",
        "timer's, due: other guest running": "0.00",
        "timer masked by the host per tick": "2.00",
        "host cycles per tick": "2,035",
        "without the ends of time slices": "35",
        "line to handler, cycles": "n=1",
        "due to handler, cycles": "n=2",
    }
    assert {name: rows[name] for name in wanted} == {name: 4 * [wanted[name]] for name in wanted}


def test_each_mode_is_in_the_picture(outcomes, tmp_path):
    path = draw_comparison(outcomes, tmp_path / "comparison.svg")
    text = "".join(ElementTree.parse(path).getroot().itertext())
    for mode in Mode:
        assert mode.value in text
    for label in ("access to the CPU interface", "masked-eoi, n=2", "masked-eoi, n=1"):
        assert label in text


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "100001"])
def test_a_number_of_ticks_that_is_none_is_refused(text, capsys):
    parser = argparse.ArgumentParser()
    compare.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--ticks={text}"])
    assert "expected a number in 1 to 100000" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", compare.MODES, ids=[mode.value for mode in compare.MODES])
def test_a_lost_tick_in_any_mode_fails_the_comparison(outcomes, wrong, tmp_path, capsys):
    assert compare.show(outcomes, 1, tmp_path) == 0
    outcomes[wrong] = outcome(wrong, reasons=["guest 0: 1 ticks lost"])
    assert compare.show(outcomes, 1, tmp_path) == 1
    printed = capsys.readouterr().out
    assert f"reason: {wrong.value}: guest 0: 1 ticks lost" in printed
    assert "FAIL: 8 ticks delivered in 4 modes" in printed
