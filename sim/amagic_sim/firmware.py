"""Builds firmware: C and assembler sources to an ELF file, a flat image and a memory file.

A program lives in ``build/firmware/<name>-<hash>``; the hash is over the text of every source and
header that it is made of, the flags, and the compiler's version, so that a program is built once
and never taken for another. The compiler is Zig's Clang from PyPI, or the one that the
environment's ``AMAGIC_RISCV_CC`` names, or ``riscv64-unknown-elf-gcc`` where there is no Zig.

``python -m amagic_sim.firmware lint [FILE ...]`` compiles C sources with every warning an error.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

from amagic.registers import FRAMES
from amagic.registers.c_header import render_c_header
from amagic.soc.memory_map import RAM_BASE, WINDOWS
from amagic.soc.soc import SocConfig

from .build import BuildError, build_root

__all__ = [
    "SOC_ID",
    "Compiler",
    "FirmwareError",
    "Program",
    "build_program",
    "find_compiler",
    "firmware_root",
    "header_dir",
    "lint",
    "read_elf",
    "soc_id",
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
SOC_ID = "amagic_soc_id"
"""The symbol of every program whose value says which SoC it was built for: `soc_id`."""

LDFLAGS = ("-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,--build-id=none")


class FirmwareError(BuildError):
    """A program could not be built; the text says what failed and what the compiler printed."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler for the core: its command with the flags for the target, and its version."""

    command: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Program:
    """A program that is built.

    `elf`, `image` and `hex` are files: the program with its symbols; the bytes from `base` on;
    the same as 32-bit words for ``$readmemh``, with zeroes up to the end of the memory.
    `symbols` maps each symbol to its address.
    """

    name: str
    elf: Path
    image: Path
    hex: Path
    base: int
    symbols: Mapping[str, int]


def firmware_root() -> Path:
    """The folder of the firmware's sources. `FirmwareError` when this is not a checkout."""
    root = Path(__file__).resolve().parents[2] / "firmware"
    if not root.is_dir():
        raise FirmwareError(f"no firmware sources in {root}: work from a checkout of the project")
    return root


@cache
def find_compiler() -> Compiler:
    """The compiler to use. `FirmwareError` when there is none."""
    gcc_flags = ("-march=rv32ima_zicsr_zifencei", "-mabi=ilp32")
    if "AMAGIC_RISCV_CC" in os.environ:
        command = (*shlex.split(os.environ["AMAGIC_RISCV_CC"]), *gcc_flags)
        version = ["--version"]
    elif util.find_spec("ziglang") is not None:
        command = (sys.executable, "-m", "ziglang", "cc", "-target", "riscv32-freestanding-none")
        command += ("-mcpu=generic_rv32+m+a+zicsr+zifencei", "-mabi=ilp32")
        command += ("-fno-sanitize=undefined",)
        return Compiler(command, f"ziglang {metadata.version('ziglang')}")
    elif shutil.which("riscv64-unknown-elf-gcc"):
        command = ("riscv64-unknown-elf-gcc", *gcc_flags)
        version = ["--version"]
    else:
        raise FirmwareError(
            "no compiler for RISC-V: neither the Python package `ziglang` nor"
            " riscv64-unknown-elf-gcc; `make` in the checkout installs the first"
        )
    try:
        done = subprocess.run([*command, *version], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise FirmwareError(f"cannot run {shlex.join(command)}: {error}") from error
    return Compiler(command, done.stdout.splitlines()[0])


def _out() -> Path:
    path = build_root() / "firmware"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _digest(made_of: object) -> str:
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]


def _replace(path: Path, text: str) -> None:
    """Write a file so that nobody ever reads a part of it, and leave it alone if it is the same."""
    if path.is_file() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    os.replace(file.name, path)


def _soc_header(config: SocConfig) -> str:
    lines = [
        "/* Generated from amagic.soc: the SoC's physical addresses. Do not edit. */",
        "#ifndef AMAGIC_SOC_H",
        "#define AMAGIC_SOC_H",
        "",
        f"#define RAM_BASE {RAM_BASE:#010x}",
        f"#define RAM_SIZE {config.memory_size:#010x}",
        f"#define CLOCK_HZ {config.clock_hz}",
        "",
        "/* The devices' windows */",
    ]
    for window in WINDOWS:
        lines += [
            f"#define {window.name}_BASE {window.base:#010x} /* {window.doc} */",
            f"#define {window.name}_WINDOW {window.size:#010x}",
        ]
    return "\n".join([*lines, "", "#endif", ""])


def _headers(config: SocConfig) -> dict[str, str]:
    return {
        "amagic_regs.h": render_c_header(FRAMES),
        "amagic_soc.h": _soc_header(config),
    }


def header_dir(config: SocConfig | None = None) -> Path:
    """The folder with the generated headers.

    ``amagic_regs.h`` has every register, its fields and their accessors; ``amagic_soc.h`` the
    addresses of the SoC's memory and devices.
    """
    texts = _headers(config or SocConfig())
    path = _out() / f"include-{_digest(sorted(texts.items()))}"
    for file, text in texts.items():
        _replace(path / file, text)
    return path


def soc_id(config: SocConfig | None = None) -> int:
    """32 bits that differ between SoCs whose registers, memory map or clock differ."""
    return int(_digest(sorted(_headers(config or SocConfig()).items()))[:8], 16)


def _run(command: Sequence[str], what: str, cwd: Path | None = None) -> None:
    env = dict(os.environ)
    # Zig would keep its cache in the user's home.
    for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
        env.setdefault(name, str(_out() / "zig-cache"))
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        raise FirmwareError(f"{what}: cannot run {command[0]}: {error}") from error
    if done.returncode:
        raise FirmwareError(f"{what} failed:\n{done.stdout.strip()}\n$ {shlex.join(command)}")


def read_elf(path: Path) -> tuple[int, bytes, dict[str, int]]:
    """A 32-bit little-endian ELF file as the address of its first byte, its bytes, its symbols.

    Only what is stored in the file counts: a trailing ``.bss`` does not. `FirmwareError` when the
    file is not such an ELF file, or has nothing to load.
    """
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x01\x01":
        raise FirmwareError(f"{path} is not a 32-bit little-endian ELF file")
    try:
        return _parse_elf(data, path)
    except (struct.error, IndexError, ValueError, UnicodeDecodeError) as error:
        raise FirmwareError(f"{path} is cut short or damaged: {error}") from None


def _parse_elf(data: bytes, path: Path) -> tuple[int, bytes, dict[str, int]]:
    phoff, shoff = struct.unpack_from("<II", data, 28)
    phentsize, phnum, shentsize, shnum = struct.unpack_from("<HHHH", data, 42)
    parts = []
    for index in range(phnum):
        kind, offset, _, paddr, filesz = struct.unpack_from(
            "<IIIII", data, phoff + index * phentsize
        )
        if kind == 1 and filesz:
            parts.append((paddr, data[offset : offset + filesz]))
    if not parts:
        raise FirmwareError(f"{path} has nothing to load")
    base = min(address for address, _ in parts)
    image = bytearray(max(address + len(part) for address, part in parts) - base)
    for address, part in parts:
        image[address - base : address - base + len(part)] = part

    symbols: dict[str, int] = {}
    sections = [struct.unpack_from("<10I", data, shoff + i * shentsize) for i in range(shnum)]
    for _, kind, _, _, offset, size, link, _, _, entry in sections:
        if kind != 2:  # SHT_SYMTAB
            continue
        strings = sections[link][4]
        for place in range(offset, offset + size, entry):
            name, value, _, info = struct.unpack_from("<IIIB", data, place)
            if name and info & 0xF in (0, 1, 2):  # no type, object, function
                start = strings + name
                symbols[data[start : data.index(b"\0", start)].decode()] = value
    return base, bytes(image), symbols


def _to_hex(image: bytes, base: int, memory_size: int, name: str) -> str:
    skip = base - RAM_BASE
    if skip < 0 or skip + len(image) > memory_size:
        raise FirmwareError(
            f"{name} spans {base:#x} to {base + len(image):#x}, outside of the memory's "
            f"{RAM_BASE:#x} to {RAM_BASE + memory_size:#x}"
        )
    whole = (bytes(skip) + image).ljust(memory_size, b"\0")
    words = struct.unpack(f"<{memory_size // 4}I", whole)
    return "\n".join(f"{word:08x}" for word in words) + "\n"


def _inputs(sources: Iterable[Path], includes: Iterable[Path]) -> list[list[str]]:
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


def build_program(
    name: str,
    sources: Sequence[Path],
    *,
    script: Path | None = None,
    includes: Sequence[Path] = (),
    defines: Mapping[str, object] | None = None,
    generated: Mapping[str, str] | None = None,
    embedded: Sequence[Path] = (),
    link_flags: Sequence[str] = (),
    config: SocConfig | None = None,
    loaded: bool = True,
) -> Program:
    """Build a program, or find the one that is built already.

    Parameters
    ----------
    name : str
        What the program's folder and files are called.
    sources : sequence of Path
        C and assembler files.
    script : Path, optional
        The linker script; that of a machine-mode image when it is left out.
    includes : sequence of Path
        Folders for headers. ``firmware`` and the generated headers are always there.
    defines : mapping, optional
        Macros.
    generated : mapping, optional
        Further sources and headers, as file name to text.
    embedded : sequence of Path
        Files that the sources include as they are (``.incbin``): their content counts for the
        hash. They are found by their full path.
    link_flags : sequence of str
        Further arguments for the linker.
    config : SocConfig, optional
        The SoC that it is for; the default one when it is left out.
    loaded : bool
        It is loaded into the memory by itself. For a guest, which is not, no ``hex`` file is
        written, and `Program.hex` does not exist.

    Raises
    ------
    FirmwareError
        When a file is missing, the compiler fails or the program does not fit.
    """
    compiler = find_compiler()
    config = config or SocConfig()
    root = firmware_root()
    script = (script or root / "arch" / "riscv" / "host.ld").resolve()
    sources = [Path(source).resolve() for source in sources]
    includes = [Path(include).resolve() for include in includes] + [root]
    includes.append(header_dir(config))
    identity = f".globl {SOC_ID}\n{SOC_ID} = {soc_id(config):#x}\n"
    generated = {**(generated or {}), "soc_id.S": identity}
    options = [*CFLAGS, *(f"-D{key}={value}" for key, value in (defines or {}).items())]
    options += [f"-I{include}" for include in includes]
    files = [*sources, script, *(Path(path).resolve() for path in embedded)]
    inputs = _inputs(files, includes)
    flags = [*LDFLAGS, *(f"-Wl,{flag}" for flag in link_flags)]
    made_of = [compiler.command, compiler.version, options, flags, inputs]
    made_of += [
        sorted(generated.items()),
        loaded,
        config.memory_size,
        _digest(Path(__file__).read_text()),
    ]
    final = _out() / f"{name}-{_digest(made_of)}"
    with (_out() / f"{final.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.is_dir():
            with tempfile.TemporaryDirectory(dir=_out(), prefix="tmp-") as scratch:
                work = Path(scratch)
                for file, text in generated.items():
                    (work / file).write_text(text)
                extra = [str(work / file) for file in generated if not file.endswith(".h")]
                elf = work / f"{name}.elf"
                command = [*compiler.command, *options, f"-I{work}", *flags, f"-Wl,-T,{script}"]
                command += [*map(str, sources), *extra, "-o", str(elf)]
                _run(command, f"building the firmware {name}")
                base, image, _ = read_elf(elf)
                (work / f"{name}.bin").write_bytes(image)
                if loaded:
                    text = _to_hex(image, base, config.memory_size, name)
                    (work / f"{name}.hex").write_text(text)
                staged = work / "done"
                staged.mkdir()
                for file in (*generated, *(f"{name}.{x}" for x in ("elf", "bin", "hex"))):
                    if (work / file).exists():
                        shutil.move(work / file, staged / file)
                staged.rename(final)
    elf = final / f"{name}.elf"
    base, _, symbols = read_elf(elf)
    return Program(name, elf, final / f"{name}.bin", final / f"{name}.hex", base, symbols)


def lint(files: Sequence[Path] | None = None, includes: Sequence[Path] = ()) -> int:
    """Compile C files with every warning an error, and throw the result away.

    Without `files`, all of ``firmware`` and ``tests/firmware``. Returns how many were compiled;
    `FirmwareError` lists what the compiler said about each that failed.
    """
    root = firmware_root()
    tests = root.parent / "tests" / "firmware"
    chosen = (
        [Path(f) for f in files] if files else sorted([*root.rglob("*.c"), *tests.rglob("*.c")])
    )
    folders = [*includes, root, tests / "support", header_dir()]
    compiler = find_compiler()
    command = [*compiler.command, *CFLAGS, *(f"-I{folder}" for folder in folders)]
    headers = _inputs([], folders)
    stamps = _out() / "lint"
    stamps.mkdir(exist_ok=True)
    said = []
    with tempfile.TemporaryDirectory(dir=_out(), prefix="tmp-") as scratch:
        # Zig has no -fsyntax-only: it wants an object file for each source.
        object_file = str(Path(scratch) / "lint.o")
        for file in chosen:
            stamp = stamps / _digest([compiler.version, command, headers, _inputs([file], [])])
            if stamp.exists():  # it compiled before, just as it is
                continue
            try:
                _run([*command, "-c", str(file), "-o", object_file], str(file))
                stamp.touch()
            except FirmwareError as error:
                said.append(str(error))
    if said:
        raise FirmwareError("\n".join(said))
    return len(chosen)


def main(argv: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m amagic_sim.firmware")
    parser.add_argument("command", choices=["lint"])
    parser.add_argument("files", nargs="*", type=Path, help="C sources; all when there are none")
    arguments = parser.parse_args(argv)
    try:
        print(f"{lint(arguments.files)} C files compiled without a warning")
    except FirmwareError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
