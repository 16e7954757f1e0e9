"""Icepi Zero 1.3 with an LFE5U-25F: 50 MHz, an FT231X for JTAG and the serial port.

The smallest device that the system-on-chip fits by its nominal LUTs. Its block RAM leaves less
memory than the other boards have: each guest has 8 KiB.
"""

from amaranth_boards.icepi_zero import IcepiZero1_3Platform

from amagic.soc.soc import SocConfig

from .board import Board, Pin

__all__ = ["BOARD"]

BOARD = Board(
    name="icepi_zero",
    title="Icepi Zero (LFE5U-25F)",
    platform=IcepiZero1_3Platform,
    loader=("--board", "icepi-zero"),
    reset=Pin("button", 1),
    lights=tuple(Pin("led", number) for number in range(4)),
    buttons=(Pin("button", 0),),
    soc=SocConfig(memory_size=80 * 1024),
)
