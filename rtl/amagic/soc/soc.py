"""The system-on-chip: cores, memory, GIC, generic timer, serial port, probe. Wiring only.

The addresses are in `memory_map`. Instruction fetches reach the memory only. The serial port is the
first SPI. Which interrupts the timer's are is said in `amagic.timer.routing`.

Two harts share the memory and the devices: their buses are arbitrated, one for the fetches and one
for everything else, and a device learns from the arbiter whose access it is. Their caches know
nothing of each other's stores.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..gic.config import GicConfig
from ..gic.gic import Gic
from ..parameters import check_multiple, check_power_of_two, check_range
from ..timer.config import TimerConfig
from ..timer.routing import PTIMER_PPI, VTIMER_PPI, TimerRouting, guest_frame, host_frame
from ..timer.timer import Timer
from . import memory_map
from .arbiter import Arbiter
from .cpu import Cpu
from .device_port import DevicePort
from .fabric import Fabric
from .hart_sync import HartSync
from .memory import MAX_SIZE, SIZE_STEP, BlockRam
from .probe import MAX_HARTS, Probe, ProbeConfig, RecordSignature, observe
from .uart import MIN_DIVISOR, Uart

__all__ = [
    "GUEST_FRAME",
    "HOST_FRAME",
    "PTIMER_PPI",
    "UART_INTID",
    "VTIMER_PPI",
    "Soc",
    "SocConfig",
]

UART_INTID = 32
GUEST_FRAME = guest_frame(0)
HOST_FRAME = host_frame(0)


@dataclass(frozen=True)
class SocConfig:
    """Parameters of the SoC. A value out of range raises `ValueError` with the range.

    Parameters
    ----------
    harts : int
        Cores, 1 or 2.
    memory_size : int
        Bytes of memory: a multiple of 4096 up to 262144.
    clock_hz, baud : int
        The clock's frequency, 1 to 500 MHz, and the serial port's rate after reset; their quotient
        must be in 5 to 65535.
    gic : GicConfig, optional
        The GIC: with a CPU for each hart, and at least one SPI. When it is left out, the default
        one for so many CPUs.
    timer_spi : int or None
        `TimerRouting`'s ``timer_spi``, above the serial port's. With None the timers are PPIs,
        which the firmware needs.
    probe_depth : int
        Records in the probe's buffer: a power of two in 2 to 4096.
    """

    harts: int = 1
    memory_size: int = 160 * 1024
    clock_hz: int = 50_000_000
    baud: int = 1_000_000
    gic: GicConfig | None = None
    timer_spi: int | None = None
    probe_depth: int = 256

    def __post_init__(self) -> None:
        check_range("harts", self.harts, 1, MAX_HARTS)
        if self.gic is None:
            object.__setattr__(self, "gic", GicConfig(cpus=self.harts))
        check_multiple("memory_size", self.memory_size, SIZE_STEP, MAX_SIZE)
        check_range("clock_hz", self.clock_hz, 1_000_000, 500_000_000)
        check_range("baud", self.baud, 1, self.clock_hz)
        check_power_of_two("probe_depth", self.probe_depth, 2, 4096)
        if not MIN_DIVISOR <= self.divisor <= 0xFFFF:
            raise ValueError(
                f"baud must make clock_hz / baud lie in {MIN_DIVISOR} to 65535: with a clock of "
                f"{self.clock_hz} Hz it cannot be {self.baud!r}"
            )
        if self.gic.cpus != self.harts:
            raise ValueError(f"gic.cpus must be {self.harts}, as harts is, not {self.gic.cpus!r}")
        if self.gic.spis < 1:
            raise ValueError("gic.spis must be in 1 to 988: the serial port is the first, not 0")
        if self.timer_spi == UART_INTID:
            raise ValueError(f"timer_spi must not be {UART_INTID}: that is the serial port's")
        TimerRouting(self.gic, self.timer_spi)

    @property
    def timer_routing(self) -> TimerRouting:
        """Where the timer's lines go."""
        return TimerRouting(self.gic, self.timer_spi)

    @property
    def divisor(self) -> int:
        """Clock cycles a bit of the serial port."""
        return round(self.clock_hz / self.baud)


class Soc(wiring.Component):
    """The SoC.

    Parameters
    ----------
    config : SocConfig
    init : iterable of int
        The memory's first words.

    Members
    -------
    uart_tx, uart_rx
        The serial port's lines.
    spi
        Lines of the shared peripheral interrupts; bit 0 is ORed with the serial port's.
    probe_event
        Each event that the probe records.
    count
        The system counter, which is the probe's clock.
    """

    def __init__(self, config: SocConfig, init: Iterable[int] = ()):
        self.config = config
        self.ram = BlockRam(config.memory_size, init)
        super().__init__(
            {
                "uart_tx": Out(1, init=1),
                "uart_rx": In(1, init=1),
                "spi": In(config.gic.spis),
                "probe_event": Out(RecordSignature()),
                "count": Out(64),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self.config
        cpus = [Cpu(memory_map.RESET_VECTOR, hart, config.harts) for hart in range(config.harts)]
        for hart, cpu in enumerate(cpus):
            m.submodules[f"cpu{hart or ''}"] = cpu
        m.submodules.ram = self.ram
        m.submodules.gicv2 = gic = Gic(config.gic)
        routing = config.timer_routing
        timer = Timer(TimerConfig(frames=routing.frames, frequency=config.clock_hz))
        m.submodules.generic_timer = timer
        m.submodules.uart = uart = Uart(config.divisor)
        m.submodules.probe = probe = Probe(
            ProbeConfig(harts=config.harts, frames=routing.frames, depth=config.probe_depth)
        )

        devices = [
            (memory_map.GIC, gic),
            (memory_map.TIMER, timer),
            (memory_map.UART, uart),
            (memory_map.PROBE, probe),
        ]
        if config.harts > 1:
            m.submodules.sync = sync = HartSync(config.harts)
            devices.append((memory_map.SYNC, sync))
            m.d.comb += [cpu.software_irq.eq(sync.ring[n]) for n, cpu in enumerate(cpus)]

        self._connect_buses(m, cpus, devices)
        m.d.comb += [
            self.uart_tx.eq(uart.tx),
            uart.rx.eq(self.uart_rx),
            gic.spi.eq(self.spi | uart.irq | routing.spi(timer)),
        ]
        for hart, cpu in enumerate(cpus):
            m.d.comb += [
                gic.ppi[hart].eq(routing.ppi(timer, hart)),
                # The core has one line for each mode.
                cpu.irq.eq((gic.irq | gic.fiq)[hart]),
                cpu.virq.eq((gic.virq | gic.vfiq)[hart]),
            ]
        m.d.comb += self.count.eq(timer.count)
        self._connect_probe(m, probe, cpus, gic, timer)
        return m

    def _connect_buses(self, m, cpus, devices):
        several = len(cpus) > 1
        m.submodules.ifabric = ifabric = Fabric()
        ifabric.add(self.ram.fetch, name="ram", base=memory_map.RAM_BASE)
        self._connect_initiators(m, "iarbiter", [cpu.ibus for cpu in cpus], ifabric)

        m.submodules.dfabric = dfabric = Fabric()
        uncached = memory_map.RAM_UNCACHED_BASE if several else None
        dfabric.add(self.ram.data, name="ram", base=memory_map.RAM_BASE, alias=uncached)
        hart = self._connect_initiators(m, "darbiter", [cpu.dbus for cpu in cpus], dfabric)
        for window, device in devices:
            name = window.name.lower()
            m.submodules[f"{name}_port"] = port = DevicePort(window.addr_width)
            dfabric.add(port.wb, name=name, base=window.base)
            connect(m, port.frame, device.frame)
            if several:
                m.d.comb += port.cpu.eq(hart)

    def _connect_initiators(self, m, name, buses, fabric):
        """The cores' buses to the fabric; whose transfer it is."""
        if len(buses) == 1:
            connect(m, buses[0], fabric.bus)
            return 0
        m.submodules[name] = arbiter = Arbiter(len(buses))
        for bus, initiator in zip(buses, arbiter.initiator, strict=True):
            connect(m, bus, initiator)
        connect(m, arbiter.bus, fabric.bus)
        return arbiter.granted

    def _connect_probe(self, m, probe, cpus, gic, timer):
        m.d.comb += [
            probe.count.eq(timer.count),
            probe.virtual_irq.eq(timer.virtual_irq),
            probe.physical_irq.eq(timer.physical_irq),
            probe.irq.eq(gic.irq | gic.fiq),
            probe.virq.eq(gic.virq | gic.vfiq),
            probe.maintenance.eq(gic.maintenance),
            probe.distributor.eq(gic.transaction),
            probe.timer.eq(timer.written),
            *observe(probe.gic, gic.frame),
        ]
        for hart, cpu in enumerate(cpus):
            connect(m, cpu.probe, probe.cpu[hart])
        connect(m, flipped(self.probe_event), probe.recorded)
