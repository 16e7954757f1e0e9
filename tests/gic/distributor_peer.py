"""The distributor's surroundings in a bench: lines, CPU interfaces, list registers, software."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from cocotb.triggers import ReadWrite

from amagic.gic.config import GicConfig
from amagic.gic.transaction import Kind, Transaction
from amagic.gic.types import Candidate, Deactivation
from amagic.registers.gic import GICD
from amagic_sim.drivers import FramePort, start, tick

CONFIG = GicConfig(**json.loads(os.environ.get("CONFIG", "{}")))
CPUS = range(CONFIG.cpus)
LAST_CPU = CPUS[-1]
SPIS = sorted({32, 32 + CONFIG.spis // 2, 31 + CONFIG.spis}) if CONFIG.spis else []
"""The first, the last, and one between."""
PPIS = [16, 27, 31]
INTERRUPTS = PPIS + SPIS
EVERYWHERE = sorted({*((intid, 0) for intid in INTERRUPTS), *((intid, LAST_CPU) for intid in PPIS)})
"""Interrupts, each with a CPU that takes it."""
SYNCHRONIZERS = 2 if CONFIG.sync_lines else 0
NONE = None
DELAYS = {
    Kind.DEACTIVATE: 0,
    Kind.FORWARD: 0,
    Kind.LINE: SYNCHRONIZERS + 1,  # until the row is dirty
    Kind.ACCESS: 1,  # until it is decoded
    Kind.ACKNOWLEDGE: 0,
}
"""Cycles from the port to where the transactions wait."""


@dataclass(frozen=True)
class Offer:
    """A candidate, as a bench reads it."""

    intid: int
    priority: int
    group: int
    cpuid: int


class Peer:
    """Drives and watches one distributor."""

    def __init__(self, dut):
        self.dut = dut
        self.frame = FramePort(dut, timeout=5000, secure=int(CONFIG.security))
        self._ppi = [0] * CONFIG.cpus
        self._spi = 0

    # Software.

    async def read(self, name: str, index: int = 0, cpu: int = 0) -> int:
        return await self.frame.read(GICD.by_name[name].at(index), cpu=cpu)

    async def write(self, name: str, value: int, index: int = 0, cpu: int = 0) -> None:
        await self.frame.write(GICD.by_name[name].at(index), value, cpu=cpu)

    async def bit(self, name: str, intid: int, cpu: int = 0) -> int:
        """The interrupt's bit of a register with one bit for each."""
        return (await self.read(name, intid // 32, cpu) >> (intid % 32)) & 1

    async def set_bit(self, name: str, intid: int, cpu: int = 0) -> None:
        await self.write(name, 1 << (intid % 32), intid // 32, cpu)

    async def assert_state(self, intid: int, cpu: int, *, pending: int, active: int) -> None:
        """The four registers that show the state agree."""
        assert await self.bit("ISPENDR", intid, cpu) == pending
        assert await self.bit("ICPENDR", intid, cpu) == pending
        assert await self.bit("ISACTIVER", intid, cpu) == active
        assert await self.bit("ICACTIVER", intid, cpu) == active

    async def priority(self, intid: int, value: int, cpu: int = 0) -> None:
        await self.frame.write(GICD.IPRIORITYR.offset + intid, value, cpu=cpu, size=1)

    async def target(self, intid: int, cpus: int) -> None:
        await self.frame.write(GICD.ITARGETSR.offset + intid, cpus, size=1)

    async def edge(self, intid: int, edge: bool = True) -> None:
        index, place = intid // 16, 2 * (intid % 16) + 1
        word = await self.read("ICFGR", index) & ~(1 << place)
        await self.write("ICFGR", word | edge << place, index)

    async def enable(
        self,
        intid: int,
        *,
        cpu: int = 0,
        edge: bool = False,
        priority: int = 0xA0,
        targets: int | None = None,
    ) -> None:
        """Sets an interrupt up and enables it, for the CPU unless other targets are given."""
        if intid >= 32:
            await self.edge(intid, edge)
            if CONFIG.cpus > 1:
                await self.target(intid, 1 << cpu if targets is None else targets)
        await self.priority(intid, priority, cpu)
        await self.set_bit("ISENABLER", intid, cpu)

    # Lines.

    def line(self, intid: int, level: int, cpu: int = 0) -> None:
        """Drives the line of a PPI or an SPI from now on."""
        if intid < 32:
            mask = 1 << (intid - 16)
            self._ppi[cpu] = self._ppi[cpu] & ~mask | (mask if level else 0)
            getattr(self.dut, f"ppi__{cpu}").value = self._ppi[cpu]
        else:
            mask = 1 << (intid - 32)
            self._spi = self._spi & ~mask | (mask if level else 0)
            self.dut.spi.value = self._spi

    def spis(self, value: int) -> None:
        """Drives all SPIs' lines at once."""
        self._spi = value
        self.dut.spi.value = value

    async def pulse(self, intid: int, cpu: int = 0, cycles: int = 1) -> None:
        self.line(intid, 1, cpu)
        await tick(self.dut, cycles)
        self.line(intid, 0, cpu)

    # CPU interfaces and list registers.

    def _source(self, cpu: int, member: str):
        return getattr(self.dut, f"source__{cpu}__{member}")

    def candidate(self, cpu: int = 0) -> Offer | None:
        """What the distributor offers in this cycle."""
        value = Candidate.from_bits(self._source(cpu, "candidate").value.to_unsigned())
        if not value.valid:
            return NONE
        return Offer(value.intid, value.priority, value.group, value.cpuid)

    async def look(self, cpu: int = 0, *, acknowledge: bool = False) -> Offer | None:
        """The exact candidate; with `acknowledge` it becomes active."""
        inspect, granted = self._source(cpu, "inspect"), self._source(cpu, "granted")
        inspect.value = 1
        # As in a CPU interface, `acknowledge` is a function of `granted` in the same cycle.
        for _ in range(2000):
            await ReadWrite()
            if granted.value == 1:
                break
            await tick(self.dut)
        else:
            raise AssertionError(f"CPU {cpu}: no grant in 2000 cycles")
        offer = self.candidate(cpu)
        self._source(cpu, "acknowledge").value = int(acknowledge and offer is not NONE)
        await tick(self.dut)
        inspect.value = 0
        self._source(cpu, "acknowledge").value = 0
        return offer

    async def acknowledge(self, cpu: int = 0) -> Offer | None:
        return await self.look(cpu, acknowledge=True)

    async def intid(self, cpu: int = 0) -> int | None:
        """INTID of the exact candidate."""
        offer = await self.look(cpu)
        return NONE if offer is NONE else offer.intid

    async def deactivate(
        self, intid: int, cpu: int = 0, cpuid: int = 0, by_dir: int = 0, group1: int = 0
    ) -> None:
        value = Deactivation.const(
            {"intid": intid, "cpuid": cpuid, "by_dir": by_dir, "dropped": 1 - by_dir}
        )
        self._source(cpu, "deactivation").value = value.as_bits()
        if CONFIG.security:
            self._source(cpu, "group1").value = group1
        self._source(cpu, "deactivate").value = 1
        await self.until(lambda: self._source(cpu, "deactivated").value == 1)
        self._source(cpu, "deactivate").value = 0

    async def forward(self, intid: int, cpu: int = 0) -> None:
        getattr(self.dut, f"forward__{cpu}__intid").value = intid
        getattr(self.dut, f"forward__{cpu}__stb").value = 1
        await self.until(lambda: getattr(self.dut, f"forward__{cpu}__ack").value == 1)
        getattr(self.dut, f"forward__{cpu}__stb").value = 0

    # Time.

    async def until(self, condition: Callable[[], bool], cycles: int = 2000) -> int:
        """Cycles until the flip-flops see the condition, at least 1."""
        for cycle in range(1, cycles + 1):
            await tick(self.dut)
            if condition():
                return cycle
        raise AssertionError(f"it did not happen in {cycles} cycles")

    async def settle(self) -> None:
        """Lines have come through the synchronizers, and all else is done."""
        await tick(self.dut, 8)
        await self.look()
        await self.look()

    def transaction(self) -> tuple[Kind, int, int] | None:
        """The transaction that is told in this cycle: kind, CPU, interrupt."""
        value = Transaction.from_bits(self.dut.transaction.value.to_unsigned())
        return (value.kind, value.cpu, value.intid) if value.stb else NONE


async def begin(dut, ctlr: int = 3) -> Peer:
    """A distributor after reset, with both groups enabled or as `ctlr` says."""
    await start(dut)
    peer = Peer(dut)
    if ctlr:
        await peer.write("CTLR", ctlr)
    return peer
