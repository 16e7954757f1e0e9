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
_APART = ("the access begins before", "within a cycle", "the line changes before")
_TOGETHER = "together"

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
    column = _APART[1 if race.gap <= 1 else 0 if race.first is access else 2]
    return MET, f"{cause(line)}, {_named(access)}", column


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
            for column in _APART:
                yield f"{line}, {access}", column, None
    for first in _EVENTS:
        for second in _EVENTS:
            if (first == "line") == (second == "line"):
                yield f"{first}, {second}", _TOGETHER, None


_TELL = [f"GICC_{name} read" for name in ("IAR", "AIAR", "HPPIR", "AHPPIR")]
_TELL += [f"GICD_{name} read" for name in ("ISPENDR", "ICPENDR", "PPISR", "SPISR")]
_WRITTEN = ["GICD_ICPENDR written", "GICD_ICFGR written"]


def _told() -> Iterator[Row]:
    for line in _LINES:
        for access in (*_TELL, *_WRITTEN):
            for order in ORDERS:
                yield f"{line}, {access}", order, None
