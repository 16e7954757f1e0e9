"""What came of a run of the firmware: the verdict, its reasons, and the pictures.

The run may have been on the simulated SoC or on a board: what is judged is the probe's trace and
what was printed, wherever they come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .judge import Judge
from .mode import Mode
from .report import Report, parse_report
from .results import DueClass, Tick
from .statistics import Spread
from .trace import Event
from .verdict import Verdict

__all__ = ["MARGIN", "PICTURES", "Outcome", "draw_outcome", "judge_run", "typical_tick"]

MARGIN = 200
"""Cycles around what is looked at in which nothing else is to happen."""

PICTURES = ("latency.svg", "timeline.svg")


@dataclass(frozen=True)
class Outcome:
    """A judged run. It has passed when there is no reason against it."""

    events: Sequence[Event]
    judge: Judge
    report: Report
    reasons: tuple[str, ...]

    @property
    def delivered(self) -> int:
        return sum(len(result.delivered) for result in self.judge.results)


def judge_run(
    events: Sequence[Event],
    text: str,
    ticks: Sequence[int | None],
    per_class: int,
    mode: Mode | None = None,
) -> Outcome:
    """Judge a run by its trace, and by the firmware's own report.

    Parameters
    ----------
    events : sequence of Event
        The probe's trace, in the order of time.
    text : str
        What the serial port carried.
    ticks, per_class
        As for `Verdict.of`.
    mode : Mode, optional
        As there; what the firmware reports when it is left out.

    Raises
    ------
    ReportError
        When the text holds no sound report.
    """
    judge = Judge(len(ticks)).run(events)
    report = parse_report(text)
    mode = mode or Mode(report.mode)
    verdict = Verdict.of(judge, ticks=ticks, per_class=per_class, dropped=report.dropped, mode=mode)
    reasons = [*verdict.reasons]
    if report.mode != mode.value:
        reasons.append(f"the firmware reports the mode {report.mode}, not {mode.value}")
    reasons += [f"guest {number}: {fault}" for number, fault in sorted(report.faults.items())]
    if not report.passed:
        reasons.append("the firmware reports FAIL")
    return Outcome(events, judge, report, tuple(reasons))


def typical_tick(judge: Judge) -> Tick | None:
    """The tick to look at: undisturbed, from the run's first part, nearest to the median latency.

    Undisturbed: it fell due while its guest ran and had ended the tick before, and its guest was
    not switched out until it had ended this one.
    """
    ticks = [
        tick
        for result in judge.results
        for before, tick in pairwise(result.delivered)
        if tick.due_class is DueClass.RUNNING
        and tick.line is not None
        and tick.eoi is not None
        and before.eoi is not None
        and max(before.eoi, tick.programmed) + MARGIN < tick.due
        and not any(tick.due < time < tick.eoi for time in judge.switches)
    ]
    spread = Spread.of(tick.latency for tick in ticks)
    early = sorted(ticks, key=lambda tick: tick.due)[: max(1, len(ticks) // 4)]
    return min(early, key=lambda tick: abs(tick.latency - spread.median), default=None)


def draw_outcome(outcome: Outcome, out: Path) -> list[Path]:
    """Draw `PICTURES` into a folder; there is no timeline when no tick is typical."""
    from . import pictures  # it loads the plotting library

    histogram, timeline = (out / name for name in PICTURES)
    written = [pictures.draw_histogram(outcome.judge, histogram)]
    if tick := typical_tick(outcome.judge):
        title = "One forwarded timer tick"
        written.append(pictures.draw_timeline(outcome.events, tick, timeline, title))
    return written
