"""A GIC of two CPUs behind a bridge: what its registers do must not depend on the bus.

The buses' initiators are cocotbext-axi's and cocotbext-wishbone's.
"""

import itertools
import os
import random

import cocotb
from cocotb.triggers import Lock
from cocotbext.axi import AxiResp
from cocotbext.wishbone.driver import WBOp
from frame_target import rule
from library import AxiLiteManager, apb_requester, wishbone_master

from amagic.registers import GICC, GICD
from amagic_sim.drivers import start, tick

DISTRIBUTOR, INTERFACE = 0x1000, 0x2000
IAR = INTERFACE + GICC.IAR.offset
CPUS = (0, 1)
FIRST = 32
"""The first SPI."""


class Bus:
    """Reads and writes of 1, 2 or 4 bytes, each by a CPU. Reads wait for reads, writes for writes;
    what the bus can have under way together it has."""

    def __init__(self, dut):
        self.dut = dut
        self._reading = self._writing = Lock()

    async def read(self, addr: int, cpu: int = 0, size: int = 4) -> int:
        async with self._reading:
            return await self._read(addr, cpu, size)

    async def write(self, addr: int, data: int, cpu: int = 0, size: int = 4) -> None:
        async with self._writing:
            await self._write(addr, data, cpu, size)


class Axi(Bus):
    def __init__(self, dut):
        super().__init__(dut)
        self._writing = Lock()
        self._manager = AxiLiteManager(dut)

    def hesitate(self, rng: random.Random, share: float) -> None:
        for channel in self._manager.channels.values():
            channel.set_pause_generator(rng.random() < share for _ in itertools.count())

    async def _read(self, addr, cpu, size):
        self.dut.axi__aruser.value = cpu
        result = await self._manager.read(addr, size)
        assert result.resp == AxiResp.OKAY
        return int.from_bytes(result.data, "little")

    async def _write(self, addr, data, cpu, size):
        self.dut.axi__awuser.value = cpu
        result = await self._manager.write(addr, data.to_bytes(size, "little"))
        assert result.resp == AxiResp.OKAY


class Apb(Bus):
    def __init__(self, dut):
        super().__init__(dut)
        self._requester = apb_requester(dut)

    def hesitate(self, rng: random.Random, share: float) -> None:
        self._requester.set_pause_generator(rng.random() < share for _ in itertools.count())

    async def _read(self, addr, cpu, size):
        self.dut.apb__pauser.value = cpu
        result = await self._requester.read(addr, size)
        assert result.resp == AxiResp.OKAY
        return int.from_bytes(result.data, "little")

    async def _write(self, addr, data, cpu, size):
        self.dut.apb__pauser.value = cpu
        result = await self._requester.write(addr, data.to_bytes(size, "little"))
        assert result.resp == AxiResp.OKAY


class Wishbone(Bus):
    def __init__(self, dut):
        super().__init__(dut)
        self._master = wishbone_master(dut)
        self._idle = lambda: 0

    def hesitate(self, rng: random.Random, share: float) -> None:
        self._idle = lambda: rng.randrange(4) if rng.random() < share else 0

    async def _access(self, addr, cpu, size, data=None):
        self.dut.cpu.value = cpu
        lane = addr % 4
        sel = (1 << size) - 1 << lane
        dat = None if data is None else data << 8 * lane
        op = WBOp(adr=addr >> 2, dat=dat, sel=sel, idle=self._idle())
        (result,) = await self._master.send_cycle([op])
        return int(result.datrd) >> 8 * lane & (1 << 8 * size) - 1

    async def _read(self, addr, cpu, size):
        return await self._access(addr, cpu, size)

    async def _write(self, addr, data, cpu, size):
        await self._access(addr, cpu, size, data)


BUSES = {"axi": Axi, "apb": Apb, "wb": Wishbone}


async def begin(dut, hesitation: float = 0.0) -> Bus:
    """Both interfaces on, and every SPI enabled for both CPUs."""
    await start(dut)
    name = os.environ["BUS"]
    dut.bus.value = list(BUSES).index(name)
    bus = BUSES[name](dut)
    await tick(dut, 2)
    bus.hesitate(random.Random(6), hesitation)
    for cpu in CPUS:
        await bus.write(INTERFACE + GICC.PMR.offset, 0xF0, cpu)
        await bus.write(INTERFACE + GICC.CTLR.offset, 1, cpu)
    for intid in range(FIRST, FIRST + 32):
        await bus.write(DISTRIBUTOR + GICD.ITARGETSR.offset + intid, 0b11, size=1)
        await bus.write(DISTRIBUTOR + GICD.IPRIORITYR.offset + intid, 0x80, size=1)
    await bus.write(DISTRIBUTOR + GICD.ISENABLER.at(1), 0xFFFF_FFFF)
    await bus.write(DISTRIBUTOR + GICD.CTLR.offset, 1)
    return bus


async def active(bus: Bus) -> int:
    return await bus.read(DISTRIBUTOR + GICD.ISACTIVER.at(1))


@rule
async def a_read_of_iar_acknowledges_one_interrupt(dut):
    for hesitation in (0.0, 0.5, 0.9):
        bus = await begin(dut, hesitation)
        dut.spi.value = 0x0000_00FF
        for n in range(8):
            await tick(dut, 40)
            assert await bus.read(IAR, cpu=n % 2) == FIRST + n
            assert await active(bus) == (1 << n + 1) - 1
            # The running priority drops, and the interrupt stays active.
            await bus.write(INTERFACE + GICC.APR.offset, 0, n % 2)
        assert [await bus.read(IAR, cpu) for cpu in CPUS] == [1023, 1023]


@rule
async def a_narrow_read_of_iar_that_names_its_bytes_acknowledges_nothing(dut):
    bus = await begin(dut)
    dut.spi.value = 1
    await tick(dut, 40)
    assert await bus.read(IAR + 2, size=2) == 0
    assert await bus.read(IAR + 1, size=1) == 0
    assert await active(bus) == 0
    assert await bus.read(IAR) == FIRST


@rule
async def banked_registers_are_those_of_the_cpu_that_asks(dut):
    bus = await begin(dut)
    for cpu in CPUS:
        await bus.write(INTERFACE + GICC.PMR.offset, 0x80 + 8 * cpu, cpu)
        await bus.write(DISTRIBUTOR + GICD.IPRIORITYR.offset, 0x10 + 8 * cpu, cpu, size=1)
    for cpu in CPUS:
        assert await bus.read(INTERFACE + GICC.PMR.offset, cpu) == 0x80 + 8 * cpu
        assert await bus.read(DISTRIBUTOR + GICD.IPRIORITYR.offset, cpu, 1) == 0x10 + 8 * cpu
        assert await bus.read(DISTRIBUTOR + GICD.ITARGETSR.offset, cpu, 1) == 1 << cpu
    for source in CPUS:
        word = GICD.SGIR.pack(SGIINTID=3, CPUTargetList=1 << 1 - source)
        await bus.write(DISTRIBUTOR + GICD.SGIR.offset, word, source)
        await tick(dut, 40)
        assert int(dut.irq.value) == 1 << 1 - source
        assert await bus.read(IAR, 1 - source) == source << 10 | 3
        await bus.write(INTERFACE + GICC.EOIR.offset, source << 10 | 3, 1 - source)


@rule
async def priorities_take_bytes_halfwords_and_words(dut):
    bus = await begin(dut)
    base = DISTRIBUTOR + GICD.IPRIORITYR.offset + 36
    known = bytearray([0x80] * 8)
    rng = random.Random(7)
    for _ in range(60):
        size = rng.choice((1, 2, 4))
        offset = rng.randrange(0, 8, size)
        data = bytes(rng.randrange(0, 256, 8) for _ in range(size))
        await bus.write(base + offset, int.from_bytes(data, "little"), size=size)
        known[offset : offset + size] = data
        size = rng.choice((1, 2, 4))
        offset = rng.randrange(0, 8, size)
        read = await bus.read(base + offset, size=size)
        assert read.to_bytes(size, "little") == known[offset : offset + size]


@rule
async def a_write_that_is_answered_has_had_its_effect(dut):
    bus = await begin(dut)
    enable = DISTRIBUTOR + GICD.ISENABLER.at(1)
    disable = DISTRIBUTOR + GICD.ICENABLER.at(1)
    for n in range(32):
        await bus.write(disable, 1 << n)
        assert await bus.read(enable) == 0xFFFF_FFFF ^ 1 << n
        await bus.write(enable, 1 << n)
        assert await bus.read(enable) == 0xFFFF_FFFF
    dut.spi.value = 1
    await tick(dut, 40)
    assert await bus.read(IAR) == FIRST
    dut.spi.value = 0
    await bus.write(INTERFACE + GICC.EOIR.offset, FIRST)
    assert await active(bus) == 0


@rule
async def one_cpu_acknowledges_while_the_other_writes(dut):
    last_priority = DISTRIBUTOR + GICD.IPRIORITYR.offset + FIRST + 31
    for hesitation in (0.0, 0.5):
        bus = await begin(dut, hesitation)

        async def keep_writing(bus=bus):
            for n in itertools.count():
                await bus.write(last_priority, 8 * n & 0xF8, size=1)

        writer = cocotb.start_soon(keep_writing())
        dut.spi.value = 0xFFFF
        seen = []
        while len(seen) < 16:
            intid = await bus.read(IAR, cpu=1)
            if intid != 1023:
                seen.append(intid)
                line = intid - FIRST
                dut.spi.value = int(dut.spi.value) & ~(1 << line)
                assert await active(bus) >> line & 1
                await bus.write(INTERFACE + GICC.EOIR.offset, intid, 1)
        writer.cancel()
        assert seen == list(range(FIRST, FIRST + 16))
