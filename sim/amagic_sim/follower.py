"""One guest as the judge follows it: its timer, its handler, and its CPU interface."""

from dataclasses import dataclass

from amagic.registers import GICV, CNTEL0Base

from .forwarding import End
from .results import VTIMER_INTID, DueClass, GuestResult, Tick
from .trace import Event

__all__ = ["ENDS", "NOTHING", "Follower"]

NOTHING = 1020
"""An INTID from here on is no interrupt."""

ENDS = (GICV.EOIR.offset, GICV.AEOIR.offset)
_ACKNOWLEDGE = (GICV.IAR.offset, GICV.AIAR.offset)
_STANDS_STILL = 1000  # cycles: in which the host reads the counter, and sets its offset
_COUNTER_MASK = (1 << 64) - 1
_ENABLE, _IMASK = 1, 2  # of CNTV_CTL


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


class Follower:
    """Follows one guest through the trace, by what it does and what is done to it."""

    def __init__(self) -> None:
        self.timer = _Timer()
        self.result = GuestResult()
        self.masked = False
        self.entered: int | None = None  # a handler entry whose IAR has not been seen
        self.tick: Tick | None = None  # the tick of the deadline that stands now
        self.active: Tick | None = None  # acknowledged, not ended
        self.ended_by_dir = False  # GICV_CTLR.EOImode
        self.travels = False  # between where it left and where it is first switched in
        self.left = self.arrived = 0  # the first by its own counter

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

    def leave(self, now: int) -> None:
        """It moves: its time stands still."""
        self.travels = True
        self.left = now - self.timer.offset

    def arrive(self, offset: int) -> None:
        """It is switched in where it has moved to: its open ticks are as late as they were."""
        shift = (offset - self.timer.offset) & _COUNTER_MASK
        shift -= shift >> 63 << 64
        jump = self.arrived - self.timer.offset - shift - self.left
        if abs(jump) > _STANDS_STILL:
            self.result.jumps.append(jump)
        self.travels = False
        self.timer.since += shift
        if self.entered is not None:
            self.entered += shift
        for tick in {id(tick): tick for tick in (self.tick, self.active) if tick}.values():
            tick.shift(shift)

    def falls_due(self, now: int) -> int | None:
        """When the standing deadline fell due, if it did before ``now`` and is not yet a tick."""
        timer = self.timer
        if self.travels:
            return None
        if self.tick is None and timer.armed and max(timer.due, timer.since) < now:
            return timer.due
        return None

    def enter_handler(self, now: int) -> None:
        """The first instruction of its interrupt handler retired."""
        if self.masked:
            self.result.while_masked.append(now)
        if self.entered is not None:  # and it was left without an acknowledge
            self.result.spurious.append(self.entered)
        self.entered = now

    def read_interface(self, event: Event) -> None:
        """It read a register of its CPU interface."""
        if event.aux not in _ACKNOWLEDGE:
            return
        entry, self.entered = self.entered, None
        if event.value != VTIMER_INTID:
            if entry is not None and event.value & 0x3FF >= NOTHING:
                self.result.spurious.append(entry)
            return
        if entry is None:
            entry = event.time  # acknowledged without an exception: polled
        tick = self.tick
        if tick is None or entry < tick.due:
            self.result.early.append(entry)
            return
        tick.entries.append(entry)
        if tick.iar is None:
            tick.iar = event.time
        self.active = tick

    def write_interface(self, event: Event) -> End | None:
        """It wrote a register of its CPU interface. Returns what that ends of its timer's."""
        if event.aux == GICV.CTLR.offset:
            self.ended_by_dir = bool(GICV.CTLR.unpack(event.value)["EOImode"])
            return None
        ends = (GICV.DIR.offset,) if self.ended_by_dir else ENDS
        if event.aux not in ends or event.value & 0x3FF != VTIMER_INTID:
            return None
        end = End(event.time, self.result, self.active is not None)
        if self.active is not None:
            self.active.eoi = event.time
            self.active = None
        return end

    def switch_out(self) -> None:
        """The host takes its world out."""
        active, tick = self.active, self.tick
        if active is None:
            return
        active.switched_while_active = True
        # Its next deadline has passed since the IAR, and the EOI is still to come.
        if tick is not None and tick is not active and not tick.entries:
            if tick.due_class is DueClass.RUNNING and tick.due >= active.iar:
                tick.due_class = DueClass.ACTIVE
