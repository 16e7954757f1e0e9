"""Lines, host and guest act at any moment, with no cycle of waiting between them.

The bench plays a host that forwards some interrupts to a guest, and the guest; devices raise their
lines whenever they like. Rules that hold whatever the timing:

- What is signalled can be acknowledged: nothing but an acknowledge takes it away here.
- Each rise of a line is followed by a delivery, and each delivery follows a rise: none is lost,
  none comes twice. (Rises of an edge-triggered line before its delivery are one.)
"""

import random

import cocotb
from cocotb.triggers import Event
from cocotb.utils import get_sim_time
from gic_peer import EOIMODE, GROUP0, begin, list_register

from amagic_sim.drivers import CLOCK_NS, tick

LAG = 12
"""A rise that is no older than this at a delivery may be the next one's."""

EDGES = {32: "host", 33: "guest", 40: "guest"}
LEVELS = {27: "guest", 30: "host", 41: "guest"}
ROUNDS = 60
REACH = 30
"""Cycles from a rise until it is signalled, at the most, when nothing else goes on."""


class Stage:
    """The devices, and what became of each interrupt."""

    def __init__(self, gic, chance):
        self.gic, self.chance = gic, chance
        self.rises = {intid: [] for intid in (*EDGES, *LEVELS)}
        self.taken = {intid: [] for intid in (*EDGES, *LEVELS)}
        self.levels = dict.fromkeys(LEVELS, 0)
        self.served = {intid: Event() for intid in LEVELS}
        self.left = len(self.rises)

    @property
    def cycle(self) -> int:
        return int(get_sim_time("ns")) // CLOCK_NS

    async def pause(self, least: int):
        """Dense times and sparse ones, so that the host is sometimes idle."""
        await tick(self.gic.dut, self.chance.randint(least, self.chance.choice((8, 60, 900))))

    async def edge_device(self, intid: int):
        for _ in range(ROUNDS):
            await self.pause(1)
            self.rises[intid].append(self.cycle)
            self.gic.drive(intid, 1)
            await tick(self.gic.dut, self.chance.randint(1, 3))
            self.gic.drive(intid, 0)
        self.left -= 1

    async def level_device(self, intid: int):
        """Holds its line until the handler has dealt with it."""
        for _ in range(ROUNDS):
            await self.pause(4)
            self.rises[intid].append(self.cycle)
            self.levels[intid] = 1
            self.served[intid].clear()
            self.gic.drive(intid, 1)
            await self.served[intid].wait()
        self.left -= 1

    def nothing_waits(self):
        """Nothing has been signalled for `REACH` cycles: every earlier rise was delivered."""
        for intid, rises in self.rises.items():
            taken = self.taken[intid] or [-1]
            late = [rise for rise in rises if taken[-1] < rise < self.cycle - REACH]
            assert not late, f"the rise of {intid} in cycle {late[0]} was lost"

    async def serve(self, intid: int):
        """What the handler of the interrupt does with its device."""
        if intid in LEVELS:
            assert self.levels[intid], f"interrupt {intid} without its line"
            self.gic.drive(intid, 0)
            await tick(self.gic.dut, 4)  # through the synchronizers, before the end of interrupt
            self.levels[intid] = 0
            self.served[intid].set()

    async def host(self):
        gic = self.gic
        intid = await gic.read("GICC_IAR")
        assert intid in self.rises, f"nIRQ was signalled, and IAR reads {intid}"
        self.taken[intid].append(self.cycle)
        if (EDGES | LEVELS)[intid] == "guest":
            await gic.write("GICC_EOIR", intid)
            empty = await gic.read("GICH_ELRSR0")
            assert empty, "four list registers for four interrupts"
            lr = (empty & -empty).bit_length() - 1
            await gic.write(f"GICH_LR{lr}", list_register(intid, pintid=intid))
        else:
            await self.serve(intid)
            for name in ("GICC_EOIR", "GICC_DIR"):
                await gic.write(name, intid)

    async def guest(self):
        gic = self.gic
        vintid = await gic.read("GICV_IAR")
        assert vintid in self.rises, f"nVIRQ was signalled, and IAR reads {vintid}"
        await self.serve(vintid)
        await gic.write("GICV_EOIR", vintid)


@cocotb.test()
@cocotb.parametrize(seed=[1, 2, 3])
async def whatever_the_timing_each_rise_is_delivered_once(dut, seed):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.enable_guest()
    chance = random.Random(seed)
    stage = Stage(gic, chance)
    for intid in stage.rises:
        await gic.configure(intid, edge=int(intid in EDGES), priority=chance.choice((0x40, 0x80)))
    for intid in stage.rises:
        device = stage.edge_device if intid in EDGES else stage.level_device
        cocotb.start_soon(device(intid))
    quiet = 0
    while stage.left or quiet < 2 * REACH:
        quiet += 1
        if gic.now("irq"):
            quiet = 0
            await stage.host()
        elif gic.now("virq"):
            quiet = 0
            await stage.guest()
        else:
            await tick(dut)
        if quiet > REACH:
            stage.nothing_waits()
    for intid, rises in stage.rises.items():
        taken = stage.taken[intid]
        assert len(rises) == ROUNDS
        assert taken[-1] > rises[-1], f"the last rise of {intid} was lost"
        if intid in LEVELS:
            assert len(taken) == ROUNDS, f"{intid}: {len(taken)} deliveries"
        for before, now in zip([0, *taken], taken, strict=False):
            assert any(before - LAG < rise < now for rise in rises), f"{intid} came twice"
        assert await gic.active(intid) == 0
        assert await gic.pending(intid) == 0
    assert await gic.read("GICC_RPR") == 0xFF
    assert await gic.read("GICH_APR") == 0
