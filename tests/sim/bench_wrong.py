"""Cocotb tests that go wrong, each in its own way, for test_bench.py to see it reported."""

import os

import cocotb

from amagic_sim.drivers import FramePort, start, tick


@cocotb.test()
async def passes(dut):
    await start(dut)


@cocotb.test()
async def compares_wrongly(dut):
    await start(dut)
    assert dut.writes.value.to_unsigned() == 99, "writes should be ninety-nine"


@cocotb.test()
async def raises_something_else(dut):
    await start(dut)
    raise KeyError("no such thing")


@cocotb.test()
async def waits_for_an_ack_that_never_comes(dut):
    await start(dut)
    dut.rst.value = 1
    dut.hold.value = 1
    await FramePort(dut, timeout=10).read(0)


@cocotb.test()
async def never_ends(dut):
    await start(dut)
    while True:
        await tick(dut, 1000)


@cocotb.test()
async def takes_the_simulator_down(dut):
    await start(dut)
    os.abort()
