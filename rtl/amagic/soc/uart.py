"""The serial port: amaranth-stdio's transmitter and receiver behind buffers and registers."""

import luna_soc  # noqa: F401  importing it makes its copy of amaranth_stdio importable

# isort: split
from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out
from amaranth_stdio.serial import AsyncSerial

from ..bus.frame import FrameSignature
from ..parameters import check_range
from ..registers.soc import UART

__all__ = ["MIN_DIVISOR", "Uart"]

MIN_DIVISOR = 5
"""The receiver's shortest bit, in clock cycles."""


class Uart(wiring.Component):
    """A serial port with the registers of `amagic.registers.soc.UART`.

    Parameters
    ----------
    divisor : int
        Clock cycles a bit after reset, 5 to 65535.
    depth : int
        Bytes in each of the two buffers, 2 to 1024.

    Members
    -------
    frame
        The registers. Byte enables are ignored: every write is of the whole word.
    tx, rx
        The serial lines, idle high; ``rx`` need not be synchronous.
    irq
        Level-sensitive interrupt.
    """

    def __init__(self, divisor: int, depth: int = 16):
        check_range("divisor", divisor, MIN_DIVISOR, 0xFFFF)
        check_range("depth", depth, 2, 1024)
        self._divisor = divisor
        self._depth = depth
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                "tx": Out(1, init=1),
                "rx": In(1, init=1),
                "irq": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.serial = serial = AsyncSerial(divisor=self._divisor, divisor_bits=16)
        m.submodules.rx_sync = FFSynchronizer(self.rx, serial.rx.i, init=1)
        m.submodules.tx_fifo = tx_fifo = SyncFIFO(width=8, depth=self._depth)
        m.submodules.rx_fifo = rx_fifo = SyncFIFO(width=8, depth=self._depth)

        data = Signal(UART.DATA.layout)
        status = Signal(UART.STATUS.layout)
        lost = Signal(UART.STATUS.layout)  # the sticky bits
        divisor = Signal(16, init=self._divisor)
        enable = Signal(UART.INTENABLE.layout)
        frame = self.frame

        m.d.comb += [
            serial.divisor.eq(divisor),
            serial.tx.data.eq(tx_fifo.r_data),
            serial.tx.ack.eq(tx_fifo.r_rdy),
            tx_fifo.r_en.eq(serial.tx.rdy),
            self.tx.eq(serial.tx.o),
            serial.rx.ack.eq(1),
            rx_fifo.w_data.eq(serial.rx.data),
            rx_fifo.w_en.eq(serial.rx.rdy & ~serial.rx.err.frame),
            tx_fifo.w_data.eq(frame.w_data[:8]),
            data.Data.eq(rx_fifo.r_data & rx_fifo.r_rdy.replicate(8)),
            data.Valid.eq(rx_fifo.r_rdy),
            status.as_value().eq(lost.as_value()),
            status.TxFull.eq(~tx_fifo.w_rdy),
            status.TxIdle.eq((tx_fifo.level == 0) & serial.tx.rdy),
            status.RxValid.eq(rx_fifo.r_rdy),
            self.irq.eq((enable.RxValid & status.RxValid) | (enable.TxIdle & status.TxIdle)),
            frame.ack.eq(frame.r_stb | frame.w_stb),
        ]

        with m.If(frame.w_stb & (frame.addr == UART.STATUS.offset)):
            m.d.sync += lost.eq(lost.as_value() & ~frame.w_data)
        with m.If(serial.rx.rdy):
            m.d.sync += lost.RxFrame.eq(lost.RxFrame | serial.rx.err.frame)
            with m.If(~serial.rx.err.frame & ~rx_fifo.w_rdy):
                m.d.sync += lost.RxLost.eq(1)

        with m.Switch(frame.addr):
            with m.Case(UART.DATA.offset):
                m.d.comb += [
                    frame.r_data.eq(data),
                    rx_fifo.r_en.eq(frame.r_stb),
                    tx_fifo.w_en.eq(frame.w_stb),
                ]
                with m.If(frame.w_stb & ~tx_fifo.w_rdy):
                    m.d.sync += lost.TxLost.eq(1)
            with m.Case(UART.STATUS.offset):
                m.d.comb += frame.r_data.eq(status)
            with m.Case(UART.DIVISOR.offset):
                m.d.comb += frame.r_data.eq(divisor)
                with m.If(frame.w_stb):
                    m.d.sync += divisor.eq(frame.w_data[:16])
                    with m.If(frame.w_data[:16] < MIN_DIVISOR):
                        m.d.sync += divisor.eq(MIN_DIVISOR)
            with m.Case(UART.INTENABLE.offset):
                m.d.comb += frame.r_data.eq(enable)
                with m.If(frame.w_stb):
                    m.d.sync += [
                        enable.RxValid.eq(UART.INTENABLE.layout(frame.w_data).RxValid),
                        enable.TxIdle.eq(UART.INTENABLE.layout(frame.w_data).TxIdle),
                    ]
        return m
