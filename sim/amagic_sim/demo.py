"""`amagic demo`: the main job, end to end, and what there is to see of it.

Two guests share one virtual timer. The firmware is built, the SoC compiled and run to its end; the
judge reads the probe's trace; the numbers are printed, and the pictures written.
"""

import argparse
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from .judge import Judge
from .options import add_out, empty_results
from .outcome import MARGIN, PICTURES, draw_outcome, judge_run, typical_tick
from .report import Report
from .statistics import run_table
from .steps import Step, say, show_cycles
from .trace import Event, EventKind, Mark, read_trace

__all__ = ["add_arguments", "run"]

TICKS = 500
PER_CLASS = 50
# In cycles: so short that enough ticks fall due while the worlds switch.
_SLICES = {"HYP_SLICE_MIN": 1_100, "HYP_SLICE_SPREAD": 3_072}
_WAVE = "wave"  # the folder of the waveform
_GUESTS = 2
_MAX_CYCLES = 40_000_000
_WAVE_CYCLES = 30_000  # a cycle takes some 1.5 KB: a waveform stays below 50 MB


def _window(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(
            f"expected START:END in cycles, with START below END, not {text!r}"
        )
    return int(match[1]), int(match[2])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The demo's options."""
    for number in range(_GUESTS):
        parser.add_argument(
            f"--guest{number}",
            type=Path,
            metavar="FILE",
            help=f"C source that runs as guest {number} instead of the demo's own",
        )
    parser.add_argument(
        "--window",
        type=_window,
        action="append",
        metavar="START:END",
        help="cycles to write as a waveform, instead of the chosen ones (may be repeated)",
    )
    add_out(parser, "demo")


def switched_tick(judge: Judge, events: Sequence[Event]) -> tuple[int, int] | None:
    """From the IAR of a tick whose guest is then switched out, to the other world's entry."""
    held = [t for r in judge.results for t in r.delivered if t.switched_while_active]
    if not held:
        return None
    tick = min(held, key=lambda each: each.due)
    out = next(
        e.time
        for e in events
        if e.kind is EventKind.MARK and e.time > tick.iar and e.mark is Mark.SWITCH_OUT
    )
    entered = next(
        e.time
        for e in events
        if e.kind is EventKind.MARK and e.time > out and e.mark is Mark.SWITCH_IN
    )
    return max(tick.iar, out - 10 * MARGIN), entered


def chosen_windows(judge: Judge, events: Sequence[Event]) -> list[tuple[int, int]]:
    """The waveform's windows: one forwarded tick, one switch during a forwarded interrupt."""
    windows = []
    if tick := typical_tick(judge):
        windows.append((tick.line - MARGIN, tick.eoi + MARGIN))
    if switch := switched_tick(judge, events):
        windows.append((switch[0] - MARGIN, switch[1] + MARGIN))
    return sorted(windows)


def _check_windows(windows: Sequence[tuple[int, int]]) -> None:
    """Refuses, before anything is run, what cannot be written."""
    from .soc_sim import check_windows

    check_windows(windows)
    cycles = sum(end - start for start, end in windows)
    if cycles > _WAVE_CYCLES:
        raise ValueError(f"there can be at most {_WAVE_CYCLES} cycles of waveform, not {cycles}")


def _empty(out: Path) -> None:
    """Makes the folder for the results, without those of an earlier run."""
    empty_results(out, PICTURES)
    shutil.rmtree(out / _WAVE, ignore_errors=True)


def _print_report(report: Report) -> None:
    say("    the firmware's own report, from the UART:")
    for line in report.lines:
        say(f"      {line}")


def run(args: argparse.Namespace) -> int:
    """Runs the demo. 0 for PASS, 1 for FAIL; errors of the user's are raised with their reason."""
    # The firmware's compiler, the simulator and the plots are loaded when they are needed.
    from .hypervisor_build import build_hypervisor
    from .soc_sim import build_soc, run_soc
    from .waveform import write_view

    out: Path = args.out
    _check_windows(args.window or ())
    with Step("building the firmware"):
        firmware = build_hypervisor(args.guest0, args.guest1, defines=_SLICES)
    _empty(out)
    with Step("compiling the simulated SoC (half a minute or so; kept for later runs)"):
        build_soc()
    with Step(f"running {_GUESTS} guests on the simulated SoC"):
        first = run_soc(firmware, out, max_cycles=_MAX_CYCLES, progress=show_cycles)
    with Step("judging the probe's trace"):
        events = list(read_trace(first.trace_path))
        own = [guest is None for guest in (args.guest0, args.guest1)]
        outcome = judge_run(
            events,
            first.uart_text,
            # Of a user's own guest nobody knows how many ticks it asks for, and when.
            ticks=[TICKS if mine else None for mine in own],
            per_class=PER_CLASS if all(own) else 0,
        )
    say("")
    say(run_table(outcome.judge))
    say("")
    _print_report(outcome.report)
    with Step("drawing"):
        written = draw_outcome(outcome, out)
    windows = args.window or chosen_windows(outcome.judge, events)
    for start, end in windows:
        if end > events[-1].time:
            raise ValueError(
                f"the window {start}:{end} is not over at the run's end, cycle {events[-1].time}"
            )
    if windows:
        with Step("compiling the simulated SoC once more, with waveforms (kept as well)"):
            build_soc(waves=True)
        shown = ", ".join(f"{start} to {end}" for start, end in windows)
        with Step(f"running again for the waveform of cycles {shown}"):
            again = run_soc(
                firmware,
                out / _WAVE,
                max_cycles=_MAX_CYCLES,
                # The run is the same again, and nothing after the last window is of interest.
                until=max(end for _, end in windows) + MARGIN,
                windows=windows,
                progress=show_cycles,
            )
            written += [again.vcd_path, write_view(again.vcd_path)]
    say("written:")
    for path in written:
        say(f"  {os.path.relpath(path)}")
    for reason in outcome.reasons:
        say(f"reason: {reason}")
    verdict = "FAIL" if outcome.reasons else "PASS"
    say(f"{verdict}: {outcome.delivered} ticks delivered in {first.cycles} cycles")
    return 1 if outcome.reasons else 0
