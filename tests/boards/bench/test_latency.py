"""Latencies, counted on the simulated GIC."""

import pytest

from amagic.gic import Gic
from amagic_boards.bench.latency import measure_latencies, measure_storm
from amagic_boards.bench.points import Point
from amagic_boards.bench.store import Store
from amagic_sim.build import to_verilog


@pytest.mark.parametrize(("spis", "line_to_nirq"), [(32, 9), (988, 12)])
def test_latencies_are_counted_on_the_simulated_gic(tmp_path, spis, line_to_nirq):
    point = Point(spis=spis, lrs=1)
    verilog = to_verilog(Gic(point.config), "gic")
    figures = measure_latencies(point, verilog, Store(tmp_path))
    assert figures["line_to_nirq"] <= line_to_nirq
    assert figures["lr_write_to_nvirq"] <= 8
    assert set(figures) >= {"iar_read", "eoir_to_nirq"}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_in_the_worst_case_each_figure_is_worse_with_a_second_cpu_at_work(tmp_path):
    point = Point(cpus=2, spis=64, lrs=1)
    figures = measure_storm(point, to_verilog(Gic(point.config), "gic"), Store(tmp_path))
    idle, busy = figures["idle"], figures["ISENABLER"]
    assert idle["first_nirq"] <= busy["first_nirq"]
    assert idle["first_nirq"] < idle["last_nirq"] < busy["last_nirq"]
    assert idle["iar_read"] < busy["iar_read"]
    assert idle["gicd_write"] == 0 < busy["gicd_write"]
