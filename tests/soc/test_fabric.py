"""The Wishbone fabric."""

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped

from amagic.soc.fabric import Fabric, bus_signature
from amagic.soc.memory import BlockRam
from amagic_sim.bench import run_bench

FIRST, SECOND = 0x4000_0000, 0xF000_1000


class TwoMemories(wiring.Component):
    """A fabric with two targets."""

    def __init__(self):
        super().__init__({"bus": In(bus_signature())})

    def elaborate(self, platform):
        m = Module()
        m.submodules.fabric = fabric = Fabric()
        for name, base in (("first", FIRST), ("second", SECOND)):
            memory = BlockRam(4096)
            m.submodules[name] = memory
            fabric.add(memory.data, name=name, base=base)
        connect(m, flipped(self.bus), fabric.bus)
        return m


def test_fabric():
    run_bench(TwoMemories(), module="bench_fabric")


@pytest.mark.usefixtures("unused_components")
def test_windows_that_overlap_are_refused():
    fabric = Fabric()
    fabric.add(BlockRam(4096).data, name="first", base=FIRST)
    with pytest.raises(ValueError, match="overlaps"):
        fabric.add(BlockRam(8192).data, name="second", base=FIRST)


@pytest.mark.usefixtures("unused_components")
def test_a_base_that_is_not_aligned_to_the_window_is_refused():
    with pytest.raises(ValueError, match="0x40001000 is not a multiple of its window's 0x2000"):
        Fabric().add(BlockRam(8192).data, name="first", base=FIRST + 4096)
