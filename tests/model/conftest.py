"""A model to be tried: its registers by their architectural names, its lines by INTID."""

import pytest

from amagic_sim.model import Model, registers
from amagic_sim.replay.operation import Access, Drive, Outputs, Pulse, ScriptConfig, Settle

FRAMES = ("GICD", "GICC", "GICH", "GICV")


def place(name: str) -> tuple[str, int]:
    """The frame and the offset of ``GICD_CTLR``, ``GICH_LR3`` or ``GICD+0x41b``."""
    if "+" in name:
        frame, offset = name.split("+")
        return frame, int(offset, 0)
    frame, register = name.split("_")
    for known in getattr(registers, frame):
        index = register.removeprefix(known.name) or "0"
        if register.startswith(known.name) and index.isdigit() and int(index) < known.count:
            return frame, known.offset + 4 * int(index)
    raise KeyError(name)


class Gic:
    """A model, and what software and devices do to it. Accesses are Secure where that matters."""

    def __init__(self, **config: int):
        self.config = ScriptConfig(**config)
        self.model = Model(self.config)

    def read(self, name: str, cpu: int = 0, size: int = 4, secure: int = 1) -> int:
        value = self.model.do(Access(cpu, *place(name), size, None, secure)).value
        assert value is not None
        return value

    def write(self, name: str, value: int, cpu: int = 0, size: int = 4, secure: int = 1) -> None:
        assert self.model.do(Access(cpu, *place(name), size, value, secure)).value is None

    def ns_read(self, name: str, cpu: int = 0, size: int = 4) -> int:
        return self.read(name, cpu, size, secure=0)

    def ns_write(self, name: str, value: int, cpu: int = 0, size: int = 4) -> None:
        self.write(name, value, cpu, size, secure=0)

    def line(self, intid: int, level: int, cpu: int = 0) -> None:
        self.model.do(Drive(cpu, intid, level))

    def pulse(self, intid: int, cpu: int = 0) -> None:
        self.model.do(Pulse(cpu, intid))

    def settle(self, counts: int | None = None) -> None:
        self.model.do(Settle(counts))

    def out(self, cpu: int = 0) -> Outputs:
        return self.model.outputs[cpu]

    def bit(self, register: str, intid: int, cpu: int = 0) -> int:
        """The interrupt's bit of a register with one bit for each."""
        return self.read(f"GICD_{register}{intid // 32}", cpu) >> intid % 32 & 1

    def set_bit(self, register: str, intid: int, cpu: int = 0) -> None:
        self.write(f"GICD_{register}{intid // 32}", 1 << intid % 32, cpu)

    def state(self, intid: int, cpu: int = 0) -> str:
        names = {(0, 0): "inactive", (1, 0): "pending", (0, 1): "active", (1, 1): "both"}
        return names[self.bit("ISPENDR", intid, cpu), self.bit("ISACTIVER", intid, cpu)]

    def set_up(
        self,
        intid: int,
        *,
        priority: int = 0x80,
        group: int = 0,
        edge: int = 0,
        targets: int = 1,
        cpu: int = 0,
    ) -> None:
        """Configures an interrupt and enables it."""
        self.write(f"GICD+{0x400 + intid:#x}", priority, cpu, size=1)
        if intid >= 32:
            self.write(f"GICD+{0x800 + intid:#x}", targets, cpu, size=1)
            icfgr = f"GICD_ICFGR{intid // 16}"
            bit = 2 << 2 * (intid % 16)
            self.write(icfgr, self.read(icfgr) & ~bit | bit * edge)
        igroupr = f"GICD_IGROUPR{intid // 32}"
        bit = 1 << intid % 32
        self.write(igroupr, self.read(igroupr, cpu) & ~bit | bit * group, cpu)
        self.set_bit("ISENABLER", intid, cpu)

    def enable(self, ctlr: int = 0x3, pmr: int = 0xFF) -> "Gic":
        """Both groups in the distributor, and GICC_CTLR and GICC_PMR of every CPU."""
        self.write("GICD_CTLR", 3)
        for cpu in range(self.config.cpus):
            self.write("GICC_CTLR", ctlr, cpu)
            self.write("GICC_PMR", pmr, cpu)
        return self

    def enable_guest(self, ctlr: int = 0x3, hcr: int = 1, cpu: int = 0) -> "Gic":
        self.write("GICH_HCR", hcr, cpu)
        self.write("GICV_CTLR", ctlr, cpu)
        self.write("GICV_PMR", 0xFF, cpu)
        return self


@pytest.fixture
def make():
    """Makes a model of a configuration."""
    return Gic
