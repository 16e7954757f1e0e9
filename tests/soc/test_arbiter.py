"""The arbiter, in front of a fabric with a memory that has an alias, at both ends of its range."""

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from amagic.soc.arbiter import Arbiter
from amagic.soc.fabric import Fabric, bus_signature
from amagic.soc.memory import BlockRam
from amagic_sim.bench import run_bench

BASE, ALIAS = 0x4000_0000, 0xB000_0000


class SharedMemory(wiring.Component):
    """Initiators ``bus0`` and so on."""

    def __init__(self, initiators: int):
        self.arbiter = Arbiter(initiators)
        ports = {f"bus{n}": In(bus_signature()) for n in range(initiators)}
        super().__init__({**ports, "ack": Out(1), "granted": Out(range(initiators))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.arbiter = arbiter = self.arbiter
        m.submodules.fabric = fabric = Fabric()
        m.submodules.memory = memory = BlockRam(4096)
        fabric.add(memory.data, name="memory", base=BASE, alias=ALIAS)
        connect(m, arbiter.bus, fabric.bus)
        for n, initiator in enumerate(arbiter.initiator):
            connect(m, flipped(getattr(self, f"bus{n}")), initiator)
        m.d.comb += [self.ack.eq(arbiter.bus.ack), self.granted.eq(arbiter.granted)]
        return m


@pytest.mark.parametrize("initiators", [2, 3, 8])
def test_arbiter(initiators):
    run_bench(
        SharedMemory(initiators),
        module="bench_arbiter",
        name=f"Arbiter{initiators}",
        env={"INITIATORS": initiators},
    )


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize("initiators", [1, 9, True])
def test_a_number_of_initiators_out_of_range_is_refused(initiators):
    with pytest.raises(ValueError, match="initiators must be an integer in 2 to 8, not"):
        Arbiter(initiators)
