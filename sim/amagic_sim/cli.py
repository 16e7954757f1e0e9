"""The command line `amagic`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import metadata

from .bench import BenchError
from .build import BuildError, writable_caches

__all__ = ["main"]

EXIT_FAIL = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def _version() -> str:
    try:
        return metadata.version("amagic")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _parser(command: str | None) -> argparse.ArgumentParser:
    """The parser. The subcommand `command` gets its options; the others stay unloaded."""
    parser = argparse.ArgumentParser(
        prog="amagic", description="An ARM GICv2 in Amaranth, on a simulated RISC-V SoC."
    )
    parser.add_argument("--version", action="version", version=f"amagic {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="run two guests that share one virtual timer, and judge every tick",
        description="Build the firmware, run it on the simulated SoC, and judge every tick.",
    )
    if command == "demo":
        from . import demo as demo_module

        demo_module.add_arguments(demo)
        demo.set_defaults(run=demo_module.run)
    bench = commands.add_parser(
        "bench",
        help="measure the GIC's cost, speed and latencies on an ECP5",
        description="Synthesize, route and simulate the GIC alone, in several sizes. What was"
        " measured is kept: after an interrupt, the same command goes on where it was.",
    )
    if command == "bench":
        from amagic_boards.bench import command as bench_module

        bench_module.add_arguments(bench)
        bench.set_defaults(run=bench_module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 is PASS, 1 is FAIL or an error whose reason is printed, 2 is a wrong command line and 130 an
    interrupt (Ctrl-C). ``AMAGIC_TRACEBACK=1`` in the environment lets errors through.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in arguments if not word.startswith("-")), None)
    try:
        writable_caches()
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
