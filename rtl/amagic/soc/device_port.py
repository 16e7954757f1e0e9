"""The SoC's Wishbone to a device's frame port, without a cycle in between."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH, FrameSignature
from .fabric import wishbone

__all__ = ["DevicePort"]


class DevicePort(wiring.Component):
    """A Wishbone target that is a frame port's initiator, by wiring alone.

    An access takes as many cycles as on the frame port. `amagic.bus.wishbone.WishboneBridge`
    registers both ways, for an initiator of whom nothing is known. This SoC's core needs neither:
    it holds its request in registers until the acknowledge, never gives one up, and registers the
    answer.

    Parameters
    ----------
    addr_width : int
        Width of the frame port's byte address.

    Members
    -------
    wb
        The Wishbone target: classic cycles, held until ``ack``.
    cpu
        Who makes the access.
    frame
        The frame port's initiator. The core knows no Secure access: ``secure`` is 0.
    """

    def __init__(self, addr_width: int):
        frame = FrameSignature(addr_width)
        target = wishbone.Signature(addr_width=addr_width - 2, data_width=32, granularity=8)
        super().__init__({"wb": In(target), "cpu": In(CPU_WIDTH), "frame": Out(frame)})

    def elaborate(self, platform) -> Module:
        m = Module()
        wb, frame = self.wb, self.frame
        access = wb.cyc & wb.stb
        m.d.comb += [
            frame.addr.eq(wb.adr << 2),
            frame.be.eq(wb.sel),
            frame.w_data.eq(wb.dat_w),
            frame.r_stb.eq(access & ~wb.we),
            frame.w_stb.eq(access & wb.we),
            frame.cpu.eq(self.cpu),
            wb.dat_r.eq(frame.r_data),
            wb.ack.eq(frame.ack),
        ]
        return m
