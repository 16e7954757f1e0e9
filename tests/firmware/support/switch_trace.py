"""The world switch in the probe's trace: what the host writes in it, and what each world gets."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from amagic.registers import GICD, GICH, GICV, CNTBase, CNTCTLBase
from amagic_sim.trace import Event, EventKind, Mark

__all__ = [
    "CLEAR_ACTIVE",
    "COMPARE",
    "CONTROL",
    "GUEST_CONTROL",
    "LIST_REGISTERS",
    "OFFSET",
    "SET_ACTIVE",
    "TICK",
    "VTIMER",
    "ListRegisters",
    "active_priorities",
    "incoming",
    "is_general",
    "is_tick",
    "places",
    "switches",
    "timer_writes",
    "visits",
]

VTIMER = 27
_MACHINE = 3  # the host's privilege level

# Word addresses in the timer's frame port.
HOST_VIEW = 0x10000  # CNTBase0
OFFSET = [(0x2000 + CNTCTLBase.CNTVOFF.at(half)) >> 2 for half in (0, 1)]
COMPARE = [(HOST_VIEW + CNTBase.CNTV_CVAL.at(half)) >> 2 for half in (0, 1)]
CONTROL = (HOST_VIEW + CNTBase.CNTV_CTL.offset) >> 2
GUEST_CONTROL = CONTROL + (0x1000 >> 2)

LIST_REGISTERS = range(GICH.LR.offset, GICH.LR.end)
PENDING, ACTIVE = 1, 2
TICK = GICH.LR.pack(HW=1, State=PENDING, Priority=0x80 >> 3, PhysicalID=VTIMER, VirtualID=VTIMER)
SET_ACTIVE = GICD.ISACTIVER.offset
CLEAR_ACTIVE = GICD.ICACTIVER.offset


def switches(events: list[Event]) -> Iterator[list[Event]]:
    """What happens between the two marks of each switch."""
    inside: list[Event] | None = None
    for event in events:
        if event.kind is not EventKind.MARK:
            if inside is not None:
                inside.append(event)
        elif event.mark is Mark.SWITCH_OUT:
            inside = []
        elif event.mark is Mark.SWITCH_IN and inside is not None:
            yield inside
            inside = None


def visits(events: list[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Each stay in the host between two of a guest: its cycles, and what happens in it."""
    begun: Event | None = None
    inside: list[Event] = []
    for event in events:
        if event.kind is not EventKind.PRIVILEGE:
            inside.append(event)
        elif event.value == _MACHINE:
            begun, inside = event, []
        elif begun is not None:
            yield event.time - begun.time, inside
            begun = None


@dataclass
class Switch:
    """One world comes in: what it held when it last went out, and what it is given."""

    saved: list[int]  # the list registers that held an interrupt when it went out
    restored: list[int]  # those that do when it is in
    left: list[int]  # those that did when the world before it went out
    active: list[bool]  # what is written to the active state of the timer's interrupt, in order
    apr: int  # the active priorities that are in the hardware then
    began: int
    timer: dict[int, int] = field(default_factory=dict)  # what is written to the timer, and last
    since: int = 0  # when the timer's offset is written

    @property
    def due(self) -> int:
        """When the incoming world's timer expires."""
        low, high = (self.timer[at] for at in COMPARE)
        low_offset, high_offset = (self.timer[at] for at in OFFSET)
        return (high << 32 | low) + (high_offset << 32 | low_offset) & (1 << 64) - 1


class ListRegisters:
    """The list registers as the trace tells: what the host writes, what the guest does to them."""

    def __init__(self):
        self.words: dict[int, int] = {}

    def follow(self, event: Event) -> None:
        if event.kind is EventKind.GICH_WRITE and event.aux in LIST_REGISTERS:
            self.words[event.aux] = event.value
        elif event.kind is EventKind.GICV_READ and event.aux == GICV.IAR.offset:
            self._change(event.value & 0x3FF, PENDING, ACTIVE)
        elif event.kind is EventKind.GICV_WRITE and event.aux == GICV.EOIR.offset:
            self._change(event.value & 0x3FF, ACTIVE, 0)

    def _change(self, intid: int, before: int, after: int) -> None:
        for at, word in self.words.items():
            entry = GICH.LR.unpack(word)
            if (entry["VirtualID"], entry["State"]) == (intid, before):
                self.words[at] = word & ~GICH.LR.pack(State=3) | GICH.LR.pack(State=after)
                return

    @property
    def held(self) -> list[int]:
        """Those that hold an interrupt, by their number."""
        return [word for _, word in sorted(self.words.items()) if GICH.LR.unpack(word)["State"]]


def active_priorities(words: list[int]) -> int:
    """GICH_APR of the interrupts that are active in these list registers."""
    entries = [GICH.LR.unpack(word) for word in words]
    return sum(1 << entry["Priority"] for entry in entries if entry["State"] & ACTIVE)


def incoming(events: list[Event]) -> Iterator[Switch]:
    """Each switch, as the world that comes in sees it."""
    registers = ListRegisters()
    saved: dict[int, list[int]] = {}
    switch: Switch | None = None
    for event in events:
        registers.follow(event)
        if event.kind is EventKind.MARK and event.mark is Mark.SWITCH_OUT:
            saved[event.world] = registers.held
            left = registers.held
            switch = Switch([], [], left, [], active_priorities(left), event.time)
        elif switch is None:
            continue
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_IN:
            switch.saved, switch.restored = saved.get(event.world, []), registers.held
            yield switch
            switch = None
        elif event.kind is EventKind.GICD_WRITE and event.value == 1 << VTIMER:
            switch.active.append(event.aux == SET_ACTIVE)
        elif event.kind is EventKind.GICH_WRITE and event.aux == GICH.APR.offset:
            switch.apr = event.value
        elif event.kind is EventKind.TIMER_WRITE:
            switch.timer[event.aux] = event.value
            if event.aux == OFFSET[0]:
                switch.since = event.time


def is_tick(word: int) -> bool:
    return GICH.LR.unpack(word)["VirtualID"] == VTIMER


def timer_writes(inside: list[Event]) -> list[int]:
    """Of the guest's timer."""
    own = {CONTROL, *OFFSET, *COMPARE}
    return [e.aux for e in inside if e.kind is EventKind.TIMER_WRITE and e.aux in own]


def places(inside: list[Event], kind: EventKind, *aux: int) -> list[int]:
    """Where in the switch such events stand."""
    return [n for n, event in enumerate(inside) if event.kind is kind and event.aux in aux]


def is_general(inside: list[Event]) -> bool:
    """A switch of world.c; one of switch.c leaves the virtual interface on."""
    return bool(places(inside, EventKind.GICH_WRITE, GICH.HCR.offset))
