"""The comparison tree against Python's `min`."""

import os
import random

import cocotb

from amagic_sim.drivers import start, tick

LEAVES, KEY_WIDTH = int(os.environ["LEAVES"]), int(os.environ["KEY_WIDTH"])
LATENCY = int(os.environ["LATENCY"])
PAYLOAD_WIDTH = 6


def pack(values, width):
    return sum(value << width * place for place, value in enumerate(values))


async def compare(dut, valids, keys, payloads):
    dut.valids.value = pack(valids, 1)
    dut.keys.value = pack(keys, KEY_WIDTH)
    dut.payloads.value = pack(payloads, PAYLOAD_WIDTH)
    await tick(dut, 1 + LATENCY)
    there = [place for place in range(LEAVES) if valids[place]]
    assert int(dut.valid.value) == bool(there)
    if there:
        best = min(there, key=lambda place: keys[place])
        seen = tuple(int(port.value) for port in (dut.key, dut.index, dut.payload))
        assert seen == (keys[best], best, payloads[best])


@cocotb.test()
async def each_leaf_alone_is_found(dut):
    await start(dut)
    last = (1 << KEY_WIDTH) - 1
    for leaf in range(LEAVES):
        valids = [int(place == leaf) for place in range(LEAVES)]
        keys = [last if place == leaf else 0 for place in range(LEAVES)]
        await compare(dut, valids, keys, [place % 64 for place in range(LEAVES)])


@cocotb.test()
async def of_equal_keys_the_first_valid_leaf_is_found(dut):
    await start(dut)
    for first in range(LEAVES):
        valids = [int(place >= first) for place in range(LEAVES)]
        await compare(dut, valids, [3] * LEAVES, [(place * 5) % 64 for place in range(LEAVES)])


@cocotb.test()
async def the_smallest_key_is_found(dut):
    await start(dut)
    chance = random.Random(1)
    for _ in range(300):
        spread = chance.choice((2, 4, 1 << KEY_WIDTH))
        likely = chance.random()
        await compare(
            dut,
            [int(chance.random() < likely) for _ in range(LEAVES)],
            [chance.randrange(spread) for _ in range(LEAVES)],
            [chance.randrange(64) for _ in range(LEAVES)],
        )
