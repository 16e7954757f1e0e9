"""What AXI4-Lite demands of both sides, watched in every cycle."""

from cocotb.triggers import RisingEdge
from frame_target import FrameTarget, bits

PAYLOADS = {
    "aw": ("addr", "prot", "user"),
    "w": ("data", "strb"),
    "b": ("resp",),
    "ar": ("addr", "prot", "user"),
    "r": ("data", "resp"),
}
REQUESTS = {"b": ("aw", "w"), "r": ("ar",)}
OKAY, SLVERR = 0, 2


class AxiLiteRules:
    """Asserts these rules while ``run`` runs.

    - The bridge's VALIDs are 0 in reset and in the first cycle after it.
    - VALID, once 1, stays 1 with an unchanged payload until READY.
    - BVALID follows the handshakes of AW and W, and the write on the frame port; RVALID follows
      that of AR, and the read on the frame port.
    """

    def __init__(self, dut, target: FrameTarget):
        self.dut = dut
        self.target = target
        self._forget()

    def _forget(self) -> None:
        self._held: dict[str, tuple[int, ...] | None] = {}
        self._handshakes = dict.fromkeys(PAYLOADS, 0)
        self._okay = {channel: self._ended(channel) for channel in REQUESTS}

    def _ended(self, channel: str) -> int:
        """The accesses that the frame port has ended, of the kind that this channel answers."""
        return sum(access.write == (channel == "b") for access in self.target.accesses)

    def _now(self, name: str) -> int:
        return bits(getattr(self.dut, f"axi__{name}"))

    async def run(self) -> None:
        was_reset = False
        while True:
            await RisingEdge(self.dut.clk)
            if was_reset:
                assert not self._now("bvalid") and not self._now("rvalid"), "VALID in reset"
            was_reset = bool(bits(self.dut.rst))
            if was_reset:
                self._forget()
                continue
            for channel in PAYLOADS:
                self._holds(channel)
            for channel in REQUESTS:
                self._follows(channel)
            for channel in PAYLOADS:
                self._handshakes[channel] += self._taken(channel)

    def _taken(self, channel: str) -> bool:
        return bool(self._now(f"{channel}valid") and self._now(f"{channel}ready"))

    def _holds(self, channel: str) -> None:
        offer = None
        if self._now(f"{channel}valid"):
            offer = tuple(self._now(channel + member) for member in PAYLOADS[channel])
        held = self._held.get(channel)
        assert held in (None, offer), f"{channel} was {held} and is {offer} without a handshake"
        self._held[channel] = None if self._taken(channel) else offer

    def _follows(self, channel: str) -> None:
        if not self._now(f"{channel}valid"):
            return
        for request in REQUESTS[channel]:
            earlier = self._handshakes[request] - self._handshakes[channel]
            assert earlier > 0, f"{channel}valid without a handshake of {request} before"
        if self._now(f"{channel}resp") == OKAY:
            assert self._okay[channel] < self._ended(channel), f"{channel}valid before frame's ack"
            self._okay[channel] += self._taken(channel)
