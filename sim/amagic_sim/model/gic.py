"""The whole GIC: its parts, wired, and the operations that a script does to it."""

from functools import partial

from ..replay.operation import Access, Answer, Drive, Operation, Outputs, Pulse, Race, ScriptConfig
from . import registers
from .cpu_interface import CpuInterface
from .distributor import Distributor
from .identity import Identity
from .interrupts import Candidate
from .page import By, Page
from .secure_interface import SecureCpuInterface
from .timer import SystemTimer
from .virtual_control import VirtualControl

__all__ = ["Model"]

MAINTENANCE, VIRTUAL_TIMER, PHYSICAL_TIMER = 25, 27, 30
"""PPIs that the design drives. CPU c has its guest's virtual timer in frame 2c, and its host's
physical timer in frame 2c + 1; the frames' other timers are not connected."""
FREQUENCY = 50_000_000
GICH_ALIASES, GICH_ALIAS_SIZE = 0x1000, 0x200
VIRTUAL_FRAMES = ("GICH", "GICV")
"""The security state of an access makes no difference there."""


class _Physical:
    """The distributor as the source of one CPU's GICC."""

    def __init__(self, distributor: Distributor, cpu: int):
        self._distributor, self._cpu = distributor, cpu

    def candidate(self) -> Candidate | None:
        return self._distributor.candidate(self._cpu)

    def acknowledge(self, candidate: Candidate) -> None:
        self._distributor.acknowledge(self._cpu, candidate)

    def deactivate(self, intid: int, _cpuid: int, _counts: bool) -> None:
        """The CPUID does not matter: an SGI has one active state, whatever its source."""
        self._distributor.deactivate(intid, self._cpu)

    def group(self, intid: int) -> int:
        return self._distributor.group(intid, self._cpu)


class Model:
    """A GIC. `do` performs one operation with all its effects; parts are plain attributes.

    ``distributor``, and for each CPU ``gicc``, ``gich`` and ``gicv``, have the state: candidates,
    pending and active interrupts, list registers. ``timer`` is there if the configuration has one.
    """

    def __init__(self, config: ScriptConfig, identity: Identity | None = None):
        self.config = config
        identity = Identity() if identity is None else identity
        cpus = range(config.cpus)
        bits, iidr, security = config.priority_bits, identity.gicc_iidr, config.security
        self.distributor = Distributor(config.cpus, config.spis, bits, identity, security)
        interface = SecureCpuInterface if security else CpuInterface
        self.gicc = [interface(_Physical(self.distributor, cpu), bits, iidr) for cpu in cpus]
        forward = self.distributor.forwarded_deactivation
        self.gich = [VirtualControl(config.lrs, iidr, partial(forward, cpu=cpu)) for cpu in cpus]
        self.gicv = [gich.gicv for gich in self.gich]
        self.timer = SystemTimer(2 * config.cpus, FREQUENCY) if config.timer else None
        self.lines: dict[tuple[int, int], int] = {}
        """What is driven from outside: the level of (CPU, PPI) and of (0, SPI)."""
        gicd = Page((self.distributor, registers.GICD))
        self._pages = {
            "GICD": [gicd for _ in cpus],
            "GICC": [Page((part, registers.GICC)) for part in self.gicc],
            "GICH": [Page((part, registers.GICH)) for part in self.gich],
            "GICV": [Page((part, registers.GICV)) for part in self.gicv],
        }
        if self.timer is not None:
            self._pages |= {name: [page for _ in cpus] for name, page in self.timer.pages.items()}
        timers = () if self.timer is None else (VIRTUAL_TIMER, PHYSICAL_TIMER)
        self._driven_inside = (MAINTENANCE, *timers)
        self._by = [(By(cpu, non_secure=bool(security)), By(cpu)) for cpu in cpus]
        """Who makes the access of a CPU with ``secure`` 0, and with 1."""
        self.outputs = (Outputs(),) * config.cpus
        """Every CPU's outputs behind the last operation."""

    @property
    def frames(self) -> frozenset[str]:
        """The frames that there are, by the names that accesses have them."""
        return frozenset(self._pages)

    def do(self, operation: Operation) -> Answer:
        """One operation, complete with all its effects. Of a race, one part after the other."""
        if isinstance(operation, Race):
            value = self.act(operation.first), self.act(operation.second)
        else:
            value = self.act(operation)
        self.settle()
        return Answer(value, self.outputs)

    def act(self, operation: Operation) -> int | None:
        """What an operation itself does, without what follows; the value of a read."""
        if isinstance(operation, Access):
            return self._access(operation)
        if isinstance(operation, Drive):
            self._drive(*operation)
        elif isinstance(operation, Pulse):
            self._drive(operation.cpu, operation.intid, 1)
            self._drive(operation.cpu, operation.intid, 0)
        elif self.timer is not None:
            self.timer.counter.advance(operation.counts or 0)
        return None

    def settle(self) -> None:
        """The lines that the design drives itself reach the distributor; outputs follow."""
        for cpu in range(self.config.cpus):
            for intid in self._driven_inside:
                self._line(cpu, intid)
        self.outputs = tuple(
            Outputs(*gicc.outputs, *gich.gicv.outputs, gich.maintenance)
            for gicc, gich in zip(self.gicc, self.gich, strict=True)
        )

    def _access(self, access: Access) -> int | None:
        cpu, frame, offset, size, value, secure = access
        if offset % size:
            raise ValueError(f"{frame}+{offset:#x} is not aligned to {size} bytes")
        held = cpu
        if frame == "GICH" and offset >= GICH_ALIASES:
            held, offset = divmod(offset - GICH_ALIASES, GICH_ALIAS_SIZE)
        if max(cpu, held) >= self.config.cpus:
            return 0 if value is None else None
        page = self._pages[frame][held]
        by = self._by[cpu][secure or frame in VIRTUAL_FRAMES]
        if value is None:
            return page.read(offset, size, by)
        page.write(offset, size, value, by)
        return None

    def _drive(self, cpu: int, intid: int, level: int) -> None:
        if not 16 <= intid < 32 + self.config.spis:
            raise ValueError(f"{intid} has no line: PPIs are 16 to 31, SPIs from 32 on")
        key = (cpu if intid < 32 else 0, intid)
        self.lines[key] = level
        self._line(*key)

    def _line(self, cpu: int, intid: int) -> None:
        """A line that the design drives too is the OR of both."""
        level = self.lines.get((cpu, intid), 0)
        if intid == MAINTENANCE:
            level |= self.gich[cpu].maintenance
        elif intid == VIRTUAL_TIMER and self.timer is not None:
            level |= self.timer.frames[2 * cpu].lines[1]
        elif intid == PHYSICAL_TIMER and self.timer is not None:
            level |= self.timer.frames[2 * cpu + 1].lines[0]
        self.distributor.drive(intid, level, cpu)
