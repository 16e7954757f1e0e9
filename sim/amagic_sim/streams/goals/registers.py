"""Goals that go through registers: each of them, and what is behind the last one."""

from ...model import registers
from ...model.list_registers import EOI, PENDING, STATE
from ...model.page import By
from ..places import SIZES, absent_behind, alias, last_there
from ..stream import Source, Stream

__all__ = ["audit", "flood", "poke", "rows", "spread"]

_DO = ("read", "zero", "ones", "random")


def rows(s: Stream) -> list[tuple[str, int, str]]:
    """The registers of all frames by frame, offset and what to do, in a random order.

    Of registers that stand many times those at the ends are there each time: the first and the last
    that this configuration has, the one behind it, and the last of all. GICH's are there by an
    alias, too.
    """
    found = []
    for frame, size in SIZES.items():
        places = [size - 4, *(4 * s.chance.randrange(size // 4) for _ in range(4))]
        for register in getattr(registers, frame):
            count, last = register.count, last_there(register, s.config)
            ends = {0, 1, 2, last - 1, last, last + 1, count - 1, s.chance.randrange(count)}
            indexes = range(count) if count < 5 else sorted(i for i in ends if 0 <= i < count)
            offsets = [register.offset + 4 * index for index in indexes]
            if (behind := absent_behind(frame, register)) is not None:
                offsets.append(behind)
            if frame == "GICH":
                held = s.one(0, s.config.cpus - 1, s.chance.randrange(8))
                offsets += [alias(held, offset) for offset in offsets if offset < 0x200]
            places += offsets
        found += [(frame, place, do) for place in places for do in _DO]
    s.chance.shuffle(found)
    return found


def poke(s: Stream) -> bool:
    """The next register: read, or written with zeros, with ones or with a random value."""
    if not s.places:
        s.places = rows(s)
    frame, offset, do = s.places.pop()
    size = s.one(4, 4, 4, 2, 1)
    offset += s.chance.randrange(0, 4, size)
    ones = (1 << 8 * size) - 1
    value = {"read": None, "zero": 0, "ones": ones}.get(do, s.chance.randrange(ones + 1))
    cpu = s.cpu()
    if do == "ones" and frame == "GICD" and s.often(0.5):
        # What all of a row becomes at once is rarely good for the rest of an episode.
        value = ones ^ 1 << s.chance.randrange(8 * size)
    s.access(cpu, frame, offset, size, value)
    if do != "read" and s.often(0.5):
        s.access(cpu, frame, offset, size)
    return True


def audit(s: Stream) -> bool:
    """What the state of the episode's interrupts reads as."""
    cpu = s.cpu()
    for _ in range(s.chance.randrange(1, 5)):
        way = s.chance.randrange(9)
        source = s.pick(s.episode.sources)
        row = source.intid // 32
        at = s.reach(source)
        if way < 3:
            s.read(at, "GICD", s.one("ISPENDR", "ISACTIVER", "ICPENDR", "ICACTIVER"), row)
        elif way == 3:
            name = s.one("ISENABLER", "ICENABLER", "IGROUPR", "SPISR", "PPISR", "ICFGR")
            index = {"SPISR": max(row - 1, 0), "PPISR": 0, "ICFGR": source.intid // 16}
            s.read(at, "GICD", name, index.get(name, row))
        elif way == 4:
            s.read(at, "GICD", s.one("IPRIORITYR", "ITARGETSR"), source.intid // 4)
        elif way == 5:
            s.read(cpu, "GICD", s.one("SPENDSGIR", "CPENDSGIR"), s.chance.randrange(4))
        elif way == 6:
            words = s.model.gich[cpu].lrs.words
            valid = [index for index, word in enumerate(words) if word & STATE]
            index = s.pick(valid) if valid else s.chance.randrange(len(words))
            s.read(cpu, "GICH", "LR", index)
        elif way == 7:
            frame, name = s.one(("GICD", "TYPER"), ("GICD", "IIDR"), ("GICH", "VTR"))
            s.read(cpu, frame, name)
        else:
            name = s.one("HCR", "VMCR", "MISR", "EISR", "ELRSR", "APR")
            s.read(cpu, "GICH", name, s.one(0, 1) if name in ("EISR", "ELRSR") else 0)
    return True


def flood(s: Stream) -> bool:
    """A whole row of something at once, and gone again: enables, states, lines, list registers."""
    cpu = s.cpu()
    row = s.chance.randrange((31 + s.config.spis) // 32 + 1)
    way = s.chance.randrange(6)
    if way == 0:
        _fill_lists(s, cpu)
    elif way == 1:
        _raise_lines(s, cpu, row)
    elif way == 2:
        index = s.chance.randrange(4)
        s.write(cpu, "GICD", "SPENDSGIR", 0xFFFF_FFFF, index)
        s.read(cpu, "GICD", s.one("SPENDSGIR", "CPENDSGIR"), index)
        s.write(cpu, "GICD", "CPENDSGIR", 0xFFFF_FFFF, index)
    elif way == 3 and row:
        before = s.model.distributor.read_icfgr(2 * row, By(cpu))
        s.write(cpu, "GICD", "ICFGR", 0xFFFF_FFFF, 2 * row)
        s.read(cpu, "GICD", "ICFGR", 2 * row)
        s.write(cpu, "GICD", "ICFGR", before, 2 * row)
    elif way == 4:
        before = s.model.distributor.read_igroupr(row, By(cpu))
        s.write(cpu, "GICD", "IGROUPR", 0xFFFF_FFFF, row)
        s.read(cpu, "GICD", "IGROUPR", row)
        s.write(cpu, "GICD", "IGROUPR", before, row)
    else:
        name = s.one("PEND", "ACTIVE", "ENABLE")
        if name == "PEND" and not row:
            for index in range(4):
                s.write(cpu, "GICD", "SPENDSGIR", 0x0101_0101, index)
        s.write(cpu, "GICD", f"IS{name}R", 0xFFFF_FFFF, row)
        s.read(cpu, "GICD", f"I{s.one('S', 'C')}{name}R", row)
        s.write(cpu, "GICD", f"IC{name}R", 0xFFFF_FFFF, row)
        if name == "PEND" and not row:
            for index in range(4):
                s.write(cpu, "GICD", "CPENDSGIR", 0xFFFF_FFFF, index)
    return True


def spread(s: Stream) -> bool:
    """Every CPU is the target of four SPIs at once, or four interrupts have the least priority."""
    cpu, index = s.cpu(), s.chance.randrange(8 + (s.config.spis + 3) // 4)
    name = "ITARGETSR" if index >= 8 and s.often(0.5) else "IPRIORITYR"
    before = getattr(s.model.distributor, f"read_{name.lower()}")(index, By(cpu))
    s.write(cpu, "GICD", name, 0xFFFF_FFFF, index)
    s.read(cpu, "GICD", name, index)
    s.write(cpu, "GICD", name, before, index)
    return True


def _fill_lists(s: Stream, cpu: int) -> None:
    """Every list register ends with EOI set; then every one waits; then none."""
    words = list(s.model.gich[cpu].lrs.words)
    for state in (0, PENDING):
        for index in range(s.config.lrs):
            s.write(cpu, "GICH", "LR", state | EOI | 31 << 23 | 100 + index, index)
        for name in ("EISR", "ELRSR"):
            for index in range((s.config.lrs + 31) // 32):
                s.read(cpu, "GICH", name, index)
    for index, word in enumerate(words):
        s.write(cpu, "GICH", "LR", word, index)


def _raise_lines(s: Stream, cpu: int, row: int) -> None:
    """Every line of a row is high, then low."""
    intids = range(max(32 * row, 16), min(32 * row + 32, 32 + s.config.spis))
    sources = [Source(intid, 0 if row else cpu) for intid in intids]
    for source in sources:
        s.drive(source, 1)
    s.read(cpu, "GICD", "SPISR" if row else "PPISR", max(row - 1, 0))
    s.read(cpu, "GICD", "ISPENDR", row)
    for source in sources:
        s.drive(source, 0)
