"""Goals of software that uses a CPU interface: a host's GICC or a guest's GICV."""

from ...model.cpu_interface import CBPR, EOI_MODE
from ..stream import OFFSETS, Interface, Source, Stream
from . import guests, security
from .interrupts import above

__all__ = [
    "acknowledge",
    "complete",
    "deactivate",
    "even",
    "forget",
    "look_ahead",
    "mask",
    "modes",
    "nest",
    "unblock",
]


def _state(s: Stream, group: int, name: str) -> int | None:
    """The security state in which a register is for a group, mostly; else any."""
    if not s.config.security or s.often(0.12):
        return None
    return int(not group or name.startswith("A"))


def _end(s: Stream, key: Interface, value: int, name: str = "EOIR") -> None:
    secure = None
    if key.frame == "GICC":
        source = Source(value & 0x3FF, key.cpu)
        secure = _state(s, s.group(source), name)
    s.access(key.cpu, key.frame, OFFSETS[key.frame, name], 4, value, secure)


def acknowledge(s: Stream) -> bool:
    """What is signalled is taken, through the register that is for its group or the other one."""
    key = s.pick(s.signalled())
    if key is None:
        return False
    candidate = s.candidate(key)
    group = candidate is not None and candidate.group
    own = "AIAR" if group and s.often(0.5) else "IAR"
    if group and own == "IAR" and not s.interface(key).ctlr & 4 and s.often(0.6):
        own = "AIAR"
    name = own if s.often(0.93) else s.one("IAR", "AIAR")
    if s.often(0.1):
        s.read(key.cpu, key.frame, s.one("HPPIR", "AHPPIR"))
    secure = _state(s, int(bool(group)), name) if key.frame == "GICC" else None
    s.access(key.cpu, key.frame, OFFSETS[key.frame, name], secure=secure)
    return True


def look_ahead(s: Stream) -> bool:
    """The registers that tell an interface's state, and change nothing."""
    key = s.pick(s.interfaces())
    name = s.one("HPPIR", "AHPPIR", "RPR", "APR", "NSAPR", "CTLR", "PMR", "BPR", "ABPR")
    s.read(key.cpu, key.frame, name)
    if s.config.security and key.frame == "GICC" and s.often(0.5):
        security.view(s, key.cpu)
    return True


def complete(s: Stream) -> bool:
    """What was acknowledged last is ended; what was dropped may stay active for a while."""
    key = s.pick([each for each in s.interfaces() if s.running[each]])
    if key is None:
        return False
    value = s.running[key][-1]
    _end(s, key, value, s.one("EOIR", "EOIR", "EOIR", "AEOIR"))
    if s.interface(key).ctlr & EOI_MODE and s.often(0.5):
        _end(s, key, value, "DIR")
    return True


def even(s: Stream) -> bool:
    """Both groups have the same active priorities: an end drops one of one group."""
    key = s.pick([each for each in s.interfaces() if each.frame == "GICC" and s.running[each]])
    if key is None:
        return False
    word = s.chance.randrange(min(4, 1 << max(0, s.config.priority_bits - 5)))
    names = ("APR", "NSAPR")
    levels = 0
    for name in names:
        levels |= s.read(key.cpu, "GICC", name, word) or 0
    for name in names:
        s.write(key.cpu, "GICC", name, levels, word)
    _end(s, key, s.running[key][-1])
    for name in names:
        s.read(key.cpu, "GICC", name, word)
    return True


def deactivate(s: Stream) -> bool:
    """What was dropped is deactivated, in any order; an SPI by any CPU."""
    key = s.pick([each for each in s.interfaces() if s.dropped[each]])
    if key is None:
        return False
    value = s.pick(s.dropped[key])
    ctlr = s.interface(key).ctlr
    if not ctlr & EOI_MODE and s.often(0.8):
        s.write(key.cpu, key.frame, "CTLR", ctlr | EOI_MODE)
    if key.frame == "GICC" and 32 <= value & 0x3FF and s.often(0.2):
        s.write(s.cpu(), "GICC", "DIR", value)
        s.dropped[key].remove(value) if value in s.dropped[key] else None
        return True
    _end(s, key, value, "DIR")
    return True


def nest(s: Stream) -> bool:
    """Something of a higher priority comes while something runs."""
    key = s.pick([each for each in s.interfaces() if s.interface(each).running])
    if key is None:
        return False
    return above(s, key) if key.frame == "GICC" else guests.above(s, key)


def mask(s: Stream) -> bool:
    """PMR and the binary points, near the priorities that are about."""
    key = s.pick(s.interfaces())
    name = s.one("PMR", "PMR", "BPR", "ABPR")
    value = s.chance.randrange(8)
    if name == "PMR":
        near = s.pick(s.episode.priorities)
        value = s.one(0xFF, 0xFF, near, min(near + 8, 0xFF), near + 1, s.chance.randrange(256))
    s.write(key.cpu, key.frame, name, value)
    return True


def modes(s: Stream) -> bool:
    """A bit of an interface's CTLR changes; the enables are mostly on."""
    key = s.pick(s.interfaces())
    ctlr = s.interface(key).ctlr
    if s.often(0.5):
        ctlr ^= 1 << s.one(0, 1, 2, 3, 4, 9, 9, s.chance.randrange(16))
    else:
        enables = s.one(0, 1, 2, 3, 3, 3, 3, 3)
        ctlr = enables | s.chance.randrange(8) << 2 | s.one(0, 0, 15, 5) << 5 | s.one(0, EOI_MODE)
    s.write(key.cpu, key.frame, "CTLR", ctlr)
    return True


def unblock(s: Stream) -> bool:
    """An interface has a candidate that it does not signal: one reason for that is removed."""
    waiting = [
        (key, candidate)
        for key in s.interfaces()
        if (candidate := s.candidate(key)) is not None and not s.interface(key).signalled(candidate)
    ]
    found = s.pick(waiting)
    if found is None:
        return _open_guest(s)
    key, candidate = found
    part = s.interface(key)
    if s.often(0.2):
        s.read(key.cpu, key.frame, s.one("IAR", "AIAR", "HPPIR", "AHPPIR"))
    if not part.ctlr >> candidate.group & 1:
        s.write(key.cpu, key.frame, "CTLR", part.ctlr | 1 << candidate.group)
    elif candidate.priority >= part.pmr:
        s.write(key.cpu, key.frame, "PMR", s.one(0xFF, candidate.priority + 8))
        if candidate.priority >= part.pmr:
            return _lift(s, key)
    elif s.running[key]:
        _end(s, key, s.running[key][-1])
    elif s.often(0.5) and not part.ctlr & CBPR:
        s.write(key.cpu, key.frame, "ABPR" if candidate.group else "BPR", 0)
    else:
        forget(s, key)
    return True


def _lift(s: Stream, key: Interface) -> bool:
    """The lowest priority cannot be signalled, whatever PMR says: give the candidate another."""
    candidate = s.candidate(key)
    if key.frame == "GICC" and candidate is not None:
        for source in s.episode.sources:
            if source.intid == candidate.intid and (source.intid >= 32 or source.cpu == key.cpu):
                s.set_byte("IPRIORITYR", source, s.pick(s.episode.priorities))
                return True
    return True


def forget(s: Stream, key: Interface) -> None:
    """Active priorities that nothing ends any more are cleared."""
    if key.frame == "GICV":
        s.write(key.cpu, "GICH", "APR", 0)
        return
    part = s.interface(key)
    for name, bits in zip(("APR", "NSAPR"), part.active, strict=True):
        for index in range(4):
            if bits >> 32 * index & 0xFFFF_FFFF:
                s.write(key.cpu, "GICC", name, 0, index)


def _open_guest(s: Stream) -> bool:
    """A virtual interface is off, with something pending in its list registers."""
    for cpu in s.episode.cpus:
        gich = s.model.gich[cpu]
        if gich.lrs.candidate() is not None and not gich.hcr & 1:
            s.write(cpu, "GICH", "HCR", gich.hcr | 1)
            return True
    return False
