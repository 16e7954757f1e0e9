"""Ends of interrupts by guests, and the deactivations that belong to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from amagic.gic.transaction import Kind

from .results import VTIMER_INTID, GuestResult

__all__ = ["TICK_FORWARDED", "End", "match_ends"]

TICK_FORWARDED = Kind.FORWARD.value << 12 | VTIMER_INTID
"""What a DISTRIBUTOR event says when a list register deactivates a tick's physical interrupt."""

_AT_ONCE = 32  # cycles: more than the distributor needs for the transactions of two rounds


@dataclass(frozen=True)
class End:
    """A guest's write that ends its tick's interrupt, or would if it were active."""

    time: int
    result: GuestResult
    was_active: bool


def match_ends(ends: Sequence[End], forwards: Sequence[int]) -> list[int]:
    """Gives each end the deactivation that belongs to it; returns those that belong to none."""
    unasked = []
    left = iter(forwards)
    forward = next(left, None)
    for end in ends:
        while forward is not None and forward < end.time - _AT_ONCE:
            unasked.append(forward)
            forward = next(left, None)
        if forward is not None and forward <= end.time + _AT_ONCE:
            end.result.forwarded.append(end.time)
            forward = next(left, None)
        elif end.was_active:
            end.result.unforwarded.append(end.time)
    return [*unasked, *([] if forward is None else [forward]), *left]
