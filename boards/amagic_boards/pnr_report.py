"""What nextpnr reports about a placed and routed design (its option ``--report``)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amagic_sim.build import BuildError

__all__ = ["Clock", "PnrReport", "Segment", "Usage", "parse_pnr_report", "read_pnr_report"]


@dataclass(frozen=True)
class Clock:
    """A clock's speed in MHz: what was reached, and what was asked for."""

    achieved: float
    constraint: float

    @property
    def closes(self) -> bool:
        return self.achieved >= self.constraint


@dataclass(frozen=True)
class Usage:
    """How many cells of a kind the design uses, and the device has."""

    used: int
    available: int


@dataclass(frozen=True)
class Segment:
    """A piece of a path: its delay, where it ends, and what it is (``logic``, ``routing``, ...)."""

    ns: float
    kind: str
    cell: str


@dataclass(frozen=True)
class PnrReport:
    """A report.

    Attributes
    ----------
    clocks : mapping of str to Clock
        By the clock's net, as nextpnr names it.
    usage : mapping of str to Usage
        By the kind of cell: ``TRELLIS_COMB``, ``DP16KD``, ...
    paths : mapping of str to tuple of Segment
        For each clock, the slowest path from one of its edges to the next.
    """

    clocks: Mapping[str, Clock]
    usage: Mapping[str, Usage]
    paths: Mapping[str, tuple[Segment, ...]]

    def used(self, kind: str) -> int:
        return self.usage[kind].used if kind in self.usage else 0

    @property
    def slowest(self) -> str:
        """The clock that reached the least. (What to ask where there is one.)"""
        return min(self.clocks, key=lambda name: self.clocks[name].achieved)


def parse_pnr_report(text: str) -> PnrReport:
    """Read a report's text; `BuildError` when it is not one, or not complete."""
    try:
        raw = json.loads(text)
        clocks = {name: Clock(c["achieved"], c["constraint"]) for name, c in raw["fmax"].items()}
        usage = {name: Usage(u["used"], u["available"]) for name, u in raw["utilization"].items()}
        paths = {
            name: tuple(
                Segment(piece["delay"], piece["type"], piece["to"]["cell"])
                for piece in path["path"]
            )
            for path in raw["critical_paths"]
            for name in clocks
            if path["from"] == path["to"] == f"posedge {name}"
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BuildError(f"this is no report of nextpnr's, or not all of one: {error!r}") from error
    return PnrReport(clocks, usage, paths)


def read_pnr_report(path: Path) -> PnrReport:
    """Read a report's file; `BuildError`, with its name, when that is not possible."""
    try:
        return parse_pnr_report(path.read_text())
    except (OSError, BuildError) as error:
        raise BuildError(f"{path}: {error}") from error
