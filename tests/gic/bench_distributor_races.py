"""Races: the outcome is that of the order which `amagic.gic.transaction` states.

Each pair of transactions is brought to the distributor at all distances from eight cycles one way
to eight the other. What comes first is taken first; in the same cycle the order of `Kind` decides.
"""

import cocotb
from distributor_peer import CONFIG, DELAYS, INTERRUPTS, NONE, SPIS, SYNCHRONIZERS, begin

from amagic.gic.transaction import Kind
from amagic.registers.gic import GICD
from amagic_sim.drivers import tick

INTID = SPIS[-1] if SPIS else 27
EDGE = bool(SPIS)


class Scene:
    """One interrupt, and the transactions that race for it."""

    def __init__(self, gic):
        self.gic = gic
        self.taken = NONE

    async def prepare(self, *, pending: bool, active: bool) -> None:
        gic = self.gic
        gic.line(INTID, 0)
        await gic.settle()
        await gic.set_bit("ISPENDR" if pending else "ICPENDR", INTID)
        await gic.set_bit("ISACTIVER" if active else "ICACTIVER", INTID)
        await gic.settle()
        self.taken = NONE

    async def perform(self, kind: Kind, register: str) -> None:
        gic = self.gic
        if kind == Kind.DEACTIVATE:
            await gic.deactivate(INTID)
        elif kind == Kind.FORWARD:
            await gic.forward(INTID)
        elif kind == Kind.LINE:
            gic.line(INTID, 1)
        elif kind == Kind.ACCESS:
            await gic.set_bit(register, INTID)
        else:
            offer = await gic.acknowledge()
            self.taken = offer is not NONE

    async def outcome(self) -> tuple[int, int, bool | None]:
        """Pending, active, and whether an acknowledge found the interrupt."""
        await self.gic.settle()
        pending = await self.gic.bit("ISPENDR", INTID)
        return pending, await self.gic.bit("ISACTIVER", INTID), self.taken


async def race(gic, first, second, distance, register, **before):
    """`second` comes `distance` cycles after `first`, as the arbitration sees it."""
    scene = Scene(gic)
    await scene.prepare(**before)

    async def late(kind, cycles):
        await tick(gic.dut, cycles)
        await scene.perform(kind, register)

    start = 8 + 4
    runs = [
        cocotb.start_soon(late(first, start - DELAYS[first])),
        cocotb.start_soon(late(second, start + distance - DELAYS[second])),
    ]
    for run in runs:
        await run
    return await scene.outcome()


async def check(dut, first, second, register="", *, before, first_wins, second_wins):
    """`first` precedes `second` in `Kind`. Outcomes when one or the other is taken first."""
    assert first.value < second.value
    gic = await begin(dut)
    await gic.enable(INTID, edge=EDGE)
    for distance in range(-8, 9):
        expected = first_wins if distance >= 0 else second_wins
        outcome = await race(gic, first, second, distance, register, **before)
        assert outcome == expected, distance


if SPIS:

    @cocotb.test()
    async def line_edge_and_software_write(dut):
        """ICPENDR takes back an edge that came before it, and no other."""
        await check(
            dut,
            Kind.LINE,
            Kind.ACCESS,
            "ICPENDR",
            before={"pending": False, "active": False},
            first_wins=(0, 0, NONE),
            second_wins=(1, 0, NONE),
        )

    @cocotb.test()
    async def line_edge_and_acknowledge(dut):
        """An edge before the acknowledge is the same interrupt, one after it is a new one."""
        await check(
            dut,
            Kind.LINE,
            Kind.ACKNOWLEDGE,
            before={"pending": True, "active": False},
            first_wins=(0, 1, True),
            second_wins=(1, 1, True),
        )

    @cocotb.test()
    async def line_edge_and_acknowledge_when_nothing_else_is_pending(dut):
        """Either the acknowledge gets the edge, or the edge stays pending: it is never lost."""
        await check(
            dut,
            Kind.LINE,
            Kind.ACKNOWLEDGE,
            before={"pending": False, "active": False},
            first_wins=(0, 1, True),
            second_wins=(1, 0, False),
        )


@cocotb.test()
async def line_and_forwarded_deactivation(dut):
    """In either order the interrupt is pending and not active in the end."""
    for release in (Kind.DEACTIVATE, Kind.FORWARD):
        await check(
            dut,
            release,
            Kind.LINE,
            before={"pending": False, "active": True},
            first_wins=(1, 0, NONE),
            second_wins=(1, 0, NONE),
        )


@cocotb.test()
async def software_write_and_acknowledge(dut):
    """What ICPENDR took back first cannot be acknowledged."""
    await check(
        dut,
        Kind.ACCESS,
        Kind.ACKNOWLEDGE,
        "ICPENDR",
        before={"pending": True, "active": False},
        first_wins=(0, 0, False),
        second_wins=(0, 1, True),
    )


@cocotb.test()
async def disable_and_acknowledge(dut):
    gic = await begin(dut)
    await gic.enable(INTID, edge=EDGE)
    for distance in range(-8, 9):
        await gic.set_bit("ISENABLER", INTID)
        outcome = await race(
            gic, Kind.ACCESS, Kind.ACKNOWLEDGE, distance, "ICENABLER", pending=True, active=False
        )
        assert outcome == ((1, 0, False) if distance >= 0 else (0, 1, True)), distance


@cocotb.test()
async def software_write_and_forwarded_deactivation(dut):
    """ISACTIVER after the deactivation makes it active again."""
    for release in (Kind.DEACTIVATE, Kind.FORWARD):
        await check(
            dut,
            release,
            Kind.ACCESS,
            "ISACTIVER",
            before={"pending": False, "active": True},
            first_wins=(0, 1, NONE),
            second_wins=(0, 0, NONE),
        )


@cocotb.test()
async def forwarded_deactivation_and_acknowledge(dut):
    """What is deactivated first can be acknowledged again."""
    for release in (Kind.DEACTIVATE, Kind.FORWARD):
        await check(
            dut,
            release,
            Kind.ACKNOWLEDGE,
            before={"pending": True, "active": True},
            first_wins=(0, 1, True),
            second_wins=(1, 0, False),
        )


@cocotb.test()
async def two_deactivations(dut):
    await check(
        dut,
        Kind.DEACTIVATE,
        Kind.FORWARD,
        before={"pending": True, "active": True},
        first_wins=(1, 0, NONE),
        second_wins=(1, 0, NONE),
    )


@cocotb.test()
async def all_at_once_are_taken_in_the_order_of_kind(dut):
    gic = await begin(dut)
    await gic.enable(INTID, edge=EDGE)
    scene = Scene(gic)
    await scene.prepare(pending=True, active=True)
    told = []

    async def listen():
        while True:
            await tick(dut)
            if (event := gic.transaction()) is not NONE:
                told.append(event[0])

    async def late(kind):
        await tick(dut, 8 - DELAYS[kind])
        await scene.perform(kind, "ISENABLER")

    listener = cocotb.start_soon(listen())
    for run in [cocotb.start_soon(late(kind)) for kind in reversed(Kind)]:
        await run
    await tick(dut, 4)
    listener.cancel()
    assert told == list(Kind)


# Nobody starves.

LOOKS = 1 if CONFIG.tree_per_cpu else CONFIG.cpus
ROUND = (2 + LOOKS) + (2 + LOOKS) + (2 + 2 * LOOKS) + 12
"""Cycles that a round of a line, an access and a look can take, generously."""


@cocotb.test()
async def a_line_that_changes_in_every_cycle_delays_nobody_for_long(dut):
    gic = await begin(dut)
    other = INTERRUPTS[-1] if SPIS else 31
    await gic.enable(16)
    await gic.enable(other, priority=0x20)

    async def toggle():
        while True:
            gic.line(16, 1)
            await tick(dut)
            gic.line(16, 0)
            await tick(dut)

    toggling = cocotb.start_soon(toggle())
    await tick(dut, 20)
    for _ in range(20):
        await gic.read("ISPENDR")
        assert gic.frame.cycles <= 2 * ROUND
        await gic.set_bit("ISENABLER", 16)
        assert gic.frame.cycles <= 2 * ROUND
        gic.line(other, 1)

        def offered():
            offer = gic.candidate()
            return offer is not NONE and offer.intid == other

        assert await gic.until(offered) <= SYNCHRONIZERS + 8 + 2 * ROUND
        taken = cocotb.start_soon(gic.acknowledge())
        await tick(dut, 2 * ROUND)
        assert taken.done() and (await taken).intid == other
        gic.line(other, 0)
        released = cocotb.start_soon(gic.deactivate(other))
        await tick(dut, 2 * ROUND)
        assert released.done()
    toggling.cancel()


@cocotb.test()
async def software_that_hammers_gicd_delays_nobody_for_long(dut):
    gic = await begin(dut)
    intid = INTERRUPTS[-1]
    await gic.enable(intid)
    stop = []

    async def hammer():
        while not stop:
            await gic.frame.write(GICD.IPRIORITYR.offset, 0)
            await gic.frame.read(GICD.ISPENDR.offset)

    hammering = cocotb.start_soon(hammer())
    for _ in range(10):
        gic.line(intid, 1)
        await gic.until(lambda: gic.candidate() is not NONE, SYNCHRONIZERS + 8 + 2 * ROUND)
        taken = cocotb.start_soon(gic.acknowledge())
        await tick(dut, 2 * ROUND)
        assert taken.done() and (await taken).intid == intid
        gic.line(intid, 0)
        await tick(dut, SYNCHRONIZERS + 8 + 2 * ROUND)
        released = cocotb.start_soon(gic.forward(intid))
        await tick(dut, 2 * ROUND)
        assert released.done()
        assert gic.candidate() is NONE
    stop.append(True)
    await hammering


if SPIS:

    @cocotb.test()
    async def lines_that_rise_together_while_software_hammers_gicd_all_count(dut):
        gic = await begin(dut)
        for intid in range(32, 32 + CONFIG.spis):
            await gic.edge(intid)
        last = SPIS[-1]
        await gic.enable(last, edge=True)
        stop = []

        async def hammer():
            while not stop:
                await gic.frame.read(GICD.ISPENDR.offset)

        hammering = cocotb.start_soon(hammer())
        gic.spis((1 << CONFIG.spis) - 1)
        each = 2 * LOOKS + 4
        cycles = await gic.until(lambda: gic.candidate() is not NONE)
        assert cycles <= SYNCHRONIZERS + 10 + each * CONFIG.rows
        stop.append(True)
        await hammering
        gic.spis(0)
        await gic.settle()
        await tick(dut, each * CONFIG.rows)
        for row in range(1, 1 + CONFIG.spi_rows):
            count = min(32, 32 + CONFIG.spis - 32 * row)
            assert await gic.read("ISPENDR", row) == (1 << count) - 1

    @cocotb.test()
    async def edges_are_caught_while_the_distributor_is_busy(dut):
        """A pulse of one cycle in any phase of transactions that keep the row's state busy."""
        gic = await begin(dut)
        await gic.enable(INTID, edge=True)
        row = INTID // 32
        for distance in range(24):
            writing = cocotb.start_soon(gic.write("CTLR", 3))
            await tick(dut, distance)
            await gic.pulse(INTID)
            await writing
            await gic.set_bit("ISENABLER", INTID)
            await gic.settle()
            await tick(dut, CONFIG.rows * CONFIG.cpus + 20)
            assert await gic.read("ISPENDR", row) == 1 << INTID % 32, distance
            assert (await gic.acknowledge()).intid == INTID
            await gic.deactivate(INTID)

    @cocotb.test()
    async def edges_of_one_row_are_caught_in_every_cycle_of_each_others_events(dut):
        gic = await begin(dut)
        other = SPIS[0]
        intid = other + 1 if CONFIG.spis > 1 else other
        for edge in {intid, other}:
            await gic.enable(edge, edge=True)
        for distance in range(1, 12):
            await gic.pulse(other)
            await tick(dut, distance)
            await gic.pulse(intid)
            await gic.settle()
            taken = {(await gic.acknowledge()).intid for _ in {intid, other}}
            assert taken == {intid, other}, distance
            for edge in taken:
                await gic.deactivate(edge)
