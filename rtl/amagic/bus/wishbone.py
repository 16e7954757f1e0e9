"""Wishbone to the frame port.

Classic cycles, 32 data bits, byte granularity, no RTY. Every access is acknowledged, but for those
outside the frame, which end with ERR.
"""

import luna_soc  # noqa: F401  importing it makes its copy of amaranth_soc importable

# isort: split
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth_soc import wishbone

from .frame import CPU_WIDTH, FrameSignature
from .initiator import FrameInitiator, checked_bus_width

__all__ = ["WishboneBridge"]


class WishboneBridge(wiring.Component):
    """A Wishbone target that is a frame port's initiator.

    An access takes two cycles more than on the frame port. One that the initiator gives up
    (``cyc`` or ``stb`` falls before ``ack``) still runs to its end on the frame port, as that port
    demands, and is not acknowledged.

    Parameters
    ----------
    addr_width : int
        Width of the frame port's byte address, 3 to 32; `ValueError` outside of that.
    bus_addr_width : int, optional
        Width of the bus's byte address, `addr_width` to 32; `ValueError` outside of that. When it
        is left out, it is `addr_width`, and there is no ERR. ``wb.adr`` is the word address, two
        bits narrower.

    Members
    -------
    wb
        The Wishbone target.
    cpu, secure
        Who makes the access; taken together with the request.
    frame
        The frame port's initiator.
    """

    def __init__(self, addr_width: int, *, bus_addr_width: int | None = None):
        self._widths = addr_width, checked_bus_width(addr_width, bus_addr_width, 32)
        self._with_err = self._widths[0] < self._widths[1]
        target = wishbone.Signature(
            addr_width=self._widths[1] - 2,
            data_width=32,
            granularity=8,
            features={"err"} if self._with_err else (),
        )
        super().__init__(
            {
                "wb": In(target),
                "cpu": In(CPU_WIDTH),
                "secure": In(1),
                "frame": Out(FrameSignature(addr_width)),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.initiator = initiator = FrameInitiator(*self._widths)
        wiring.connect(m, initiator.frame, wiring.flipped(self.frame))
        wb = self.wb
        err = wb.err if self._with_err else Signal()

        request = Signal()
        m.d.comb += [
            request.eq(wb.cyc & wb.stb),
            # In the cycle of the answer the request that stands is the one being answered.
            initiator.start.eq(request & ~wb.ack & ~err),
            initiator.stands.eq(request),
            initiator.addr.eq(wb.adr << 2),
            initiator.be.eq(wb.sel),
            initiator.w_data.eq(wb.dat_w),
            initiator.write.eq(wb.we),
            initiator.cpu.eq(self.cpu),
            initiator.secure.eq(self.secure),
        ]
        m.d.sync += [
            wb.ack.eq(initiator.done & ~initiator.error),
            err.eq(initiator.done & initiator.error),
        ]
        with m.If(initiator.done):
            m.d.sync += wb.dat_r.eq(self.frame.r_data)
        return m
