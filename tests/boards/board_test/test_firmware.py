"""The firmware that is built for a board."""

import pytest

from amagic_boards.bitstream import read_firmware
from amagic_boards.board import BOARDS, find_board
from amagic_boards.board_test.firmware import build_board_firmware


@pytest.mark.parametrize("name", BOARDS)
def test_the_firmware_fits_the_memory_of_each_board(name):
    board = find_board(name)
    words = read_firmware(build_board_firmware(board).elf, board).words
    assert 0 < len(words) <= board.soc.memory_size // 4
