"""`amagic load BOARD`: other firmware in a bitstream that `amagic build` finished."""

import argparse
import json
import os
from pathlib import Path

from amagic_sim.firmware import soc_id
from amagic_sim.mode import Mode

from .bitstream import PLACED, LoadError, make_bitstream, read_firmware
from .board import BOARDS, Board
from .board_test.firmware import build_board_firmware
from .build import (
    MANIFEST,
    board_argument,
    exclusive,
    output_folder,
    publish,
    write_manifest,
)
from .toolchain import Progress

__all__ = ["add_arguments", "load_board", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic load``."""
    parser.add_argument(
        "board", type=board_argument, metavar="BOARD", help=f"one of {', '.join(BOARDS)}"
    )
    parser.add_argument(
        "firmware",
        type=Path,
        nargs="?",
        metavar="FIRMWARE",
        help="its ELF file; the hypervisor, as the sources are now, when it is left out",
    )
    for number in range(2):
        parser.add_argument(
            f"--guest{number}",
            type=Path,
            metavar="FILE",
            help=f"C source or ELF file of guest {number}, instead of the hypervisor's own",
        )


def read_manifest(board: Board) -> dict:
    """What `amagic build` noted of a board's bitstream. `LoadError` when there is none."""
    path = output_folder(board) / MANIFEST
    try:
        manifest = json.loads(path.read_text())
        if manifest["board"] != board.name:
            raise ValueError(f"it is of {manifest['board']}")
        return manifest
    except FileNotFoundError:
        raise LoadError(
            f"there is no bitstream for {board.name} (no {path}): `amagic build {board.name}`"
            " makes it"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise LoadError(f"{path} is damaged ({error}): build the board again") from None


def load_board(board: Board, elf: Path, *, progress: Progress | None = None) -> Path:
    """Put firmware into the board's finished bitstream; return the folder with the results.

    Raises
    ------
    LoadError
        When there is no bitstream, or it is of another SoC than the sources describe now, or the
        firmware does not fit. The bitstream is then as it was.
    """
    manifest = read_manifest(board)
    wanted = f"{soc_id(board.soc):#010x}"
    if manifest.get("soc") != wanted:
        raise LoadError(
            f"the bitstream for {board.name} has another SoC or another version of it"
            f" ({manifest.get('soc')}, and the sources are {wanted}): build the board again"
        )
    firmware = read_firmware(elf, board)
    with exclusive(board) as out:
        work = out / "work"
        if not (work / PLACED).is_file():
            raise LoadError(f"{work / PLACED} is missing: build the board again")
        bit, svf = make_bitstream(work, board.name, firmware.words, progress=progress)
        kept = {name: manifest.get(name) for name in ("seed", "mode")}
        write_manifest(work / MANIFEST, board, elf, **kept)
        image = work / "firmware.bin"
        image.write_bytes(b"".join(word.to_bytes(4, "little") for word in firmware.words))
        publish(
            out,
            {
                "firmware.elf": elf,
                "firmware.bin": image,
                MANIFEST: work / MANIFEST,
                svf.name: svf,
                bit.name: bit,
            },
        )
    return out


def run(args: argparse.Namespace) -> int:
    """Runs ``amagic load``."""
    guests = (args.guest0, args.guest1)
    if args.firmware and any(guests):
        raise LoadError("give either a FIRMWARE or guests: guests are for the hypervisor")
    mode = Mode(read_manifest(args.board).get("mode", Mode.FORWARDED.value))
    elf = args.firmware or build_board_firmware(args.board, guests, mode=mode).elf
    out = load_board(args.board, elf)
    print(f"written: {os.path.relpath(out / args.board.name)}.bit and .svf, with {elf.name}")
    return 0
