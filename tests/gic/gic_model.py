"""A model of the whole GIC, without time: each call is done at once, with all its effects.

It is written from the rules and shares nothing with the RTL but the configuration and the
registers' places. The distributor's part is in `distributor_model`.
"""

from typing import NamedTuple

from distributor_model import DistributorModel

from amagic.gic.config import GicConfig
from amagic.registers import GICD, GICH

EOIMODE = 1 << 9
HCR, LR, MISR, VMCR = GICH.HCR, GICH.LR, GICH.MISR, GICH.VMCR
PLAIN = {"CTLR": "ctlr", "PMR": "pmr", "BPR": "bpr", "ABPR": "abpr"}


class Candidate(NamedTuple):
    intid: int
    priority: int
    group: int
    cpuid: int

    @property
    def word(self) -> int:
        return self.cpuid << 10 | self.intid


class InterfaceModel:
    """GICC or GICV of one CPU, without what stands behind it."""

    def __init__(self, priority_bits: int, virtual: bool):
        self.virtual = virtual
        self.preemption_bits = min(priority_bits, 7)
        self.priority_mask = 0xFF00 >> priority_bits & 0xFF
        self.min_bpr = 7 - self.preemption_bits
        self.ctlr, self.pmr = 0, 0
        self.bpr, self.abpr = self.min_bpr, self.min_bpr + 1
        self.active = [set(), set()]  # group priorities, of APR and of NSAPR

    def write(self, name: str, value: int) -> None:
        if name == "CTLR":
            self.ctlr = value & (0x21F if self.virtual else 0x3FF)
        elif name == "PMR":
            self.pmr = value & self.priority_mask
        elif name == "BPR":
            self.bpr = max(self.min_bpr, value & 7)
        elif name == "ABPR":
            self.abpr = max(self.min_bpr + 1, value & 7)

    @property
    def running(self) -> int | None:
        return min(self.active[0] | self.active[1], default=None)

    @property
    def rpr(self) -> int:
        return 0xFF if self.running is None else self.running

    def active_word(self, bank: int, word: int) -> int:
        bits = sum(1 << (p >> 8 - self.preemption_bits) for p in self.active[bank])
        return bits >> 32 * word & 0xFFFFFFFF

    def set_active_word(self, bank: int, word: int, value: int) -> None:
        shift = 8 - self.preemption_bits
        places = range(32 * word, min(32 * word + 32, 1 << self.preemption_bits))
        self.active[bank] -= {place << shift for place in places}
        self.active[bank] |= {p << shift for p in places if value >> p - 32 * word & 1}

    def group_priority(self, candidate: Candidate, priority: int) -> int:
        """``priority`` under the binary point of the candidate's group."""
        own = candidate.group and not self.ctlr & 16
        lowest = self.abpr if own else self.bpr + 1
        return priority >> lowest << lowest

    def present(self, candidate: Candidate | None) -> bool:
        return candidate is not None and bool(self.ctlr >> candidate.group & 1)

    def signalled(self, candidate: Candidate | None) -> bool:
        if not self.present(candidate) or candidate.priority >= self.pmr:
            return False
        mine = self.group_priority(candidate, candidate.priority)
        running = self.running
        return running is None or mine < self.group_priority(candidate, running)

    def report(self, candidate: Candidate | None, there: bool, aliased: bool) -> tuple[int, bool]:
        """What IAR or HPPIR reads, and whether that is the candidate."""
        if not there or (aliased and not candidate.group):
            return 1023, False
        if candidate.group and not aliased and not self.ctlr & 4:
            return 1022, False
        return candidate.word, True

    def acknowledge(self, candidate: Candidate) -> None:
        bank = 0 if self.virtual else candidate.group
        self.active[bank].add(self.group_priority(candidate, candidate.priority))

    def drop(self) -> bool:
        running = self.running
        if running is None:
            return False
        self.active[0 if running in self.active[0] else 1].remove(running)
        return True

    def outputs(self, candidate: Candidate | None) -> tuple[int, int]:
        if not self.signalled(candidate):
            return 0, 0
        return (0, 1) if not candidate.group and self.ctlr & 8 else (1, 0)


class VirtualModel:
    """GICH of one CPU, with the list registers."""

    def __init__(self, config: GicConfig):
        self.hcr = 0
        self.lrs = [0] * config.lrs

    def _field(self, index: int, name: str) -> int:
        return LR.unpack(self.lrs[index])[name]

    def _cpuid(self, index: int) -> int | None:
        word = self.lrs[index]
        return word >> 10 & 7 if not word >> 31 and word & 0x3FF < 16 else None

    def best(self) -> int | None:
        pending = [i for i in range(len(self.lrs)) if self._field(i, "State") == 1]
        return min(pending, key=lambda i: self._field(i, "Priority"), default=None)

    def candidate(self) -> Candidate | None:
        best = self.best()
        if best is None or not self.hcr & 1:
            return None
        fields = LR.unpack(self.lrs[best])
        return Candidate(
            fields["VirtualID"], fields["Priority"] << 3, fields["Grp1"], self._cpuid(best) or 0
        )

    def _set_state(self, index: int, state: int) -> None:
        self.lrs[index] = self.lrs[index] & ~(3 << 28) | state << 28

    def acknowledge(self) -> None:
        self._set_state(self.best(), 2)

    def deactivate(self, intid: int, cpuid: int, counts: bool) -> int | None:
        """Returns the physical interrupt to deactivate, if any."""
        same = [
            i
            for i, word in enumerate(self.lrs)
            if word & 0x3FF == intid and self._cpuid(i) in (None, cpuid) and word >> 28 & 3
        ]
        active = [i for i in same if self._field(i, "State") & 2]
        if active:
            index = active[0]
            self._set_state(index, self._field(index, "State") & 1)
            return self._field(index, "PhysicalID") if self.lrs[index] >> 31 else None
        if counts and not same:
            count = HCR.unpack(self.hcr)["EOICount"]
            self.hcr = self.hcr & (1 << 27) - 1 | (count + 1) % 32 << 27
        return None

    def bits(self, wanted) -> int:
        return sum(1 << i for i, word in enumerate(self.lrs) if wanted(word))

    @property
    def eisr(self) -> int:
        return self.bits(lambda w: not w >> 28 & 3 and not w >> 31 and w >> 19 & 1)

    @property
    def elrsr(self) -> int:
        return self.bits(lambda w: not w >> 28 & 3 and (w >> 31 or not w >> 19 & 1))

    def misr(self, ctlr: int) -> int:
        hcr = HCR.unpack(self.hcr)
        states = [word >> 28 & 3 for word in self.lrs]
        return MISR.pack(
            EOI=int(self.eisr != 0),
            U=int(hcr["UIE"] and sum(map(bool, states)) < 2),
            LRENP=int(hcr["LRENPIE"] and hcr["EOICount"] != 0),
            NP=int(hcr["NPIE"] and 1 not in states),
            VGrp0E=hcr["VGrp0EIE"] & ctlr,
            VGrp0D=hcr["VGrp0DIE"] & ~ctlr & 1,
            VGrp1E=hcr["VGrp1EIE"] & ctlr >> 1,
            VGrp1D=hcr["VGrp1DIE"] & ~ctlr >> 1 & 1,
        )


class GicModel:
    """The whole GIC. Registers are named as in ``GICD_ISENABLER1``, by frame, name and index."""

    def __init__(self, config: GicConfig):
        self.config = config
        cpus = range(config.cpus)
        self.distributor = DistributorModel(config)
        self.gicc = [InterfaceModel(config.priority_bits, virtual=False) for _ in cpus]
        self.gicv = [InterfaceModel(5, virtual=True) for _ in cpus]
        self.gich = [VirtualModel(config) for _ in cpus]
        self._outside = [0] * config.cpus  # lines of PPI 25

    def line(self, intid: int, level: int, cpu: int) -> None:
        if intid == 25:
            self._outside[cpu] = level
        else:
            self.distributor.line(intid, level, cpu)
        self._maintain()

    def maintenance(self, cpu: int) -> int:
        gich = self.gich[cpu]
        return int(bool(gich.hcr & 1 and gich.misr(self.gicv[cpu].ctlr)))

    def _maintain(self) -> None:
        for cpu, outside in enumerate(self._outside):
            self.distributor.line(25, outside | self.maintenance(cpu), cpu)

    def candidate(self, frame: str, cpu: int) -> Candidate | None:
        if frame == "GICV":
            return self.gich[cpu].candidate()
        found = self.distributor.candidate(cpu)
        return None if found is None else Candidate(*found)

    def outputs(self, cpu: int) -> dict[str, int]:
        irq, fiq = self.gicc[cpu].outputs(self.candidate("GICC", cpu))
        virq, vfiq = self.gicv[cpu].outputs(self.candidate("GICV", cpu))
        maintenance = self.maintenance(cpu)
        return {"irq": irq, "fiq": fiq, "virq": virq, "vfiq": vfiq, "maintenance": maintenance}

    def vmcr(self, cpu: int) -> int:
        gicv = self.gicv[cpu]
        return gicv.ctlr | VMCR.pack(VMPriMask=gicv.pmr >> 3, VMBP=gicv.bpr, VMABP=gicv.abpr)

    def read(self, frame: str, name: str, index: int, cpu: int) -> int:
        if frame == "GICD":
            if name == "CTLR":
                return self.distributor.enable
            offset = GICD.by_name[name].at(index)
            return sum(self.distributor.read(offset + b, cpu) << 8 * b for b in range(4))
        if frame == "GICH":
            return self._read_gich(name, index, cpu)
        value = self._read_interface(frame, name, index, cpu)
        self._maintain()
        return value

    def _read_gich(self, name: str, index: int, cpu: int) -> int:
        gich = self.gich[cpu]
        if name == "LR":
            return gich.lrs[index] if index < len(gich.lrs) else 0
        return {
            "HCR": gich.hcr,
            "VMCR": self.vmcr(cpu),
            "MISR": gich.misr(self.gicv[cpu].ctlr),
            "EISR": gich.eisr >> 32 * index & 0xFFFFFFFF,
            "ELRSR": gich.elrsr >> 32 * index & 0xFFFFFFFF,
            "APR": self.gicv[cpu].active_word(0, 0),
        }[name]

    def _read_interface(self, frame: str, name: str, index: int, cpu: int) -> int:
        interface = (self.gicc if frame == "GICC" else self.gicv)[cpu]
        if name in PLAIN:
            return getattr(interface, PLAIN[name])
        if name in ("APR", "NSAPR"):
            return interface.active_word(int(name == "NSAPR"), index)
        if name == "RPR":
            return interface.rpr
        candidate = self.candidate(frame, cpu)
        aliased = name[0] == "A"
        if name.endswith("HPPIR"):
            return interface.report(candidate, interface.present(candidate), aliased)[0]
        value, taken = interface.report(candidate, interface.signalled(candidate), aliased)
        if taken:
            interface.acknowledge(candidate)
            if frame == "GICC":
                self.distributor.acknowledge(cpu)
            else:
                self.gich[cpu].acknowledge()
        return value

    def write(self, frame: str, name: str, index: int, value: int, cpu: int) -> None:
        if frame == "GICD":
            offset = GICD.by_name[name].at(index)
            if name == "SGIR":
                self.distributor.sgir(value & 15, value >> 16 & 0xFF, value >> 24 & 3, cpu)
            else:
                for byte in range(4):
                    self.distributor.write(offset + byte, value >> 8 * byte & 0xFF, cpu)
        elif frame == "GICH":
            self._write_gich(name, index, value, cpu)
        else:
            self._write_interface(frame, name, index, value, cpu)
        self._maintain()

    def _write_gich(self, name: str, index: int, value: int, cpu: int) -> None:
        gicv, gich = self.gicv[cpu], self.gich[cpu]
        if name == "HCR":
            gich.hcr = value & sum(field.mask for field in HCR.fields)
        elif name == "LR" and index < len(gich.lrs):
            gich.lrs[index] = value
        elif name == "APR":
            gicv.set_active_word(0, 0, value)
        elif name == "VMCR":
            fields = VMCR.unpack(value)
            gicv.write("CTLR", value)
            gicv.write("PMR", fields["VMPriMask"] << 3)
            gicv.write("BPR", fields["VMBP"])
            gicv.write("ABPR", fields["VMABP"])

    def _write_interface(self, frame: str, name: str, index: int, value: int, cpu: int) -> None:
        interface = (self.gicc if frame == "GICC" else self.gicv)[cpu]
        intid, cpuid = value & 0x3FF, value >> 10 & 7
        if name in ("APR", "NSAPR"):
            interface.set_active_word(int(name == "NSAPR"), index, value)
        elif name not in ("EOIR", "AEOIR", "DIR"):
            interface.write(name, value)
        elif intid < 1020:
            by_dir = name == "DIR"
            dropped = interface.drop() if not by_dir else False
            if bool(interface.ctlr & EOIMODE) == by_dir:
                self._deactivate(frame, intid, cpuid, cpu, by_dir or dropped)

    def _deactivate(self, frame: str, intid: int, cpuid: int, cpu: int, counts: bool) -> None:
        if frame == "GICC":
            self.distributor.deactivate(intid, cpu)
            return
        physical = self.gich[cpu].deactivate(intid, cpuid, counts)
        if physical is not None:
            self.distributor.deactivate(physical, cpu, lowest=16)
