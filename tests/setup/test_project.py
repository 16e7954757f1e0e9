"""The project's own files: dependencies, lock file, Makefile and what CI runs."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from amagic_sim import check

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = (CHECKOUT / "requirements.lock").read_text()
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def _declared() -> list[str]:
    project = PROJECT["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]]


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


def test_make_test_sets_up_lints_and_then_tests():
    said = _make("test")
    steps = ["sim/set_up.sh", "ruff check", "ruff format", "amagic_sim.firmware lint", "-m pytest"]
    places = [said.index(step) for step in steps]
    assert places == sorted(places)
    assert "-n 2" in said and "--durations=10" in said


def test_make_hands_the_python_that_is_named_to_the_set_up():
    assert 'PYTHON="/opt/python3.12"' in _make("setup", "PYTHON=/opt/python3.12")


def test_ci_runs_make_test_with_ci_set(tmp_path):
    fake = tmp_path / "make"
    fake.write_text('#!/bin/sh\necho "make $* in $PWD with CI=$CI"\nexit 7\n')
    fake.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    env.pop("CI", None)
    done = subprocess.run(
        [CHECKOUT / ".ci" / "run"], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == f"make test in {CHECKOUT} with CI=true\n"
    assert done.returncode == 7


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (["rtl/amagic/timer/timer.py"], ["firmware", "soc", "timer"]),
        (["tests/gic/bench_distributor_sgi.py"], ["gic"]),
        (["tests/gic/bench_x.py", "sim/set_up.py"], ["gic", "setup"]),
        (["README.md"], ["bus", "gic", "registers", "sim", "timer"]),
        ([], ["bus", "gic", "registers", "sim", "timer"]),
    ],
)
def test_check_picks_the_tests_that_a_change_concerns(tmp_path, changed, tests):
    for name in ("bus", "firmware", "gic", "registers", "setup", "sim", "soc", "timer"):
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
