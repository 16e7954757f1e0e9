"""The Wishbone bridge, with its narrowest and its widest address."""

import gc

import pytest

from amagic.bus.wishbone import WishboneBridge
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("addr_width", [3, 17, 32])
def test_wishbone_bridge(addr_width):
    run_bench(
        WishboneBridge(addr_width),
        module="bench_wishbone",
        name=f"WishboneBridge{addr_width}",
        env={"ADDR_WIDTH": addr_width},
    )


# Amaranth warns of a component that nobody elaborates, and this one never comes to be.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("addr_width", [2, 33, "12"])
def test_an_address_width_out_of_range_is_an_error(addr_width):
    with pytest.raises(ValueError, match=r"addr_width must be an integer in 3 to 32, not '?\d+"):
        WishboneBridge(addr_width)
    gc.collect()
