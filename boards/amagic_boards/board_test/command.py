"""`amagic board-test`: the on-board test, judged and shown as `amagic compare` is.

The board tests itself, runs the two guests in each mode, and sends all that its probe records; the
same judge follows it. ``--simulate`` does the same with a simulated board behind a pseudo-terminal.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amagic_sim.compare import MODES, RESULTS, write_comparison
from amagic_sim.firmware import soc_id
from amagic_sim.forwarding import TICK_FORWARDED
from amagic_sim.mode import Mode
from amagic_sim.options import add_out, empty_results, number_from
from amagic_sim.outcome import PICTURES, Outcome, draw_outcome, judge_run
from amagic_sim.statistics import run_table
from amagic_sim.trace import EventKind

from ..bitstream import read_firmware
from ..board import BOARDS, Board, find_board
from ..build import board_argument, mode_argument
from .firmware import DEFAULT_TICKS, build_board_firmware
from .port import Port, open_port
from .protocol import State
from .session import BoardRun, Patience, run_session
from .simulated import build_simulated, simulated_board

__all__ = ["add_arguments", "run"]

SIMULATED_TICKS = 20
_MAX_TICKS = 100_000
_BAUD = 1_000_000
_PATIENCE = Patience(silence=5, total=120)
_TRACE, _TEXT, _REPORT = "trace.txt", "uart.txt", "report.txt"
_SHOW_SECONDS = 5.0
_OWN, _EACH = "own", object()


def _simulated_patience(ticks: int) -> Patience:
    """Of one run, for a slow machine: a tick of each guest takes some seconds."""
    return Patience(silence=120, total=1800 + 20 * ticks)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"expected a number of seconds, not {text!r}")
    return value


def _mode(name: str) -> Mode | None:
    return None if name == _OWN else mode_argument(name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic board-test``."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--port", help="the serial port that the board is behind")
    which.add_argument(
        "--simulate",
        type=board_argument,
        metavar="BOARD",
        help=f"a simulated board instead: one of {', '.join(BOARDS)}",
    )
    parser.add_argument("--baud", type=int, default=_BAUD, help="of the serial port (%(default)s)")
    parser.add_argument(
        "--mode",
        type=_mode,
        default=_EACH,
        help="only this way to hand on the timer's interrupt, and not each, side by side:"
        f" {', '.join(mode.value for mode in Mode)}, or {_OWN}, the one that the board's firmware"
        " was built for",
    )
    parser.add_argument(
        "--ticks",
        type=number_from(1, _MAX_TICKS),
        help=f"of each guest of a simulated board ({SIMULATED_TICKS}); a real one's are in its"
        f" firmware ({DEFAULT_TICKS})",
    )
    for what, default in (
        ("silence", "silence"),
        ("timeout", "total"),
    ):
        limits = (_PATIENCE, _simulated_patience(SIMULATED_TICKS))
        real, simulated = (getattr(limit, default) for limit in limits)
        meaning = "the board may be silent" if what == "silence" else "a run may take"
        more = " and more with more ticks" if what == "timeout" else ""
        parser.add_argument(
            f"--{what}",
            type=_seconds,
            metavar="SECONDS",
            help=f"how long {meaning} ({real:g}; simulated {simulated:g}{more})",
        )
    add_out(parser, "board-test")


def _say(text: str) -> None:
    print(text, flush=True)


class _Progress:
    """Shows each self-test as it is done, and now and then how far the guests are."""

    def __init__(self) -> None:
        self._begun = self._shown = time.monotonic()
        self._tests = self._seen = self._ticks = 0
        self._greeted = False

    def __call__(self, run: BoardRun) -> None:
        if run.hello and not self._greeted:
            self._greeted = True
            _say(f"    the board says hello: a SoC at {run.hello.clock_hz / 1e6:g} MHz")
        for test in run.tests[self._tests :]:
            _say(f"    {test}")
        self._tests = len(run.tests)
        for event in run.events[self._seen :]:
            self._ticks += event.kind is EventKind.DISTRIBUTOR and event.aux == TICK_FORWARDED
        self._seen = len(run.events)
        now = time.monotonic()
        if run.events and now - self._shown > _SHOW_SECONDS:
            self._shown = now
            wanted = sum(run.hello.ticks) if run.hello and all(run.hello.ticks) else 0
            of = f" of {wanted}" if wanted else ""
            _say(f"    {self._ticks}{of} ticks ended, {now - self._begun:.0f} s")


@contextmanager
def _simulated(board: Board, ticks: int, out: Path) -> Iterator[Port]:
    """A simulated board's port."""
    _say("==> building the firmware")
    firmware = read_firmware(build_board_firmware(board, ticks=ticks).elf, board)
    _say(f"==> compiling the simulated {board.title} (a minute or so; kept for later runs)")
    simulator = build_simulated(board)
    with simulated_board(simulator, firmware.words, out / "simulator") as simulated:
        port = open_port(simulated.port, board.soc.baud)
        try:
            yield port
        finally:
            port.close()


@contextmanager
def _real(name: str, baud: int) -> Iterator[Port]:
    port = open_port(name, baud)
    try:
        yield port
    finally:
        port.close()


def _judge(run: BoardRun, mode: Mode | None) -> Outcome:
    # Of a user's own guest nobody knows how many ticks it asks for.
    ticks = [count or None for count in run.hello.ticks]
    events = sorted(run.events, key=lambda event: event.time)
    return judge_run(events, run.text, ticks, per_class=0, mode=mode)


@dataclass(frozen=True)
class _Result:
    """A run in one mode: what the board told, what came of it, if the guests ran, and every reason
    against it."""

    name: str
    run: BoardRun
    outcome: Outcome | None
    reasons: Sequence[str]

    @classmethod
    def of(cls, run: BoardRun, mode: Mode | None) -> "_Result":
        name = mode.value if mode else _OWN
        failures = [str(test) for test in run.tests if not test.passed]
        if run.hello.state is State.READY and not run.tests:
            failures.append("the board did not test itself")
        holes = []
        if run.end.unread:
            holes.append(f"{run.end.unread} records found the probe's buffer full")
        if run.end.dropped:
            holes.append(f"the probe dropped {run.end.dropped} events")
        outcome = None if failures or holes else _judge(run, mode)
        against = holes + [*(outcome.reasons if outcome else ())]
        return cls(name, run, outcome, failures + [f"{name}: {reason}" for reason in against])

    @property
    def delivered(self) -> int:
        return self.outcome.delivered if self.outcome else 0


def _write_results(run: BoardRun, out: Path) -> list[Path]:
    out.mkdir(exist_ok=True)
    lines = (f"{e.time} {int(e.kind)} {e.cpu} {e.aux:04x} {e.value:08x}\n" for e in run.events)
    (out / _TRACE).write_text("".join(lines))
    (out / _TEXT).write_text(run.text)
    return [out / _TRACE, out / _TEXT]


def _tables(results: Sequence[_Result], out: Path) -> tuple[str, list[Path]]:
    """The runs side by side, or the only one's guests, and the files with their pictures."""
    outcomes = {Mode(r.outcome.report.mode): r.outcome for r in results if r.outcome}
    written = []
    for result in results:
        if result.outcome and Mode(result.outcome.report.mode).forwards:
            written += draw_outcome(result.outcome, out / result.name)
    if not outcomes:
        return "", written
    if len(results) == 1:
        return run_table(results[0].outcome.judge), written
    ticks = {count for result in results for count in result.run.hello.ticks}
    table, files = write_comparison(outcomes, ticks.pop() if len(ticks) == 1 else None, out)
    return table.rstrip(), files + written


def _report(results: Sequence[_Result], table: str) -> str:
    tests = results[0].run.tests
    parts = ["\n".join(str(test) for test in tests), table]
    parts += [result.run.text.rstrip() for result in results]
    reasons = [reason for result in results for reason in result.reasons]
    parts.append("\n".join(f"reason: {reason}" for reason in reasons))
    modes = f" in {len(results)} modes" if len(results) > 1 else ""
    parts.append(
        f"{'FAIL' if reasons else 'PASS'}: {sum(test.passed for test in tests)} of"
        f" {len(tests)} self-tests passed, {sum(result.delivered for result in results)} ticks"
        f" delivered{modes}"
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _empty(out: Path) -> None:
    empty_results(out, (_REPORT, *RESULTS))
    for folder in (_OWN, *(mode.value for mode in Mode)):
        for name in (_TRACE, _TEXT, *PICTURES):
            (out / folder / name).unlink(missing_ok=True)


def _run_all(
    port: Port, socs: set[int], patience: Patience, modes: Sequence[Mode | None], out: Path
) -> tuple[list[_Result], list[Path]]:
    """The runs, one after another, and the files with what the board told. The first that fails is
    the last."""
    results, written = [], []
    for mode in modes:
        name = mode.value if mode else _OWN
        _say(f"==> testing the board behind {port.name}, in the mode {name}")
        again = bool(results)
        run = run_session(port, socs, patience, _Progress(), mode=mode, again=again)
        written += _write_results(run, out / name)
        results.append(_Result.of(run, mode))
        if results[-1].reasons:
            break
    return results, written


def run(args: argparse.Namespace) -> int:
    """Runs ``amagic board-test``: 0 for PASS, 1 for FAIL; an error when there is neither."""
    board: Board | None = args.simulate
    if board is None and args.ticks is not None:
        raise ValueError("--ticks is for a simulated board: a real one has it in its firmware")
    ticks = args.ticks or SIMULATED_TICKS
    default = _PATIENCE if board is None else _simulated_patience(ticks)
    patience = Patience(args.silence or default.silence, args.timeout or default.total)
    out: Path = args.out / (board.name if board else "")
    _empty(out)
    if board is None:
        socs = {soc_id(find_board(name).soc) for name in BOARDS}
        source = _real(args.port, args.baud)
    else:
        socs = {soc_id(board.soc)}
        source = _simulated(board, ticks, out)
    modes = MODES if args.mode is _EACH else [args.mode]
    with source as port:
        results, written = _run_all(port, socs, patience, modes, out)
    table, pictures = _tables(results, out)
    text = _report(results, table)
    (out / _REPORT).write_text(text)
    _say("written:")
    for path in (out / _REPORT, *written, *pictures):
        _say(f"  {os.path.relpath(path)}")
    _say("")
    _say(text.rstrip())
    return 1 if any(result.reasons for result in results) else 0
