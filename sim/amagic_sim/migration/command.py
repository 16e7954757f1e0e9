"""`amagic migrate`: move a guest at many instants, and judge every tick; or print an image."""

import argparse
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from amagic.soc.soc import SocConfig

from ..options import add_out, empty_results, number_from
from .states import ALL, STATES

if TYPE_CHECKING:
    from .trial import Trial

__all__ = ["add_arguments", "run"]

_MOVES = 10  # in a run
_MAX_MOVES = 10_000
_LONG = (30, 60)  # ticks of the guest and of its neighbour, which goes on while the guest moves
_SHORT = (12, 12)  # in a run with one move
_COLUMNS = ("chosen", "through memory", "serial port")
_CHOSEN = {
    0: (
        "the tick forwarded by the exit before",
        "the tick pending",
        "the tick active, HW",
        "the tick due during the switch",
    ),
    1: ("pending, spilled", "active, spilled"),
}
"""By the limit on list registers, 0 for none: the states that such a guest is sure to meet."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--moves",
        type=number_from(0, _MAX_MOVES),
        default=200,
        help="random instants through memory (%(default)s)",
    )
    parser.add_argument(
        "--uart",
        type=number_from(0, _MAX_MOVES),
        default=5,
        help="instants over the serial port: the chosen ones first, then random ones (%(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="what the instants are made from (%(default)s)"
    )
    parser.add_argument("--read", type=Path, metavar="IMAGE", help="print an image, and end")
    add_out(parser, "migrate")


def _say(text: str) -> None:
    print(text, flush=True)


def _lrs(limit: int) -> str:
    return f"{limit or 'all'} list registers"


def _read(path: Path) -> int:
    from ..hypervisor_build import guest_size
    from .image import Host, describe, read_image
    from .trial import SLOTS

    config = SocConfig()
    host = Host(config.clock_hz, guest_size(config, SLOTS))
    _say(describe(read_image(path.read_bytes(), host)))
    return 0


class _Results:
    """What came of the trials, told as they end, and in a table."""

    def __init__(self) -> None:
        self._states: dict[str, Counter[str]] = {column: Counter() for column in _COLUMNS}
        self.reasons: list[str] = []
        self._ticks = 0
        self._since = time.monotonic()

    def add(self, column: str, name: str, trial: "Trial") -> None:
        self._states[column].update(trial.states)
        self._ticks += trial.ticks
        self.reasons += [f"{name}: {reason}" for reason in trial.reasons]
        _say(
            f"    {name}: {trial.states[ALL]} moves, {trial.ticks} ticks,"
            f" {'FAIL' if trial.reasons else 'pass'}"
        )

    @property
    def moves(self) -> int:
        return sum(states[ALL] for states in self._states.values())

    def show(self) -> None:
        """The table, what there is against the moves, and the verdict."""
        _say(f"{'a guest left with':40}" + "".join(f"{column:>16}" for column in _COLUMNS))
        for state in (*STATES, ALL):
            counts = [states[state] for states in self._states.values()]
            _say(f"  {state:38}" + "".join(f"{count:16}" for count in counts))
            if not any(counts):
                self.reasons.append(f"no guest left with: {state}")
        for reason in self.reasons:
            _say(f"reason: {reason}")
        minutes = (time.monotonic() - self._since) / 60
        _say(
            f"{'FAIL' if self.reasons else 'PASS'}: {self.moves} moves, {self._ticks} ticks"
            f" delivered, in {minutes:.0f} minutes"
        )


def run(args: argparse.Namespace) -> int:
    """Runs the trials. 0 for PASS, 1 for FAIL."""
    if args.read:
        return _read(args.read)
    from .trial import Case, directed, meet, over_uart, random_gaps, through_memory

    empty_results(args.out)
    results = _Results()
    chosen: list[tuple[Case, int]] = []
    _say("==> moving a guest at chosen instants")
    for lrs, states in _CHOSEN.items():
        case = Case(*_SHORT, lrs)
        instants = directed(case, args.out / "plain")
        for state in states:
            for trial in meet(case, state, instants.get(state, []), args.out / "chosen"):
                results.add("chosen", f"{state}, {_lrs(lrs)}", trial)
            chosen += [(case, gap) for gap in trial.gaps]
    _say(f"==> moving a guest at {args.moves} random instants, through memory")
    for number, first in enumerate(range(0, args.moves, _MOVES)):
        seed, lrs, vcpus = args.seed + number, number % 2, 1 + number // 2 % 2
        gaps = random_gaps(seed, min(_MOVES, args.moves - first))
        trial = through_memory(Case(*_LONG, lrs, vcpus=vcpus), gaps, args.out / "memory")
        results.add("through memory", f"seed {seed}, {_lrs(lrs)}, {vcpus} virtual CPUs", trial)
    _say(f"==> moving a guest to a second system at {args.uart} instants, over the serial port")
    for number in range(args.uart):
        if number < len(chosen):
            case, instant = chosen[-1 - number]
        else:
            case, instant = Case(*_SHORT, number % 2), random_gaps(args.seed + number, 1)[0]
        trial = over_uart(case, instant, args.out / "uart")
        results.add("serial port", f"cycle {instant}, {_lrs(case.lrs)}", trial)
    results.show()
    return 1 if results.reasons else 0
