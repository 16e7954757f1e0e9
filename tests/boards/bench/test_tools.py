"""The real tools, on designs so small that they take seconds."""

import io

import pytest
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from amagic.gic import Gic, GicConfig
from amagic_boards.bench.implement import Workshop
from amagic_boards.bench.wrapper import Wires, Wrapper
from amagic_boards.toolchain import Progress
from amagic_sim.build import to_verilog


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path, Progress(io.StringIO()))


def test_the_wrapper_alone_is_its_registers_and_the_luts_of_its_reduction(workshop):
    wires = Wires(wiring.Signature({"a": In(20), "y": Out(16)}))
    netlist = workshop.synthesize("wires", to_verilog(Wrapper(wires), "top"))
    assert netlist.cells == {"LUT4": 5, "TRELLIS_FF": 20 + 16 + 4 + 1}
    routed = workshop.route("wires", netlist, 1)
    assert routed.usage["TRELLIS_FF"] == 41
    assert routed.mhz > 200
    assert routed.path


@pytest.mark.slow
def test_the_smallest_gic_is_synthesized_routed_and_found_in_its_parts(workshop):
    gic = Gic(GicConfig(cpus=1, spis=0, lrs=1, priority_bits=4))
    netlist = workshop.synthesize("a GIC", to_verilog(Wrapper(gic, ["transaction"]), "top"))
    assert netlist.cells["TRELLIS_DPR16X4"] > 0
    assert any(part.startswith("inner.distributor.state") for part in netlist.parts)
    routed = workshop.route("a GIC", netlist, 1)
    assert netlist.cells["LUT4"] < routed.usage["TRELLIS_COMB"] < 2 * netlist.cells["LUT4"]
