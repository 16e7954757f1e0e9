"""Coverage of races: what met what, how far apart, and what came first.

(The tables of sequences are about operations that are complete before the next one begins.)
"""

from collections.abc import Iterator

from ..model.race import ORDERS
from ..replay.operation import Access, Drive, Pulse, Race
from .causes import NAMES, cause, channel

__all__ = ["TABLES", "cells", "met", "told"]

MET, TOLD = "simultaneous", "what came first"
TABLES = {
    MET: "What met what before either was over, and which one began first",
    TOLD: "Of a line and an access that met: which came first, where the answers tell",
}
_LINES = ("line rises", "line falls", "pulse")
_EVENTS = ("line", "GICD read", "GICD write", "GICC read", "GICC write", "GICH read", "GICH write")
_EVENTS += ("GICV read", "GICV write")
_BEFORE, _CLOSE, _BEHIND = "the access begins before", "within a cycle", "the line changes before"
_APART = "further apart"
_TOGETHER = "together"

_LEVELS = ("GICD_PPISR read", "GICD_SPISR read")
_ORDERED = (
    *(f"GICC_{name} read" for name in ("IAR", "AIAR", "HPPIR", "AHPPIR")),
    *("GICD_ISPENDR read", "GICD_ICPENDR read", *_LEVELS),
    *("GICD_ICPENDR written", "GICD_ICFGR written"),
)
"""Accesses for which it may make a difference whether they come before a line changes."""

Row = tuple[str, str, str | None]


def _named(access: Access) -> str:
    name = NAMES.get((access.frame, access.offset & ~3), ("reserved", 0))[0]
    return f"{access.frame}_{name} {'read' if access.value is None else 'written'}"


def _split(race: Race) -> tuple[Drive | Pulse, Access] | None:
    """The line and the access, if it is about these."""
    first, second = race.first, race.second
    if isinstance(first, Access) == isinstance(second, Access):
        return None
    return (second, first) if isinstance(first, Access) else (first, second)


def met(race: Race) -> tuple[str, str, str]:
    """The cell of a race, by what it is."""
    pair = _split(race)
    if pair is None:
        return MET, f"{channel(race.first)}, {channel(race.second)}", _TOGETHER
    line, access = pair
    name = _named(access)
    if race.gap <= 1:
        column = _CLOSE
    elif name in _ORDERED:
        column = _BEFORE if race.first is access else _BEHIND
    else:
        column = _APART
    return MET, f"{cause(line)}, {name}", column


def told(race: Race, order: str) -> tuple[str, str, str] | None:
    """The cell of a race whose order the answers told; None if it is not about a line."""
    pair = _split(race)
    if pair is None:
        return None
    line, access = pair
    return TOLD, f"{cause(line)}, {_named(access)}", order


def cells(table: str) -> Iterator[Row]:
    """Rows and columns of a table, and the rule by which a cell cannot be reached."""
    yield from _met() if table == MET else _told()


def _accesses() -> Iterator[str]:
    """Also those that have no effect: writes of what is read-only, and what is reserved."""
    names = {(frame, name) for (frame, _), (name, _) in NAMES.items()}
    names |= {(frame, "reserved") for frame, _ in names}
    for frame, name in sorted(names):
        yield f"{frame}_{name} read"
        yield f"{frame}_{name} written"


def _met() -> Iterator[Row]:
    for line in _LINES:
        for access in _accesses():
            for column in (_BEFORE, _CLOSE, _BEHIND) if access in _ORDERED else (_CLOSE, _APART):
                yield f"{line}, {access}", column, None
    for first in _EVENTS:
        for second in _EVENTS:
            if (first == "line") == (second == "line"):
                yield f"{first}, {second}", _TOGETHER, None


def _told() -> Iterator[Row]:
    for line in _LINES:
        for access in _ORDERED:
            for order in ORDERS:
                yield f"{line}, {access}", order, _untold(line, access, order)


def _untold(line: str, access: str, order: str) -> str | None:
    """Why the answers never tell of this order."""
    written, behind = access.endswith("written"), order != ORDERS[0]
    if line == "line falls" and written:
        return "a falling line latches nothing, and so the order makes no difference"
    if line != "pulse":
        return "a line that rises or falls changes once" if order == ORDERS[1] else None
    if written and behind:
        return "a pulse latches when it rises: while it is high and behind it is the same"
    if access.startswith("GICC") and order == ORDERS[1]:
        return "a level that is high for a cycle is gone when the engine looks at its row"
    if access in _LEVELS and not behind:
        return "the level before the pulse is the one in it, or the one behind it"
    return None
