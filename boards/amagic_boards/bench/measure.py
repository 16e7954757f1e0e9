"""All figures of a point, and the document that they make together.

The document is plain data (``bench.json``): ``tools`` and ``options`` tell how it was made,
``points`` has the figures of each size, ``storms`` the worst case.
"""

import re
import statistics
from dataclasses import asdict
from pathlib import Path

from amagic.gic import Gic
from amagic_sim.build import find_verilator, to_verilog

from ..toolchain import Progress, find_tool
from .implement import (
    DEVICE,
    LARGE,
    LARGE_ROUTER,
    SYNTHESIS,
    DoesNotFitError,
    Netlist,
    Workshop,
)
from .latency import measure_latencies, measure_storm
from .points import SEEDS, Point
from .store import Store
from .wrapper import Wires, Wrapper

__all__ = ["Meter", "bare_verilog"]

OBSERVERS = ("transaction",)
"""Outputs for an observer; a design that only wants interrupts leaves them open."""

_ORIGIN = re.compile(r'^ *\(\* src = "[^"]*" \*\)\n', re.M)


def bare_verilog(component, name: str) -> str:
    """Verilog of a component, without the places of its source.

    Results are kept by this text, which so is the same in another checkout, and when a comment
    moves a line.
    """
    return _ORIGIN.sub("", to_verilog(component, name))


class Meter:
    """Measures points, in one folder, where everything that was measured is kept."""

    def __init__(self, folder: Path, progress: Progress | None = None):
        self._progress = progress or Progress()
        self._workshop = Workshop(folder, self._progress)
        self._simulations = Store(folder / "latencies")

    def head(self) -> dict:
        """How the figures are made."""
        tools = [find_tool(name).version for name in ("yosys", "nextpnr-ecp5")]
        return {
            "tools": [*tools, f"Verilator {find_verilator().version}"],
            "options": {
                "synthesis": " ".join(SYNTHESIS),
                "routing": " ".join(DEVICE),
                "large": LARGE,
                "large_routing": " ".join(LARGE_ROUTER),
            },
            "seeds": list(SEEDS),
        }

    def point(self, point: Point) -> dict:
        """Cost, speed and latencies of one size."""
        verilog = self._verilog(point)
        gic = Gic(point.config)
        wires = bare_verilog(Wrapper(Wires(gic.signature), OBSERVERS), "top")
        design = bare_verilog(Wrapper(gic, OBSERVERS), "top")
        wrapper = self._workshop.synthesize(f"{point}, the wrapper", wires)
        netlist = self._workshop.synthesize(str(point), design)
        result = {**asdict(point), **self._cells(netlist, wrapper), "parts": netlist.parts}
        try:
            routed = [self._workshop.route(str(point), netlist, seed) for seed in SEEDS]
        except DoesNotFitError as full:
            return {**result, "status": "does not fit", "reason": str(full)}
        alone = self._workshop.route(f"{point}, the wrapper", wrapper, SEEDS[0])
        speeds = [each.mhz for each in routed]
        middle = statistics.median_low(speeds)
        with self._progress.during(f"{point}: latencies, simulated"):
            latency = measure_latencies(point, verilog, self._simulations)
        return {
            **result,
            "status": "measured",
            "comb": routed[0].usage["TRELLIS_COMB"] - alone.usage["TRELLIS_COMB"],
            "ramw": routed[0].usage.get("TRELLIS_RAMW", 0),
            "mhz": speeds,
            "median_mhz": middle,
            "path": next(each.path for each in routed if each.mhz == middle),
            "latency": latency,
        }

    def storm(self, point: Point) -> dict:
        """The worst case at one size."""
        verilog = self._verilog(point)
        with self._progress.during(f"{point}: every line at once, simulated"):
            figures = measure_storm(point, verilog, self._simulations)
        return {**asdict(point), **figures}

    def _verilog(self, point: Point) -> str:
        with self._progress.during(f"{point}: writing Verilog"):
            return bare_verilog(Gic(point.config), "gic")

    @staticmethod
    def _cells(netlist: Netlist, wrapper: Netlist) -> dict:
        def less(kind: str) -> int:
            return netlist.cells.get(kind, 0) - wrapper.cells.get(kind, 0)

        return {
            "lut4": less("LUT4"),
            "ff": less("TRELLIS_FF"),
            "dpr16x4": less("TRELLIS_DPR16X4"),
            "dp16kd": less("DP16KD"),
        }
