"""`make oracle`: the model against QEMU, live.

Shows first that each known divergence still is one, then that the recorded vectors hold, then
compares fresh streams. Ends with the share of reads that each divergence masked.
"""

import argparse
import random
import re
import sys
from collections.abc import Sequence

from ..build import BuildError, build_root
from ..model import ModelTarget
from ..options import number_from
from ..replay.operation import Answer, Operation, ScriptConfig
from ..streams.compare import acknowledges
from ..streams.generator import Recorded
from .compare import Comparison, compare
from .divergences import DIVERGENCES
from .process import OracleError, find_qemu, qemu_version
from .stream import make_stream
from .target import QemuTarget
from .vectors import (
    CONFIGS,
    as_script,
    check_divergence,
    mismatches,
    recorded,
    vectors,
)

__all__ = ["main"]

_MAX_OPERATIONS = 1_000_000


class _Counting(QemuTarget):
    """Counts what QEMU ran."""

    operations = 0

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        answers = super().run(config, operations)
        _Counting.operations += len(operations)
        return answers


def _seeds(text: str) -> range:
    match = re.fullmatch(r"(\d+)(?::(\d+))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise argparse.ArgumentTypeError(
            f"expected SEED or FIRST:LAST with FIRST at most LAST, not {text!r}"
        )
    return range(first, last + 1)


def _check_divergences(version: str) -> bool:
    held = True
    for divergence in DIVERGENCES:
        trouble = check_divergence(divergence, ModelTarget(), _Counting())
        if trouble is None:
            continue
        named = divergence.seen_in(version)
        held &= not named
        what = "FAIL" if named else f"not in the table for QEMU {version}"
        print(f"known divergence {divergence.name}: {trouble} ({what})")
    print(f"{len(DIVERGENCES)} known divergences looked for")
    return held


def _check_vectors() -> bool:
    scripts = vectors()
    wrong = [line for script in scripts for line in mismatches(script, _Counting())]
    for line in wrong:
        print(f"vector: {line}")
    print(f"{len(scripts)} recorded vectors, {len(wrong)} mismatches")
    return not wrong


def _same_again(stream: Recorded, answers: Sequence[Answer]) -> bool:
    """Whether another run, and the other route, give the same answers to a stream of one CPU."""
    targets = _Counting("agents"), _Counting("qtest")
    return all(each.run(stream.config, stream.operations) == answers for each in targets)


def _compare_streams(seeds: range, operations: int) -> bool:
    total = Comparison()
    acknowledged = again = 0
    for seed in seeds:
        config = CONFIGS[seed % len(CONFIGS)]
        stream = make_stream(config, seed, operations)
        acknowledged += sum(acknowledges(stream.operations, stream.answers))
        answers = _Counting().run(config, stream.operations)
        found = compare(config, stream.operations, stream.answers, answers)
        total.add(found)
        if found.mismatches or found.ended is not None:
            _keep(seed, operations, stream, found)
            return False
        if config.cpus == 1 and not config.security:
            if not _same_again(stream, answers):
                print(f"seed {seed}: FAIL; two runs, or the two routes to QEMU, differ")
                return False
            again += operations
    print(
        f"seeds {seeds[0]} to {seeds[-1]}: {total.operations:,} operations,"
        f" {acknowledged:,} acknowledges of real interrupts, {total.reads:,} reads compared"
    )
    print(f"{again:,} operations of one CPU: the same again, and through qtest")
    print(*total.table(), sep="\n")
    return True


def _keep(seed: int, operations: int, stream: Recorded, found: Comparison) -> None:
    """Say where a stream differs, and keep it up to there as a script."""
    path = build_root() / "oracle" / f"seed-{seed}.gic"
    path.parent.mkdir(parents=True, exist_ok=True)
    last = found.mismatches[0].index if found.mismatches else found.ended
    path.write_text(as_script(stream, last, [f"seed {seed}: the model's answers"]))
    print(*map(str, found.mismatches[:10]), sep="\n")
    if found.ended is not None:
        print(f"operation {found.ended}: QEMU parts for good, {found.known.get(found.ended)}")
    print(f"seed {seed}: FAIL; again with: make oracle SEEDS={seed} STEPS={operations}")
    print(f"the operations up to there: {path}")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m amagic_sim.oracle", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--seeds", type=_seeds, metavar="FIRST:LAST", help="of the streams (two fresh ones per GIC)"
    )
    parser.add_argument(
        "--steps",
        type=number_from(100, _MAX_OPERATIONS),
        default="5000",
        help="operations of each stream (%(default)s)",
    )
    parser.add_argument("--optional", action="store_true", help="a missing QEMU is no error")
    parser.add_argument("--record", action="store_true", help="write the vectors anew")
    arguments = parser.parse_args(argv)
    first = random.SystemRandom().randrange(1_000_000)
    seeds = arguments.seeds or range(first, first + 2 * len(CONFIGS))
    try:
        version = qemu_version(find_qemu())
    except OracleError as error:
        print(f"live oracle: NOT RUN, {error}")
        return 0 if arguments.optional else 1
    print(f"QEMU {version}", flush=True)
    try:
        if arguments.record:
            for path, text in recorded(QemuTarget(), version).items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                print(f"written: {path}")
            return 0
        held = _check_divergences(version) & _check_vectors()
        held &= _compare_streams(seeds, arguments.steps)
    except (OracleError, BuildError) as error:
        print(f"FAIL: {error}")
        held = False
    print("PASS" if held else "FAIL")
    print(f"live oracle: ran {_Counting.operations:,} operations")
    return 0 if held else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
