"""Bench of `amagic.soc.arbiter.Arbiter`, with a memory behind it."""

import os
import random

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge
from wishbone_initiator import Wishbone

from amagic_sim.drivers import start

BASE, ALIAS, NOWHERE = 0x4000_0000, 0xB000_0000, 0x1000_0000
COUNT = int(os.environ["INITIATORS"])
BURST = 9  # cycles of a burst of eight words
PASSED_ON = 1  # the cycle in which an idle bus goes to another initiator


async def ports(dut):
    await start(dut)
    return [Wishbone(dut, f"bus{n}", timeout=200) for n in range(COUNT)]


async def together(*coroutines):
    """Start all in this cycle, and wait for every one."""
    tasks = [cocotb.start_soon(each) for each in coroutines]
    return [await task for task in tasks]


@cocotb.test()
async def an_initiator_that_has_the_bus_waits_no_cycle(dut):
    buses = await ports(dut)
    for bus in buses:
        await bus.write(BASE, 0x1234)
        await bus.write(BASE + 4, 0x5678)
        assert bus.cycles == 1
        assert await bus.read(BASE) == 0x1234
        assert bus.cycles == 2
        await bus.burst(BASE, 8)
        assert bus.cycles == BURST


@cocotb.test()
async def an_idle_bus_goes_to_another_initiator_in_a_cycle(dut):
    first, *_, last = await ports(dut)
    await first.read(BASE)
    await last.read(BASE)
    assert last.cycles == 2 + PASSED_ON


@cocotb.test()
async def each_gets_what_it_asked_for_when_all_ask_at_once(dut):
    buses = await ports(dut)
    for n in range(COUNT):
        await buses[0].write(BASE + 4 * n, 0x100 + n)
    got = await together(*(bus.read(BASE + 4 * n) for n, bus in enumerate(buses)))
    assert got == [0x100 + n for n in range(COUNT)]
    await together(*(bus.write(BASE + 4 * n, 0x200 + n) for n, bus in enumerate(buses)))
    assert await buses[0].burst(BASE, 8) == [0x200 + n for n in range(COUNT)] + [
        0 for _ in range(8 - COUNT)
    ]


@cocotb.test()
async def nothing_comes_between_the_words_of_a_burst(dut):
    buses = await ports(dut)
    for n in range(8):
        await buses[0].write(BASE + 4 * n, 0x1000 + n)
    owners = []

    async def watch():
        while True:
            await RisingEdge(dut.clk)
            await ReadOnly()
            if dut.ack.value == 1:
                owners.append(int(dut.granted.value))

    watching = cocotb.start_soon(watch())
    got = await together(*(bus.burst(BASE, 8) for bus in buses))
    watching.cancel()
    assert got == [[0x1000 + n for n in range(8)]] * COUNT
    assert [owners[8 * n : 8 * n + 8] for n in range(COUNT)] == [
        [owners[8 * n]] * 8 for n in range(COUNT)
    ]
    assert sorted(set(owners)) == list(range(COUNT))


@cocotb.test()
async def one_that_never_lets_go_of_the_bus_holds_nobody_up_for_more_than_a_transfer(dut):
    """Its ``cyc`` and ``stb`` stay high: one store follows another."""
    greedy, *others = await ports(dut)
    dut.bus0__adr.value = BASE + 0x100 >> 2
    dut.bus0__sel.value = 0xF
    dut.bus0__cti.value = 0
    for we in (1, 0):
        dut.bus0__we.value = we
        dut.bus0__cyc.value = dut.bus0__stb.value = 1
        for _ in range(20):
            await together(*(other.write(BASE + 0x10, 1) for other in others))
            assert all(other.cycles <= 2 * COUNT for other in others)
    # Nor for more than a burst.
    bursts = cocotb.start_soon(together(*(other.burst(BASE, 8) for other in others[1:])))
    await others[0].read(BASE)
    assert others[0].cycles <= 2 + 2 + BURST * (COUNT - 2)
    await bursts


@cocotb.test()
async def all_that_ask_without_end_get_equal_shares(dut):
    buses = await ports(dut)
    served = [0] * COUNT

    async def ask(n):
        for _ in range(50):
            await buses[n].read(BASE + 4 * n)
            served[n] += 1
            assert max(served) - min(served) <= 1, served

    await together(*(ask(n) for n in range(COUNT)))


@cocotb.test()
async def an_address_that_nobody_claims_is_answered_to_each(dut):
    buses = await ports(dut)
    assert await together(*(bus.read(NOWHERE) for bus in buses)) == [0] * COUNT
    assert await together(*(bus.burst(NOWHERE, 8) for bus in buses)) == [[0] * 8] * COUNT


@cocotb.test()
async def the_alias_is_the_same_memory(dut):
    first, *_, last = await ports(dut)
    await first.write(ALIAS + 0x20, 0xCAFE)
    assert await last.read(BASE + 0x20) == 0xCAFE
    await last.write(BASE + 0xFFC, 0xBEEF)
    assert await first.read(ALIAS + 0xFFC) == 0xBEEF
    assert await first.burst(ALIAS + 0x20, 2) == [0xCAFE, 0]
    assert await first.read(ALIAS + 0x1000) == 0  # behind it


@cocotb.test()
async def random_accesses_of_all_at_once_see_their_own_words_in_order(dut):
    buses = await ports(dut)

    async def use(n, bus):
        rng = random.Random(n)
        mine = {BASE + 0x200 + 32 * n + 4 * word: 0 for word in range(8)}
        for address in mine:
            await bus.write(address, 0)
        for _ in range(150):
            address = rng.choice(list(mine))
            match rng.randrange(4):
                case 0:
                    mine[address] = rng.getrandbits(32)
                    await bus.write(address, mine[address])
                case 1:
                    assert await bus.read(address) == mine[address]
                case 2:
                    assert await bus.burst(min(mine), 8) == list(mine.values())
                case 3:
                    for _ in range(rng.randrange(8)):
                        await RisingEdge(dut.clk)

    await together(*(use(n, bus) for n, bus in enumerate(buses)))
