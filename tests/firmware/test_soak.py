"""A share of the long run: a short shard of each kind, in which no tick is lost, doubled or early.

The whole is `make soak`.
"""

from dataclasses import replace

import pytest

from amagic_sim.soak.plan import KINDS, Kind, shards
from amagic_sim.soak.shard import run_shard

TICKS = 240


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_no_tick_is_lost_doubled_or_early(kind: Kind):
    count = 2 * kind.harts  # virtual CPUs
    # Numbers of their own: the results of `make soak` are not to be replaced by these.
    first = next(shard for shard in shards(2026, 1_000_000) if shard.kind is kind)
    shard = replace(first, ticks=(TICKS // count,) * count, number=10_000 + KINDS.index(kind))
    result, _ = run_shard(shard)
    assert not result.reasons
    assert result.delivered == TICKS
    assert (result.lost, result.duplicated, result.early) == (0, 0, 0)
