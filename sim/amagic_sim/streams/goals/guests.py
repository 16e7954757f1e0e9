"""Goals of a hypervisor: list registers are filled, and worlds change places on a CPU."""

from dataclasses import dataclass, field

from ...model.cpu_interface import EOI_MODE
from ...model.list_registers import ACTIVE, EOI, GROUP1, HW, PENDING, STATE
from ...model.page import By
from ..places import alias
from ..stream import OFFSETS, Interface, Stream

__all__ = ["World", "above", "inject", "maintain", "revise", "settings", "switch"]

_MOST_WORLDS = 3


@dataclass
class World:
    """What a hypervisor has saved of a guest on a CPU."""

    vmcr: int = 0
    apr: int = 0
    hcr: int = 1
    lrs: dict[int, int] = field(default_factory=dict)
    forwarded: int = 0
    """Bits of GICD_ISACTIVER0: its forwarded PPIs that are active."""
    running: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)


def _empty(s: Stream, cpu: int) -> list[int]:
    return [i for i, word in enumerate(s.model.gich[cpu].lrs.words) if not word & STATE]


def _place(s: Stream, places: list[int]) -> int:
    """The first or the last of some places oftener than those between."""
    return s.one(places[0], places[-1], s.pick(places))


def _physical(s: Stream, cpu: int) -> int:
    """A PhysicalID: mostly of what is active and waits for its guest."""
    waiting = [value & 0x3FF for value in s.dropped[Interface("GICC", cpu)]]
    if waiting and s.often(0.7):
        return s.pick(waiting)
    wanted = s.pick([each.intid for each in s.episode.sources])
    return s.one(wanted, wanted, wanted, s.chance.randrange(16), 32 + s.config.spis, 1023)


def entry(s: Stream, cpu: int, priority: int | None = None) -> int:
    """A list register's word: pending mostly, of hardware or not, of either group."""
    vintid = s.pick(s.episode.vintids)
    if priority is None:
        priority = s.pick(s.episode.priorities)
    state = s.one(PENDING, PENDING, PENDING, PENDING, ACTIVE, STATE)
    word = state | priority >> 3 << 23 | vintid | (GROUP1 if s.often(0.4) else 0)
    if s.often(0.4) and vintid >= 16:
        return word | HW | _physical(s, cpu) << 10
    if vintid < 16 or s.often(0.05):
        word |= s.chance.randrange(s.config.cpus if s.often(0.8) else 8) << 10
    return word | (EOI if s.often(0.4) else 0)


def _write_lr(s: Stream, cpu: int, index: int, word: int) -> None:
    """By the CPU whose it is, or by another one, which has GICH of each."""
    way = s.chance.random()
    if way < 0.9:
        s.write(cpu, "GICH", "LR", word, index)
    elif way < 0.95:
        offset = OFFSETS["GICH", "LR"] + 4 * index
        s.access(s.chance.randrange(s.config.cpus), "GICH", alias(cpu, offset), 4, word)
    else:
        s.lanes(cpu, "GICH", "LR", word, s.one(0xFF << 24, 0xFF), index)


def inject(s: Stream) -> bool:
    """An empty list register is filled; a physical interrupt is handed over with HW."""
    cpu = s.cpu()
    empty = _empty(s, cpu)
    if not empty:
        return maintain(s)
    held = {word & 0x3FF for word in s.model.gich[cpu].lrs.words if word & STATE}
    word = entry(s, cpu)
    if word & 0x3FF in held and s.often(0.9):
        return False
    _write_lr(s, cpu, _place(s, empty), word)
    return True


def maintain(s: Stream) -> bool:
    """Entries that ended are found and emptied; one that nobody serves is taken away."""
    cpu = s.cpu()
    lrs = s.model.gich[cpu].lrs
    ended = [index for index in range(s.config.lrs) if lrs.summary.ended >> index & 1]
    if ended:
        index = _place(s, ended)
        if s.often(0.7):
            s.read(cpu, "GICH", s.one("EISR", "ELRSR"), index // 32)
        _write_lr(s, cpu, index, 0)
        return True
    if len(_empty(s, cpu)) == s.config.lrs or s.often(0.5):
        return False
    valid = [index for index, word in enumerate(lrs.words) if word & STATE]
    _write_lr(s, cpu, _place(s, valid), 0)
    return True


def revise(s: Stream) -> bool:
    """An entry changes in place, in whatever state it is: its state, priority, group or HW."""
    cpu = s.cpu()
    words = s.model.gich[cpu].lrs.words
    valid = [index for index, word in enumerate(words) if word & STATE]
    if not valid:
        return False
    index = _place(s, valid)
    word = words[index]
    way = s.chance.randrange(5)
    if way == 0:
        word = word & ~STATE | s.chance.randrange(4) << 28
    elif way == 1:
        word = word & ~(31 << 23) | s.pick(s.episode.priorities) >> 3 << 23
    elif way == 2:
        word ^= GROUP1
    elif way == 3:
        word ^= s.one(HW, EOI, 1, 1 << 10, 7 << 20)
    else:
        word |= STATE
    _write_lr(s, cpu, index, word)
    return True


def above(s: Stream, key: Interface) -> bool:
    """A virtual interrupt comes that preempts what runs on a GICV."""
    running = s.interface(key).running
    empty = _empty(s, key.cpu)
    if not running or not empty:
        return False
    word = entry(s, key.cpu, s.chance.randrange(running)) & ~STATE | PENDING
    _write_lr(s, key.cpu, _place(s, empty), word)
    return True


def settings(s: Stream) -> bool:
    """GICH_HCR, VMCR and APR; mostly so that the guest goes on."""
    cpu = s.cpu()
    gich = s.model.gich[cpu]
    way = s.chance.randrange(6)
    if way < 2:
        s.write(cpu, "GICH", "HCR", gich.hcr ^ 1 << s.one(0, 1, 2, 3, 4, 5, 6, 7))
    elif way == 2:
        count = s.one(0, 0, 31, s.chance.randrange(32))
        enables = s.chance.randrange(128) & s.chance.randrange(128)
        s.write(cpu, "GICH", "HCR", count << 27 | enables << 1 | s.one(0, 1, 1, 1))
    elif way == 3:
        vmcr = gich.read_vmcr(0, By(cpu)) ^ 1 << s.one(0, 1, 2, 3, 4, 9, 18, 19, 20, 21, 22, 23, 27)
        s.write(cpu, "GICH", "VMCR", vmcr)
    elif way == 4:
        pmr = s.one(31, 31, s.pick(s.episode.priorities) >> 3)
        points = s.chance.randrange(64) << 18
        modes = s.chance.randrange(8) << 2 | s.one(0, EOI_MODE)
        s.write(cpu, "GICH", "VMCR", pmr << 27 | points | modes | s.one(0, 1, 2, 3, 3, 3))
    else:
        bits = 1 << s.chance.randrange(32)
        s.write(cpu, s.one("GICH", "GICV"), "APR", s.one(0, bits, gich.gicv.active[0] ^ bits))
    return True


def _save(s: Stream, cpu: int) -> World:
    """Reads what is to be saved, and leaves an interface that is off and empty."""
    key = Interface("GICV", cpu)
    words = s.model.gich[cpu].lrs.words
    physical = {word >> 10 & 0x3FF for word in words if word & STATE and word & HW}
    ppis = sum(1 << intid for intid in physical if 16 <= intid < 32)
    world = World(running=list(s.running[key]), dropped=list(s.dropped[key]))
    world.hcr = s.read(cpu, "GICH", "HCR") or 0
    world.vmcr = s.read(cpu, "GICH", "VMCR") or 0
    world.apr = s.read(cpu, "GICH", "APR") or 0
    s.write(cpu, "GICH", "HCR", world.hcr & ~1)
    for index, word in enumerate(list(words)):
        if word & STATE:
            world.lrs[index] = s.read(cpu, "GICH", "LR", index) or 0
            s.write(cpu, "GICH", "LR", 0, index)
    if ppis:
        world.forwarded = (s.read(cpu, "GICD", "ISACTIVER") or 0) & ppis
        s.write(cpu, "GICD", "ICACTIVER", ppis)
    return world


def _restore(s: Stream, cpu: int, world: World) -> None:
    s.write(cpu, "GICH", "VMCR", world.vmcr)
    s.write(cpu, "GICH", "APR", world.apr)
    for index, word in world.lrs.items():
        s.write(cpu, "GICH", "LR", word, index)
    if world.forwarded:
        s.write(cpu, "GICD", "ISACTIVER", world.forwarded)
    s.write(cpu, "GICH", "HCR", world.hcr | 1)
    s.running[Interface("GICV", cpu)] = world.running
    s.dropped[Interface("GICV", cpu)] = world.dropped


def switch(s: Stream) -> bool:
    """A world leaves a CPU, and another one comes, perhaps from another CPU."""
    cpu = s.cpu()
    leaving = _save(s, cpu)
    if len(s.worlds) >= _MOST_WORLDS or s.worlds and s.often(0.5):
        coming = s.worlds.pop(s.chance.randrange(len(s.worlds)))
    else:
        coming = World(vmcr=31 << 27 | s.one(3, 3, 1, 3 | EOI_MODE), hcr=s.one(1, 1, 3, 9))
    s.worlds.append(leaving)
    _restore(s, cpu, coming)
    return True
