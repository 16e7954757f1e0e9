"""Races: two operations that overlap, and everything that is right then.

A race has no rules of its own: its outcome is that of one order in which the events take effect.

- A line and an access: the access comes before the line changes, or behind it. A pulse is two
  changes, and the access may also come between them. Lines pass through synchronizers, so that an
  access that begins after the line has changed may still come before it.
- Two accesses: they are on one bus, the first is complete before the second begins. Only a line
  that the design drives itself may reach the distributor later.
- Two lines: their order makes no difference. (They are lines of different interrupts.)
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..replay.operation import Access, Answer, Drive, Pulse, Race
from .gic import Model
from .state import State, load, save

__all__ = ["ORDERS", "Outcome", "outcomes"]

ORDERS = ("access first", "in between", "line first")
"""Of a line and an access."""

_Event = tuple[int, Access | Drive | None]
"""The part of the race, and what takes effect; None is what an access causes by itself."""


class Outcome(NamedTuple):
    """What a race may come to, and the orders in which it does."""

    orders: frozenset[str]
    answer: Answer
    state: State


def _changes(part: int, operation: Drive | Pulse) -> list[_Event]:
    if isinstance(operation, Drive):
        return [(part, operation)]
    cpu, intid = operation
    return [(part, Drive(cpu, intid, 1)), (part, Drive(cpu, intid, 0))]


def _orders(race: Race) -> Iterator[tuple[str, Sequence[_Event]]]:
    first, second = race.first, race.second
    if isinstance(first, Access) and isinstance(second, Access):
        yield "complete", ((0, first), (0, None), (1, second))
        yield "line behind both", ((0, first), (1, second))
    elif isinstance(first, Access) or isinstance(second, Access):
        part = int(isinstance(second, Access))
        access, changes = race[1 + part], _changes(1 - part, race[2 - part])
        for place in range(len(changes) + 1):
            name = ORDERS[0] if place == 0 else ORDERS[2] if place == len(changes) else ORDERS[1]
            yield name, (*changes[:place], (part, access), *changes[place:])
    else:
        yield "lines", (*_changes(0, first), *_changes(1, second))


def outcomes(model: Model, race: Race) -> list[Outcome]:
    """Every right outcome of a race, the one where the access comes earliest first.

    The model is left in the state of the last one.
    """
    start = save(model)
    found: dict[tuple[Answer, State], set[str]] = {}
    for name, events in _orders(race):
        if found:
            load(model, start)
        values: list[int | None] = [None, None]
        for part, event in events:
            if event is None:
                model.settle()
            else:
                values[part] = model.act(event)
        model.settle()
        answer = Answer((values[0], values[1]), model.outputs)
        # Equal outcomes keep their first place; the last order's is where the model is.
        found.setdefault((answer, save(model)), set()).add(name)
    return [Outcome(frozenset(names), *key) for key, names in found.items()]
