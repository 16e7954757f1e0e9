"""Goals of software that is wrong. None of it may disturb what it does not name."""

from ...model.cpu_interface import EOI_MODE
from ...model.list_registers import STATE
from ..stream import OFFSETS, Interface, Source, Stream
from .guests import entry

__all__ = ["meddle", "mistake"]


def _any_intid(s: Stream) -> int:
    known = s.pick(s.episode.sources).intid
    last = 31 + s.config.spis
    return s.one(known, known, last, last + 1, s.chance.randrange(1020), 1020, 1021, 1022, 1023)


def _end_of_what_was_never_acknowledged(s: Stream, key: Interface) -> None:
    intid = s.pick(s.episode.vintids) if key.frame == "GICV" and s.often(0.6) else _any_intid(s)
    cpuid = s.one(0, 0, s.chance.randrange(8))
    name = s.one("EOIR", "AEOIR", "DIR")
    reserved = s.one(0, 0, 0x7FFFF) << 13
    s.write(key.cpu, key.frame, name, reserved | cpuid << 10 | intid)


def _out_of_order(s: Stream, key: Interface) -> None:
    """The end of an outer interrupt while an inner one runs; or of what has ended, or another's."""
    nested = s.pick([each for each in s.interfaces() if len(s.running[each]) > 1])
    dropped = s.pick([each for each in s.interfaces() if s.dropped[each]])
    if nested is not None and s.often(0.6):
        key, value = nested, s.running[nested][0]
    elif dropped is not None and s.often(0.6):
        key, value = dropped, s.dropped[dropped][0]
    else:
        other = s.pick([each for each in s.interfaces() if s.running[each]])
        if other is None:
            return
        value = s.running[other][-1]
    if s.often(0.3):
        s.write(key.cpu, key.frame, "CTLR", s.interface(key).ctlr ^ EOI_MODE)
    s.write(key.cpu, key.frame, s.one("EOIR", "AEOIR", "DIR"), value)


def _wrong_source(s: Stream, key: Interface) -> None:
    """The end of an SGI with another CPU's number in it."""
    values = [value for value in s.running[key] + s.dropped[key] if value & 0x3FF < 16]
    value = s.pick(values)
    if value is not None:
        name = "DIR" if value in s.dropped[key] else "EOIR"
        s.write(key.cpu, key.frame, name, value ^ 1 << s.one(10, 11, 12))


def _twice(s: Stream, key: Interface) -> None:
    """Something is acknowledged or ended a second time."""
    if s.often(0.5):
        s.read(key.cpu, key.frame, "IAR")
        s.read(key.cpu, key.frame, s.one("IAR", "AIAR"))
    elif s.running[key]:
        value = s.running[key][-1]
        name = s.one("EOIR", "AEOIR")
        s.write(key.cpu, key.frame, name, value)
        s.write(key.cpu, key.frame, name, value)


def _dir_in_the_wrong_mode(s: Stream, key: Interface) -> None:
    value = s.pick(s.running[key] + s.dropped[key])
    if value is None:
        return
    ctlr = s.interface(key).ctlr
    if ctlr & EOI_MODE and s.often(0.5):
        s.write(key.cpu, key.frame, "CTLR", ctlr & ~EOI_MODE)
    s.write(key.cpu, key.frame, "DIR", value)


def _narrow(s: Stream, key: Interface) -> None:
    """A part of a register that acts as a whole."""
    name = s.one("IAR", "AIAR", "EOIR", "AEOIR", "DIR")
    size = s.one(1, 2)
    offset = OFFSETS[key.frame, name] + s.chance.randrange(0, 4, size)
    value = None if s.often(0.4) else _any_intid(s) & (1 << 8 * size) - 1
    s.access(key.cpu, key.frame, offset, size, value)


def _entry_of_an_active_interrupt(s: Stream, key: Interface) -> None:
    """A list register is overwritten while its interrupt is active, or filled with a twin."""
    words = s.model.gich[key.cpu].lrs.words
    valid = [index for index, word in enumerate(words) if word & STATE]
    if not valid:
        return
    index = s.pick(valid)
    if s.often(0.5):
        s.write(key.cpu, "GICH", "LR", entry(s, key.cpu), index)
    else:
        s.write(key.cpu, "GICH", "LR", words[index], s.chance.randrange(s.config.lrs))


def _active_priorities(s: Stream, key: Interface) -> None:
    """Active priorities that belong to no interrupt."""
    levels = 1 << s.interface(key).preemption_bits
    bit = s.chance.randrange(levels)
    s.write(key.cpu, key.frame, s.one("APR", "NSAPR"), 1 << bit % 32, bit // 32)


_MISTAKES = (
    _end_of_what_was_never_acknowledged,
    _end_of_what_was_never_acknowledged,
    _out_of_order,
    _out_of_order,
    _wrong_source,
    _twice,
    _dir_in_the_wrong_mode,
    _narrow,
    _entry_of_an_active_interrupt,
    _active_priorities,
)


def mistake(s: Stream) -> bool:
    before = len(s.operations)
    s.pick(_MISTAKES)(s, s.pick(s.interfaces()))
    return len(s.operations) > before


_BITS = ("ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER")
_SETTINGS = ("IPRIORITYR", "ITARGETSR", "IGROUPR")
_ENDS = ("EOIR", "AEOIR", "DIR")
_SGIS = ("SGIR", "SPENDSGIR", "CPENDSGIR", "CPENDSGIR")


def _touch(s: Stream, source: Source) -> None:
    name = s.one(*_BITS, *_BITS, *_SETTINGS, *_ENDS, *(_SGIS if source.intid < 16 else ()))
    if name in _BITS:
        s.set_bit(name, source)
    elif name in _ENDS:
        s.write(s.reach(source), "GICC", name, source.intid)
    elif name == "SGIR":
        s.write(s.cpu(), "GICD", name, 1 << 16 + source.cpu | source.intid)
    elif name in _SGIS:
        place = 8 * (source.intid % 4)
        senders = (1 << s.cpu() | 1 << s.cpu()) << place
        s.lanes(source.cpu, "GICD", name, senders, 0xFF << place, source.intid // 4)
    elif name == "IGROUPR":
        s.set_field(name, source, 1, s.group(source) ^ 1)
    else:
        s.set_byte(name, source, s.one(s.pick(s.episode.priorities), 0xFF, 1 << s.cpu()))


def meddle(s: Stream) -> bool:
    """Two things happen to an interrupt one behind the other, whether or not they fit."""
    source = s.pick(s.episode.sources)
    key = s.pick([each for each in s.signalled() if each.frame == "GICC"])
    candidate = s.candidate(key) if key is not None and s.often(0.5) else None
    if candidate is not None:
        source = Source(candidate.intid, key.cpu if candidate.intid < 32 else 0)
        s.read(key.cpu, "GICC", "AIAR" if candidate.group else "IAR")
    else:
        _touch(s, source)
    _touch(s, source)
    if s.often(0.3):
        s.read(s.reach(source), "GICC", s.one("IAR", "AIAR"))
    return True
