"""QEMU's virt machine as a GIC to compare with: what it can honour, and how accesses reach it.

Its GICv2 has 256 SPIs, 4 list registers and 8 priority bits. A configuration with fewer SPIs or
priority bits is honoured by leaving out what it does not have: those bits are neither written nor
read, which is what RAZ/WI means. What that does not cover (the smallest binary point, the layout of
the active priorities) is in the table of divergences.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ..replay.operation import Access, Drive, Operation, Pulse, ScriptConfig, Settle

__all__ = ["FRAMES", "LRS", "MAINTENANCE", "SPIS", "Bus", "gpio_line", "lower", "refusal", "shown"]

SPIS, LRS = 256, 4
MAINTENANCE = 25
"""The PPI that the machine's own maintenance lines drive."""


class FrameAt(NamedTuple):
    base: int
    size: int


FRAMES = {
    "GICD": FrameAt(0x08000000, 0x1000),
    "GICC": FrameAt(0x08010000, 0x2000),
    "GICH": FrameAt(0x08030000, 0x1000),
    "GICV": FrameAt(0x08040000, 0x2000),
}

_NON_SECURE = 0x8000_0000
"""From here on an address is that of a Non-secure access (firmware/oracle/start.S)."""
_PRIORITIES, _TARGETS, _CONFIGURATIONS, _CONFIGURATIONS_END = 0x400, 0x800, 0xC00, 0xD00
_CPENDSGIR, _SPENDSGIR, _SPENDSGIR_END = 0xF10, 0xF20, 0xF30
_PMR = 0x004
_APRS = range(0x0D0, 0x0F0, 4)
"""GICC_APRn and GICC_NSAPRn."""


class Bus(NamedTuple):
    """An access as it is put on QEMU's bus; ``value`` is None for a read."""

    address: int
    size: int
    value: int | None = None


def _bits_each(offset: int) -> tuple[int, int]:
    """How many bits an interrupt has in the GICD register at ``offset``, and where that begins."""
    if 0x080 <= offset < _PRIORITIES:
        return 1, offset & ~0x7F
    if _PRIORITIES <= offset < _CONFIGURATIONS:
        return 8, offset & ~0x3FF
    if _CONFIGURATIONS <= offset < _CONFIGURATIONS_END:
        return 2, _CONFIGURATIONS
    return 0, 0


def shown(config: ScriptConfig, access: Access) -> int:
    """The bits of an access that the configuration has, of those that QEMU has."""
    whole = (1 << 8 * access.size) - 1
    offset, frame = access.offset, access.frame
    priority = 0xFF00 >> config.priority_bits & 0xFF
    if frame == "GICC" and offset == _PMR:
        return priority & whole
    if frame != "GICD":
        return whole
    if _CPENDSGIR <= offset < _SPENDSGIR_END:
        return int.from_bytes([(1 << config.cpus) - 1] * access.size)
    bits, start = _bits_each(offset)
    if not bits:
        return whole
    first = (offset - start) * 8 // bits
    mask = 0
    for intid in range(first, first + 8 * access.size // bits):
        if intid < 32 + config.spis:
            each = priority if _PRIORITIES <= offset < _TARGETS else (1 << bits) - 1
            mask |= each << (intid - first) * bits
    return mask


def lower(config: ScriptConfig, access: Access) -> Iterator[Bus]:
    """What is put on the bus for an access."""
    address = FRAMES[access.frame].base + access.offset
    if config.security and not access.secure and access.frame in ("GICD", "GICC"):
        address += _NON_SECURE
    if access.value is None:
        yield Bus(address, access.size)
        return
    value = access.value & shown(config, access)
    if access.frame == "GICC" and access.offset in _APRS and config.priority_bits < 7:
        yield from _active_priorities(config, access.offset, value)
        return
    if access.frame == "GICD" and _SPENDSGIR <= access.offset < _SPENDSGIR_END:
        # QEMU takes a byte of 0 as pending without a source, and aborts at the acknowledge.
        for place, byte in enumerate(value.to_bytes(access.size, "little")):
            if byte:
                yield Bus(address + place, 1, byte)
        return
    yield Bus(address, access.size, value)


def _active_priorities(config: ScriptConfig, offset: int, value: int) -> Iterator[Bus]:
    """A write of GICC_APRn or NSAPRn: QEMU has a bit for each of 128 group priorities, of which
    fewer priority bits reach every second, fourth or eighth only.
    """
    each = 128 >> min(config.priority_bits, 7)
    bank, index = FRAMES["GICC"].base + (offset & ~0xF), offset >> 2 & 3
    first = 32 * index * each
    spread = sum((value >> n & 1) << first + n * each for n in range(32))
    for place in range(index * each, min(index * each + each, 4)):
        yield Bus(bank + 4 * place, 4, spread >> 32 * place & 0xFFFF_FFFF)


def gpio_line(config: ScriptConfig, operation: Drive | Pulse) -> int:
    """The number of an interrupt's input among those of QEMU's GIC."""
    if operation.intid < 32:
        return SPIS + 32 * operation.cpu + operation.intid
    return operation.intid - 32


def _access_refusal(config: ScriptConfig, access: Access) -> str | None:
    place = f"{access.frame}+{access.offset:#x}"
    frame = FRAMES.get(access.frame)
    if frame is None:
        return f"frame {access.frame}"
    if access.offset % access.size or not 0 <= access.offset <= frame.size - access.size:
        return f"{place} with {access.size} bytes"
    if access.size != 4 and access.frame != "GICD":
        # QEMU does not look at the size there.
        return f"{place} with {access.size} bytes"
    return None


def refusal(config: ScriptConfig, operation: Operation | None = None) -> str | None:
    """What of the configuration, or of an operation under it, QEMU cannot honour."""
    if operation is None:
        if config.spis > SPIS:
            return f"spis={config.spis}"
        if config.lrs != LRS:
            return f"lrs={config.lrs}"
        if config.security and config.cpus != 1:
            # Its PSCI starts CPUs at EL2, where nothing gets back to Secure state.
            return f"cpus={config.cpus} with security=1"
        if config.security and config.priority_bits != 8:
            return f"priority_bits={config.priority_bits} with security=1"
        return None
    if isinstance(operation, Access):
        return _access_refusal(config, operation)
    if isinstance(operation, Drive | Pulse):
        if operation.intid == MAINTENANCE:
            return f"irq {MAINTENANCE}, which the GIC drives itself"
        if not 16 <= operation.intid < 32 + config.spis:
            return f"irq {operation.intid}"
        return None
    # Nothing in QEMU takes a clock cycle, so that what meets in one cannot be said to it.
    return None if isinstance(operation, Settle) else type(operation).__name__.lower()
