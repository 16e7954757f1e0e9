"""A GIC of two CPUs behind each bridge."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from amagic.bus.apb import ApbBridge
from amagic.bus.axi4lite import AxiLiteBridge
from amagic.bus.wishbone import WishboneBridge
from amagic.gic import Gic, GicConfig
from amagic_sim.bench import run_bench

BRIDGES = {"axi": AxiLiteBridge, "apb": ApbBridge, "wb": WishboneBridge}
CONFIG = GicConfig(cpus=2, spis=32, lrs=1)


class GicOnABus(wiring.Component):
    """The ports of all bridges, of which ``bus`` chooses one; and the SPIs, and the interrupts."""

    def __init__(self):
        self.gic = Gic(CONFIG)
        self.bridges = [bridge(self.gic.frame.signature.addr_width) for bridge in BRIDGES.values()]
        self.outer = [dict(bridge.signature.members) for bridge in self.bridges]
        ports = {"bus": In(2), "spi": In(CONFIG.spis), "irq": Out(CONFIG.cpus)}
        for members in self.outer:
            del members["frame"]
            ports |= members
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        m.submodules.gic = gic = self.gic
        m.d.comb += [gic.spi.eq(self.spi), self.irq.eq(gic.irq)]
        for index, (bridge, members) in enumerate(zip(self.bridges, self.outer, strict=True)):
            m.submodules[f"bridge{index}"] = bridge
            for name, member in members.items():
                outer, inner = getattr(self, name), getattr(bridge, name)
                if member.is_port:
                    m.d.comb += inner.eq(outer)
                else:
                    wiring.connect(m, wiring.flipped(outer), inner)
            with m.If(self.bus == index):
                wiring.connect(m, bridge.frame, gic.frame)
        return m


@pytest.mark.parametrize("bus", BRIDGES)
def test_gic_on_a_bus(bus):
    run_bench(GicOnABus(), module="bench_gic_on_a_bus", env={"BUS": bus})
