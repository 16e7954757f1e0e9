"""Goals that go through registers: each of them, and what is behind the last one."""

from ...model import registers
from ...model.list_registers import STATE
from ..stream import Stream

__all__ = ["audit", "poke", "rows"]

SIZES = {"GICD": 0x1000, "GICC": 0x2000, "GICH": 0x1000, "GICV": 0x2000}


def rows(s: Stream) -> list[tuple[str, int, str]]:
    """The registers of all frames by frame, offset and what to do, in a random order.

    Of registers that stand many times those at the ends are there each time: the first and the last
    that this configuration has, the one behind it, and the last of all.
    """
    found = []
    spis, lrs = s.config.spis, s.config.lrs
    for frame in SIZES:
        for register in getattr(registers, frame):
            count = register.count
            each = {32: 32, 31: 32, 64: 16, 255: 4}.get(count)
            last = lrs - 1 if register.name == "LR" else (31 + spis) // (each or 1)
            if register.name == "SPISR":
                last -= 1
            ends = {0, 1, 2, last - 1, last, last + 1, count - 1, s.chance.randrange(count)}
            places = range(count) if count < 5 else sorted(i for i in ends if 0 <= i < count)
            found += [
                (frame, register.offset + 4 * place, do)
                for place in places
                for do in ("read", "zero", "ones", "random")
            ]
        size = SIZES[frame]
        found += [
            (frame, 4 * s.chance.randrange(size // 4), do)
            for do in ("read", "ones", "random")
            for _ in range(4)
        ]
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
        way = s.chance.randrange(8)
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
        else:
            name = s.one("HCR", "VMCR", "MISR", "EISR", "ELRSR", "APR")
            s.read(cpu, "GICH", name, s.one(0, 1) if name in ("EISR", "ELRSR") else 0)
    return True
