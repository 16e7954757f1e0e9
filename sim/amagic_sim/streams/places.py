"""Where registers stand: the ends of those that stand many times, and GICH's aliases."""

from ..model import registers
from ..model.gic import GICH_ALIAS_SIZE, GICH_ALIASES
from ..model.page import Register
from ..replay.operation import Access, Operation, ScriptConfig

__all__ = ["MANY", "SIZES", "absent_behind", "alias", "direct", "last_there"]

FRAMES = ("GICD", "GICC", "GICH", "GICV")
SIZES = {"GICD": 0x1000, "GICC": 0x2000, "GICH": 0x2000, "GICV": 0x2000}
"""Bytes of each frame; of GICH with its aliases."""
MANY = 31
"""Registers that stand so often have some for what a configuration need not have."""

_TAKEN = {
    (frame, register.offset + 4 * index)
    for frame in FRAMES
    for register in getattr(registers, frame)
    for index in range(register.count)
}
_INTIDS = {32: 32, 31: 32, 64: 16, 255: 4}
"""How many interrupts one has of a register of GICD that stands so often."""


def last_there(register: Register, config: ScriptConfig) -> int:
    """The index of the last that this configuration has of a register; -1 for none."""
    if register.name == "LR":
        return config.lrs - 1
    if register.count not in _INTIDS:
        return register.count - 1
    last = (31 + config.spis) // _INTIDS[register.count]
    return last - 1 if register.name == "SPISR" else last


def absent_behind(frame: str, register: Register) -> int | None:
    """The offset behind the last of a register that stands many times, where nothing is."""
    offset = register.offset + 4 * register.count
    free = register.count >= MANY and (frame, offset) not in _TAKEN
    return offset if free and offset < SIZES[frame] else None


def alias(cpu: int, offset: int) -> int:
    """The offset in GICH at which every CPU has an offset of ``cpu``'s GICH."""
    return GICH_ALIASES + cpu * GICH_ALIAS_SIZE + offset


def direct(operation: Operation, cpus: int) -> Operation:
    """An access by an alias of GICH, as the CPU would make it whose GICH that is."""
    if isinstance(operation, Access) and operation.frame == "GICH":
        cpu, offset = divmod(operation.offset - GICH_ALIASES, GICH_ALIAS_SIZE)
        if 0 <= cpu < cpus:
            return operation._replace(cpu=cpu, offset=offset)
    return operation
