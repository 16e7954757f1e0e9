"""A model of the distributor, without time: each call is one transaction, done at once.

It is written from the rules, interrupt by interrupt, and shares nothing with the RTL but the
configuration and the registers' places.
"""

from dataclasses import dataclass, field

from amagic.gic.config import GicConfig
from amagic.registers.gic import GICD


@dataclass
class Interrupt:
    """One interrupt; an SGI or PPI of one CPU."""

    intid: int
    cpu: int = 0
    group: int = 0
    enabled: int = 0
    edge: int = 0
    latch: int = 0
    active: int = 0
    priority: int = 0
    targets: int = 0
    level: int = 0
    sources: set = field(default_factory=set)

    @property
    def pending(self) -> int:
        if self.intid < 16:
            return int(bool(self.sources))
        return self.latch | (self.level & (1 - self.edge))


class DistributorModel:
    """GICD, the lines, acknowledges and deactivations."""

    def __init__(self, config: GicConfig):
        self.config = config
        self.enable = 0
        self.banked = [
            [Interrupt(i, cpu, enabled=int(i < 16), edge=int(i < 16)) for i in range(32)]
            for cpu in range(config.cpus)
        ]
        self.spis = [Interrupt(32 + i) for i in range(config.spis)]

    def find(self, intid: int, cpu: int) -> Interrupt | None:
        if intid < 32:
            return self.banked[cpu][intid]
        return self.spis[intid - 32] if intid - 32 < len(self.spis) else None

    def line(self, intid: int, level: int, cpu: int) -> None:
        interrupt = self.find(intid, cpu)
        if level and not interrupt.level and interrupt.edge:
            interrupt.latch = 1
        interrupt.level = level

    def candidate(self, cpu: int) -> tuple[int, int, int, int] | None:
        """INTID, priority, group and source."""
        best = None
        for interrupt in (*self.banked[cpu], *self.spis):
            targeted = interrupt.intid < 32 or self.config.cpus == 1 or interrupt.targets >> cpu & 1
            ready = interrupt.pending and interrupt.enabled and not interrupt.active
            if ready and targeted and self.enable >> interrupt.group & 1:
                if best is None or interrupt.priority < best.priority:
                    best = interrupt
        if best is None:
            return None
        return best.intid, best.priority, best.group, min(best.sources, default=0)

    def acknowledge(self, cpu: int) -> tuple[int, int, int, int] | None:
        found = self.candidate(cpu)
        if found is not None:
            interrupt = self.find(found[0], cpu)
            interrupt.active, interrupt.latch = 1, 0
            interrupt.sources.discard(found[3])
        return found

    def deactivate(self, intid: int, cpu: int, lowest: int = 0) -> None:
        interrupt = self.find(intid, cpu)
        if interrupt is not None and intid >= lowest:
            interrupt.active = 0

    def write(self, offset: int, value: int, cpu: int) -> None:
        """A byte. The bytes of a word are independent of each other, but for GICD_SGIR."""
        name, place = self._locate(offset)
        if name == "CTLR" and place == 0:
            self.enable = value & 3
        elif name in ("SPENDSGIR", "CPENDSGIR"):
            sources = {c for c in range(self.config.cpus) if value >> c & 1}
            target = self.banked[cpu][place].sources
            (target.update if name[0] == "S" else target.difference_update)(sources)
        elif name in ("IPRIORITYR", "ITARGETSR"):
            interrupt = self.find(place, cpu)
            if interrupt is not None and name == "IPRIORITYR":
                interrupt.priority = value & self.config.priority_mask
            elif interrupt is not None and place >= 32 and self.config.cpus > 1:
                interrupt.targets = value & (1 << self.config.cpus) - 1
        elif name == "ICFGR":
            for bit in range(4):
                interrupt = self.find(4 * place + bit, cpu)
                if interrupt is not None and interrupt.intid >= 32:
                    interrupt.edge = value >> 2 * bit + 1 & 1
        elif name is not None:
            for bit in range(8):
                interrupt = self.find(8 * place + bit, cpu)
                if interrupt is not None:
                    self._write_bit(name, interrupt, value >> bit & 1)

    @staticmethod
    def _write_bit(name: str, interrupt: Interrupt, bit: int) -> None:
        sgi = interrupt.intid < 16
        if name == "IGROUPR":
            interrupt.group = bit
        elif bit and name in ("ISENABLER", "ICENABLER") and not sgi:
            interrupt.enabled = int(name[1] == "S")
        elif bit and name in ("ISPENDR", "ICPENDR") and not sgi:
            interrupt.latch = int(name[1] == "S")
        elif bit and name in ("ISACTIVER", "ICACTIVER"):
            interrupt.active = int(name[1] == "S")

    def sgir(self, number: int, target_list: int, target_filter: int, cpu: int) -> None:
        everyone = range(self.config.cpus)
        targets = {
            0: [c for c in everyone if target_list >> c & 1],
            1: [c for c in everyone if c != cpu],
            2: [cpu],
            3: [],
        }[target_filter]
        for target in targets:
            self.banked[target][number].sources.add(cpu)

    def read(self, offset: int, cpu: int) -> int:
        """A byte of a register that shows an interrupt's state."""
        name, place = self._locate(offset)
        if name in ("SPENDSGIR", "CPENDSGIR"):
            return sum(1 << c for c in self.banked[cpu][place].sources)
        if name in ("IPRIORITYR", "ITARGETSR"):
            interrupt = self.find(place, cpu)
            if interrupt is None:
                return 0
            if name == "IPRIORITYR":
                return interrupt.priority
            own = (1 << cpu) if self.config.cpus > 1 else 0
            return own if place < 32 else interrupt.targets
        if name == "ICFGR":
            found = [self.find(4 * place + bit, cpu) for bit in range(4)]
            fields = [0 if i is None else 2 * i.edge | (i.intid >= 16) for i in found]
            return sum(value << 2 * bit for bit, value in enumerate(fields))
        attribute = {"IG": "group", "EN": "enabled", "PE": "pending", "AC": "active"}[
            name[:2] if name == "IGROUPR" else name[2:4]
        ]
        found = [self.find(8 * place + bit, cpu) for bit in range(8)]
        bits = [0 if i is None else getattr(i, attribute) for i in found]
        return sum(value << bit for bit, value in enumerate(bits))

    @staticmethod
    def _locate(offset: int) -> tuple[str | None, int]:
        """A byte's register, and its place among the bytes of all registers of that name."""
        for register in GICD:
            if register.offset <= offset < register.end:
                return register.name.removeprefix("GICD_"), offset - register.offset
        return None, 0
