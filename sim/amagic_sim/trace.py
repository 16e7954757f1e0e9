"""The probe's trace as the bench reads it: one event a line, `TIME KIND CPU AUX VALUE`.

`TIME`, `KIND` and `CPU` are decimal, `AUX` and `VALUE` hexadecimal. The probe in the design wrote
each time stamp; the simulation only copies the events to a file.
"""

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from amagic.soc.events import EventKind

__all__ = ["Event", "EventKind", "Mark", "TraceError", "read_trace"]


class Mark(IntEnum):
    """What the firmware says with the probe's MARK register: the value's upper four bits."""

    SWITCH_OUT = 1  # this world is being switched out
    SWITCH_IN = 2  # this world runs from here on
    END = 3  # the run is over
    NOTE = 4  # free for tests
    GICC_READ = 5  # the host emulated an access of this guest to its CPU interface
    GICC_WRITE = 6
    LEAVE = 7  # this world, which is out, moves: its time stands still from here on
    ARRIVE = 8  # it has come as this world, in the order in which they left


class Event(NamedTuple):
    """One record of the probe. ``time`` is in clock cycles of the system counter."""

    time: int
    kind: EventKind
    cpu: int
    aux: int
    value: int

    @property
    def mark(self) -> Mark:
        """What a MARK event says; `ValueError` when its value is none of `Mark`."""
        return Mark(self.value >> 28)

    @property
    def emulated(self) -> "Event | None":
        """The access to a guest's emulated CPU interface that a MARK event tells of, as the probe
        would have recorded it in hardware; None when this is none. Bits [31:16] are not told."""
        kind = {Mark.GICC_READ: EventKind.GICV_READ, Mark.GICC_WRITE: EventKind.GICV_WRITE}
        if self.kind is not EventKind.MARK or self.mark not in kind:
            return None
        offset = (self.world >> 16) * 4
        return self._replace(kind=kind[self.mark], aux=offset, value=self.value & 0xFFFF)

    @property
    def world(self) -> int:
        """The world that a MARK event names."""
        return self.value & 0x0FFF_FFFF


class TraceError(ValueError):
    """A trace file that does not hold what a probe writes."""


def _parse(line: str, where: str) -> Event:
    fields = line.split()
    try:
        time, kind, cpu, aux, value = fields
        return Event(int(time), EventKind(int(kind)), int(cpu), int(aux, 16), int(value, 16))
    except ValueError as error:
        raise TraceError(
            f"{where}: expected `TIME KIND CPU AUX VALUE`, found {line.strip()!r} ({error})"
        ) from None


def read_trace(path: Path) -> Iterator[Event]:
    """The events of a trace file in the order of their time stamps.

    The probe's holding registers let an event overtake an older one by some cycles on its way to
    the buffer, so the file is sorted (stably: one source's events keep their order).

    Raises
    ------
    TraceError
        A line that is no event, with the file and the line.
    """
    with path.open() as lines:
        events = [_parse(line, f"{path}:{number}") for number, line in enumerate(lines, 1)]
    events.sort(key=lambda event: event.time)
    return iter(events)
