"""Rounds: who waits when one begins is served once before it ends, the lowest first."""

import os
import random

import cocotb

from amagic_sim.drivers import start, tick

WIDTH = int(os.environ["WIDTH"])


async def serve(dut, requests: int) -> int:
    """The place that is served with these requests."""
    dut.requests.value = requests
    dut.serve.value = 1
    await tick(dut)
    grant = int(dut.grant.value)
    assert grant & requests == grant and grant.bit_count() == bool(requests)
    assert not requests or grant == 1 << int(dut.index.value)
    return grant.bit_length() - 1


@cocotb.test()
async def a_round_takes_the_lowest_first(dut):
    await start(dut)
    everyone = (1 << WIDTH) - 1
    order = []
    for _ in range(WIDTH):
        order.append(await serve(dut, everyone & ~sum(1 << place for place in order)))
    assert order == list(range(WIDTH))


@cocotb.test()
async def who_waits_always_is_served_once_a_round(dut):
    await start(dut)
    everyone = (1 << WIDTH) - 1
    assert [await serve(dut, everyone) for _ in range(3 * WIDTH)] == 3 * list(range(WIDTH))


@cocotb.test()
async def who_comes_during_a_round_waits_for_the_next(dut):
    await start(dut)
    last = 1 << WIDTH - 1
    assert await serve(dut, 0b10 | last) == 1
    assert await serve(dut, 0b01 | last) == WIDTH - 1
    assert await serve(dut, 0b01) == 0


@cocotb.test()
async def without_serve_the_order_does_not_move(dut):
    await start(dut)
    dut.requests.value = 0b11
    for _ in range(3):
        await tick(dut)
        assert int(dut.grant.value) == 0b01
    assert await serve(dut, 0b11) == 0
    dut.serve.value = 0
    for _ in range(3):
        await tick(dut)
        assert int(dut.grant.value) == 0b10


@cocotb.test()
async def nobody_waits_longer_than_two_rounds(dut):
    await start(dut)
    chance = random.Random(2)
    waiting = {}
    for cycle in range(2000):
        for place in range(WIDTH):
            if place not in waiting and chance.random() < 0.4:
                waiting[place] = cycle
        if waiting:
            served = await serve(dut, sum(1 << place for place in waiting))
            assert cycle - waiting.pop(served) < 2 * WIDTH
