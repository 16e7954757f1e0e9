"""Two things at once: lines that change while software makes accesses, and accesses in a row."""

from ...model import registers as known
from ...model.page import By
from ...replay.operation import Drive, Operation, Pulse, Race
from ..causes import NAMES
from ..places import SIZES
from ..stream import Interface, Source, Stream
from . import guests, interfaces, interrupts, mistakes, registers

__all__ = ["meet"]

_ACCESSES = (
    *(interfaces.acknowledge, interfaces.acknowledge, interfaces.complete, interfaces.deactivate),
    *(interfaces.look_ahead, interfaces.mask, interfaces.modes, interfaces.unblock),
    *(interrupts.configure, interrupts.withdraw, interrupts.raise_one, interrupts.release),
    *(interrupts.control, guests.inject, guests.maintain, guests.settings, mistakes.mistake),
    *(registers.audit, registers.poke),
)
"""Goals that mostly begin with an access."""
_EVERY = [(frame, each) for frame in SIZES for each in getattr(known, frame)]
_LONGEST = 12
_RESERVED = {
    frame: [(frame, offset) for offset in range(0, size, 4) if (frame, offset) not in NAMES]
    for frame, size in SIZES.items()
}


def meet(s: Stream) -> bool:
    """A line and an access, two accesses, or two lines; then what tells the courses apart."""
    line = _line(s)
    way = s.chance.random()
    if way < 0.04:
        pair = _any(s), _any(s)
    elif line is None or way < 0.2:
        pair = s.first_of(s.pick(_ACCESSES)), s.first_of(s.pick(_ACCESSES))
    elif way < 0.25:
        pair = line, _line(s)
    else:
        kind = s.one(_about, _about, _about, _any, _any, _any, _of_a_goal)
        access = kind(s, Source(line.intid, line.cpu))
        pair = (line, access) if s.often(0.6) else (access, line)
    first, second = pair
    if first is None or second is None or _same_line(first, second):
        return False
    near, far = s.chance.randrange(2, 6), s.chance.randrange(2, _LONGEST + 1)
    gap = s.one(0, 1, near, far)
    s.do(Race(gap, first, second))
    for each in pair:
        if isinstance(each, Drive | Pulse):
            _look(s, Source(each.intid, each.cpu))
    return True


def _same_line(first: object, second: object) -> bool:
    both = [each for each in (first, second) if isinstance(each, Drive | Pulse)]
    return len(both) == 2 and both[0][:2] == both[1][:2]


def _line(s: Stream) -> Drive | Pulse | None:
    source = s.pick([each for each in s.episode.sources if each.intid >= 16])
    if source is None:
        return None
    if s.often(0.35):
        return Pulse(source.cpu, source.intid)
    return Drive(source.cpu, source.intid, s.level(source) ^ 1)


def _of_a_goal(s: Stream, _source: Source) -> Operation | None:
    return s.first_of(s.pick(_ACCESSES))


def _any(s: Stream, _source: Source | None = None) -> Operation | None:
    """An access to any register, or to a place where none is."""
    frame, register = s.pick(_EVERY)
    offset = register.offset + 4 * s.chance.randrange(min(register.count, 4))
    if s.often(0.1):
        frame, offset = s.pick(_RESERVED[s.pick(list(_RESERVED))])
    value = s.chance.getrandbits(32) & s.chance.getrandbits(32) if s.often(0.5) else None
    return s.first_of(lambda s: s.access(s.cpu(), frame, offset, 4, value))


def _about(s: Stream, source: Source) -> Operation | None:
    """An access for which it may make a difference whether the line changed before."""
    cpu, row, bit = s.reach(source), source.intid // 32, 1 << source.intid % 32
    way = s.chance.random()
    if way < 0.4:
        name = s.one("IAR", "IAR", "AIAR", "AIAR", "HPPIR", "AHPPIR")
        if s.often(0.8):
            _open(s, source, cpu)
            if name.startswith("A") and not s.group(source):
                s.set_field("IGROUPR", source, 1, 1)
        return s.first_of(lambda s: s.read(cpu, "GICC", name))
    if way < 0.5:
        name, index = ("SPISR", row - 1) if row else ("PPISR", 0)
        return s.first_of(lambda s: s.read(cpu, "GICD", name, index))
    if way < 0.65:
        name = s.one("ISPENDR", "ICPENDR")
        return s.first_of(lambda s: s.read(cpu, "GICD", name, row))
    if way < 0.9 or not row:
        name = s.one("ICPENDR", "ICPENDR", "ISPENDR", "ISACTIVER", "ICACTIVER")
        return s.first_of(lambda s: s.write(cpu, "GICD", name, bit, row))
    index = source.intid // 16
    word = s.model.distributor.read_icfgr(index, By(cpu)) ^ 2 << 2 * (source.intid % 16)
    return s.first_of(lambda s: s.write(cpu, "GICD", "ICFGR", word, index))


def _open(s: Stream, source: Source, cpu: int) -> None:
    """The interrupt is all that a CPU could be offered, once it is pending."""
    interrupts.prepare(s, source, cpu)
    if s.active(source):
        s.set_bit("ICACTIVER", source)
    if s.priority(source) and s.often(0.5):
        s.set_byte("IPRIORITYR", source, 0)
    part = s.interface(Interface("GICC", cpu))
    if part.running is not None:
        s.write(cpu, "GICC", "APR", 0)
        s.write(cpu, "GICC", "NSAPR", 0)
    if part.pmr < 0x80:
        s.write(cpu, "GICC", "PMR", 0xFF)


def _look(s: Stream, source: Source) -> None:
    """Reads that tell the courses apart that a race may have taken."""
    cpu, row = s.reach(source), source.intid // 32
    s.read(cpu, "GICD", s.one("ISPENDR", "ICPENDR"), row)
    if s.often(0.3):
        s.read(cpu, "GICD", s.one("ISACTIVER", "ICACTIVER"), row)
    interfaces.acknowledge(s)
