"""What APB demands of both sides, watched in every cycle."""

from cocotb.triggers import RisingEdge
from frame_target import FrameTarget, bits

PAYLOAD = ("paddr", "pprot", "pauser", "pwrite", "pwdata", "pstrb")


class ApbRules:
    """Asserts these rules while ``run`` runs.

    - A transfer has one setup cycle, then access cycles until PREADY; nothing changes meanwhile.
    - PSTRB is 0 on reads.
    - PREADY is 1 in access cycles alone (this bridge's own rule), PSLVERR only with PREADY.
    - PREADY without PSLVERR follows the access on the frame port, one for each.
    """

    def __init__(self, dut, target: FrameTarget):
        self.dut = dut
        self.target = target

    def _now(self, name: str) -> int:
        return bits(getattr(self.dut, f"apb__{name}"))

    async def run(self) -> None:
        transfer, okay = None, 0
        while True:
            await RisingEdge(self.dut.clk)
            if bits(self.dut.rst):
                transfer, okay = None, len(self.target.accesses)
                continue
            ready, error = self._now("pready"), self._now("pslverr")
            if transfer is None:
                assert not ready and not error, "PREADY outside of an access cycle"
                transfer = self._setup()
                continue
            payload = tuple(self._now(name) for name in PAYLOAD)
            assert self._now("psel") and self._now("penable"), "a transfer was broken off"
            assert payload == transfer, f"{payload} in a transfer that began as {transfer}"
            if not ready:
                assert not error, "PSLVERR without PREADY"
                continue
            okay += not error
            assert okay <= len(self.target.accesses), "PREADY before the frame's ack"
            transfer = None

    def _setup(self) -> tuple[int, ...] | None:
        if not self._now("psel"):
            return None
        assert not self._now("penable"), "no setup cycle"
        assert self._now("pwrite") or not self._now("pstrb"), "strobes on a read"
        return tuple(self._now(name) for name in PAYLOAD)
