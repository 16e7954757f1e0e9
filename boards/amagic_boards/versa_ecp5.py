"""Lattice ECP5 Versa with an LFE5UM-45F: 100 MHz, an FT2232H for JTAG and the serial port."""

from amaranth_boards.versa_ecp5 import VersaECP5Platform

from .board import Board, Pin

__all__ = ["BOARD"]

BOARD = Board(
    name="versa_ecp5",
    title="ECP5 Versa (LFE5UM-45F)",
    platform=VersaECP5Platform,
    loader=("--cable", "ft2232"),
    reset=Pin("rst"),
    lights=tuple(Pin("led", number) for number in range(4)),
    buttons=tuple(Pin("switch", number) for number in range(8)),
)
