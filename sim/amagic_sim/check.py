"""`make check`: the tests that the current change concerns, without the slow ones.

The change is what differs from the last commit, new files included; in a clean checkout it is the
last commit itself. Without git, or when nothing under test changed, the unit tests are run.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["changed_files", "concerned_tests", "main"]

UNIT = ("bus", "gic", "registers", "sim", "timer")
"""Folders of tests that need no system-on-chip."""

_RUNS_FIRMWARE = (
    "compare.py",
    "compiler.py",
    "firmware.py",
    "follower.py",
    "forwarding.py",
    "harts.py",
    "hypervisor_build.py",
    "judge.py",
    "link.py",
    "migration/",
    "mode.py",
    "report.py",
    "results.py",
    "soc_",
    "trace.py",
    "verdict.py",
)
"""What of the harness builds firmware, runs it, or judges a run."""

CONCERNS = {
    "rtl/amagic/registers/": (
        "registers",
        "gic",
        "timer",
        "bus",
        "soc",
        "firmware",
        "ip",
        "replay",
    ),
    "rtl/amagic/bus/": ("bus", "gic", "timer", "soc"),
    "rtl/amagic/gic/": ("gic", "soc", "firmware", "replay", "streams"),
    "rtl/amagic/timer/": ("timer", "soc", "firmware", "replay"),
    "rtl/amagic/soc/": ("soc", "firmware", "harts", "sim"),
    "rtl/amagic/ip/": ("ip",),
    "rtl/integrating/": ("ip",),
    "rtl/INTEGRATING.md": ("ip",),
    "sim/set_up": ("setup",),
    "sim/amagic_sim/": ("sim", "soc"),
    "sim/amagic_sim/oracle/": ("oracle",),
    "sim/amagic_sim/replay/": ("replay", "oracle", "streams"),
    "sim/amagic_sim/model/": ("model", "oracle", "streams"),
    "sim/amagic_sim/soak/": ("firmware",),
    "sim/amagic_sim/streams/": ("streams",),
    "firmware/oracle/": ("oracle",),
    **{f"sim/amagic_sim/{name}": ("firmware",) for name in _RUNS_FIRMWARE},
    "boards/": ("boards",),
    "firmware/": ("firmware", "harts", "sim"),
    "Makefile": ("setup",),
    "README.md": ("setup",),
    "pyproject.toml": ("setup", "ip", *UNIT),
    "requirements.lock": ("setup", *UNIT),
    ".ci/": ("setup",),
}
"""What starts with the key concerns the tests in these folders of ``tests/``."""


def _git(checkout: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if line]


def changed_files(checkout: Path) -> list[str]:
    """The files of the current change, relative to the checkout; none when git cannot tell."""
    try:
        changed = _git(checkout, "diff", "--name-only", "HEAD", "--")
        changed += _git(checkout, "ls-files", "--others", "--exclude-standard")
        if not changed:
            changed = _git(checkout, "show", "--format=", "--name-only", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return []
    return changed


def concerned_tests(changed: Iterable[str], checkout: Path) -> list[str]:
    """The folders and files of tests, relative to the checkout, that a change concerns."""
    folders: set[str] = set()
    for file in changed:
        parts = Path(file).parts
        if parts[0] == "tests" and len(parts) > 2:
            folders.add(parts[1])
        elif parts[0] == "tests":
            folders.update(UNIT)
        for start, concerned in CONCERNS.items():
            if file.startswith(start):
                folders.update(concerned)
    present = [name for name in sorted(folders) if any((checkout / "tests" / name).glob("test_*"))]
    return [f"tests/{name}" for name in present or UNIT if (checkout / "tests" / name).is_dir()]


def main() -> int:
    checkout = Path(__file__).resolve().parents[2]
    tests = concerned_tests(changed_files(checkout), checkout)
    print(f"check: {' '.join(tests)}, without those marked slow", flush=True)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-q"]
    os.chdir(checkout)
    return subprocess.run([*command, "-m", "not slow", *tests]).returncode


if __name__ == "__main__":
    sys.exit(main())
