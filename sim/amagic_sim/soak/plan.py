"""What the shards of a long run are: all follows from the run's seed and a shard's number."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import NamedTuple

from ..mode import Mode

__all__ = ["KINDS", "SHARD_TICKS", "Kind", "Shard", "shards"]

SHARD_TICKS = 10_000
"""Ticks of a shard, of all guests together."""


class Kind(NamedTuple):
    """The mode and the harts of a shard, and what it is given.

    ``weight`` is its share of the shards in a thousand; ``periods`` and ``slices`` are the spans in
    cycles that the guests' periods and the shortest time slice are chosen from, such that this mode
    keeps up with them.
    """

    mode: Mode
    harts: int
    weight: int
    periods: tuple[int, int]
    slices: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.mode.value}, {self.harts} hart{'s' * (self.harts > 1)}"


KINDS = (
    Kind(Mode.FORWARDED, 1, 460, (2_500, 5_000), (2_000, 6_000)),
    Kind(Mode.FORWARDED, 2, 230, (6_000, 9_000), (4_000, 10_000)),
    Kind(Mode.MASKED, 1, 93, (11_000, 15_000), (2_000, 6_000)),
    Kind(Mode.MASKED, 2, 10, (24_000, 30_000), (8_000, 16_000)),
    Kind(Mode.MASKED_EOI, 1, 93, (10_000, 14_000), (4_000, 10_000)),
    Kind(Mode.MASKED_EOI, 2, 10, (24_000, 30_000), (8_000, 16_000)),
    Kind(Mode.EMULATED, 1, 94, (16_000, 20_000), (4_000, 10_000)),
    Kind(Mode.EMULATED, 2, 10, (40_000, 50_000), (8_000, 16_000)),
)


@dataclass(frozen=True)
class Shard:
    """One run of two guests, each with a virtual CPU for each hart.

    Periods, jitter and slices are in cycles: a guest's tick comes ``period`` to ``period + jitter``
    after the one before; a time slice lasts ``slice_min`` to ``slice_min + slice_spread``.
    ``periods`` and ``seeds`` are the guests', ``ticks`` those of each virtual CPU, all guests'
    first ones first. ``work`` is how long a handler works at most, in rounds of about ten cycles.

    With one hart, ``near`` and ``extra`` say when a handler works past its next deadline, and how
    far. With two, the virtual CPUs of a guest send each other an SGI at each ``every``-th tick.
    """

    seed: int
    number: int
    kind: Kind
    ticks: tuple[int, ...]
    periods: tuple[int, int]
    jitter: int
    work: int
    every: int
    near: int
    extra: int
    slice_min: int
    slice_spread: int
    host_seed: int
    seeds: tuple[int, int]


def _kinds() -> Iterator[Kind]:
    """The kinds by their weights, as evenly as can be: so any part of a run has its share of each.

    Each turn the one that is most behind its weight comes.
    """
    total = sum(kind.weight for kind in KINDS)
    credit = [0] * len(KINDS)
    while True:
        credit = [each + kind.weight for each, kind in zip(credit, KINDS, strict=True)]
        first = credit.index(max(credit))
        credit[first] -= total
        yield KINDS[first]


def _shard(seed: int, number: int, kind: Kind, ticks: int) -> Shard:
    random = Random(f"{seed}/{number}")
    periods = tuple(random.randint(*kind.periods) for _ in range(2))
    # In proportion to their rates, so that the guests end at about the same time.
    share = -(-ticks // kind.harts)
    first = round(share * periods[1] / sum(periods))
    return Shard(
        seed=seed,
        number=number,
        kind=kind,
        ticks=(max(1, first), max(1, share - first)) * kind.harts,
        periods=periods,
        jitter=random.choice((1, 64, 1_024)),
        work=random.choice((16, 32, 64)),
        every=random.choice((16, 64)),
        near=random.choice((0, 200, 1_000)),
        extra=random.choice((500, 2_000)),
        slice_min=random.randint(*kind.slices),
        slice_spread=random.choice((1, 512, 4_096)),
        host_seed=random.randint(1, 0xFFFF_FFFF),
        seeds=tuple(random.randint(1, 0xFFFF_FFFF) for _ in range(2)),
    )


def shards(seed: int, ticks: int) -> list[Shard]:
    """The shards of a run of so many ticks; the last may be a smaller one."""
    count = -(-ticks // SHARD_TICKS)
    return [
        _shard(seed, number, kind, min(SHARD_TICKS, ticks - number * SHARD_TICKS))
        for number, kind in enumerate(islice(_kinds(), count))
    ]
