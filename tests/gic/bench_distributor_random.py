"""Random streams of transactions: after each, the distributor agrees with the model."""

import os
import random

import cocotb
from distributor_peer import CONFIG, CPUS, INTERRUPTS, NONE, begin

from amagic.registers.gic import GICD
from amagic_sim.model import Identity, registers
from amagic_sim.model.distributor import Distributor
from amagic_sim.model.page import By, Page

STEPS = int(os.environ.get("STEPS", 800))
STATE = ("IGROUPR", "ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER",
         "IPRIORITYR", "ITARGETSR", "ICFGR", "SPENDSGIR", "CPENDSGIR", "NSACR")  # fmt: skip
NEAR = [0, 1, 7, 15, *INTERRUPTS]
"""A few interrupts that meet again and again: more would hardly ever meet."""


class Stream:
    """Does each step to the distributor and to the model."""

    def __init__(self, gic, chance: random.Random):
        self.gic, self.chance = gic, chance
        sizes = (CONFIG.cpus, CONFIG.spis, CONFIG.priority_bits)
        self.model = Distributor(*sizes, Identity(), int(CONFIG.security))
        self.page = Page((self.model, registers.GICD))

    def near(self) -> int:
        return self.chance.choice(NEAR)

    def cpu(self) -> int:
        return self.chance.choice(CPUS)

    def non_secure(self) -> bool:
        """The security state of an access; no access is Non-secure where there is one state."""
        return CONFIG.security and self.chance.random() < 0.5

    async def write(
        self, offset: int, value: int, cpu: int, size: int, *, non_secure: bool | None = None
    ) -> None:
        """A write in either security state, or in the one that is given."""
        non_secure = self.non_secure() if non_secure is None else non_secure
        self.page.write(offset, size, value, By(cpu, non_secure))
        await self.gic.frame.write(offset, value, cpu=cpu, size=size, secure=int(not non_secure))

    def register(self) -> tuple[int, int]:
        """A random register near an interrupt: the offset of a byte, and a size that fits."""
        name = self.chance.choice(STATE)
        intid = self.near()
        wide = {"IPRIORITYR": 1, "ITARGETSR": 1, "ICFGR": 4, "NSACR": 4}
        place = intid // wide.get(name, 8)
        if name.endswith("PENDSGIR"):
            place = self.chance.randrange(16)
        size = self.chance.choice((1, 2, 4))
        return GICD.by_name[name].offset + place // size * size, size

    def value(self, size: int) -> int:
        """Few bits or many, so that set and clear registers do both."""
        full = (1 << 8 * size) - 1
        value = self.chance.randint(0, full)
        return value & self.chance.randint(0, full) if self.chance.random() < 0.5 else value

    async def step_write(self):
        offset, size = self.register()
        await self.write(offset, self.value(size), self.cpu(), size)

    async def step_useful_write(self):
        """Enables, and targets somebody. A Secure write does so whatever the group is."""
        intid, cpu = self.near(), self.cpu()
        row = GICD.ISENABLER.at(intid // 32)
        await self.write(row, 1 << intid % 32, cpu, 4, non_secure=False)
        targets = self.chance.randint(1, (1 << CONFIG.cpus) - 1)
        await self.write(GICD.ITARGETSR.offset + intid, targets, cpu, 1, non_secure=False)

    async def step_control(self):
        await self.write(GICD.CTLR.offset, self.chance.choice((1, 2, 3, 3, 3)), self.cpu(), 4)

    async def step_sgi(self):
        number, cpu = self.chance.choice((0, 1, 7, 15)), self.cpu()
        targets, which = self.chance.randrange(256), self.chance.choice((0, 0, 1, 2, 3))
        value = GICD.SGIR.pack(SGIINTID=number, CPUTargetList=targets, TargetListFilter=which)
        value |= GICD.SGIR.pack(NSATT=self.chance.randrange(2))
        await self.write(GICD.SGIR.offset, value, cpu, 4)

    async def step_line(self):
        intid, cpu = self.chance.choice(INTERRUPTS), self.cpu()
        level = 1 - (self.model.bank(intid, cpu).level >> intid & 1)
        self.model.drive(intid, level, cpu)
        self.gic.line(intid, level, cpu)

    async def step_acknowledge(self):
        cpu = self.cpu()
        expected = self.model.candidate(cpu)
        if expected is not None:
            self.model.acknowledge(cpu, expected)
        assert offered(await self.gic.acknowledge(cpu)) == expected

    async def step_deactivate(self):
        cpu = self.cpu()
        active = [i for i in NEAR if self.model.bank(i, cpu).active >> i & 1] or NEAR
        intid = self.chance.choice(active)
        if self.chance.random() < 0.5:
            group1 = self.non_secure()
            if self.model.group(intid, cpu) or not group1:
                self.model.deactivate(intid, cpu)
            by_dir = self.chance.randrange(2)
            await self.gic.deactivate(intid, cpu, by_dir=by_dir, group1=group1)
        else:
            self.model.forwarded_deactivation(intid, cpu)
            await self.gic.forward(intid, cpu)

    async def check(self, with_registers: bool) -> None:
        await self.gic.settle()
        for cpu in CPUS:
            expected = self.model.candidate(cpu)
            seen = self.gic.candidate(cpu)
            # The source of an SGI is exact in a look alone.
            assert offered(seen)[:3] == expected[:3] if expected else seen is NONE
        cpu = self.cpu()
        assert offered(await self.gic.look(cpu)) == self.model.candidate(cpu)
        if with_registers:
            offset, size = self.register()
            offset &= ~3
            non_secure = self.non_secure()
            value = await self.gic.frame.read(offset, cpu=cpu, secure=int(not non_secure))
            assert value == self.page.read(offset, 4, By(cpu, non_secure)), f"{offset:#x}"


def offered(offer):
    return None if offer is NONE else (offer.intid, offer.priority, offer.group, offer.cpuid)


@cocotb.test()
async def random_transactions_one_by_one(dut):
    chance = random.Random(int(os.environ.get("SEED", 1)))
    stream = Stream(await begin(dut, ctlr=0), chance)
    await stream.step_control()
    steps = [
        (stream.step_line, 8),
        (stream.step_acknowledge, 6),
        (stream.step_deactivate, 5),
        (stream.step_useful_write, 4),
        (stream.step_sgi, 3),
        (stream.step_write, 5),
        (stream.step_control, 1),
    ]
    acknowledged = 0
    for _ in range(STEPS):
        step = chance.choices([s for s, _ in steps], [weight for _, weight in steps])[0]
        if step == stream.step_acknowledge:
            acknowledged += any(stream.model.candidate(cpu) for cpu in CPUS)
        await step()
        await stream.check(with_registers=True)
    dut._log.info("%d acknowledges with something to acknowledge", acknowledged)
    assert acknowledged > STEPS // 20, "the stream hardly ever had something to acknowledge"
