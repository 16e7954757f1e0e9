"""`amagic migrate`: move a guest at many instants, and judge every tick; or print an image."""

import argparse
from collections import Counter
from pathlib import Path

from amagic.soc.soc import SocConfig

__all__ = ["add_arguments", "run"]

_MOVES = 10  # in a run
_NEIGHBOURS_TICKS = 60  # enough to go on while the guest moves so often
_TICKS = 30
_SHORT = (12, 12)  # ticks of the guest and of its neighbour, in a run with one move


def _count(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 10_000:
        raise argparse.ArgumentTypeError(f"expected 0 to 10000, not {text!r}")
    return value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--moves", type=_count, default=200, help="random instants through memory (%(default)s)"
    )
    parser.add_argument(
        "--uart", type=_count, default=5, help="random instants over the serial port (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="what the instants are made from (%(default)s)"
    )
    parser.add_argument("--read", type=Path, metavar="IMAGE", help="print an image, and end")
    parser.add_argument(
        "--out", type=Path, default=Path("build/migrate"), help="where results go (%(default)s)"
    )


def _say(text: str) -> None:
    print(text, flush=True)


def _read(path: Path) -> int:
    from ..hypervisor_build import guest_size
    from .image import Host, describe, read_image
    from .trial import SLOTS

    config = SocConfig()
    host = Host(config.clock_hz, guest_size(config, SLOTS))
    _say(describe(read_image(path.read_bytes(), host)))
    return 0


def run(args: argparse.Namespace) -> int:
    """Runs the trials. 0 for PASS, 1 for FAIL."""
    if args.read:
        return _read(args.read)
    from .trial import Case, directed, over_uart, random_gaps, through_memory

    states: Counter[str] = Counter()
    reasons: list[str] = []
    ticks = 0

    def note(name: str, trial) -> None:
        nonlocal ticks
        states.update(trial.states)
        ticks += trial.ticks
        reasons.extend(f"{name}: {reason}" for reason in trial.reasons)
        left = trial.states["in all"]
        _say(f"    {name}: {left} moves, {trial.ticks} ticks, {len(trial.reasons)} reasons against")

    _say("==> moving a guest at chosen instants")
    for lrs in (0, 1):
        case = Case(*_SHORT, lrs)
        chosen = directed(case, args.out / f"plain-{lrs}")
        for name, instant in chosen.items():
            folder = args.out / f"{name.replace(', ', '-').replace(' ', '-')}-{lrs}"
            trial = through_memory(case, [instant], folder)
            if name not in trial.states:
                trial.reasons.append("the state was not met")
            note(f"{name}, {lrs or 'all'} list registers", trial)
    _say(f"==> moving a guest at {args.moves} random instants, through memory")
    for number, first in enumerate(range(0, args.moves, _MOVES)):
        gaps = random_gaps(args.seed + number, min(_MOVES, args.moves - first))
        case = Case(_TICKS, _NEIGHBOURS_TICKS, number % 2)
        note(f"seed {args.seed + number}", through_memory(case, gaps, args.out / "memory"))
    _say(f"==> moving a guest to a second system at {args.uart} random instants")
    for number in range(args.uart):
        seed = args.seed + number
        instant = random_gaps(seed, 1)[0]
        case = Case(*_SHORT, number % 2)
        note(f"seed {seed}", over_uart(case, instant, args.out / f"uart-{number}"))
    _say("guests left with")
    for name, count in states.most_common():
        _say(f"  {name:32} {count:5}")
    for reason in reasons:
        _say(f"reason: {reason}")
    _say(f"{'FAIL' if reasons else 'PASS'}: {states['in all']} moves, {ticks} ticks delivered")
    return 1 if reasons else 0
