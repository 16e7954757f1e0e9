"""What the bridges share: the frame port's side of a bridge.

No block behind a frame port knows an error: what is not there is RAZ/WI. So the one error that a
bridge can give is its own: an access outside the frame, where its bus's address is wider than the
frame's. Such an access does not reach the frame port.

The answer follows the frame port's ``ack``: a write that the bus calls finished has had its effect.
Writes that are posted before the bridge are the interconnect's business.
"""

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..parameters import check_range
from .frame import ADDR_WIDTHS, CPU_WIDTH, FrameSignature

__all__ = ["FrameInitiator", "bytes_from", "checked_bus_width"]


def checked_bus_width(addr_width: int, bus_addr_width: int | None, most: int) -> int:
    """The width of a bus's byte address: `addr_width` unless another one is given."""
    check_range("addr_width", addr_width, *ADDR_WIDTHS)
    check_range("bus_addr_width", bus_addr_width, addr_width, most, optional=True)
    return addr_width if bus_addr_width is None else bus_addr_width


def bytes_from(addr: Value) -> Value:
    """Byte enables for a read that has an address and no strobes: from there to the word's end.

    A read at a word's address is one of the whole word, however much of it the CPU wanted. So
    registers whose reads have effects (GICC_IAR, GICC_AIAR and the same in GICV) must be read with
    word loads.
    """
    return (Const(0xF, 4) << addr[0:2])[:4]


class FrameInitiator(wiring.Component):
    """Makes an access on the frame port of what a bus asks, one at a time.

    The request is registered, so that the bus's logic adds nothing to the frame's critical path;
    a bridge registers the answer, for the same reason.

    Parameters
    ----------
    addr_width : int
        Width of the frame port's byte address.
    bus_addr_width : int
        Width of ``addr``, at least `addr_width`.

    Members
    -------
    start
        Take the request. Without effect while ``busy``.
    addr, be, w_data, write, cpu, secure
        The request. The lowest two bits of ``addr`` are ignored.
    stands
        In each cycle of ``busy``: the bus still wants the answer. An access that was given up runs
        to its end on the frame port, as that port demands, but is never ``done``.
    busy
        An access is under way, from the cycle after ``start`` to that of the frame's ``ack``.
    done
        The access ends in this cycle, with ``frame.r_data`` or with ``error``.
    error
        The access is outside the frame.
    frame
        The frame port's initiator.
    """

    def __init__(self, addr_width: int, bus_addr_width: int):
        super().__init__(
            {
                "start": In(1),
                "addr": In(bus_addr_width),
                "be": In(4),
                "w_data": In(32),
                "write": In(1),
                "cpu": In(CPU_WIDTH),
                "secure": In(1),
                "stands": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(1),
                "frame": Out(FrameSignature(addr_width)),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        frame = self.frame
        outside = Signal()
        given_up = Signal()  # this access's bus is gone: a later request is another access
        ended = Signal()
        m.d.comb += [
            outside.eq(self.addr[len(frame.addr) :].any()),
            self.busy.eq(frame.r_stb | frame.w_stb | self.error),
            ended.eq(self.busy & (frame.ack | self.error)),
            self.done.eq(ended & self.stands & ~given_up),
        ]
        with m.If(self.start & ~self.busy):
            m.d.sync += [
                frame.addr.eq(self.addr & ~0b11),
                frame.be.eq(self.be),
                frame.w_data.eq(self.w_data),
                frame.cpu.eq(self.cpu),
                frame.secure.eq(self.secure),
                frame.r_stb.eq(~self.write & ~outside),
                frame.w_stb.eq(self.write & ~outside),
                self.error.eq(outside),
                given_up.eq(0),
            ]
        with m.Elif(ended):
            m.d.sync += [frame.r_stb.eq(0), frame.w_stb.eq(0), self.error.eq(0)]
        with m.Elif(~self.stands):
            m.d.sync += given_up.eq(1)
        return m
