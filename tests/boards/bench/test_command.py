"""`amagic bench`: which sizes, what is written when, and what a stranger sees who errs."""

import argparse
import fcntl
import json

import pytest

from amagic.gic import GicConfig
from amagic_boards.bench import command
from amagic_boards.bench.points import POINTS, QUICK, SEEDS, STORMS, Point
from amagic_sim.build import BuildError


class FakeMeter:
    """Measures nothing, and stops where it is told to."""

    stop_before: Point | None = None

    def __init__(self, folder):
        self.folder = folder

    def head(self):
        options = {
            "synthesis": "synth",
            "routing": "-85k",
            "large": 9,
            "large_routing": "-r2",
        }
        return {"tools": ["yosys 1"], "options": options, "seeds": [1, 2, 3]}

    def point(self, point):
        if point == self.stop_before:
            raise KeyboardInterrupt
        size = {"cpus": point.cpus, "spis": point.spis, "lrs": point.lrs}
        cost = {"lut4": 10, "ff": 5, "dpr16x4": 1, "dp16kd": 0, "parts": {}}
        return {**size, **cost, "status": "does not fit", "reason": "small"}

    def storm(self, point):
        case = {"first_nirq": 9, "last_nirq": 20, "gicd_write": 7, "iar_read": 16}
        return {"cpus": 2, "spis": point.spis, "idle": case, "ISENABLER": case, "CTLR": case}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "Meter", FakeMeter)
    monkeypatch.setattr(FakeMeter, "stop_before", None)

    def run(*arguments):
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([*arguments, "--out", str(tmp_path)]))

    run.out = tmp_path
    return run


def test_the_star_is_the_issues():
    reference = GicConfig(cpus=1, spis=96, lrs=4, priority_bits=5, sync_lines=True)
    assert QUICK.config == reference
    assert POINTS[0] == QUICK
    assert {p.spis for p in POINTS if (p.cpus, p.lrs) == (1, 4)} == {32, 64, 96, 224, 480, 988}
    assert {p.cpus for p in POINTS if (p.spis, p.lrs) == (96, 4)} == {1, 2, 4, 8}
    assert Point(lrs=16) in POINTS
    assert POINTS[-1] == Point(cpus=8, spis=480, lrs=16)
    assert (SEEDS, [p.spis for p in STORMS]) == ((1, 2, 3), [96, 988])


def test_everything_is_measured_and_written(bench, capsys):
    assert bench() == 0
    document = json.loads((bench.out / "bench.json").read_text())
    assert len(document["points"]) == len(POINTS)
    assert len(document["storms"]) == len(STORMS)
    assert "OpenTitan" in (bench.out / "bench.md").read_text()
    assert (bench.out / "cost.svg").exists()
    assert "does not fit" in capsys.readouterr().out


def test_quick_is_one_size_and_leaves_the_whole_benchs_files_alone(bench):
    assert bench("--quick") == 0
    document = json.loads((bench.out / "quick.json").read_text())
    assert [(p["cpus"], p["spis"], p["lrs"]) for p in document["points"]] == [(1, 96, 4)]
    assert not (bench.out / "bench.json").exists()


def test_a_size_of_ones_own(bench):
    assert bench("--point", "2:64:8", "--point", "1:0:1") == 0
    document = json.loads((bench.out / "points.json").read_text())
    sizes = [(p["cpus"], p["spis"], p["lrs"]) for p in document["points"]]
    assert sizes == [(2, 64, 8), (1, 0, 1)]


@pytest.mark.parametrize("text", ["2:64", "a:b:c", "9:64:4", "1:989:4", "1:96:0"])
def test_a_size_that_cannot_be_is_refused(bench, text, capsys):
    with pytest.raises(SystemExit):
        bench("--point", text)
    assert f"expected CPUS:SPIS:LRS, such as 2:96:4, not '{text}'" in capsys.readouterr().err


def test_an_interrupt_leaves_what_was_measured_before(bench, monkeypatch):
    monkeypatch.setattr(FakeMeter, "stop_before", POINTS[2])
    with pytest.raises(KeyboardInterrupt):
        bench()
    document = json.loads((bench.out / "bench.json").read_text())
    states = [point["status"] for point in document["points"]]
    assert states[:2] == ["does not fit"] * 2
    assert set(states[2:]) == {"not run"}


def test_two_benches_do_not_share_a_folder(bench):
    with (bench.out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BuildError, match="another bench is running in"):
            bench("--quick")
