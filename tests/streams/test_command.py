"""`amagic streams`, and the table at its end."""

import re

import pytest

from amagic_sim import cli
from amagic_sim.streams import command
from amagic_sim.streams.configurations import CONFIGURATIONS, PLAIN
from amagic_sim.streams.domain import domain
from amagic_sim.streams.generator import LENGTH
from amagic_sim.streams.runs import Result, totals


@pytest.fixture(autouse=True)
def build_is_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("AMAGIC_BUILD", str(tmp_path))


def test_the_operations_are_shared_by_the_configurations():
    found = dict(command.tasks(["one", "two"], 2 * LENGTH + 200, 3, None))
    assert [task.length for task in found["one"]] == [LENGTH, 100]
    assert [task.stream for task in found["two"]] == ["3/0", "3/1"]


def test_one_stream_alone_is_made_whole():
    ((_, streams),) = command.tasks(["one"], 100, 3, 17)
    assert [(task.stream, task.length) for task in streams] == [("3/17", LENGTH)]


def test_what_each_configuration_came_to_is_a_row_and_the_last_row_is_all():
    rows = [("one", Result(1000, 80, 20)), ("two", Result(500, 30, 5, ["it differs"]))]
    head, one, two, every = (line.split() for line in totals(rows).splitlines())
    assert head[:3] == ["configuration", "operations", "acknowledges"]
    assert one == ["one", "1,000", "100", "20", "0"]
    assert two == ["two", "500", "35", "5", "1"]
    assert every == ["all", "1,500", "135", "25", "1"]


def test_streams_run_on_the_model_agree_with_it(capsys):
    arguments = ["streams", "--on", "model", "--config", "quick", "--operations", "1000"]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert "one: 1 streams, 500 operations, 0 mismatches" in said
    assert re.search(r"^all +1,000 ", said, re.M)
    assert "\ncoverage" in said


def test_every_table_of_the_coverage_is_written_to_a_file(tmp_path, capsys):
    arguments = ["streams", "--on", "model", "--config", "one", "--operations", "300"]
    named, usual = tmp_path / "mine.txt", tmp_path / "streams" / "coverage.txt"
    for more, path in ((["--coverage", str(named)], named), ([], usual)):
        assert cli.main([*arguments, *more]) == 0
        text = path.read_text()
        assert all(f"\n{table}: " in text for table, _, _ in domain())
        assert f"every table: {path}" in capsys.readouterr().out
        path.unlink()
    assert cli.main([*arguments, "--only", "0"]) == 0
    assert not usual.exists()


def test_a_difference_is_told_and_is_exit_status_1(monkeypatch, capsys):
    found = Result(10, 1, 1, ["one 1/0: after 3 operations"])
    monkeypatch.setattr(command, "_run", lambda *_: found)
    monkeypatch.setattr(command, "ProcessPoolExecutor", Here)
    assert cli.main(["streams", "--on", "model", "--config", "one", "--operations", "1"]) == 1
    assert "MISMATCH one 1/0: after 3 operations" in capsys.readouterr().out


class Here:
    """Runs what a pool of processes would."""

    def __init__(self, jobs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    map = staticmethod(map)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--config", "none"], "no configuration 'none'; there are all, secure, quick, one"),
        (["--operations", "0"], "expected a number from 1 on, not '0'"),
        (["--operations", "many"], "expected a number from 1 on, not 'many'"),
        (["--seed", "-1"], "expected a number from 0 on, not '-1'"),
        (["--on", "fpga"], "invalid choice: 'fpga'"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["streams", *options])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_all_are_those_without_security_extensions_and_secure_those_with_them():
    assert command._names("all") == list(PLAIN)
    assert command._names("all,secure") == list(CONFIGURATIONS)
    assert command._names("quick,one,smallest") == ["one", "two", "smallest"]
