"""Synthesis and routing with results that are kept. Shell scripts stand for the tools."""

import io
import json

import pytest

from amagic_boards import toolchain
from amagic_boards.bench import implement
from amagic_boards.bench.implement import (
    LARGE,
    DoesNotFitError,
    Netlist,
    Workshop,
    count_cells,
    routing,
)
from amagic_boards.toolchain import Progress, StepError

NETLIST = {
    "modules": {
        "top": {
            "cells": {
                "inner.distributor.lines.x": {"type": "LUT4"},
                "inner.distributor.lines.y": {"type": "LUT4"},
                "inner.z": {"type": "LUT4"},
                "inner.distributor.q": {"type": "TRELLIS_FF"},
                "scope": {"type": "$scopeinfo"},
            }
        }
    }
}
REPORT = {
    "fmax": {"clk": {"achieved": 91.234, "constraint": 12}},
    "utilization": {"TRELLIS_COMB": {"used": 30, "available": 99}},
    "critical_paths": [
        {
            "from": "posedge clk",
            "to": "posedge clk",
            "path": [{"delay": 0.5, "type": "logic", "to": {"cell": "q"}}],
        }
    ],
}


class Tools:
    """The tools of a test: what they say, how often each ran."""

    def __init__(self, folder, monkeypatch):
        self.folder, self._setenv = folder, monkeypatch.setenv
        toolchain._version.cache_clear()
        self.make("yosys", f"echo '{json.dumps(NETLIST)}' > top.json")
        self.make("nextpnr-ecp5", f"echo '{json.dumps(REPORT)}' > report.json")

    def make(self, name: str, does: str, version: str = "1.0") -> None:
        toolchain._version.cache_clear()
        path = self.folder / name
        says = f"[ \"$1\" = --version ] && echo 'Version {version}' && exit"
        path.write_text(f"#!/bin/sh\n{says}\necho x >> {self.folder}/{name}.ran\n{does}\n")
        path.chmod(0o755)
        self._setenv(toolchain.variable_of(name), str(path))

    def runs(self, name: str) -> int:
        ran = self.folder / f"{name}.ran"
        return len(ran.read_text().split()) if ran.exists() else 0


@pytest.fixture
def tools(tmp_path, monkeypatch):
    return Tools(tmp_path, monkeypatch)


@pytest.fixture
def workshop(tmp_path):
    """Makes the workshop anew, as another process would."""
    return lambda: Workshop(tmp_path / "bench", Progress(io.StringIO()))


def test_cells_are_counted_by_kind_and_luts_by_submodule():
    cells, parts = count_cells(json.dumps(NETLIST), "top")
    assert cells == {"LUT4": 3, "TRELLIS_FF": 1}
    assert parts == {"inner": 1, "inner.distributor.lines": 2}


def test_a_second_run_takes_everything_from_what_was_kept(tools, workshop):
    for _ in range(2):
        bench = workshop()
        netlist = bench.synthesize("a GIC", "module top; endmodule")
        routed = bench.route("a GIC", netlist, 1)
        assert (routed.mhz, routed.usage) == (91.23, {"TRELLIS_COMB": 30})
        assert routed.path == ((0.5, "logic", "q"),)
    assert (tools.runs("yosys"), tools.runs("nextpnr-ecp5")) == (1, 1)


def test_other_verilog_another_seed_and_another_version_are_measured_anew(tools, workshop):
    bench = workshop()
    netlist = bench.synthesize("a GIC", "module top; endmodule")
    bench.route("a GIC", netlist, 1)
    bench.route("a GIC", netlist, 2)
    assert tools.runs("nextpnr-ecp5") == 2
    bench.synthesize("a GIC", "module top; wire x; endmodule")
    assert tools.runs("yosys") == 2
    for name, script in (("yosys", "top.json"), ("nextpnr-ecp5", "report.json")):
        content = json.dumps(NETLIST if name == "yosys" else REPORT)
        tools.make(name, f"echo '{content}' > {script}", version="1.1")
    netlist = bench.synthesize("a GIC", "module top; endmodule")
    assert tools.runs("yosys") == 3
    bench.route("a GIC", netlist, 1)
    assert tools.runs("nextpnr-ecp5") == 3


def test_a_large_design_is_routed_in_another_way():
    small, large = (Netlist("key", "sum", {"LUT4": n}, {}, 1) for n in (LARGE - 1, LARGE))
    assert routing(large) == (*routing(small), "--router", "router2")
    assert routing(Netlist("key", "sum", {}, {}, 1)) == routing(small)


@pytest.mark.parametrize(("large", "told"), [(3, True), (4, False)])
def test_nextpnr_is_told_how_to_route_it(tools, workshop, monkeypatch, large, told):
    monkeypatch.setattr(implement, "LARGE", large)
    options = tools.folder / "options"
    tools.make(
        "nextpnr-ecp5", f"echo \"$@\" > {options}; echo '{json.dumps(REPORT)}' > report.json"
    )
    bench = workshop()
    bench.route("a GIC", bench.synthesize("a GIC", "module top; endmodule"), 1)
    assert ("--router router2" in options.read_text()) == told


def test_the_same_netlist_of_another_synthesis_is_not_routed_again(tools, workshop):
    bench = workshop()
    bench.route("a GIC", bench.synthesize("a GIC", "module top; endmodule"), 1)
    bench.route("a GIC", bench.synthesize("a GIC", "module  top; endmodule"), 1)
    assert (tools.runs("yosys"), tools.runs("nextpnr-ecp5")) == (2, 1)


def test_a_device_that_is_too_small_is_told_and_kept(tools, workshop):
    tools.make("nextpnr-ecp5", "echo 'ERROR: Unable to place cell, no BELs remaining'; exit 1")
    netlist = workshop().synthesize("a GIC", "module top; endmodule")
    for _ in range(2):
        with pytest.raises(DoesNotFitError, match="Unable to place cell, no BELs remaining"):
            workshop().route("a GIC", netlist, 1)
    assert tools.runs("nextpnr-ecp5") == 1


def test_any_other_failure_is_told_with_its_log_and_not_kept(tools, workshop):
    tools.make("nextpnr-ecp5", "echo 'ERROR: timing analysis failed'; exit 1")
    netlist = workshop().synthesize("a GIC", "module top; endmodule")
    with pytest.raises(StepError, match=r"a GIC: placing and routing, seed 1 failed.*nextpnr\.log"):
        workshop().route("a GIC", netlist, 1)
    tools.make("nextpnr-ecp5", f"echo '{json.dumps(REPORT)}' > report.json")
    assert workshop().route("a GIC", netlist, 1).mhz == 91.23


def test_a_lost_netlist_is_synthesized_again(tools, workshop, tmp_path):
    workshop().synthesize("a GIC", "module top; endmodule")
    for path in (tmp_path / "bench" / "netlists").glob("*.netlist"):
        path.unlink()
    bench = workshop()
    bench.route("a GIC", bench.synthesize("a GIC", "module top; endmodule"), 1)
    assert tools.runs("yosys") == 2
