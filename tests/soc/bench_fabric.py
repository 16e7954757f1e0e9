"""Bench of `amagic.soc.fabric.Fabric`: a memory at 0x40000000, another at 0xF0001000."""

import cocotb
from wishbone_initiator import Wishbone

from amagic_sim.drivers import start

FIRST, SECOND = 0x4000_0000, 0xF000_1000


async def port(dut):
    await start(dut)
    return Wishbone(dut, "bus")


@cocotb.test()
async def an_access_reaches_the_target_of_its_window_and_no_other(dut):
    bus = await port(dut)
    await bus.write(FIRST + 0x10, 0x1111)
    await bus.write(SECOND + 0x10, 0x2222)
    await bus.write(SECOND + 0xFFC, 0x3333)
    assert await bus.read(FIRST + 0x10) == 0x1111
    assert await bus.read(SECOND + 0x10) == 0x2222
    assert await bus.read(FIRST + 0xFFC) == 0
    assert await bus.read(SECOND + 0xFFC) == 0x3333


@cocotb.test()
async def what_no_window_claims_is_acknowledged_reads_zero_and_swallows_writes(dut):
    bus = await port(dut)
    await bus.write(FIRST, 0x4444)
    await bus.write(SECOND, 0x5555)
    for address in (0, FIRST - 4, FIRST + 0x1000, SECOND - 4, SECOND + 0x1000, 0xFFFF_FFFC):
        await bus.write(address, 0xFFFF_FFFF)
        assert await bus.read(address) == 0
        assert await bus.burst(address & ~31, 8) == [0] * 8
    assert await bus.read(FIRST) == 0x4444
    assert await bus.read(SECOND) == 0x5555


@cocotb.test()
async def a_burst_passes_through_at_the_speed_of_the_target(dut):
    bus = await port(dut)
    for n in range(8):
        await bus.write(FIRST + 0x40 + 4 * n, 100 + n)
    assert await bus.burst(FIRST + 0x40, 8) == [100 + n for n in range(8)]
    assert bus.cycles == 9
