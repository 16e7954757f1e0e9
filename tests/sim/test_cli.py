"""The command line `amagic`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amagic_sim import cli
from amagic_sim.bench import BenchError
from amagic_sim.build import BuildError


@pytest.fixture
def demo(monkeypatch):
    """Lets a test say what the demo's `run` does."""

    def replace(run):
        import amagic_sim.demo

        monkeypatch.setattr(amagic_sim.demo, "run", run)

    return replace


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("amagic ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["bogus"], "invalid choice: 'bogus'"),
        (["demo", "--bogus"], "unrecognized arguments: --bogus"),
        (["--bogus", "demo"], "unrecognized arguments: --bogus"),
        (["demo", "--window", "20:10"], "START:END"),
        (["demo", "--window", "soon"], "START:END"),
    ],
)
def test_a_wrong_command_line_is_refused_with_code_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def command_of(checkout) -> str:
    """A checkout, and where its command `amagic` is."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / "pyproject.toml").write_text("")
    return str(checkout / ".venv" / "bin" / "amagic")


def test_a_command_that_runs_another_checkout_says_so(demo, tmp_path, monkeypatch, capsys):
    demo(lambda args: 0)
    monkeypatch.setattr(sys, "argv", [command_of(tmp_path), "demo"])
    assert cli.main() == 0
    running = Path(cli.__file__).parents[2]
    assert capsys.readouterr().err == (
        f"amagic: note: this runs {running}, not {tmp_path}, whose environment is made from there\n"
    )


def test_a_command_that_runs_its_own_checkout_says_nothing(demo, monkeypatch, capsys):
    demo(lambda args: 0)
    own = Path(cli.__file__).parents[2]
    for command in (own / ".venv" / "bin" / "amagic", own / "sim" / "amagic_sim" / "cli.py"):
        monkeypatch.setattr(sys, "argv", [str(command), "demo"])
        assert cli.main() == 0
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize("code", [0, 1])
def test_the_exit_code_is_the_demos(demo, code):
    demo(lambda args: code)
    assert cli.main(["demo"]) == code


@pytest.mark.parametrize("kind", [BuildError, BenchError, ValueError, FileNotFoundError])
def test_an_error_is_one_message_and_code_1(demo, capsys, kind):
    def run(args):
        raise kind("guest.c: what is wrong")

    demo(run)
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err == "amagic: error: guest.c: what is wrong\n"


def test_a_traceback_can_be_asked_for(demo, monkeypatch):
    def run(args):
        raise BuildError("what is wrong")

    demo(run)
    monkeypatch.setenv("AMAGIC_TRACEBACK", "1")
    with pytest.raises(BuildError):
        cli.main(["demo"])


def test_an_interrupt_ends_with_code_130_and_no_traceback():
    code = (
        "import sys, time, amagic_sim.demo\n"
        "from amagic_sim import cli\n"
        "def run(args):\n"
        "    print('running', flush=True)\n"
        "    time.sleep(60)\n"
        "amagic_sim.demo.run = run\n"
        "sys.exit(cli.main(['demo']))\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "running\n"
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - started < 10
    assert said == "\namagic: interrupted\n"


def test_a_package_that_an_extra_brings_is_named_with_the_extra(monkeypatch, capsys):
    def missing(module):
        raise ModuleNotFoundError("no", name="amaranth_boards")

    monkeypatch.setattr(cli, "import_module", missing)
    assert cli.main(["program", "ulx3s"]) == 1
    said = capsys.readouterr().err
    assert "package amaranth_boards is missing: pip install 'amagic[sim,boards]'" in said
