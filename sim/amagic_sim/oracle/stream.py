"""A stream of operations for the oracle: interrupts that really happen, on every CPU.

It is driven by state. A reference performs each operation as it is made, so that what is read and
signalled decides what comes next: a CPU that is interrupted acknowledges, what was acknowledged is
completed in order, or handed to a guest through a list register, and the guest ends it.

It stays clear of what the table of divergences says QEMU's GIC does otherwise and does not get
over: an SPI has one target, which acknowledges and ends it, and stays where it is while it is
pending; both groups are on; a private interrupt is made pending by its line or as an SGI.
"""

import random
from collections.abc import Callable

from ..model import Model
from ..replay.operation import Access, Answer, Drive, Operation, Outputs, Pulse, ScriptConfig

__all__ = ["VERSION", "Stream", "make_stream"]

VERSION = 1
"""Of this generator: a recorded vector names it."""

GROUPS, ACK_CTL, FIQ_EN, CBPR, EOI_MODE = 3, 4, 8, 0x10, 0x200
CTLR, PMR, BPR, IAR, EOIR, RPR, HPPIR, ABPR, DIR = 0, 4, 8, 0xC, 0x10, 0x14, 0x18, 0x1C, 0x1000
HCR, VTR, VMCR, MISR, EISR, ELRSR, APR, LR = 0, 4, 8, 0x10, 0x20, 0x30, 0xF0, 0x100
GICC_APR, GICC_NSAPR = 0xD0, 0xE0
IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR = 0x80, 0x100, 0x180, 0x200, 0x280
ISACTIVER, IPRIORITYR, ITARGETSR, ICFGR = 0x300, 0x400, 0x800, 0xC00
SGIR, CPENDSGIR, SPENDSGIR = 0xF00, 0xF10, 0xF20
LRS = 4
WRONG_GROUP = 1022
PPIS = (16, 20, 24, 28, 31)
"""PPIs that the virt machine has no device for."""
LEVELS = (0x20, 0x40, 0x48, 0x60, 0x80, 0xA0, 0xA8, 0xC0)
DEEPEST = 4
"""How many interrupts a CPU, or a guest, lets nest."""


class Stream:
    """The operations, and the reference's answer to each."""

    def __init__(self, config: ScriptConfig):
        self.config = config
        self.operations: list[Operation] = []
        self.answers: list[Answer] = []
        self.acknowledged = 0
        """Acknowledges of real interrupts, physical and virtual."""


class _Maker:
    def __init__(self, config: ScriptConfig, seed: int, do: Callable[[Operation], Answer]):
        self.config, self.do = config, do
        self.rng = random.Random(f"{seed} {config}")
        self.stream = Stream(config)
        self.outputs = (Outputs(),) * config.cpus
        cpus = range(config.cpus)
        self.running: list[list[int]] = [[] for _ in cpus]
        """What each CPU acknowledged and has not dropped, as IAR returned it."""
        self.dropped: list[list[int]] = [[] for _ in cpus]
        """What it dropped and did not deactivate."""
        self.guest: list[list[int]] = [[] for _ in cpus]
        self.guest_dropped: list[list[int]] = [[] for _ in cpus]
        self.ctlr, self.vctlr = [0] * config.cpus, [0] * config.cpus
        self.levels: dict[tuple[int, int], int] = {}
        spis = self.rng.sample(range(32, 32 + config.spis), min(config.spis, 10))
        edges = {32, 31 + config.spis} if config.spis else set()
        self.spis = sorted({*spis, *edges})
        self.target = {spi: self.rng.randrange(config.cpus) for spi in self.spis}
        self.edge = {spi for spi in self.spis if self.rng.random() < 0.4}
        self.virtual_ids: list[list[int | None]] = [[None] * LRS for _ in cpus]
        """What each list register holds, as far as it is known."""

    # Operations

    def op(self, operation: Operation) -> int | None:
        answer = self.do(operation)
        self.stream.operations.append(operation)
        self.stream.answers.append(answer)
        self.outputs = answer.outputs
        return answer.value

    def w(self, cpu: int, frame: str, offset: int, value: int, size: int = 4) -> None:
        self.op(Access(cpu, frame, offset, size, value))

    def r(self, cpu: int, frame: str, offset: int, size: int = 4) -> int:
        return self.op(Access(cpu, frame, offset, size))

    def drive(self, cpu: int, intid: int, level: int) -> None:
        cpu = cpu if intid < 32 else 0
        self.levels[cpu, intid] = level
        self.op(Drive(cpu, intid, level))

    def bit(self, cpu: int, register: int, intid: int) -> None:
        """Write 1 for one interrupt, by an access of any size."""
        size = self.rng.choice((1, 2, 4))
        place = intid // 8 // size * size
        self.w(cpu, "GICD", register + place, 1 << intid - 8 * place, size)

    # What the interrupts are

    def prepare(self) -> None:
        rng, config = self.rng, self.config
        for cpu in range(config.cpus):
            self.control(cpu)
            self.w(cpu, "GICC", PMR, rng.choice((0xF0, 0xF8, 0xB0)))
            for intid in (*range(16), *PPIS):
                self.w(cpu, "GICD", IPRIORITYR + intid, rng.choice(LEVELS), 1)
            self.w(cpu, "GICD", IGROUPR, rng.getrandbits(32))
            self.w(cpu, "GICD", ISENABLER, sum(1 << intid for intid in PPIS))
            self.virtual_control(cpu)
        for spi in self.spis:
            self.shape(spi)
            self.bit(0, ISENABLER, spi)
        self.w(0, "GICD", CTLR, GROUPS)

    def shape(self, spi: int) -> None:
        """Priority, target, trigger and group of an SPI that is inactive and not pending."""
        rng = self.rng
        self.w(0, "GICD", IPRIORITYR + spi, rng.choice(LEVELS), 1)
        self.w(0, "GICD", ITARGETSR + spi, 1 << self.target[spi], 1)
        row = spi // 16 * 16
        edges = sum(2 << 2 * (each - row) for each in self.edge if row <= each < row + 16)
        self.w(0, "GICD", ICFGR + spi // 16 * 4, edges)
        self.w(0, "GICD", IGROUPR + spi // 8, rng.getrandbits(8), 1)

    def control(self, cpu: int) -> None:
        """GICC_CTLR and the binary points, while nothing is active."""
        rng = self.rng
        self.ctlr[cpu] = GROUPS | rng.choice((0, ACK_CTL, ACK_CTL, ACK_CTL))
        self.ctlr[cpu] |= rng.choice((0, FIQ_EN)) | rng.choice((0, CBPR))
        self.ctlr[cpu] |= rng.choice((0, EOI_MODE))
        self.w(cpu, "GICC", CTLR, self.ctlr[cpu])
        point = rng.randrange(7)
        # The same mask for both groups: see `preemption-mask` in the table.
        self.w(cpu, "GICC", BPR, point)
        self.w(cpu, "GICC", ABPR, point + 1)

    def virtual_control(self, cpu: int) -> None:
        rng = self.rng
        self.vctlr[cpu] = GROUPS | rng.choice((0, ACK_CTL, ACK_CTL, ACK_CTL))
        self.vctlr[cpu] |= rng.choice((0, FIQ_EN)) | rng.choice((0, CBPR))
        self.vctlr[cpu] |= rng.choice((0, EOI_MODE))
        point = rng.randrange(2, 7)
        pmr = rng.choice((0xF0, 0xF8, 0xB0))
        if rng.random() < 0.5:
            word = pmr >> 3 << 27 | point << 21 | point + 1 << 18 | self.vctlr[cpu]
            self.w(cpu, "GICH", VMCR, word)
        else:
            for offset, value in ((CTLR, self.vctlr[cpu]), (PMR, pmr), (BPR, point)):
                self.w(cpu, "GICV", offset, value)
            self.w(cpu, "GICV", ABPR, point + 1)
        self.w(cpu, "GICH", HCR, 1 | rng.choice((0, 0, rng.getrandbits(8) & 0xFE)))

    # What happens

    def raise_one(self, cpu: int) -> None:
        rng = self.rng
        kind = rng.randrange(4 if self.spis else 2)
        if kind == 0:
            target = rng.choice((1 << rng.randrange(8), rng.getrandbits(8)))
            self.w(cpu, "GICD", SGIR, rng.randrange(3) << 24 | target << 16 | rng.randrange(16))
            return
        if kind == 1:
            self.drive(cpu, rng.choice(PPIS), 1)
            return
        spi = rng.choice(self.spis)
        if kind == 2:
            self.bit(cpu, ISPENDR, spi)
        elif spi in self.edge or rng.random() < 0.2:
            self.op(Pulse(0, spi))
        else:
            self.drive(0, spi, 1)

    def lower_one(self, cpu: int) -> None:
        high = [place for place, level in self.levels.items() if level]
        if high:
            self.drive(*self.rng.choice(high), 0)

    def acknowledge(self, cpu: int) -> None:
        value = self.r(cpu, "GICC", IAR)
        if value == WRONG_GROUP:
            self.ctlr[cpu] |= ACK_CTL
            self.w(cpu, "GICC", CTLR, self.ctlr[cpu])
        elif value & 0x3FF < 1020:
            self.stream.acknowledged += 1
            self.running[cpu].append(value)
            intid = value & 0x3FF
            if self.levels.get((cpu if intid < 32 else 0, intid)) and self.rng.random() < 0.8:
                self.drive(cpu, intid, 0)

    def complete(self, cpu: int) -> None:
        """Drop the priority of what was acknowledged last; deactivate it, or leave that open."""
        if not self.running[cpu]:
            return
        value = self.running[cpu].pop()
        self.w(cpu, "GICC", EOIR, value)
        if self.ctlr[cpu] & EOI_MODE:
            self.dropped[cpu].append(value)
            if self.rng.random() < 0.6:
                self.hand_over(cpu)

    def hand_over(self, cpu: int) -> None:
        """Deactivate, or have a guest do it through a list register with the HW bit."""
        if not self.dropped[cpu]:
            return
        rng = self.rng
        value = self.dropped[cpu].pop(rng.randrange(len(self.dropped[cpu])))
        intid = value & 0x3FF
        free = None if intid < 16 or rng.random() < 0.4 else self.free_lr(cpu)
        virtual = intid if rng.random() < 0.7 else 32 + rng.randrange(32)
        if free is None or virtual in self.virtual_ids[cpu]:
            self.w(cpu, "GICC", DIR, value)
            return
        state = rng.choice((1, 1, 1, 2))
        group, priority = rng.randrange(2), rng.choice(LEVELS) >> 3
        word = 1 << 31 | group << 30 | state << 28 | priority << 23 | intid << 10 | virtual
        self.fill_lr(cpu, free, word)
        if state == 2:  # as if acknowledged before a switch; its end does not drop a priority
            self.guest_dropped[cpu].append(virtual)

    def lr_words(self, cpu: int) -> list[int]:
        return [self.r(cpu, "GICH", LR + 4 * n) for n in range(LRS)]

    def free_lr(self, cpu: int) -> int | None:
        """An empty list register; `virtual_ids` are those of the others."""
        empty = self.r(cpu, "GICH", ELRSR)
        ids = enumerate(self.virtual_ids[cpu])
        self.virtual_ids[cpu] = [None if empty >> n & 1 else virtual for n, virtual in ids]
        return next((n for n in range(LRS) if empty >> n & 1), None)

    def fill_lr(self, cpu: int, n: int, word: int) -> None:
        self.w(cpu, "GICH", LR + 4 * n, word)
        self.virtual_ids[cpu][n] = word & 0x3FF

    def inject(self, cpu: int) -> None:
        """A virtual interrupt that is the hypervisor's own."""
        rng = self.rng
        free = self.free_lr(cpu)
        if free is None:
            return
        virtual = rng.choice((rng.randrange(16), 16 + rng.randrange(16), 100 + rng.randrange(4)))
        if virtual in self.virtual_ids[cpu]:
            return
        word = rng.randrange(2) << 30 | 1 << 28 | rng.choice(LEVELS) >> 3 << 23 | virtual
        word |= rng.randrange(2) << 19
        if virtual < 16:
            word |= rng.randrange(8) << 10
        self.fill_lr(cpu, free, word)

    def clear_ended(self, cpu: int) -> None:
        """Take what ended out of the list registers, as after a maintenance interrupt."""
        ended = self.r(cpu, "GICH", EISR)
        for n in range(LRS):
            if ended >> n & 1:
                self.w(cpu, "GICH", LR + 4 * n, 0)

    def guest_acknowledge(self, cpu: int) -> None:
        value = self.r(cpu, "GICV", IAR)
        if value & 0x3FF < 1020:
            self.stream.acknowledged += 1
            self.guest[cpu].append(value)
        elif value == WRONG_GROUP:
            self.vctlr[cpu] |= ACK_CTL
            self.w(cpu, "GICV", CTLR, self.vctlr[cpu])

    def guest_complete(self, cpu: int) -> None:
        if self.guest[cpu]:
            value = self.guest[cpu].pop()
            self.w(cpu, "GICV", EOIR, value)
            if self.vctlr[cpu] & EOI_MODE:
                self.guest_dropped[cpu].append(value)
        if self.guest_dropped[cpu] and self.vctlr[cpu] & EOI_MODE and self.rng.random() < 0.6:
            place = self.rng.randrange(len(self.guest_dropped[cpu]))
            self.w(cpu, "GICV", DIR, self.guest_dropped[cpu].pop(place))

    def switch(self, cpu: int) -> None:
        """Save a world and bring it back: what KVM does around a change of virtual CPUs."""
        saved = [(offset, self.r(cpu, "GICH", offset)) for offset in (VMCR, APR)]
        saved += [(LR + 4 * n, word) for n, word in enumerate(self.lr_words(cpu))]
        hcr = self.r(cpu, "GICH", HCR)
        self.w(cpu, "GICH", HCR, 0)
        for offset, _ in saved:
            self.w(cpu, "GICH", offset, 0)
        self.look(cpu)
        for offset, value in saved:
            self.w(cpu, "GICH", offset, value)
        self.w(cpu, "GICH", HCR, hcr)

    def tune(self, cpu: int) -> None:
        rng = self.rng
        kind = rng.randrange(7)
        idle = not self.running[cpu] and not self.dropped[cpu]
        if kind == 0 and idle:
            self.control(cpu)
        elif kind == 1:
            self.w(cpu, "GICC", PMR, rng.choice((0xF0, 0xF8, 0xB0, 0x60)))
        elif kind == 2 and not self.guest[cpu] and not self.guest_dropped[cpu]:
            self.virtual_control(cpu)
        elif kind == 3 and self.spis:
            spi = rng.choice(self.spis)
            self.bit(cpu, ICENABLER, spi)
            self.look(cpu)
            self.bit(cpu, ISENABLER, spi)
        elif kind == 4 and self.spis:
            self.bit(cpu, ICPENDR, rng.choice(self.spis))
        elif kind == 5:
            self.w(cpu, "GICD", SPENDSGIR + rng.randrange(16), 1 << rng.randrange(8), 1)
        elif kind == 6:
            self.w(cpu, "GICD", CPENDSGIR + 4 * rng.randrange(4), rng.getrandbits(32))

    def look(self, cpu: int) -> None:
        """Read something."""
        rng = self.rng
        intid = rng.choice((*range(0, 32, 4), *self.spis))
        size = rng.choice((1, 2, 4))
        aligned = rng.choice((1, 2, 4))
        vector = rng.choice((IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, 0x380))
        byte = rng.choice((IPRIORITYR, ITARGETSR))
        choices = (
            ("GICC", rng.choice((CTLR, PMR, BPR, RPR, HPPIR, HPPIR, ABPR)), 4),
            ("GICC", rng.choice((GICC_APR, GICC_NSAPR)) + 4 * rng.randrange(4), 4),
            ("GICV", rng.choice((CTLR, PMR, BPR, RPR, HPPIR, ABPR, 0xD0)), 4),
            ("GICH", rng.choice((HCR, VTR, VMCR, MISR, EISR, ELRSR, APR)), 4),
            ("GICH", LR + 4 * rng.randrange(LRS), 4),
            ("GICD", vector + intid // 8 // aligned * aligned, aligned),
            ("GICD", byte + intid // size * size, size),
            ("GICD", ICFGR + intid // 16 * 4, 4),
            ("GICD", rng.choice((CTLR, SPENDSGIR, CPENDSGIR, SPENDSGIR + 8)), 4),
        )
        self.r(cpu, *rng.choice(choices))

    def step(self) -> None:
        rng = self.rng
        cpus = range(self.config.cpus)
        interrupted = [cpu for cpu in cpus if any(self.outputs[cpu][:4])]
        cpu = rng.choice(interrupted if interrupted and rng.random() < 0.6 else cpus)
        lines = self.outputs[cpu]
        chance = rng.random()
        if chance < 0.12:
            self.look(cpu)
        elif chance < 0.15:
            self.tune(cpu)
        elif chance < 0.16:
            self.switch(cpu)
        elif lines.maint and chance < 0.3:
            self.clear_ended(cpu)
        elif (lines.nirq or lines.nfiq) and chance < 0.65 and len(self.running[cpu]) < DEEPEST:
            self.acknowledge(cpu)
        elif (lines.nvirq or lines.nvfiq) and chance < 0.85 and len(self.guest[cpu]) < DEEPEST:
            self.guest_acknowledge(cpu)
        else:
            actions = (self.raise_one, self.lower_one, self.complete, self.complete)
            actions += (self.hand_over, self.guest_complete, self.guest_complete, self.inject)
            rng.choice((*actions, self.raise_one))(cpu)


def make_stream(config: ScriptConfig, seed: int, count: int) -> Stream:
    """At least ``count`` operations on a GIC, the same ones for the same arguments."""
    maker = _Maker(config, seed, Model(config).do)
    maker.prepare()
    while len(maker.stream.operations) < count:
        maker.step()
    return maker.stream
