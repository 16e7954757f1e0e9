"""What a judged run says of each guest: its ticks, their ends, and what they cost."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["VTIMER_INTID", "DueClass", "GuestResult", "Tick"]

VTIMER_INTID = 27
"""The interrupt of a tick, to the host and to its guest."""


class DueClass(Enum):
    """Where a tick fell due.

    A tick is due when the counter reaches its deadline, which is CVAL and the guest's CNTVOFF, and
    its class says what went on then. A switch lasts from one of the firmware's marks to the other;
    a line that rises in it, before the host stops the timer, is still that of the guest that goes.

    A deadline that the counter had reached when it was programmed is a tick as well, and its
    lateness counts from the same moment; but nothing was armed then, so it is in none of the other
    classes, whose numbers are to show how often the hardware met each case.
    """

    RUNNING = "own guest running"
    OTHER = "other guest running"
    SWITCH = "inside the switch"
    ACTIVE = "between IAR and a switch before EOI"
    PAST = "before it was programmed"


@dataclass
class Tick:
    """A deadline that fell due. Times are in cycles; None is "has not happened".

    ``interrupts`` are the physical interrupts that the host took for it.
    """

    due: int
    programmed: int
    due_class: DueClass
    line: int | None = None
    interrupts: int = 0
    entries: list[int] = field(default_factory=list)
    iar: int | None = None
    eoi: int | None = None
    switched_while_active: bool = False

    def shift(self, cycles: int) -> None:
        """Count it by a clock that is ahead by so many cycles."""
        self.due += cycles
        self.programmed += cycles
        self.entries = [entry + cycles for entry in self.entries]
        for name in ("line", "iar", "eoi"):
            if (time := getattr(self, name)) is not None:
                setattr(self, name, time + cycles)

    @property
    def entry(self) -> int | None:
        """The first handler entry."""
        return self.entries[0] if self.entries else None

    @property
    def latency(self) -> int | None:
        """From the timer's line to the first instruction of the handler."""
        if self.entry is None or self.line is None:
            return None
        return self.entry - self.line

    @property
    def wait(self) -> int | None:
        """From when it was due and programmed to the first instruction of the handler."""
        return None if self.entry is None else self.entry - max(self.due, self.programmed)

    @property
    def lateness(self) -> int | None:
        """From the programmed CVAL to the first instruction of the handler."""
        return None if self.entry is None else self.entry - self.due


@dataclass
class GuestResult:
    """What one guest got, and what it cost.

    ``forwarded`` are the ends of its tick that deactivated the physical interrupt, by their times;
    ``unforwarded`` those that should have and did not. ``jumps`` are the cycles by which its count
    went on while it moved, where it should have stood still. ``exits`` are the guest's exits to the
    host, by the first cause that the host saw: an interrupt, an access to an emulated CPU interface
    ("gicc"), or another trap; ``stays`` are the cycles from each to the next entry, whichever
    guest's it is; ``physical_interrupts`` are those that the host acknowledged in them;
    ``end_exits`` are the exits that an end of an interrupt brought about.
    """

    ticks: list[Tick] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    while_masked: list[int] = field(default_factory=list)
    spurious: list[int] = field(default_factory=list)
    forwarded: list[int] = field(default_factory=list)
    unforwarded: list[int] = field(default_factory=list)
    jumps: list[int] = field(default_factory=list)
    exits: Counter[str] = field(default_factory=Counter)
    stays: dict[str, list[int]] = field(default_factory=dict)
    physical_interrupts: int = 0
    end_exits: int = 0

    @property
    def host_cycles(self) -> Counter[str]:
        """The sums of the stays in the host, by their causes."""
        return Counter({cause: sum(stays) for cause, stays in self.stays.items()})

    @property
    def delivered(self) -> list[Tick]:
        """The ticks that were answered."""
        return [tick for tick in self.ticks if tick.entries]

    @property
    def lost(self) -> list[Tick]:
        """The ticks that no handler entry answered."""
        return [tick for tick in self.ticks if not tick.entries]

    @property
    def duplicated(self) -> int:
        """Handler entries beyond the first of a tick."""
        return sum(len(tick.entries) - 1 for tick in self.delivered)

    def in_class(self, due_class: DueClass) -> int:
        """How many ticks fell due in that class."""
        return sum(tick.due_class is due_class for tick in self.ticks)

    @property
    def held(self) -> int:
        """Ticks whose guest was switched out between its IAR and its EOI."""
        return sum(tick.switched_while_active for tick in self.ticks)
