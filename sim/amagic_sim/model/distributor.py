"""The distributor: GICD, the interrupt lines, and which interrupt each CPU interface is offered.

With the Security Extensions a field of a Group 0 interrupt reads 0 and ignores writes in Non-secure
accesses (IHI 0048A 4.2.1), as far as GICD_NSACR does not permit them. IHI 0048A is GICv1's
specification; its secure interrupts are GICv2's Group 0.
"""

from .identity import Identity
from .interrupts import PRIVATE, SGIS, Candidate, Interrupts
from .page import WORD, By, merge
from .priority import non_secure_view, secure_value
from .sgi import Sgis

__all__ = ["Distributor"]

SET_PENDING, CLEAR_PENDING, TARGETS, NEVER = 1, 2, 3, 4
"""What GICD_NSACR must say for a Non-secure access to a field of a Group 0 interrupt.

Each includes those before it. CLEAR_PENDING is also to see whether it is active (page
GICD_NSACR<n>). None of them opens GICD_SPENDSGIR and GICD_CPENDSGIR (IHI 0048B 4.3.17).
"""


def spread(bits: int) -> int:
    """Four bits, each in the lowest place of its byte."""
    return bits & 1 | (bits & 2) << 7 | (bits & 4) << 14 | (bits & 8) << 21


class Distributor:
    """GICD for ``cpus`` CPU interfaces. Interrupts 0 to 31 exist once for each of them."""

    def __init__(
        self, cpus: int, spis: int, priority_bits: int, identity: Identity, security: int = 0
    ):
        self.cpus, self.spis, self.security = cpus, spis, security
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
        """From a list register with HW = 1: a PPI of its own CPU, or an SPI; else ignored.

        It acts as a Non-secure GICC_DIR: with the Security Extensions Group 0 is out of reach.
        """
        if intid >= 16 and not (self.security and not self.group(intid, cpu)):
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

    def group(self, intid: int, cpu: int) -> int:
        return self.bank(intid, cpu).group >> intid & 1

    def _row(self, index: int, by: By) -> Interrupts:
        """The bank of a register with a bit for each interrupt; the first one is banked."""
        return self.shared if index else self.private[by.cpu]

    @staticmethod
    def _reach(bank: Interrupts, by: By, level: int = NEVER) -> int:
        """The interrupts of a bank whose fields an access sees and changes."""
        return bank.permits(level) if by.non_secure else bank.present

    def _bits(self, state: str, index: int, by: By, level: int = NEVER) -> int:
        """Reads a register with a bit for each interrupt."""
        bank = self._row(index, by)
        return (getattr(bank, state) & self._reach(bank, by, level)) >> 32 * index & WORD

    # Control and identification

    def read_ctlr(self, _index: int, by: By) -> int:
        """EnableGrp0 and EnableGrp1. A Non-secure access sees EnableGrp1 alone, as bit 0."""
        return self.enable >> 1 if by.non_secure else self.enable

    def write_ctlr(self, _index: int, value: int, lanes: int, by: By) -> None:
        """They gate the forwarding only; no state changes."""
        if by.non_secure:
            self.enable = self.enable & 1 | (merge(self.enable >> 1, value, lanes) & 1) << 1
        else:
            self.enable = merge(self.enable, value, lanes) & 3
        self.changed()

    def read_typer(self, _index: int, by: By) -> int:
        """ITLinesNumber [4:0] rows of 32 less one, CPUNumber [7:5] less one, SecurityExtn [10].

        LSPI [15:11] is 0: no SPI can be locked.
        """
        return (self.spis + 31) // 32 | self.cpus - 1 << 5 | self.security << 10

    def read_iidr(self, _index: int, by: By) -> int:
        return self.identity.gicd_iidr

    def read_pidr(self, index: int, by: By) -> int:
        return self.identity.pidr(index)

    def read_cidr(self, index: int, by: By) -> int:
        return self.identity.cidr(index)

    # A bit for each interrupt. What is not implemented reads 0 and ignores writes.

    def _ones(self, bank: Interrupts, index: int, value: int, by: By, level: int = NEVER) -> int:
        """The interrupts that a write of 1s to a set or clear register acts on."""
        return value << 32 * index & self._reach(bank, by, level)

    def read_igroupr(self, index: int, by: By) -> int:
        """Only for Secure accesses."""
        return 0 if by.non_secure else self._bits("group", index, by)

    def write_igroupr(self, index: int, value: int, lanes: int, by: By) -> None:
        if by.non_secure:
            return
        bank = self._row(index, by)
        bank.group = merge(bank.group, value << 32 * index, lanes << 32 * index) & bank.present
        self.changed()

    def read_isenabler(self, index: int, by: By) -> int:
        return self._bits("enabled", index, by)

    def write_isenabler(self, index: int, value: int, _lanes: int, by: By) -> None:
        bank = self._row(index, by)
        bank.enabled |= self._ones(bank, index, value, by)
        self.changed()

    read_icenabler = read_isenabler

    def write_icenabler(self, index: int, value: int, _lanes: int, by: By) -> None:
        """SGIs stay enabled (IMPLEMENTATION DEFINED; seen on a GIC-400)."""
        bank = self._row(index, by)
        bank.enabled &= ~(self._ones(bank, index, value, by) & ~SGIS)
        self.changed()

    def read_ispendr(self, index: int, by: By) -> int:
        """Pending, or active and pending: 1 too while a level-sensitive line is high."""
        return self._bits("pending", index, by, SET_PENDING)

    def write_ispendr(self, index: int, value: int, _lanes: int, by: By) -> None:
        """Sets the latch, also of a level-sensitive interrupt whose line is high: it then stays
        pending when the line falls (page GICD_ISPENDR<n>). SGIs ignore it."""
        bank = self._row(index, by)
        bank.latch |= self._ones(bank, index, value, by, SET_PENDING) & ~SGIS
        self.changed()

    def read_icpendr(self, index: int, by: By) -> int:
        return self._bits("pending", index, by, CLEAR_PENDING)

    def write_icpendr(self, index: int, value: int, _lanes: int, by: By) -> None:
        """Clears the latch: a level-sensitive interrupt whose line is high stays pending (page
        GICD_ICPENDR<n>). SGIs ignore it."""
        bank = self._row(index, by)
        bank.latch &= ~(self._ones(bank, index, value, by, CLEAR_PENDING) & ~SGIS)
        self.changed()

    def read_isactiver(self, index: int, by: By) -> int:
        return self._bits("active", index, by, CLEAR_PENDING)

    def write_isactiver(self, index: int, value: int, _lanes: int, by: By) -> None:
        """Active holds the interrupt back; no active priority changes. SGIs as well (ours)."""
        bank = self._row(index, by)
        bank.active |= self._ones(bank, index, value, by)
        self.changed()

    read_icactiver = read_isactiver

    def write_icactiver(self, index: int, value: int, _lanes: int, by: By) -> None:
        bank = self._row(index, by)
        bank.active &= ~self._ones(bank, index, value, by)
        self.changed()

    # A byte for each interrupt

    @staticmethod
    def _bytes(index: int, value: int, lanes: int) -> list[tuple[int, int]]:
        """The INTIDs that a write of bytes reaches, with their bytes."""
        shifts = [(byte, 8 * byte) for byte in range(4) if lanes >> 8 * byte & 0xFF]
        return [(4 * index + byte, value >> shift & 0xFF) for byte, shift in shifts]

    def _lanes(self, index: int, by: By, level: int = NEVER) -> int:
        """The bytes of four interrupts' register that an access reaches."""
        return spread(self._reach(self.bank(4 * index, by.cpu), by, level) >> 4 * index & 15) * 0xFF

    def read_ipriorityr(self, index: int, by: By) -> int:
        """A Non-secure access sees a priority of Group 1 without its highest bit: shifted left."""
        bank = self.bank(4 * index, by.cpu)
        priorities = bank.priority[4 * index : 4 * index + 4]
        if by.non_secure:
            priorities = [non_secure_view(priority) for priority in priorities]
        return int.from_bytes(bytes(priorities), "little") & self._lanes(index, by)

    def write_ipriorityr(self, index: int, value: int, lanes: int, by: By) -> None:
        """The lower bits that are not implemented read 0 and ignore writes.

        A Non-secure access gives Group 1 a priority in the lower half: 0x80 or more.
        """
        bank = self.bank(4 * index, by.cpu)
        reach = self._reach(bank, by)
        for intid, byte in self._bytes(index, value, lanes):
            if reach >> intid & 1:
                priority = secure_value(byte) if by.non_secure else byte
                bank.priority[intid] = priority & self.priority_mask
        self.changed()

    def read_itargetsr(self, index: int, by: By) -> int:
        """SGIs and PPIs: the reading CPU's own bit. With one CPU the whole range reads 0 and
        ignores writes (page GICD_ITARGETSR<n>)."""
        if self.cpus == 1:
            return 0
        if index < 8:
            targets = 0x0101_0101 << by.cpu
        else:
            vectors = enumerate(self.targeted)
            targets = sum(spread(vector >> 4 * index & 15) << cpu for cpu, vector in vectors)
        return targets & self._lanes(index, by, TARGETS)

    def write_itargetsr(self, index: int, value: int, lanes: int, by: By) -> None:
        """Bits of CPUs that are not there are ignored; of SGIs and PPIs, all."""
        if self.cpus == 1:
            return
        reach = self._reach(self.shared, by, TARGETS)
        for intid, byte in self._bytes(index, value, lanes):
            bit = 1 << intid & self.shared.present & reach
            for cpu in range(self.cpus):
                self.targeted[cpu] = self.targeted[cpu] & ~bit | (bit if byte >> cpu & 1 else 0)
        self.changed()

    # Two bits for each interrupt

    def read_icfgr(self, index: int, by: By) -> int:
        """The upper bit: edge. The lower one reads 1 for PPIs and SPIs (seen on a GIC-400)."""
        bank = self.bank(16 * index, by.cpu)
        reach = self._reach(bank, by)
        value = 0
        for place in range(16):
            intid = 16 * index + place
            if reach >> intid & 1:
                value |= (bank.edge >> intid & 1) << 2 * place + 1 | (intid >= 16) << 2 * place
        return value

    def write_icfgr(self, index: int, value: int, lanes: int, by: By) -> None:
        """SGIs and PPIs are fixed, and so is each lower bit. What a high line means changes at
        once; the latch stays (a change while enabled is UNPREDICTABLE)."""
        if index < 2:
            return
        reach = self._reach(self.shared, by)
        for place in range(16):
            bit = 1 << 16 * index + place & reach
            if lanes >> 2 * place + 1 & 1:
                edge = value >> 2 * place + 1 & 1
                self.shared.edge = self.shared.edge & ~bit | (bit if edge else 0)
        self.changed()

    def read_nsacr(self, index: int, by: By) -> int:
        """Only with the Security Extensions, and only for Secure accesses."""
        if not self.security or by.non_secure:
            return 0
        low, high = self.bank(16 * index, by.cpu).non_secure_access
        fields = range(16)
        return sum(
            (low >> 16 * index + field & 1) << 2 * field
            | (high >> 16 * index + field & 1) << 2 * field + 1
            for field in fields
        )

    def write_nsacr(self, index: int, value: int, lanes: int, by: By) -> None:
        """A field for each SGI (banked) and SPI; PPIs have none (page GICD_NSACR<n>)."""
        if not self.security or by.non_secure or index == 1:
            return
        bank = self.bank(16 * index, by.cpu)
        for bit in range(32):
            if lanes >> bit & 1:
                intid, half = 16 * index + bit // 2, bit & 1
                old = bank.non_secure_access[half] & ~(1 << intid)
                bank.non_secure_access[half] = old | (value >> bit & 1) << intid & bank.present

    # Line levels, whatever the interrupt's state

    def read_ppisr(self, _index: int, by: By) -> int:
        return self._bits("level", 0, by) >> 16

    def read_spisr(self, index: int, by: By) -> int:
        return self._bits("level", index + 1, by)

    # SGIs

    def write_sgir(self, _index: int, value: int, _lanes: int, by: By) -> None:
        """Pends the SGI from this CPU at its targets, also while forwarding is disabled (ours)."""
        for target in Sgis.targets(value, by.cpu, self.cpus):
            if self._sends(value, target, by):
                self.sgis[target].pend(value & 15, 1 << by.cpu)
        self.changed()

    def _sends(self, value: int, target: int, by: By) -> bool:
        """Whether an SGI goes to a target, by its group there (page GICD_SGIR).

        A Secure access sends to those where the SGI's group is NSATT. A Non-secure one sends Group
        1, and Group 0 where GICD_NSACR0 permits it; that this is the target's own is unverified.
        """
        if not self.security:
            return True
        bank, sgi = self.private[target], value & 15
        if by.non_secure:
            return bool(bank.permits(SET_PENDING) >> sgi & 1)
        return bank.group >> sgi & 1 == value >> 15 & 1

    def read_spendsgir(self, index: int, by: By) -> int:
        """A byte for each SGI that is pending at the reading CPU, a bit for each source."""
        return self._sources(index, by) & self._lanes(index, by)

    read_cpendsgir = read_spendsgir

    def _sources(self, index: int, by: By) -> int:
        return int.from_bytes(bytes(self.sgis[by.cpu].sources[4 * index : 4 * index + 4]), "little")

    def write_spendsgir(self, index: int, value: int, lanes: int, by: By) -> None:
        """Bits of CPUs that are not there are ignored."""
        lanes &= self._lanes(index, by)
        for sgi, sources in self._bytes(index, value, lanes):
            self.sgis[by.cpu].pend(sgi, sources & (1 << self.cpus) - 1)
        self.changed()

    def write_cpendsgir(self, index: int, value: int, lanes: int, by: By) -> None:
        lanes &= self._lanes(index, by)
        for sgi, sources in self._bytes(index, value, lanes):
            self.sgis[by.cpu].clear(sgi, sources)
        self.changed()
