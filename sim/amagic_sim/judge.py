"""The judge of a run: what ticks were due, and what each guest got.

It believes neither guest nor host. From the probe's trace it follows what each guest wrote to its
own timer page, and so knows when a tick falls due: a deadline becomes a tick when the counter
reaches it while it is armed, or has reached it already when it is programmed. Each tick must then
be answered by exactly one handler entry, after it fell due and before the guest moves its timer
on.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter

from amagic.registers import GICC, GICV, CNTCTLBase, CNTEL0Base

from .trace import Event, EventKind, Mark

__all__ = ["DueClass", "GuestResult", "Judge", "Tick", "Verdict"]

_GUEST_TIMER = 0x11000  # CNTEL0Base0 in the timer's frame port
_TIMER_CONTROL = 0x02000  # CNTCTLBase
_VTIMER_INTID = 27
_HANDLER, _MASK, _UNMASK = 0, 1, 2  # the probe's watch registers
_MACHINE = 3
_COUNTER_MASK = (1 << 64) - 1
_ENABLE, _IMASK = 1, 2  # of CNTV_CTL


class DueClass(Enum):
    """Where a tick's deadline fell."""

    RUNNING = "own guest running"
    OTHER = "other guest running"
    SWITCH = "inside the switch"
    ACTIVE = "between IAR and a switch before EOI"


@dataclass
class Tick:
    """A deadline that fell due. Times are in cycles; None is "has not happened"."""

    due: int
    programmed: int
    due_class: DueClass
    line: int | None = None
    entries: list[int] = field(default_factory=list)
    iar: int | None = None
    eoi: int | None = None
    switched_while_active: bool = False

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
    def lateness(self) -> int | None:
        """From the programmed CVAL to the first instruction of the handler."""
        return None if self.entry is None else self.entry - self.due


@dataclass
class _Timer:
    """A guest's virtual timer as the guest programmed it."""

    cval: int = 0
    ctl: int = 0
    since: int = 0
    offset: int = 0

    @property
    def armed(self) -> bool:
        return self.ctl & (_ENABLE | _IMASK) == _ENABLE

    @property
    def due(self) -> int:
        """When the counter reaches CVAL. It may lie before the write that programmed it."""
        return (self.cval + self.offset) & _COUNTER_MASK


@dataclass
class GuestResult:
    """What one guest got, and what it cost.

    ``exits`` are the guest's exits to the host, by the first cause that the host saw;
    ``physical_interrupts`` those that it acknowledged in them.
    """

    ticks: list[Tick] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    while_masked: list[int] = field(default_factory=list)
    spurious: list[int] = field(default_factory=list)
    exits: Counter[str] = field(default_factory=Counter)
    physical_interrupts: int = 0

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


class _Follower:
    """Follows one guest through the trace."""

    def __init__(self) -> None:
        self.timer = _Timer()
        self.result = GuestResult()
        self.masked = False
        self.entered: int | None = None  # a handler entry whose IAR has not been seen
        self.tick: Tick | None = None  # the tick of the deadline that stands now
        self.active: Tick | None = None  # acknowledged, not ended

    def write_timer(self, event: Event, offset: int) -> None:
        """The guest wrote its timer page."""
        timer = self.timer
        if offset == CNTEL0Base.CNTV_CVAL.offset:
            cval = timer.cval & ~0xFFFF_FFFF | event.value
            ctl = timer.ctl
        elif offset == CNTEL0Base.CNTV_CVAL.offset + 4:
            cval = timer.cval & 0xFFFF_FFFF | event.value << 32
            ctl = timer.ctl
        elif offset == CNTEL0Base.CNTV_TVAL.offset:
            signed = event.value - (1 << 32 if event.value >> 31 else 0)
            cval = (event.time - timer.offset + signed) & _COUNTER_MASK
            ctl = timer.ctl
        elif offset == CNTEL0Base.CNTV_CTL.offset:
            cval, ctl = timer.cval, event.value & (_ENABLE | _IMASK)
        else:
            return
        if (cval, ctl) != (timer.cval, timer.ctl):
            self.timer = _Timer(cval, ctl, event.time, timer.offset)
            self.tick = None

    def line(self, rose: int | None) -> None:
        """The timer's line rose for this guest; what counts is the first rise of a tick."""
        if self.tick is not None and self.tick.line is None:
            self.tick.line = rose

    def falls_due(self, now: int) -> int | None:
        """When the standing deadline fell due, if it did before ``now`` and is not yet a tick."""
        timer = self.timer
        if self.tick is None and timer.armed and max(timer.due, timer.since) < now:
            return timer.due
        return None


class Judge:
    """Reads a trace and says, for each of ``guests`` guests, which ticks it got.

    Parameters
    ----------
    guests : int
        Guests in the run.
    """

    def __init__(self, guests: int = 2):
        self._followers = [_Follower() for _ in range(guests)]
        self._world: int | None = None  # whose code, or whose exit, runs
        self._worlds: list[tuple[int, int | None]] = [(0, None)]  # since when; None: switching
        self._offset = 0
        self._line_rose: int | None = None  # during a switch: whose line it is comes at its end
        self._exit_cause: str | None = None
        self.ended: int | None = None
        self.events = 0

    @property
    def results(self) -> list[GuestResult]:
        """One result a guest."""
        return [follower.result for follower in self._followers]

    @property
    def switches(self) -> list[int]:
        """When the world was switched: the times of the marks."""
        return [time for time, _ in self._worlds[1:]]

    def run(self, events: Iterable[Event]) -> "Judge":
        """Follows the whole trace; raises `ValueError` for a mark that names no guest."""
        for event in events:
            self.events += 1
            self._deadlines(event.time)
            if handler := self._handlers.get(event.kind):
                handler(self, event)
            if self.ended is not None:
                break
        return self

    def _deadlines(self, now: int) -> None:
        for guest, follower in enumerate(self._followers):
            due = follower.falls_due(now)
            if due is None:
                continue
            world = self._worlds[bisect_right(self._worlds, due, key=itemgetter(0)) - 1][1]
            if world is None:
                due_class = DueClass.SWITCH
            elif world != guest:
                due_class = DueClass.OTHER
            else:
                due_class = DueClass.RUNNING
            follower.tick = Tick(due, follower.timer.since, due_class)
            follower.result.ticks.append(follower.tick)

    @property
    def _switching(self) -> bool:
        return self._worlds[-1][1] is None

    def _running(self) -> _Follower | None:
        return None if self._world is None else self._followers[self._world]

    def _mark(self, event: Event) -> None:
        if event.mark is Mark.NOTE:
            return
        if event.mark is Mark.END:
            self._close_exit()
            self.ended = event.time
            return
        if event.world >= len(self._followers):
            raise ValueError(f"cycle {event.time}: a mark names guest {event.world}")
        follower = self._followers[event.world]
        if event.mark is Mark.SWITCH_OUT:
            self._worlds.append((event.time, None))
            self._switch_out(follower)
        else:
            self._close_exit()
            self._world = event.world
            self._worlds.append((event.time, event.world))
            follower.timer.offset = self._offset
            follower.line(self._line_rose)
            self._line_rose = None

    @staticmethod
    def _switch_out(follower: _Follower) -> None:
        active, tick = follower.active, follower.tick
        if active is None:
            return
        active.switched_while_active = True
        # Its next deadline has passed since the IAR, and the EOI is still to come.
        if tick is not None and tick is not active and not tick.entries:
            if tick.due_class is DueClass.RUNNING and tick.due >= active.iar:
                tick.due_class = DueClass.ACTIVE

    def _timer_write(self, event: Event) -> None:
        address = event.aux << 2
        follower = self._running()
        if address == _TIMER_CONTROL + CNTCTLBase.CNTVOFF.offset:
            self._offset = self._offset & ~0xFFFF_FFFF | event.value
        elif address == _TIMER_CONTROL + CNTCTLBase.CNTVOFF.offset + 4:
            self._offset = self._offset & 0xFFFF_FFFF | event.value << 32
        elif address & ~0xFFF == _GUEST_TIMER and follower is not None:
            follower.write_timer(event, address & 0xFFF)

    def _line(self, event: Event) -> None:
        if event.aux != 0 or not event.value:
            return
        follower = self._running()
        if self._switching:
            self._line_rose = event.time
        elif follower is not None:
            follower.line(event.time)

    def _watch(self, event: Event) -> None:
        follower = self._running()
        if follower is None:
            return
        if event.aux == _MASK:
            follower.masked = True
        elif event.aux == _UNMASK:
            follower.masked = False
        elif event.aux == _HANDLER:
            if follower.masked:
                follower.result.while_masked.append(event.time)
            if follower.entered is not None:  # and it was left without an acknowledge
                follower.result.spurious.append(follower.entered)
            follower.entered = event.time

    def _guest_read(self, event: Event) -> None:
        follower = self._running()
        if follower is None or event.aux != GICV.IAR.offset:
            return
        entry, follower.entered = follower.entered, None
        if event.value != _VTIMER_INTID:
            if entry is not None:
                follower.result.spurious.append(entry)
            return
        if entry is None:
            entry = event.time  # acknowledged without an exception: polled
        tick = follower.tick
        if tick is None or entry < tick.due:
            follower.result.early.append(entry)
            return
        tick.entries.append(entry)
        if tick.iar is None:
            tick.iar = event.time
        follower.active = tick

    def _guest_write(self, event: Event) -> None:
        follower = self._running()
        if follower is None or event.aux != GICV.EOIR.offset:
            return
        if follower.active is not None and event.value & 0x3FF == _VTIMER_INTID:
            follower.active.eoi = event.time
            follower.active = None

    def _privilege(self, event: Event) -> None:
        if event.value == _MACHINE:
            if self._world is not None and not self._switching:
                self._exit_cause = "trap"
        else:
            self._close_exit()

    def _close_exit(self) -> None:
        follower = self._running()
        if self._exit_cause is not None and follower is not None:
            follower.result.exits[self._exit_cause] += 1
        self._exit_cause = None

    def _host_read(self, event: Event) -> None:
        follower = self._running()
        if event.aux != GICC.IAR.offset or self._exit_cause is None or follower is None:
            return
        if (intid := event.value & 0x3FF) < 1020:
            follower.result.physical_interrupts += 1
            if self._exit_cause == "trap":
                self._exit_cause = f"irq {intid}"

    _handlers = {
        EventKind.MARK: _mark,
        EventKind.TIMER_WRITE: _timer_write,
        EventKind.VTIMER: _line,
        EventKind.WATCH: _watch,
        EventKind.GICV_READ: _guest_read,
        EventKind.GICV_WRITE: _guest_write,
        EventKind.PRIVILEGE: _privilege,
        EventKind.GICC_READ: _host_read,
    }


@dataclass(frozen=True)
class Verdict:
    """The judgement of a run: PASS when there is no reason against it."""

    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True for PASS."""
        return not self.reasons

    @classmethod
    def of(
        cls,
        judge: Judge,
        ticks: Sequence[int | None],
        per_class: int = 0,
        dropped: int = 0,
        spurious_allowed: bool = False,
    ) -> "Verdict":
        """Judges a run.

        Parameters
        ----------
        judge : Judge
            It has followed the trace.
        ticks : sequence of int or None
            How many ticks each guest was to get; None for a guest of which that is not known.
        per_class : int
            At least so many ticks must have fallen due in each class, over all guests.
        dropped : int
            Events that the probe lost.
        spurious_allowed : bool
            A handler entry whose acknowledge gives no tick is no fault: a guest may provoke it.
        """
        reasons = []
        if judge.ended is None:
            reasons.append("the run did not come to its end mark")
        if dropped:
            reasons.append(f"the probe dropped {dropped} events")
        for number, result in enumerate(judge.results):
            for what, count in (
                ("lost", len(result.lost)),
                ("duplicated", result.duplicated),
                ("early", len(result.early)),
                ("taken while masked", len(result.while_masked)),
                ("without a line", sum(tick.line is None for tick in result.delivered)),
            ):
                if count:
                    reasons.append(f"guest {number}: {count} ticks {what}")
            if result.spurious and not spurious_allowed:
                reasons.append(
                    f"guest {number}: {len(result.spurious)} handler entries for nothing"
                )
            wanted = ticks[number]
            if wanted is not None and len(result.delivered) != wanted:
                reasons.append(
                    f"guest {number}: {len(result.delivered)} ticks delivered, {wanted} asked for"
                )
        for due_class in DueClass:
            count = sum(result.in_class(due_class) for result in judge.results)
            if count < per_class:
                reasons.append(f"{count} ticks fell due {due_class.value}, {per_class} are needed")
        return cls(tuple(reasons))
