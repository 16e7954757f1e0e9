"""The APB bridge, with its narrowest and its widest addresses."""

import pytest

from amagic.bus.apb import ApbBridge
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("addr_width, bus_addr_width", [(3, 3), (15, 18), (32, 32)], ids=str)
def test_apb_bridge(addr_width, bus_addr_width):
    run_bench(
        ApbBridge(addr_width, bus_addr_width=bus_addr_width),
        module="bench_apb",
        name=f"ApbBridge{addr_width}of{bus_addr_width}",
        env={"ADDR_WIDTH": addr_width, "BUS_ADDR_WIDTH": bus_addr_width},
    )
