"""LambdaConcept ECPIX-5 with an LFE5UM5G-85F: 100 MHz, an FT2232H for JTAG and the serial port."""

from amaranth_boards.ecpix5 import ECPIX585Platform

from .board import Board, Pin

__all__ = ["BOARD"]

BOARD = Board(
    name="ecpix5",
    title="ECPIX-5 (LFE5UM5G-85F)",
    platform=ECPIX585Platform,
    loader=("--board", "ecpix5"),
    reset=Pin("rst"),
    lights=(
        Pin("rgb_led", 0, "b"),
        Pin("rgb_led", 1, "b"),
        Pin("rgb_led", 2, "g"),
        Pin("rgb_led", 3, "r"),
    ),
)
