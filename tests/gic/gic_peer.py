"""A whole GIC under test: its registers by their architectural names, its lines by INTID."""

import json
import os

from cocotb.triggers import RisingEdge, Timer

from amagic.gic.config import GicConfig
from amagic.registers import GICC, GICD, GICH, GICV
from amagic_sim.drivers import CLOCK_NS, FramePort, start

CONFIG = GicConfig(**json.loads(os.environ.get("CONFIG", "{}")))
BASE = {"GICD": 0x1000, "GICC": 0x2000, "GICH": 0x4000, "GICV": 0x6000}
FRAMES = {frame.name: frame for frame in (GICD, GICC, GICH, GICV)}
OUTPUTS = ("irq", "fiq", "virq", "vfiq", "maintenance")

# More than any effect takes to show.
SETTLE = 30 + 8 * CONFIG.cpus

GROUP0, GROUP1, ACKCTL, FIQEN, CBPR, EOIMODE = 1, 2, 4, 8, 16, 1 << 9
PENDING, ACTIVE = 1, 2


def address(name: str) -> int:
    """The address of ``GICD_CTLR`` (or ``GICD_CTLR0``), ``GICH_LR3``, or ``GICV+0x1000``."""
    if "+" in name:
        frame, offset = name.split("+")
        return BASE[frame] + int(offset, 0)
    frame, register = name.split("_")
    known = FRAMES[frame].by_name
    if register in known:
        return BASE[frame] + known[register].offset
    digits = len(register) - len(register.rstrip("0123456789"))
    return BASE[frame] + known[register[:-digits]].at(int(register[-digits:]))


def list_register(vintid: int, *, state: int = PENDING, priority: int = 0x80, **fields: int) -> int:
    """A list register's value; ``pintid`` sets HW, ``cpuid`` and ``eoi`` their bits."""
    word = 0
    if "pintid" in fields:
        word = GICH.LR.pack(HW=1, PhysicalID=fields.pop("pintid"))
    word |= fields.pop("cpuid", 0) << 10 | fields.pop("eoi", 0) << 19
    word |= GICH.LR.pack(VirtualID=vintid, State=state, Priority=priority >> 3, **fields)
    return word


class Gic:
    """The GIC of the bench."""

    def __init__(self, dut):
        self.dut = dut
        self.port = FramePort(dut, secure=int(CONFIG.security))
        self._ppi = [0] * CONFIG.cpus
        self._spi = 0

    async def read(self, name: str, cpu: int = 0, size: int = 4, **state: int) -> int:
        return await self.port.read(address(name), cpu=cpu, size=size, **state)

    async def write(self, name: str, value: int, cpu: int = 0, size: int = 4, **state: int) -> None:
        await self.port.write(address(name), value, cpu=cpu, size=size, **state)

    async def settle(self) -> None:
        await Timer(SETTLE * CLOCK_NS, unit="ns")  # one wake-up, where edges would be SETTLE
        await RisingEdge(self.dut.clk)

    def drive(self, intid: int, level: int, cpu: int = 0) -> None:
        """The line of a PPI of `cpu`, or of an SPI, from now on."""
        if intid < 32:
            bit = 1 << (intid - 16)
            self._ppi[cpu] = self._ppi[cpu] & ~bit | bit * level
            getattr(self.dut, f"ppi__{cpu}").value = self._ppi[cpu]
        else:
            bit = 1 << (intid - 32)
            self._spi = self._spi & ~bit | bit * level
            self.dut.spi.value = self._spi

    async def line(self, intid: int, level: int, cpu: int = 0) -> None:
        """The same, until every effect shows."""
        self.drive(intid, level, cpu)
        await self.settle()

    async def output(self, name: str, cpu: int = 0) -> int:
        """The output, once everything has settled."""
        await self.settle()
        return self.now(name, cpu)

    def now(self, name: str, cpu: int = 0) -> int:
        return int(getattr(self.dut, name).value) >> cpu & 1

    async def cycles_until(self, name: str, level: int, cpu: int = 0, limit: int = 100) -> int:
        """Clock edges from here to the first at which the output has the level."""
        for cycles in range(limit):
            await RisingEdge(self.dut.clk)
            if self.now(name, cpu) == level:
                return cycles
        raise AssertionError(f"{name} of CPU {cpu} is not {level} within {limit} cycles")

    async def pending(self, intid: int, cpu: int = 0) -> int:
        return await self.read(f"GICD_ISPENDR{intid // 32}", cpu) >> intid % 32 & 1

    async def active(self, intid: int, cpu: int = 0) -> int:
        return await self.read(f"GICD_ISACTIVER{intid // 32}", cpu) >> intid % 32 & 1

    async def configure(
        self,
        intid: int,
        *,
        cpu: int = 0,
        priority: int = 0x80,
        targets: int = 1,
        edge: int = 0,
        group: int = 0,
    ) -> None:
        """Set up an interrupt and enable it."""
        await self.write(f"GICD+{0x400 + intid:#x}", priority, cpu, size=1)
        if intid >= 32:
            if CONFIG.cpus > 1:
                await self.write(f"GICD+{0x800 + intid:#x}", targets, cpu, size=1)
            config = await self.read(f"GICD_ICFGR{intid // 16}", cpu)
            bit = 2 << 2 * (intid % 16)
            await self.write(
                f"GICD_ICFGR{intid // 16}", config | bit if edge else config & ~bit, cpu
            )
        row = await self.read(f"GICD_IGROUPR{intid // 32}", cpu)
        bit = 1 << intid % 32
        await self.write(f"GICD_IGROUPR{intid // 32}", row | bit if group else row & ~bit, cpu)
        await self.write(f"GICD_ISENABLER{intid // 32}", bit, cpu)

    async def enable_guest(self, cpu: int = 0, hcr: int = 1, ctlr: int = GROUP0) -> None:
        await self.write("GICH_HCR", hcr, cpu)
        await self.write("GICV_CTLR", ctlr, cpu)
        await self.write("GICV_PMR", 0xF8, cpu)


async def begin(dut, *, ctlr: int = GROUP0) -> Gic:
    """Reset, then enable the distributor and every CPU's interface."""
    await start(dut)
    gic = Gic(dut)
    await gic.write("GICD_CTLR", GROUP0 | GROUP1)
    for cpu in range(CONFIG.cpus):
        await gic.write("GICC_CTLR", ctlr, cpu)
        await gic.write("GICC_PMR", 0xF0, cpu)
    return gic
