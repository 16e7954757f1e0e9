"""What was done to a GIC so far, as far as a known divergence depends on it."""

from collections import defaultdict
from collections.abc import Iterator

from ..replay.operation import Access, Answer, Drive, Operation, Pulse, ScriptConfig

__all__ = ["History"]

SHARED = -1
"""Stands for the CPU of what is not banked."""
SPECIAL = 1020
HW, STATE, PENDING, CPUID = 1 << 31, 3 << 28, 1 << 28, 0x1C00
EOI_MODE = 0x200
CTLR, PMR, BPR, IAR, EOIR, ABPR, DIR = 0, 4, 8, 0xC, 0x10, 0x1C, 0x1000
APRS = range(0x0D0, 0x0F0, 4)
"""GICC_APRn and GICC_NSAPRn: a context is put away, or brought back."""
VMCR, LRS = 0x008, range(0x100, 0x200, 4)
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


class History:
    """Takes note of each operation behind the last one.

    ``suspects`` holds, by the name of a divergence, the interrupts whose state in QEMU may be
    another one from there on.
    """

    def __init__(self, config: ScriptConfig):
        self.config = config
        self.cpu_mask = (1 << config.cpus) - 1
        self._bytes: dict[tuple[int, str, int], int] = {}
        self.levels: dict[tuple[int, int], int] = {}
        self.suspects: defaultdict[str, set[int]] = defaultdict(set)
        self.unmatched = False
        """Whether the last operation was an EOIR that does not fit what was acknowledged last."""
        self.other_source = False
        """Whether it ended a virtual SGI of which a list register has another source."""
        self._running: dict[int, list[int] | None] = {cpu: [] for cpu in range(config.cpus)}
        """The groups of what each CPU acknowledged and has not ended, if that is known."""
        self._latched: set[int] = set()
        """SPIs that a write or an edge made pending, and that were not acknowledged since."""
        self._taken_by: dict[int, int] = {}
        """Of an SPI the CPU that acknowledged it last."""

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
        """The CPUs of an SPI that are there; the only one needs no telling."""
        if self.config.cpus == 1:
            return 1
        return self.written(0, "GICD", ITARGETSR + spi, 1) & self.cpu_mask

    def is_edge(self, spi: int) -> bool:
        return bool(self.written(0, "GICD", ICFGR + spi // 4, 1) >> spi % 4 * 2 & 2)

    def entries(self, cpu: int) -> Iterator[int]:
        """The list registers that are valid, as they were written."""
        words = (self.written(cpu, "GICH", offset) for offset in LRS[: self.config.lrs])
        return (word for word in words if word & STATE)

    # What happens

    def note(self, operation: Operation, answer: Answer) -> None:
        """An operation was done, and this came of it (on the GIC that is right)."""
        self.unmatched = self.other_source = False
        if isinstance(operation, Drive | Pulse):
            self._wire(operation)
        elif isinstance(operation, Access) and operation.value is None:
            self._read(operation, answer.value)
        elif isinstance(operation, Access):
            self._write(operation)

    def _wire(self, operation: Drive | Pulse) -> None:
        place = operation.cpu if operation.intid < 32 else 0, operation.intid
        level = operation.level if isinstance(operation, Drive) else 1
        if operation.intid >= 32 and level > self.levels.get(place, 0):
            if self.is_edge(operation.intid):
                self._pend(operation.intid)
        self.levels[place] = operation.level if isinstance(operation, Drive) else 0

    def _read(self, access: Access, value: int) -> None:
        intid = value & 0x3FF
        if access.frame != "GICC" or access.offset != IAR or intid >= SPECIAL:
            return
        running = self._running[access.cpu]
        if running is not None:
            running.append(self.group(access.cpu, intid))
        if intid >= 32:
            self._taken_by[intid] = access.cpu
            self._latched.discard(intid)
            if self.targets(intid).bit_count() > 1:
                self.suspects["taken-twice"].add(intid)

    def _write(self, access: Access) -> None:
        cpu, frame, offset, size, value, _ = access
        if frame == "GICD":
            before = [self.targets(spi) for spi in self._retargeted(offset, size)]
        for n in range(size):
            bank = cpu if _is_banked(frame, offset + n) else SHARED
            self._bytes[bank, frame, offset + n] = value >> 8 * n & 0xFF
        if frame == "GICD":
            self._distributor(offset, size, value)
            for spi, old in zip(self._retargeted(offset, size), before, strict=True):
                if spi in self._latched and self.targets(spi) != old:
                    self.suspects["retargeted"].add(spi)
        elif frame == "GICH" and offset == VMCR:
            # An alias of what GICV has.
            fields = ((CTLR, value & 0x3FF), (PMR, value >> 27 << 3))
            for place, field in (*fields, (BPR, value >> 21 & 7), (ABPR, value >> 18 & 7)):
                for n, byte in enumerate(field.to_bytes(4, "little")):
                    self._bytes[cpu, "GICV", place + n] = byte
        elif frame == "GICC" and offset in APRS:
            self._running[cpu] = None if value else []
        if frame == "GICC" and offset == EOIR and value & 0x3FF < SPECIAL:
            self._end(cpu, value & 0x3FF)
        if offset == DIR or offset == EOIR and not self.written(cpu, frame, CTLR) & EOI_MODE:
            self._deactivate(cpu, frame, value)

    def _end(self, cpu: int, intid: int) -> None:
        running = self._running[cpu]
        if running is not None:
            group = running.pop() if running else None
            self.unmatched = group != self.group(cpu, intid)

    def _retargeted(self, offset: int, size: int) -> range:
        """The SPIs whose targets a write to GICD reaches."""
        if not ITARGETSR + 32 <= offset < ICFGR:
            return range(0)
        return range(offset - ITARGETSR, offset - ITARGETSR + size)

    def _deactivate(self, cpu: int, frame: str, value: int) -> None:
        ended = [value & 0x3FF] if frame == "GICC" else []
        if frame == "GICV":
            ended = self._end_entries(cpu, value & 0x3FF, value & CPUID)
        for each in ended:
            if self._taken_by.get(each, cpu) != cpu:
                self.suspects["ended-elsewhere"].add(each)

    def _end_entries(self, cpu: int, intid: int, cpuid: int) -> list[int]:
        """An entry that has ended is not valid any more; the physical interrupts that end too."""
        ended = []
        for offset in LRS[: self.config.lrs]:
            word = self.written(cpu, "GICH", offset)
            if not word & STATE or word & 0x3FF != intid:
                continue
            if word & HW:
                ended.append(word >> 10 & 0x3FF)
            elif intid < 16 and word & CPUID != cpuid:
                self.other_source = True
                continue
            left = PENDING if word & STATE == STATE else 0
            self._bytes[cpu, "GICH", offset + 3] = (word & ~STATE | left) >> 24
        return ended

    def _pend(self, spi: int) -> None:
        self._latched.add(spi)
        if not self.targets(spi):
            self.suspects["no-target"].add(spi)

    def _distributor(self, offset: int, size: int, value: int) -> None:
        register, first = offset & ~0x7F, (offset & 0x7F) * 8
        intids = {first + n for n in range(8 * size) if value >> n & 1}
        spis = {intid for intid in intids if 32 <= intid < 32 + self.config.spis}
        ppis = {intid for intid in intids if 16 <= intid < 32}
        if register in (ISPENDR, ICPENDR) and self.config.cpus > 1:
            self.suspects["private-pending"] |= ppis
        if register == ISPENDR:
            for spi in spis:
                self._pend(spi)
        elif register == ICPENDR:
            self._latched -= spis
            for name in ("no-target", "retargeted"):
                self.suspects[name] -= spis
        elif register == ISACTIVER:
            self.suspects["active-written"] |= spis
        elif register == ICACTIVER:
            for name in ("active-written", "ended-elsewhere"):
                self.suspects[name] -= spis
        elif ICFGR + 4 <= offset < ICFGR + 8:
            start = (offset - ICFGR) * 4
            edges = {start + n for n in range(4 * size) if value >> 2 * n & 2}
            self.suspects["private-trigger"] |= edges
