"""What a simulated netlist may hold, how it becomes Verilog, and what it is surrounded with."""

import copy

import pytest

from amagic_boards.board import find_board
from amagic_boards.gate.blocks import check_modes
from amagic_boards.gate.cells import block_words, check_gates, modes
from amagic_boards.gate.run import first_difference, surroundings
from amagic_boards.gate.verilog import block_contents, gate_verilog, memory_files, watched
from amagic_boards.netlist import NetlistError

LUT = {
    "type": "LUT4",
    "parameters": {"INIT": "1000"},
    "port_directions": {"A": "input", "B": "input", "Z": "output"},
    "connections": {"A": [2], "B": ["1"], "Z": [3]},
}
NOTE = {"type": "$scopeinfo", "parameters": {}, "port_directions": {}, "connections": {}}
BLOCK = {
    "type": "DP16KD",
    "parameters": {
        "DATA_WIDTH_A": "10010",
        "CSDECODE_A": "0b000",
        "INITVAL_01": f"{5 | 7 << 9 | 0x1FF << 20 | 3 << 29:b}",
    },
    "port_directions": {"CEA": "input", "WEA": "input", "CEB": "input", "WEB": "input"},
    "connections": {"CEA": [2], "WEA": ["1"], "CEB": [3], "WEB": ["0"]},
}


def gates(**cells):
    return {
        "ports": {
            "a": {"direction": "input", "bits": [2]},
            "z": {"direction": "output", "bits": [3]},
        },
        "cells": cells,
        "netnames": {"a": {"bits": [2]}, "soc.x.sent": {"bits": [3, "0"]}, "y.sent": {"bits": [3]}},
    }


def test_a_netlist_of_the_devices_cells_is_accepted_with_yosys_notes():
    check_gates(gates(one=LUT, two=BLOCK, note=NOTE))


@pytest.mark.parametrize("kind", ["$add", "$_DFF_P_", "$mem_v2", "$lut"])
def test_a_cell_of_the_design_before_mapping_is_refused(kind):
    with pytest.raises(NetlistError, match=r"still has a cell .* \$.*: left"):
        check_gates(gates(one=LUT, left={"type": kind}))


@pytest.mark.parametrize("what", ["memories", "processes"])
def test_memories_and_processes_are_refused(what):
    with pytest.raises(NetlistError, match="still has memories or processes: left"):
        check_gates({**gates(one=LUT), what: {"left": {}}})


@pytest.mark.parametrize("kind", ["DCUA", "soc"])
def test_a_cell_without_a_model_is_refused(kind):
    with pytest.raises(NetlistError, match=f"there is no model of {kind}, which odd is"):
        check_gates(gates(odd={"type": kind}))


def test_a_mode_that_is_used_and_not_tested_is_refused_with_a_cell_and_the_mode():
    tested = modes(gates(two=BLOCK))
    check_modes(modes(gates(other=BLOCK)), tested)
    changed = copy.deepcopy(BLOCK)
    changed["parameters"]["DATA_WIDTH_A"] = "1001"
    with pytest.raises(NetlistError, match=r"as other does .*: DP16KD with .*DATA_WIDTH_A = 9"):
        check_modes(modes(gates(two=BLOCK, other=changed)), tested)


@pytest.mark.parametrize(("pin", "net"), [("CEA", "1"), ("WEA", 5), ("CEB", "0"), ("WEB", 5)])
def test_a_control_pin_that_is_constant_makes_a_mode_of_its_own(pin, net):
    changed = copy.deepcopy(BLOCK)
    changed["connections"][pin] = [net]
    assert modes(gates(two=changed)).keys() != modes(gates(two=BLOCK)).keys()


def test_a_memorys_contents_make_no_mode():
    changed = copy.deepcopy(BLOCK)
    del changed["parameters"]["INITVAL_01"]
    assert modes(gates(two=changed)).keys() == modes(gates(two=BLOCK)).keys()


def test_contents_are_pairs_of_nine_bits_in_twenty():
    words = block_words(BLOCK)
    assert len(words) == 2048
    assert {n: word for n, word in enumerate(words) if word} == {32: 5, 33: 7, 34: 0x1FF, 35: 3}


def test_a_netlist_becomes_a_wire_for_each_net_and_an_instance_for_each_cell():
    text = gate_verilog(gates(one=LUT, note=NOTE, two=BLOCK), "top")
    assert text.split("\n")[4:] == [
        "  wire n2;",
        "  wire n3;",
        "  assign n2 = a;",
        "  assign z = n3;",
        "  LUT4 #(.INIT(4'b1000)) c0 (.A(n2), .B(1'b1), .Z(n3));",
        "  DP16KD #(.DATA_WIDTH_A(5'b10010), .CSDECODE_A(\"0b000\")) c2 (.CEA(n2), .WEA(1'b1),"
        " .CEB(n3), .WEB(1'b0));",
        '  initial $readmemh("c2.hex", c2.words);',
        "endmodule",
        "",
    ]


def test_each_block_ram_has_a_file_with_its_contents():
    files = memory_files(block_contents(gates(one=LUT, two=BLOCK)))
    assert list(files) == ["c1.hex"]
    assert files["c1.hex"].splitlines()[31:37] == ["000", "005", "007", "1ff", "003", "000"]


def test_a_text_that_could_be_bits_stays_text():
    flop = {"type": "TRELLIS_FF", "parameters": {"CEMUX": "1 "}, "connections": {"DI": [2]}}
    assert 'TRELLIS_FF #(.CEMUX("1")) c0 (.DI(n2));' in gate_verilog(gates(one=flop), "top")


def test_what_is_watched_is_found_by_the_end_of_any_of_its_names_and_its_width():
    assert watched(gates(), 2, ".sent") == [3, "0"]
    assert watched(gates(), 1, ".gone", ".sent") == [3]
    with pytest.raises(NetlistError, match=r"no net \.sent or \.gone of 3 bits any more"):
        watched(gates(), 3, ".sent", ".gone")


def test_traces_are_compared_line_by_line_to_the_longer_ones_end(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1\n2\n")
    other.write_text("1\n2\n")
    assert first_difference(one, other) is None
    other.write_text("1\n3\n")
    assert first_difference(one, other) == "line 2: '2' and '3'"
    other.write_text("1\n")
    assert first_difference(one, other) == "line 2: '2' and 'nothing'"


def pins(*names):
    return {"ports": {name: {} for name in names}}


def test_a_netlist_gets_its_boards_oscillator_and_buttons_that_nobody_presses():
    names = ["clk25_0__io", "uart_0__rx__io", "uart_0__tx__io", "button_pwr_0__io"]
    names += [f"button_{where}_0__io" for where in ("fire", "up", "down", "left", "right")]
    text = surroundings(find_board("ulx3s"), pins(*names, "button_fire_1__io"))
    assert "oscillator = 1; #(20.0);" in text
    assert ".clk25_0__io(oscillator), .uart_0__rx__io(uart_rx), .uart_0__tx__io(uart_tx)," in text
    assert text.count("__io(1'b0)") == 6 and ".button_pwr_0__io(~1'b0)" in text
