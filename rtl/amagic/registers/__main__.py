"""``python -m amagic.registers --header FILE [--base NAME=ADDRESS ...]``."""

import argparse
import sys
from pathlib import Path

from . import FRAMES
from .c_header import render_c_header

__all__ = ["main"]


def _base(text: str) -> tuple[str, int]:
    name, equals, address = text.partition("=")
    try:
        if not (name and equals):
            raise ValueError
        return name, int(address, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=ADDRESS (such as GICD=0x80001000)"
        ) from None


def main(argv: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m amagic.registers", description="Renders the register source."
    )
    parser.add_argument("--header", metavar="FILE", required=True, help="C header ('-': stdout)")
    parser.add_argument(
        "--base",
        metavar="NAME=ADDRESS",
        type=_base,
        action="append",
        default=[],
        help="define NAME_BASE; may be repeated",
    )
    arguments = parser.parse_args(argv)
    try:
        text = render_c_header(FRAMES, dict(arguments.base))
        if arguments.header == "-":
            sys.stdout.write(text)
        else:
            Path(arguments.header).write_text(text, encoding="utf-8")
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
