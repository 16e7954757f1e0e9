"""The image of a guest that moves, as ``firmware/hyp/image.h`` has it: read, checked, printed.

The checks are those of the hypervisor, made again: what it refuses is refused here, with the same
name. What the names mean is told in the header.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amagic.registers import GICD, GICV, CNTBase

from ..hypervisor_build import GUEST_BASE, GUEST_MAGIC, GUEST_VERSION, MAX_VCPUS, PAGE

__all__ = [
    "CPU_WORDS",
    "HEAD_WORDS",
    "IRQ_BITS",
    "Cpu",
    "Host",
    "Image",
    "ImageError",
    "Irq",
    "describe",
    "read_image",
    "state_size",
]

MAGIC = 0x4749_4D41
VERSION = 1
SGIS, PRIVATE, SPIS = 16, 32, 32
NOBODY = 0xFF

HEAD_WORDS = (
    *("magic", "version", "length", "clock_hz", "interrupts"),
    *("count_low", "count_high", "ctlr"),
    *(f"reserved{n}" for n in range(8)),
    *("guest_magic", "guest_version", "image_end", "ram_size", "entry", "handler"),
    *("mask_point", "unmask_point", "vcpus"),
    *(f"name{n}" for n in range(4)),
)
"""The words of the image's beginning, in order."""

CPU_WORDS = (
    "state",
    *(f"x{n}" for n in range(1, 32)),
    *("pc", "mstatus", "stvec", "sscratch", "sepc", "scause", "stval", "sie", "sip"),
    *("ctl", "cval_low", "cval_high"),
    *("gicc_ctlr", "gicc_pmr", "gicc_bpr", "gicc_abpr", "gicc_apr", "reserved"),
    *(f"irq{n}" for n in range(PRIVATE)),
)
"""The words of a virtual CPU."""

IRQ_BITS = ("enabled", "group1", "edge", "pending", "active", "latch")
"""The flags of an interrupt's word, from bit 0 on. The two above are reserved."""

_MSTATUS = 0x000C_0922  # SIE, SPIE, SPP, MPP no more than supervisor, SUM, MXR
_SIE, _SIP = 0x222, 0x022
_PRIORITY = 0xF8
_MIN_BPR, _MAX_BPR = 2, 7
_GICC_CTLR = GICV.CTLR.pack(EnableGrp0=1, EnableGrp1=1, AckCtl=1, FIQEn=1, CBPR=1, EOImode=1)


class ImageError(ValueError):
    """An image that is refused. `name` is the hypervisor's name for the reason."""

    def __init__(self, name: str, text: str):
        super().__init__(f"{name}: {text}")
        self.name = name


@dataclass(frozen=True)
class Host:
    """What the host that is to go on with a guest has."""

    clock_hz: int
    ram_max: int


@dataclass(frozen=True)
class Irq:
    """The state of an interrupt. `cpu` and `cpus` are an SGI's source and sources, or an SPI's
    owner and targets."""

    intid: int
    flags: Mapping[str, bool]
    cpu: int
    cpus: int
    priority: int
    reserved: int

    def __getattr__(self, name: str) -> bool:
        try:
            return self.__dict__["flags"][name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Cpu:
    """A virtual CPU: its words by their names, and its own interrupts."""

    words: Mapping[str, int]
    irqs: tuple[Irq, ...]

    @property
    def cval(self) -> int:
        return self.words["cval_high"] << 32 | self.words["cval_low"]


@dataclass(frozen=True)
class Image:
    """An image that was read: its words by their names, its CPUs, its SPIs, its memory."""

    words: Mapping[str, int]
    cpus: tuple[Cpu, ...]
    spis: tuple[Irq, ...]
    memory: bytes

    @property
    def count(self) -> int:
        """The guest's virtual counter when it was stopped."""
        return self.words["count_high"] << 32 | self.words["count_low"]

    @property
    def name(self) -> str:
        raw = struct.pack("<4I", *(self.words[f"name{n}"] for n in range(4)))
        return raw.partition(b"\0")[0].decode("latin-1")

    @property
    def irqs(self) -> Iterator[Irq]:
        """All interrupts: those of each CPU, and the SPIs."""
        for cpu in self.cpus:
            yield from cpu.irqs
        yield from self.spis


def state_size(vcpus: int) -> int:
    """Bytes in front of the memory."""
    return 4 * (len(HEAD_WORDS) + vcpus * len(CPU_WORDS) + SPIS)


def _irq(intid: int, word: int) -> Irq:
    flags = {name: bool(word >> bit & 1) for bit, name in enumerate(IRQ_BITS)}
    return Irq(intid, flags, word >> 8 & 0xFF, word >> 16 & 0xFF, word >> 24, word >> 6 & 3)


def _named(names: tuple[str, ...], data: bytes, offset: int) -> dict[str, int]:
    return dict(zip(names, struct.unpack_from(f"<{len(names)}I", data, offset), strict=True))


def _reserved(words: Mapping[str, int]) -> None:
    for name, value in words.items():
        if name.startswith("reserved") and value:
            raise ImageError("bad-reserved", f"{name} must be 0, not {value:#x}")


def _frame(data: bytes) -> None:
    """Whether it is one image, whole and of this version."""
    smallest = 4 * len(HEAD_WORDS) + 4
    words = struct.unpack(f"<{min(len(data) // 4, 3)}I", data[:12][: len(data) // 4 * 4])
    if words and words[0] != MAGIC:
        raise ImageError("foreign", f"its first word is {words[0]:#010x}, not {MAGIC:#010x}")
    if len(words) > 1 and words[1] != VERSION:
        raise ImageError("other-version", f"it is of version {words[1]}, not {VERSION}")
    if len(data) < smallest:
        raise ImageError("truncated", f"it has {len(data)} bytes, and needs {smallest} at least")
    length = words[2]
    if length < smallest or length % 4:
        raise ImageError("bad-length", f"it says that it has {length} bytes")
    if length > len(data):
        raise ImageError("truncated", f"it has {len(data)} of {length} bytes")
    found, right = struct.unpack_from("<I", data, length - 4)[0], zlib.crc32(data[: length - 4])
    if found != right:
        raise ImageError("damaged", f"its checksum is {found:#010x}, not {right:#010x}")


def _head(words: Mapping[str, int], host: Host) -> None:
    """Whether it is for this host, and as long as it must be."""
    if (words["clock_hz"], words["interrupts"]) != (host.clock_hz, PRIVATE + SPIS):
        raise ImageError(
            "other-machine",
            f"its clock has {words['clock_hz']} Hz, and there are {words['interrupts']} interrupts;"
            f" here it is {host.clock_hz} Hz and {PRIVATE + SPIS}",
        )
    vcpus, ram = words["vcpus"], words["ram_size"]
    if vcpus > MAX_VCPUS or ram > host.ram_max:
        raise ImageError("too-large", f"it has {vcpus} virtual CPUs and {ram} bytes of memory")
    end, header = GUEST_BASE + ram, 4 * (9 + 4)
    if (
        (words["guest_magic"], words["guest_version"]) != (GUEST_MAGIC, GUEST_VERSION)
        or not ram
        or ram % PAGE
        or not GUEST_BASE + header <= words["image_end"] <= end
        or not GUEST_BASE <= words["entry"] < end
        or words["entry"] % 4
        or not vcpus
    ):
        raise ImageError("bad-guest", "the guest's header is none")
    wanted = state_size(vcpus) + ram + 4
    if words["length"] != wanted:
        raise ImageError("bad-length", f"it has {words['length']} bytes, not {wanted}")
    _reserved(words)
    if words["ctlr"] & ~GICD.CTLR.pack(EnableGrp0=1, EnableGrp1=1):
        raise ImageError("bad-gic", f"GICD_CTLR is {words['ctlr']:#x}")


def _irq_is_right(irq: Irq, vcpus: int) -> bool:
    if irq.reserved or irq.priority & ~_PRIORITY or (irq.latch and not irq.pending):
        return False
    if irq.intid < SGIS:
        fixed = irq.enabled and irq.edge and not irq.latch and irq.cpu < vcpus
        return fixed and not irq.cpus >> vcpus and bool(irq.cpus) == irq.pending
    if irq.intid >= PRIVATE:
        if irq.cpus >> vcpus or (vcpus == 1 and irq.cpus != 1):
            return False
        return irq.cpu < vcpus if irq.active else irq.cpu == NOBODY
    return not (irq.cpu or irq.cpus or irq.edge)


def _irqs(irqs: tuple[Irq, ...], vcpus: int) -> None:
    for irq in irqs:
        if not _irq_is_right(irq, vcpus):
            raise ImageError("bad-irq", f"the state of interrupt {irq.intid} contradicts itself")


def _cpu(cpu: Cpu, vcpus: int) -> None:
    words = cpu.words
    if words["state"] > 1:
        raise ImageError("bad-state", f"a virtual CPU's state is {words['state']}")
    if words["mstatus"] & ~_MSTATUS:
        raise ImageError("bad-context", f"mstatus is {words['mstatus']:#x}")
    if words["pc"] % 4 or words["sie"] & ~_SIE or words["sip"] & ~_SIP:
        raise ImageError("bad-context", "pc, sie or sip is none of this core's")
    if words["ctl"] & ~CNTBase.CNTV_CTL.pack(ENABLE=1, IMASK=1):
        raise ImageError("bad-timer", f"CNTV_CTL is {words['ctl']:#x}")
    if (
        words["gicc_ctlr"] & ~_GICC_CTLR
        or words["gicc_pmr"] & ~_PRIORITY
        or not _MIN_BPR <= words["gicc_bpr"] <= _MAX_BPR
        or not _MIN_BPR < words["gicc_abpr"] <= _MAX_BPR
    ):
        raise ImageError("bad-gic", "a register of its CPU interface is none of a GICV's")
    _reserved(words)
    _irqs(cpu.irqs, vcpus)


def read_image(data: bytes, host: Host) -> Image:
    """The image at the beginning of these bytes. `ImageError` when a host refuses it."""
    _frame(data)
    words = _named(HEAD_WORDS, data, 0)
    _head(words, host)
    vcpus = words["vcpus"]
    at = 4 * len(HEAD_WORDS)
    cpus = []
    for _ in range(vcpus):
        named = _named(CPU_WORDS, data, at)
        irqs = tuple(_irq(n, named.pop(f"irq{n}")) for n in range(PRIVATE))
        cpus.append(Cpu(named, irqs))
        at += 4 * len(CPU_WORDS)
    spis = tuple(
        _irq(PRIVATE + n, word) for n, word in enumerate(struct.unpack_from(f"<{SPIS}I", data, at))
    )
    for cpu in cpus:
        _cpu(cpu, vcpus)
    if not any(cpu.words["state"] for cpu in cpus):
        raise ImageError("bad-state", "none of its virtual CPUs can run")
    _irqs(spis, vcpus)
    at += 4 * SPIS
    return Image(words, tuple(cpus), spis, data[at : at + words["ram_size"]])


def _state(irq: Irq) -> str:
    held = [name for name in ("pending", "active", "latch") if getattr(irq, name)]
    return f"{irq.intid} priority {irq.priority:#04x} {' '.join(held) or 'idle'}"


def describe(image: Image) -> str:
    """What there is to know of an image, in lines."""
    words = image.words
    lines = [
        f"guest {image.name}: {len(image.cpus)} virtual CPUs, {len(image.memory)} bytes of memory,"
        f" {words['clock_hz']} Hz",
        f"stopped when its counter was {image.count}; GICD_CTLR {words['ctlr']:#x}",
    ]
    for number, cpu in enumerate(image.cpus):
        named = cpu.words
        due = cpu.cval - image.count
        lines += [
            f"CPU {number}: {'runnable' if named['state'] else 'off'} at {named['pc']:#010x},"
            f" mstatus {named['mstatus']:#x}, GICC_CTLR {named['gicc_ctlr']:#x},"
            f" GICC_PMR {named['gicc_pmr']:#x}, GICC_APR {named['gicc_apr']:#x}",
            f"  timer: CTL {named['ctl']}, CVAL {cpu.cval},"
            f" {f'in {due} counts' if due > 0 else f'due for {-due} counts'}",
        ]
        lines += [f"  interrupt {_state(irq)}" for irq in cpu.irqs if irq.pending or irq.active]
    lines += [f"SPI {_state(irq)}" for irq in image.spis if irq.pending or irq.active]
    return "\n".join(lines)
