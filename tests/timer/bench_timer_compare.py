"""Compare values, lines and their cycles. Every frame is tried, and both of its timers."""

import os

import cocotb
from timer_driver import ENABLE, TimerDriver

from amagic_sim.drivers import start

FRAMES = int(os.environ["FRAMES"])
LATENCY = 3
"""Cycles from the one in which the count reaches the compare value to the line."""


async def setup(dut) -> TimerDriver:
    await start(dut)
    return TimerDriver(dut)


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
