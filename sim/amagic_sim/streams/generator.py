"""Makes streams: episodes, in each of which a few interrupts, CPUs and priorities meet often."""

from collections.abc import Callable
from typing import NamedTuple

from ..model import Model
from ..replay.operation import Answer, Operation, ScriptConfig, Settle
from .goals import (
    guests,
    interfaces,
    interrupts,
    maintenance,
    mistakes,
    races,
    registers,
    security,
)
from .goals.interfaces import EOI_MODE
from .stream import Episode, Interface, Source, Stream, Watcher

__all__ = ["LENGTH", "VERSION", "Recorded", "generate"]

VERSION = 8
"""A stream is known by this, its configuration, its seed, and what its target takes."""
LENGTH = 5000
"""Operations of one stream."""

Goal = Callable[[Stream], bool]

_GOALS: dict[Goal, float] = {
    interfaces.acknowledge: 46,
    interfaces.complete: 22,
    interfaces.deactivate: 8,
    interfaces.even: 0.4,
    interfaces.unblock: 22,
    interfaces.nest: 6,
    interfaces.mask: 3,
    interfaces.modes: 3,
    interfaces.look_ahead: 3,
    interrupts.raise_one: 28,
    interrupts.lower: 8,
    interrupts.withdraw: 2,
    interrupts.configure: 6,
    interrupts.release: 4,
    interrupts.control: 1,
    interrupts.aim: 6,
    guests.inject: 16,
    guests.revise: 3,
    guests.maintain: 3,
    guests.settings: 4,
    guests.switch: 0.7,
    maintenance.answer_itself: 0.3,
    maintenance.overtake: 0.2,
    mistakes.mistake: 3,
    mistakes.meddle: 2,
    registers.audit: 3.5,
    registers.poke: 5,
    registers.flood: 0.15,
    registers.spread: 0.5,
    security.permit: 2,
    security.send: 1,
    security.drop: 1,
    security.fill: 0.3,
    security.open_row: 0.25,
    security.uncover: 0.2,
    races.meet: 7,
}
"""How often each goal is tried."""

_THEMES: tuple[dict[Goal, float], ...] = (
    {},
    {},
    {interfaces.nest: 40, interfaces.complete: 8},
    {guests.inject: 30, guests.revise: 8, guests.settings: 8, interrupts.raise_one: 8},
    {guests.switch: 3, guests.inject: 24},
    {interrupts.configure: 24, interrupts.lower: 16},
    {interfaces.mask: 14, interfaces.modes: 14},
    {mistakes.mistake: 16},
    {registers.poke: 24},
    {races.meet: 40},
)
"""What episodes are about: how often some goals are tried in them."""


class Recorded(NamedTuple):
    """A stream, with the model's answers: what is expected."""

    config: ScriptConfig
    seed: str
    operations: list[Operation]
    answers: list[Answer]


def generate(
    config: ScriptConfig,
    seed: str,
    length: int = LENGTH,
    takes: Callable[[Model, Operation], bool] | None = None,
    watching: Callable[[Stream], Watcher] | None = None,
) -> Recorded:
    """A stream of ``length`` operations.

    Parameters
    ----------
    takes : callable
        Whether the target can take an operation, when the model is in the state before it. One that
        it cannot take is left out of the stream.
    watching : callable
        Gets the stream at the start; what it returns sees each operation, before and after.
    """
    s = Stream(config, f"{VERSION} {config} {seed}", takes, watching)
    while len(s.operations) < length:
        _episode(s)
    return Recorded(config, seed, s.operations[:length], s.answers[:length])


def _episode(s: Stream) -> None:
    s.episode = _meeting(s)
    _set_up(s)
    theme = s.pick(_THEMES)
    goals, weights = zip(*(_GOALS | theme).items(), strict=True)
    end = len(s.operations) + s.chance.randrange(200, 700)
    while len(s.operations) < end:
        for goal in s.chance.choices(goals, weights, k=8):
            goal(s)
        if s.often(0.02):
            s.do(Settle(s.one(None, 0, 3)))


def _meeting(s: Stream) -> Episode:
    """Interrupts at the ends of what there is, and some between."""
    config = s.config
    some = s.chance.sample(range(config.cpus), s.chance.randint(1, min(config.cpus, 4)))
    edges = {32, 33, 63, 64, 31 + config.spis, 30 + config.spis, (31 + config.spis) // 32 * 32}
    spis = sorted(intid for intid in edges if 32 <= intid < 32 + config.spis)
    if config.spis:
        spis += [s.chance.randrange(32, 32 + config.spis) for _ in range(3)]
    sources = set()
    for _ in range(s.chance.randint(3, 8)):
        kind = s.chance.randrange(5)
        cpu = s.pick(some)
        if kind == 0:
            sources.add(Source(s.one(0, 15, s.chance.randrange(16)), cpu))
        elif kind == 1 or not spis:
            sources.add(Source(s.one(16, 31, 25, 27, 30, s.chance.randrange(16, 32)), cpu))
        else:
            sources.add(Source(s.pick(spis), 0))
    step = 1 << 8 - config.priority_bits
    base = s.chance.randrange(step, 256 - step)
    priorities = [base, base, base - step, base + step, s.chance.randrange(256), 0x80, 0x40]
    priorities += [s.one(0, 0xFF, 0xFF - step)]
    vintids = [s.one(0, 15, s.chance.randrange(16)), s.chance.randrange(16, 32), 32, 1019]
    vintids += [s.chance.randrange(1020), s.chance.randrange(1020), s.chance.randrange(1020)]
    if s.often(0.1):
        vintids += [s.one(1020, 1023)]
    secure = s.one(1, 0.9, 0.8, 0.6, 0.3)
    return Episode(sorted(sources), sorted(some), priorities, vintids, secure)


def _set_up(s: Stream) -> None:
    """What must be as it is wanted before anything happens, where it is not so yet."""
    if s.model.distributor.enable != 3:
        s.write(s.cpu(), "GICD", "CTLR", 3)
    for cpu in s.episode.cpus:
        for frame in ("GICC", "GICV"):
            key = Interface(frame, cpu)
            part = s.interface(key)
            if part.ctlr & 3 != 3 or s.often(0.3):
                modes = s.one(0, 0, EOI_MODE, s.chance.randrange(8) << 2 | s.one(0, EOI_MODE))
                s.write(cpu, frame, "CTLR", 3 | modes)
            if part.pmr < 0x80:
                s.write(cpu, frame, "PMR", 0xFF)
            if part.running is not None and not s.running[key]:
                interfaces.forget(s, key)
            for name in ("BPR", "ABPR"):
                if s.often(0.3):
                    s.write(cpu, frame, name, s.one(0, 0, s.chance.randrange(8)))
        if not s.model.gich[cpu].hcr & 1:
            s.write(cpu, "GICH", "HCR", 1)
    for source in s.episode.sources:
        s.set_byte("IPRIORITYR", source, s.pick(s.episode.priorities))
        if s.often(0.35):
            s.set_field("IGROUPR", source, 1, s.group(source) ^ 1)
        if source.intid >= 32 and s.often(0.5):
            s.set_field("ICFGR", source, 2, s.one(0, 2))
        if s.often(0.7):
            interrupts.prepare(s, source)
        if s.active(source):
            s.set_bit("ICACTIVER", source)
