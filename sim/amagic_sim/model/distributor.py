"""The distributor: GICD, the interrupt lines, and which interrupt each CPU interface is offered.

Sources are Arm's register pages (see `registers`), "seen on a GIC-400" for what was read off one,
and "ours" where the architecture leaves the choice; IHI 0048B could not be opened.
"""

from .identity import Identity
from .interrupts import PRIVATE, SGIS, Candidate, Interrupts
from .page import WORD, By, merge
from .sgi import Sgis

__all__ = ["Distributor"]


class Distributor:
    """GICD for ``cpus`` CPU interfaces. Interrupts 0 to 31 exist once for each of them."""

    def __init__(self, cpus: int, spis: int, priority_bits: int, identity: Identity):
        self.cpus, self.spis = cpus, spis
        self.identity = identity
        self.priority_mask = 0xFF00 >> priority_bits & 0xFF
        self.enable = 0
        self.private = [Interrupts(PRIVATE) for _ in range(cpus)]
        self.shared = Interrupts((1 << spis) - 1 << 32)
        self.sgis = [Sgis(bank) for bank in self.private]
        self.targeted = [0] * cpus
        """For each CPU the SPIs that target it, a bit for each INTID."""
        self._candidates: list[Candidate | None] | None = None

    # Selection

    def candidate(self, cpu: int) -> Candidate | None:
        """The highest-priority interrupt that is ready for a CPU, or None.

        Neither GICC_PMR nor the running priority has a say here. Of equal priorities the lowest
        INTID wins (ours), then the lowest source CPU.
        """
        if self._candidates is None:
            spis = self.shared.ready(self.enable)
            self._candidates = [self._best(cpu, spis) for cpu in range(self.cpus)]
        return self._candidates[cpu]

    def _best(self, cpu: int, spis: int) -> Candidate | None:
        best, best_priority = None, 0x100
        targeted = spis if self.cpus == 1 else spis & self.targeted[cpu]
        ready = self.private[cpu].ready(self.enable) | targeted
        while ready:
            intid = (ready & -ready).bit_length() - 1
            ready &= ready - 1
            priority = self.bank(intid, cpu).priority[intid]
            if priority < best_priority:
                best, best_priority = intid, priority
        if best is None:
            return None
        group = self.bank(best, cpu).group >> best & 1
        source = self.sgis[cpu].source(best) if best < 16 else 0
        return Candidate(best, best_priority, group, source)

    def changed(self) -> None:
        """Candidates are chosen anew when they are asked for next."""
        self._candidates = None

    # What CPU interfaces and list registers do

    def acknowledge(self, cpu: int, candidate: Candidate) -> None:
        """Pending becomes active; active and pending, if a level-sensitive line stays high.

        The latch of a level-sensitive interrupt is cleared too (seen on a GIC-400). Of an SGI one
        source is taken. An SPI is acknowledged by one CPU: it is active for all.
        """
        intid = candidate.intid
        bank = self.bank(intid, cpu)
        bank.active |= 1 << intid
        if intid < 16:
            self.sgis[cpu].clear(intid, 1 << candidate.cpuid)
        else:
            bank.latch &= ~(1 << intid)
        self.changed()

    def deactivate(self, intid: int, cpu: int) -> None:
        """By GICC_EOIR or GICC_DIR; any CPU may deactivate an SPI. What is not there is ignored.

        The active state of an SGI is one bit for all its sources, as in ISACTIVER0 (ours).
        """
        self.bank(intid, cpu).active &= ~(1 << intid)
        self.changed()

    def forwarded_deactivation(self, intid: int, cpu: int) -> None:
        """From a list register with HW = 1: a PPI of its own CPU, or an SPI; else ignored."""
        if intid >= 16:
            self.deactivate(intid, cpu)

    # Lines

    def drive(self, intid: int, level: int, cpu: int) -> None:
        """The line of a PPI of ``cpu`` or of an SPI is at ``level``."""
        bank = self.bank(intid, cpu)
        bit = 1 << intid
        if bool(bank.level & bit) != bool(level):
            bank.drive(bank.level ^ bit)
            self.changed()

    # Banks

    def bank(self, intid: int, cpu: int) -> Interrupts:
        return self.private[cpu] if intid < 32 else self.shared

    def _row(self, index: int, by: By) -> Interrupts:
        """The bank of a register with a bit for each interrupt; the first one is banked."""
        return self.shared if index else self.private[by.cpu]

    def _see(self, vector: int, index: int) -> int:
        return vector >> 32 * index & WORD

    # Control and identification

    def read_ctlr(self, _index: int, by: By) -> int:
        return self.enable

    def write_ctlr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """EnableGrp0 and EnableGrp1 gate the forwarding only; no state changes."""
        self.enable = merge(self.enable, value, lanes) & 3
        self.changed()

    def read_typer(self, _index: int, by: By) -> int:
        """ITLinesNumber [4:0] rows of 32 less one, CPUNumber [7:5] less one."""
        return (self.spis + 31) // 32 | self.cpus - 1 << 5

    def read_iidr(self, _index: int, by: By) -> int:
        return self.identity.gicd_iidr

    def read_pidr(self, index: int, by: By) -> int:
        return self.identity.pidr(index)

    def read_cidr(self, index: int, by: By) -> int:
        return self.identity.cidr(index)

    # A bit for each interrupt. What is not implemented reads 0 and ignores writes.

    def read_igroupr(self, index: int, by: By) -> int:
        return self._see(self._row(index, by).group, index)

    def write_igroupr(self, index: int, value: int, lanes: int, by: By) -> None:
        bank = self._row(index, by)
        bank.group = merge(bank.group, value << 32 * index, lanes << 32 * index) & bank.present
        self.changed()

    def read_isenabler(self, index: int, by: By) -> int:
        return self._see(self._row(index, by).enabled, index)

    def write_isenabler(self, index: int, value: int, _lanes: int, by: By) -> None:
        bank = self._row(index, by)
        bank.enabled |= value << 32 * index & bank.present
        self.changed()

    read_icenabler = read_isenabler

    def write_icenabler(self, index: int, value: int, _lanes: int, by: By) -> None:
        """SGIs stay enabled (IMPLEMENTATION DEFINED; seen on a GIC-400)."""
        bank = self._row(index, by)
        bank.enabled &= ~(value << 32 * index & ~SGIS)
        self.changed()

    def read_ispendr(self, index: int, by: By) -> int:
        """Pending, or active and pending: 1 too while a level-sensitive line is high."""
        return self._see(self._row(index, by).pending, index)

    def write_ispendr(self, index: int, value: int, _lanes: int, by: By) -> None:
        """Sets the latch, also of a level-sensitive interrupt whose line is high: it then stays
        pending when the line falls (page GICD_ISPENDR<n>). SGIs ignore it."""
        bank = self._row(index, by)
        bank.latch |= value << 32 * index & bank.present & ~SGIS
        self.changed()

    read_icpendr = read_ispendr

    def write_icpendr(self, index: int, value: int, _lanes: int, by: By) -> None:
        """Clears the latch: a level-sensitive interrupt whose line is high stays pending (page
        GICD_ICPENDR<n>). SGIs ignore it."""
        bank = self._row(index, by)
        bank.latch &= ~(value << 32 * index & ~SGIS)
        self.changed()

    def read_isactiver(self, index: int, by: By) -> int:
        return self._see(self._row(index, by).active, index)

    def write_isactiver(self, index: int, value: int, _lanes: int, by: By) -> None:
        """Active holds the interrupt back; no active priority changes. SGIs as well (ours)."""
        bank = self._row(index, by)
        bank.active |= value << 32 * index & bank.present
        self.changed()

    read_icactiver = read_isactiver

    def write_icactiver(self, index: int, value: int, _lanes: int, by: By) -> None:
        bank = self._row(index, by)
        bank.active &= ~(value << 32 * index)
        self.changed()

    # A byte for each interrupt

    def read_ipriorityr(self, index: int, by: By) -> int:
        bank = self.bank(4 * index, by.cpu)
        return int.from_bytes(bytes(bank.priority[4 * index : 4 * index + 4]), "little")

    def write_ipriorityr(self, index: int, value: int, lanes: int, by: By) -> None:
        """The lower bits that are not implemented read 0 and ignore writes."""
        bank = self.bank(4 * index, by.cpu)
        for intid, byte in self._bytes(index, value, lanes):
            if bank.present >> intid & 1:
                bank.priority[intid] = byte & self.priority_mask
        self.changed()

    @staticmethod
    def _bytes(index: int, value: int, lanes: int) -> list[tuple[int, int]]:
        """The INTIDs that a write of bytes reaches, with their bytes."""
        shifts = [(byte, 8 * byte) for byte in range(4) if lanes >> 8 * byte & 0xFF]
        return [(4 * index + byte, value >> shift & 0xFF) for byte, shift in shifts]

    def read_itargetsr(self, index: int, by: By) -> int:
        """SGIs and PPIs: the reading CPU's own bit. With one CPU the whole range reads 0."""
        if self.cpus == 1:
            return 0
        if index < 8:
            return 0x0101_0101 << by.cpu
        targets = 0
        for cpu, vector in enumerate(self.targeted):
            four = vector >> 4 * index & 15
            spread = four & 1 | (four & 2) << 7 | (four & 4) << 14 | (four & 8) << 21
            targets |= spread << cpu
        return targets

    def write_itargetsr(self, index: int, value: int, lanes: int, by: By) -> None:
        """Bits of CPUs that are not there are ignored; of SGIs and PPIs, all."""
        if self.cpus == 1:
            return
        for intid, byte in self._bytes(index, value, lanes):
            bit = 1 << intid & self.shared.present
            for cpu in range(self.cpus):
                self.targeted[cpu] = self.targeted[cpu] & ~bit | (bit if byte >> cpu & 1 else 0)
        self.changed()

    # Two bits for each interrupt

    def read_icfgr(self, index: int, by: By) -> int:
        """The upper bit: edge. The lower one reads 1 for PPIs and SPIs (seen on a GIC-400)."""
        bank = self.bank(16 * index, by.cpu)
        value = 0
        for place in range(16):
            intid = 16 * index + place
            if bank.present >> intid & 1:
                value |= (bank.edge >> intid & 1) << 2 * place + 1 | (intid >= 16) << 2 * place
        return value

    def write_icfgr(self, index: int, value: int, lanes: int, by: By) -> None:
        """SGIs and PPIs are fixed, and so is each lower bit. What a high line means changes at
        once; the latch stays (a change while enabled is UNPREDICTABLE)."""
        if index < 2:
            return
        for place in range(16):
            bit = 1 << 16 * index + place & self.shared.present
            if lanes >> 2 * place + 1 & 1:
                edge = value >> 2 * place + 1 & 1
                self.shared.edge = self.shared.edge & ~bit | (bit if edge else 0)
        self.changed()

    # Line levels, whatever the interrupt's state

    def read_ppisr(self, _index: int, by: By) -> int:
        return self.private[by.cpu].level >> 16

    def read_spisr(self, index: int, by: By) -> int:
        return self._see(self.shared.level, index + 1)

    # Security

    def read_nsacr(self, _index: int, by: By) -> int:
        return 0

    def write_nsacr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """Ignored with one security state."""

    # SGIs

    def write_sgir(self, _index: int, value: int, _lanes: int, by: By) -> None:
        """Pends the SGI from this CPU at its targets, also while forwarding is disabled (ours)."""
        for target in Sgis.targets(value, by.cpu, self.cpus):
            self.sgis[target].pend(value & 15, 1 << by.cpu)
        self.changed()

    def read_spendsgir(self, index: int, by: By) -> int:
        """A byte for each SGI that is pending at the reading CPU, a bit for each source."""
        return int.from_bytes(bytes(self.sgis[by.cpu].sources[4 * index : 4 * index + 4]), "little")

    read_cpendsgir = read_spendsgir

    def write_spendsgir(self, index: int, value: int, lanes: int, by: By) -> None:
        """Bits of CPUs that are not there are ignored."""
        for sgi, sources in self._bytes(index, value, lanes):
            self.sgis[by.cpu].pend(sgi, sources & (1 << self.cpus) - 1)
        self.changed()

    def write_cpendsgir(self, index: int, value: int, lanes: int, by: By) -> None:
        for sgi, sources in self._bytes(index, value, lanes):
            self.sgis[by.cpu].clear(sgi, sources)
        self.changed()
