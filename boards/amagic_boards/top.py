"""A board's top level: pins, clock, reset, lights, and the system-on-chip. Wiring only."""

from collections.abc import Iterable

from amaranth import ClockDomain, Elaboratable, Module
from amaranth.lib import io
from amaranth.lib.wiring import connect

from amagic.soc.soc import Soc

from .board import Board, Pin
from .clocking import Clocking
from .lights import LIGHTS, Lights

__all__ = ["Top"]


class Top(Elaboratable):
    """Everything on the device.

    Parameters
    ----------
    board : Board
    init : iterable of int
        The memory's first words.

    The lines from outside are not synchronous to the clock: the serial line is synchronized in the
    serial port, the reset button where the reset is made, and the other buttons in the GIC
    (`GicConfig.sync_lines`).
    """

    def __init__(self, board: Board, init: Iterable[int] = ()):
        self.board = board
        self.soc = Soc(board.soc, init)

    def elaborate(self, platform):
        m = Module()
        board = self.board
        requested = {}

        def port(pin: Pin):
            key = (pin.resource, pin.number)
            if key not in requested:
                requested[key] = platform.request(*key, dir="-")
            return getattr(requested[key], pin.part) if pin.part else requested[key]

        def buffer(name: str, direction: str, pin: Pin):
            m.submodules[name] = made = io.Buffer(direction, port(pin))
            return made.i if direction == "i" else made.o

        clock = Pin(platform.default_clk)
        m.submodules.clocking = clocking = Clocking(
            round(platform.default_clk_frequency), board.soc.clock_hz
        )
        m.domains.sync = sync = ClockDomain()
        m.submodules.soc = soc = self.soc
        m.submodules.lights = lights = Lights(board.soc.clock_hz)
        connect(m, soc.probe_event, lights.event)

        m.d.comb += [
            sync.clk.eq(clocking.clk),
            sync.rst.eq(clocking.reset),
            clocking.clk_in.eq(buffer("clk", "i", clock)),
            clocking.button.eq(buffer("reset", "i", board.reset)),
            soc.uart_rx.eq(buffer("uart_rx", "i", Pin("uart", 0, "rx"))),
            buffer("uart_tx", "o", Pin("uart", 0, "tx")).eq(soc.uart_tx),
        ]
        for number, pin in enumerate(board.buttons):
            # SPI 0 is the serial port's.
            m.d.comb += soc.spi[number + 1].eq(buffer(f"button{number}", "i", pin))
        for name, pin in zip(LIGHTS, board.lights, strict=False):
            m.d.comb += buffer(f"light_{name}", "o", pin).eq(getattr(lights, name))
        for number, pin in enumerate(board.high):
            m.d.comb += buffer(f"high{number}", "o", pin).eq(1)
        return m
