"""The judge of a run: what ticks were due, and what each guest got.

It believes neither guest nor host. From the probe's trace it follows what each guest wrote to its
own timer page, and so knows when a tick falls due: a deadline becomes a tick when the counter
reaches it while it is armed, or has reached it already when it is programmed. Each tick must then
be answered by exactly one handler entry, after it fell due and before the guest moves its timer
on. To a guest that moves, to another slot or another run, no time passes until it has arrived: what
is open then is counted by the time there. And each end by the guest must deactivate the physical
interrupt through its list register, which the distributor's own transactions tell.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from amagic.registers import GICC, GICV, CNTBase, CNTCTLBase
from amagic.soc.probe import MAX_HARTS

from .follower import ENDS, NOTHING, Follower
from .forwarding import TICK_FORWARDED, End, match_ends
from .results import VTIMER_INTID, DueClass, GuestResult, Tick
from .trace import Event, EventKind, Mark

__all__ = ["DueClass", "GuestResult", "Judge", "Tick"]

_GUEST_TIMER = 0x11000  # CNTEL0Base0, hart 0's, in the timer's frame port
_HOST_VIEW = 0x10000  # CNTBase0
_FRAMES = 2  # of a hart: its guests' and its host's
_FRAME_SIZE = 0x2000
_TIMER_CONTROL = 0x02000  # CNTCTLBase
_HANDLER, _MASK, _UNMASK = 0, 1, 2  # the probe's watch registers for hart 0, and so on
_WATCHES = 3
_MACHINE = 3
_MAINTENANCE = "irq 25"
_IMASK = 2  # of CNTV_CTL


@dataclass
class _Exit:
    """A guest is in the host. ``cause`` is the first that the host saw."""

    since: int
    follower: Follower
    cause: str = "trap"


class _Hart:
    """What is followed of each hart."""

    def __init__(self) -> None:
        self.world: int | None = None  # whose code, or whose exit, runs
        self.worlds: list[tuple[int, int | None]] = []  # since when; None: switching, or idle
        self.offset = 0
        self.stopped = False  # in a switch: the timer of the guest that goes is out of the way
        self.line_rose: int | None = None  # since then: whose it is comes at the switch's end
        self.ends: list[End] = []
        self.forwards: list[int] = []
        self.exit: _Exit | None = None

    @property
    def switching(self) -> bool:
        return not self.worlds or self.worlds[-1][1] is None

    def world_at(self, time: int) -> int | None:
        after = bisect_right(self.worlds, time, key=itemgetter(0))
        return self.worlds[after - 1][1] if after else None


class Judge:
    """Reads a trace and says, for each of ``guests`` guests, which ticks it got.

    A guest is what the firmware's marks name: a virtual CPU. They may move between harts.

    Parameters
    ----------
    guests : int
        Guests in the run; those that come and go have a number for each slot that they are in.
    arriving : Judge, optional
        The judge of another run, whose guests that left and went on nowhere come to this one.
    """

    def __init__(self, guests: int = 2, arriving: "Judge | None" = None):
        self._followers = [Follower() for _ in range(guests)]
        self._travelling: list[Follower] = arriving._travelling if arriving else []
        self.left_active: list[bool] = []  # of each that left: its tick was active
        self._harts = [_Hart() for _ in range(MAX_HARTS)]
        self.unasked: list[int] = []  # deactivations by a list register that no end asked for
        self.masks: list[int] = []  # when the host masked the timer
        self.ended: int | None = None
        self.events = 0

    @property
    def results(self) -> list[GuestResult]:
        """One result a guest."""
        return [follower.result for follower in self._followers]

    @property
    def switches(self) -> list[int]:
        """When the world was switched: the times of the marks."""
        return sorted(time for hart in self._harts for time, _ in hart.worlds)

    def run(self, events: Iterable[Event]) -> "Judge":
        """Follows the whole trace; raises `ValueError` for a mark that names no guest."""
        for event in events:
            self.events += 1
            self._deadlines(event.time)
            if handler := self._handlers.get(event.kind):
                handler(self, event, self._harts[event.cpu])
            if self.ended is not None:
                break
        self.unasked = sorted(
            time for hart in self._harts for time in match_ends(hart.ends, hart.forwards)
        )
        return self

    def _deadlines(self, now: int) -> None:
        for guest, follower in enumerate(self._followers):
            due = follower.falls_due(now)
            if due is None:
                continue
            # A hart without any mark is not there; before its first mark hart 0 starts.
            used = [hart for n, hart in enumerate(self._harts) if hart.worlds or not n]
            worlds = [hart.world_at(due) for hart in used]
            if due <= follower.timer.since:
                due_class = DueClass.PAST
            elif guest in worlds:
                due_class = DueClass.RUNNING
            elif None in worlds:
                due_class = DueClass.SWITCH
            else:
                due_class = DueClass.OTHER
            follower.tick = Tick(due, follower.timer.since, due_class)
            follower.result.ticks.append(follower.tick)

    def _running(self, hart: _Hart) -> Follower | None:
        return None if hart.world is None else self._followers[hart.world]

    def _mark(self, event: Event, hart: _Hart) -> None:
        if event.mark is Mark.NOTE:
            return
        if access := event.emulated:
            self._emulated(access, hart)
            return
        if event.mark is Mark.END:
            self._close_exit(hart, None)  # the host reports: that is not for a guest
            self.ended = event.time
            return
        if event.world >= len(self._followers):
            raise ValueError(f"cycle {event.time}: a mark names guest {event.world}")
        follower = self._followers[event.world]
        if event.mark in (Mark.LEAVE, Mark.ARRIVE):
            self._move(event)
            return
        if event.mark is Mark.SWITCH_OUT:
            hart.worlds.append((event.time, None))
            hart.stopped = False
            follower.switch_out()
        else:
            hart.world = event.world
            hart.worlds.append((event.time, event.world))
            if follower.travels:
                follower.arrive(hart.offset)
            follower.timer.offset = hart.offset
            self._deadlines(event.time)
            follower.line(hart.line_rose)
            hart.line_rose = None

    def _move(self, event: Event) -> None:
        """What is known of the guest goes with it."""
        if event.mark is Mark.LEAVE:
            follower = self._followers[event.world]
            follower.leave(event.time)
            self.left_active.append(follower.active is not None)
            self._travelling.append(follower)
            self._followers[event.world] = Follower()
        elif self._travelling:
            self._followers[event.world] = self._travelling.pop(0)
            self._followers[event.world].arrived = event.time
        else:
            raise ValueError(f"cycle {event.time}: guest {event.world} comes from nowhere")

    def _timer_write(self, event: Event, hart: _Hart) -> None:
        frame = _FRAMES * event.cpu
        control = (event.aux << 2) - CNTCTLBase.CNTVOFF.at(2 * frame)
        address = (event.aux << 2) - _FRAME_SIZE * frame
        follower = self._running(hart)
        if control == _TIMER_CONTROL:
            hart.offset = hart.offset & ~0xFFFF_FFFF | event.value
            hart.stopped = True
        elif control == _TIMER_CONTROL + 4:
            hart.offset = hart.offset & 0xFFFF_FFFF | event.value << 32
            hart.stopped = True
        elif address == _HOST_VIEW + CNTBase.CNTV_CTL.offset and event.value & _IMASK:
            self.masks.append(event.time)
        elif address & ~0xFFF == _GUEST_TIMER and follower is not None:
            follower.write_timer(event, address & 0xFFF)

    def _line(self, event: Event, _: _Hart) -> None:
        number, own = divmod(event.aux, _FRAMES)  # the frame: of the timer, so no hart's event
        if own != 0 or not event.value:
            return
        hart = self._harts[number]
        follower = self._running(hart)
        # The write that stops a timer leaves its line a cycle or two. What comes next is the
        # offset of the guest that comes, and a line that rises then is that guest's.
        if hart.switching and hart.stopped:
            hart.line_rose = event.time
        elif follower is not None:
            follower.line(event.time)

    def _watch(self, event: Event, hart: _Hart) -> None:
        follower = self._running(hart)
        watching, which = divmod(event.aux, _WATCHES)
        # A watch looks at every hart's program counter.
        if follower is None or watching != event.cpu:
            return
        if which == _MASK:
            follower.masked = True
        elif which == _UNMASK:
            follower.masked = False
        elif which == _HANDLER:
            follower.enter_handler(event.time)

    def _guest_read(self, event: Event, hart: _Hart) -> None:
        if follower := self._running(hart):
            follower.read_interface(event)

    def _guest_write(self, event: Event, hart: _Hart) -> None:
        follower = self._running(hart)
        if follower and (end := follower.write_interface(event)):
            hart.ends.append(end)

    def _distributor(self, event: Event, hart: _Hart) -> None:
        if event.aux == TICK_FORWARDED:
            hart.forwards.append(event.time)

    def _privilege(self, event: Event, hart: _Hart) -> None:
        if event.value == _MACHINE:
            follower = self._running(hart)
            if follower is not None and not hart.switching:
                hart.exit = _Exit(event.time, follower)
        else:
            self._close_exit(hart, event.time)

    @staticmethod
    def _close_exit(hart: _Hart, now: int | None) -> None:
        """The host enters a guest in cycle ``now``; what it did until then was for this exit."""
        if hart.exit is not None:
            result, cause = hart.exit.follower.result, hart.exit.cause
            result.exits[cause] += 1
            result.end_exits += cause == _MAINTENANCE
            if now is not None:
                result.stays.setdefault(cause, []).append(now - hart.exit.since)
        hart.exit = None

    def _host_read(self, event: Event, hart: _Hart) -> None:
        if event.aux != GICC.IAR.offset or hart.exit is None:
            return
        if (intid := event.value & 0x3FF) < NOTHING:
            follower = hart.exit.follower
            follower.result.physical_interrupts += 1
            if hart.exit.cause == "trap":
                hart.exit.cause = f"irq {intid}"
            tick = follower.tick
            if intid == VTIMER_INTID and tick is not None and not tick.entries:
                tick.interrupts += 1

    def _emulated(self, access: Event, hart: _Hart) -> None:
        """The host did for the guest what GICV does elsewhere, in an exit for that."""
        if hart.exit is not None:
            hart.exit.cause = "gicc"
            hart.exit.follower.result.end_exits += (
                access.kind is EventKind.GICV_WRITE and access.aux in (*ENDS, GICV.DIR.offset)
            )
        if access.kind is EventKind.GICV_READ:
            self._guest_read(access, hart)
        else:
            self._guest_write(access, hart)

    _handlers = {
        EventKind.MARK: _mark,
        EventKind.TIMER_WRITE: _timer_write,
        EventKind.VTIMER: _line,
        EventKind.WATCH: _watch,
        EventKind.GICV_READ: _guest_read,
        EventKind.GICV_WRITE: _guest_write,
        EventKind.PRIVILEGE: _privilege,
        EventKind.GICC_READ: _host_read,
        EventKind.DISTRIBUTOR: _distributor,
    }
