"""The modes of the hypervisor side by side: what a tick costs in each, and how long it takes.

All cycles and all counts are from the probe's trace, but for what a trap was for (an access to the
distributor, or a hypercall), which only the host knows.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from .mode import Mode
from .outcome import Outcome
from .results import DueClass, GuestResult, Tick
from .statistics import Spread, ratio, render_table

__all__ = ["CAUSES", "Measured", "comparison_table"]

CAUSES = {
    "irq 27": "the timer's interrupt",
    "irq 30": "end of a time slice",
    "irq 25": "maintenance",
    "gicc": "access to the CPU interface",
    "trap": "access to the distributor, hypercall",
}
"""The causes of exits, and what they are called."""

_QUANTILES = ("minimum", "median", "99th percentile", "maximum")


class Measured:
    """What one mode's run comes to, over all guests."""

    def __init__(self, outcome: Outcome):
        self.outcome = outcome
        self.results: Sequence[GuestResult] = outcome.judge.results
        self.ticks: list[Tick] = [tick for result in self.results for tick in result.delivered]

    def total(self, measure: Callable[[GuestResult], int]) -> int:
        """The sum over the guests."""
        return sum(measure(result) for result in self.results)

    def reported(self, key: str) -> int:
        """The same of what the firmware reports of each guest."""
        return sum(int(guest.get(key, 0)) for guest in self.outcome.report.guests)

    @cached_property
    def exits(self) -> Counter[str]:
        """Exits by their cause."""
        return sum((result.exits for result in self.results), Counter())

    @cached_property
    def host_cycles(self) -> Counter[str]:
        """Cycles in the host by the cause of the exit."""
        return sum((result.host_cycles for result in self.results), Counter())

    def interrupts(self, due_class: DueClass) -> tuple[int, int]:
        """The timer's interrupts that were taken for ticks of a class, and the ticks."""
        ticks = [tick for tick in self.ticks if tick.due_class is due_class]
        return sum(tick.interrupts for tick in ticks), len(ticks)

    @property
    def from_line(self) -> list[int]:
        """Cycles from the timer's line to the handler, of each tick that had a line."""
        return [tick.latency for tick in self.ticks if tick.latency is not None]

    @property
    def from_line_running(self) -> list[int]:
        """The same of ticks that fell due while their guest ran."""
        running = (tick for tick in self.ticks if tick.due_class is DueClass.RUNNING)
        return [tick.latency for tick in running if tick.latency is not None]

    @property
    def waits(self) -> list[int]:
        """Cycles from a tick's falling due to the handler."""
        return [tick.wait for tick in self.ticks if tick.wait is not None]


def _latency_rows(
    name: str, runs: Sequence[Measured], samples: Callable[[Measured], list[int]]
) -> list[tuple[str, list[str]]]:
    spreads = [Spread.of(samples(run)) for run in runs]
    rows = [(name, [f"n={spread.count}" if spread else "no tick" for spread in spreads])]
    for place, quantile in enumerate(_QUANTILES, 1):
        rows.append(
            (f"  {quantile}", [f"{spread[place]:,}" if spread else "" for spread in spreads])
        )
    return rows


def comparison_table(outcomes: Mapping[Mode, Outcome]) -> str:
    """The table: a row a measure, a column a mode."""
    runs = [Measured(outcome) for outcome in outcomes.values()]

    def row(name: str, measure: Callable[[Measured], object]) -> tuple[str, list[str]]:
        return name, [str(measure(run)) for run in runs]

    def per_tick(name: str, measure: Callable[[Measured], int]) -> tuple[str, list[str]]:
        return row(name, lambda run: ratio(measure(run), len(run.ticks)))

    def taken(name: str, due_class: DueClass) -> tuple[str, list[str]]:
        return row(name, lambda run: ratio(*run.interrupts(due_class)))

    interrupts = ["irq 27", "irq 30", "irq 25", "gicc"]
    rows = [
        row("ticks delivered", lambda run: len(run.ticks)),
        row("lost", lambda run: run.total(lambda r: len(r.lost))),
        row("duplicated", lambda run: run.total(lambda r: r.duplicated)),
        row("early", lambda run: run.total(lambda r: len(r.early))),
        row("cycles of the run", lambda run: f"{run.outcome.judge.ended or 0:,}"),
        *(
            row(f"due: {each.value}", lambda run, c=each: run.total(lambda r: r.in_class(c)))
            for each in DueClass
        ),
        per_tick("exits to the host per tick", lambda run: run.exits.total()),
        *(per_tick(f"  {CAUSES[c]}", lambda run, c=c: run.exits[c]) for c in interrupts),
        per_tick("  access to the distributor", lambda run: run.reported("gicd")),
        per_tick("  hypercall", lambda run: run.reported("hypercalls")),
        per_tick("exits at an end of interrupt per tick", lambda run: run.total(_end_exits)),
        per_tick(
            "physical interrupts per tick", lambda run: run.total(lambda r: r.physical_interrupts)
        ),
        taken("  timer's, due: own guest running", DueClass.RUNNING),
        taken("  timer's, due: other guest running", DueClass.OTHER),
        per_tick("timer masked by the host per tick", lambda run: len(run.outcome.judge.masks)),
        row("host cycles per tick", lambda run: _each(run.host_cycles.total(), run)),
        row(
            "  without the ends of time slices",
            lambda run: _each(run.host_cycles.total() - run.host_cycles["irq 30"], run),
        ),
        *_latency_rows("line to handler, cycles", runs, lambda run: run.from_line),
        *_latency_rows(
            "  due while its guest ran, cycles", runs, lambda run: run.from_line_running
        ),
        *_latency_rows("due to handler, cycles", runs, lambda run: run.waits),
    ]
    return render_table([mode.value for mode in outcomes], rows)


def _end_exits(result: GuestResult) -> int:
    return result.end_exits


def _each(cycles: int, run: Measured) -> str:
    return f"{cycles // len(run.ticks):,}" if run.ticks else "no tick"
