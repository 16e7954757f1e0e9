"""The numbers of a run, as the demo prints them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .judge import Judge
from .results import DueClass

__all__ = ["Spread", "ratio", "render_table", "run_table"]


class Spread(NamedTuple):
    """How many samples; minimum, median, 99th percentile and maximum, each one of the samples."""

    count: int
    minimum: int
    median: int
    percentile99: int
    maximum: int

    @classmethod
    def of(cls, samples: Iterable[int]) -> "Spread | None":
        """None where there are no samples. Percentiles are nearest-rank."""
        ordered = sorted(samples)
        if not ordered:
            return None

        def rank(percent: int) -> int:
            return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]

        return cls(len(ordered), ordered[0], rank(50), rank(99), ordered[-1])

    def __str__(self) -> str:
        return f"n={self.count}: " + "/".join(str(value) for value in self[1:])


def ratio(count: int, ticks: int) -> str:
    """So many for each tick."""
    return f"{count / ticks:.2f}" if ticks else "no tick"


def _spread(samples: Iterable[int | None]) -> str:
    return str(Spread.of(sample for sample in samples if sample is not None) or "no sample")


def run_table(judge: Judge, what: str = "guest") -> str:
    """The table of a run: a row a measure, a column a guest, or ``what`` else the judge follows."""
    results = judge.results

    def row(name: str, measure) -> tuple[str, list[str]]:
        return name, [str(measure(result)) for result in results]

    rows = [
        row("ticks delivered", lambda r: len(r.delivered)),
        row("lost", lambda r: len(r.lost)),
        row("duplicated", lambda r: r.duplicated),
        row("early", lambda r: len(r.early)),
        row("taken while masked", lambda r: len(r.while_masked)),
        row("spurious", lambda r: len(r.spurious)),
        row("deactivated by the guest's own EOI", lambda r: len(r.forwarded)),
        row("  not so, although it was active", lambda r: len(r.unforwarded)),
    ]
    rows += [
        row(f"due: {due_class.value}", lambda r, c=due_class: r.in_class(c))
        for due_class in DueClass
    ]
    causes = sorted({cause for result in results for cause in result.exits})
    rows += [
        row("switched out between IAR and EOI", lambda r: r.held),
        row("exits to the host per tick", lambda r: ratio(r.exits.total(), len(r.delivered))),
        *(row(f"  of these, {cause}", lambda r, c=cause: r.exits[c]) for cause in causes),
        *(
            row(f"in the host for {cause}, cycles", lambda r, c=cause: _spread(r.stays.get(c, ())))
            for cause in causes
        ),
        row(
            "physical interrupts per tick",
            lambda r: ratio(r.physical_interrupts, len(r.delivered)),
        ),
        row("line to handler, cycles", lambda r: _spread(t.latency for t in r.delivered)),
        row(
            "  due while its guest ran",
            lambda r: _spread(t.latency for t in r.delivered if t.due_class is DueClass.RUNNING),
        ),
        row("CVAL to handler, cycles", lambda r: _spread(t.lateness for t in r.delivered)),
    ]
    heads = [f"{what} {number}" for number in range(len(results))]
    note = "(cycles as n=samples: minimum/median/99th percentile/maximum)"
    return "\n".join([render_table(heads, rows), note])


def render_table(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A row's name on the left, and its cells below the heads."""
    first = max(len(name) for name, _ in rows)
    widths = [max(len(head), *(len(cells[i]) for _, cells in rows)) for i, head in enumerate(heads)]

    def line(name: str, cells: Sequence[str]) -> str:
        padded = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        return f"{name.ljust(first)}  {padded}"

    return "\n".join([line("", heads), *(line(*each) for each in rows)])
