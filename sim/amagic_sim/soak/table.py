"""What a long run came to: a table of the kinds, and a list of the shards."""

from collections.abc import Callable, Sequence

from ..results import DueClass
from ..statistics import render_table
from .plan import KINDS, Shard
from .shard import ShardResult

__all__ = ["record", "summary"]

Done = Sequence[tuple[Shard, ShardResult]]

_CONFIDENCE = 3
"""With none lost in N, fewer than 3/N are at 95 %, since (1 - 3/N)^N is about 0.05."""


def _sum(done: Done, what: Callable[[ShardResult], int]) -> int:
    return sum(what(result) for _, result in done)


def _bound(done: Done) -> str:
    delivered = _sum(done, lambda r: r.delivered)
    if not delivered or _sum(done, lambda r: r.lost + r.duplicated + r.early):
        return "-"
    return f"{_CONFIDENCE / delivered:.1e}"


def _per_tick(done: Done) -> str:
    delivered = _sum(done, lambda r: r.delivered)
    return f"{_sum(done, lambda r: r.cycles) / delivered:,.0f}" if delivered else "-"


def summary(done: Done) -> str:
    """A column for each kind, and one for all."""
    columns = {
        kind.name: [each for each in done if each[0].kind == kind]
        for kind in KINDS
        if any(shard.kind == kind for shard, _ in done)
    }
    columns["all"] = list(done)

    def row(name: str, cell: Callable[[Done], str]) -> tuple[str, list[str]]:
        return name, [cell(column) for column in columns.values()]

    def count(name: str, what: Callable[[ShardResult], int]) -> tuple[str, list[str]]:
        return row(name, lambda column: f"{_sum(column, what):,}")

    rows = [
        row("shards", lambda column: f"{len(column)}"),
        count("ticks delivered", lambda r: r.delivered),
        count("lost", lambda r: r.lost),
        count("doubled", lambda r: r.duplicated),
        count("early", lambda r: r.early),
        row("fewer than, of all ticks, at 95 %", _bound),
        count("world switches", lambda r: r.switches),
        *(
            count(f"due: {each.value}", lambda r, name=each.name: r.classes.get(name, 0))
            for each in DueClass
        ),
        count("switched out between IAR and EOI", lambda r: r.held),
        row("cycles per tick", _per_tick),
    ]
    return render_table(list(columns), rows)


def record(done: Done, seed: int) -> str:
    """The summary, and a line for each shard, as Markdown."""
    head = ("shard", "what", "periods", "jitter", "slices", "ticks", "cycles", "s", "made of")
    lines = [
        f"# The long run with seed {seed}",
        "",
        "Written by `amagic soak --record`. What a shard is made of is a hash of its firmware, its",
        "mode and its simulator; all else of it follows from the seed and its number.",
        "",
        "```",
        summary(done),
        "```",
        "",
        f"| {' | '.join(head)} | result |",
        f"|{' --- |' * (len(head) + 1)}",
    ]
    for shard, result in done:
        longest = shard.slice_min + shard.slice_spread
        cells = (
            f"{shard.number}",
            shard.kind.name,
            f"{shard.periods[0]:,} and {shard.periods[1]:,}",
            f"{shard.jitter:,}",
            f"{shard.slice_min:,} to {longest:,}",
            f"{result.delivered:,}",
            f"{result.cycles:,}",
            f"{result.seconds:.0f}",
            result.made_of,
            "; ".join(result.reasons) or "PASS",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
