"""The boards as they are described, and what is no board."""

import re
from functools import cache

import pytest

from amagic.gic.config import GicConfig
from amagic.soc.soc import SocConfig
from amagic_boards.board import BOARDS, Board, BoardError, Pin, find_board
from amagic_boards.pll import pll_dividers
from amagic_boards.top import Top


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
    pins = [*board.lights, board.reset, *board.buttons, *board.high, *uart]
    assert len(set(pins)) == len(pins)
    assert {direction(pin) for pin in (*board.lights, uart[1])} == {"o"}
    assert {direction(pin) for pin in (board.reset, *board.buttons, uart[0])} == {"i"}
    assert {direction(pin) for pin in board.high} <= {"o", "io"}


@cache
def ports_of(board: Board) -> list[str]:
    """The top level's ports, as they are in what Amaranth gives the tools."""
    design = board.platform().prepare(Top(board), "top").files["top.il"]
    top = re.search(r"^attribute \\top 1\nmodule .*?^end$", design, re.M | re.S)[0]
    return re.findall(r"^  wire .*(?:input|output|inout) \d+ +\\(\w+)$", top, re.M)


def test_every_input_of_a_board_is_connected_in_a_simulation(board):
    ports = ports_of(board)
    found = board.connections(ports, clock="c", rx="r", tx="t", reset="b")
    platform = board.platform()
    clocks = [port for port, net in found.items() if net == "c"]
    assert clocks == [f"{platform.default_clk}_0__{'p' if board.name == 'versa_ecp5' else 'io'}"]
    assert found["uart_0__rx__io"] == "r" and found["uart_0__tx__io"] == "t"
    assert found[board.reset.port(ports)] == "~b"  # they all are low when they are pressed
    outputs = {pin.port(ports) for pin in (*board.lights, *board.high)}
    assert set(ports) - outputs == set(found)


def test_a_button_that_is_high_when_it_is_pressed_is_low_otherwise():
    board = find_board("ulx3s")
    found = board.connections(ports_of(board), clock="c", rx="r", tx="t")
    assert [found[pin.port(found)] for pin in board.buttons] == ["1'b0"] * 6
    assert found[board.reset.port(found)] == "~1'b0"


def test_a_pin_that_the_top_level_has_not_is_named():
    with pytest.raises(BoardError, match="the top level has no pin uart_0__rx"):
        find_board("ulx3s").connections(["clk25_0__io"], clock="c", rx="r", tx="t")


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
    more = {"name": "x", "title": "X", "platform": None, "loader": (), "reset": Pin("rst")}
    for lights in ((), pins):
        with pytest.raises(ValueError, match="x: lights must be 1 to 4 pins"):
            Board(lights=lights, **more)
    soc = SocConfig(gic=GicConfig(spis=3))
    assert Board(lights=pins[:1], buttons=pins[:2], soc=soc, **more).buttons
    with pytest.raises(ValueError, match="x: buttons must be at most 2, .*, not 3"):
        Board(lights=pins[:1], buttons=pins[:3], soc=soc, **more)
