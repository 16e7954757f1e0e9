"""`amagic gate BOARD`: the firmware on the board's synthesized netlist.

The netlist is the one that `amagic build` places and routes, with the firmware put into its block
RAMs as `amagic load` does it. Our models of cells are first tested in every mode that it uses. Then
it runs from the board's oscillator on, with the wrapper of the simulated SoC around it; the probe's
trace is judged, and compared with that of the SoC before synthesis, event by event.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from amagic_sim.build import BuildError, Simulator, build_root
from amagic_sim.hypervisor_build import GUESTS, build_hypervisor, demo_guests
from amagic_sim.judge import Judge
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun, build_soc, build_wrapped, run_built, run_soc
from amagic_sim.trace import read_trace
from amagic_sim.verdict import Verdict

from ..bitstream import FirmwareImage, memory_pattern, read_firmware
from ..block_ram import replace_words
from ..board import BOARDS, Board
from ..build import TOP, board_argument, exclusive, synthesize_board
from ..toolchain import Progress
from .blocks import check_models
from .cells import check_gates, model_sources, modes, read_gates
from .verilog import VERILATOR, block_contents, gate_verilog, memory_files, watched

__all__ = ["add_arguments", "build_gates", "judge_gates", "run", "surroundings"]

TICKS = 50
"""Of each guest."""

_MAX_CYCLES = 40_000_000
_RECORD = {"valid": 1, "time": 64, "info": 32, "value": 32}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic gate``."""
    parser.add_argument(
        "board",
        type=board_argument,
        nargs="?",
        default=BOARDS[0],
        metavar="BOARD",
        help=f"one of {', '.join(BOARDS)} (%(default)s)",
    )
    parser.add_argument(
        "--ticks", type=int, default=TICKS, help="how many each guest gets (%(default)s)"
    )


def surroundings(board: Board, gates: Mapping) -> str:
    """A module ``soc`` for the simulated SoC's wrapper: the netlist, its oscillator, and buttons
    that nobody presses."""
    platform = board.platform()
    record = [f"probe_event__{name}" for name in _RECORD]
    pins = board.connections(gates["ports"], clock="oscillator", rx="uart_rx", tx="uart_tx")
    connections = [f".{pin}({net})" for pin, net in pins.items()]
    connections += [f".{name}({name})" for name in record]
    outputs = [f"output [{width - 1}:0] probe_event__{name}" for name, width in _RECORD.items()]
    # The PLL's edges meet the oscillator's, which begin with a period of the wrapper's clock: in
    # the middle between two edges at which the wrapper looks.
    return "\n".join(
        [
            "`timescale 1ns / 1ps",
            f"module soc (input clk, rst, uart_rx, input [{board.soc.gic.spis - 1}:0] spi,",
            f"  output uart_tx, output [63:0] count, {', '.join(outputs)});",
            "  reg oscillator = 0;",
            "  initial begin",
            f"    #({1e9 / board.soc.clock_hz});",
            "    forever begin",
            f"      oscillator = 1; #({0.5e9 / platform.default_clk_frequency});",
            f"      oscillator = 0; #({0.5e9 / platform.default_clk_frequency});",
            "    end",
            "  end",
            "  assign count = probe_event__time;",
            f"  netlist netlist ({', '.join(connections)});",
            "endmodule",
            "",
        ]
    )


def build_gates(board: Board, gates: Mapping) -> Simulator:
    """Build the simulator of a board's netlist, or find the one that is built already."""
    watch = {
        f"probe_event__{name}": watched(gates, width, f".probe_event__{name}", f".recorded__{name}")
        for name, width in _RECORD.items()
    }
    sources = {
        **model_sources(),
        "netlist.v": gate_verilog(gates, "netlist", watch),
        "soc.sv": surroundings(board, gates),
    }
    return build_wrapped("gate", sources, board.soc, args=[*VERILATOR, "-DSOC_NETLIST"])


def loaded_blocks(gates: Mapping, firmware: FirmwareImage) -> Mapping[str, Sequence[int]]:
    """The netlist's block RAMs with the firmware in them."""
    pattern = memory_pattern(len(firmware.words))
    return replace_words(block_contents(gates), pattern, firmware.words)


def first_difference(one: Path, other: Path) -> str | None:
    """Where two traces differ first; None when they are the same."""
    with one.open() as ours, other.open() as theirs:
        for number, pair in enumerate(zip_longest(ours, theirs, fillvalue="nothing"), 1):
            if pair[0] != pair[1]:
                return f"line {number}: {pair[0].strip()!r} and {pair[1].strip()!r}"
    return None


def judge_gates(gates: SocRun, rtl: SocRun, ticks: int) -> tuple[int, list[str]]:
    """The ticks delivered, and every reason against PASS."""
    judge = Judge(GUESTS).run(read_trace(gates.trace_path))
    report = parse_report(gates.uart_text)
    verdict = Verdict.of(judge, ticks=[ticks] * GUESTS, dropped=report.dropped)
    reasons = [*verdict.reasons]
    reasons += [f"guest {number}: {fault}" for number, fault in sorted(report.faults.items())]
    if not report.passed:
        reasons.append("the firmware reports FAIL")
    if difference := first_difference(gates.trace_path, rtl.trace_path):
        reasons.append(f"the traces of netlist and design differ in {difference}")
    if gates.uart_text != rtl.uart_text:
        reasons.append("the serial port sent something else than before synthesis")
    print("\n".join(f"    {line}" for line in report.lines))
    return sum(len(result.delivered) for result in judge.results), reasons


def run(args: argparse.Namespace) -> int:
    """Runs ``amagic gate``."""
    board, ticks = args.board, args.ticks
    if ticks < TICKS:
        raise BuildError(f"--ticks must be at least {TICKS}, not {ticks}")
    progress = Progress()
    out = build_root() / "gate" / board.name
    with progress.during("building the firmware"):
        program = build_hypervisor(*demo_guests(ticks), config=board.soc)
        firmware = read_firmware(program.elf, board)
    with exclusive(board) as results:
        synthesize_board(board, results / "work", progress)
        with progress.during("reading the netlist"):
            gates = read_gates(results / "work" / f"{TOP}.json", TOP)
            check_gates(gates)
    check_models(board, modes(gates), out / "models", progress)
    with progress.during("compiling the netlist (some minutes; kept for later runs)"):
        simulator = build_gates(board, gates)
    with progress.during("compiling the SoC before synthesis (kept as well)"):
        build_soc(board.soc)

    def at(cycles: int) -> None:
        print(f"    {cycles:,} cycles", flush=True)

    limit = {"max_cycles": _MAX_CYCLES, "progress": at}
    with progress.during("running the SoC before synthesis"):
        rtl = run_soc(program, out / "rtl", config=board.soc, **limit)
    with progress.during("running the netlist"):
        blocks = memory_files(loaded_blocks(gates, firmware))
        run_of_gates = run_built(simulator, out / "netlist", blocks, **limit)
    delivered, reasons = judge_gates(run_of_gates, rtl, ticks)
    for reason in reasons:
        print(f"reason: {reason}")
    print(f"traces: {os.path.relpath(rtl.trace_path)}, {os.path.relpath(run_of_gates.trace_path)}")
    print(
        f"{'FAIL' if reasons else 'PASS'}: {delivered} ticks delivered in {run_of_gates.cycles}"
        f" cycles by the netlist of {board.title}, {len(gates['cells'])} cells"
    )
    return 1 if reasons else 0
