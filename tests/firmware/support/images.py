"""Images of guests that are made here, and the hypervisor's own check of one, for this machine."""

import ctypes
import struct
import sys
import zlib
from functools import cache

from amagic_sim.compiler import built_once, firmware_root, inputs, run_compiler
from amagic_sim.firmware import header_dir
from amagic_sim.hypervisor_build import GUEST_BASE, GUEST_MAGIC, GUEST_VERSION
from amagic_sim.migration.image import CPU_WORDS, HEAD_WORDS, Host

HOST = Host(clock_hz=50_000_000, ram_max=0x4000)
RAM_SIZE = 0x1000
SGI, PPI, TIMER, SPI = 3, 20, 27, 40
ENABLED, GROUP1, EDGE, PENDING, ACTIVE, LATCH, RESERVED = (1 << n for n in range(7))
NOBODY = 0xFF00
TARGET_0 = 0x1_0000

_PARTS = ("hyp/image.c", "hyp/guest_header.c", "lib/crc32.c")
_ENTRY = """
#include "hyp/image.h"
const char *check(const void *, uint32_t, uint32_t, uint32_t);
const char *check(const void *bytes, uint32_t size, uint32_t clock, uint32_t ram_max)
{
    const struct image_host host = {clock, ram_max};
    return image_error_name(image_check(bytes, size, &host));
}
"""


def sealed(body: bytes) -> bytes:
    """With the checksum that belongs to it."""
    return body + struct.pack("<I", zlib.crc32(body))


def image_words(vcpus: int = 1) -> list[int]:
    """The words before the memory, of a guest that is as after its reset."""
    head = dict.fromkeys(HEAD_WORDS, 0) | {
        "magic": 0x4749_4D41,
        "version": 1,
        "clock_hz": HOST.clock_hz,
        "interrupts": 64,
        "guest_magic": GUEST_MAGIC,
        "guest_version": GUEST_VERSION,
        "image_end": GUEST_BASE + 0x800,
        "ram_size": RAM_SIZE,
        "entry": GUEST_BASE + 0x40,
        "vcpus": vcpus,
    }
    cpu = dict.fromkeys(CPU_WORDS, 0) | {
        "state": 1,
        "pc": GUEST_BASE + 0x40,
        "mstatus": 1 << 11,
        "gicc_bpr": 2,
        "gicc_abpr": 3,
    }
    cpu |= {f"irq{n}": ENABLED | EDGE for n in range(16)}
    spis = [NOBODY | (TARGET_0 if vcpus == 1 else 0)] * 32
    words = [*head.values(), *vcpus * [*cpu.values()], *spis]
    words[HEAD_WORDS.index("length")] = 4 * len(words) + RAM_SIZE + 4
    return words


def image_of(words: list[int], ram: bytes = bytes(RAM_SIZE)) -> bytes:
    """The whole image."""
    return sealed(struct.pack(f"<{len(words)}I", *words) + ram)


def changed(at: int, value: int, vcpus: int = 1) -> bytes:
    """An image with one word changed, and the checksum that belongs to it."""
    words = image_words(vcpus)
    words[at] = value
    return image_of(words)


def head_word(name: str) -> int:
    return HEAD_WORDS.index(name)


def cpu_word(name: str, cpu: int = 0) -> int:
    return len(HEAD_WORDS) + cpu * len(CPU_WORDS) + CPU_WORDS.index(name)


def irq_word(intid: int, vcpus: int = 1) -> int:
    if intid < 32:
        return cpu_word(f"irq{intid}")
    return len(HEAD_WORDS) + vcpus * len(CPU_WORDS) + intid - 32


@cache
def _library() -> ctypes.CDLL:
    root = firmware_root()
    sources = [root / part for part in _PARTS]
    folders = [root, header_dir()]
    command = [sys.executable, "-m", "ziglang", "cc", "-std=c11", "-O2", "-shared", "-fPIC"]
    command += ["-Wall", "-Wextra", "-Werror", *(f"-I{folder}" for folder in folders)]

    def build(work):
        (work / "entry.c").write_text(_ENTRY)
        library = work / "image_check.so"
        files = [*map(str, sources), str(work / "entry.c"), "-o", str(library)]
        run_compiler([*command, *files], "building the check of images")
        return [library]

    made_of = [command, _ENTRY, inputs(sources, folders)]
    library = ctypes.CDLL(str(built_once("image-check", made_of, build) / "image_check.so"))
    library.check.restype = ctypes.c_char_p
    return library


def hypervisors_answer(data: bytes, host: Host = HOST) -> str:
    """What the hypervisor says of these bytes."""
    buffer = ctypes.create_string_buffer(data, max(len(data), 1))
    return _library().check(buffer, len(data), host.clock_hz, host.ram_max).decode()
