"""Latencies in cycles, by running `bench_latency` on the simulated GIC."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from amagic.gic import Gic
from amagic_sim.bench import run_bench

from .points import Point
from .store import Store, digest

__all__ = ["measure_latencies", "measure_storm"]

_BENCH = Path(__file__).with_name("bench_latency.py")
_TIMEOUT = 3600


def _measure(point: Point, verilog: str, tests: list[str], store: Store) -> dict:
    def run() -> dict:
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.json"
            env = {"CONFIG": json.dumps(asdict(point.config)), "RESULT": result}
            gic = Gic(point.config)
            run_bench(gic, module=_BENCH.stem, tests=tests, env=env, timeout=_TIMEOUT)
            return json.loads(result.read_text())

    return store.kept(digest([verilog, _BENCH.read_text(), tests]), run)


def measure_latencies(point: Point, verilog: str, store: Store) -> dict:
    """One access or line at a time. (`verilog` is the point's GIC.)"""
    return _measure(point, verilog, ["latencies"], store)


def measure_storm(point: Point, verilog: str, store: Store) -> dict:
    """Every line at once, and another CPU that writes GICD without a pause."""
    return _measure(point, verilog, ["every_line_rises_in_one_cycle"], store)
