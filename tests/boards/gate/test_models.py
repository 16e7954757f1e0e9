"""Our models of the device's cells: each mode that a netlist uses is tested, and no other is."""

import copy
import io
import re

import pytest

from amagic_boards.board import find_board
from amagic_boards.gate.blocks import compare, synthesize_blocks
from amagic_boards.gate.cells import OURS, model_sources
from amagic_boards.toolchain import Progress
from amagic_sim.bench import BenchError, run_simulator
from amagic_sim.build import build_simulator

BOARD = find_board("ulx3s")

NEVER_ENDS = """
import cocotb
from cocotb.triggers import Timer
@cocotb.test()
async def run(dut):
    await Timer(1, "us")
"""


def quiet():
    return Progress(io.StringIO())


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    work = tmp_path_factory.mktemp("blocks")
    return work, synthesize_blocks(BOARD, work, quiet())


def test_each_model_does_what_was_mapped_to_it(blocks):
    work, gates = blocks
    compare(BOARD, gates, work, progress=quiet())


BREAKS = {
    # What is broken, where, and what must be found to differ.
    "byte enables are ignored": (
        "DP16KD",
        "if (CEA && WEA && bytes[n])",
        "if (CEA && WEA)",
        "memory with byte enables",
    ),
    "byte enables are ignored where the cell is named": (
        "PDPW16KD",
        "if (CEW && bytes[n]) words",
        "if (CEW) words",
        "memory that names its block RAM",
    ),
    "a sign is ignored": ("MULT18X18D", "SIGNEDB & b[17]", "1'b0", "signed product"),
    "the output is half as fast": ("EHXPLLL", "/ CLKFB_DIV / 2", "/ CLKFB_DIV", "PLL's period"),
    "an output pin is stuck": ("TRELLIS_IO", "assign B = I", "assign B = 1'b0", "buffers of pins"),
}


def test_a_broken_model_is_found(blocks):
    work, gates = blocks
    models = dict(model_sources())
    for kind, old, new, _ in BREAKS.values():
        assert models[f"{kind}.v"].count(old) == 1
        models[f"{kind}.v"] = models[f"{kind}.v"].replace(old, new)
    with pytest.raises(BenchError) as caught:
        compare(BOARD, gates, work, models=models, progress=quiet())
    for what, (*_, differs) in BREAKS.items():
        assert re.search(rf"differs: .*{differs}", str(caught.value)), what


def test_a_netlist_with_one_lut_inverted_is_found(blocks):
    work, gates = blocks
    changed = copy.deepcopy(gates)
    lut = next(cell for cell in changed["cells"].values() if cell["type"] == "LUT4")
    lut["parameters"]["INIT"] = lut["parameters"]["INIT"].translate(str.maketrans("01", "10"))
    with pytest.raises(BenchError, match="differs: "):
        compare(BOARD, changed, work, progress=quiet())


UNKNOWN = {
    'DP16KD #(.GSR("DISABLED"), .REGMODE_A("OUTREG"), .WRITEMODE_A("READBEFOREWRITE")) c ();': (
        "DP16KD: no model of output registers, OUTREG and NOREG"
    ),
    'TRELLIS_IO #(.DIR("BIDIR")) c ();': "TRELLIS_IO: no model of DIR = BIDIR",
}


@pytest.mark.parametrize(("cell", "said"), UNKNOWN.items())
def test_a_mode_that_a_model_does_not_know_stops_the_simulation(cell, said, tmp_path):
    kind = cell.split()[0]
    assert kind in OURS
    sources = {
        f"{kind}.v": model_sources()[f"{kind}.v"],
        "top.v": f"module top(input clk); {cell} endmodule",
    }
    simulator = build_simulator("gate_unknown", sources, top="top", args=["--timing"])
    (tmp_path / "never_ends.py").write_text(NEVER_ENDS)
    with pytest.raises(BenchError, match=re.escape(said)):
        run_simulator(simulator, module="never_ends", run_dir=tmp_path, search=[tmp_path])
