"""Simulators: built whole or not at all, once, with the right Verilator, and errors that tell."""

import os
import subprocess
import sys
import time

import pytest

from amagic_sim import build
from amagic_sim.build import BuildError, build_root, build_simulator, find_verilator

COUNTER = """
module counter(input clk, input rst, output reg [7:0] value);
  always @(posedge clk) value <= rst ? 0 : value + 1;
endmodule
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A build folder of the test's own, in which Verilator's runtime is there already."""
    build_simulator("counter", {"counter.v": COUNTER}, top="counter")
    (tmp_path / "sim").mkdir()
    for runtime in (build_root() / "sim").glob("runtime-*"):
        (tmp_path / "sim" / runtime.name).symlink_to(runtime)
    monkeypatch.setenv("AMAGIC_BUILD", str(tmp_path))
    return tmp_path / "sim"


@pytest.fixture
def fresh_search():
    find_verilator.cache_clear()
    yield
    find_verilator.cache_clear()


def _built(root) -> list[str]:
    return [p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("runtime-")]


def test_wrong_arguments_name_the_value_and_what_is_allowed():
    with pytest.raises(ValueError, match="name must be letters.*not 'a b'"):
        build_simulator("a b", {}, top="top")
    with pytest.raises(ValueError, match="public must be one of top, all, marked, not 'some'"):
        build_simulator("a", {}, top="top", public="some")
    with pytest.raises(ValueError, match="optimize must be one of compile, run, not 'O3'"):
        build_simulator("a", {}, top="top", optimize="O3")


def test_verilog_that_is_wrong_is_a_build_error_with_its_line(root):
    wrong = {"wrong.v": "module wrong(input clk);\n  assign nothing = ;\nendmodule\n"}
    with pytest.raises(BuildError, match=r"(?s)Verilator, for wrong, failed:.*wrong\.v:2:"):
        build_simulator("wrong", wrong, top="wrong")
    assert _built(root) == []


def test_an_interrupted_build_leaves_nothing_and_the_next_one_works(root, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(build, "_make", interrupt)
        with pytest.raises(KeyboardInterrupt):
            build_simulator("counter", {"counter.v": COUNTER}, top="counter")
    assert _built(root) == []
    made = build_simulator("counter", {"counter.v": COUNTER}, top="counter")
    assert _built(root) == [made.directory.name]
    assert os.access(made.executable, os.X_OK)


def test_two_processes_that_want_the_same_simulator_build_it_once(root):
    code = (
        "import sys\n"
        "from amagic_sim import build\n"
        "run = build._run\n"
        "def noted(what, *rest):\n"
        "    print(what, flush=True)\n"
        "    run(what, *rest)\n"
        "build._run = noted\n"
        f"build.build_simulator('counter', {{'counter.v': {COUNTER!r}}}, top='counter')\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for _ in range(2)]
    said = b"".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said == b"Verilator, for counter,\ncompiling counter\n"
    assert len(_built(root)) == 1


def test_who_asks_is_told_when_a_simulator_is_built_and_not_when_it_is_there(root, monkeypatch):
    monkeypatch.setattr(build, "_make", lambda work, top, *rest: (work / top).write_text(""))
    told = []
    for _ in range(2):
        sources = {"counter.v": COUNTER}
        build_simulator("counter", sources, top="counter", announce=lambda: told.append(1))
    assert told == [1]


def test_a_program_among_the_sources_takes_the_place_of_the_benches(root):
    program = """
    #include <cstdio>
    #include "Vtop.h"
    int main() {
        Vtop top;
        for (int edge = 0; edge < 6; ++edge) {
            top.clk = edge & 1;
            top.eval();
        }
        std::printf("%d", top.value);
    }
    """
    sources = {"counter.v": COUNTER, "main.cpp": program}
    built = build_simulator("counter", sources, top="counter", cocotb=False, own_main=True)
    done = subprocess.run([built.executable], capture_output=True, text=True, check=True)
    assert done.stdout == "3"


def test_functions_in_c_are_called_by_a_design_that_runs_by_itself(root):
    design = """
    import "DPI-C" function int answer();
    module asks; initial begin $write("%0d", answer()); $finish; end endmodule
    """
    sources = {"asks.sv": design, "answer.cpp": 'extern "C" int answer() { return 42; }'}
    built = build_simulator("asks", sources, top="asks", cocotb=False, args=["--timing"])
    done = subprocess.run([built.executable], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("42")


@pytest.mark.parametrize(
    "change",
    [
        {"sources": {"counter.v": COUNTER.replace("+ 1", "+ 2")}},
        {"public": "all"},
        {"optimize": "run"},
        {"args": ["-DX"]},
    ],
)
def test_what_a_simulator_is_made_of_is_in_its_name(root, monkeypatch, change):
    monkeypatch.setattr(build, "_make", lambda work, top, *rest: (work / top).write_text(""))
    given = {"sources": {"counter.v": COUNTER}}
    first = build_simulator("counter", top="counter", **given)
    other = build_simulator("counter", top="counter", **(given | change))
    assert other.directory != first.directory


def test_what_was_not_used_for_two_weeks_is_removed(root, monkeypatch):
    monkeypatch.setattr(build, "_make", lambda work, top, *rest: (work / top).write_text(""))
    old, used = root / "old-1", root / "used-1"
    for folder, days in ((old, 15), (used, 13)):
        folder.mkdir()
        then = time.time() - days * 24 * 3600
        os.utime(folder, (then, then))
    build_simulator("counter", {"counter.v": COUNTER}, top="counter")
    assert not old.exists() and used.exists()


@pytest.mark.parametrize(("version", "taken"), [("5.034", False), ("5.036", True), ("6.001", True)])
def test_the_systems_verilator_is_used_when_it_is_new_enough(
    tmp_path, monkeypatch, fresh_search, version, taken
):
    fake = tmp_path / "verilator"
    fake.write_text(f"#!/bin/sh\necho Verilator {version} 2026-01-01\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = find_verilator()
    assert (found.executable == fake) == taken
    assert (found.root is None) == taken


def test_no_verilator_at_all_is_a_build_error(monkeypatch, fresh_search):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setattr(build.util, "find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"no Verilator: neither one of at least 5\.36"):
        find_verilator()


def test_caches_go_under_build_when_the_users_own_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("AMAGIC_BUILD", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.delenv("MPLCONFIGDIR")
    build.writable_caches()
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path / "cache")
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "cache" / "matplotlib")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    build.writable_caches()
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path / "own")
