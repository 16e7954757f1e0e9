"""Traces made by hand, which the judge's rules are tested on."""

from amagic.gic.transaction import Kind
from amagic.registers import GICC, GICD, GICV, CNTBase, CNTCTLBase, CNTEL0Base
from amagic_sim.judge import Judge
from amagic_sim.trace import Event, EventKind, Mark
from amagic_sim.verdict import Verdict

__all__ = ["HANDLER_ENTRY", "MASKED", "UNMASKED", "Story", "one_active_tick", "one_tick"]

HANDLER_ENTRY, MASKED, UNMASKED = 0, 1, 2


class Story:
    """A trace in the making. ``at`` moves the time on."""

    def __init__(self):
        self.events = []
        self.now = 0
        for guest in (0, 1):
            self.switch_in(guest, offset=0)
            self.switch_out(guest)

    def event(self, kind, aux=0, value=0):
        self.events.append(Event(self.now, kind, 0, aux, value))
        self.now += 1
        return self

    def at(self, time):
        assert time >= self.now
        self.now = time
        return self

    def switch_out(self, guest):
        return self.event(EventKind.MARK, 0, Mark.SWITCH_OUT << 28 | guest)

    def stop_timer(self):
        """The host stops the timer of the guest that goes."""
        return self.event(EventKind.TIMER_WRITE, 0x10000 + CNTBase.CNTV_CTL.offset >> 2, 0)

    def restore_timer(self, offset=0):
        """The host begins with the timer of the guest that comes."""
        base = 0x2000 + CNTCTLBase.CNTVOFF.offset
        self.event(EventKind.TIMER_WRITE, base >> 2, offset & 0xFFFFFFFF)
        return self.event(EventKind.TIMER_WRITE, base + 4 >> 2, offset >> 32)

    def switch_in(self, guest, offset=None):
        if offset is not None:
            self.restore_timer(offset)
        return self.event(EventKind.MARK, 0, Mark.SWITCH_IN << 28 | guest)

    def mark(self, what, guest):
        return self.event(EventKind.MARK, 0, what << 28 | guest)

    def moves(self, guest, there, offset):
        """The guest leaves, arrives, and is switched in: by its counter in the same moment."""
        self.switch_out(guest).mark(Mark.LEAVE, guest)
        return self.at(self.now + 5000).arrives(there, offset)

    def arrives(self, guest, offset):
        return self.mark(Mark.ARRIVE, guest).switch_in(guest, offset)

    def end(self):
        return self.event(EventKind.MARK, 0, Mark.END << 28)

    def _timer(self, register, value, high=0):
        return self.event(EventKind.TIMER_WRITE, 0x11000 + register.offset + high >> 2, value)

    def program(self, cval):
        self._timer(CNTEL0Base.CNTV_CVAL, 0xFFFFFFFF)
        self._timer(CNTEL0Base.CNTV_CVAL, cval >> 32, high=4)
        self._timer(CNTEL0Base.CNTV_CVAL, cval & 0xFFFFFFFF)
        return self._timer(CNTEL0Base.CNTV_CTL, 1)

    def line(self, level=1):
        return self.event(EventKind.VTIMER, 0, level)

    def watch(self, what):
        return self.event(EventKind.WATCH, what)

    def iar(self, intid=27):
        return self.event(EventKind.GICV_READ, GICV.IAR.offset, intid)

    def transaction(self, kind, intid=27):
        return self.event(EventKind.DISTRIBUTOR, kind.value << 12 | intid)

    def forward(self, intid=27):
        """A list register deactivates the physical interrupt."""
        return self.transaction(Kind.FORWARD, intid)

    def guest_writes(self, register, value):
        return self.event(EventKind.GICV_WRITE, register.offset, value)

    def eoi(self, intid=27):
        return self.guest_writes(GICV.EOIR, intid).forward(intid)

    def host_masks_timer(self):
        self.event(EventKind.TIMER_WRITE, 0x10000 + CNTBase.CNTV_CTL.offset >> 2, 3)
        return self.line(0)

    def emulates(self, what, register, value):
        """The guest's access to its CPU interface is an exit, and the host marks it."""
        self.event(EventKind.PRIVILEGE, 0, 3)
        self.event(EventKind.MARK, 0, what << 28 | register.offset // 4 << 16 | value)
        return self.event(EventKind.PRIVILEGE, 0, 1)

    def host_clears_active(self, intid=27):
        self.event(EventKind.GICD_WRITE, GICD.ICACTIVER.offset, 1 << intid)
        return self.transaction(Kind.ACCESS, 0)

    def host_irqs(self, *intids):
        self.event(EventKind.PRIVILEGE, 0, 3)
        for intid in (*intids, 1023):
            self.event(EventKind.GICC_READ, GICC.IAR.offset, intid)
        return self.event(EventKind.PRIVILEGE, 0, 1)

    def trap(self):
        self.event(EventKind.PRIVILEGE, 0, 3)
        return self.event(EventKind.PRIVILEGE, 0, 1)

    def deliver(self):
        return self.watch(HANDLER_ENTRY).iar()

    def judged(self):
        return Judge(2).run(self.events)

    def verdict(self, **kwargs):
        return Verdict.of(self.judged(), **kwargs)


def one_tick():
    return Story().switch_in(0).program(1000).at(1001).line().at(1100).deliver().program(9000).eoi()


def one_active_tick():
    return Story().switch_in(0).program(1000).at(1001).line().at(1100).deliver().program(9000)
