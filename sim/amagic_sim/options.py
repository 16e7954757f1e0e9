"""What the options of several commands have in common."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["add_out", "empty_results", "number_from"]


def number_from(least: int, most: int | None = None) -> Callable[[str], int]:
    """The type of an option that is a number, not more than ``most`` if there is such."""

    def parse(text: str) -> int:
        value = int(text) if text.isdecimal() else -1
        if value < least or (most is not None and value > most):
            allowed = f"from {least} on" if most is None else f"in {least} to {most}"
            raise argparse.ArgumentTypeError(f"expected a number {allowed}, not {text!r}")
        return value

    return parse


def add_out(parser: argparse.ArgumentParser, folder: str) -> None:
    """The option ``--out``; ``folder`` of ``build`` is where results go without it."""
    parser.add_argument(
        "--out", type=Path, default=Path("build") / folder, help="where results go (%(default)s)"
    )


def empty_results(out: Path, old: Iterable[str] = ()) -> None:
    """Make the folder for results, without those files of an earlier run. `ValueError` when
    ``out`` is something else."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is not a folder")
    out.mkdir(parents=True, exist_ok=True)
    for name in old:
        (out / name).unlink(missing_ok=True)
