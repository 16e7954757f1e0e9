"""Two blocks of frames: what each has for itself, and what they share."""

import os

import cocotb
from timer_driver import BLOCK_FRAMES, CONTROL, CTL, ENABLE, READ, OneTimer, TimerDriver

from amagic.registers import CNTBase, CNTControlBase, CNTCTLBase, CNTReadBase
from amagic.timer.timer import ADDR_WIDTH, cntbase, cntctlbase, cntel0base
from amagic_sim.drivers import start

FRAMES = int(os.environ["FRAMES"])
FREQUENCY = int(os.environ["FREQUENCY"])
SECOND = FRAMES - BLOCK_FRAMES
"""Frames of the second block."""
BLOCK = 1 << ADDR_WIDTH
CTL2 = cntctlbase(1)


async def setup(dut) -> TimerDriver:
    await start(dut)
    return TimerDriver(dut)


@cocotb.test()
async def the_second_block_has_the_same_map(dut):
    assert CTL2 == CTL + BLOCK
    assert cntbase(BLOCK_FRAMES) == cntbase(0) + BLOCK
    assert cntel0base(BLOCK_FRAMES) == cntel0base(0) + BLOCK
    t = await setup(dut)
    fields = CNTCTLBase.CNTTIDR.unpack(await t.read(CTL2, CNTCTLBase.CNTTIDR))
    assert list(fields.values()) == [0b0111] * SECOND + [0] * (8 - SECOND)
    assert await t.read(CTL2, CNTCTLBase.CNTNSAR) == (1 << SECOND) - 1
    fields = CNTCTLBase.CNTTIDR.unpack(await t.read(CTL, CNTCTLBase.CNTTIDR))
    assert list(fields.values()) == [0b0111] * BLOCK_FRAMES


@cocotb.test()
async def the_counters_pages_are_in_the_first_block_alone(dut):
    t = await setup(dut)
    await t.write(CONTROL + BLOCK, CNTControlBase.CNTCR, 1)
    assert await t.read(CONTROL, CNTControlBase.CNTCR) == 0
    for page in (CONTROL, READ):
        for offset in (0, 8, 0x20, 0xFD0):
            assert await t.port.read(page + BLOCK + offset) == 0


@cocotb.test()
async def all_frames_show_the_same_count(dut):
    t = await setup(dut)
    await t.set_count(0x1234_5678_9ABC)
    for frame in range(FRAMES):
        for register in (CNTBase.CNTPCT, CNTBase.CNTVCT):
            assert await t.read64(cntbase(frame), register) == 0x1234_5678_9ABC
    await t.enable_counter()
    seen = []
    for frame in range(FRAMES):
        before = t.count()
        seen.append(await t.read(cntbase(frame), CNTBase.CNTPCT) - (before & 0xFFFF_FFFF))
    assert len(set(seen)) == 1, "each read tells the count of the same moment of its access"
    assert await t.read64(READ, CNTReadBase.CNTCV) > 0x1234_5678_9ABC


@cocotb.test()
async def each_block_has_its_own_frequency_register(dut):
    t = await setup(dut)
    await t.write(CTL2, CNTCTLBase.CNTFRQ, 77)
    for frame in range(FRAMES):
        expected = FREQUENCY if frame < BLOCK_FRAMES else 77
        assert await t.read(cntbase(frame), CNTBase.CNTFRQ) == expected


@cocotb.test()
async def offset_and_access_are_those_of_the_frame_in_its_block(dut):
    t = await setup(dut)
    for frame in range(FRAMES):
        await t.set_offset(frame, 0x100 + frame)
    for frame in range(FRAMES):
        assert await t.read64(cntbase(frame), CNTBase.CNTVOFF) == 0x100 + frame
    for n in range(SECOND):
        await t.write(CTL2, CNTCTLBase.CNTACR, 0, n)
        assert await t.read64(cntbase(BLOCK_FRAMES + n), CNTBase.CNTVOFF) == 0
        assert await t.read64(cntbase(n), CNTBase.CNTVOFF) == 0x100 + n


@cocotb.test()
async def every_frame_has_timers_and_lines_of_its_own(dut):
    t = await setup(dut)
    await t.set_count(1000)
    timers = list(t.timers(FRAMES))
    for place, timer in enumerate(timers):
        await timer.set_cval(1000)
        await timer.write("CTL", ENABLE)
        await timer.wait_line(1)
        assert [other.line() for other in timers] == [int(n <= place) for n in range(len(timers))]


@cocotb.test()
async def a_guest_reaches_its_frame_alone(dut):
    t = await setup(dut)
    last = FRAMES - 1
    await t.write(cntbase(last), CNTBase.CNTEL0ACR, CNTBase.CNTEL0ACR.pack(EL0VTEN=1))
    guest = OneTimer(t, last, virtual=True, second_view=True)
    await guest.set_cval(55)
    for timer in t.timers(FRAMES):
        assert await timer.cval() == (55 if (timer.frame, timer.virtual) == (last, True) else 0)
    assert await OneTimer(t, last - BLOCK_FRAMES, True, second_view=True).cval() == 0
