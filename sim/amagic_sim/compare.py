"""`amagic compare`: one workload in each mode of the hypervisor, side by side.

The firmware is built once. The same two guests then run in each mode, every run is judged as the
demo's, and what a tick costs is shown as a table and as a picture.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from .comparison import comparison_table
from .mode import Mode, mode_words
from .options import add_out, empty_results, number_from
from .outcome import Outcome, judge_run
from .steps import Step, say, show_cycles
from .trace import read_trace

__all__ = ["MODES", "PERIODS", "RESULTS", "add_arguments", "run", "write_comparison"]

MODES = (Mode.EMULATED, Mode.MASKED, Mode.FORWARDED, Mode.MASKED_EOI)
"""In the order of the columns; the last is a variant of the second."""

PERIODS = (26003, 28001)
"""Of the guests' ticks, in cycles: long enough for each mode to keep up with them."""

TICKS = 500
_MAX_TICKS = 100_000
_CYCLES_PER_TICK = 200_000  # far more than a tick takes; a guest that waits for ever does not end
RESULTS = _TABLE, _PICTURE = ("comparison.txt", "comparison.svg")
"""The files that `write_comparison` writes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic compare``."""
    parser.add_argument(
        "--ticks",
        type=number_from(1, _MAX_TICKS),
        default=TICKS,
        help="of each guest in each mode (%(default)s)",
    )
    add_out(parser, "compare")


def _note(ticks: int | None) -> str:
    guests = (
        f"two guests, {ticks} ticks each, one every {PERIODS[0]} and {PERIODS[1]} cycles"
        if ticks
        else "a user's own guests"
    )
    return (
        f"({guests}; masked-eoi is masked, with a\nmaintenance interrupt at each end of interrupt;"
        " while the host masks the timer a tick has no line)"
    )


def run(args: argparse.Namespace) -> int:
    """Runs the comparison. 0 for PASS, 1 when a tick is lost, doubled or early in any mode."""
    # The firmware's compiler, the simulator and the plots are loaded when they are needed.
    from .hypervisor_build import build_hypervisor, demo_guests
    from .soc_sim import build_soc, run_soc

    out: Path = args.out
    empty_results(out, RESULTS)
    with Step("building the firmware, once for all modes"):
        firmware = build_hypervisor(*demo_guests(args.ticks, PERIODS))
    with Step("compiling the simulated SoC (half a minute or so; kept for later runs)"):
        build_soc()
    outcomes: dict[Mode, Outcome] = {}
    for mode in MODES:
        with Step(f"running 2 guests in the mode {mode.value}"):
            done = run_soc(
                firmware,
                out / mode.value,
                max_cycles=_CYCLES_PER_TICK * max(args.ticks, 20),
                progress=show_cycles,
                words=mode_words(firmware, mode),
            )
            events = list(read_trace(done.trace_path))
            outcomes[mode] = judge_run(events, done.uart_text, [args.ticks] * 2, 0, mode)
    return show(outcomes, args.ticks, out)


def write_comparison(
    outcomes: Mapping[Mode, Outcome], ticks: int | None, out: Path
) -> tuple[str, list[Path]]:
    """The table, and the files with it and its picture.

    ``ticks`` are those of each guest of the comparison's own; None of a user's, of which nobody
    knows.
    """
    from .pictures import draw_comparison

    table = f"{comparison_table(outcomes)}\n{_note(ticks)}\n"
    (out / _TABLE).write_text(table)
    return table, [out / _TABLE, draw_comparison(outcomes, out / _PICTURE)]


def show(outcomes: dict[Mode, Outcome], ticks: int, out: Path) -> int:
    table, written = write_comparison(outcomes, ticks, out)
    say(f"\n{table}")
    say("written:")
    for path in written:
        say(f"  {os.path.relpath(path)}")
    reasons = [f"{mode.value}: {why}" for mode, each in outcomes.items() for why in each.reasons]
    for reason in reasons:
        say(f"reason: {reason}")
    delivered = sum(outcome.delivered for outcome in outcomes.values())
    say(f"{'FAIL' if reasons else 'PASS'}: {delivered} ticks delivered in {len(outcomes)} modes")
    return 1 if reasons else 0
