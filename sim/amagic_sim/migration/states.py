"""What a guest had open when it left: the states that trials have met, counted.

Most is in the hypervisor's answer. What is spilled where the guest goes on follows from it: what
more is open than there are list registers, of which one has a pending interrupt whenever there is
one and only one (``firmware/hyp/vgic_hw.c``). What the host did just before is in the trace.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from amagic.registers import GICC

from ..results import VTIMER_INTID
from ..trace import Event, EventKind, Mark
from .orders import Answer, TickState, What

__all__ = ["ALL", "STATES", "count_states", "just_forwarded"]

ALL = "in all"
STATES = (
    "timer not due",
    "an interrupt pending",
    "an interrupt active",
    "the tick pending",
    "the tick active, HW",
    "the tick forwarded by the exit before",
    "the tick due during the switch",
    "pending, spilled",
    "active, spilled",
)
"""Every one of these is to be met."""

_LRS = 4  # of the SoC, where nothing limits them
_MACHINE = 3


def _spilled(pending: int, active: int, lrs: int) -> Iterator[str]:
    """With one list register. With several it depends on priorities, unless only one kind is
    open."""
    over = pending + active - lrs
    if over <= 0:
        return
    if lrs == 1:
        held = "pending" if pending else "active"
        pending, active = pending - (held == "pending"), active - (held == "active")
    else:
        pending, active = over - active, over - pending
    if pending > 0:
        yield "pending, spilled"
    if active > 0:
        yield "active, spilled"


def _of(answer: Answer, forwarded: bool, lrs: int) -> Iterator[str]:
    yield ALL
    pending, active, tick = answer.state["pending"], answer.state["active"], answer.tick
    if TickState.DUE not in tick:
        yield "timer not due"
    if pending:
        yield "an interrupt pending"
    if active:
        yield "an interrupt active"
    if TickState.PENDING in tick:
        yield "the tick pending"
        if forwarded:
            yield "the tick forwarded by the exit before"
    if TickState.ACTIVE in tick:
        yield "the tick active, HW"
    if TickState.DUE in tick and not tick & (TickState.PENDING | TickState.ACTIVE):
        yield "the tick due during the switch"
    yield from _spilled(pending, active, lrs)


def count_states(answers: Iterable[Answer], forwarded: Sequence[bool], lrs: int) -> Counter[str]:
    """How many guests left in which state. ``lrs``: the limit on list registers, 0 for none."""
    left = [each for each in answers if each.what is What.OUT and each.result == "ok"]
    return Counter(
        name
        for answer, just in zip(left, forwarded, strict=True)
        for name in _of(answer, just, lrs or _LRS)
    )


def just_forwarded(events: Iterable[Event]) -> list[bool]:
    """For each guest that leaves, in order: whether the exit before the one that ended its last
    time slice was for its timer's interrupt."""
    found = []
    before = cause = None  # of the last exit that is over, and of this one: an INTID, or 0
    leaving = False
    for event in events:
        if event.kind is EventKind.PRIVILEGE and event.value == _MACHINE:
            cause = 0
        elif event.kind is EventKind.PRIVILEGE:
            before, leaving = cause, False
        elif event.kind is EventKind.GICC_READ and event.aux == GICC.IAR.offset and not cause:
            cause = event.value & 0x3FF
        elif event.kind is EventKind.MARK and event.mark is Mark.LEAVE:
            if not leaving:  # one mark for each of its virtual CPUs
                found.append(before == VTIMER_INTID)
            leaving = True
    return found
