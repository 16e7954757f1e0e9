"""How many cycles the GIC takes, by simulation. The results go to the file that RESULT names.

A count runs from the clock edge after which a line or an access's strobe goes up, to the edge after
which the output goes up, or at which the access is answered. Lines rise right after an edge, and
pass the synchronizers if there are any.
"""

import json
import os
from pathlib import Path

import cocotb
from cocotb.triggers import RisingEdge, Timer
from cocotb.utils import get_sim_time

from amagic.gic.config import GicConfig
from amagic.registers import GICC, GICD, GICH, GICV
from amagic_sim.drivers import CLOCK_NS, FramePort, start, tick

CONFIG = GicConfig(**json.loads(os.environ["CONFIG"]))
BASE = {GICD: 0x1000, GICC: 0x2000, GICH: 0x4000, GICV: 0x6000}

PENDING = 1
PPI = 27
MODERATE, URGENT = 0x80, 0x20
PHASES = 8
"""Moments, a cycle apart, at which lines rise while another CPU accesses GICD."""
LIMIT = 20_000
"""Cycles after which nothing more is expected."""


def cycle() -> int:
    return int(get_sim_time("ns")) // CLOCK_NS


def keep(**figures: object) -> None:
    """Adds to the results."""
    path = Path(os.environ["RESULT"])
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | figures))


class Bench:
    """The GIC, its registers by name, and its outputs."""

    def __init__(self, dut):
        self.dut = dut
        self.port = FramePort(dut, timeout=LIMIT)

    async def read(self, frame, name: str, index: int = 0, cpu: int = 0) -> int:
        return await self.port.read(BASE[frame] + frame.by_name[name].at(index), cpu)

    async def write(self, frame, name: str, value: int, index: int = 0, cpu: int = 0) -> None:
        await self.port.write(BASE[frame] + frame.by_name[name].at(index), value, cpu)

    async def rise(self, output: str) -> int:
        """The edge after which the output of CPU 0 goes up (or has been up since)."""
        for _ in range(LIMIT):
            await RisingEdge(self.dut.clk)
            if int(getattr(self.dut, output).value) & 1:
                return cycle() - 1
        raise AssertionError(f"{output} does not go up within {LIMIT} cycles")

    async def after_write(self, output: str, frame, name: str, value: int) -> int:
        """Cycles from the start of a write until the output goes up."""
        await RisingEdge(self.dut.clk)
        assert not int(getattr(self.dut, output).value) & 1, f"{output} is up before {name}"
        begun, rise = cycle(), cocotb.start_soon(self.rise(output))
        await self.write(frame, name, value)
        return await rise - begun

    async def quiet(self) -> None:
        """Until everything has had its effect. (One wake-up, where edges would be many.)"""
        await Timer((100 + 4 * CONFIG.rows * CONFIG.cpus) * CLOCK_NS, unit="ns")
        await RisingEdge(self.dut.clk)


async def begin(dut) -> Bench:
    """Everything enabled, all of the same priority, and directed to CPU 0."""
    await start(dut)
    bench = Bench(dut)
    await bench.write(GICD, "CTLR", 3)
    for cpu in range(CONFIG.cpus):
        await bench.write(GICC, "CTLR", GICC.CTLR.pack(EnableGrp0=1, EOImode=1), cpu=cpu)
        await bench.write(GICC, "PMR", 0xF8, cpu=cpu)
        await bench.write(GICD, "ISENABLER", 0xFFFF0000, cpu=cpu)
        for word in range(4, 8):
            await bench.write(GICD, "IPRIORITYR", MODERATE * 0x01010101, word, cpu)
    for row in range(1, 1 + CONFIG.spi_rows):
        await bench.write(GICD, "ISENABLER", 0xFFFFFFFF, row)
        # The last four INTIDs of 1024 have no priority.
        for word in range(8 * row, min(8 * row + 8, GICD.IPRIORITYR.count)):
            await bench.write(GICD, "IPRIORITYR", MODERATE * 0x01010101, word)
            await bench.write(GICD, "ITARGETSR", 0x01010101, word)
    await bench.quiet()
    return bench


@cocotb.test()
async def latencies(dut):
    """Each on its own, with nothing else going on."""
    bench = await begin(dut)
    from_line = []
    spis = {0, CONFIG.spis - 1} if CONFIG.spis else ()
    for port, bit in [(dut.ppi__0, PPI - 16), *((dut.spi, bit) for bit in spis)]:
        await RisingEdge(dut.clk)
        begun = cycle()
        port.value = 1 << bit
        from_line.append(await bench.rise("irq") - begun)
        port.value = 0
        await bench.quiet()

    # A level-sensitive line, forwarded to a guest that ends it while the line is still high.
    await bench.write(GICH, "HCR", GICH.HCR.pack(En=1))
    await bench.write(GICV, "CTLR", GICV.CTLR.pack(EnableGrp0=1))
    await bench.write(GICV, "PMR", 0xF8)
    dut.ppi__0.value = 1 << (PPI - 16)
    await bench.rise("irq")
    assert await bench.read(GICC, "IAR") == PPI
    iar = bench.port.cycles
    await bench.write(GICC, "EOIR", PPI)
    word = GICH.LR.pack(HW=1, PhysicalID=PPI, VirtualID=PPI, State=PENDING, Priority=MODERATE >> 3)
    to_virq = await bench.after_write("virq", GICH, "LR", word)
    assert await bench.read(GICV, "IAR") == PPI
    virtual_iar = bench.port.cycles
    await bench.quiet()
    again = await bench.after_write("irq", GICV, "EOIR", PPI)
    keep(
        line_to_nirq=max(from_line),
        lr_write_to_nvirq=to_virq,
        iar_read=iar,
        virtual_iar_read=virtual_iar,
        eoir_to_nirq=again,
    )


class Hammer:
    """CPU 1 writes GICD without a pause, from the first row to the last."""

    def __init__(self, bench: Bench, name: str):
        self.bench, self.name, self.longest = bench, name, 0
        self._going = True
        self._task = cocotb.start_soon(self._run())

    async def _run(self):
        row = 0
        while self._going:
            row = row % CONFIG.spi_rows + 1
            index = row if self.name == "ISENABLER" else 0
            await self.bench.write(GICD, self.name, 3, index, cpu=1)
            self.longest = max(self.longest, self.bench.port.cycles)

    async def end(self) -> int:
        self._going = False
        await self._task
        return self.longest


def all_lines(dut, level: int) -> None:
    dut.spi.value = level * ((1 << CONFIG.spis) - 1)
    for cpu in range(CONFIG.cpus):
        # The GIC's own maintenance interrupt keeps its line.
        getattr(dut, f"ppi__{cpu}").value = level * 0xFDFF


async def storm(bench: Bench, hammer: str | None, phase: int) -> tuple[int, int, int, int]:
    """All lines rise. Cycles until nIRQ, of CPU 1's longest access, of IAR; what IAR reads."""
    dut = bench.dut
    task = Hammer(bench, hammer) if hammer else None
    await tick(dut, 96 + phase)
    begun = cycle()
    all_lines(dut, 1)
    nirq = await bench.rise("irq") - begun
    asked = cycle()
    intid = await bench.read(GICC, "IAR")
    iar = cycle() - asked
    longest = await task.end() if task else 0
    all_lines(dut, 0)
    await bench.write(GICC, "EOIR", intid)
    await bench.write(GICC, "DIR", intid)
    await bench.quiet()
    return nirq, longest, iar, intid


async def worst_storm(bench: Bench, hammer: str | None, intid: int | None = None) -> tuple:
    """The longest of each of the storm's figures, whatever the other CPU is at when lines rise."""
    runs = [await storm(bench, hammer, phase) for phase in range(PHASES if hammer else 1)]
    *figures, taken = zip(*runs, strict=True)
    if intid is not None:
        assert set(taken) == {intid}, f"{set(taken)} acknowledged in place of {intid}"
    return tuple(map(max, figures))


@cocotb.test()
async def every_line_rises_in_one_cycle(dut):
    """The worst case.

    ``first_nirq``: any of the interrupts is signalled. ``last_nirq``: only one interrupt passes
    the priority mask, in one row after another; the longest of these is when the last line has
    its effect. ``gicd_write``: the longest access of CPU 1 meanwhile; ``iar_read``: from when
    CPU 0 asks, behind an access of CPU 1 on the same port, until it has its answer.
    """
    bench = await begin(dut)
    for hammer in (None, "ISENABLER", "CTLR"):
        await bench.write(GICC, "PMR", 0xF8)
        first, access, iar = await worst_storm(bench, hammer)
        last = 0
        await bench.write(GICC, "PMR", URGENT + 8)
        for row in range(1, 1 + CONFIG.spi_rows):
            intid = min(32 * row + 31, 31 + CONFIG.spis)
            word = MODERATE * 0x01010101 ^ (MODERATE ^ URGENT) << 8 * (intid % 4)
            await bench.write(GICD, "IPRIORITYR", word, intid // 4)
            worst = await worst_storm(bench, hammer, intid)
            last, access, iar = map(max, (last, access, iar), worst)
            await bench.write(GICD, "IPRIORITYR", MODERATE * 0x01010101, intid // 4)
        figures = {"first_nirq": first, "last_nirq": last, "gicd_write": access, "iar_read": iar}
        keep(**{hammer or "idle": figures})
