"""The timer through its frame port, as the benches use it."""

from cocotb.triggers import RisingEdge

from amagic.registers import CNTBase, CNTControlBase, CNTCTLBase
from amagic.timer.config import BLOCK_FRAMES
from amagic.timer.timer import cntbase, cntctlbase, cntel0base
from amagic_sim.drivers import FramePort

__all__ = [
    "BLOCK_FRAMES",
    "CONTROL",
    "CTL",
    "ENABLE",
    "IMASK",
    "ISTATUS",
    "MASK64",
    "READ",
    "OneTimer",
    "TimerDriver",
]

CONTROL, READ, CTL = 0x0000, 0x1000, 0x2000
"""The pages CNTControlBase, CNTReadBase and CNTCTLBase."""

ENABLE, IMASK, ISTATUS = (
    CNTBase.CNTP_CTL.field(name).mask for name in ("ENABLE", "IMASK", "ISTATUS")
)
MASK64 = (1 << 64) - 1


class TimerDriver:
    """The whole timer."""

    def __init__(self, dut):
        self.dut = dut
        self.port = FramePort(dut)

    def count(self) -> int:
        """The counter, as the flip-flops saw it at the last edge."""
        return self.dut.count.value.to_unsigned()

    async def read(self, base: int, register, index: int = 0) -> int:
        return await self.port.read(base + register.at(index))

    async def write(self, base: int, register, value: int, index: int = 0) -> None:
        await self.port.write(base + register.at(index), value)

    async def read64(self, base: int, register, index: int = 0) -> int:
        """Both halves of a register that stands still."""
        low = await self.read(base, register, index)
        return low | await self.read(base, register, index + 1) << 32

    async def write64(self, base: int, register, value: int, index: int = 0) -> None:
        await self.write(base, register, value & 0xFFFF_FFFF, index)
        await self.write(base, register, value >> 32, index + 1)

    async def read_running(self, base: int, register) -> int:
        """A count that runs: upper half, lower, upper, until the upper one stands."""
        high = await self.read(base, register, 1)
        while True:
            low = await self.read(base, register, 0)
            again = await self.read(base, register, 1)
            if again == high:
                return high << 32 | low
            high = again

    async def enable_counter(self, on: bool = True) -> None:
        await self.write(CONTROL, CNTControlBase.CNTCR, CNTControlBase.CNTCR.pack(EN=int(on)))

    async def set_count(self, value: int) -> None:
        """Stop the counter and set it; it stays stopped."""
        await self.enable_counter(False)
        await self.write64(CONTROL, CNTControlBase.CNTCV, value)

    async def set_count_low(self, value: int) -> None:
        """Set the count's lower half alone, with one access."""
        await self.write(CONTROL, CNTControlBase.CNTCV, value)

    async def set_offset(self, frame: int, value: int) -> None:
        block, n = divmod(frame, BLOCK_FRAMES)
        await self.write64(cntctlbase(block), CNTCTLBase.CNTVOFF, value, 2 * n)

    async def set_offset_low(self, frame: int, value: int) -> None:
        """Set the offset's lower half alone, with one access."""
        block, n = divmod(frame, BLOCK_FRAMES)
        await self.write(cntctlbase(block), CNTCTLBase.CNTVOFF, value, 2 * n)

    def timers(self, frames: int):
        """Every timer: the physical and the virtual one of each frame."""
        for frame in range(frames):
            yield OneTimer(self, frame, virtual=False)
            yield OneTimer(self, frame, virtual=True)


class OneTimer:
    """One timer of one frame, through the frame's first view (or its second)."""

    def __init__(self, driver: TimerDriver, frame: int, virtual: bool, second_view: bool = False):
        self._driver = driver
        self.frame = frame
        self.virtual = virtual
        self._prefix = "CNTV" if virtual else "CNTP"
        self._base = cntel0base(frame) if second_view else cntbase(frame)
        self._lines = driver.dut.virtual_irq if virtual else driver.dut.physical_irq

    def __str__(self) -> str:
        return f"{self._prefix} of frame {self.frame}"

    def _register(self, name: str):
        return CNTBase.by_name[f"{self._prefix}_{name}"]

    async def read(self, name: str, index: int = 0) -> int:
        return await self._driver.read(self._base, self._register(name), index)

    async def write(self, name: str, value: int, index: int = 0) -> None:
        await self._driver.write(self._base, self._register(name), value & 0xFFFF_FFFF, index)

    async def cval(self) -> int:
        return await self._driver.read64(self._base, self._register("CVAL"))

    async def set_cval(self, value: int) -> None:
        """As software has to: no value on the way is below the old one and the new one."""
        await self.write("CVAL", 0xFFFF_FFFF, 0)
        await self.write("CVAL", value >> 32, 1)
        await self.write("CVAL", value & 0xFFFF_FFFF, 0)

    def line(self) -> int:
        """The line, as the flip-flops saw it at the last edge."""
        # With one frame the port is a single bit, which cocotb gives another type.
        return int(str(self._lines.value), 2) >> self.frame & 1

    async def wait_line(self, level: int, cycles: int = 400) -> int:
        """Wait for the line's level; returns the count in the first cycle that has it."""
        for _ in range(cycles):
            if self.line() == level:
                return self._driver.count()
            await RisingEdge(self._driver.dut.clk)
        raise AssertionError(f"{self}: the line did not become {level} in {cycles} cycles")

    async def stays(self, level: int, cycles: int = 8) -> None:
        """The line keeps its level for so many cycles more."""
        for _ in range(cycles):
            assert self.line() == level, f"{self}: the line is {1 - level}"
            await RisingEdge(self._driver.dut.clk)
