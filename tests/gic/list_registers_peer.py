"""What surrounds the list registers in their benches: all three sides.

``LRS`` tells how many there are.
"""

import os

import cocotb
from cocotb.triggers import FallingEdge, Timer

from amagic.gic.types import Candidate, Deactivation
from amagic.registers import GICH
from amagic_sim.drivers import start

LRS = int(os.environ["LRS"])
LAST = LRS - 1
LR = GICH.LR
INVALID, PENDING, ACTIVE, BOTH = range(4)
RESERVED = 0x0070_0000


def lr(vintid: int, state: int = PENDING, **fields: int) -> int:
    return LR.pack(VirtualID=vintid, State=state, **fields)


def state_of(word: int) -> int:
    return LR.field("State").get(word)


def with_state(word: int, state: int) -> int:
    return LR.field("State").set(word, state)


class Bench:
    """Drives all three sides.

    Inputs change just after the falling edge; outputs are sampled a little later, and take effect
    at the rising edge. So a combinational handshake is seen and answered within its cycle.
    """

    def __init__(self, dut):
        self.dut = dut
        self.absent = 0  # pulses of absent_stb
        self.forwarded: list[int] = []
        self.forward_delay = 0

    @classmethod
    async def begin(cls, dut) -> "Bench":
        bench = cls(dut)
        await start(dut)
        await FallingEdge(dut.clk)
        cocotb.start_soon(bench._watch())
        cocotb.start_soon(bench._accept())
        await bench._until(dut.ack, dut.r_stb)  # the store is being cleared
        return bench

    async def _watch(self):
        while True:
            await Timer(2, unit="ns")
            self.absent += int(self.dut.absent_stb.value)
            await FallingEdge(self.dut.clk)

    async def _accept(self):
        """The distributor: takes each forwarded deactivation after `forward_delay` cycles."""
        dut = self.dut
        while True:
            await FallingEdge(dut.clk)
            dut.forward__ack.value = 0
            if dut.forward__stb.value == 1:
                pintid = dut.forward__intid.value.to_unsigned()
                for _ in range(self.forward_delay):
                    await FallingEdge(dut.clk)
                    assert dut.forward__stb.value == 1, "stb must be held until ack"
                    assert dut.forward__intid.value.to_unsigned() == pintid
                dut.forward__ack.value = 1
                self.forwarded.append(pintid)

    async def _until(self, done, *strobes) -> int:
        """Raise the strobes until `done` is seen; returns ``r_data`` of that cycle."""
        for strobe in strobes:
            strobe.value = 1
        for _ in range(300):
            await Timer(1, unit="ns")
            finished, word = done.value == 1, self.dut.r_data.value.to_unsigned()
            await FallingEdge(self.dut.clk)
            if finished:
                for strobe in strobes:
                    strobe.value = 0
                return word
        raise AssertionError(f"{done._name} did not come")

    async def write(self, index: int, word: int, be: int = 0xF) -> None:
        self.dut.index.value, self.dut.w_data.value, self.dut.be.value = index, word, be
        await self._until(self.dut.ack, self.dut.w_stb)

    async def read(self, index: int) -> int:
        self.dut.index.value = index
        return await self._until(self.dut.ack, self.dut.r_stb)

    def candidate(self):
        return Candidate.from_bits(self.dut.source__candidate.value.to_unsigned())

    async def inspect(self, acknowledge: bool = False):
        """The exact candidate, or None; `acknowledge` takes it as well."""
        dut = self.dut
        dut.source__inspect.value = 1
        for _ in range(300):
            await Timer(1, unit="ns")
            if dut.source__granted.value == 1:
                found = self.candidate()
                dut.source__acknowledge.value = int(acknowledge and found.valid)
                await FallingEdge(dut.clk)
                dut.source__acknowledge.value = 0
                dut.source__inspect.value = 0
                return found if found.valid else None
            await FallingEdge(dut.clk)
        raise AssertionError("granted did not come")

    async def deactivate(
        self, intid: int, cpuid: int = 0, by_dir: int = 0, dropped: int = 1
    ) -> None:
        wanted = {"intid": intid, "cpuid": cpuid, "by_dir": by_dir, "dropped": dropped}
        self.dut.source__deactivation.value = Deactivation.const(wanted).as_bits()
        await self._until(self.dut.source__deactivated, self.dut.source__deactivate)

    async def status(self) -> dict[str, int]:
        """The outputs that GICH's registers show."""
        dut = self.dut
        await FallingEdge(dut.clk)
        names = ("ended", "empty", "underflow", "none_pending")
        return {name: int(getattr(dut, name).value) for name in names}
