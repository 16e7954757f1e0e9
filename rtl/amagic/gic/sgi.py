"""Pending SGIs by source CPU.

An SGI of a target CPU has one pending bit for each CPU that may have sent it. The row's latch
keeps whether any of them is set. With one CPU the latch says it all, and nothing is stored here.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH
from .config import GicConfig

__all__ = ["SgiSources"]


class SgiSources(wiring.Component):
    """Sources of the SGIs that are pending for a CPU, four SGIs (a word) at a time.

    Members
    -------
    cpu, word
        The target CPU; which four SGIs: ``4 * word`` and on.
    latch
        Pending SGIs of the CPU, from its row's latch.
    init
        Clears all SGIs of ``cpu``.
    commit, clear, change
        Sets or clears the sources in ``change``, ``config.cpus`` bits for each of the four SGIs.
    sources
        The sources of the four SGIs, before the change.
    pending
        Which of the four SGIs are pending with the change.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "cpu": In(CPU_WIDTH),
                "word": In(2),
                "latch": In(16),
                "init": In(1),
                "commit": In(1),
                "clear": In(1),
                "change": In(4 * config.cpus),
                "sources": Out(4 * config.cpus),
                "pending": Out(4),
            }
        )

    def elaborate(self, platform):
        m = Module()
        cpus = self.config.cpus
        changed = Signal(4 * cpus)
        m.d.comb += [
            changed.eq(Mux(self.clear, self.sources & ~self.change, self.sources | self.change)),
            self.pending.eq(Cat(changed.word_select(sgi, cpus).any() for sgi in range(4))),
        ]
        if cpus == 1:
            m.d.comb += self.sources.eq(self.latch.word_select(self.word, 4))
            return m

        m.submodules.memory = store = memory.Memory(shape=16 * cpus, depth=cpus, init=[])
        read = store.read_port(domain="comb")
        write = store.write_port(granularity=4 * cpus)
        m.d.comb += [
            read.addr.eq(self.cpu),
            write.addr.eq(self.cpu),
            self.sources.eq(read.data.word_select(self.word, 4 * cpus)),
            write.data.eq(Mux(self.init, 0, changed).replicate(4)),
            write.en.eq(Mux(self.init, 0xF, self.commit << self.word)),
        ]
        return m
