"""What was done to a GIC so far, as far as a known divergence depends on it."""

from collections import defaultdict

from ..model import Model
from ..model.cpu_interface import EOI_MODE, SPECIAL, lowest
from ..model.interrupts import Candidate
from ..model.list_registers import HW, STATE, sgi_source
from ..model.secure_interface import EOI_MODE_NS
from ..model.sgi import Sgis
from ..replay.operation import Access, Answer, Drive, Operation, Pulse, ScriptConfig
from .machine import SPIS

__all__ = [
    "History",
    "ended_entries",
    "non_secure",
    "other_source",
    "unmatched",
    "winner",
    "withheld",
]

SHARED = -1
"""Stands for the CPU of what is not banked."""
CTLR, PMR, BPR, IAR, EOIR, ABPR, DIR = 0, 4, 8, 0xC, 0x10, 0x1C, 0x1000
VMCR, SGIR = 0x008, 0xF00
IGROUPR, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER = 0x080, 0x200, 0x280, 0x300, 0x380
IPRIORITYR, ITARGETSR, ICFGR, ICFGR_END = 0x400, 0x800, 0xC00, 0xD00


def _is_banked(frame: str, offset: int) -> bool:
    """Whether each CPU has its own copy of a byte: SGIs and PPIs have."""
    if frame != "GICD":
        return True
    if IGROUPR <= offset < IPRIORITYR:
        return offset & 0x7F < 4
    if IPRIORITYR <= offset < ICFGR:
        return offset & 0x3FF < 32
    return ICFGR <= offset < ICFGR + 8


def winner(model: Model, cpu: int, groups: int = 3) -> Candidate | None:
    """The interrupt of some groups that has the highest priority for a CPU; QEMU's is of both,
    whatever GICD_CTLR enables."""
    gicd = model.distributor
    targeted = ~0 if model.config.cpus == 1 else gicd.targeted[cpu]
    ready = gicd.private[cpu].ready(groups) | gicd.shared.ready(groups) & targeted
    best = None
    while ready:
        intid = (ready & -ready).bit_length() - 1
        ready &= ready - 1
        bank = gicd.bank(intid, cpu)
        if best is None or bank.priority[intid] < best.priority:
            best = Candidate(intid, bank.priority[intid], bank.group >> intid & 1)
    return best


def unmatched(model: Model, access: Access) -> bool:
    """An EOIR of another group than that of the highest active priority, or of what QEMU does not
    have; with none active, of something that it deactivates all the same.
    """
    cpu, frame, offset, size, value, _ = access
    if (frame, offset, size) != ("GICC", EOIR, 4) or value is None or value & 0x3FF >= SPECIAL:
        return False
    intid, part = value & 0x3FF, model.gicc[cpu]
    group = model.distributor.group(intid, cpu)
    if non_secure(model, access) and not group:
        return False  # ignored
    if part.running is None:
        active = model.distributor.bank(intid, cpu).active >> intid & 1
        return bool(active) and _deactivates(model, access)
    if non_secure(model, access):
        return False  # Group 1's priority is dropped, whatever Group 0 has
    levels = [lowest(bits) for bits in part.active]
    return intid >= 32 + SPIS or group != min((0, 1), key=lambda each: (levels[each], each))


def non_secure(model: Model, access: Access) -> bool:
    return bool(model.config.security) and not access.secure


def withheld(model: Model, access: Access) -> bool:
    """A write of GICD_SGIR that leaves out a target, where the SGI is of the wrong group."""
    writes = (access.frame, access.offset, access.size) == ("GICD", SGIR, 4)
    if not model.config.security or not writes or access.value is None:
        return False
    targets = Sgis.targets(access.value, access.cpu, model.config.cpus)
    gicd, sgi = model.distributor, access.value & 15
    if non_secure(model, access):
        return not all(gicd.group(sgi, target) for target in targets)
    return any(gicd.group(sgi, target) != access.value >> 15 & 1 for target in targets)


def ended_entries(model: Model, access: Access) -> list[int]:
    """The valid list registers with the VirtualID whose end a guest writes."""
    if access.frame != "GICV" or access.value is None or not _deactivates(model, access):
        return []
    words = model.gich[access.cpu].lrs.words
    return [word for word in words if word & STATE and word & 0x3FF == access.value & 0x3FF]


def other_source(model: Model, access: Access) -> bool:
    """A guest ends a virtual SGI of which a list register has another CPUID."""
    cpuid = (access.value or 0) >> 10 & 7
    return any(sgi_source(word) not in (None, cpuid) for word in ended_entries(model, access))


def _deactivates(model: Model, access: Access) -> bool:
    """A write to where, with the EOImode there is, interrupts are deactivated."""
    part = (model.gicv if access.frame == "GICV" else model.gicc)[access.cpu]
    mode = EOI_MODE
    if access.frame == "GICC" and non_secure(model, access):
        mode = EOI_MODE_NS
    return access.offset == (DIR if part.ctlr & mode else EOIR)


def _deactivated(model: Model, access: Access) -> list[int]:
    """The physical interrupts that a write ends."""
    if access.frame == "GICV":
        return [word >> 10 & 0x3FF for word in ended_entries(model, access) if word & HW]
    if access.frame == "GICC" and _deactivates(model, access):
        return [access.value & 0x3FF]
    return []


class History:
    """Takes note of each operation behind the last one.

    ``suspects`` holds, by the name of a divergence, the interrupts whose state in QEMU may be
    another one from there on. ``model`` has the state that is right.
    """

    def __init__(self, config: ScriptConfig):
        self.config = config
        self.model = Model(config)
        self.cpu_mask = (1 << config.cpus) - 1
        self._bytes: dict[tuple[int, str, int], int] = {}
        self.levels: dict[tuple[int, int], int] = {}
        self.suspects: defaultdict[str, set[int]] = defaultdict(set)
        self.unmatched = False
        """Whether the last operation was an EOIR that does not fit what was acknowledged last."""
        self.other_source = False
        """Whether it ended a virtual SGI of which a list register has another source."""
        self.withheld = False
        """Whether it was a write of GICD_SGIR that left out a target for its group."""
        self._latched: set[int] = set()
        """SPIs that a write or an edge made pending, and that were not acknowledged since."""
        self._taken_by: dict[int, int] = {}
        """Of an SPI the CPU that acknowledged it last."""
        self._everywhere: set[int] = set()
        """SPIs that QEMU has active once for each CPU."""
        self._cleared: set[int] = set()
        """SPIs that were cleared since two CPUs could take them."""
        self._private: defaultdict[int, set[int]] = defaultdict(set)
        """Of a PPI the CPUs that have made it pending."""
        self._rose: set[int] = set()
        """PPIs whose line rose while they were edge-triggered in QEMU."""

    # What was written last

    def written(self, cpu: int, frame: str, offset: int, size: int = 4) -> int:
        """What a plain register was last written with; 0 if it never was."""
        cpus = (cpu if _is_banked(frame, offset + n) else SHARED for n in range(size))
        places = zip(cpus, range(offset, offset + size), strict=True)
        return sum(
            self._bytes.get((bank, frame, place), 0) << 8 * n
            for n, (bank, place) in enumerate(places)
        )

    def group(self, cpu: int, intid: int) -> int:
        return self.written(cpu, "GICD", IGROUPR + intid // 8, 1) >> intid % 8 & 1

    def priority(self, cpu: int, intid: int) -> int:
        implemented = 0xFF00 >> self.config.priority_bits & 0xFF
        return self.written(cpu, "GICD", IPRIORITYR + intid, 1) & implemented

    def targets(self, spi: int) -> int:
        """The CPUs of an SPI, as QEMU keeps them: of those that are not there as well."""
        return 1 if self.config.cpus == 1 else self.written(0, "GICD", ITARGETSR + spi, 1)

    def is_edge(self, spi: int) -> bool:
        return bool(self.written(0, "GICD", ICFGR + spi // 4, 1) >> spi % 4 * 2 & 2)

    def entries(self, cpu: int) -> list[int]:
        """The list registers that are valid."""
        return [word for word in self.model.gich[cpu].lrs.words if word & STATE]

    # What happens

    def note(self, operation: Operation, answer: Answer) -> None:
        """An operation was done, and this came of it (on the GIC that is right)."""
        self.unmatched = self.other_source = self.withheld = False
        if isinstance(operation, Drive | Pulse):
            self._wire(operation)
        elif isinstance(operation, Access) and operation.value is None:
            self._read(operation, answer.value)
        elif isinstance(operation, Access):
            self.unmatched = unmatched(self.model, operation)
            self.other_source = other_source(self.model, operation)
            self.withheld = withheld(self.model, operation)
            self._write(operation)
        self.model.do(operation)
        if isinstance(operation, Access) and operation.value is not None:
            if operation.frame in ("GICD", "GICC") and non_secure(self.model, operation):
                self._look_again(operation)

    def _look_again(self, access: Access) -> None:
        """What a Non-secure write of a plain register has come to is as a Secure read has it."""
        cpu, frame, offset, _, _, _ = access
        places = (CTLR, PMR, BPR, ABPR) if frame == "GICC" else (offset & ~3,)
        for place in places:
            value = self.model.do(Access(cpu, frame, place, 4, None, 1)).value
            self._keep(cpu, frame, place, 4, value)

    def _keep(self, cpu: int, frame: str, offset: int, size: int, value: int) -> None:
        for n in range(size):
            bank = cpu if _is_banked(frame, offset + n) else SHARED
            self._bytes[bank, frame, offset + n] = value >> 8 * n & 0xFF

    def _wire(self, operation: Drive | Pulse) -> None:
        place = operation.cpu if operation.intid < 32 else 0, operation.intid
        level = operation.level if isinstance(operation, Drive) else 1
        if operation.intid >= 32 and level > self.levels.get(place, 0):
            if self.is_edge(operation.intid):
                self._pend(operation.intid)
        if operation.intid in self.suspects["private-trigger"]:
            self._rose.add(operation.intid)
        self.levels[place] = operation.level if isinstance(operation, Drive) else 0

    def _read(self, access: Access, value: int) -> None:
        intid = value & 0x3FF
        if access.frame != "GICC" or access.offset != IAR or intid >= SPECIAL:
            return
        if intid >= 32:
            self._taken_by[intid] = access.cpu
            self._latched.discard(intid)
            self._take_elsewhere(intid)

    def _write(self, access: Access) -> None:
        cpu, frame, offset, size, value, _ = access
        if frame == "GICD":
            before = [self.targets(spi) for spi in self._retargeted(offset, size)]
        self._keep(cpu, frame, offset, size, value)
        if frame == "GICD":
            self._distributor(cpu, offset, size, value)
            for spi, old in zip(self._retargeted(offset, size), before, strict=True):
                self._retarget(spi, old)
        elif frame == "GICH" and offset == VMCR:
            # An alias of what GICV has.
            fields = ((CTLR, value & 0x3FF), (PMR, value >> 27 << 3))
            for place, field in (*fields, (BPR, value >> 21 & 7), (ABPR, value >> 18 & 7)):
                self._keep(cpu, "GICV", place, 4, field)
        for intid in _deactivated(self.model, access):
            self._deactivate(cpu, intid)

    def _retargeted(self, offset: int, size: int) -> range:
        """The SPIs whose targets a write to GICD reaches."""
        if not ITARGETSR + 32 <= offset < ICFGR:
            return range(0)
        return range(offset - ITARGETSR, offset - ITARGETSR + size)

    def _retarget(self, spi: int, old: int) -> None:
        if spi in self._latched and self.targets(spi) != old:
            self.suspects["retargeted"].add(spi)
        if spi in self._taken_by and spi not in self._everywhere:
            if self.model.distributor.shared.active >> spi & 1:
                self._take_elsewhere(spi)

    def _take_elsewhere(self, spi: int) -> None:
        """Of the CPUs of an SPI in QEMU only the one that has acknowledged it has it active."""
        if self.targets(spi) & ~(1 << self._taken_by[spi]):
            self.suspects["taken-twice"].add(spi)
            self._cleared.discard(spi)

    def _deactivate(self, cpu: int, intid: int) -> None:
        if intid in self._everywhere:
            self.suspects["active-written"].add(intid)
        elif self._taken_by.get(intid, cpu) != cpu:
            self.suspects["ended-elsewhere"].add(intid)

    def _pend(self, spi: int) -> None:
        self._latched.add(spi)
        if not self.targets(spi) & self.cpu_mask:
            self.suspects["no-target"].add(spi)

    def _distributor(self, cpu: int, offset: int, size: int, value: int) -> None:
        register, first = offset & ~0x7F, (offset & 0x7F) * 8
        intids = {first + n for n in range(8 * size) if value >> n & 1}
        spis = {intid for intid in intids if 32 <= intid < 32 + self.config.spis}
        ppis = {intid for intid in intids if 16 <= intid < 32}
        if register in (ISPENDR, ICPENDR) and self.config.cpus > 1:
            self._pend_private(cpu, ppis, register == ISPENDR)
        if register == ISPENDR:
            for spi in spis:
                self._pend(spi)
        elif register == ICPENDR:
            self._latched -= spis
            self._cleared |= spis
            for name in ("no-target", "retargeted"):
                self.suspects[name] -= spis
        elif register == ISACTIVER:
            self._everywhere |= spis
            self.suspects["taken-twice"] -= spis & self._cleared
        elif register == ICACTIVER:
            self._everywhere -= spis
            for name in ("active-written", "ended-elsewhere"):
                self.suspects[name] -= spis
            for spi in spis:
                self._taken_by.pop(spi, None)
        elif ICFGR + 4 <= offset < ICFGR + 8:
            start = (offset - ICFGR) * 4
            reached = {start + n for n in range(4 * size)}
            edges = {start + n for n in range(4 * size) if value >> 2 * n & 2}
            self.suspects["private-trigger"] -= reached - edges - self._rose
            self.suspects["private-trigger"] |= edges

    def _pend_private(self, cpu: int, ppis: set[int], pends: bool) -> None:
        """In QEMU a PPI that one CPU makes pending, or clears, may be so for all."""
        for intid in ppis:
            if pends:
                self._private[intid].add(cpu)
            else:
                self._private[intid].discard(cpu)
            if self._private[intid]:
                self.suspects["private-pending"].add(intid)
            else:
                self.suspects["private-pending"].discard(intid)
