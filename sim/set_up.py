"""Set-up: a virtual environment in the checkout, from the lock file. Run by `set_up.sh`.

It needs nothing but Python's own library. What is missing on the machine is said at once, all of
it, with the Debian package that brings it, before anything is written. A stamp inside the
environment says what it was made from; while that is the same, nothing is done again. Without the
stamp an environment counts as half made, and is made anew.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib import util
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
NEEDED_BYTES = 3 * 10**9
MARK = "made-by-amagic"
STAMP = "amagic-stamp.json"
SOURCE_ONLY = ("cocotbext-wishbone",)
"""Locked packages that are published without a wheel: pip builds them, from Python alone."""
UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ConnectionRefused|Connection refused|Max retries"
    r"|name resolution|Name or service not known|ReadTimeout|SSLError|Cannot connect to proxy"
    r"|ProxyError|No matching distribution found|Network is unreachable"
)


class SetUpError(Exception):
    """The set-up cannot go on; each line of the text is for the person at the terminal."""


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


def missing_tools() -> list[str]:
    """What is missing of the commands, a line each."""
    missing = []
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        missing.append(f"{compiler} (the C++ compiler) is missing; Debian package: g++")
    # Debian's perl-base has the command without the modules that Verilator's driver uses.
    probe = ["perl", "-MPod::Usage", "-MGetopt::Long", "-MFindBin", "-e", "1"]
    if shutil.which("perl") is None or subprocess.run(probe, capture_output=True).returncode:
        missing.append("perl (with its modules) is missing; Debian package: perl")
    if shutil.which("make") is None:
        missing.append("make is missing; Debian package: make")
    return missing


def has_shared_libpython() -> bool:
    """Whether this Python's shared library can be loaded, which cocotb does in the simulator."""
    short = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so"
    names = {short, f"{short}.1.0", sysconfig.get_config_var("INSTSONAME") or short}
    folders = [sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("LIBPL")]
    folders.append(os.path.join(sys.base_exec_prefix, "lib"))
    for name in sorted(name for name in names if ".so" in name):
        if any(folder and os.path.isfile(os.path.join(folder, name)) for folder in folders):
            return True
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def missing_in_python() -> list[str]:
    """What is missing of this Python, a line each."""
    missing = []
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for module in ("venv", "ensurepip"):
        if util.find_spec(module) is None:
            missing.append(
                f"Python's {module} is missing from {sys.executable};"
                f" Debian package: python{version}-venv"
            )
            break
    if not has_shared_libpython():
        missing.append(
            f"the shared library of {sys.executable} (libpython{version}.so) is missing;"
            f" Debian package: libpython{version}; a Python built by hand needs"
            " ./configure --enable-shared"
        )
    return missing


def missing_space(folder: Path) -> list[str]:
    """A line when there is too little room for the environment and the simulators."""
    free = shutil.disk_usage(folder).free
    if free >= NEEDED_BYTES:
        return []
    return [
        f"too little room on the disk of {folder}: {free / 1e9:.1f} GB are free,"
        f" {NEEDED_BYTES / 1e9:.0f} GB are needed"
    ]


def missing_in_checkout(checkout: Path) -> list[str]:
    """What is wrong with the place of the checkout, a line each."""
    missing = []
    if re.search(r"\s", str(checkout)):
        missing.append(
            f"the checkout's path has a space in it ({checkout}), and make cannot compile the"
            " simulators there; move it"
        )
    if not os.access(checkout, os.W_OK):
        missing.append(f"{checkout} cannot be written to by this user")
    return missing


def refuse_another(environment: Path) -> None:
    """Raise `SetUpError` when the environment is another checkout's, which would be run."""
    if environment.is_symlink():
        raise SetUpError(
            f"{environment} is a link to {environment.readlink()}, another checkout's: the command"
            " amagic there runs that one\n"
            f"remove it: rm {environment}; the set-up then makes an environment for this checkout"
        )


def refuse(missing: list[str]) -> None:
    """Raise `SetUpError` with all that is missing and how to install it, when anything is."""
    if missing:
        packages = re.findall(r"Debian package: ([\w.+-]+)", "\n".join(missing))
        if packages:
            missing.append(f"as root: apt-get install {' '.join(packages)}")
        raise SetUpError("\n".join(missing))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wanted_stamp(checkout: Path) -> dict[str, str]:
    """What the environment is to be made from."""
    return {
        "lock": _sha256(checkout / "requirements.lock"),
        "python": f"{os.path.realpath(sys.executable)} {sys.version}",
        "checkout": str(checkout),
        "project": _sha256(checkout / "pyproject.toml"),
    }


def read_stamp(environment: Path) -> dict[str, str]:
    try:
        return json.loads((environment / STAMP).read_text())
    except (OSError, ValueError):
        return {}


def write_stamp(environment: Path, stamp: dict[str, str]) -> None:
    staged = environment / f"{STAMP}.new"
    staged.write_text(json.dumps(stamp, indent=2) + "\n")
    staged.replace(environment / STAMP)


def _pip(environment: Path, arguments: list[str], log: Path, total: int) -> None:
    """Run pip, with a line a package on the terminal and all of its output in `log`."""
    python = environment / "bin" / "python"
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    command += ["--no-deps", "--progress-bar", "off", *arguments]
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    # A user install, a prefix or a target from the user's own configuration would miss the
    # environment.
    env |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONUNBUFFERED": "1"}
    count = 0
    with log.open("a") as file:
        file.write(f"$ {' '.join(command)}\n")
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                # `Processing` is what pip says of a package that lies in a local mirror.
                found = re.match(r"Collecting ([^\s;]+)|Processing \S*/([^\s/]+)\.whl", line)
                if total and found:
                    count += 1
                    name = found[1] or " ".join(found[2].split("-")[:2])
                    say(f"  {count:2} of {total}: {name.replace('==', ' ')}")
                elif line.startswith("Installing collected packages"):
                    say("  installing")
        finally:
            if process.poll() is None and sys.exc_info()[0] is not None:
                process.kill()
            process.wait()
    if process.returncode:
        text = log.read_text()[-8000:]
        errors = [line for line in text.splitlines() if line.startswith("ERROR")][-4:]
        reason = "\n".join(errors or text.splitlines()[-4:])
        if "DO NOT MATCH THE HASHES" in text:
            raise SetUpError(f"a package is not the one the lock file names (log: {log})\n{reason}")
        if UNREACHABLE.search(text):
            raise SetUpError(
                f"pip found no package registry that has what the lock file names (log: {log})\n"
                f"{reason}\n"
                "the set-up needs the network once; behind a proxy or with a mirror, set"
                " https_proxy or PIP_INDEX_URL"
            )
        raise SetUpError(f"pip failed (log: {log})\n{reason}")


def _locked_count(lock: Path) -> int:
    """How many packages of the lock file apply here (the others have a marker for elsewhere)."""
    lines = [line for line in lock.read_text().splitlines() if "win32" not in line]
    return len({found[1] for line in lines if (found := re.match(r"([\w.-]+)==", line))})


def make_environment(checkout: Path, environment: Path, log: Path) -> None:
    """Make the virtual environment and install what the lock file names."""
    if environment.exists():
        if not (environment / MARK).is_file():
            raise SetUpError(f"{environment} exists and is not this set-up's own; move it away")
        say(f"removing {environment}, which is incomplete or made from something else")
        shutil.rmtree(environment)
    environment.mkdir()
    (environment / MARK).write_text("Removed and made again by the set-up when need be.\n")
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"making {environment} with Python {version} ({sys.executable})")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--prompt", "amagic", str(environment)],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise SetUpError(f"python -m venv failed:\n{(made.stdout + made.stderr).strip()}")
    lock = checkout / "requirements.lock"
    say("installing what requirements.lock names (about 300 MB; minutes on a slow network)")
    # Wheels alone, so that nothing has to be compiled on the user's machine.
    binary = ["--only-binary", ":all:", "--no-binary", ",".join(SOURCE_ONLY)]
    arguments = ["--require-hashes", *binary, "-r", str(lock)]
    _pip(environment, arguments, log, _locked_count(lock))


def install_project(checkout: Path, environment: Path, log: Path) -> None:
    """Install the checkout itself, editable: its packages and the command `amagic`."""
    say("installing the checkout itself")
    arguments = ["--no-index", "--no-build-isolation", "--force-reinstall", "-e", str(checkout)]
    _pip(environment, arguments, log, 0)
    probe = "import find_libpython, sys; sys.exit(find_libpython.find_libpython() is None)"
    if subprocess.run([environment / "bin" / "python", "-c", probe]).returncode:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetUpError(f"libpython{version}.so was not found; Debian package: libpython{version}")


def set_up(checkout: Path) -> None:
    """Bring the environment into the state that the lock file and pyproject.toml describe."""
    environment = checkout / ".venv"
    refuse_another(environment)
    wanted = wanted_stamp(checkout)
    if read_stamp(environment) == wanted:
        refuse(missing_tools())
        return
    refuse(
        missing_tools()
        + missing_in_python()
        + missing_in_checkout(checkout)
        + missing_space(checkout)
    )
    if shutil.which("git") is None:
        say("note: git is not installed; only `make check` uses it (Debian package: git)")
    (checkout / "build").mkdir(exist_ok=True)
    log = checkout / "build" / "set-up.log"
    with (checkout / "build" / "set-up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = read_stamp(environment)
        if found == wanted:
            return
        log.write_text("")
        try:
            if found | {"project": ""} != wanted | {"project": ""}:
                make_environment(checkout, environment, log)
            install_project(checkout, environment, log)
        except BaseException:
            if (environment / MARK).is_file():
                shutil.rmtree(environment, ignore_errors=True)
            raise
        write_stamp(environment, wanted)
    say("done; `make help` lists what there is to do")


def main() -> int:
    try:
        set_up(CHECKOUT)
    except SetUpError as error:
        for line in str(error).splitlines():
            print(f"set-up: {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: interrupted; nothing half made was left behind", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
