"""The whole GIC: distributor, CPU interfaces and virtual interfaces behind one frame port.

The map is a GIC-400's, as the address map of Intel's Stratix 10 HPS has it:

| offset | frame |
| --- | --- |
| 0x1000 | GICD, 4 KiB |
| 0x2000 | GICC of the accessing CPU, 8 KiB |
| 0x4000 | GICH of the accessing CPU, 4 KiB |
| 0x5000 + 0x200 * n | GICH of CPU n, for every CPU |
| 0x6000 | GICV of the accessing CPU, 8 KiB |

What is not there, and an access by a CPU that the GIC does not have, is acknowledged: RAZ/WI.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import FrameSignature
from .config import GicConfig
from .cpu_interface import CpuInterface
from .distributor import Distributor
from .transaction import Transaction
from .virtual_control import VirtualControl

__all__ = ["Gic"]

FRAME_BITS = 15
MAINTENANCE_PPI = 25
"""INTID of the maintenance interrupt (a GIC-400's)."""


class Gic(wiring.Component):
    """A GICv2 with virtualization.

    Parameters
    ----------
    config : GicConfig

    Members
    -------
    frame
        32 KiB with all the frames, see above.
    ppi
        For each CPU, the lines of PPIs 16 to 31. That of the maintenance interrupt is ORed with
        the GIC's own.
    spi
        The lines of the SPIs; bit 0 is INTID 32. (Without SPIs, one bit without effect.)
    irq, fiq, virq, vfiq
        A bit for each CPU: its interface, or its virtual interface, signals an interrupt. Active
        high, straight from flip-flops.
    maintenance
        A bit for each CPU: its maintenance interrupt, as it also reaches the CPU's PPI 25.
    transaction
        What the distributor does, for an observer.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "frame": In(FrameSignature(FRAME_BITS)),
                "ppi": In(16).array(config.cpus),
                "spi": In(max(1, config.spis)),
                "irq": Out(config.cpus),
                "fiq": Out(config.cpus),
                "virq": Out(config.cpus),
                "vfiq": Out(config.cpus),
                "maintenance": Out(config.cpus),
                "transaction": Out(Transaction),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.distributor = distributor = Distributor(self.config)
        m.d.comb += [distributor.spi.eq(self.spi), self.transaction.eq(distributor.transaction)]

        addr, accessing = self.frame.addr, self.frame.cpu
        present = accessing < self.config.cpus
        routes = [(present & (addr[12:] == 1), distributor.frame, addr)]
        for cpu in range(self.config.cpus):
            gicc, gich, gicv = self._interfaces(m, distributor, cpu)
            own = accessing == cpu
            alias = present & (addr[12:] == 5) & (addr[9:12] == cpu)
            routes += [
                (own & (addr[13:] == 1), gicc.frame, addr),
                (own & (addr[12:] == 4) | alias, gich.frame, Mux(alias, addr[:9], addr[:12])),
                (own & (addr[13:] == 3), gicv.frame, addr),
            ]
        self._route(m, routes)
        return m

    def _interfaces(self, m, distributor, cpu):
        """The physical and the virtual interface of one CPU, and its GICH."""
        gicc = CpuInterface(self.config)
        gich = VirtualControl(self.config)
        gicv = CpuInterface(self.config, virtual=True)
        m.submodules[f"gicc{cpu}"] = gicc
        m.submodules[f"gich{cpu}"] = gich
        m.submodules[f"gicv{cpu}"] = gicv
        wiring.connect(m, gicc.source, distributor.source[cpu])
        wiring.connect(m, gicv.source, gich.source)
        wiring.connect(m, gich.forward, distributor.forward[cpu])
        m.d.comb += [
            gicv.enable.eq(gich.enable),
            gich.vmcr.eq(gicv.vmcr),
            gicv.vmcr_w_stb.eq(gich.vmcr_w_stb),
            gicv.vmcr_w_data.eq(gich.vmcr_w_data),
            gich.apr.eq(gicv.apr),
            gicv.apr_w_stb.eq(gich.apr_w_stb),
            gicv.apr_w_data.eq(gich.apr_w_data),
            distributor.ppi[cpu].eq(self.ppi[cpu]),
            distributor.ppi[cpu][MAINTENANCE_PPI - 16].eq(
                self.ppi[cpu][MAINTENANCE_PPI - 16] | gich.maintenance
            ),
            self.irq[cpu].eq(gicc.irq),
            self.fiq[cpu].eq(gicc.fiq),
            self.virq[cpu].eq(gicv.irq),
            self.vfiq[cpu].eq(gicv.fiq),
            self.maintenance[cpu].eq(gich.maintenance),
        ]
        return gicc, gich, gicv

    def _route(self, m, routes):
        """Give the access to the one frame that is chosen, and take its answer."""
        frame = self.frame
        m.d.comb += frame.ack.eq(
            Mux(
                Cat(chosen for chosen, _, _ in routes).any(),
                Cat(chosen & target.ack for chosen, target, _ in routes).any(),
                frame.r_stb | frame.w_stb,
            )
        )
        answers = [Mux(chosen, target.r_data, 0) for chosen, target, _ in routes]
        m.d.comb += frame.r_data.eq(reduce(or_, answers))
        for chosen, target, addr in routes:
            m.d.comb += [
                target.addr.eq(addr),
                target.be.eq(frame.be),
                target.w_data.eq(frame.w_data),
                target.r_stb.eq(frame.r_stb & chosen),
                target.w_stb.eq(frame.w_stb & chosen),
                target.cpu.eq(frame.cpu),
                target.secure.eq(frame.secure),
            ]
