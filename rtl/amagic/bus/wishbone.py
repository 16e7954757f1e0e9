"""Wishbone to the frame port.

Classic cycles, 32 data bits, byte granularity, no ERR, no RTY: every access is acknowledged.
"""

import luna_soc  # noqa: F401  importing it makes its copy of amaranth_soc importable

# isort: split
from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth_soc import wishbone

from .frame import CPU_WIDTH, FrameSignature

__all__ = ["WishboneBridge"]


class WishboneBridge(wiring.Component):
    """A Wishbone target that is a frame port's initiator.

    The request is registered on its way in and the answer on its way out, so that neither side's
    logic adds to the other's critical path: an access takes two cycles more than on the frame
    port. An access that the initiator gives up (``cyc`` or ``stb`` falls before ``ack``) still
    runs to its end on the frame port, as that port demands, and is not acknowledged.

    Parameters
    ----------
    addr_width : int
        Width of the frame port's byte address, 3 to 32; `ValueError` outside of that. ``wb.adr``
        is the word address, two bits narrower.

    Members
    -------
    wb
        The Wishbone target.
    cpu, secure
        Who makes the access; taken together with the request.
    frame
        The frame port's initiator.
    """

    def __init__(self, addr_width: int):
        frame = FrameSignature(addr_width)
        super().__init__(
            {
                "wb": In(
                    wishbone.Signature(addr_width=addr_width - 2, data_width=32, granularity=8)
                ),
                "cpu": In(CPU_WIDTH),
                "secure": In(1),
                "frame": Out(frame),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        wb, frame = self.wb, self.frame

        request = Signal()
        busy = Signal()
        given_up = Signal()  # this access's initiator is gone: a later request is another access
        m.d.comb += [
            request.eq(wb.cyc & wb.stb),
            busy.eq(frame.r_stb | frame.w_stb),
        ]

        m.d.sync += wb.ack.eq(0)
        # In the cycle of the acknowledge the request that stands is the one being answered.
        with m.If(~busy & request & ~wb.ack):
            m.d.sync += [
                frame.addr.eq(wb.adr << 2),
                frame.be.eq(wb.sel),
                frame.w_data.eq(wb.dat_w),
                frame.cpu.eq(self.cpu),
                frame.secure.eq(self.secure),
                frame.r_stb.eq(~wb.we),
                frame.w_stb.eq(wb.we),
                given_up.eq(0),
            ]
        with m.Elif(busy):
            with m.If(~request):
                m.d.sync += given_up.eq(1)
            with m.If(frame.ack):
                m.d.sync += [
                    frame.r_stb.eq(0),
                    frame.w_stb.eq(0),
                    wb.dat_r.eq(frame.r_data),
                    wb.ack.eq(request & ~given_up),
                ]
        return m
