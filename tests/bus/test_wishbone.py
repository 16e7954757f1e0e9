"""The Wishbone bridge, with its narrowest and its widest addresses."""

import pytest

from amagic.bus.wishbone import WishboneBridge
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("addr_width, bus_addr_width", [(3, 3), (15, 18), (32, 32)], ids=str)
def test_wishbone_bridge(addr_width, bus_addr_width):
    run_bench(
        WishboneBridge(addr_width, bus_addr_width=bus_addr_width),
        module="bench_wishbone",
        name=f"WishboneBridge{addr_width}of{bus_addr_width}",
        env={"ADDR_WIDTH": addr_width, "BUS_ADDR_WIDTH": bus_addr_width},
    )
