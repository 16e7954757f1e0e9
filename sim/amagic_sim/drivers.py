"""What every cocotb bench needs: clock and reset, and an initiator for the frame port."""

import json
import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, Lock, RisingEdge

__all__ = ["FramePort", "start", "tick"]

CLOCK_NS = 20
"""The clock's period: 50 MHz, as the SoC is planned for."""


async def start(dut, *, period_ns: int = CLOCK_NS, reset_cycles: int = 2) -> None:
    """Put every input to its reset value, start the clock, reset, and return after an edge.

    Several cocotb tests run in one simulation, one after another: without this the inputs would
    be as the test before left them. The values come from `run_bench`.
    """
    for name, value in json.loads(os.environ.get("AMAGIC_INPUTS", "{}")).items():
        getattr(dut, name).value = value
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, period_ns, unit="ns").start())
    await ClockCycles(dut.clk, reset_cycles)
    dut.rst.value = 0
    await RisingEdge(dut.clk)


async def tick(dut, cycles: int = 1) -> None:
    """Wait for `cycles` rising edges. What is read then is what the flip-flops saw at the edge."""
    for _ in range(cycles):
        await RisingEdge(dut.clk)


class FramePort:
    """Initiator for an `amagic.bus.frame.FrameSignature` port of the top module.

    Parameters
    ----------
    dut
        The top module.
    prefix : str
        The port's name, ``frame`` for signals ``frame__addr`` and so on.
    timeout : int
        Cycles to wait for `ack` before the access is given up with an AssertionError.
    secure : int
        The security state of accesses that are given none.

    Attributes
    ----------
    cycles : int
        How many cycles the last access took, 1 for an answer in the cycle of the strobe.
    """

    def __init__(self, dut, prefix: str = "frame", timeout: int = 1000, secure: int = 0):
        self._clk = dut.clk
        for member in ("addr", "be", "w_data", "r_stb", "w_stb", "cpu", "secure", "r_data", "ack"):
            setattr(self, f"_{member}", getattr(dut, f"{prefix}__{member}"))
        self._prefix = prefix
        self._timeout = timeout
        self.secure = secure
        self._lock = Lock()
        self.cycles = 0
        self._r_stb.value = 0
        self._w_stb.value = 0

    async def read(self, addr: int, cpu: int = 0, size: int = 4, secure: int | None = None) -> int:
        """Read 1, 2 or 4 bytes at a byte address; the value is in the lower bits."""
        word = await self._access(self._r_stb, addr, 0, cpu, size, secure)
        return (word >> (8 * (addr & 3))) & ((1 << (8 * size)) - 1)

    async def write(
        self, addr: int, data: int, cpu: int = 0, size: int = 4, secure: int | None = None
    ) -> None:
        """Write 1, 2 or 4 bytes at a byte address."""
        if not 0 <= data < 1 << (8 * size):
            raise ValueError(f"data must fit in {size} bytes, not {data:#x}")
        await self._access(self._w_stb, addr, data, cpu, size, secure)

    async def _access(
        self, stb, addr: int, data: int, cpu: int, size: int, secure: int | None
    ) -> int:
        if size not in (1, 2, 4) or addr % size:
            raise ValueError(f"an access of {size} bytes at {addr:#x} is not aligned")
        lane = addr & 3
        async with self._lock:
            self._addr.value = addr & ~3
            self._be.value = ((1 << size) - 1) << lane
            self._w_data.value = data << (8 * lane)
            self._cpu.value = cpu
            self._secure.value = self.secure if secure is None else secure
            stb.value = 1
            for cycle in range(1, self._timeout + 1):
                await RisingEdge(self._clk)
                self.cycles = cycle
                if self._ack.value == 1:
                    break
            else:
                stb.value = 0
                raise AssertionError(
                    f"{self._prefix}: no ack for address {addr:#x} in {self._timeout} cycles"
                )
            word = 0 if stb is self._w_stb else self._r_data.value.to_unsigned()
            stb.value = 0
            return word
