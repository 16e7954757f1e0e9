"""`amagic program BOARD`: sends a finished bitstream to the board, through openFPGALoader."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from amagic_sim.build import BuildError

from .board import BOARDS, Board
from .build import board_argument, output_folder
from .load import read_manifest

__all__ = ["ProgramError", "add_arguments", "program_board", "run"]

TOOL = "openFPGALoader"
VARIABLE = "OPENFPGALOADER"

_HINTS = (
    # The numbers are libftdi's, in "unable to open ftdi device: -3 (device not found)".
    (
        ("device not found", "No cable found", "can't get USB device", "No DFU compatible device"),
        "the board's cable was not found: is it plugged in, into the port for programming, and the"
        " board switched on?",
    ),
    (
        ("usb_open() failed", "libusb_open() failed", "LIBUSB_ERROR_ACCESS", "Permission denied"),
        "the board's cable is there, and this user may not use it: install the udev rules that"
        " come with openFPGALoader (99-openfpgaloader.rules), join the group plugdev, and plug the"
        " board in again",
    ),
    (
        ("unable to claim usb device", "LIBUSB_ERROR_BUSY"),
        "another program uses the board's cable: close the terminal that has its serial port open,"
        " or unload the driver ftdi_sio",
    ),
    (
        ("cannot find board", "not found", "was not enabled at compile time"),
        "this openFPGALoader does not know the board or its cable: install a newer one",
    ),
    (
        ("TDO is stuck at", "No device found", "FAIL"),
        "the cable answers, and the device does not take the bitstream: is the board powered, and"
        " is it the one that the bitstream was built for?",
    ),
)
"""What openFPGALoader says, and what it means; the first that fits counts."""


class ProgramError(BuildError):
    """The bitstream did not get into the board; the text says why, and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic program``."""
    parser.add_argument(
        "board", type=board_argument, metavar="BOARD", help=f"one of {', '.join(BOARDS)}"
    )
    parser.add_argument(
        "--flash", action="store_true", help="into the board's flash, to stay; else until power-off"
    )
    parser.add_argument(
        "--bitstream", type=Path, metavar="FILE", help="this one instead of what was built"
    )


def find_loader() -> str:
    """The executable of openFPGALoader. `ProgramError` when there is none."""
    chosen = os.environ.get(VARIABLE, TOOL)
    executable = shutil.which(chosen)
    if executable is None:
        raise ProgramError(
            f"{chosen} is not installed; Debian package: openfpgaloader"
            f" (or set {VARIABLE} to where it is)"
        )
    return executable


def explain(said: str) -> str | None:
    """What a failed openFPGALoader's words mean; None when nobody knows."""
    return next((hint for words, hint in _HINTS if any(word in said for word in words)), None)


def program_board(board: Board, bitstream: Path, *, flash: bool = False) -> None:
    """Send a bitstream to a board. What openFPGALoader says is printed as it says it.

    Raises
    ------
    ProgramError
        When the tool, the cable or the permission is missing, or the device refuses.
    """
    if not bitstream.is_file():
        raise ProgramError(f"there is no bitstream {bitstream}")
    command = [find_loader(), *board.loader, *(["--write-flash"] if flash else []), str(bitstream)]
    said = []
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise ProgramError(f"cannot run {command[0]}: {error.strerror}") from error
    with process:
        assert process.stdout is not None
        try:
            # Not by lines: its progress bars go over one line again and again.
            while piece := process.stdout.read1():
                said.append(piece)
                sys.stdout.write(piece.decode(errors="replace"))
                sys.stdout.flush()
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        hint = explain(b"".join(said).decode(errors="replace"))
        raise ProgramError(
            f"{board.title} was not programmed: {hint}"
            if hint
            else f"{board.title} was not programmed: {TOOL} ended with code {process.returncode},"
            " and what it said is above"
        )


def run(args: argparse.Namespace) -> int:
    """Runs ``amagic program``."""
    board = args.board
    bitstream = args.bitstream
    if bitstream is None:
        find_loader()
        read_manifest(board)
        bitstream = output_folder(board) / f"{board.name}.bit"
    program_board(board, bitstream, flash=args.flash)
    print(f"{board.title} runs {os.path.relpath(bitstream)}")
    return 0
