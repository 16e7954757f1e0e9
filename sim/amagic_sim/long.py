"""`make long`: random streams of the GIC and its distributor against their Python models.

Each seed is a round: every random stream of ``tests/gic`` takes that many steps. A round that
fails ends the run with the command that repeats it.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]

CHECKOUT = Path(__file__).resolve().parents[2]
_MAX_STEPS = 20_000
_COMMAND = ("-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "tests/gic", "-k", "random")


def _seeds(text: str) -> range:
    match = re.fullmatch(r"(\d+)(?::(\d+))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise argparse.ArgumentTypeError(
            f"expected SEED or FIRST:LAST with FIRST at most LAST, not {text!r}"
        )
    return range(first, last + 1)


def _steps(text: str) -> int:
    if not re.fullmatch(r"\d+", text) or not 100 <= int(text) <= _MAX_STEPS:
        raise argparse.ArgumentTypeError(f"expected 100 to {_MAX_STEPS} steps, not {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m amagic_sim.long", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--seeds", type=_seeds, default="1:20", metavar="FIRST:LAST")
    parser.add_argument("--steps", type=_steps, default="5000", help="of each stream (%(default)s)")
    arguments = parser.parse_args(argv)
    seeds = arguments.seeds
    for done, seed in enumerate(seeds, 1):
        begun = time.monotonic()
        env = {**os.environ, "SEED": str(seed), "STEPS": str(arguments.steps)}
        ended = subprocess.run(
            [sys.executable, *_COMMAND], cwd=CHECKOUT, env=env, capture_output=True, text=True
        )
        if ended.returncode:
            print(ended.stdout + ended.stderr)
            print(f"seed {seed}: FAIL; again with: make long SEEDS={seed} STEPS={arguments.steps}")
            return 1
        streams = re.search(r"(\d+) passed", ended.stdout)[1]
        seconds = time.monotonic() - begun
        print(
            f"seed {seed} ({done} of {len(seeds)}): {streams} streams of {arguments.steps} steps"
            f" agree with the model, {seconds:.0f} s",
            flush=True,
        )
    print("PASS")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
