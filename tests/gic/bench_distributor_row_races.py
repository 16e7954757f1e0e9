"""Races of lines in two rows with one other transaction, by the order that `transaction` states.

The lines rise in the same cycle. A round takes the event of the first row, and that of the second
row comes in the next round: behind what waited together with the lines, before what came later.
"""

import cocotb
from distributor_peer import CONFIG, DELAYS, NONE, SPIS, begin

from amagic.gic.transaction import Kind
from amagic_sim.drivers import tick

assert CONFIG.spis > 32, "there are two rows of SPIs"
FIRST, SECOND = SPIS[0], SPIS[-1]
DISTANCES = range(-8, 9)
START = 12


async def prepare(gic, *, active: bool = False) -> None:
    """Both lines are low, nothing is pending, and both interrupts are active or not."""
    for intid in (FIRST, SECOND):
        gic.line(intid, 0)
    await gic.settle()
    for intid in (FIRST, SECOND):
        await gic.set_bit("ICPENDR", intid)
        await gic.set_bit("ISACTIVER" if active else "ICACTIVER", intid)
    await gic.settle()


async def meet(gic, *others):
    """The lines rise, and each other transaction comes some cycles later (or sooner).

    ``others``: the kind, the distance as the arbitration sees it, and what is to be done. Returns
    what the others returned, and every transaction that was taken, with its row's number.
    """
    told = []

    async def listen():
        while True:
            await tick(gic.dut)
            if (event := gic.transaction()) is not NONE:
                told.append((event[0], event[2] // 32))

    async def rise():
        gic.line(FIRST, 1)
        gic.line(SECOND, 1)

    async def late(kind, distance, act):
        await tick(gic.dut, START + distance - DELAYS[kind])
        return await act()

    listener = cocotb.start_soon(listen())
    runs = [cocotb.start_soon(late(*one)) for one in ((Kind.LINE, 0, rise), *others)]
    answers = [await run for run in runs]
    await tick(gic.dut, 40)
    listener.cancel()
    return answers[1:], told


async def pending(gic) -> tuple[int, int]:
    return await gic.bit("ISPENDR", FIRST), await gic.bit("ISPENDR", SECOND)


async def begin_with_edges(dut, first: int = 0xA0, second: int = 0xA0):
    gic = await begin(dut)
    await gic.enable(FIRST, edge=True, priority=first)
    await gic.enable(SECOND, edge=True, priority=second)
    return gic


@cocotb.test()
async def a_write_takes_back_the_edge_of_the_first_row_that_came_with_it(dut):
    gic = await begin_with_edges(dut)
    for distance in DISTANCES:
        await prepare(gic)
        await meet(gic, (Kind.ACCESS, distance, lambda: gic.set_bit("ICPENDR", FIRST)))
        assert await pending(gic) == (0 if distance >= 0 else 1, 1), distance


@cocotb.test()
async def a_write_does_not_take_back_the_edge_of_the_second_row_that_came_with_it(dut):
    gic = await begin_with_edges(dut)
    for distance in DISTANCES:
        await prepare(gic)
        await meet(gic, (Kind.ACCESS, distance, lambda: gic.set_bit("ICPENDR", SECOND)))
        assert await pending(gic) == (1, 0 if distance > 0 else 1), distance


@cocotb.test()
async def a_read_tells_of_the_edge_of_the_first_row_that_came_with_it(dut):
    gic = await begin_with_edges(dut)
    for intid, earliest in ((FIRST, 0), (SECOND, 1)):
        for distance in DISTANCES:
            await prepare(gic)
            seen, _ = await meet(
                gic, (Kind.ACCESS, distance, lambda intid=intid: gic.bit("ISPENDR", intid))
            )
            assert seen == [int(distance >= earliest)], (intid, distance)
            assert await pending(gic) == (1, 1)


@cocotb.test()
async def a_look_with_the_edges_finds_the_first_rows_even_when_the_seconds_is_more_urgent(dut):
    gic = await begin_with_edges(dut, first=0x80, second=0x40)
    for distance in DISTANCES:
        await prepare(gic)
        (offer,), _ = await meet(gic, (Kind.ACKNOWLEDGE, distance, gic.acknowledge))
        expected = NONE if distance < 0 else FIRST if distance == 0 else SECOND
        assert (NONE if offer is NONE else offer.intid) == expected, distance
        assert await pending(gic) == (int(expected != FIRST), int(expected != SECOND))


@cocotb.test()
async def a_deactivation_comes_before_the_row_that_is_left(dut):
    gic = await begin_with_edges(dut)
    lines = [(Kind.LINE, FIRST // 32), (Kind.LINE, SECOND // 32)]
    for kind, act in ((Kind.DEACTIVATE, gic.deactivate), (Kind.FORWARD, gic.forward)):
        for intid in (FIRST, SECOND):
            release = (kind, intid // 32)
            for distance in DISTANCES:
                await prepare(gic, active=True)
                _, told = await meet(gic, (kind, distance, lambda act=act, n=intid: act(n)))
                place = 0 if distance <= 0 else 1 if distance == 1 else told.index(release)
                assert told == [*lines[:place], release, *lines[place:]], (kind, distance)
                assert await pending(gic) == (1, 1)
                for n in (FIRST, SECOND):
                    assert await gic.bit("ISACTIVER", n) == int(n != intid)


@cocotb.test()
async def the_second_row_waits_for_all_that_came_with_the_lines(dut):
    gic = await begin_with_edges(dut, first=0x40, second=0x80)
    await prepare(gic, active=True)
    _, told = await meet(
        gic,
        (Kind.ACKNOWLEDGE, 0, gic.acknowledge),
        (Kind.ACCESS, 0, lambda: gic.read("ISPENDR", SECOND // 32)),
        (Kind.FORWARD, 0, lambda: gic.forward(SECOND)),
        (Kind.DEACTIVATE, 0, lambda: gic.deactivate(FIRST)),
    )
    first, second = FIRST // 32, SECOND // 32
    assert told == [
        (Kind.DEACTIVATE, first),
        (Kind.FORWARD, second),
        (Kind.LINE, first),
        (Kind.ACCESS, second),
        (Kind.ACKNOWLEDGE, first),
        (Kind.LINE, second),
    ]
