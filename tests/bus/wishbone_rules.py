"""What Wishbone demands of the bridge, watched in every cycle."""

from cocotb.triggers import RisingEdge
from frame_target import FrameTarget, bits


class WishboneRules:
    """Asserts these rules while ``run`` runs.

    - Not ACK and ERR at once, and neither without a request in the cycle before.
    - ACK follows the access on the frame port, one for each.
    """

    def __init__(self, dut, target: FrameTarget):
        self.dut = dut
        self.target = target

    async def run(self) -> None:
        requested, acknowledged = False, 0
        while True:
            await RisingEdge(self.dut.clk)
            ack = bits(self.dut.wb__ack)
            err = bits(self.dut.wb__err) if hasattr(self.dut, "wb__err") else 0
            assert not (ack and err), "ACK and ERR"
            assert requested or not (ack or err), "an answer without a request"
            acknowledged += ack
            assert acknowledged <= len(self.target.accesses), "ACK without an access"
            requested = bool(bits(self.dut.wb__cyc) and bits(self.dut.wb__stb))
