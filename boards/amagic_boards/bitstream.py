"""From a placed and routed design to a bitstream with firmware in its block RAM.

A design is placed and routed with a pattern of random words in its memory, the same for every
firmware. By the pattern it is found where the memory's bits went, and the firmware's are put there
(`block_ram`). So the firmware of a finished bitstream can be replaced, and the result is what a
build with the new firmware gives, bit for bit.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amagic.soc.memory_map import RAM_BASE
from amagic_sim.build import BuildError
from amagic_sim.firmware import SOC_ID, read_elf, soc_id

from .block_ram import BlockRamError, replace_memory
from .board import Board
from .toolchain import Progress, Step, run_step

__all__ = [
    "PLACED",
    "FirmwareImage",
    "LoadError",
    "make_bitstream",
    "memory_pattern",
    "read_firmware",
]

PLACED = "placed.config"
"""The placed and routed design, with the pattern in its memory."""

_LOADED = "loaded.config"


class LoadError(BuildError):
    """Firmware cannot go into a bitstream; the text says why."""


@dataclass(frozen=True)
class FirmwareImage:
    """Firmware as it lies in memory: its words from the memory's first on, and its ELF file."""

    elf: Path
    words: Sequence[int]


def memory_pattern(words: int) -> list[int]:
    """What the memory of that many words holds while the design is placed and routed."""
    source = random.Random(words)
    return [source.getrandbits(32) for _ in range(words)]


def read_firmware(elf: Path, board: Board) -> FirmwareImage:
    """Read firmware for a board.

    Raises
    ------
    FirmwareError
        When the file is no ELF file for the core.
    LoadError
        When it does not fit into the board's memory, or was built for another SoC: other
        registers, another memory map, or another version of the project.
    """
    try:
        base, image, symbols = read_elf(elf)
    except OSError as error:
        raise LoadError(f"cannot read the firmware {elf}: {error.strerror}") from error
    size = board.soc.memory_size
    if base < RAM_BASE or base + len(image) > RAM_BASE + size:
        raise LoadError(
            f"{elf} spans {base:#x} to {base + len(image):#x}, and the memory of {board.name} is"
            f" {RAM_BASE:#x} to {RAM_BASE + size:#x} ({size // 1024} KiB)"
        )
    if SOC_ID not in symbols:
        raise LoadError(f"{elf} does not say which SoC it is for: it has no symbol {SOC_ID}")
    wanted = soc_id(board.soc)
    if symbols[SOC_ID] != wanted:
        raise LoadError(
            f"{elf} was built for another SoC or another version of it ({symbols[SOC_ID]:#010x},"
            f" and {board.name} is {wanted:#010x}): build it again"
        )
    whole = (bytes(base - RAM_BASE) + image).ljust(size, b"\0")
    words = [int.from_bytes(whole[at : at + 4], "little") for at in range(0, size, 4)]
    return FirmwareImage(elf, words)


def make_bitstream(
    work: Path, name: str, words: Sequence[int], *, progress: Progress | None = None
) -> tuple[Path, Path]:
    """Put `words` into the memory of the design `PLACED`, and pack it.

    Parameters
    ----------
    work : Path
        The working directory, with the placed design.
    name : str
        What the results are called.
    words : sequence of int
        The whole memory's content.

    Returns
    -------
    tuple of Path
        The bitstream (``.bit``) and the same for a JTAG player (``.svf``), in the working
        directory.

    Raises
    ------
    LoadError
        When the memory is not found in the design.
    StepError, MissingToolError
        When a tool fails or is missing.
    """
    progress = progress or Progress()
    with progress.during("putting the firmware into the block RAM"):
        try:
            placed = (work / PLACED).read_text()
            loaded = replace_memory(placed, memory_pattern(len(words)), words)
        except (OSError, BlockRamError) as error:
            raise LoadError(f"{work / PLACED}: {error}; build the board again") from error
        (work / _LOADED).write_text(loaded)
    bit, svf = f"{name}.bit", f"{name}.svf"
    arguments = ["--compress", "--input", _LOADED, "--bit", bit, "--svf", svf]
    step = Step("packing the bitstream", "ecppack", arguments, "ecppack.log")
    run_step(step, work, progress=progress)
    return work / bit, work / svf
