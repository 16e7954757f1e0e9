"""Bench of `amagic.soc.hart_sync.HartSync`."""

import os
import random

import cocotb

from amagic.registers.soc import SYNC
from amagic_sim.drivers import FramePort, start, tick

HARTS = int(os.environ["HARTS"])
LAST = HARTS - 1
COUNT = SYNC.SEMAPHORE.count


async def begin(dut):
    frame = FramePort(dut)
    await start(dut)
    return frame


async def take(frame, n: int, hart: int) -> int:
    return await frame.read(SYNC.SEMAPHORE.at(n), cpu=hart)


async def release(frame, n: int, hart: int) -> None:
    await frame.write(SYNC.SEMAPHORE.at(n), 0, cpu=hart)


@cocotb.test()
async def every_semaphore_is_free_after_reset_and_taken_by_the_first_read(dut):
    frame = await begin(dut)
    assert await frame.read(SYNC.HELD.offset) == 0
    for n in range(COUNT):
        assert await take(frame, n, n % HARTS) == 1
        assert await frame.read(SYNC.HELD.offset) == (1 << n + 1) - 1


@cocotb.test()
async def a_held_semaphore_is_taken_by_nobody_and_not_again_by_its_holder(dut):
    frame = await begin(dut)
    assert await take(frame, 3, LAST) == 1
    for hart in range(HARTS):
        assert await take(frame, 3, hart) == 0
    await release(frame, 3, LAST)
    assert await take(frame, 3, 0) == 1


@cocotb.test()
async def only_the_holder_lets_a_semaphore_go(dut):
    frame = await begin(dut)
    assert await take(frame, 5, 1) == 1
    for hart in set(range(HARTS)) - {1}:
        await release(frame, 5, hart)
        assert await frame.read(SYNC.HELD.offset) == 1 << 5
    await release(frame, 5, 1)
    assert await frame.read(SYNC.HELD.offset) == 0


@cocotb.test()
async def letting_one_semaphore_go_leaves_the_others_and_a_free_one_stays_free(dut):
    frame = await begin(dut)
    for n in (0, 7, COUNT - 1):
        assert await take(frame, n, 0) == 1
    await release(frame, 7, 0)
    await release(frame, 8, 0)
    assert await frame.read(SYNC.HELD.offset) == 1 | 1 << COUNT - 1


@cocotb.test()
async def every_hart_sees_its_own_semaphores_as_its_own(dut):
    frame = await begin(dut)
    for n in range(COUNT):
        await take(frame, n, n % HARTS)
    for hart in range(HARTS):
        mine = sum(1 << n for n in range(COUNT) if n % HARTS == hart)
        assert await frame.read(SYNC.MINE.offset, cpu=hart) == mine


@cocotb.test()
async def looking_takes_nothing(dut):
    frame = await begin(dut)
    for register in (SYNC.HELD, SYNC.MINE, SYNC.RING, SYNC.DOORBELL):
        assert await frame.read(register.offset) == 0
    for address in range(SYNC.SEMAPHORE.end, SYNC.size, 4):
        assert await frame.read(address) == 0
    assert await frame.read(SYNC.HELD.offset) == 0


@cocotb.test()
async def a_byte_access_takes_and_releases_as_well(dut):
    frame = await begin(dut)
    assert await frame.read(SYNC.SEMAPHORE.at(2), size=1) == 1
    assert await frame.read(SYNC.HELD.offset) == 1 << 2
    await frame.write(SYNC.SEMAPHORE.at(2), 0xFF, size=1)
    assert await frame.read(SYNC.HELD.offset) == 0


@cocotb.test()
async def a_doorbell_stays_rung_until_its_hart_has_answered_every_hart_that_rang(dut):
    frame = await begin(dut)
    for hart in (0, LAST):
        await frame.write(SYNC.RING.offset, 1 << LAST, cpu=hart)
    await tick(dut)
    assert dut.ring.value.to_unsigned() == 1 << LAST
    assert await frame.read(SYNC.DOORBELL.offset, cpu=LAST) == 1 | 1 << LAST
    assert await frame.read(SYNC.DOORBELL.offset, cpu=0) == 0
    await frame.write(SYNC.DOORBELL.offset, 1, cpu=LAST)
    await tick(dut)
    assert dut.ring.value.to_unsigned() == 1 << LAST
    await frame.write(SYNC.DOORBELL.offset, 1 << LAST, cpu=LAST)
    await tick(dut)
    assert dut.ring.value.to_unsigned() == 0


@cocotb.test()
async def a_hart_answers_only_its_own_doorbell(dut):
    frame = await begin(dut)
    await frame.write(SYNC.RING.offset, (1 << HARTS) - 1, cpu=0)
    await frame.write(SYNC.DOORBELL.offset, 0xFFFF_FFFF, cpu=0)
    await tick(dut)
    assert dut.ring.value.to_unsigned() == (1 << HARTS) - 2
    for hart in range(1, HARTS):
        assert await frame.read(SYNC.DOORBELL.offset, cpu=hart) == 1


@cocotb.test()
async def a_ring_for_a_hart_that_is_not_there_is_lost(dut):
    frame = await begin(dut)
    await frame.write(SYNC.RING.offset, 0xFFFF_FFFF & ~((1 << HARTS) - 1))
    await tick(dut)
    assert dut.ring.value.to_unsigned() == 0


@cocotb.test()
async def an_access_is_answered_in_its_cycle(dut):
    frame = await begin(dut)
    for register in SYNC:
        await frame.read(register.offset)
        assert frame.cycles == 1
        await frame.write(register.offset, 0)
        assert frame.cycles == 1


@cocotb.test()
async def random_accesses_of_all_harts_do_as_the_rules_say(dut):
    frame = await begin(dut)
    rng = random.Random(HARTS)
    holder: dict[int, int] = {}
    rung = [0] * HARTS
    for _ in range(1500):
        hart, n, bits = rng.randrange(HARTS), rng.randrange(COUNT), rng.getrandbits(HARTS)
        match rng.randrange(5):
            case 0:
                assert await take(frame, n, hart) == (n not in holder)
                holder.setdefault(n, hart)
            case 1:
                await release(frame, n, hart)
                if holder.get(n) == hart:
                    del holder[n]
            case 2:
                await frame.write(SYNC.RING.offset, bits, cpu=hart)
                rung = [was | (bits >> to & 1) << hart for to, was in enumerate(rung)]
            case 3:
                await frame.write(SYNC.DOORBELL.offset, bits, cpu=hart)
                rung[hart] &= ~bits
            case 4:
                held = await frame.read(SYNC.HELD.offset, cpu=hart)
                mine = await frame.read(SYNC.MINE.offset, cpu=hart)
                assert held == sum(1 << n for n in holder)
                assert mine == sum(1 << n for n, owner in holder.items() if owner == hart)
                assert await frame.read(SYNC.DOORBELL.offset, cpu=hart) == rung[hart]
                assert dut.ring.value.to_unsigned() == sum(
                    bool(bits) << to for to, bits in enumerate(rung)
                )
