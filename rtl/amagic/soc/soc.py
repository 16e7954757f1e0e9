"""The system-on-chip: core, memory, serial port. Wiring only."""

from dataclasses import dataclass

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..bus.wishbone import WishboneBridge
from . import memory_map
from .cpu import Cpu
from .fabric import Fabric
from .memory import BlockRam
from .uart import MIN_DIVISOR, Uart

__all__ = ["Soc", "SocConfig"]


@dataclass(frozen=True)
class SocConfig:
    """Parameters of the SoC. A value out of range raises `ValueError` with the range.

    Parameters
    ----------
    memory_size : int
        Bytes of memory: a power of two, 4096 to 1048576.
    clock_hz, baud : int
        The clock's frequency, 1 to 500 MHz, and the serial port's rate after reset; their quotient
        must be in 5 to 65535.
    """

    memory_size: int = 128 * 1024
    clock_hz: int = 50_000_000
    baud: int = 1_000_000

    def __post_init__(self) -> None:
        if not 1_000_000 <= self.clock_hz <= 500_000_000:
            raise ValueError(f"clock_hz must be in 1000000 to 500000000, not {self.clock_hz!r}")
        if self.baud < 1 or not MIN_DIVISOR <= self.divisor <= 0xFFFF:
            raise ValueError(
                f"baud must make clock_hz / baud lie in {MIN_DIVISOR} to 65535: with a clock of "
                f"{self.clock_hz} Hz it cannot be {self.baud!r}"
            )

    @property
    def divisor(self) -> int:
        """Clock cycles a bit of the serial port."""
        return round(self.clock_hz / self.baud)


class Soc(wiring.Component):
    """The SoC.

    Members
    -------
    uart_tx, uart_rx
        The serial port's lines.
    """

    def __init__(self, config: SocConfig, init=()):
        self.config = config
        self.ram = BlockRam(config.memory_size, init)
        super().__init__({"uart_tx": Out(1, init=1), "uart_rx": In(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.cpu = cpu = Cpu(memory_map.RESET_VECTOR)
        m.submodules.ram = ram = self.ram
        m.submodules.uart = uart = Uart(self.config.divisor)

        m.submodules.ifabric = ifabric = Fabric()
        ifabric.add(ram.fetch, name="ram", base=memory_map.RAM_BASE)
        connect(m, cpu.ibus, ifabric.bus)

        m.submodules.dfabric = dfabric = Fabric()
        dfabric.add(ram.data, name="ram", base=memory_map.RAM_BASE)
        connect(m, cpu.dbus, dfabric.bus)
        for window, device in ((memory_map.UART, uart),):
            bridge = WishboneBridge(window.addr_width)
            m.submodules[f"{window.name.lower()}_bridge"] = bridge
            dfabric.add(bridge.wb, name=window.name.lower(), base=window.base)
            connect(m, bridge.frame, device.frame)

        m.d.comb += [
            self.uart_tx.eq(uart.tx),
            uart.rx.eq(self.uart_rx),
        ]
        return m
