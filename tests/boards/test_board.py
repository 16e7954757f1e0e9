"""The boards as they are described, and what is no board."""

import pytest

from amagic.gic.config import GicConfig
from amagic.soc.soc import SocConfig
from amagic_boards.board import BOARDS, Board, BoardError, Pin, find_board
from amagic_boards.pll import pll_dividers


@pytest.fixture(params=BOARDS)
def board(request):
    return find_board(request.param)


def test_a_boards_pins_are_there_and_go_the_right_way(board):
    platform = board.platform()

    def direction(pin: Pin) -> str:
        resource = platform.lookup(pin.resource, pin.number)
        parts = {part.name: part for part in resource.ios if hasattr(part, "name")}
        return (parts[pin.part] if pin.part else resource).ios[0].dir

    uart = (Pin("uart", 0, "rx"), Pin("uart", 0, "tx"))
    pins = [*board.lights, *board.buttons, *board.high, *uart]
    assert len(set(pins)) == len(pins)
    assert {direction(pin) for pin in (*board.lights, uart[1])} == {"o"}
    assert {direction(pin) for pin in (*board.buttons, uart[0])} == {"i"}
    assert {direction(pin) for pin in board.high} <= {"o", "io"}


def test_a_boards_clock_and_serial_port_are_fast_enough(board):
    clock = board.soc.clock_hz
    assert clock >= 50_000_000
    assert pll_dividers(round(board.platform().default_clk_frequency), clock).output_hz == clock
    assert clock / board.soc.divisor >= 1_000_000
    # What an asynchronous receiver bears over ten bits, with room for the other side's error.
    assert abs(clock / board.soc.divisor / board.soc.baud - 1) < 0.02


def test_a_boards_part_is_one_that_the_tools_know(board):
    assert board.device.luts > 10_000
    assert board.nextpnr_arguments[0].startswith("--")
    assert set(board.nextpnr_arguments[1::2]) == {"--package", "--speed"}


@pytest.mark.parametrize("name", ["", "de10", "ulx3S", "board", "toolchain", "os"])
def test_what_is_no_board_is_answered_with_the_boards(name):
    with pytest.raises(BoardError, match=f"no board '{name}'; there are ulx3s, ecpix5, "):
        find_board(name)


def test_a_board_that_is_described_wrongly_is_refused():
    pins = tuple(Pin("led", number) for number in range(5))
    more = {"name": "x", "title": "X", "platform": None, "loader": ()}
    for lights in ((), pins):
        with pytest.raises(ValueError, match="x: lights must be 1 to 4 pins"):
            Board(lights=lights, **more)
    soc = SocConfig(gic=GicConfig(spis=3))
    assert Board(lights=pins[:1], buttons=pins[:2], soc=soc, **more).buttons
    with pytest.raises(ValueError, match="x: buttons must be at most 2, .*, not 3"):
        Board(lights=pins[:1], buttons=pins[:3], soc=soc, **more)
