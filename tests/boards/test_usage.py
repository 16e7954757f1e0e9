"""The report of what a design takes, part by part."""

import json
import xml.etree.ElementTree as ElementTree

from amagic_boards.board import find_board
from amagic_boards.netlist import parse_netlist
from amagic_boards.pnr_report import parse_pnr_report
from amagic_boards.usage import PARTS, draw_usage, fits, parts_of, usage_report

BOARD = find_board("ulx3s")

CELLS = {
    # Names as Yosys gives them, from the synthesized ULX3S.
    "soc.gicv2.distributor.state.active$80.0.0": "TRELLIS_DPR16X4",
    "soc.gicv2.distributor.frame__r_data$9_TRELLIS_FF_Q_16_DI_LUT4_Z_D_PFUMX_Z_1_BLUT": "LUT4",
    "soc.gicv2.gicc0.priorities.apr_TRELLIS_FF_Q_10": "TRELLIS_FF",
    "soc.gicv2.gicv0.apr_TRELLIS_FF_Q_4_DI_LUT4_Z": "LUT4",
    "soc.gicv2.gich0.list_registers.store.0.0": "TRELLIS_DPR16X4",
    "soc.gicv2.frame__ack_LUT4_Z": "LUT4",
    "soc.generic_timer.frame0.physical.cval_TRELLIS_FF_Q": "TRELLIS_FF",
    "soc.cpu.core.execute_MUL_HH_MULT18X18D_P9": "MULT18X18D",
    "soc.cpu.core.IBusCachedPlugin_cache.banks_0.0.0": "DP16KD",
    "soc.ram.words.0.0": "DP16KD",
    "soc.ram.words.1.0": "DP16KD",
    "soc.uart.serial.tx_CCU2C_S0": "CCU2C",
    "soc.probe.merger.queue_LUT4_Z": "LUT4",
    "clocking.pll.pll": "EHXPLLL",
    "clocking.reset.settled_TRELLIS_FF_Q": "TRELLIS_FF",
    "soc.wb__dat_r_TRELLIS_FF_Q_4_DI_PFUMX_Z_BLUT_LUT4_Z": "LUT4",
}


def netlist(cells=CELLS):
    raw = {
        name: {"type": kind, "parameters": {}, "port_directions": {}, "connections": {}}
        for name, kind in cells.items()
    }
    text = json.dumps({"modules": {"top": {"ports": {}, "netnames": {}, "cells": raw}}})
    return parse_netlist(text, "top")


# Of nextpnr's report on the ULX3S: the figures, and the path's ends.
REPORT = """{
"critical_paths": [{"from": "posedge $glbnet$clk", "to": "posedge $glbnet$clk", "path": [
 {"delay": 0.525, "from": {"cell": "a_Q", "loc": [1, 2], "port": "CLK"},
  "to": {"cell": "a_Q", "loc": [1, 2], "port": "Q"}, "type": "clk-to-q"},
 {"delay": 1.0, "from": {"cell": "a_Q", "loc": [1, 2], "port": "Q"},
  "to": {"cell": "l", "loc": [1, 3], "port": "A"}, "type": "routing"},
 {"delay": 0.25, "from": {"cell": "l", "loc": [1, 3], "port": "A"},
  "to": {"cell": "l", "loc": [1, 3], "port": "F"}, "type": "logic"},
 {"delay": 0.0, "from": {"cell": "b_Q", "loc": [1, 2], "port": "DI"},
  "to": {"cell": "b_Q", "loc": [1, 2], "port": "DI"}, "type": "setup"}]}],
"fmax": {"$glbnet$clk": {"achieved": 64.31282, "constraint": 50}},
"utilization": {"DP16KD": {"available": 208, "used": 78}, "DQSBUFM": {"available": 14, "used": 0},
 "TRELLIS_COMB": {"available": 83640, "used": 13606}}}"""


def test_a_cell_counts_for_the_part_that_its_name_begins_with():
    *parts, total = parts_of(netlist())
    assert [part.name for part in parts] == [name for name, _ in PARTS]
    counts = {part.name: {k: n for k, n in part.counts.items() if n} for part in parts}
    assert counts["GIC: distributor"] == {"LUT4": 1, "TRELLIS_DPR16X4": 1}
    assert counts["GIC: GICC, physical CPU interface"] == {"TRELLIS_FF": 1}
    assert counts["GIC: GICV, virtual CPU interface"] == {"LUT4": 1}
    assert counts["GIC: GICH and list registers"] == {"TRELLIS_DPR16X4": 1}
    assert counts["GIC: between these"] == {"LUT4": 1}
    assert counts["CPU"] == {"DP16KD": 1, "MULT18X18D": 1}
    assert counts["memory"] == {"DP16KD": 2}
    assert counts["rest: bus, clock, pins, lights"] == {"LUT4": 1, "TRELLIS_FF": 1}
    assert total.name == "total"
    assert total.counts == {
        **{"LUT4": 5, "CCU2C": 1, "TRELLIS_FF": 3},
        **{"TRELLIS_DPR16X4": 2, "DP16KD": 3, "MULT18X18D": 1},
    }


def test_a_part_that_is_not_there_is_not_shown():
    assert [part.name for part in parts_of(netlist({"soc.cpu.x": "LUT4"}))] == ["CPU", "total"]


def test_the_report_has_each_part_the_device_and_the_slowest_path():
    lines = usage_report(BOARD, netlist(), parse_pnr_report(REPORT), ["seed 1"]).splitlines()
    assert lines[0] == "ULX3S (LFE5U-85F): resources and timing"
    assert [line.split() for line in lines if line.startswith("memory")] == [
        ["memory", "0", "0", "0", "0", "2", "0"]
    ]
    assert [line.split() for line in lines if line.startswith("TRELLIS")] == [
        ["TRELLIS_COMB", "13,606", "83,640"]
    ]
    assert "clock $glbnet$clk: 64.31 MHz, 50.00 MHz wanted" in lines
    assert "  slowest path: 1.77 ns, 1.00 ns of it routing, over 1 cells" in lines
    assert "  from a_Q" in lines
    assert "  to   b_Q" in lines
    assert lines[-1] == "seed 1"


def test_the_nominal_device_is_compared_with_luts_in_all_their_uses(monkeypatch):
    device = f"{BOARD.platform.device}"
    for luts, blocks, lacking in (
        (15, 3, []),
        (14, 3, [f"15 LUTs are needed, and the {device} has 14"]),
        (15, 2, [f"3 block RAMs are needed, and the {device} has 2"]),
    ):
        monkeypatch.setattr(
            "amagic_boards.board.DEVICES",
            {device: type("Small", (), {"luts": luts, "block_rams": blocks})},
        )
        assert fits(BOARD, netlist()) == lacking


def test_the_chart_names_each_part(tmp_path):
    draw_usage(BOARD, netlist(), tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text()
    ElementTree.fromstring(text)
    assert all(f"<!-- {name} -->" in text for name, _ in PARTS)
