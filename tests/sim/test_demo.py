"""The main job: two guests share one virtual timer, and every tick arrives exactly once."""

import argparse
import xml.etree.ElementTree as ElementTree

import pytest

from amagic_sim import demo
from amagic_sim.judge import DueClass, Judge, Tick
from amagic_sim.trace import Event, EventKind, Mark


def arguments(*words):
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.slow
def test_a_thousand_ticks_are_forwarded_to_two_guests_and_shown(tmp_path, capsys):
    status = demo.run(arguments("--out", str(tmp_path)))
    printed = capsys.readouterr().out
    assert status == 0, printed
    rows = {line[:34].strip(): line[34:].split() for line in printed.splitlines()}
    assert rows["ticks delivered"] == ["500", "500"]
    for wrong in ("lost", "duplicated", "early", "taken while masked"):
        assert rows[wrong] == ["0", "0"]
    assert f"PASS: {2 * demo.TICKS} ticks delivered" in printed
    for picture in ("timeline.svg", "latency.svg"):
        ElementTree.parse(tmp_path / picture)
    waveform = tmp_path / "wave" / "soc.vcd"
    assert 100_000 < waveform.stat().st_size < 50_000_000
    assert waveform.with_suffix(".gtkw").is_file()


@pytest.mark.parametrize("text", ["5", "5:", "9:9", "9:5", "a:b", "-1:5"])
def test_a_window_that_is_none_is_refused_with_what_is_expected(text, capsys):
    with pytest.raises(SystemExit):
        arguments(f"--window={text}")
    assert "expected START:END in cycles" in capsys.readouterr().err


def tick(due, latency, line=True, **more):
    return Tick(
        due=due,
        programmed=due - 5000,
        due_class=more.pop("due_class", DueClass.RUNNING),
        line=due + 3 if line else None,
        entries=[due + 3 + latency],
        iar=due + latency + 100,
        eoi=due + latency + 500,
        **more,
    )


def test_the_tick_that_is_shown_is_undisturbed_and_typical():
    judge = Judge(2)
    judge.results[0].ticks += [
        tick(10_000, 700),
        tick(20_000, 1500),
        tick(30_000, 800),
        tick(40_000, 800, due_class=DueClass.SWITCH),
        tick(40_100, 810),  # while the tick before is active
        tick(50_000, 900, line=False),
    ]
    assert demo.typical_tick(judge).due == 20_000  # of 800 and 1500, in the first part
    judge.results[0].ticks.insert(1, tick(15_000, 800))
    assert demo.typical_tick(judge).due == 15_000


def test_a_run_without_an_undisturbed_tick_has_nothing_to_show():
    assert demo.typical_tick(Judge(2)) is None
    assert demo.switched_tick(Judge(2), []) is None


def test_the_second_window_goes_from_iar_to_the_other_guests_entry():
    judge = Judge(2)
    judge.results[1].ticks.append(tick(1000, 800, switched_while_active=True))
    marks = [(1500, Mark.SWITCH_OUT, 0), (2500, Mark.SWITCH_OUT, 1), (3500, Mark.SWITCH_IN, 0)]
    events = [Event(time, EventKind.MARK, 0, 0, mark << 28 | guest) for time, mark, guest in marks]
    assert demo.switched_tick(judge, events) == (1900, 3500)
