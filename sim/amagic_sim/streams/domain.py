"""What can happen: the cells of each coverage table, and the rules that leave others out.

A cell is a hole when it is here and was never counted. A rule is given for a cell that a reader
would expect, and that nothing can reach; "rare" is no rule.
"""

from collections.abc import Iterator

from ..model import registers
from . import simultaneous
from .cells import FRAMES, STATES, Cell, names
from .coverage import MISR
from .domain_security import MAKERS, SECURITY_TABLES
from .domain_values import values
from .places import MANY, SIZES, absent_behind

__all__ = ["TABLES", "domain"]

TABLES = {
    "values": "What was written to and read from each field, in words: 0, all ones, or other",
    "sizes": "Accesses of each register by size",
    "ranges": "Accesses at the ends of registers that stand many times, and at frames' ends",
    "aliases": "Accesses of each CPU's GICH by its alias",
    "transitions": "States of interrupts: what changed them",
    "entries": "States of list registers: what changed them",
    "winners": "Reads of IAR and HPPIR, by what the distributor or the list registers offered",
    "modes": "Acknowledges by EOImode, AckCtl, FIQEn and CBPR, in this order",
    "ends": "Writes of EOIR and DIR, by what they named",
    "binary points": "Candidates while something runs",
    "forwarded": "Guests' ends with HW = 1, by the physical interrupt that they name",
    "rivals": "What else waited at an acknowledge",
    "signals": "Outputs: what changed them",
    "maintenance": "Conditions of GICH_MISR: what changed them",
    "sequences of a SGI": "What happened to an SGI, and what happened to it next",
    "sequences of a PPI": "What happened to a PPI, and what happened to it next",
    "sequences of a SPI": "What happened to an SPI, and what happened to it next",
    **SECURITY_TABLES,
    **simultaneous.TABLES,
}
"""Each table, and what it tells."""

_IDLE, _PENDING, _ACTIVE, _BOTH = STATES
_UP = ((_IDLE, _PENDING), (_ACTIVE, _BOTH))
_DOWN = tuple((b, a) for a, b in _UP)
_START = ((_IDLE, _ACTIVE), (_PENDING, _BOTH))
_END = tuple((b, a) for a, b in _START)
_PHYSICAL_ENDS = ("EOIR", "AEOIR", "DIR")
_GUEST_ENDS = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
_SPI_PPI = ("PPI 25", "PPI", "SPI level", "SPI edge")

Cells = dict[Cell, str | None]


def _sizes() -> Iterator[tuple[str, str, str | None]]:
    rows = {name for frame in FRAMES for register in frame for name in names(register)}
    rows |= {f"{frame} reserved" for frame in ("GICD", "GICC", "GICH", "GICV")}
    for name in sorted(rows):
        for verb in ("read", "write"):
            for size in (4, 2, 1):
                yield name, f"{verb} {size}", None


def _ranges() -> Iterator[tuple[str, str, str | None]]:
    for frame in SIZES:
        for verb in ("read", "write"):
            yield frame, f"{verb} last word", None
        for register in getattr(registers, frame):
            if register.count >= MANY:
                places = ["first", "last that is there", "behind what is there", "last"]
                if absent_behind(frame, register) is not None:
                    places.append("behind the last")
                for place in places:
                    for verb in ("read", "write"):
                        yield f"{frame}_{register.name}", f"{verb} {place}", None


def _aliases() -> Iterator[tuple[str, str, str | None]]:
    for name in [register.name for register in registers.GICH] + ["reserved"]:
        for whose in ("own", "another's", "of no CPU"):
            for verb in ("read", "write"):
                yield f"GICH_{name}", f"{verb} {whose}", None


def _transitions() -> Iterator[tuple[str, str, str | None]]:
    def cells(kinds, changes, *causes, rule=None):
        for sort in kinds:
            for a, b in changes:
                for cause in causes:
                    yield f"{sort}: {a} to {b}", cause, rule

    every = ("SGI", *_SPI_PPI)
    yield from cells(every, _START, "ISACTIVER")
    yield from cells(every, _END, "ICACTIVER", *_PHYSICAL_ENDS)
    yield from cells(every, ((_PENDING, _ACTIVE),), "IAR", "AIAR")
    yield from cells(("SGI", "PPI 25", "PPI", "SPI level"), ((_PENDING, _BOTH),), "IAR", "AIAR")
    edge = "the acknowledge clears the latch, and a level means nothing"
    yield from cells(("SPI edge",), ((_PENDING, _BOTH),), "IAR", "AIAR", rule=edge)
    yield from cells(("SGI",), _UP, "SGIR", "SPENDSGIR")
    yield from cells(("SGI",), _DOWN, "CPENDSGIR")
    yield from cells(("SGI",), _UP, "ISPENDR", rule="SGIs ignore it")
    yield from cells(("SGI",), _DOWN, "ICPENDR", rule="SGIs ignore it")
    yield from cells(_SPI_PPI, _UP, "ISPENDR", "line rises")
    yield from cells(_SPI_PPI, _DOWN, "ICPENDR")
    yield from cells(_SPI_PPI, _END, *_GUEST_ENDS)
    yield from cells(("PPI 25", "PPI", "SPI level"), _DOWN, "line falls", "pulse")
    yield from cells(("SPI edge",), _UP, "pulse")
    yield from cells(("SPI edge",), _DOWN, "line falls", rule="an edge stays latched")
    yield from cells(("SPI level",), _DOWN, "ICFGR")
    yield from cells(("SPI edge",), _UP, "ICFGR")
    maintenance = (*_UP, *_DOWN, (_ACTIVE, _PENDING), (_BOTH, _IDLE), (_BOTH, _PENDING))
    yield from cells(("PPI 25",), maintenance, "maintenance")


def _entries() -> Iterator[tuple[str, str, str | None]]:
    for sort in ("software", "hardware", "SGI"):
        for group in (0, 1):
            for a in STATES:
                for b in STATES:
                    yield f"{sort} Group {group}: {a} to {b}", "GICH_LR", None
            for a, b in _END:
                for cause in _GUEST_ENDS:
                    yield f"{sort} Group {group}: {a} to {b}", cause, None
            row = f"{sort} Group {group}: {_PENDING} to {_ACTIVE}"
            yield row, "GICV_IAR", None
            yield row, "GICV_AIAR", None if group else "Group 0 reads 1023 there"


def _winners() -> Iterator[tuple[str, str, str | None]]:
    for frame in ("GICC", "GICV"):
        for name in ("IAR", "AIAR", "HPPIR", "AHPPIR"):
            yield f"{frame}_{name}", "nothing", None
            for group in (0, 1):
                for ack_ctl in (0, 1):
                    row = f"{frame}_{name} Group {group} AckCtl={ack_ctl}"
                    for column in ("group off", "not above PMR", "does not preempt", "signalled"):
                        yield row, column, None


def _modes() -> Iterator[tuple[str, str, str | None]]:
    for frame in ("GICC", "GICV"):
        for name, group in (("IAR", 0), ("IAR", 1), ("AIAR", 1)):
            for bits in range(16):
                modes = f"{bits:04b}"
                rule = None
                if name == "IAR" and group and modes[1] == "0":
                    rule = "without AckCtl IAR reads 1022"
                yield f"{frame}_{name} Group {group}", modes, rule


def _ends() -> Iterator[tuple[str, str, str | None]]:
    for frame in ("GICC", "GICV"):
        absent = "not implemented" if frame == "GICC" else "no list register"
        for name in _PHYSICAL_ENDS:
            for mode in (0, 1):
                for column in ("latest", "outer", "dropped", "never read", absent, "1020 to 1023"):
                    yield f"{frame}_{name} EOImode={mode}", column, None


def _binary_points() -> Iterator[tuple[str, str, str | None]]:
    for frame, lowest in (("GICC", 0), ("GICV", 2)):
        for group, which in ((0, "BPR"), (1, "BPR"), (1, "ABPR")):
            for point in range(lowest + (which == "ABPR"), 8):
                row = f"{frame} Group {group} {which}={point}"
                all_one = point == 7 and which == "BPR"
                rule = "all priorities are one group priority" if all_one else None
                yield row, "preempts", rule
                yield row, "held back", None


def _forwarded() -> Iterator[tuple[str, str, str | None]]:
    for name in _GUEST_ENDS:
        for sort in ("SGI", "PPI", "SPI"):
            for group in (0, 1):
                for state in ("active", "not active"):
                    yield f"{name} {sort} Group {group}", state, None
        yield name, "not there", None
        yield name, "1020 to 1023", None


def _rivals() -> Iterator[tuple[str, str, str | None]]:
    kinds = ("SGI", "PPI", "SPI")
    for kind in kinds:
        for other in kinds:
            yield f"GICC {kind} before {other}", "a lower one", None
            later = kinds.index(kind) > kinds.index(other)
            rule = "of equal priorities the lowest INTID wins" if later else None
            yield f"GICC {kind} before {other}", "equal", rule
    for column in ("equal", "a lower one"):
        yield "GICC SPI that several CPUs could take", column, None
    for column in ("alone", "a lower one", "equal"):
        yield "GICV", column, None


_WAYS = [f"{frame} {verb}" for frame in ("GICC", "GICV") for verb in ("read", "write")]
_WAYS += ["GICD write", "GICH write", "line"]


def _signals() -> Iterator[tuple[str, str, str | None]]:
    only_lists = "it sees the list registers of its CPU alone"
    taken = "what is left behind an acknowledge does not preempt what it made active"
    for output in ("nirq", "nfiq", "nvirq", "nvfiq", "maint"):
        for verb in ("rises", "falls"):
            for way in _WAYS:
                virtual = output not in ("nirq", "nfiq")
                rule = None
                if virtual and not way.startswith(("GICV", "GICH")):
                    rule = only_lists
                elif output in ("nvirq", "nvfiq") and (verb, way) == ("rises", "GICV read"):
                    rule = taken
                elif (output, verb, way) == ("maint", "falls", "GICV read"):
                    rule = "an acknowledge ends no condition"
                yield f"{output} {verb}", way, rule


def _maintenance() -> Iterator[tuple[str, str, str | None]]:
    rises = {"EOI": "write", "U": "write", "LRENP": "write", "NP": "read"}
    for name in MISR:
        yield f"{name} rises", "GICH write", None
        yield f"{name} falls", "GICH write", None
        yield f"{name} rises", f"GICV {rises.get(name, 'write')}", None
        if name == "EOI":
            yield f"{name} falls", "GICV write", "only a write of the list register ends it"
        elif name == "U":
            yield f"{name} falls", "GICV write", "no end makes an entry valid"
        else:
            yield f"{name} falls", "GICV write", None


_LINES = ("line rises", "line falls", "pulse")
_ALIKE = ("ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER")
_ALIKE += ("IPRIORITYR", "IGROUPR", "IAR", "AIAR", *_PHYSICAL_ENDS)
_PAIRED = {
    "SGI": ("SGIR", "SPENDSGIR", "CPENDSGIR", "ITARGETSR", *_ALIKE),
    "PPI": (*_LINES, "ITARGETSR", "guest ends", *_ALIKE),
    "SPI": (*_LINES, "ITARGETSR", "ICFGR", "guest ends", *_ALIKE),
}


def _pairs(kind: str) -> Iterator[tuple[str, str, str | None]]:
    for last in _PAIRED[kind]:
        for what in _PAIRED[kind]:
            yield last, what, _no_pair(kind, last, what)


def _no_pair(kind: str, last: str, what: str) -> str | None:
    if what in ("IAR", "AIAR"):
        if last in ("IAR", "AIAR", "ISACTIVER"):
            return "what is active is not acknowledged"
        if last == "ICENABLER" and kind != "SGI":
            return "what is disabled is not acknowledged"
    if last == what and what in ("line rises", "line falls"):
        return "a line changes from one level to the other"
    if (last, what) == ("pulse", "line falls"):
        return "a pulse leaves the line low"
    return None


def domain(security: frozenset[int] = frozenset({0})) -> Cells:
    """Every cell, and the rule by which it cannot be reached, if there is one.

    ``security`` has a 1 if some configurations have Security Extensions, and a 0 if some have not.
    """
    found: Cells = {}
    makers = {
        "values": lambda: values(security),
        "sizes": _sizes,
        "ranges": _ranges,
        "aliases": _aliases,
        "transitions": _transitions,
        "entries": _entries,
        "winners": _winners,
        "modes": _modes,
        "ends": _ends,
        "binary points": _binary_points,
        "forwarded": _forwarded,
        "rivals": _rivals,
        "signals": _signals,
        "maintenance": _maintenance,
        **{f"sequences of a {kind}": (lambda kind=kind: _pairs(kind)) for kind in _PAIRED},
        **{name: (lambda name=name: simultaneous.cells(name)) for name in simultaneous.TABLES},
    }
    if 1 in security:
        makers |= MAKERS
    for table, make in makers.items():
        for row, column, rule in make():
            found[table, row, column] = rule
    return found
