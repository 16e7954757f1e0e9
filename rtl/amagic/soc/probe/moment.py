"""Everything that happens in one clock cycle, and how it becomes records.

The probe takes each cycle's events as one *moment* with one time stamp, and writes them out one
record after another. So events of the same cycle are all kept, and records leave in the order of
their time; those of one moment in the order of `slots`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from amaranth import Cat, Const, Value
from amaranth.lib import data

from ...bus.frame import CPU_WIDTH
from ...gic.transaction import Transaction
from ...timer.timer import TimerWrite
from ..events import EventKind

__all__ = ["MAX_HARTS", "WATCHES", "FrameEvent", "Info", "Slot", "moment_layout", "slots"]

MAX_HARTS = 2

WATCHES = 8
"""Watch registers."""


class Info(data.Struct):
    """What happened: the third word of a record."""

    aux: 16
    reserved: 8
    cpu: CPU_WIDTH
    kind: EventKind


class FrameEvent(data.Struct):
    """An access to one of the GIC's frames; ``offset`` is that within the frame."""

    stb: 1
    kind: EventKind
    cpu: CPU_WIDTH
    offset: 13
    data: 32


class Mark(data.Struct):
    """What software wrote to MARK."""

    stb: 1
    cpu: CPU_WIDTH
    value: 32


def moment_layout(harts: int, frames: int) -> data.StructLayout:
    """A cycle's events: a bit of ``present`` for each slot, and what the slots tell of."""
    return data.StructLayout(
        {
            "time": 64,
            "present": len(_numbers(harts, frames)),
            "mark": Mark,
            "virtual": frames,
            "physical": frames,
            "irq": harts,
            "virq": harts,
            "maintenance": harts,
            "gic": FrameEvent,
            "transaction": Transaction,
            "privilege": data.ArrayLayout(2, harts),
            "pc": data.ArrayLayout(32, harts),
            "timer": TimerWrite,
        }
    )


@dataclass(frozen=True)
class Slot:
    """One event that a moment may hold: what its record says."""

    kind: Value
    cpu: Value
    aux: Value
    value: Value


def _numbers(harts: int, frames: int) -> list[tuple[EventKind, int, int]]:
    """The slots in their order: kind, hart, and number where there are several of a kind."""
    per_hart = [(hart, 0) for hart in range(harts)]
    per_frame = [(0, frame) for frame in range(frames)]
    watches = [(hart, n) for hart in range(harts) for n in range(WATCHES)]
    return [
        (kind, *number)
        for kind, numbers in (
            (EventKind.MARK, [(0, 0)]),
            (EventKind.VTIMER, per_frame),
            (EventKind.PTIMER, per_frame),
            (EventKind.IRQ, per_hart),
            (EventKind.VIRQ, per_hart),
            (EventKind.MAINTENANCE, per_hart),
            # Stands for every kind of access to the GIC: there is one a cycle at most.
            (EventKind.GICH_WRITE, [(0, 0)]),
            (EventKind.DISTRIBUTOR, [(0, 0)]),
            (EventKind.PRIVILEGE, per_hart),
            (EventKind.WATCH, watches),
            (EventKind.TIMER_WRITE, [(0, 0)]),
        )
        for number in numbers
    ]


def slots(moment: data.View, harts: int, frames: int) -> Iterator[tuple[EventKind, int, int, Slot]]:
    """Each slot of ``moment`` with its kind, its hart and its number, in the order of the bits."""
    for kind, hart, n in _numbers(harts, frames):
        cpu, aux = Const(hart, CPU_WIDTH), Const(n, 16)
        said = Const(kind.value, 5)
        match kind:
            case EventKind.MARK:
                cpu, value = moment.mark.cpu, moment.mark.value
            case EventKind.VTIMER:
                value = moment.virtual[n]
            case EventKind.PTIMER:
                value = moment.physical[n]
            case EventKind.IRQ:
                value = moment.irq[hart]
            case EventKind.VIRQ:
                value = moment.virq[hart]
            case EventKind.MAINTENANCE:
                value = moment.maintenance[hart]
            case EventKind.GICH_WRITE:
                gic = moment.gic
                said, cpu, aux, value = Value.cast(gic.kind), gic.cpu, gic.offset, gic.data
            case EventKind.DISTRIBUTOR:
                done = moment.transaction
                aux = Cat(done.intid, Const(0, 12 - len(done.intid)), Value.cast(done.kind))
                cpu, value = done.cpu, done.cpu
            case EventKind.PRIVILEGE:
                value = moment.privilege[hart]
            case EventKind.WATCH:
                value = moment.pc[hart]
            case EventKind.TIMER_WRITE:
                write = moment.timer
                cpu, aux, value = write.cpu, write.addr, write.data
            case _:
                raise AssertionError(f"no slot for {kind}")
        yield kind, hart, n, Slot(said, cpu, aux, value)
