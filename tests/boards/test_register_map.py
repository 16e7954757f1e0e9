"""The register map that belongs to a bitstream."""

from xml.etree import ElementTree

import pytest

from amagic.soc import memory_map
from amagic.soc.soc import SocConfig
from amagic_boards.board import find_board
from amagic_boards.register_map import register_map, soc_blocks

BOARD = find_board("ulx3s")


@pytest.mark.parametrize(
    ("soc", "frames"),
    [
        (BOARD.soc, {"GIC": 4, "TIMER": 7, "UART": 1, "PROBE": 1}),
        (SocConfig(harts=2), {"GIC": 4, "TIMER": 11, "UART": 1, "PROBE": 1, "SYNC": 1}),
    ],
)
def test_each_frame_stands_in_its_devices_window(soc, frames):
    windows = dict.fromkeys(memory_map.windows(soc.harts), 0)
    for block in soc_blocks(soc):
        (window,) = (w for w in windows if w.base <= block.address < w.base + w.size)
        windows[window] += 1
    assert {window.name: count for window, count in windows.items()} == frames


def test_the_files_name_the_board_and_each_frame():
    files = register_map(BOARD)
    device = ElementTree.fromstring(files["registers.svd"])
    named = {each.findtext("name") for each in device.iter("peripheral")}
    assert named == {block.name for block in soc_blocks(BOARD.soc)}
    assert device.findtext("name") == "amagic_ulx3s"
    assert "<h1>ULX3S (LFE5U-85F): registers</h1>" in files["registers.html"]
    assert "160 KiB at 0x40000000" in files["registers.html"]
