"""APB to the frame port: APB4 (PSTRB, PPROT, PSLVERR) with APB5's PAUSER.

(Arm IHI 0024, AMBA APB Protocol Specification, unverified.)

- PPROT[1] is 0 for a Secure access. PPROT[0] and PPROT[2] make no difference.
- PAUSER is the number of the CPU that makes the access.
- An access outside the frame ends with PSLVERR. Nothing else does.
- An unaligned PADDR is left open by APB. Here the word is accessed in which it lies: on a write
  PSTRB tells the bytes, as always; a read is one of the bytes from PADDR to the word's end.
"""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .frame import CPU_WIDTH, FrameSignature
from .initiator import FrameInitiator, bytes_from, checked_bus_width

__all__ = ["ApbBridge", "ApbSignature"]


class ApbSignature(wiring.Signature):
    """APB with 32 data bits, seen from the requester; the members have the bus's names.

    PCLK and PRESETn are the clock domain's.

    Parameters
    ----------
    addr_width : int
        Width of the byte address PADDR.
    """

    def __init__(self, addr_width: int):
        self.addr_width = addr_width
        super().__init__(
            {
                "paddr": Out(addr_width),
                "pprot": Out(3),
                "pauser": Out(CPU_WIDTH),
                "psel": Out(1),
                "penable": Out(1),
                "pwrite": Out(1),
                "pwdata": Out(32),
                "pstrb": Out(4),
                "pready": In(1),
                "prdata": In(32),
                "pslverr": In(1),
            }
        )

    def __eq__(self, other):
        return isinstance(other, ApbSignature) and self.addr_width == other.addr_width

    def __repr__(self):
        return f"ApbSignature({self.addr_width})"


class ApbBridge(wiring.Component):
    """An APB completer that is a frame port's initiator.

    The access begins on the frame port in the first cycle of the access phase, and PREADY is 1 in
    the cycle after the frame's answer: a transfer takes two cycles more than on the frame port.
    Transfers may follow one another without an idle cycle. Every output comes from a flip-flop.

    A transfer that its requester breaks off (APB does not allow it, a reset of the requester alone
    does it) runs to its end on the frame port, and the next one gets its own answer.

    Parameters
    ----------
    addr_width : int
        Width of the frame port's byte address, 3 to 32; `ValueError` outside of that.
    bus_addr_width : int, optional
        Width of PADDR, `addr_width` to 32; `ValueError` outside of that. When it is left out, it
        is `addr_width`, and no access is outside the frame.

    Members
    -------
    apb
        The APB completer.
    frame
        The frame port's initiator.
    """

    def __init__(self, addr_width: int, *, bus_addr_width: int | None = None):
        self._widths = addr_width, checked_bus_width(addr_width, bus_addr_width, 32)
        super().__init__(
            {
                "apb": In(ApbSignature(self._widths[1])),
                "frame": Out(FrameSignature(addr_width)),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.initiator = initiator = FrameInitiator(*self._widths)
        wiring.connect(m, initiator.frame, wiring.flipped(self.frame))
        apb = self.apb

        m.d.comb += [
            # In the cycle of PREADY the transfer that stands is the one being answered.
            initiator.start.eq(apb.psel & ~apb.pready),
            initiator.stands.eq(apb.psel & apb.penable),
            initiator.addr.eq(apb.paddr),
            initiator.be.eq(Mux(apb.pwrite, apb.pstrb, bytes_from(apb.paddr))),
            initiator.w_data.eq(apb.pwdata),
            initiator.write.eq(apb.pwrite),
            initiator.cpu.eq(apb.pauser),
            initiator.secure.eq(~apb.pprot[1]),
        ]
        m.d.sync += [
            apb.pready.eq(initiator.done),
            apb.pslverr.eq(initiator.done & initiator.error),
        ]
        with m.If(initiator.done):
            m.d.sync += apb.prdata.eq(self.frame.r_data)
        return m
