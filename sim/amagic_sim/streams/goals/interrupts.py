"""Goals of devices, and of software that sets the distributor up."""

from ..stream import Interface, Source, Stream

__all__ = [
    "aim",
    "configure",
    "control",
    "lower",
    "raise_one",
    "release",
    "software",
    "withdraw",
]


def _idle(s: Stream) -> list[Source]:
    return [each for each in s.episode.sources if not s.pending(each)]


def prepare(s: Stream, source: Source, cpu: int | None = None) -> None:
    """What is missing for an interrupt to be forwarded, to ``cpu`` if that matters."""
    if not s.enabled(source):
        s.set_bit("ISENABLER", source)
    targets = s.targets(source)
    if not targets or cpu is not None and cpu not in targets:
        byte = s.chance.randrange(1 << s.config.cpus) | 1 << (s.cpu() if cpu is None else cpu)
        s.set_byte("ITARGETSR", source, byte)
    enable, group = s.model.distributor.enable, s.group(source)
    if not enable >> group & 1:
        s.write(s.cpu(), "GICD", "CTLR", enable | 1 << group)


def trigger(s: Stream, source: Source) -> None:
    """Make an interrupt pending, in one of the ways there are for it."""
    if source.intid < 16:
        software(s, source)
        return
    way = s.chance.random()
    if way < 0.15:
        s.set_bit("ISPENDR", source)
    elif way < 0.35:
        s.pulse(source)
    elif s.level(source):
        s.drive(source, 0)
        s.drive(source, 1)
    else:
        s.drive(source, 1)


def software(s: Stream, source: Source) -> bool:
    """An SGI, by GICD_SGIR or GICD_SPENDSGIR."""
    sgi = source.intid % 16
    if s.often(0.3):
        byte = 1 << s.chance.randrange(s.config.cpus)
        if s.often(0.2):
            byte = s.chance.randrange(256)
        shift = 8 * (sgi % 4)
        s.lanes(source.cpu, "GICD", "SPENDSGIR", byte << shift, 0xFF << shift, sgi // 4)
        return True
    sender = s.cpu()
    filters = [0, 0, 0, 3 if s.often(0.05) else 0]
    filters.append(2 if sender == source.cpu else 1)
    targets = 1 << source.cpu | (s.chance.randrange(256) if s.often(0.5) else 0)
    nsatt = s.one(0, 0, 1) << 15
    s.write(sender, "GICD", "SGIR", s.pick(filters) << 24 | targets << 16 | nsatt | sgi)
    return True


def raise_one(s: Stream) -> bool:
    """An interrupt that is not pending becomes so; mostly one that can then be forwarded."""
    source = s.pick(_idle(s))
    if source is None:
        return False
    if s.often(0.75):
        prepare(s, source)
    trigger(s, source)
    return True


def lower(s: Stream) -> bool:
    """A line that is high falls."""
    source = s.pick([each for each in s.episode.sources if s.level(each)])
    if source is None:
        return False
    if s.often(0.9):
        s.drive(source, 0)
    else:
        s.pulse(source)
    return True


def withdraw(s: Stream) -> bool:
    """A pending interrupt is cleared, or tried to be."""
    source = s.pick([each for each in s.episode.sources if s.pending(each)])
    if source is None:
        return False
    if source.intid < 16 and s.often(0.8):
        sources = s.model.distributor.sgis[source.cpu].sources[source.intid]
        byte = s.one(sources & -sources, sources, 0xFF)
        shift = 8 * (source.intid % 4)
        s.lanes(source.cpu, "GICD", "CPENDSGIR", byte << shift, 0xFF << shift, source.intid // 4)
    else:
        s.set_bit("ICPENDR", source)
    return True


def configure(s: Stream) -> bool:
    """A property of an interrupt changes, in whatever state it is."""
    source = s.pick(s.episode.sources)
    way = s.chance.randrange(9)
    if way < 3:
        s.set_byte("IPRIORITYR", source, s.pick(s.episode.priorities))
    elif way == 3:
        s.set_field("IGROUPR", source, 1, s.group(source) ^ 1)
    elif way == 4:
        s.set_byte("ITARGETSR", source, s.chance.randrange(256) if s.often(0.9) else 0)
    elif way == 5:
        s.set_field("ICFGR", source, 2, s.chance.randrange(4))
    elif way == 6:
        s.set_bit("ICENABLER" if s.enabled(source) else "ISENABLER", source)
    elif way == 7:
        s.set_bit("ICACTIVER" if s.active(source) else "ISACTIVER", source)
    elif s.often(0.5) or source.intid < 16:
        s.set_bit("ISPENDR", source)
    elif s.often(0.5):
        s.drive(source, s.level(source) ^ 1)
    else:
        s.pulse(source)
    return True


def release(s: Stream) -> bool:
    """An interrupt that is active, and that no software has noted, is let go."""
    noted = {
        value & 0x3FF
        for key in s.running
        if key.frame == "GICC"
        for value in (*s.running[key], *s.dropped[key])
    }
    held = [each for each in s.episode.sources if s.active(each) and each.intid not in noted]
    source = s.pick(held)
    if source is None:
        return False
    s.set_bit("ICACTIVER", source)
    return True


def control(s: Stream) -> bool:
    """Both groups on mostly; else any combination."""
    s.write(s.cpu(), "GICD", "CTLR", s.one(0, 1, 2, 3, 3, 3, 3))
    return True


def aim(s: Stream) -> bool:
    """Something pending is made fit to be forwarded."""
    unready = [
        each
        for each in s.episode.sources
        if s.pending(each)
        and not s.active(each)
        and not (
            s.enabled(each) and s.targets(each) and s.model.distributor.enable >> s.group(each) & 1
        )
    ]
    source = s.pick(unready)
    if source is None:
        return False
    prepare(s, source)
    return True


def above(s: Stream, key: Interface) -> bool:
    """An interrupt comes that preempts what runs on a GICC."""
    running = s.interface(key).running
    fit = [each for each in _idle(s) if each.intid >= 32 or each.cpu == key.cpu]
    fit = [each for each in fit if not s.active(each)]
    source = s.pick(fit)
    if not running or source is None:
        return False
    lower_ones = [p for p in s.episode.priorities if p < running]
    priority = s.pick(lower_ones) if lower_ones else s.chance.randrange(running)
    if s.priority(source) >= running or s.often(0.2):
        s.set_byte("IPRIORITYR", source, priority)
    prepare(s, source, key.cpu)
    trigger(s, source)
    return True
