"""Which lines of the distributor follow which timer, and when."""

import json
import os

import cocotb
from timer_driver import ENABLE, TimerDriver

from amagic.gic.config import GicConfig
from amagic.gic.transaction import Kind, Transaction
from amagic.registers import GICD
from amagic_sim.drivers import FramePort, start, tick

GIC = GicConfig(**json.loads(os.environ["GIC"]))
TIMER_SPI = json.loads(os.environ["TIMER_SPI"])
FRAMES = 2 * GIC.cpus
SYNCHRONIZERS = 2 if GIC.sync_lines else 0
EVENT = SYNCHRONIZERS + 3
"""Cycles from a line's change: the synchronizer, the sample, the transaction, and its report."""


def interrupt(timer) -> tuple[int, int] | None:
    """The interrupt of one timer: INTID and CPU, which for an SPI is 0. None: not connected."""
    if TIMER_SPI is not None:
        return TIMER_SPI + 2 * timer.frame + timer.virtual, 0
    cpu, of_host = divmod(timer.frame, 2)
    if of_host:
        return None if timer.virtual else (30, cpu)
    return (27, cpu) if timer.virtual else None


class Bench:
    """The timer, and the distributor's view of the lines."""

    def __init__(self, dut):
        self.dut = dut
        self.timer = TimerDriver(dut)
        self.timer.port = FramePort(dut, prefix="timer_frame")
        self.gicd = FramePort(dut, prefix="gicd_frame")

    async def high(self) -> set[tuple[int, int]]:
        """Every interrupt whose line is high, as `interrupt` names it."""
        found = set()
        for cpu in range(GIC.cpus):
            word = await self.gicd.read(GICD.PPISR.offset, cpu=cpu)
            found |= {(16 + n, cpu) for n in range(32) if word >> n & 1}
        for row in range(GIC.spi_rows):
            word = await self.gicd.read(GICD.SPISR.at(row))
            found |= {(32 + 32 * row + n, 0) for n in range(32) if word >> n & 1}
        return found

    async def event(self) -> tuple[int, int, int]:
        """Cycles until a line's event is told, its CPU, and the first interrupt of its row."""
        for cycle in range(100):
            await tick(self.dut)
            told = Transaction.from_bits(self.dut.transaction.value.to_unsigned())
            if told.stb and told.kind == Kind.LINE:
                return cycle, told.cpu, told.intid
        raise AssertionError("no line changed")


async def begin(dut) -> Bench:
    await start(dut)
    await tick(dut, 50)  # the distributor sweeps its rows
    return Bench(dut)


@cocotb.test()
async def each_timer_raises_its_own_interrupt_and_nothing_else(dut):
    bench = await begin(dut)
    assert await bench.high() == set()
    for timer in bench.timer.timers(FRAMES):
        await timer.write("CTL", ENABLE)
        await timer.wait_line(1)
        await tick(dut, 2 * EVENT)
        expected = interrupt(timer)
        assert await bench.high() == ({expected} if expected else set()), str(timer)
        await timer.write("CTL", 0)
        await timer.wait_line(0)
        await tick(dut, 2 * EVENT)
        assert await bench.high() == set()


@cocotb.test()
async def all_timers_together_raise_all_their_interrupts(dut):
    bench = await begin(dut)
    timers = list(bench.timer.timers(FRAMES))
    for timer in timers:
        await timer.write("CTL", ENABLE)
    await tick(dut, 50)
    every = {interrupt(timer) for timer in timers} - {None}
    assert await bench.high() == every
    assert len(every) == (2 * GIC.cpus if TIMER_SPI is None else 2 * FRAMES)


@cocotb.test()
async def a_line_is_an_event_of_its_row_after_the_synchronizer(dut):
    bench = await begin(dut)
    for timer in bench.timer.timers(FRAMES):
        if (there := interrupt(timer)) is None:
            continue
        intid, cpu = there
        for level in (1, 0):
            await tick(dut, 20)
            write = cocotb.start_soon(timer.write("CTL", ENABLE * level))
            await timer.wait_line(level)
            assert await bench.event() == (EVENT - 1, cpu, intid & ~31), (str(timer), level)
            await write
