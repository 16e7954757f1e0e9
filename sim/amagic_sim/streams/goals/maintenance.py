"""Goals around a CPU's own maintenance interrupt, PPI 25, whose line the GIC drives itself."""

from ...model.cpu_interface import EOI_MODE
from ...model.list_registers import ACTIVE, GROUP1, HW, PENDING, STATE
from ...model.page import By
from ..stream import OFFSETS, Interface, Source, Stream
from .interrupts import prepare

__all__ = ["answer_itself", "overtake"]

_EN, _UIE, _NPIE = 1, 2, 8
_INTID = 25


def _clear_lists(s: Stream, cpu: int) -> None:
    for index, word in enumerate(s.model.gich[cpu].lrs.words):
        if word & STATE or index < 2:
            s.write(cpu, "GICH", "LR", 0, index)


def _entry(vintid: int, state: int, priority: int = 0x10) -> int:
    return state | priority << 23 | vintid


def answer_itself(s: Stream) -> bool:
    """The end of a forwarded maintenance interrupt raises its line, lowers it, or leaves it."""
    cpu = s.cpu()
    vintid = s.chance.randrange(16, 1020)
    key = Interface("GICV", cpu)
    _clear_lists(s, cpu)
    rises = s.often(0.5)
    own = HW | _INTID << 10
    if s.config.security and s.often(0.7):
        # Of Group 0 it cannot be forwarded.
        groups = s.model.distributor.read_igroupr(0, By(cpu)) | 1 << _INTID
        s.access(cpu, "GICD", OFFSETS["GICD", "IGROUPR"], 4, groups, secure=1)
    condition = _UIE if rises else _NPIE
    s.write(cpu, "GICH", "HCR", _EN | s.one(condition, condition, 0))
    s.write(cpu, "GICH", "LR", own | _entry(vintid, ACTIVE if rises else STATE), 0)
    if rises and s.config.lrs > 1:
        s.write(cpu, "GICH", "LR", _entry(1000, ACTIVE), 1)
    s.drive(Source(_INTID, cpu), 0)
    s.write(cpu, "GICD", s.one("ICPENDR", "ICPENDR", "ISPENDR"), 1 << _INTID)
    s.write(cpu, "GICD", "ISACTIVER", 1 << _INTID)
    ctlr = s.interface(key).ctlr
    name = "DIR" if ctlr & EOI_MODE else s.one("EOIR", "AEOIR")
    s.write(cpu, "GICV", name, vintid)
    s.write(cpu, "GICH", "LR", 0, 0)
    return True


def overtake(s: Stream) -> bool:
    """A guest's acknowledge raises the maintenance interrupt, which takes the place of another one
    that the host was signalled: with the other output, or with none if its group is off."""
    cpu = s.cpu()
    own, key = Source(_INTID, cpu), Interface("GICC", cpu)
    if s.active(own) or s.pending(own):
        s.drive(own, 0)
        s.set_bit("ICPENDR", own)
        s.set_bit("ICACTIVER", own)
    _clear_lists(s, cpu)
    s.write(cpu, "GICH", "APR", 0)
    group = s.one(0, 1)
    s.write(cpu, "GICH", "VMCR", 31 << 27 | 3)
    s.write(cpu, "GICH", "LR", _entry(s.chance.randrange(1020), PENDING) | s.one(0, GROUP1), 0)
    s.write(cpu, "GICH", "HCR", _EN | _NPIE)
    s.set_byte("IPRIORITYR", own, 0)
    if s.group(own) != group:
        s.set_field("IGROUPR", own, 1, group)
    prepare(s, own)
    ctlr = s.interface(key).ctlr & ~3 | s.one(3, 3, 2 - group)
    s.write(cpu, "GICC", "CTLR", ctlr | s.one(0, 8))
    s.read(cpu, "GICV", s.one("IAR", "AIAR"))
    s.write(cpu, "GICH", "HCR", _EN)
    return True
