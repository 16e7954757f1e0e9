"""The reset's release, and the lights, in Amaranth's own simulator."""

from amaranth import Module
from amaranth.sim import Simulator

from amagic.soc.events import EventKind
from amagic_boards.clocking import SETTLE, ResetSequence
from amagic_boards.lights import LIGHTS, Lights

HALF = 10e-9


def _run_reset(testbench):
    m = Module()
    m.submodules.sequence = sequence = ResetSequence()
    reset = sequence.reset
    simulator = Simulator(m)

    async def process(ctx):
        async def cycle():
            ctx.set(sequence.clk, 1)
            await ctx.delay(HALF)
            ctx.set(sequence.clk, 0)
            await ctx.delay(HALF)

        async def cycles_to_release():
            count = 0
            while ctx.get(reset):
                await cycle()
                count += 1
                assert count < 2 * SETTLE
            return count

        await testbench(ctx, sequence, reset, cycle, cycles_to_release)

    simulator.add_testbench(process)
    simulator.run()


def test_reset_is_held_from_the_first_moment_and_while_the_pll_is_not_locked():
    async def testbench(ctx, sequence, reset, cycle, _):
        assert ctx.get(reset)
        for _ in range(3 * SETTLE):
            await cycle()
            assert ctx.get(reset)

    _run_reset(testbench)


def test_reset_ends_a_fixed_time_after_the_lock_and_stays_away():
    async def testbench(ctx, sequence, reset, cycle, cycles_to_release):
        ctx.set(sequence.locked, 1)
        # Two flip-flops, then the count, then the register.
        assert await cycles_to_release() == 2 + SETTLE
        for _ in range(SETTLE):
            await cycle()
            assert not ctx.get(reset)

    _run_reset(testbench)


def test_a_lost_lock_resets_again_in_the_full_order():
    async def testbench(ctx, sequence, reset, cycle, cycles_to_release):
        ctx.set(sequence.locked, 1)
        await cycles_to_release()
        ctx.set(sequence.locked, 0)
        await cycle()
        await cycle()
        assert ctx.get(reset)
        ctx.set(sequence.locked, 1)
        assert await cycles_to_release() == 2 + SETTLE

    _run_reset(testbench)


def test_the_button_resets_while_it_is_pressed_and_the_full_time_after_it():
    async def testbench(ctx, sequence, reset, cycle, cycles_to_release):
        ctx.set(sequence.locked, 1)
        await cycles_to_release()
        for held in (1, 3 * SETTLE):
            ctx.set(sequence.button, 1)
            for number in range(held):
                await cycle()
                # Two flip-flops, the count, the register.
                assert ctx.get(reset) == (number >= 3)
            ctx.set(sequence.button, 0)
            while not ctx.get(reset):
                await cycle()
            assert await cycles_to_release() >= SETTLE - 1
        for _ in range(SETTLE):
            await cycle()
            assert not ctx.get(reset)

    _run_reset(testbench)


def test_a_button_that_bounces_resets_until_it_rests():
    async def testbench(ctx, sequence, reset, cycle, cycles_to_release):
        ctx.set(sequence.locked, 1)
        await cycles_to_release()
        for number in range(8):
            ctx.set(sequence.button, number % 2 == 0)
            for _ in range(SETTLE // 2):
                await cycle()
            assert ctx.get(reset)
        assert SETTLE // 2 <= await cycles_to_release() <= SETTLE // 2 + 2

    _run_reset(testbench)


CLOCK_HZ = 200


def _run_lights(testbench):
    lights = Lights(CLOCK_HZ)
    simulator = Simulator(lights)
    simulator.add_clock(1 / CLOCK_HZ)

    async def process(ctx):
        async def event(kind, value):
            ctx.set(lights.event.valid, 1)
            ctx.set(lights.event.info, kind << 27)
            ctx.set(lights.event.value, value)
            await ctx.tick()
            ctx.set(lights.event.valid, 0)

        def lit():
            return {name for name in LIGHTS if ctx.get(getattr(lights, name))} - {"heartbeat"}

        await testbench(ctx, lights, event, lit)

    simulator.add_testbench(process)
    simulator.run()


def test_the_heartbeat_changes_each_half_second():
    async def testbench(ctx, lights, event, lit):
        for expected in (0, 1, 0, 1):
            for _ in range(CLOCK_HZ // 2):
                assert ctx.get(lights.heartbeat) == expected
                await ctx.tick()

    _run_lights(testbench)


def test_a_virtual_interrupt_lights_activity_for_a_twentieth_of_a_second():
    async def testbench(ctx, lights, event, lit):
        assert lit() == set()
        await event(EventKind.VIRQ, 0)
        assert lit() == set()
        await event(EventKind.VIRQ, 1)
        for _ in range(CLOCK_HZ // 20):
            assert lit() == {"activity"}
            await ctx.tick()
        assert lit() == set()

    _run_lights(testbench)


def test_the_end_mark_lights_passed_or_failed():
    async def testbench(ctx, lights, event, lit):
        for other in (0x1000_0000, 0x2000_0001, 0x4000_0000):
            await event(EventKind.MARK, other)
        await event(EventKind.GICV_READ, 0x3000_0000)
        assert lit() == set()
        await event(EventKind.MARK, 0x3000_0000)
        assert lit() == {"passed"}
        await event(EventKind.MARK, 0x3000_0001)
        assert lit() == {"failed"}

    _run_lights(testbench)
