"""The boards' top levels: what the tools are given of them."""

import re

import pytest

from amagic_boards import build
from amagic_boards.board import BOARDS, find_board


@pytest.mark.parametrize("name", BOARDS)
def test_the_tools_are_given_the_design_the_core_and_the_boards_pins(name, tmp_path):
    board = find_board(name)
    assert build._write_design(board, tmp_path) == [
        *("top.il", "top.lpf", "amagic_vexriscv.v", "top.ys"),
    ]

    constraints = (tmp_path / "top.lpf").read_text()
    located = set(re.findall(r'LOCATE COMP "(\w+?)__(?:io|p)" SITE', constraints))
    pins = [*board.lights, board.reset, *board.buttons, *board.high]
    clock = board.platform.default_clk
    assert located == {
        *(
            "__".join([f"{pin.resource}_{pin.number}", *([pin.part] if pin.part else [])])
            for pin in pins
        ),
        *("uart_0__rx", "uart_0__tx", f"{clock}_0"),
    }
    frequency = board.platform().default_clk_frequency
    assert re.search(rf'FREQUENCY PORT "{clock}_0__(io|p)" {frequency} HZ;', constraints)

    design = (tmp_path / "top.il").read_text()
    assert design.count(r"cell \EHXPLLL ") == 1
    script = (tmp_path / "top.ys").read_text().splitlines()
    assert script[:2] == ["read_verilog amagic_vexriscv.v", "read_rtlil top.il"]
    # The memory is looked for by its module's name.
    module = script[2].split()[-1].split("/")[0]
    assert f"module \\{module}\n" in design
