"""Compare values, lines and their cycles. Every frame is tried, and both of its timers."""

import os

import cocotb
from cocotb.triggers import RisingEdge
from timer_driver import ENABLE, IMASK, ISTATUS, MASK64, OneTimer, TimerDriver

from amagic.registers import CNTBase
from amagic.timer.timer import cntbase
from amagic_sim.drivers import start, tick

FRAMES = int(os.environ["FRAMES"])
LATENCY = 3
"""Cycles from the one in which the count reaches the compare value to the line."""


async def setup(dut) -> TimerDriver:
    await start(dut)
    return TimerDriver(dut)


async def line_after(timer: OneTimer, dut) -> int:
    """In which cycle after the acknowledge of the last access the line changes; 1 is the next."""
    # The access has just been acknowledged, at this edge.
    level = timer.line()
    for cycle in range(1, 10):
        await RisingEdge(dut.clk)
        if timer.line() != level:
            return cycle
    raise AssertionError(f"{timer}: the line stays {level}")


@cocotb.test()
async def line_rises_three_cycles_after_the_count_equals_cval(dut):
    t = await setup(dut)
    await t.enable_counter()
    for timer in t.timers(FRAMES):
        for distance in (60, 61, 77):
            cval = t.count() + distance
            await timer.set_cval(cval)
            await timer.write("CTL", ENABLE)
            assert not timer.line()
            assert await timer.wait_line(1) == cval + LATENCY
            await timer.write("CTL", 0)


@cocotb.test()
async def virtual_line_rises_when_the_count_less_the_offset_equals_cval(dut):
    t = await setup(dut)
    await t.enable_counter()
    for frame in range(FRAMES):
        timer = OneTimer(t, frame, virtual=True)
        for offset in (1, 40, 0xFFFF_FFFF_FFFF_FF00, 0x8000_0000_0000_0000):
            await t.set_offset(frame, offset)
            due = t.count() + 80
            await timer.set_cval((due - offset) & MASK64)
            await timer.write("CTL", ENABLE)
            assert await timer.wait_line(1) == due + LATENCY, f"offset {offset:#x}"
            await timer.write("CTL", 0)


@cocotb.test()
async def physical_timer_does_not_see_the_offset(dut):
    t = await setup(dut)
    await t.set_count(1000)
    for frame in range(FRAMES):
        timer = OneTimer(t, frame, virtual=False)
        await t.set_offset(frame, 600)
        await timer.set_cval(1000)
        await timer.write("CTL", ENABLE)
        assert await timer.read("CTL") == ENABLE | ISTATUS
        assert await timer.read("TVAL") == 0


@cocotb.test()
async def the_line_is_a_level_that_stays(dut):
    t = await setup(dut)
    await t.enable_counter()
    for timer in t.timers(FRAMES):
        await timer.set_cval(t.count() + 40)
        await timer.write("CTL", ENABLE)
        await timer.wait_line(1)
        await timer.stays(1, 60)
        assert await timer.read("CTL") == ENABLE | ISTATUS
        await timer.stays(1)


@cocotb.test()
async def equal_is_due_and_one_more_is_not(dut):
    t = await setup(dut)
    for count in (0, 1, 5000, 0xFFFF_FFFF, 0x1_0000_0000, 1 << 63, MASK64 - 1):
        await t.set_count(count)
        for timer in t.timers(FRAMES):
            await timer.set_cval(count)
            await timer.write("CTL", ENABLE)
            assert await timer.read("CTL") == ENABLE | ISTATUS, f"{timer} at {count:#x}"
            await timer.set_cval(count + 1)
            await tick(dut, 3)
            assert await timer.read("CTL") == ENABLE, f"{timer} at {count:#x}"
            await timer.stays(0)
            await timer.write("CTL", 0)


@cocotb.test()
async def the_comparison_is_unsigned_and_of_64_bits(dut):
    t = await setup(dut)
    for count, cval, due in (
        (1 << 63, (1 << 63) - 1, True),
        ((1 << 63) - 1, 1 << 63, False),
        (0x1_0000_0000, 0xFFFF_FFFF, True),
        (0xFFFF_FFFF, 0x1_0000_0000, False),
        (0, MASK64, False),
        (MASK64, 0, True),
        (MASK64, MASK64, True),
        (0, 0, True),
        (0x2_0000_0001, 0x1_0000_0002, True),
        (0x1_0000_0002, 0x2_0000_0001, False),
    ):
        await t.set_count(count)
        for timer in t.timers(FRAMES):
            await timer.set_cval(cval)
            await timer.write("CTL", ENABLE)
            await tick(dut, 4)
            assert bool(timer.line()) == due, f"{timer}: count {count:#x}, cval {cval:#x}"
            assert await timer.read("CTL") == ENABLE | (ISTATUS if due else 0)
            await timer.write("CTL", 0)


@cocotb.test()
async def a_count_that_wraps_is_before_every_compare_value_again(dut):
    t = await setup(dut)
    timers = list(t.timers(FRAMES))
    await t.set_count(MASK64 - 2)
    for timer in timers:
        await timer.set_cval(MASK64)
        await timer.write("CTL", ENABLE)
        assert not timer.line()
    await t.enable_counter()
    highs = {str(timer): [] for timer in timers}
    for _ in range(12):
        for timer in timers:
            if timer.line():
                highs[str(timer)].append(t.count())
        await RisingEdge(dut.clk)
    # The count is all ones for one cycle, and the line is high for one cycle.
    assert all(high == [LATENCY - 1] for high in highs.values()), highs


@cocotb.test()
async def enabling_when_already_due_raises_the_line_at_once(dut):
    t = await setup(dut)
    await t.set_count(100)
    for timer in t.timers(FRAMES):
        await timer.set_cval(7)
        await timer.stays(0)
        await timer.write("CTL", ENABLE)
        assert await line_after(timer, dut) == 1
        await timer.write("CTL", 0)
        assert await line_after(timer, dut) == 1
        assert not timer.line()


@cocotb.test()
async def imask_holds_the_line_low_and_leaves_istatus(dut):
    t = await setup(dut)
    await t.set_count(100)
    for timer in t.timers(FRAMES):
        await timer.set_cval(100)
        await timer.write("CTL", ENABLE | IMASK)
        await timer.stays(0)
        assert await timer.read("CTL") == ENABLE | IMASK | ISTATUS
        await timer.write("CTL", ENABLE)
        assert await line_after(timer, dut) == 1
        assert timer.line()
        await timer.write("CTL", ENABLE | IMASK)
        assert await line_after(timer, dut) == 1
        assert await timer.read("CTL") == ENABLE | IMASK | ISTATUS
        await timer.set_cval(200)
        assert await timer.read("CTL") == ENABLE | IMASK


@cocotb.test()
async def a_disabled_timer_has_no_line_and_no_istatus(dut):
    t = await setup(dut)
    await t.set_count(100)
    for timer in t.timers(FRAMES):
        await timer.set_cval(50)
        await timer.stays(0)
        assert await timer.read("CTL") == 0
        await timer.write("CTL", IMASK)
        await timer.stays(0)
        assert await timer.read("CTL") == IMASK


@cocotb.test()
async def istatus_is_not_written(dut):
    t = await setup(dut)
    await t.set_count(100)
    for timer in t.timers(FRAMES):
        await timer.set_cval(200)
        await timer.write("CTL", 0xFFFF_FFFF)
        assert await timer.read("CTL") == ENABLE | IMASK
        await timer.write("CTL", ENABLE | ISTATUS)
        await timer.stays(0)


@cocotb.test()
async def moving_cval_on_drops_the_line_two_cycles_after_the_acknowledge(dut):
    t = await setup(dut)
    await t.set_count(100)
    for timer in t.timers(FRAMES):
        await timer.set_cval(100)
        await timer.write("CTL", ENABLE)
        await timer.wait_line(1)
        await timer.write("CVAL", 101, 0)
        assert await line_after(timer, dut) == 2
        await timer.write("TVAL", 0)
        assert await line_after(timer, dut) == 2
        assert timer.line()
        await timer.write("CTL", 0)


@cocotb.test()
async def a_new_offset_moves_the_virtual_line_three_cycles_after_the_acknowledge(dut):
    t = await setup(dut)
    await t.set_count(100)
    for frame in range(FRAMES):
        timer = OneTimer(t, frame, virtual=True)
        await timer.set_cval(100)
        await timer.write("CTL", ENABLE)
        await timer.wait_line(1)
        await t.set_offset_low(frame, 1)
        assert await line_after(timer, dut) == 3
        await t.set_offset_low(frame, 0)
        assert await line_after(timer, dut) == 3
        assert timer.line()


@cocotb.test()
async def a_new_count_moves_the_line_three_cycles_after_the_acknowledge(dut):
    t = await setup(dut)
    await t.set_count(100)
    for timer in t.timers(FRAMES):
        await timer.set_cval(100)
        await timer.write("CTL", ENABLE)
        await timer.wait_line(1)
        await t.set_count_low(99)
        assert await line_after(timer, dut) == 3
        await t.set_count_low(100)
        assert await line_after(timer, dut) == 3
        assert timer.line()


@cocotb.test()
async def writing_tval_sets_cval_to_the_count_plus_the_signed_value(dut):
    t = await setup(dut)
    for count in (0, 0x10, 0x7FFF_FFFF_FFFF_FFF0, 0xFFFF_FFFF_FFFF_FFFF):
        await t.set_count(count)
        for timer in t.timers(FRAMES):
            for tval in (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FF00):
                signed = tval - (tval >> 31 << 32)
                await timer.write("TVAL", tval)
                expected = (count + signed) & MASK64
                assert await timer.cval() == expected, f"{timer}: {tval:#x} at {count:#x}"
                assert await timer.read("TVAL") == tval


@cocotb.test()
async def writing_tval_adds_to_the_virtual_count_in_the_virtual_timer(dut):
    t = await setup(dut)
    await t.set_count(5000)
    for frame in range(FRAMES):
        await t.set_offset(frame, 6000)
        timer = OneTimer(t, frame, virtual=True)
        await timer.write("TVAL", 10)
        assert await timer.cval() == (5000 - 6000 + 10) & MASK64
        assert await timer.read("TVAL") == 10


@cocotb.test()
async def writing_tval_adds_to_the_count_of_the_accesss_first_cycle(dut):
    t = await setup(dut)
    await t.enable_counter()
    for timer in t.timers(FRAMES):
        await tick(dut, 2)
        # The strobe goes up behind the last edge, so its first cycle ends with the next one.
        first = t.count() + 1
        await timer.write("TVAL", 100)
        assert await timer.cval() == first + 100
        await timer.write("CTL", ENABLE)
        assert await timer.wait_line(1) == first + 100 + LATENCY
        await timer.write("CTL", 0)


@cocotb.test()
async def tval_reads_cval_less_the_count_and_goes_negative(dut):
    t = await setup(dut)
    await t.set_count(1000)
    for timer in t.timers(FRAMES):
        for ctl in (ENABLE, 0):
            await timer.write("CTL", ctl)
            for cval, tval in (
                (1000, 0),
                (1001, 1),
                (999, 0xFFFF_FFFF),
                (0, 0xFFFF_FC18),
                (0x1_0000_03E8, 0),
                (0x8000_03E8, 0x8000_0000),
            ):
                await timer.set_cval(cval)
                assert await timer.read("TVAL") == tval, f"{timer}: cval {cval:#x}, ctl {ctl}"
        await timer.write("CTL", 0)


@cocotb.test()
async def tval_counts_down_while_the_timer_is_off(dut):
    t = await setup(dut)
    for timer in t.timers(FRAMES):
        await timer.set_cval(1 << 40)
        await t.enable_counter()
        before = await timer.read("TVAL")
        count = t.count()
        await tick(dut, 20)
        after = await timer.read("TVAL")
        assert (before - after) & 0xFFFF_FFFF == t.count() - count
        await t.enable_counter(False)


@cocotb.test()
async def each_half_of_cval_is_written_alone_and_at_once(dut):
    t = await setup(dut)
    await t.set_count(0x1_8000_0000)
    for timer in t.timers(FRAMES):
        await timer.set_cval(0x1_FFFF_FFFF)
        await timer.write("CTL", ENABLE)
        await timer.stays(0)
        # Towards 0x2_0000_0000, lower half first: 0x1_0000_0000 on the way is in the past.
        await timer.write("CVAL", 0, 0)
        assert await line_after(timer, dut) == 2
        await timer.write("CVAL", 2, 1)
        assert await line_after(timer, dut) == 2
        assert await timer.cval() == 0x2_0000_0000
        await timer.write("CTL", 0)


@cocotb.test()
async def low_ones_high_low_never_raises_the_line_on_the_way(dut):
    t = await setup(dut)
    for count, old, new in (
        (0x1_8000_0000, 0x1_FFFF_FFFF, 0x2_0000_0000),
        (0x1_8000_0000, 0x2_0000_0000, 0x1_9000_0000),
        (0x0_FFFF_FFFF, 0x1_0000_0000, 0x1_0000_0000),
    ):
        await t.set_count(count)
        for timer in t.timers(FRAMES):
            await timer.set_cval(old)
            await timer.write("CTL", ENABLE)
            high = []

            async def watch(timer=timer, high=high):
                while True:
                    await RisingEdge(dut.clk)
                    if timer.line():
                        high.append(t.count())

            watcher = cocotb.start_soon(watch())
            await timer.set_cval(new)
            await tick(dut, 8)
            watcher.cancel()
            assert not high, f"{timer}: from {old:#x} to {new:#x}"
            assert await timer.cval() == new
            await timer.write("CTL", 0)


@cocotb.test()
async def a_timer_is_alone_with_its_registers(dut):
    t = await setup(dut)
    await t.set_count(1 << 40)
    timers = list(t.timers(FRAMES))
    for n, timer in enumerate(timers):
        await timer.set_cval((n + 1) << 33 | n)
        await timer.write("CTL", ENABLE | (IMASK if n & 1 else 0))
    for n, timer in enumerate(timers):
        assert await timer.cval() == (n + 1) << 33 | n
        assert await timer.read("CTL") == ENABLE | ISTATUS | (IMASK if n & 1 else 0)
    await tick(dut, 4)
    assert [timer.line() for timer in timers] == [1 - n % 2 for n in range(len(timers))]


@cocotb.test()
async def a_held_counter_holds_the_lines_too(dut):
    t = await setup(dut)
    await t.enable_counter()
    timers = list(t.timers(FRAMES))
    target = t.count() + 40 * len(timers)
    for timer in timers:
        await timer.set_cval(target)
        await timer.write("CTL", ENABLE)
    while t.count() < target - 2:
        await RisingEdge(dut.clk)
    # The cycle that began with this edge still counts to target - 1.
    dut.count_enable.value = 0
    await tick(dut, 12)
    assert t.count() == target - 1
    for timer in timers:
        await timer.stays(0)
    dut.count_enable.value = 1
    await tick(dut)
    dut.count_enable.value = 0
    await tick(dut, 5)
    assert t.count() == target
    for timer in timers:
        await timer.stays(1, 2)


@cocotb.test()
async def a_periodic_timer_moved_on_by_cval_does_not_drift(dut):
    t = await setup(dut)
    await t.enable_counter()
    for timer in t.timers(FRAMES):
        due = t.count() + 60
        await timer.set_cval(due)
        await timer.write("CTL", ENABLE)
        for _ in range(3):
            assert await timer.wait_line(1) == due + LATENCY
            due += 50
            await timer.write("CVAL", due, 0)
            await timer.wait_line(0)
        await timer.write("CTL", 0)


@cocotb.test()
async def reading_the_counts_at_their_overflow_gives_no_torn_value(dut):
    t = await setup(dut)
    for start_low in range(0xFFFF_FFE0, 0xFFFF_FFF8, 3):
        await t.set_count(0x7_0000_0000 | start_low)
        await t.enable_counter()
        before = t.count()
        value = await t.read_running(cntbase(0), CNTBase.CNTPCT)
        assert before <= value <= t.count()
