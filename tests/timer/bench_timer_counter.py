"""The system counter and its two pages."""

import os

import cocotb
from cocotb.triggers import RisingEdge
from timer_driver import CONTROL, READ, TimerDriver

from amagic.registers import CNTBase, CNTControlBase, CNTReadBase
from amagic.timer.timer import cntbase
from amagic_sim.drivers import start, tick

FREQUENCY = int(os.environ["FREQUENCY"])
CNTCR, CNTSR, CNTCV = CNTControlBase.CNTCR, CNTControlBase.CNTSR, CNTControlBase.CNTCV


async def setup(dut) -> TimerDriver:
    await start(dut)
    return TimerDriver(dut)


async def counts(t: TimerDriver, cycles: int = 10) -> int:
    """How far the counter gets in so many cycles."""
    before = t.count()
    await tick(t.dut, cycles)
    return t.count() - before


@cocotb.test()
async def the_counter_is_off_and_zero_after_reset(dut):
    t = await setup(dut)
    assert await counts(t) == 0
    assert t.count() == 0
    assert await t.read(CONTROL, CNTCR) == 0
    assert await t.read64(CONTROL, CNTCV) == 0


@cocotb.test()
async def enabled_it_counts_every_cycle(dut):
    t = await setup(dut)
    await t.enable_counter()
    assert await counts(t, 100) == 100
    assert await t.read(CONTROL, CNTCR) == CNTCR.pack(EN=1)
    await t.enable_counter(False)
    assert await counts(t) == 0


@cocotb.test()
async def the_first_count_follows_the_acknowledge_of_the_enable(dut):
    t = await setup(dut)
    await t.enable_counter()
    assert t.count() == 0
    await tick(dut)
    assert t.count() == 1


@cocotb.test()
async def count_enable_holds_the_counter_cycle_by_cycle(dut):
    t = await setup(dut)
    await t.enable_counter()
    dut.count_enable.value = 0
    await tick(dut)
    assert await counts(t, 50) == 0
    for _ in range(5):
        dut.count_enable.value = 1
        before = t.count()
        await tick(dut)
        dut.count_enable.value = 0
        await tick(dut, 3)
        assert t.count() == before + 1


@cocotb.test()
async def halt_on_debug_halts_only_when_hdbg_permits_it(dut):
    t = await setup(dut)
    await t.write(CONTROL, CNTCR, CNTCR.pack(EN=1))
    dut.debug_halt.value = 1
    assert await counts(t) == 10
    assert await t.read(CONTROL, CNTSR) == 0
    await t.write(CONTROL, CNTCR, CNTCR.pack(EN=1, HDBG=1))
    await tick(dut)
    assert await counts(t) == 0
    assert await t.read(CONTROL, CNTSR) == CNTSR.pack(DBGH=1)
    dut.debug_halt.value = 0
    await tick(dut)
    assert await counts(t) == 10
    assert await t.read(CONTROL, CNTSR) == 0


@cocotb.test()
async def cntcv_is_written_by_halves(dut):
    t = await setup(dut)
    await t.write(CONTROL, CNTCV, 0x1111_2222, 1)
    assert t.count() == 0x1111_2222_0000_0000
    await t.write(CONTROL, CNTCV, 0x3333_4444, 0)
    assert t.count() == 0x1111_2222_3333_4444
    assert await t.read64(CONTROL, CNTCV) == 0x1111_2222_3333_4444
    await t.write(CONTROL, CNTCV, 0, 1)
    assert t.count() == 0x3333_4444


@cocotb.test()
async def cntcv_written_while_counting_takes_effect_with_the_acknowledge(dut):
    t = await setup(dut)
    await t.enable_counter()
    await t.write(CONTROL, CNTCV, 0x8000_0000, 0)
    # At the edge with the acknowledge the flip-flops held the written value.
    assert t.count() == 0x8000_0000
    await tick(dut, 5)
    before = t.count()
    await t.write(CONTROL, CNTCV, 0x77, 1)
    # Three cycles, in one of which it did not count.
    assert t.count() == (0x77 << 32 | before) + 2


@cocotb.test()
async def a_written_half_gets_no_carry_and_gives_none(dut):
    t = await setup(dut)
    for half, expected in ((0, 0x5_0000_1234), (1, 0x1234_FFFF_FFFF)):
        await t.set_count(0x5_FFFF_FFFF)
        dut.count_enable.value = 0
        await t.enable_counter()
        # It counts in one cycle alone: the second of the access, the one that writes.
        write = cocotb.start_soon(t.write(CONTROL, CNTCV, 0x1234, half))
        await tick(dut)
        dut.count_enable.value = 1
        await tick(dut)
        dut.count_enable.value = 0
        await write
        await tick(dut)
        assert t.count() == expected
        dut.count_enable.value = 1


@cocotb.test()
async def the_count_carries_and_wraps(dut):
    t = await setup(dut)
    for value, following in (
        (0xFFFF_FFFF, 0x1_0000_0000),
        (0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000),
        (0xFFFF_FFFF_FFFF_FFFF, 0),
    ):
        await t.set_count(value)
        await t.enable_counter()
        assert t.count() == value
        await tick(dut)
        assert t.count() == following


@cocotb.test()
async def cntreadbase_shows_the_count_and_changes_nothing(dut):
    t = await setup(dut)
    await t.set_count(0x0123_4567_89AB_CDEF)
    assert await t.read64(READ, CNTReadBase.CNTCV) == 0x0123_4567_89AB_CDEF
    await t.write64(READ, CNTReadBase.CNTCV, 0)
    for offset in (CNTCR.offset, CNTCV.at(0), CNTCV.at(1)):
        await t.port.write(READ + offset, 0xFFFF_FFFF)
    assert t.count() == 0x0123_4567_89AB_CDEF
    assert await t.read(CONTROL, CNTCR) == 0


@cocotb.test()
async def every_view_of_the_count_tells_the_accesss_first_cycle(dut):
    t = await setup(dut)
    await t.enable_counter()
    for base, register in (
        (CONTROL, CNTCV),
        (READ, CNTReadBase.CNTCV),
        (cntbase(0), CNTBase.CNTPCT),
        (cntbase(0), CNTBase.CNTVCT),
    ):
        first = t.count() + 1
        assert await t.read(base, register) == first, register.name


@cocotb.test()
async def the_frequency_table_has_the_clock_and_its_end(dut):
    t = await setup(dut)
    fid = CNTControlBase.CNTFID
    assert [await t.read(CONTROL, fid, n) for n in range(2)] == [FREQUENCY, 0]
    await t.write(CONTROL, fid, 1, 0)
    await t.write(CONTROL, fid, 1, 1)
    assert [await t.read(CONTROL, fid, n) for n in range(2)] == [FREQUENCY, 0]


@cocotb.test()
async def another_frequency_cannot_be_selected(dut):
    t = await setup(dut)
    await t.write(CONTROL, CNTCR, 0xFFFF_FFFF)
    assert await t.read(CONTROL, CNTCR) == CNTCR.pack(EN=1, HDBG=1)
    assert await t.read(CONTROL, CNTSR) == 0
    assert await counts(t) == 10
    await t.write(CONTROL, CNTSR, 0xFFFF_FFFF)
    assert await t.read(CONTROL, CNTSR) == 0


@cocotb.test()
async def reset_stops_and_clears_it(dut):
    t = await setup(dut)
    await t.set_count(1 << 60)
    await t.enable_counter()
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    await tick(dut, 5)
    assert t.count() == 0
