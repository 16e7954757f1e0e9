"""Set-up on machines that lack something, on one that lacks nothing, and interrupted."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = os.path.realpath(sys.executable)
TOOLS = ("sh", "dirname", "g++", "perl", "make", "git")

BACKEND = """
import zipfile
from pathlib import Path


def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "amagic-0.1-py3-none-any.whl"
    info = "amagic-0.1.dist-info"
    with zipfile.ZipFile(Path(directory) / name, "w") as wheel:
        wheel.writestr("amagic_checkout.pth", str(Path.cwd()) + "\\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: amagic\\nVersion: 0.1\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "amagic"
version = "0.1"
"""


def _wheel(folder: Path, name: str, module: str) -> str:
    """Write a wheel of one module; return its line in a lock file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", module)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tag)
        wheel.writestr(f"{info}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Machine:
    """A checkout of its own, and a PATH with just the tools that are asked for."""

    def __init__(self, folder: Path, name: str = "checkout"):
        self.folder = folder
        self.checkout = folder / name
        (self.checkout / "sim").mkdir(parents=True)
        for file in ("set_up.sh", "set_up.py"):
            shutil.copy(CHECKOUT / "sim" / file, self.checkout / "sim" / file)
        (self.checkout / "backend.py").write_text(BACKEND)
        (self.checkout / "pyproject.toml").write_text(PROJECT)
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        found = "def find_libpython():\n    return 'libpython.so'\n"
        self.lock = _wheel(self.wheels, "find_libpython", found)
        self.write_lock(self.lock)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            os.symlink(shutil.which(tool), self.bin / tool)
        self.script("python3", f'exec {PYTHON} "$@"')
        self.env = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_CACHE_DIR": "1",
        }

    def write_lock(self, text: str) -> None:
        (self.checkout / "requirements.lock").write_text(text)

    def script(self, name: str, body: str) -> Path:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def customize(self, code: str) -> None:
        """Let every Python of this machine start with `code`."""
        custom = self.folder / "custom"
        custom.mkdir()
        (custom / "sitecustomize.py").write_text(code)
        self.env["PYTHONPATH"] = str(custom)

    def command(self) -> list[str]:
        return [str(self.bin / "sh"), str(self.checkout / "sim" / "set_up.sh")]

    def set_up(self) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(), env=self.env, capture_output=True, text=True)

    @property
    def environment(self) -> Path:
        return self.checkout / ".venv"


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def refusal(machine: Machine) -> str:
    """What the set-up says when it refuses; nothing is left behind then."""
    done = machine.set_up()
    assert done.returncode == 1, done.stdout + done.stderr
    assert not machine.environment.exists()
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(("tool", "package"), [("g++", "g++"), ("perl", "perl"), ("make", "make")])
def test_a_missing_tool_is_named_with_its_package(machine, tool, package):
    (machine.bin / tool).unlink()
    said = refusal(machine)
    assert re.search(rf"^set-up: {re.escape(tool)} .*missing; Debian package: ", said, re.M)
    assert said.endswith(f"set-up: as root: apt-get install {package}\n")


def test_a_perl_without_its_modules_counts_as_missing(machine):
    machine.script("perl", "exit 2")
    assert "perl (with its modules) is missing; Debian package: perl" in refusal(machine)


def test_all_that_is_missing_is_said_at_once(machine):
    (machine.bin / "g++").unlink()
    (machine.bin / "perl").unlink()
    assert "apt-get install g++ perl\n" in refusal(machine)


def test_a_missing_git_is_a_note_and_no_refusal(machine):
    (machine.bin / "git").unlink()
    machine.environment.mkdir()  # not its own: this is what it refuses
    done = machine.set_up()
    assert "note: git is not installed" in done.stdout
    assert "git is" not in done.stderr


def test_no_python_at_all(machine):
    (machine.bin / "python3").unlink()
    said = refusal(machine)
    assert "there is no python3 on PATH" in said
    assert "apt-get install python3 python3-venv" in said


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.14"])
def test_a_python_out_of_range_is_refused_with_the_range(machine, version):
    machine.script("python3", f'case "$2" in *print*) echo {version};; *) exit 1;; esac')
    said = refusal(machine)
    assert "no Python 3.11, 3.12 or 3.13" in said
    assert f"python3 is Python {version}" in said


def test_the_python_that_is_named_is_the_one_refused(machine):
    old = machine.script("other", 'case "$2" in *print*) echo 3.8;; *) exit 1;; esac')
    machine.env["PYTHON"] = str(old)
    assert f"{old} is Python 3.8" in refusal(machine)


def test_a_named_python_that_cannot_be_run_is_refused(machine):
    machine.env["PYTHON"] = "/nowhere/python3"
    assert "PYTHON=/nowhere/python3 cannot be run" in refusal(machine)


def test_a_python_without_ensurepip_is_refused(machine):
    machine.customize("import sys\nsys.modules['ensurepip'] = None\n")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    said = refusal(machine)
    assert "Python's ensurepip is missing" in said
    assert f"apt-get install python{version}-venv" in said


def test_a_python_without_shared_library_is_refused(machine):
    machine.customize(
        "import ctypes, sys, sysconfig\n"
        "sysconfig.get_config_var = lambda name: None\n"
        "sys.base_exec_prefix = '/nowhere'\n"
        "def refuse(*args): raise OSError('no such library')\n"
        "ctypes.CDLL = refuse\n"
    )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    said = refusal(machine)
    assert f"(libpython{version}.so) is missing" in said
    assert f"apt-get install libpython{version}" in said


def test_too_little_disk_is_refused_with_the_numbers(machine):
    machine.customize(
        "import collections, shutil\n"
        "Usage = collections.namedtuple('Usage', 'total used free')\n"
        "shutil.disk_usage = lambda path: Usage(10**11, 98 * 10**9, 2_900_000_000)\n"
    )
    assert "2.9 GB are free, 3 GB are needed" in refusal(machine)


def test_a_checkout_with_a_space_in_its_path_is_refused(tmp_path):
    assert "has a space in it" in refusal(Machine(tmp_path, "my checkout"))


def test_a_checkout_that_cannot_be_written_is_refused(machine):
    machine.customize("import os\nos.access = lambda *args: False\n")
    assert "cannot be written to by this user" in refusal(machine)


def test_no_registry_is_a_message(machine):
    machine.env |= {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:1/simple"}
    machine.env |= {"PIP_FIND_LINKS": "", "PIP_RETRIES": "0"}
    said = refusal(machine)
    assert "pip found no package registry that has what the lock file names" in said
    assert "PIP_INDEX_URL" in said


def test_a_package_with_another_hash_is_refused(machine):
    machine.write_lock(re.sub(r"sha256:.{4}", "sha256:0000", machine.lock))
    assert "a package is not the one the lock file names" in refusal(machine)


def test_a_package_without_a_hash_is_refused(machine):
    machine.write_lock("find_libpython==1.0\n")
    assert "Hashes are required in --require-hashes mode" in refusal(machine)


def test_an_environment_of_the_users_own_is_not_touched(machine):
    machine.environment.mkdir()
    (machine.environment / "mine").write_text("precious")
    done = machine.set_up()
    assert done.returncode == 1
    assert "is not this set-up's own; move it away" in done.stderr
    assert (machine.environment / "mine").read_text() == "precious"


def test_an_environment_that_is_a_link_is_refused(machine):
    """Its command `amagic` would run the other checkout."""
    other = machine.folder / "other" / ".venv"
    other.mkdir(parents=True)
    (other / "made-by-amagic").write_text("")
    machine.environment.symlink_to(other)
    done = machine.set_up()
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{machine.environment} is a link to {other}, another checkout's" in done.stderr
    assert f"remove it: rm {machine.environment}" in done.stderr
    assert "Traceback" not in done.stderr
    assert (other / "made-by-amagic").exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A machine with its set-up done, and what that said."""
    machine = Machine(tmp_path_factory.mktemp("made"))
    done = machine.set_up()
    assert done.returncode == 0, done.stdout + done.stderr
    return machine, done.stdout


def test_the_environment_has_the_locked_packages_and_the_checkout(made):
    machine, said = made
    assert "1 of 1: find_libpython 1.0" in said
    probe = "import find_libpython, sys; print(sys.path)"
    python = machine.environment / "bin" / "python"
    shown = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=True)
    assert str(machine.checkout) in shown.stdout


def test_a_second_run_does_nothing(made):
    machine, _ = made
    stamp = machine.environment / "amagic-stamp.json"
    before = stamp.stat().st_mtime_ns
    again = machine.set_up()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert stamp.stat().st_mtime_ns == before


def test_a_tool_that_went_away_after_the_set_up_is_still_missed(made):
    machine, _ = made
    compiler = machine.bin / "g++"
    compiler.rename(machine.bin / "away")
    done = machine.set_up()
    (machine.bin / "away").rename(compiler)
    assert done.returncode == 1
    assert "Debian package: g++" in done.stderr


def test_a_change_of_the_project_or_of_the_lock_is_taken_up(tmp_path):
    machine = Machine(tmp_path)
    assert machine.set_up().returncode == 0
    (machine.checkout / "pyproject.toml").write_text(PROJECT + "description = 'changed'\n")
    again = machine.set_up()
    assert "installing the checkout itself" in again.stdout
    assert "making" not in again.stdout

    more = _wheel(machine.wheels, "another", "")
    machine.write_lock(machine.lock + more)
    again = machine.set_up()
    assert "made from something else" in again.stdout
    assert "2 of 2" in again.stdout
    assert again.returncode == 0


def test_a_half_made_environment_is_made_again(machine):
    machine.environment.mkdir()
    (machine.environment / "made-by-amagic").write_text("")
    (machine.environment / "rest").write_text("")
    done = machine.set_up()
    assert done.returncode == 0, done.stderr
    assert "incomplete" in done.stdout
    assert not (machine.environment / "rest").exists()
    stamp = json.loads((machine.environment / "amagic-stamp.json").read_text())
    assert stamp["checkout"] == str(machine.checkout)


def test_an_interrupted_set_up_leaves_nothing_half_made(machine):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        machine.env |= {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
        machine.env["PIP_INDEX_URL"] = f"http://127.0.0.1:{port}/simple"
        process = subprocess.Popen(
            machine.command(),
            env=machine.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        silent.settimeout(60)
        connection, _ = silent.accept()  # pip asks, and will get no answer
        assert machine.environment.exists()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        connection.close()
    assert process.returncode == 130
    assert "interrupted; nothing half made was left behind" in said
    assert not machine.environment.exists()
