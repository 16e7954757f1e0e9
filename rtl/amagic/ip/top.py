"""The IP's top level: a bus bridge, the GIC and, on request, the timer. Wiring only.

The map:

| offset | frames |
| --- | --- |
| 0x00000 | the GIC's, 32 KiB (see `amagic.gic.gic`) |
| 0x20000 | the timer's, 128 KiB (see `amagic.timer.timer`), where there is a timer |
| 0x40000 | the timer's second block, 128 KiB, above four CPUs |

The rest of the addresses reads 0 and ignores writes.
"""

from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

from amaranth.hdl import Cat, Module, Mux, Shape
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..gic.config import GicConfig
from ..gic.gic import FRAME_BITS, Gic
from ..timer.timer import ADDR_WIDTH as TIMER_BITS
from ..timer.timer import Timer
from .buses import BUSES
from .config import IpConfig

__all__ = ["GicIp", "Port", "ports"]


class Port(NamedTuple):
    """A port of the top level; ``way`` is ``input`` or ``output``, ``width`` in bits."""

    name: str
    way: str
    width: int
    doc: str


def ports(config: IpConfig) -> tuple[Port, ...]:
    """Every port of the Verilog module, in its order.

    They depend on the bus, the CPUs, the SPIs and whether there is a timer.
    """
    return (
        Port("clk", "input", 1, "clock of everything"),
        Port("rst", "input", 1, "reset, active high, synchronous to clk"),
        *_bus_ports(config),
        *_interrupt_ports(config.gic),
        *_timer_ports(config),
    )


def _bus_ports(config: IpConfig) -> Iterator[Port]:
    bus = BUSES[config.bus]
    members = wiring.Signature(bus.members(config.addr_width)).members.flatten()
    by_path = {".".join(map(str, path)): member for path, member in members}
    for path, (name, doc) in bus.ports.items():
        member = by_path[path]
        way = "input" if member.flow == In else "output"
        yield Port(name, way, Shape.cast(member.shape).width, doc)


def _interrupt_ports(gic: GicConfig) -> Iterator[Port]:
    if gic.spis:
        doc = "lines of the SPIs, active high: bit n is INTID 32 + n"
        yield Port("spi", "input", gic.spis, doc)
    for cpu in range(gic.cpus):
        doc = f"lines of CPU {cpu}'s PPIs, active high: bit n is INTID 16 + n"
        yield Port(f"ppi_{cpu}", "input", 16, doc)
    for name, doc in (
        ("irq", "nIRQ of each CPU, but active high"),
        ("fiq", "nFIQ of each CPU, but active high"),
        ("virq", "nVIRQ of each CPU, but active high"),
        ("vfiq", "nVFIQ of each CPU, but active high"),
        ("maintenance", "each CPU's maintenance interrupt; the GIC itself makes it PPI 25"),
    ):
        yield Port(name, "output", gic.cpus, doc)


def _timer_ports(config: IpConfig) -> Iterator[Port]:
    if config.timer:
        yield Port("timer_count_enable", "input", 1, "the timer counts this clock cycle")
        yield Port("timer_debug_halt", "input", 1, "halts the count where CNTCR.HDBG says so")
        yield Port("timer_count", "output", 64, "the system counter")


class GicIp(wiring.Component):
    """The GIC behind a bus. Its members are its `ports`, by the same names.

    Parameters
    ----------
    config : IpConfig
    gic : Gic, optional
        The GIC itself, where there is one of this configuration.
    """

    def __init__(self, config: IpConfig, gic: Gic | None = None):
        self.config = config
        self._gic = gic
        super().__init__(
            {
                port.name: (In if port.way == "input" else Out)(port.width)
                for port in ports(config)
                if port.name not in ("clk", "rst")
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        bus = BUSES[config.bus]
        m.submodules.bridge = bridge = bus.bridge(config.addr_width)
        m.submodules.gic = gic = Gic(config.gic) if self._gic is None else self._gic
        for path, (name, _) in bus.ports.items():
            member, port = reduce(getattr, path.split("."), bridge), getattr(self, name)
            m.d.comb += (
                member.eq(port) if self.signature.members[name].flow == In else port.eq(member)
            )
        for name in ("irq", "fiq", "virq", "vfiq", "maintenance"):
            m.d.comb += getattr(self, name).eq(getattr(gic, name))

        spi = self.spi if config.gic.spis else 0
        ppi = [getattr(self, f"ppi_{cpu}") for cpu in range(config.gic.cpus)]
        if config.timer:
            m.submodules.timer = timer = Timer(config.timer_config)
            m.d.comb += [
                timer.count_enable.eq(self.timer_count_enable),
                timer.debug_halt.eq(self.timer_debug_halt),
                self.timer_count.eq(timer.count),
            ]
            spi |= config.routing.spi(timer)
            ppi = [lines | config.routing.ppi(timer, cpu) for cpu, lines in enumerate(ppi)]
            self._route(m, bridge.frame, gic.frame, timer.frame)
        else:
            wiring.connect(m, bridge.frame, gic.frame)
        m.d.comb += gic.spi.eq(spi)
        m.d.comb += [own.eq(lines) for own, lines in zip(gic.ppi, ppi, strict=True)]
        return m

    def _route(self, m, frame, gic, timer):
        """Give the access to the GIC or the timer, and take its answer."""
        block = frame.addr[TIMER_BITS:]
        to_gic = frame.addr[FRAME_BITS:] == 0
        to_timer = (block != 0) & (block <= len(self.config.timer_config.blocks))
        strobe = frame.r_stb | frame.w_stb
        # The timer's first block is the second window of this size, and so on.
        timer_addr = Cat(frame.addr[:TIMER_BITS], block[1:])
        m.d.comb += [
            frame.ack.eq(Mux(to_gic, gic.ack, Mux(to_timer, timer.ack, strobe))),
            frame.r_data.eq(Mux(to_gic, gic.r_data, Mux(to_timer, timer.r_data, 0))),
        ]
        for target, chosen, addr in ((gic, to_gic, frame.addr), (timer, to_timer, timer_addr)):
            m.d.comb += [
                target.addr.eq(addr),
                target.be.eq(frame.be),
                target.w_data.eq(frame.w_data),
                target.r_stb.eq(frame.r_stb & chosen),
                target.w_stb.eq(frame.w_stb & chosen),
                target.cpu.eq(frame.cpu),
                target.secure.eq(frame.secure),
            ]
