"""The C compilers of the firmware's cores, and results that are kept by a hash of their making."""

import fcntl
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

from .build import BuildError, build_root

__all__ = [
    "AARCH64",
    "CFLAGS",
    "LDFLAGS",
    "RISCV32",
    "WHOLE",
    "Compiler",
    "Core",
    "FirmwareError",
    "built_once",
    "digest",
    "find_compiler",
    "firmware_root",
    "inputs",
    "output_root",
    "run_compiler",
]

WARNINGS = ("-Wall", "-Wextra", "-Werror")
CFLAGS = (
    "-std=c11",
    "-O2",
    "-ffreestanding",
    "-fomit-frame-pointer",
    "-fno-common",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-ffunction-sections",
    *WARNINGS,
)
WHOLE = "-flto"
"""Looks at all sources of a program together: the operations of a table become plain code."""
LDFLAGS = ("-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,--build-id=none")


class FirmwareError(BuildError):
    """A program could not be built; the text says what failed and what the compiler printed."""


@dataclass(frozen=True)
class Core:
    """What is compiled for: Zig's flags, and the other compiler with its flags.

    ``variable`` is that of the environment which names a compiler to use instead.
    """

    name: str
    variable: str
    zig_flags: tuple[str, ...]
    gcc: str
    gcc_flags: tuple[str, ...]


RISCV32 = Core(
    "RISC-V",
    "AMAGIC_RISCV_CC",
    ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+a+zicsr+zifencei")
    + ("-mabi=ilp32",),
    "riscv64-unknown-elf-gcc",
    ("-march=rv32ima_zicsr_zifencei", "-mabi=ilp32"),
)
"""The system-on-chip's core."""

AARCH64 = Core(
    "AArch64",
    "AMAGIC_AARCH64_CC",
    ("-target", "aarch64-freestanding-none", "-mcpu=cortex_a57", "-mgeneral-regs-only")
    + ("-mstrict-align",),
    "aarch64-linux-gnu-gcc",
    ("-mcpu=cortex-a57", "-mgeneral-regs-only", "-mstrict-align"),
)
"""QEMU's CPUs, of which the oracle makes use."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler for a core: its command with the flags for the core, and its version."""

    command: tuple[str, ...]
    version: str


def firmware_root() -> Path:
    """The folder of the firmware's sources. `FirmwareError` when this is not a checkout."""
    root = Path(__file__).resolve().parents[2] / "firmware"
    if not root.is_dir():
        raise FirmwareError(f"no firmware sources in {root}: work from a checkout of the project")
    return root


@cache
def find_compiler(core: Core = RISCV32) -> Compiler:
    """The compiler to use. `FirmwareError` when there is none."""
    if core.variable in os.environ:
        command = (*shlex.split(os.environ[core.variable]), *core.gcc_flags)
    elif util.find_spec("ziglang") is not None:
        command = (sys.executable, "-m", "ziglang", "cc", *core.zig_flags)
        command += ("-fno-sanitize=undefined",)
        return Compiler(command, f"ziglang {metadata.version('ziglang')}")
    elif shutil.which(core.gcc):
        command = (core.gcc, *core.gcc_flags)
    else:
        raise FirmwareError(
            f"no compiler for {core.name}: neither the Python package `ziglang` nor {core.gcc};"
            " `make` in the checkout installs the first"
        )
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise FirmwareError(f"cannot run {shlex.join(command)}: {error}") from error
    return Compiler(command, done.stdout.splitlines()[0])


def output_root() -> Path:
    """The folder for all that is compiled."""
    path = build_root() / "firmware"
    path.mkdir(parents=True, exist_ok=True)
    return path


def digest(made_of: object) -> str:
    """A short hash of anything that JSON can write."""
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]


def inputs(sources: Iterable[Path], includes: Iterable[Path]) -> list[list[str]]:
    """Every file that may have a part in the result, as path and digest of its content."""
    files = set(sources)
    for include in includes:
        files.update(path for path in include.rglob("*") if path.suffix in (".h", ".inc"))
    found = []
    for path in sorted(files):
        try:
            found.append([str(path), hashlib.sha256(path.read_bytes()).hexdigest()])
        except OSError as error:
            raise FirmwareError(f"cannot read {path}: {error.strerror}") from error
    return found


def run_compiler(command: Sequence[str], what: str) -> None:
    """Run a command; `FirmwareError` with what it printed when it fails at ``what``."""
    env = dict(os.environ)
    # Zig would keep its cache in the user's home.
    for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
        env.setdefault(name, str(output_root() / "zig-cache"))
    try:
        done = subprocess.run(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        raise FirmwareError(f"{what}: cannot run {command[0]}: {error}") from error
    if done.returncode:
        raise FirmwareError(f"{what} failed:\n{done.stdout.strip()}\n$ {shlex.join(command)}")


def built_once(name: str, made_of: object, build: Callable[[Path], Sequence[Path]]) -> Path:
    """The folder of what is ``made_of`` this, built now unless it is there.

    ``build`` gets a folder to work in, and names the files in it that are the result.
    """
    final = output_root() / f"{name}-{digest(made_of)}"
    with (output_root() / f"{final.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.is_dir():
            with tempfile.TemporaryDirectory(dir=output_root(), prefix="tmp-") as scratch:
                results = build(Path(scratch))
                staged = Path(scratch) / "done"
                staged.mkdir()
                for path in results:
                    shutil.move(path, staged / path.name)
                staged.rename(final)
    return final
