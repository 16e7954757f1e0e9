"""Builds the hypervisor and its two guests into one memory image.

The host has the beginning of the memory, and each guest half of the rest, in which its image is
laid down as it is loaded. There may be more slots, each with an equal share, that have no guest at
first. A guest is a C source that is compiled against ``firmware/guests``, or an
ELF file; either must begin with the header of ``firmware/guests/guest_abi.h``.
"""

import hashlib
import os
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from amagic.soc.soc import SocConfig

from .build import build_root
from .compiler import FirmwareError, firmware_root
from .firmware import Program, build_program, read_elf

__all__ = [
    "GuestSource",
    "build_guest",
    "build_hypervisor",
    "check_image",
    "demo_guests",
    "guest_size",
    "guest_vcpus",
    "host_size",
]

MIN_HOST_SIZE = 0x10000
GUESTS = 2
GUEST_SIZE = 0x8000
"""Bytes of memory of a guest, where there are enough."""
GUEST_BASE = 0x4000_0000
GUEST_MAGIC = 0x5453_4741
GUEST_VERSION = 2
MAX_VCPUS = 2
"""Virtual CPUs of a guest, where the host has more than `MIN_HOST_SIZE` bytes; else it has one."""
PAGE = 4096
NAME_SIZE = 16

_HEADER = struct.Struct(f"<9I{NAME_SIZE}s")
_HOST_FOLDERS = ("arch/riscv", "drivers", "hyp", "lib", "link", "selftest")
_ELF = b"\x7fELF"


@dataclass(frozen=True)
class GuestSource:
    """A guest to build: a C source with macros and folders of headers, or an ELF file."""

    path: Path
    defines: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    includes: Sequence[Path] = ()


def demo_guests(
    ticks: int = 500, periods: tuple[int, int] = (13007, 14009)
) -> tuple[GuestSource, GuestSource]:
    """The demo's guests: one source, ``ticks`` ticks each, mutually prime periods in cycles."""
    if not 1 <= ticks <= 1_000_000:
        raise ValueError(f"ticks must be in 1 to 1000000, not {ticks!r}")
    source = firmware_root() / "guests" / "ticker.c"
    return tuple(
        GuestSource(
            source,
            {"PERIOD": period, "SEED": seed, "TICKS": ticks, "GUEST_NAME": f'"ticker-{period}"'},
        )
        for period, seed in zip(periods, ("0x9E3779B9", "0x7F4A7C15"), strict=True)
    )


def host_size(config: SocConfig) -> int:
    """Bytes of memory of the host: what guests of `GUEST_SIZE` leave, and at least 64 KiB."""
    return max(MIN_HOST_SIZE, config.memory_size - GUESTS * GUEST_SIZE)


def guest_size(config: SocConfig, slots: int = GUESTS) -> int:
    """Bytes of memory of a guest. `FirmwareError` when there is not a page for each."""
    size = (config.memory_size - host_size(config)) // slots // PAGE * PAGE
    if size < PAGE:
        raise FirmwareError(
            f"a memory of {config.memory_size} bytes is too small for the hypervisor, which needs"
            f" {MIN_HOST_SIZE}, and {slots} guests"
        )
    return size


def guest_vcpus(config: SocConfig) -> int:
    """Virtual CPUs that a guest can have, at most: ``VGIC_CPUS`` of ``firmware/hyp/vgic.h``."""
    return MAX_VCPUS if host_size(config) > MIN_HOST_SIZE else 1


def check_image(
    image: bytes, base: int, name: str, size: int = GUEST_SIZE, most: int = MAX_VCPUS
) -> None:
    """Raise `FirmwareError`, with what is wrong and where, for an image that is no guest's.

    ``size`` is a guest's memory in bytes, ``most`` the virtual CPUs that it can have.
    """

    def refuse(what: str) -> None:
        raise FirmwareError(f"the guest {name} is refused: {what}")

    if base != GUEST_BASE:
        refuse(f"it is linked for {base:#x}, and a guest's memory is at {GUEST_BASE:#x}")
    if len(image) > size:
        refuse(f"its image has {len(image)} bytes, and a guest has {size} bytes of memory")
    if len(image) < _HEADER.size:
        refuse(f"its image has {len(image)} bytes, fewer than the header's {_HEADER.size}")
    magic, version, *words, vcpus, _ = _HEADER.unpack_from(image)
    image_end, ram_size, entry, handler, mask, unmask = words
    if magic != GUEST_MAGIC:
        refuse(f"it has no header: its first word is {magic:#010x}, not {GUEST_MAGIC:#010x}")
    if version != GUEST_VERSION:
        refuse(f"its header is of version {version}, not {GUEST_VERSION}")
    if not 0 < ram_size <= size or ram_size % PAGE:
        refuse(f"ram_size must be a multiple of {PAGE} in {PAGE} to {size}, not {ram_size}")
    if not 1 <= vcpus <= MAX_VCPUS:
        refuse(f"vcpus must be in 1 to {MAX_VCPUS}, not {vcpus}")
    if vcpus > most:
        refuse(
            f"vcpus must be {most} in this memory, not {vcpus}:"
            f" more need a host of more than {MIN_HOST_SIZE} bytes"
        )
    end = GUEST_BASE + ram_size
    if not GUEST_BASE + len(image) <= image_end <= end:
        refuse(f"image_end must be in {GUEST_BASE + len(image):#x} to {end:#x}, not {image_end:#x}")
    for what, address, needed in (
        ("entry", entry, True),
        ("handler", handler, False),
        ("mask_point", mask, False),
        ("unmask_point", unmask, False),
    ):
        if not needed and address == 0:
            continue
        if not GUEST_BASE <= address < end or address % 4:
            refuse(f"{what} must be a multiple of 4 in {GUEST_BASE:#x} to {end:#x}: {address:#x}")


def _is_elf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ELF)) == _ELF
    except OSError as error:
        raise FirmwareError(f"cannot read the guest {path}: {error.strerror}") from error


def build_guest(
    guest: GuestSource | Path, config: SocConfig | None = None, slots: int = GUESTS
) -> bytes:
    """The image of a guest, checked. `FirmwareError` when it cannot be built or is refused."""
    config = config or SocConfig()
    if not isinstance(guest, GuestSource):
        guest = GuestSource(Path(guest))
    path = guest.path
    if _is_elf(path):
        if guest.defines:
            raise FirmwareError(f"{path} is an ELF file: macros cannot change it")
        elf = path
    elif path.suffix == ".c":
        folder = firmware_root() / "guests"
        elf = build_program(
            f"guest-{path.stem}",
            [path, folder / "start.S", folder / "guest.c", firmware_root() / "lib" / "string.c"],
            script=folder / "guest.ld",
            includes=[folder, *guest.includes],
            defines={"GUEST_NAME": f'"{path.stem[: NAME_SIZE - 1]}"'} | dict(guest.defines),
            config=config,
            loaded=False,
        ).elf
    else:
        raise FirmwareError(f"the guest {path} is neither a C source (.c) nor an ELF file")
    base, image, _ = read_elf(elf)
    check_image(image, base, str(path), guest_size(config, slots), guest_vcpus(config))
    return image


def _stored(image: bytes) -> Path:
    """A file with these bytes, whose name tells them apart from any others."""
    path = build_root() / "firmware" / f"guest-{hashlib.sha256(image).hexdigest()[:16]}.bin"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(image)
        os.replace(file.name, path)
    return path


def _embed(files: Sequence[Path], size: int, host: int) -> str:
    """The assembler source of the guests' images, where they run: ``size`` bytes apart, behind
    the ``host`` bytes of the host."""
    lines = ["/* Generated: the host's memory, and the guests' images. */"]
    lines += ["    .globl host_ram_size", f"    host_ram_size = {host:#x}"]
    lines += ['    .section .guests, "a"']
    for number, file in enumerate(files):
        lines += [f"    .org {number * size:#x}", f'    .incbin "{file}"']
    return "\n".join([*lines, ""])


def build_hypervisor(
    guest0: GuestSource | Path | None = None,
    guest1: GuestSource | Path | None = None,
    *,
    defines: Mapping[str, object] | None = None,
    config: SocConfig | None = None,
    slots: int = GUESTS,
) -> Program:
    """The host with two guests, ready to be loaded.

    Parameters
    ----------
    guest0, guest1 : GuestSource, Path or None
        A guest's C source or ELF file; None for the demo's own.
    defines : mapping, optional
        Macros of the host's sources, such as ``HYP_MAX_LRS``.
    config : SocConfig, optional
        The SoC; the default one when it is left out.
    slots : int
        How many guests there can be, 2 or more: the other slots are empty. Each slot has the same
        share of the memory.

    Raises
    ------
    FirmwareError
        When something cannot be built, or a guest is refused.
    """
    guests = [mine or demo for mine, demo in zip((guest0, guest1), demo_guests(), strict=True)]
    config = config or SocConfig()
    images = [_stored(build_guest(guest, config, slots)) for guest in guests]
    macros = {**(defines or {}), "GUESTS": slots, "HOST_RAM_SIZE": f"{host_size(config):#x}u"}
    root = firmware_root()
    sources = [path for folder in _HOST_FOLDERS for path in (root / folder).glob("*.[cS]")]
    return build_program(
        "hypervisor",
        sorted(sources),
        script=root / "hyp" / "hyp.ld",
        defines=macros,
        generated={"guests.S": _embed(images, guest_size(config, slots), host_size(config))},
        embedded=images,
        config=config,
    )
