"""What an operation does, in the words of the coverage tables."""

from collections.abc import Iterator

from ..model import registers
from ..model.cpu_interface import SPECIAL, CpuInterface
from ..model.interrupts import Candidate
from ..replay.operation import Access, Answer, Drive, Operation, Pulse
from .stream import Interface, Source, Stream

__all__ = ["NAMES", "cause", "channel", "condition", "kind", "known", "named"]

NAMES = {
    (frame, register.offset + 4 * index): (register.name, index)
    for frame in ("GICD", "GICC", "GICH", "GICV")
    for register in getattr(registers, frame)
    for index in range(register.count)
}
"""Of each word of a frame: the register's name, and which of its kind it is."""

_BITS = {"ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER", "IGROUPR"}
_BYTES = {"IPRIORITYR", "ITARGETSR"}
_SGIS = {"SPENDSGIR", "CPENDSGIR"}


def kind(intid: int) -> str:
    return "SGI" if intid < 16 else "PPI" if intid < 32 else "SPI"


def cause(operation: Operation) -> str:
    """The operation's kind: a register of GICD or GICC by its name, others with their frame's."""
    match operation:
        case Drive(_, _, level):
            return "line rises" if level else "line falls"
        case Pulse():
            return "pulse"
        case Access(_, frame, offset):
            name = NAMES.get((frame, offset & ~3), ("reserved", 0))[0]
            return name if frame in ("GICD", "GICC") else f"{frame}_{name}"
    return "settle"


def channel(operation: Operation) -> str:
    """By which way an operation comes: a line, or reads or writes of a frame."""
    if isinstance(operation, Access):
        return f"{operation.frame} {'read' if operation.value is None else 'write'}"
    return "line"


def condition(part: CpuInterface, candidate: Candidate) -> str:
    """Whether an interface signals a candidate, or the first reason why it does not."""
    if not part.ctlr >> candidate.group & 1:
        return "group off"
    if candidate.priority >= part.pmr:
        return "not above PMR"
    return "signalled" if part.signalled(candidate) else "does not preempt"


def known(s: Stream, key: Interface, value: int) -> str:
    """What software knows of an interrupt whose end it writes."""
    running = s.running[key]
    if value & 0x1FFF in running:
        return "latest" if running[-1] == value & 0x1FFF else "outer"
    return "dropped" if value & 0x1FFF in s.dropped[key] else "never read"


def named(operation: Operation, answer: Answer) -> Iterator[Source]:
    """The interrupts that an operation names: those of a register's bits, or of INTIDs."""
    if isinstance(operation, Drive | Pulse):
        yield Source(operation.intid, operation.cpu)
        return
    if not isinstance(operation, Access):
        return
    cpu, frame, offset, size, value, _ = operation
    name, index = NAMES.get((frame, offset & ~3), ("", 0))
    if frame == "GICC" and name in ("IAR", "AIAR", "EOIR", "AEOIR", "DIR"):
        # A write of IAR names nothing, nor does a read of EOIR.
        intid = answer.value if name.endswith("IAR") else value
        if size == 4 and (value is None) == name.endswith("IAR") and intid & 0x3FF < SPECIAL:
            intid &= 0x3FF
            yield Source(intid, cpu if intid < 32 else 0)
    elif frame == "GICD" and value is not None:
        shift = 8 * (offset & 3)
        if name == "SGIR":
            yield from _sent(cpu, value)
        elif name in _BITS:
            bits = value << shift
            while bits:
                intid = 32 * index + (bits & -bits).bit_length() - 1
                yield Source(intid, cpu if intid < 32 else 0)
                bits &= bits - 1
        elif name in _BYTES or name in _SGIS:
            for place in range(offset & 3, (offset & 3) + size):
                byte = value << shift >> 8 * place & 0xFF
                intid = 4 * index + place
                if byte or name in _BYTES:
                    yield Source(intid, cpu if intid < 32 else 0)
        elif name == "ICFGR" and index >= 2:
            first = 16 * index + 4 * (offset & 3)
            for intid in range(first, first + 4 * size):
                yield Source(intid, 0)


def _sent(cpu: int, value: int) -> Iterator[Source]:
    how = value >> 24 & 3
    for target in range(8):
        if (value >> 16 + target & 1, target != cpu, target == cpu, False)[how]:
            yield Source(value & 15, target)
