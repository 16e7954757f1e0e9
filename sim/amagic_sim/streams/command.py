"""`amagic streams`: streams of operations on a target, each checked against the golden model."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

from ..build import build_root
from ..options import number_from
from ..replay.command import TARGETS, load_target
from ..replay.operation import Target, TargetError
from .configurations import CONFIGURATIONS, PLAIN, QUICK, SECURE
from .generator import LENGTH
from .runs import Result, Task, run_one, totals
from .table import show

__all__ = ["add_arguments", "run"]

PASS, FAIL, UNUSABLE = 0, 1, 2
GROUPS = {"all": tuple(PLAIN), "secure": tuple(SECURE), "quick": QUICK}


def _names(text: str) -> list[str]:
    names = [name for word in text.split(",") for name in GROUPS.get(word, (word,))]
    for name in names:
        if name not in CONFIGURATIONS:
            known = ", ".join([*GROUPS, *CONFIGURATIONS])
            raise argparse.ArgumentTypeError(
                f"no configuration {name!r}; there are {known}, separated by commas"
            )
    return list(dict.fromkeys(names))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--config",
        type=_names,
        default="all",
        metavar="NAME[,NAME...]",
        help="the GICs: all (without Security Extensions), secure (with them), both as all,secure,"
        f" quick, {', '.join(CONFIGURATIONS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--operations",
        type=number_from(1),
        default="1000000",
        metavar="N",
        help="of all configurations together (default: %(default)s)",
    )
    parser.add_argument("--seed", type=number_from(0), default="1", help="default: %(default)s")
    parser.add_argument("--only", type=number_from(0), metavar="N", help="only stream N of each")
    parser.add_argument("--on", choices=list(TARGETS), default="rtl", help="default: %(default)s")
    parser.add_argument(
        "--coverage",
        type=Path,
        metavar="FILE",
        help="where every table of the coverage is written (default: build/streams/coverage.txt,"
        " but not with --only)",
    )
    parser.add_argument(
        "--jobs", type=number_from(1), default="1", help="streams at a time (default: %(default)s)"
    )


def tasks(
    names: Sequence[str], operations: int, seed: int, only: int | None
) -> Iterator[tuple[str, list[Task]]]:
    """The streams of each configuration, which share the operations alike."""
    for name in names:
        left = -(-operations // len(names))
        found = []
        while left > 0:
            found.append(Task(name, seed, len(found), min(LENGTH, left)))
            left -= LENGTH
        yield name, found if only is None else [Task(name, seed, only, LENGTH)]


@cache
def _target(name: str) -> Target:
    return load_target(name)


def _run(name: str, task: Task) -> Result:
    return run_one(task, _target(name))


def run(args: argparse.Namespace) -> int:
    """Run the streams: 0 when none differed, 1 when one did, 2 for what the target cannot do."""
    try:
        return _run_all(args, _target(args.on))
    except TargetError as error:
        print(f"amagic: error: {error}", file=sys.stderr)
        return UNUSABLE


def _run_all(args: argparse.Namespace, target: Target) -> int:
    rows: list[tuple[str, Result]] = []
    with ProcessPoolExecutor(args.jobs) as pool:
        for name, streams in tasks(args.config, args.operations, args.seed, args.only):
            config = CONFIGURATIONS[name]
            refused = target.refusal(config, [])
            if refused is not None:
                print(f"{name}: unsupported: {refused} (on {target.name})", flush=True)
                continue
            begun = time.monotonic()
            target.run(config, [])
            built = time.monotonic()
            result = Result()
            for each in pool.map(partial(_run, args.on), streams):
                result.add(each)
                for difference in each.differences:
                    print(f"MISMATCH {difference}", flush=True)
            print(
                f"{name}: {len(streams)} streams, {result.operations:,} operations,"
                f" {len(result.differences)} mismatches, {time.monotonic() - built:.0f} s"
                f" and {built - begun:.0f} s before",
                flush=True,
            )
            rows.append((name, result))
    if not rows:
        return UNUSABLE
    print(totals(rows))
    every = Result()
    for _, result in rows:
        every.add(result)
    security = frozenset(CONFIGURATIONS[name].security for name, _ in rows)
    print(f"\n{show(every.seen, security)}")
    path = args.coverage
    if path is None and args.only is None:
        path = build_root() / "streams" / "coverage.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
    if path is not None:
        path.write_text(show(every.seen, security, whole=True) + "\n")
        print(f"every table: {path}")
    return FAIL if any(result.differences for _, result in rows) else PASS
