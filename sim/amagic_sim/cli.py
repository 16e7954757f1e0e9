"""The command line `amagic`."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from amagic import __version__

from .bench import BenchError
from .build import BuildError, writable_caches

__all__ = ["main"]

EXIT_FAIL = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


COMMANDS = {
    "demo": (
        "amagic_sim.demo",
        "run two guests that share one virtual timer, and judge every tick",
        "Build the firmware, run it on the simulated SoC, and judge every tick.",
    ),
    "compare": (
        "amagic_sim.compare",
        "run one workload in each of the hypervisor's modes, side by side",
        "Run the same two guests in each mode of the hypervisor, judge every tick, and show what a"
        " tick costs in each.",
    ),
    "soak": (
        "amagic_sim.soak.command",
        "run a million ticks over the hypervisor's modes, in shards",
        "Run two guests with random periods and time slices, over and over, in each mode of the"
        " hypervisor, and judge every tick. What was run is kept: after an interrupt, the same"
        " command goes on where it was.",
    ),
    "migrate": (
        "amagic_sim.migration.command",
        "move a guest between slots and simulated SoCs, and judge every tick",
        "Stop a guest at many instants, move it, as an image, through memory and over the serial"
        " port, and judge every tick; or print such an image.",
    ),
    "harts": (
        "amagic_sim.harts",
        "run guests with two virtual CPUs each on two harts",
        "Run two guests with two virtual CPUs each on a system with two harts, judge every tick,"
        " and count what went from hart to hart.",
    ),
    "build": (
        "amagic_boards.build",
        "make a board's bitstream",
        "Synthesize, place and route the SoC for a board; fail unless it reaches its clock.",
    ),
    "load": (
        "amagic_boards.load",
        "put other firmware into a board's bitstream",
        "Replace the firmware in a finished bitstream, without place-and-route.",
    ),
    "gate": (
        "amagic_boards.gate.run",
        "run the firmware on a board's synthesized netlist",
        "Run the firmware on the netlist that a bitstream is made of, and judge every tick.",
    ),
    "program": (
        "amagic_boards.program",
        "send a board's bitstream to the board",
        "Send a finished bitstream to the board, through openFPGALoader.",
    ),
    "bench": (
        "amagic_boards.bench.command",
        "measure the GIC's cost, speed and latencies on an ECP5",
        "Synthesize, route and simulate the GIC alone, in several sizes. What was measured is"
        " kept: after an interrupt, the same command goes on where it was.",
    ),
    "verilog": (
        "amagic.ip.command",
        "write the GIC as one Verilog file for other designs",
        "Write the GIC, behind a bus, as one Verilog file, and what belongs to it.",
    ),
    "streams": (
        "amagic_sim.streams.command",
        "check long streams of operations on the GIC against the golden model",
        "Make streams of operations by what the model's state has work for, run them, and compare"
        " every read and every output. The least that shows a difference becomes a GIC script.",
    ),
    "replay": (
        "amagic_sim.replay.command",
        "run GIC scripts on the RTL, the golden model or QEMU",
        "Run GIC scripts (*.gic) on one target, or on several side by side, and print what each"
        " read is and each expectation that does not hold.",
    ),
    "board-test": (
        "amagic_boards.board_test.command",
        "test a board, or a simulated one, over its serial port",
        "Let a board test itself and run two guests; judge every tick as the demo does.",
    ),
}
"""Each subcommand's module, its line in the list, and its description."""

EXTRAS = {"amagic_sim": "sim", "amagic_boards": "sim,boards"}
"""What a plain installation lacks for a package's commands: extras of this distribution."""


@contextmanager
def _extras_named(module: str) -> Iterator[None]:
    """Say what to install when a package is missing that an extra brings."""
    try:
        yield
    except ModuleNotFoundError as error:
        extras = EXTRAS.get(module.partition(".")[0])
        if extras is None or error.name is None or error.name.startswith("amagic"):
            raise
        raise BuildError(
            f"the Python package {error.name} is missing: pip install 'amagic[{extras}]'"
        ) from error


def _note_another_checkout() -> None:
    """Tell when the command is of one checkout's environment and this is another's code."""
    command = Path(sys.argv[0])
    if command.parent.parent.name != ".venv":
        return
    checkout = command.absolute().parents[2]
    running = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and not checkout.samefile(running):
        print(
            f"amagic: note: this runs {running}, not {checkout}, whose environment is made from"
            " there",
            file=sys.stderr,
        )


def _parser(command: str | None) -> argparse.ArgumentParser:
    """The parser. The subcommand `command` gets its options; the others stay unloaded."""
    parser = argparse.ArgumentParser(
        prog="amagic", description="An ARM GICv2 in Amaranth, on a RISC-V system-on-chip."
    )
    parser.add_argument("--version", action="version", version=f"amagic {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary, description) in COMMANDS.items():
        options = commands.add_parser(name, help=summary, description=description)
        if command == name:
            loaded = import_module(module)
            loaded.add_arguments(options)
            options.set_defaults(run=loaded.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 is PASS, 1 is FAIL or an error whose reason is printed, 2 is a wrong command line and 130 an
    interrupt (Ctrl-C). ``AMAGIC_TRACEBACK=1`` in the environment lets errors through.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in arguments if not word.startswith("-")), None)
    _note_another_checkout()
    try:
        writable_caches()
        # Much is imported only when it is needed: by the options' values, or by the run.
        with _extras_named(COMMANDS[command][0] if command in COMMANDS else ""):
            args = _parser(command).parse_args(arguments)
            return args.run(args)
    except KeyboardInterrupt:
        print("\namagic: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (BuildError, BenchError, OSError, ValueError) as error:
        if os.environ.get("AMAGIC_TRACEBACK"):
            raise
        print(f"amagic: error: {error}", file=sys.stderr)
        return EXIT_FAIL


if __name__ == "__main__":
    sys.exit(main())
