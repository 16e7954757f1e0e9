"""Radiona ULX3S with an LFE5U-85F: 25 MHz, an FT231X for JTAG and the serial port."""

from amaranth_boards.ulx3s import ULX3S_85F_Platform

from .board import Board, Pin

__all__ = ["BOARD"]

BOARD = Board(
    name="ulx3s",
    title="ULX3S (LFE5U-85F)",
    platform=ULX3S_85F_Platform,
    loader=("--board", "ulx3s"),
    reset=Pin("button_pwr"),
    lights=tuple(Pin("led", number) for number in range(4)),
    buttons=(
        Pin("button_fire", 0),
        Pin("button_fire", 1),
        *(Pin(f"button_{where}") for where in ("up", "down", "left", "right")),
    ),
    # The firmware that older boards have in their ESP32 takes the FPGA over when this line is low.
    high=(Pin("esp32", 0, "gpio0"),),
)
