"""AXI4-Lite to the frame port.

(Arm IHI 0022, AMBA AXI Protocol Specification, unverified.)

- AxPROT[1] is 0 for a Secure access. AxPROT[0] and AxPROT[2] make no difference.
- AWUSER and ARUSER, which AXI4-Lite itself does not have, are the number of the CPU that makes the
  access. (Arm's later GIC-500 takes it from them: DDI 0516B, 2.2.1 "AXI4 Slave Interface".)
- An access outside the frame is answered with SLVERR. Nothing else is, and DECERR never is.
- An unaligned address names the word in which it lies: on a write WSTRB tells the bytes, as always;
  a read is one of the bytes from ARADDR to the word's end.
- A read and a write that are under way together have no order. A read that is asked for after the
  write's response finds its effect.
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .frame import CPU_WIDTH, FrameSignature
from .initiator import FrameInitiator, bytes_from, checked_bus_width

__all__ = ["AxiLiteBridge", "AxiLiteSignature"]


class AxiLiteSignature(wiring.Signature):
    """AXI4-Lite with 32 data bits, seen from the manager; the members have the bus's names.

    ACLK and ARESETn are the clock domain's.

    Parameters
    ----------
    addr_width : int
        Width of the byte addresses AWADDR and ARADDR.
    """

    def __init__(self, addr_width: int):
        self.addr_width = addr_width
        super().__init__(
            {
                "awaddr": Out(addr_width),
                "awprot": Out(3),
                "awuser": Out(CPU_WIDTH),
                "awvalid": Out(1),
                "awready": In(1),
                "wdata": Out(32),
                "wstrb": Out(4),
                "wvalid": Out(1),
                "wready": In(1),
                "bresp": In(2),
                "bvalid": In(1),
                "bready": Out(1),
                "araddr": Out(addr_width),
                "arprot": Out(3),
                "aruser": Out(CPU_WIDTH),
                "arvalid": Out(1),
                "arready": In(1),
                "rdata": In(32),
                "rresp": In(2),
                "rvalid": In(1),
                "rready": Out(1),
            }
        )

    def __eq__(self, other):
        return isinstance(other, AxiLiteSignature) and self.addr_width == other.addr_width

    def __repr__(self):
        return f"AxiLiteSignature({self.addr_width})"


class AxiLiteBridge(wiring.Component):
    """An AXI4-Lite subordinate that is a frame port's initiator.

    A write is taken when its address and its data are both there, whichever came first. When a read
    and a write wait together, the one goes first whose kind did not go last. A response that nobody
    takes holds back the accesses of its own kind only.

    An access's response comes two cycles after the frame port would have given it. Every output
    comes from a flip-flop, so none depends on an input in the same cycle.

    Parameters
    ----------
    addr_width : int
        Width of the frame port's byte address, 3 to 32; `ValueError` outside of that.
    bus_addr_width : int, optional
        Width of AWADDR and ARADDR, `addr_width` to 64; `ValueError` outside of that. When it is
        left out, it is `addr_width`, and no access is outside the frame.

    Members
    -------
    axi
        The AXI4-Lite subordinate.
    frame
        The frame port's initiator.
    """

    def __init__(self, addr_width: int, *, bus_addr_width: int | None = None):
        self._widths = addr_width, checked_bus_width(addr_width, bus_addr_width, 64)
        super().__init__(
            {
                "axi": In(AxiLiteSignature(self._widths[1])),
                "frame": Out(FrameSignature(addr_width)),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.initiator = initiator = FrameInitiator(*self._widths)
        wiring.connect(m, initiator.frame, wiring.flipped(self.frame))
        axi = self.axi

        can_read, can_write = Signal(), Signal()
        write = Signal()
        writing = Signal()  # the kind of the access under way, and after it of the last one
        m.d.comb += [
            can_read.eq(axi.arvalid & (~axi.rvalid | axi.rready)),
            can_write.eq(axi.awvalid & axi.wvalid & (~axi.bvalid | axi.bready)),
            write.eq(can_write & ~(can_read & writing)),
            initiator.start.eq(can_read | can_write),
            initiator.stands.eq(1),
            initiator.addr.eq(Mux(write, axi.awaddr, axi.araddr)),
            initiator.be.eq(Mux(write, axi.wstrb, bytes_from(axi.araddr))),
            initiator.w_data.eq(axi.wdata),
            initiator.write.eq(write),
            initiator.cpu.eq(Mux(write, axi.awuser, axi.aruser)),
            initiator.secure.eq(~Mux(write, axi.awprot, axi.arprot)[1]),
        ]

        # The request is taken in one cycle and its handshake is in the next: it does not change
        # before that.
        m.d.sync += [axi.arready.eq(0), axi.awready.eq(0), axi.wready.eq(0)]
        with m.If(initiator.start & ~initiator.busy):
            m.d.sync += [
                writing.eq(write),
                axi.arready.eq(~write),
                axi.awready.eq(write),
                axi.wready.eq(write),
            ]

        response = initiator.error << 1  # SLVERR, or OKAY
        with m.If(axi.bready):
            m.d.sync += axi.bvalid.eq(0)
        with m.If(axi.rready):
            m.d.sync += axi.rvalid.eq(0)
        with m.If(initiator.done & writing):
            m.d.sync += [axi.bvalid.eq(1), axi.bresp.eq(response)]
        with m.If(initiator.done & ~writing):
            m.d.sync += [
                axi.rvalid.eq(1),
                axi.rresp.eq(response),
                axi.rdata.eq(self.frame.r_data),
            ]
        return m
