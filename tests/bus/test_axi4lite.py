"""The AXI4-Lite bridge, with its narrowest and its widest addresses."""

import pytest

from amagic.bus.axi4lite import AxiLiteBridge
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("addr_width, bus_addr_width", [(3, 3), (15, 18), (32, 64)], ids=str)
def test_axi4lite_bridge(addr_width, bus_addr_width):
    run_bench(
        AxiLiteBridge(addr_width, bus_addr_width=bus_addr_width),
        module="bench_axi4lite",
        name=f"AxiLiteBridge{addr_width}of{bus_addr_width}",
        env={"ADDR_WIDTH": addr_width, "BUS_ADDR_WIDTH": bus_addr_width},
    )
