"""Random streams of what software and devices do: after each step the GIC agrees with the model.

The streams follow the state, so that interrupts really happen: what is acknowledged is ended, what
is active is forwarded, list registers are filled when they are empty.
"""

import os
import random

import cocotb
from gic_peer import CONFIG, EOIMODE, FRAMES, OUTPUTS, Gic, list_register

from amagic.registers import GICD, GICH
from amagic_sim.drivers import start
from amagic_sim.model import Model
from amagic_sim.replay.operation import Access, Drive, ScriptConfig

STEPS = int(os.environ.get("STEPS", 1000))
SEEDS = [int(seed) for seed in os.environ.get("SEED", "1 2").split()]
CPUS = range(CONFIG.cpus)
SGIS = [0, 3]
LINES = [25, 27, 30, 32, 33, 40, 31 + CONFIG.spis]
PRIORITIES = [0x20, 0x40, 0x60, 0x80, 0xA0, *[0xC0] * CONFIG.security]
READ = {
    "GICC": ["CTLR", "PMR", "BPR", "ABPR", "RPR", "APR", "NSAPR", "HPPIR", "AHPPIR"],
    "GICV": ["CTLR", "PMR", "BPR", "ABPR", "RPR", "APR", "HPPIR", "AHPPIR"],
    "GICH": ["HCR", "VMCR", "MISR", "EISR", "ELRSR", "APR", "LR"],
}


class Stream:
    """Does each step to the GIC and to the model."""

    def __init__(self, dut, chance: random.Random):
        self.gic, self.chance = Gic(dut), chance
        names = ("cpus", "spis", "lrs", "priority_bits")
        sizes = {name: getattr(CONFIG, name) for name in names}
        self.model = Model(ScriptConfig(**sizes, security=int(CONFIG.security)))
        self.secure = int(CONFIG.security)
        self.levels: dict[tuple[int, int], int] = {}
        self.running = {(frame, cpu): [] for frame in ("GICC", "GICV") for cpu in CPUS}
        self.dropped = {(frame, cpu): [] for frame in ("GICC", "GICV") for cpu in CPUS}
        self.log: list[str] = []
        self.count: dict[str, int] = {}

    async def read(self, frame: str, name: str, cpu: int, index: int = 0) -> int:
        expected = self.expected(frame, name, index, cpu)
        state = ("Non-secure", "Secure")[self.secure]
        self.log.append(f"{frame}_{name}{index} of CPU {cpu} reads {expected:#x}, {state}")
        got = await self.gic.read(f"{frame}_{name}{index}", cpu, secure=self.secure)
        assert got == expected, self.tell(f"it reads {got:#x}")
        return got

    async def write(self, frame: str, name: str, value: int, cpu: int, index: int = 0) -> None:
        state = ("Non-secure", "Secure")[self.secure]
        self.log.append(f"{frame}_{name}{index} = {value:#x} by CPU {cpu}, {state}")
        self.model.do(self.access(cpu, frame, name, index, value))
        await self.gic.write(f"{frame}_{name}{index}", value, cpu, secure=self.secure)

    def expected(self, frame: str, name: str, index: int, cpu: int) -> int:
        """What the model reads, with what the read does."""
        return self.model.do(self.access(cpu, frame, name, index)).value

    def access(self, cpu: int, frame: str, name: str, index: int, value: int | None = None):
        offset = FRAMES[frame].by_name[name].at(index)
        return Access(cpu, frame, offset, value=value, secure=self.secure)

    def tell(self, what: str) -> str:
        return what + "\n" + "\n".join(self.log[-25:])

    async def check(self) -> None:
        """Every output, once everything has settled."""
        await self.gic.settle()
        for cpu in CPUS:
            for name, level in zip(OUTPUTS, self.model.outputs[cpu], strict=True):
                assert self.gic.now(name, cpu) == level, self.tell(f"{name} of CPU {cpu}")

    def one(self, *choices):
        return self.chance.choice(choices)

    def cpu(self) -> int:
        return self.chance.choice(CPUS)

    def interface(self, wanted=lambda frame, cpu: True) -> tuple[str, int]:
        """A CPU's GICC or GICV; mostly one that is wanted, if there is any."""
        every = [(frame, cpu) for frame in ("GICC", "GICV") for cpu in CPUS]
        good = [key for key in every if wanted(*key)]
        return self.one(*(good if good and self.chance.random() < 0.8 else every))

    def signalled(self, frame: str, cpu: int) -> bool:
        outputs = self.model.outputs[cpu]
        return any(outputs[:2] if frame == "GICC" else outputs[2:4])

    # Steps

    async def line(self):
        intid, cpu = self.one(*LINES), self.cpu()
        key = (intid, cpu if intid < 32 else 0)
        self.levels[key] = 1 - self.levels.get(key, 0)
        self.log.append(f"line {intid} of CPU {key[1]} is {self.levels[key]}")
        self.model.do(Drive(key[1], intid, self.levels[key]))
        self.gic.drive(intid, self.levels[key], key[1])

    async def sgi(self):
        value = GICD.SGIR.pack(
            SGIINTID=self.one(*SGIS),
            CPUTargetList=self.chance.randrange(1 << CONFIG.cpus),
            TargetListFilter=self.one(0, 1, 2),
        )
        await self.write("GICD", "SGIR", value, self.cpu())

    async def configure(self):
        await self.set_up(self.one(*SGIS, *LINES), self.cpu())

    async def set_up(self, intid: int, cpu: int):
        place = 8 * (intid % 4)
        for name, values in (("IPRIORITYR", PRIORITIES), ("ITARGETSR", [1, 2, 3])):
            word = self.expected("GICD", name, intid // 4, cpu)
            word = word & ~(0xFF << place) | self.one(*values) << place
            await self.write("GICD", name, word, cpu, intid // 4)
        word = self.expected("GICD", "IGROUPR", intid // 32, cpu)
        bit = 1 << intid % 32
        word = self.one(word | bit, word & ~bit, word & ~bit)
        await self.write("GICD", "IGROUPR", word, cpu, intid // 32)
        word = self.expected("GICD", "ICFGR", intid // 16, cpu)
        bit = 2 << 2 * (intid % 16)
        await self.write("GICD", "ICFGR", self.one(word | bit, word & ~bit), cpu, intid // 16)
        await self.write("GICD", "ISENABLER", 1 << intid % 32, cpu, intid // 32)

    async def set_or_clear(self):
        name = self.one("ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER")
        intid = self.one(*SGIS, *LINES)
        await self.write("GICD", name, 1 << intid % 32, self.cpu(), intid // 32)

    async def distributor_control(self):
        await self.write("GICD", "CTLR", self.one(0, 1, 2, 3, 3, 3, 3, 3), self.cpu())

    async def interface_control(self):
        frame, cpu = self.interface()
        name, value = self.one(
            (
                "CTLR",
                self.one(1, 2, 3, 3, 3, 3) | self.chance.randrange(8) << 2 | self.one(0, 0x200),
            ),
            ("PMR", self.one(0x50, 0x90, 0xF8, 0xF8, 0xF8)),
            ("BPR", self.chance.randrange(8)),
            ("ABPR", self.chance.randrange(8)),
        )
        await self.write(frame, name, value, cpu)

    async def acknowledge(self):
        frame, cpu = self.interface(self.signalled)
        model = self.model.gicc if frame == "GICC" else self.model.gicv
        candidate = model[cpu].source.candidate()
        fitting = "AIAR" if candidate is not None and candidate.group else "IAR"
        value = await self.read(frame, self.one(fitting, fitting, "IAR", "AIAR"), cpu)
        if value & 0x3FF < 1020:
            self.running[frame, cpu].append(value)
            self.count[f"{frame} acknowledges"] = self.count.get(f"{frame} acknowledges", 0) + 1

    async def end(self):
        frame, cpu = self.interface(lambda *key: bool(self.running[key]))
        running = self.running[frame, cpu]
        if running and self.chance.random() < 0.9:
            value = running.pop()
            self.dropped[frame, cpu].append(value)
        else:
            value = self.one(50, 999, 1020, 1023)
        await self.write(frame, self.one("EOIR", "EOIR", "AEOIR"), value, cpu)

    async def deactivate(self):
        frame, cpu = self.interface(lambda *key: bool(self.dropped[key]))
        dropped = self.dropped[frame, cpu]
        value = dropped.pop(self.chance.randrange(len(dropped))) if dropped else 50
        # Any CPU may deactivate an SPI.
        actor = self.cpu() if frame == "GICC" and 32 <= value & 0x3FF < 1020 else cpu
        await self.write(frame, "DIR", value, actor)

    async def inject(self):
        cpu = self.cpu()
        lrs = self.model.gich[cpu].lrs.words
        held = {word & 0x3FF for word in lrs if word >> 28 & 3}
        empty = [i for i, word in enumerate(lrs) if not word >> 28 & 3]
        vintid = self.one(*(i for i in (3, 27, 30, 50, 51, 60) if i not in held), 70)
        if not empty or vintid in held:
            return
        fields = {"priority": self.one(*PRIORITIES), "Grp1": self.one(0, 0, 1)}
        if vintid < 16:
            fields |= {"cpuid": self.one(0, 1, 7), "eoi": self.one(0, 1)}
        elif self.chance.random() < 0.6:
            fields["pintid"] = self.one(*(v & 0x3FF for v in self.dropped["GICC", cpu]), *LINES)
            self.count["forwards"] = self.count.get("forwards", 0) + 1
        else:
            fields["eoi"] = self.one(0, 1)
        value = list_register(vintid, state=self.one(1, 1, 1, 2), **fields)
        await self.write("GICH", "LR", value, cpu, self.one(*empty))

    async def withdraw(self):
        await self.write("GICH", "LR", 0, self.cpu(), self.chance.randrange(CONFIG.lrs))

    async def hypervisor_control(self):
        cpu = self.cpu()
        enables = self.chance.randrange(128) & self.chance.randrange(128)
        value = self.one(
            ("HCR", self.one(0, 1, 1, 1, 1) | enables << 1),
            (
                "VMCR",
                self.expected("GICH", "VMCR", 0, cpu)
                ^ 1 << self.one(0, 1, 2, 3, 4, 9, 18, 21, 27, 31),
            ),
            ("APR", self.one(0, 1 << self.chance.randrange(32))),
        )
        await self.write("GICH", *value, cpu)

    async def look(self):
        frame, cpu = self.one(*READ), self.cpu()
        name = self.one(*READ[frame])
        index = self.chance.randrange(min(CONFIG.lrs, 4)) if name == "LR" else 0
        await self.read(frame, name, cpu, index)

    async def look_at_distributor(self):
        name = self.one("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER", "IPRIORITYR")
        intid = self.one(*SGIS, *LINES)
        index = intid // (4 if name == "IPRIORITYR" else 32)
        await self.read("GICD", name, self.cpu(), index)

    async def recover(self):
        """What a stream that has come to a stop needs: no active priority, all enabled."""
        for cpu in CPUS:
            for lr in range(CONFIG.lrs):
                await self.write("GICH", "LR", 0, cpu, lr)
            for frame in ("GICC", "GICV"):
                self.running[frame, cpu].clear()
                await self.write(frame, "APR", 0, cpu)
                await self.write(frame, "CTLR", 3 | self.one(0, EOIMODE), cpu)
                await self.write(frame, "PMR", 0xF8, cpu)
                await self.write(frame, "BPR", self.one(0, 0, 4), cpu)
                await self.write(frame, "ABPR", self.one(0, 0, 5), cpu)
            await self.write("GICC", "NSAPR", 0, cpu)
            await self.write("GICH", "HCR", GICH.HCR.pack(En=1), cpu)
            for row in range(2):
                await self.write("GICD", "ICACTIVER", 0xFFFFFFFF, cpu, row)
        for intid in self.chance.sample(LINES, 3):
            await self.set_up(intid, self.cpu())
        await self.write("GICD", "CTLR", 3, 0)


WEIGHTS = {
    Stream.line: 14,
    Stream.sgi: 6,
    Stream.configure: 5,
    Stream.set_or_clear: 6,
    Stream.distributor_control: 1,
    Stream.interface_control: 4,
    Stream.acknowledge: 22,
    Stream.end: 22,
    Stream.deactivate: 7,
    Stream.inject: 12,
    Stream.withdraw: 1,
    Stream.hypervisor_control: 3,
    Stream.look: 10,
    Stream.look_at_distributor: 4,
}


@cocotb.test()
@cocotb.parametrize(seed=SEEDS)
async def the_gic_agrees_with_the_model_after_each_step_of_a_random_stream(dut, seed):
    await start(dut)
    stream = Stream(dut, random.Random(seed))
    for step in range(STEPS):
        if step % 60 == 0:
            stream.secure = int(CONFIG.security)
            await stream.recover()
        if CONFIG.security:
            stream.secure = stream.chance.randrange(2)
        action = stream.chance.choices(list(WEIGHTS), WEIGHTS.values())[0]
        await action(stream)
        await stream.check()
    dut._log.info(f"{STEPS} steps: {stream.count}")
    for name in ("GICC acknowledges", "GICV acknowledges", "forwards"):
        assert stream.count.get(name, 0) >= STEPS // 40, "the stream does not do its work"
