"""The frame port: how software's accesses reach a block of registers.

One access at a time. The initiator raises ``r_stb`` or ``w_stb`` (never both) and holds it, and
everything that goes with it, until the cycle in which ``ack`` is 1. In that cycle ``r_data`` is
valid, and the access, with each of its side effects, has happened once. The strobe may stay up in
the next cycle: that is the next access.
"""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..parameters import check_range

__all__ = ["ADDR_WIDTHS", "CPU_WIDTH", "FrameSignature"]

CPU_WIDTH = 3
"""Bits of a CPU number: GICv2 has at most eight CPU interfaces."""

ADDR_WIDTHS = (3, 32)
"""The narrowest and the widest byte address within a block."""


class FrameSignature(wiring.Signature):
    """The frame port, seen from the initiator.

    Parameters
    ----------
    addr_width : int
        Width of the byte address within the block. ``addr[0:2]`` is always 0: ``be`` tells the
        bytes, for reads as well.

    Members
    -------
    addr, be, w_data
        Byte address of the word, byte enables, write data (in the lanes that ``be`` names).
    r_stb, w_stb
        A read, a write, held until ``ack``.
    cpu
        The CPU that makes the access (Arm's banked registers are chosen by it).
    secure
        1 for a Secure access. Without the Security Extensions it is ignored.
    r_data, ack
        The answer.
    """

    def __init__(self, addr_width: int):
        check_range("addr_width", addr_width, *ADDR_WIDTHS)
        self.addr_width = addr_width
        super().__init__(
            {
                "addr": Out(addr_width),
                "be": Out(4),
                "w_data": Out(32),
                "r_stb": Out(1),
                "w_stb": Out(1),
                "cpu": Out(CPU_WIDTH),
                "secure": Out(1),
                "r_data": In(32),
                "ack": In(1),
            }
        )

    def __eq__(self, other):
        return isinstance(other, FrameSignature) and self.addr_width == other.addr_width

    def __repr__(self):
        return f"FrameSignature({self.addr_width})"
