"""Builds firmware: C and assembler sources to an ELF file, a flat image and a memory file.

A program lives in ``build/firmware/<name>-<hash>``; the hash is over the text of every source and
header that it is made of, the flags, and the compiler's version, so that a program is built once
and never taken for another. The compiler is Zig's Clang from PyPI, or the one that the
environment's ``AMAGIC_RISCV_CC`` names, or ``riscv64-unknown-elf-gcc`` where there is no Zig.

``python -m amagic_sim.firmware lint [FILE ...]`` compiles C sources with every warning an error.
"""

import argparse
import os
import struct
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amagic.registers import FRAMES
from amagic.registers.c_header import render_c_header
from amagic.soc.memory_map import RAM_BASE, RAM_UNCACHED_BASE, WINDOWS
from amagic.soc.soc import SocConfig

from .compiler import (
    AARCH64,
    CFLAGS,
    LDFLAGS,
    WHOLE,
    FirmwareError,
    built_once,
    digest,
    find_compiler,
    firmware_root,
    inputs,
    output_root,
    run_compiler,
)

__all__ = [
    "SOC_ID",
    "FirmwareError",
    "Program",
    "build_program",
    "firmware_root",
    "header_dir",
    "lint",
    "read_elf",
    "soc_id",
]

SOC_ID = "amagic_soc_id"
"""The symbol of every program whose value says which SoC it was built for: `soc_id`."""


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
        f"#define RAM_UNCACHED_BASE {RAM_UNCACHED_BASE:#010x} /* with several harts only */",
        f"#define CLOCK_HZ {config.clock_hz}",
        f"#define HARTS {config.harts}",
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
    path = output_root() / f"include-{digest(sorted(texts.items()))}"
    for file, text in texts.items():
        _replace(path / file, text)
    return path


def soc_id(config: SocConfig | None = None) -> int:
    """32 bits that differ between SoCs whose registers, memory map or clock differ."""
    return int(digest(sorted(_headers(config or SocConfig()).items()))[:8], 16)


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


def build_program(
    name: str,
    sources: Sequence[Path],
    *,
    script: Path | None = None,
    includes: Sequence[Path] = (),
    defines: Mapping[str, object] | None = None,
    generated: Mapping[str, str] | None = None,
    embedded: Sequence[Path] = (),
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
    options = [*CFLAGS, WHOLE, *(f"-D{key}={value}" for key, value in (defines or {}).items())]
    options += [f"-I{include}" for include in includes]
    files = [*sources, script, *(Path(path).resolve() for path in embedded)]
    flags = [*LDFLAGS, WHOLE]
    made_of = [compiler.command, compiler.version, options, flags, inputs(files, includes)]
    made_of += [
        sorted(generated.items()),
        loaded,
        config.memory_size,
        digest(Path(__file__).read_text()),
    ]

    def build(work: Path) -> list[Path]:
        for file, text in generated.items():
            (work / file).write_text(text)
        extra = [str(work / file) for file in generated if not file.endswith(".h")]
        elf, binary, memory = (work / f"{name}.{kind}" for kind in ("elf", "bin", "hex"))
        command = [*compiler.command, *options, f"-I{work}", *flags, f"-Wl,-T,{script}"]
        command += [*map(str, sources), *extra, "-o", str(elf)]
        run_compiler(command, f"building the firmware {name}")
        base, image, _ = read_elf(elf)
        binary.write_bytes(image)
        if loaded:
            memory.write_text(_to_hex(image, base, config.memory_size, name))
        return [*(work / file for file in generated), elf, binary, *[memory] * loaded]

    final = built_once(name, made_of, build)
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
    headers = inputs([], folders)
    stamps = output_root() / "lint"
    stamps.mkdir(exist_ok=True)
    said = []
    with tempfile.TemporaryDirectory(dir=output_root(), prefix="tmp-") as scratch:
        # Zig has no -fsyntax-only: it wants an object file for each source.
        object_file = str(Path(scratch) / "lint.o")
        for file in chosen:
            agent = root / "oracle" in file.resolve().parents
            compiler = find_compiler(AARCH64) if agent else find_compiler()
            command = [*compiler.command, *CFLAGS, *(f"-I{folder}" for folder in folders)]
            stamp = stamps / digest([compiler.version, command, headers, inputs([file], [])])
            if stamp.exists():  # it compiled before, just as it is
                continue
            try:
                run_compiler([*command, "-c", str(file), "-o", object_file], str(file))
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
