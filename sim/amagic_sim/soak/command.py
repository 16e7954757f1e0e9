"""`amagic soak`: a million ticks over the modes and harts, with random periods and switch points.

The run is cut into shards, each with its own seed; a shard whose result is there already, of the
same firmware and simulator, is not run again.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from ..options import number_from
from ..steps import Step, say
from .plan import Shard, shards
from .shard import ShardResult, folder_of, run_shard
from .table import record, summary

__all__ = ["add_arguments", "run"]

TICKS = 1_000_000
_MAX_TICKS = 100_000_000
_MAX_SEED = 2**64 - 1
_MAX_JOBS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic soak``."""
    parser.add_argument(
        "--ticks",
        type=number_from(1, _MAX_TICKS),
        default=TICKS,
        help="of all guests together (%(default)s)",
    )
    parser.add_argument(
        "--seed", type=number_from(0, _MAX_SEED), default=1, help="default: %(default)s"
    )
    parser.add_argument(
        "--only",
        type=number_from(0),
        metavar="N",
        help="only shard N, from 0 on, as it is in the run",
    )
    parser.add_argument(
        "--jobs",
        type=number_from(1, _MAX_JOBS),
        default=1,
        help="shards at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="where every shard is listed, as Markdown"
    )


def _chosen(args: argparse.Namespace) -> list[Shard]:
    every = shards(args.seed, args.ticks)
    if args.only is None:
        return every
    if args.only >= len(every):
        raise ValueError(f"--only must be in 0 to {len(every) - 1}, not {args.only}")
    return [every[args.only]]


def _line(shard: Shard, result: ShardResult, ran: bool) -> str:
    what = f"shard {shard.number}, {shard.kind.name}: {result.delivered:,} ticks"
    if result.reasons:
        return f"    FAIL {what}: {'; '.join(result.reasons)}"
    took = f"{result.seconds:.0f} s" if ran else "kept from an earlier run"
    return f"    {what}, {result.cycles:,} cycles, {took}"


def _build(chosen: Sequence[Shard]) -> None:
    from amagic.soc.soc import SocConfig

    from ..soc_sim import build_soc

    for harts in sorted({shard.kind.harts for shard in chosen}):
        with Step(f"compiling the simulated SoC of {harts} hart{'s' * (harts > 1)}, if it is new"):
            build_soc(SocConfig(harts=harts))


def run(args: argparse.Namespace) -> int:
    """Runs the shards. 0 for PASS, 1 when a tick was lost, doubled or early in any."""
    chosen = _chosen(args)
    if args.record and not args.record.parent.is_dir():
        raise ValueError(f"there is no folder {args.record.parent}")
    _build(chosen)
    done: list[tuple[Shard, ShardResult]] = []
    with (
        Step(f"{len(chosen)} shards; results in {os.path.relpath(folder_of(args.seed))}"),
        ProcessPoolExecutor(args.jobs) as pool,
    ):
        running = {pool.submit(run_shard, shard): shard for shard in chosen}
        try:
            for future in as_completed(running):
                result, ran = future.result()
                done.append((running[future], result))
                say(f"{_line(running[future], result, ran)} [{len(done)} of {len(chosen)}]")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    done.sort(key=lambda each: each[0].number)
    say(f"\n{summary(done)}")
    if args.record:
        args.record.write_text(record(done, args.seed))
        say(f"written: {args.record}")
    failed = [shard.number for shard, result in done if result.reasons]
    delivered = sum(result.delivered for _, result in done)
    if failed:
        say(f"FAIL: shards {', '.join(map(str, failed))}")
        return 1
    say(f"PASS: {delivered:,} ticks delivered in {len(done)} shards, none lost and none doubled")
    return 0
