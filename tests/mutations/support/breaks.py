"""Breaks rules of the world switch, and sees that their tests fail: `make breaks`.

A break of `breaks.toml` changes one place of the firmware or of the RTL, and names a rule of
`tests/firmware/rules.toml` and the tests that must fail then. It is made in a copy of the checkout,
in `build/breaks`, and pytest runs them there; only simulators are shared with the checkout.
The same tests are first run in a copy where nothing is broken, and must pass.
"""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from amagic_sim.build import build_root, writable_caches
from amagic_sim.soc_sim import build_soc

__all__ = ["LIST", "RULES", "Break", "Outcome", "breaks", "called", "outcome", "stale", "verdict"]

LIST = Path(__file__).parents[1] / "breaks.toml"
CHECKOUT = LIST.parents[2]
RULES = CHECKOUT / "tests" / "firmware" / "rules.toml"

_COPIED = ("firmware", "rtl", "sim", "boards", "tests", "pyproject.toml")
_IMPORTED = ("rtl", "sim", "boards")
_SHARED = "sim"  # of the folder for what is built
_MINUTES = 20


@dataclass(frozen=True)
class Break:
    """One way to break a rule: in ``file``, ``new`` in place of ``old``; ``red`` are the tests that
    must fail, as pytest calls them from tests/ on, and ``shows`` must be in what they print."""

    name: str
    rule: str
    file: str
    old: str
    new: str
    red: tuple[str, ...]
    shows: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a run of pytest: its exit status, the reason of each test that failed, by the
    test's name, and all that it printed."""

    status: int
    failed: Mapping[str, str]
    text: str = ""


def breaks() -> list[Break]:
    """All of the list. `TypeError` for one that lacks something, or has what there is not."""
    listed = tomllib.loads(LIST.read_text())["break"]
    return [Break(**{**each, "red": tuple(each["red"])}) for each in listed]


def called(rule: Mapping) -> list[str]:
    """How pytest calls a rule's tests. The names of a C source's tests may go on, behind what is
    returned; a bench's rules run with all others of its file, in any of its folder's tests."""
    ids = []
    for test in rule["tests"]:
        path, _, name = test.partition("::")
        folder, stem = str(Path(path).parent), Path(path).stem
        if path.endswith(".c"):
            file = "test_host_parts" if folder.endswith("host") else "test_hypervisor"
            test = "test_part" if folder.endswith("host") else "test_guest"
            ids.append(f"firmware/{file}.py::{test}[{stem}")
        else:
            ids.append(f"{folder}/test_" if stem.startswith("bench_") else f"{path}::{name}")
    return ids


def outcome(status: int, text: str) -> Outcome:
    """Reads what pytest printed."""
    found = re.findall(r"^(?:FAILED|ERROR) tests/(.+?)(?: - (.*))?$", text, re.MULTILINE)
    return Outcome(status, dict(found), text)


def verdict(which: Break, ran: Outcome) -> tuple[bool, str]:
    """Whether a break was found as it must be, and that in words."""
    if ran.status not in (0, 1):
        return False, f"pytest ended with status {ran.status}:\n{ran.text[-2000:]}"
    if "FirmwareError" in ran.text or "BuildError" in ran.text:
        return False, f"it cannot be built:\n{ran.text[-2000:]}"
    green = [test for test in which.red if not _of(test, ran.failed)]
    if green:
        return False, f"GREEN: {', '.join(green)}"
    if which.shows not in ran.text:
        return False, f"RED, but nothing says {which.shows!r}"
    reasons = [ran.failed[_of(test, ran.failed)[0]] for test in which.red]
    return True, f"red, {next(filter(None, reasons), 'as it must be')}"


def _of(test: str, failed: Iterable[str]) -> list[str]:
    return [each for each in failed if each == test or each.startswith(f"{test}[")]


@contextmanager
def _copy() -> Iterator[Path]:
    """A copy of the checkout, whose simulators are the checkout's. It is made in the first folder
    that nobody is using, where what was compiled for earlier ones is left."""
    for number in count():
        copy = build_root() / "breaks" / str(number)
        copy.mkdir(parents=True, exist_ok=True)
        with (copy / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            for name in _COPIED:
                _replace(CHECKOUT / name, copy / name)
            built = copy / "build"
            shutil.rmtree(built / "run", ignore_errors=True)
            built.mkdir(exist_ok=True)
            (built / _SHARED).unlink(missing_ok=True)
            (built / _SHARED).symlink_to((build_root() / _SHARED).resolve())
            yield copy
            return


def _replace(source: Path, copy: Path) -> None:
    if source.is_dir():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, copy)


def _pytest(copy: Path, tests: Sequence[str]) -> Outcome:
    paths = os.pathsep.join(str(copy / name) for name in _IMPORTED)
    env = os.environ | {"AMAGIC_BUILD": str(copy / "build"), "PYTHONPATH": paths}
    options = ["-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *options, *(f"tests/{test}" for test in tests)]
    env["COLUMNS"] = "400"  # of the summary's lines
    try:
        done = subprocess.run(
            command, cwd=copy, env=env, capture_output=True, text=True, timeout=60 * _MINUTES
        )
    except subprocess.TimeoutExpired:
        return Outcome(2, {}, f"not done after {_MINUTES} minutes")
    return outcome(done.returncode, done.stdout + done.stderr)


def stale(chosen: Iterable[Break], checkout: Path = CHECKOUT) -> list[str]:
    """What is to be replaced and is not there once."""
    lacking = []
    for each in chosen:
        file = checkout / each.file
        times = file.read_text().count(each.old) if file.is_file() else 0
        if times != 1:
            lacking.append(f"{each.name}: {each.file} has its text {times} times, not once")
    return lacking


def _control(chosen: Sequence[Break]) -> str | None:
    """What fails although nothing is broken, if anything does."""
    with _copy() as copy:
        ran = _pytest(copy, sorted({test for each in chosen for test in each.red}))
    if not ran.status:
        return None
    return f"without any break, pytest ends with status {ran.status}:\n{ran.text[-4000:]}"


def _judge(which: Break) -> tuple[bool, str]:
    begun = time.monotonic()
    with _copy() as copy:
        file = copy / which.file
        file.write_text(file.read_text().replace(which.old, which.new))
        found, words = verdict(which, _pytest(copy, which.red))
    return found, f"{words} [{time.monotonic() - begun:.0f} s]"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break rules, and see that their tests fail.")
    parser.add_argument("names", nargs="*", help="only these breaks")
    parser.add_argument("--jobs", type=int, default=1, help="breaks at a time")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when each break makes its tests fail, 1 when one does not, 2 when one cannot be made."""
    args = _arguments(argv)
    writable_caches()
    chosen = breaks()
    if unknown := set(args.names) - {each.name for each in chosen}:
        print(f"no break {', '.join(sorted(unknown))}; there are", file=sys.stderr)
        print("\n".join(each.name for each in chosen), file=sys.stderr)
        return 2
    chosen = [each for each in chosen if each.name in args.names or not args.names]
    if why := "\n".join(stale(chosen)):
        print(why, file=sys.stderr)
        return 2
    build_soc()
    if why := _control(chosen):
        print(why, file=sys.stderr)
        return 2
    left = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        judged = [pool.submit(_judge, each) for each in chosen]
        for each, result in zip(chosen, judged, strict=True):
            found, words = result.result()
            left += not found
            print(f"{each.name} ({each.rule}): {words}", flush=True)
    print(f"{len(chosen)} breaks: {len(chosen) - left} found, {left} not")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
