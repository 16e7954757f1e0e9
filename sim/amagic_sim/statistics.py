"""The numbers of a run, as the demo prints them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .judge import DueClass, GuestResult, Judge

__all__ = ["Spread", "run_table"]


class Spread(NamedTuple):
    """Minimum, median, 99th percentile and maximum of samples, each one of the samples."""

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

        return cls(ordered[0], rank(50), rank(99), ordered[-1])

    def __str__(self) -> str:
        return " / ".join(str(value) for value in self)


def _ratio(count: int, ticks: int) -> str:
    return f"{count / ticks:.2f}" if ticks else "-"


def _latencies(results: Sequence[GuestResult], due_class: DueClass | None) -> list[str]:
    return [
        str(
            Spread.of(
                tick.latency
                for tick in result.delivered
                if tick.latency is not None and due_class in (None, tick.due_class)
            )
            or "-"
        )
        for result in results
    ]


def run_table(judge: Judge) -> str:
    """The table of a run: a row a measure, a column a guest."""
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
    ]
    rows += [
        row(f"due: {due_class.value}", lambda r, c=due_class: r.in_class(c))
        for due_class in DueClass
    ]
    causes = sorted({cause for result in results for cause in result.exits})
    rows += [
        row("switched out between IAR and EOI", lambda r: r.held),
        row("exits to the host per tick", lambda r: _ratio(r.exits.total(), len(r.delivered))),
        *(row(f"  of these, {cause}", lambda r, c=cause: r.exits[c]) for cause in causes),
        row(
            "physical interrupts per tick",
            lambda r: _ratio(r.physical_interrupts, len(r.delivered)),
        ),
        ("line to handler, cycles", _latencies(results, None)),
        ("  due while its guest ran", _latencies(results, DueClass.RUNNING)),
        (
            "CVAL to handler, cycles",
            [
                str(Spread.of(t.lateness for t in r.delivered if t.lateness is not None) or "-")
                for r in results
            ],
        ),
    ]
    heads = [f"guest {number}" for number in range(len(results))]
    first = max(len(name) for name, _ in rows)
    widths = [max(len(head), *(len(cells[i]) for _, cells in rows)) for i, head in enumerate(heads)]

    def line(name: str, cells: Sequence[str]) -> str:
        padded = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        return f"{name.ljust(first)}  {padded}"

    note = "(cycles as minimum / median / 99th percentile / maximum)"
    return "\n".join([line("", heads), *(line(*each) for each in rows), note])
