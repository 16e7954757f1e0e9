"""The project's own files: dependencies, lock file, Makefile and what CI runs."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from amagic_sim import check
from amagic_sim.judge import Judge
from amagic_sim.statistics import run_table

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = (CHECKOUT / "requirements.lock").read_text()
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def _declared() -> list[str]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(name for extra in extras for name in extra)]


def test_every_locked_package_has_an_exact_version_and_hashes():
    entries = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", LOCK, flags=re.M).strip())
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+( ;[^\\]*)? \\\n", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_lock_file_names_no_index_and_no_path():
    assert not re.search(r"https?:|file:|index-url|find-links|(^|\s)/", LOCK, re.M)


@pytest.mark.parametrize("dependency", _declared())
def test_a_declared_dependency_is_locked(dependency):
    assert re.search(rf"^{_normal(dependency)}==", LOCK, re.M)


def test_each_dependency_has_its_reason_beside_it():
    lines = (CHECKOUT / "pyproject.toml").read_text().splitlines()
    for dependency in _declared():
        place = lines.index(f'    "{dependency}",')
        assert lines[place - 1].startswith("    # "), dependency


def test_the_python_versions_are_the_same_everywhere():
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    script = (CHECKOUT / "sim" / "set_up.sh").read_text()
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in script


def _make(*arguments: str) -> str:
    """What make would run."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = ["make", "-C", str(CHECKOUT), "--no-print-directory", "-n", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_make_demo_hands_its_variables_on():
    said = re.sub(r"\s*\\\n\s*", " ", _make("demo", "GUEST0=a.c", "GUEST1=b.c", "WINDOW=10:20"))
    assert "sim/set_up.sh" in said
    assert re.search(r'cli demo +--guest0 "a\.c" +--guest1 "b\.c" +--window "10:20"', said)


def test_make_demo_without_variables_gives_no_options():
    said = re.sub(r"\s*\\\n\s*", " ", _make("demo")).strip()
    assert said.endswith("cli demo")


def test_make_bitstream_hands_its_variables_on():
    assert 'cli build "ulx3s" --seed "3"' in _make("bitstream", "BOARD=ulx3s", "SEED=3")
    assert 'cli build "ecpix5"' in _make("bitstream", "BOARD=ecpix5")
    assert "--seed" not in _make("bitstream", "BOARD=ecpix5")


def test_make_test_sets_up_lints_and_then_tests():
    said = _make("test")
    steps = ["sim/set_up.sh", "ruff check", "ruff format", "amagic_sim.firmware lint", "-m pytest"]
    places = [said.index(step) for step in steps]
    assert places == sorted(places)
    assert "-n 2" in said and "--durations=10" in said


def test_make_long_hands_its_variables_on():
    said = _make("long", "CONFIG=one,two", "OPERATIONS=700", "SEED=3")
    assert '--config "one,two"' in said and '--operations "700" --seed "3"' in said
    assert "cli streams --jobs" in _make("long") and "--config" not in _make("long")


def test_make_oracle_hands_its_variables_on():
    assert '--seeds "3:5" --steps "700"' in _make("oracle", "SEEDS=3:5", "STEPS=700")
    assert _make("oracle").strip().endswith("-m amagic_sim.oracle")


def test_make_replay_hands_its_variables_on():
    assert _make("replay", "FILES=a.gic b.gic").strip().endswith("cli replay  a.gic b.gic")
    assert 'cli replay --on "rtl,model" a.gic' in _make("replay", "FILES=a.gic", "ON=rtl,model")


def test_make_help_names_every_command():
    makefile = (CHECKOUT / "Makefile").read_text()
    commands = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
    said = _make("help")
    for command in set(commands) - {"help", "setup"}:
        assert f"make {command} " in said, command


def test_make_hands_the_python_that_is_named_to_the_set_up():
    assert 'PYTHON="/opt/python3.12"' in _make("setup", "PYTHON=/opt/python3.12")


def _run_ci(tmp_path, qemu, **commands):
    """Run .ci/run with shell scripts for some of the commands that it uses."""
    for name, body in commands.items():
        fake = tmp_path / name.replace("_", "-")
        fake.write_text(f"#!/bin/sh\n{body}\n")
        fake.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "AMAGIC_QEMU": qemu}
    env.pop("CI", None)
    return subprocess.run(
        [CHECKOUT / ".ci" / "run"], env=env, cwd=tmp_path, capture_output=True, text=True
    )


def test_ci_runs_make_test_with_ci_set(tmp_path):
    make = 'echo "make $* in $PWD with CI=$CI"; exit 7'
    done = _run_ci(tmp_path, "true", make=make)
    assert done.stdout == f"make test in {CHECKOUT} with CI=true\n"
    assert done.returncode == 7


@pytest.mark.parametrize(("user", "works"), [(0, True), (0, False), (1000, True)])
def test_ci_installs_qemu_where_it_may_and_goes_on_without(tmp_path, user, works):
    log = tmp_path / "log"
    apt = f'echo "$*" >>{log}; ' + ("exit 0" if works else "exit 100")
    commands = {"make": "echo tested", "id": f"echo {user}", "apt_get": apt}
    done = _run_ci(tmp_path, "qemu-nowhere", **commands)
    head = [] if user else ["installing qemu-system-arm"]
    head += [] if works else ["qemu-system-arm could not be installed"]
    *before, last = done.stdout.splitlines()
    assert before == [*head, "tested"]
    assert last.startswith("live oracle: NOT RUN, no qemu-nowhere on PATH")
    assert done.returncode == 0
    installed = log.read_text().splitlines() if log.exists() else []
    expected = ["-qq update", "-qq install --no-install-recommends qemu-system-arm"]
    assert installed == ([] if user else expected if works else expected[:1])


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (["rtl/amagic/timer/timer.py"], ["firmware", "replay", "soc", "timer"]),
        (["tests/gic/bench_distributor_sgi.py"], ["gic"]),
        (["tests/gic/bench_x.py", "sim/set_up.py"], ["gic", "setup"]),
        (["rtl/amagic/gic/row.py"], ["firmware", "gic", "replay", "soc", "streams"]),
        (["rtl/amagic/soc/uart.py"], ["firmware", "sim", "soc"]),
        (["firmware/hyp/world.c"], ["firmware", "sim"]),
        (["sim/amagic_sim/cli.py"], ["sim", "soc"]),
        (["sim/amagic_sim/judge.py"], ["firmware", "sim", "soc"]),
        (["sim/amagic_sim/report.py"], ["firmware", "sim", "soc"]),
        (["README.md"], ["setup"]),
        (["LICENSE"], ["bus", "gic", "registers", "sim", "timer"]),
        ([], ["bus", "gic", "registers", "sim", "timer"]),
    ],
)
def test_check_picks_the_tests_that_a_change_concerns(tmp_path, changed, tests):
    folders = "bus firmware gic registers replay setup sim soc streams timer"
    for name in folders.split():
        (tmp_path / "tests" / name).mkdir(parents=True)
        (tmp_path / "tests" / name / "test_it.py").write_text("")
    assert check.concerned_tests(changed, tmp_path) == [f"tests/{name}" for name in tests]


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)


def test_check_sees_the_uncommitted_change_or_else_the_last_commit(tmp_path):
    _git(tmp_path, "init", "-q")
    (tmp_path / "first").write_text("")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "first")
    assert check.changed_files(tmp_path) == ["first"]
    (tmp_path / "second").write_text("")
    assert check.changed_files(tmp_path) == ["second"]
    (tmp_path / "first").write_text("more")
    assert check.changed_files(tmp_path) == ["first", "second"]


def test_check_goes_on_without_git(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check.changed_files(tmp_path) == []


def test_what_the_firmware_tests_are_judged_by_concerns_them():
    """Each module of the harness that they import, and each that such a module is made of."""
    used = set()
    for file in (CHECKOUT / "tests" / "firmware").glob("test_*.py"):
        used.update(re.findall(r"^from amagic_sim\.(\w+) import", file.read_text(), re.M))
    assert {"judge", "report"} <= used
    for name in used - {"build", "bench"}:
        folders = check.concerned_tests([f"sim/amagic_sim/{name}.py"], CHECKOUT)
        assert "tests/firmware" in folders, name


def test_every_source_folder_is_concerned_by_something():
    folders = {p for top in ("rtl/amagic", "firmware") for p in (CHECKOUT / top).glob("*/")}
    for folder in folders:
        path = f"{folder.relative_to(CHECKOUT).as_posix()}/x"
        if folder.name != "__pycache__":
            assert any(path.startswith(start) for start in check.CONCERNS), path


def test_the_packages_import_from_the_checkout_without_install():
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    env["PYTHONPATH"] = os.pathsep.join(str(CHECKOUT / name) for name in ("rtl", "sim", "boards"))
    code = "import amagic, amagic_sim.cli, amagic_boards; print('ok')"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout == "ok\n", done.stderr


README = (CHECKOUT / "README.md").read_text()


def test_every_link_and_picture_of_the_readme_is_there():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert targets
    for target in targets:
        if not re.match(r"[a-z]+://|#", target):
            assert (CHECKOUT / target.partition("#")[0]).exists(), target


def _layout() -> list[str]:
    """The paths of the README's list of what is where; what is indented is inside of the last."""
    lines = re.search(r"## What is where\n\n((?: {4}.*\n)+)", README)[1].splitlines()
    paths, outer = [], ""
    for line in lines:
        indent, name = re.match(r" {4}( *)(\S+)", line).groups()
        outer = outer if indent else name
        paths.append(outer + name if indent else name)
    return paths


def test_every_path_that_the_readme_names_is_there():
    named = [n for n in re.findall(r"`([^`\s]+)`", README) if "/" in n and "://" not in n]
    paths = [*_layout(), *named]
    assert len(paths) > 15
    for path in paths:
        if not path.startswith("build/"):
            assert (CHECKOUT / path).exists(), path


def test_every_make_command_that_the_readme_names_is_one():
    makefile = (CHECKOUT / "Makefile").read_text()
    commands = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split())
    named = set(re.findall(r"(?:`|^ {4})make ([\w-]+)", README, re.M))
    assert named >= {"demo", "test", "check", "long"} and named <= commands


def test_the_readme_imports_what_there_is():
    for block in re.findall(r"((?: {4}.*\n|\n)*? {4}from amagic.*\n(?: {4}.*\n)*)", README):
        for module, names in re.findall(r"^ {4}from (amagic[\w.]*) import (.*)$", block, re.M):
            loaded = importlib.import_module(module)
            assert all(hasattr(loaded, name) for name in names.split(", "))


def test_the_readme_has_no_placeholder_and_shows_every_row_of_the_demos_table():
    assert not re.search(r"TODO|TBD|FIXME|XXX|<[a-z -]+>|\{\{|lorem", README, re.I)
    rows = run_table(Judge(2)).splitlines()
    names = [re.split(r" {2,}", row.strip())[0] for row in rows]
    for name in names:
        assert name in README, name
