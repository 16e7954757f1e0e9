"""Bench of `amagic.soc.memory.BlockRam`."""

import os
import random

import cocotb
from wishbone_initiator import Wishbone

from amagic_sim.drivers import start, tick

SIZE = int(os.environ["SIZE"])
INIT = [0x1111_0000 + n for n in range(8)]


async def ports(dut):
    await start(dut)
    return Wishbone(dut, "fetch"), Wishbone(dut, "data")


@cocotb.test()
async def the_initial_words_are_there_and_the_rest_is_zero(dut):
    fetch, data = await ports(dut)
    assert await fetch.burst(0, 8) == INIT
    assert await data.burst(0, 8) == INIT
    assert await data.read(32) == 0
    assert await fetch.read(SIZE - 4) == 0


@cocotb.test()
async def a_word_that_is_read_is_acknowledged_in_the_cycle_after_its_strobe(dut):
    fetch, data = await ports(dut)
    for port in (fetch, data):
        await port.read(4)
        assert port.cycles == 2
        await port.read(8)
        assert port.cycles == 2


@cocotb.test()
async def a_write_takes_one_cycle_whatever_comes_before_and_behind_it(dut):
    fetch, data = await ports(dut)
    for _ in range(2):
        for n in range(4):
            await data.write(64 + 4 * n, n + 1)
            assert data.cycles == 1
        assert await data.read(64) == 1
        assert data.cycles == 2
    await data.write(64, 5)
    assert await data.burst(64, 4) == [5, 2, 3, 4]
    assert data.cycles == 5
    await data.write(76, 6)
    assert data.cycles == 1
    assert await fetch.burst(64, 4) == [5, 2, 3, 6]
    for n in range(4):
        await data.write(64 + 4 * n, 0)


@cocotb.test()
async def a_burst_takes_one_cycle_for_each_further_word(dut):
    fetch, data = await ports(dut)
    for port in (fetch, data):
        assert await port.burst(0, 8) == INIT
        assert port.cycles == 9
        assert await port.burst(4, 2) == INIT[1:3]
        assert port.cycles == 3


@cocotb.test()
async def byte_enables_choose_the_bytes_that_are_written(dut):
    fetch, data = await ports(dut)
    await data.write(128, 0x11223344)
    for sel in range(16):
        await data.write(128, 0x11223344)
        await data.write(128, 0xAABBCCDD, sel=sel)
        expected = sum(
            (0xAABBCCDD if sel >> lane & 1 else 0x11223344) & (0xFF << 8 * lane)
            for lane in range(4)
        )
        assert await data.read(128) == expected
        assert await fetch.read(128) == expected
    await data.write(128, 0)


@cocotb.test()
async def the_instruction_port_never_writes(dut):
    fetch, data = await ports(dut)
    await fetch.write(0, 0xFFFF_FFFF)
    assert await data.read(0) == INIT[0]


@cocotb.test()
async def the_last_word_is_a_word_of_its_own(dut):
    fetch, data = await ports(dut)
    await data.write(SIZE - 4, 0x5A5A_5A5A)
    assert await data.read(SIZE - 4) == 0x5A5A_5A5A
    assert await data.read(0) == INIT[0]
    assert await data.read(SIZE // 2 - 4) == 0
    await data.write(SIZE - 4, 0)


@cocotb.test()
async def both_ports_work_at_the_same_time(dut):
    fetch, data = await ports(dut)

    async def writer():
        for n in range(50):
            await data.write(256 + 4 * n, n)

    task = cocotb.start_soon(writer())
    for _ in range(20):
        assert await fetch.burst(0, 8) == INIT
    await task
    assert await fetch.burst(256, 50) == list(range(50))


@cocotb.test()
async def random_accesses_agree_with_a_model(dut):
    fetch, data = await ports(dut)
    model = dict(enumerate(INIT))
    for n in (*range(64, 115), 32, SIZE // 4 - 1):  # what the tests before wrote
        model[n] = await data.read(4 * n)
    for _ in range(300):
        word = random.choice([*model, random.randrange(SIZE // 4 - 8)])
        if random.random() < 0.5:
            value, sel = random.getrandbits(32), random.randrange(16)
            mask = sum(0xFF << 8 * lane for lane in range(4) if sel >> lane & 1)
            model[word] = model.get(word, 0) & ~mask | value & mask
            await data.write(4 * word, value, sel)
        else:
            port, count = random.choice([fetch, data]), random.choice([1, 2, 8])
            count = min(count, SIZE // 4 - word)
            words = await port.burst(4 * word, count)
            assert words == [model.get(word + n, 0) for n in range(count)]
        if random.random() < 0.3:
            await tick(dut, random.randrange(3))
