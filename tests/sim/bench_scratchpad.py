"""Benches for `Scratchpad` of test_bench.py; some of them fail on purpose, when asked for."""

import os

import cocotb

from amagic_sim.drivers import FramePort, start, tick

WAIT = int(os.environ.get("WAIT", "0"))


@cocotb.test()
async def words_bytes_and_halfwords_reach_their_lanes(dut):
    frame = FramePort(dut)
    await start(dut)
    await frame.write(0x8, 0x11223344)
    await frame.write(0x9, 0xAA, size=1)
    await frame.write(0xA, 0xBBCC, size=2)
    assert await frame.read(0x8) == 0xBBCCAA44
    assert await frame.read(0x9, size=1) == 0xAA
    assert await frame.read(0xA, size=2) == 0xBBCC


@cocotb.test()
async def each_access_happens_once_and_takes_the_wait_that_was_set(dut):
    frame = FramePort(dut)
    await start(dut)
    for count in range(1, 6):
        await frame.write(0x4 * count, count)
        assert frame.cycles == 1 + WAIT
    assert await frame.read(0x4) == 1
    await tick(dut, 2)
    assert dut.writes.value.to_unsigned() == 5


@cocotb.test()
async def the_cpu_number_goes_with_the_access(dut):
    frame = FramePort(dut)
    await start(dut)
    await frame.write(0x0, 1, cpu=6)
    await tick(dut)
    assert dut.last_cpu.value.to_unsigned() == 6


@cocotb.test()
async def start_puts_inputs_back_to_their_reset_values(dut):
    dut.extra.value = 0
    await start(dut)
    assert dut.extra.value.to_unsigned() == 0x5A


@cocotb.test()
async def accesses_out_of_alignment_are_refused(dut):
    frame = FramePort(dut)
    await start(dut)
    for addr, size in ((1, 2), (2, 4), (0, 3)):
        try:
            await frame.read(addr, size=size)
        except ValueError as error:
            assert "is not aligned" in str(error)
        else:
            raise AssertionError(f"{size} bytes at {addr} were accepted")
