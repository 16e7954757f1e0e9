"""The widths that every bridge takes, and what it says of others."""

import pytest

from amagic.bus.apb import ApbBridge
from amagic.bus.axi4lite import AxiLiteBridge
from amagic.bus.wishbone import WishboneBridge

MOST = {AxiLiteBridge: 64, ApbBridge: 32, WishboneBridge: 32}

pytestmark = pytest.mark.usefixtures("unused_components")


@pytest.mark.parametrize("bridge", MOST)
@pytest.mark.parametrize("addr_width", [2, 33, "12"])
def test_an_address_width_out_of_range_is_an_error(bridge, addr_width):
    with pytest.raises(ValueError, match=r"^addr_width must be an integer in 3 to 32, not '?\d+"):
        bridge(addr_width)


@pytest.mark.parametrize("bridge", MOST)
def test_a_bus_narrower_than_the_frame_or_wider_than_the_bus_can_be_is_an_error(bridge):
    for width in (14, MOST[bridge] + 1, "16"):
        allowed = f"None or an integer in 15 to {MOST[bridge]}, not {width!r}"
        with pytest.raises(ValueError, match=f"^bus_addr_width must be {allowed}$"):
            bridge(15, bus_addr_width=width)


@pytest.mark.parametrize("bridge", MOST)
def test_without_a_width_of_its_own_the_bus_is_as_wide_as_the_frame(bridge):
    given, implied = bridge(15, bus_addr_width=15), bridge(15)
    assert given.signature == implied.signature
    assert bridge(15, bus_addr_width=16).signature != implied.signature


def test_only_a_wishbone_that_is_wider_than_the_frame_has_err():
    assert "err" not in WishboneBridge(15).wb.signature.members
    assert "err" in WishboneBridge(15, bus_addr_width=16).wb.signature.members
