"""The command ``amagic verilog``."""

import argparse

from ..gic import GicConfig
from ..gic.config import MAX_SELECTION_STAGES
from .buses import BUSES
from .config import IpConfig
from .files import RENDERERS, write_ip

__all__ = ["add_arguments", "run"]

_BESIDE = {
    "header": "the C header",
    "svd": "the CMSIS-SVD file",
    "html": "the register reference",
    "dts": "the device tree's nodes",
}


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}") from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    gic, ip = GicConfig(), IpConfig()
    for option, default, what in (
        ("--cpus", gic.cpus, "CPU interfaces, 1 to 8"),
        ("--spis", gic.spis, "shared peripheral interrupts, 0 to 988"),
        ("--lrs", gic.lrs, "list registers of each CPU, 1 to 64"),
        ("--priority-bits", gic.priority_bits, "physical priority bits, 4 to 8"),
    ):
        parser.add_argument(
            option, metavar="N", type=_number, default=default, help=f"{what} (default {default})"
        )
    parser.add_argument(
        "--security",
        action="store_true",
        help="with the Security Extensions; at least 5 priority bits",
    )
    parser.add_argument(
        "--no-sync-lines",
        action="store_true",
        help="no synchronizers before the interrupt lines: all come from the GIC's clock",
    )
    parser.add_argument(
        "--selection-stages",
        metavar="N",
        type=_number,
        help=f"registers on the way to the best interrupt, 0 to {MAX_SELECTION_STAGES}: more make"
        " the clock faster and the interrupt later (default: by the number of interrupts)",
    )
    parser.add_argument(
        "--tree-per-cpu",
        action="store_true",
        help="compare an SPI for all CPUs at once: larger, and sooner where there are many CPUs",
    )
    for option, default, what in (
        ("--implementer", gic.implementer, "the designer's JEP106 code, 12 bits"),
        ("--product", gic.product, "product number, 8 bits"),
        ("--revision", gic.revision, "revision, 0 to 15"),
        ("--variant", gic.variant, "variant, 0 to 15"),
    ):
        parser.add_argument(
            option,
            metavar="ID",
            type=_number,
            default=default,
            help=f"for the identification registers: {what} (default {default:#x})",
        )
    parser.add_argument(
        "--bus",
        metavar="BUS",
        default=ip.bus,
        help=f"{', '.join(BUSES)} (default {ip.bus})",
    )
    parser.add_argument("--timer", action="store_true", help="with a generic timer, on PPIs")
    parser.add_argument(
        "--timer-spi",
        metavar="INTID",
        type=_number,
        help="with a generic timer, on the SPIs from this one on",
    )
    parser.add_argument(
        "--frequency",
        metavar="HZ",
        type=_number,
        default=ip.frequency,
        help=f"the clock's, which the timer tells software (default {ip.frequency})",
    )
    parser.add_argument("-o", metavar="FILE", dest="output", required=True, help="the Verilog file")
    parser.add_argument(
        "--name", help="the module's name (default: the file's, without its ending)"
    )
    parser.add_argument(
        "--base",
        metavar="ADDRESS",
        type=_number,
        default=0,
        help="where the GIC stands in the system, for the files below (default 0)",
    )
    for kind, what in _BESIDE.items():
        parser.add_argument(
            f"--{kind}",
            metavar="FILE",
            nargs="?",
            const=True,
            help=f"write {what} too (default: beside the Verilog, with {RENDERERS[kind][0]})",
        )
    parser.set_defaults(parser=parser)


def run(args: argparse.Namespace) -> int:
    """Write the files and name them; returns the exit code."""
    try:
        written = write_ip(
            args.output,
            GicConfig(
                cpus=args.cpus,
                spis=args.spis,
                lrs=args.lrs,
                priority_bits=args.priority_bits,
                security=args.security,
                sync_lines=not args.no_sync_lines,
                selection_stages=args.selection_stages,
                tree_per_cpu=args.tree_per_cpu,
                implementer=args.implementer,
                product=args.product,
                revision=args.revision,
                variant=args.variant,
            ),
            bus=args.bus,
            timer=args.timer or args.timer_spi is not None,
            timer_spi=args.timer_spi,
            frequency=args.frequency,
            name=args.name,
            base=args.base,
            **{kind: getattr(args, kind) for kind in RENDERERS},
        )
    except ValueError as error:
        args.parser.error(str(error))
    for path in written:
        print(f"written: {path}")
    return 0
