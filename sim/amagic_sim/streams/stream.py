"""A stream under way: the model it is made against, and what software has noted.

What is pending, active, or in a list register the model knows. Software knows only what it has read
from GICC_IAR and GICV_IAR; the stream notes that as it goes by, whichever goal read it.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from ..model import Model, registers
from ..model.cpu_interface import EOI_MODE, SPECIAL, CpuInterface
from ..model.interrupts import Candidate, Interrupts
from ..model.page import By
from ..model.race import outcomes
from ..model.secure_interface import EOI_MODE_NS
from ..model.state import load
from ..replay.operation import (
    Access,
    Answer,
    Drive,
    Operation,
    Pulse,
    Race,
    ScriptConfig,
    Settle,
    parts,
)

__all__ = ["OFFSETS", "Episode", "Interface", "Source", "Stream", "Watcher"]

OFFSETS = {
    (frame, register.name): register.offset
    for frame in ("GICD", "GICC", "GICH", "GICV")
    for register in getattr(registers, frame)
}
"""Of each register by frame and name: where the first of its kind is."""
T = TypeVar("T")
_MOST_NOTES = 40
_IAR, _AIAR = OFFSETS["GICC", "IAR"], OFFSETS["GICC", "AIAR"]
_EOIR, _AEOIR = OFFSETS["GICC", "EOIR"], OFFSETS["GICC", "AEOIR"]
_DIR = OFFSETS["GICC", "DIR"]


class Source(NamedTuple):
    """An interrupt: an SGI or a PPI of ``cpu``, or an SPI, of no CPU: 0."""

    intid: int
    cpu: int


class Interface(NamedTuple):
    """The GICC or the GICV of a CPU."""

    frame: str
    cpu: int


class Episode(NamedTuple):
    """What a part of a stream is about: a few interrupts, CPUs and priorities that meet often."""

    sources: Sequence[Source]
    cpus: Sequence[int]
    priorities: Sequence[int]
    vintids: Sequence[int]
    secure: float
    """The share of Secure accesses, with Security Extensions."""


class _AskedError(Exception):
    """Carries the operation that a goal would do first."""

    def __init__(self, operation: Operation):
        super().__init__()
        self.operation = operation


class Watcher(Protocol):
    """Sees the operations of a stream."""

    def before(self, operation: Operation) -> None: ...

    def after(self, operation: Operation, answer: Answer) -> None: ...


class Stream:
    """Does operations to the model and keeps them, with its answers.

    ``takes`` says whether the target of the stream can take an operation in the model's state; one
    that it cannot take is left out. ``watch`` is told of every operation that is done.
    """

    def __init__(
        self,
        config: ScriptConfig,
        seed: object,
        takes: Callable[[Model, Operation], bool] | None = None,
        watching: Callable[["Stream"], Watcher] | None = None,
    ):
        self.config = config
        self.model = Model(config)
        self.chance = random.Random(str(seed))
        self.operations: list[Operation] = []
        self.answers: list[Answer] = []
        self.episode = Episode((), (0,), (0,), (0,), 1)
        interfaces = [Interface(f, cpu) for f in ("GICC", "GICV") for cpu in range(config.cpus)]
        self.running: dict[Interface, list[int]] = {each: [] for each in interfaces}
        """What was read from IAR and not written to EOIR yet, the latest last."""
        self.dropped: dict[Interface, list[int]] = {each: [] for each in interfaces}
        """What was written to EOIR with EOImode = 1, and not to DIR yet."""
        self._takes = takes
        self._asking = False
        self.worlds: list[object] = []
        self.places: list[tuple[str, int, str]] = []
        self._watch = watching(self) if watching is not None else None

    # Chance

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def one(self, *of: T) -> T:
        return self.chance.choice(of)

    def pick(self, of: Sequence[T]) -> T | None:
        """One of these, if there is any."""
        return self.chance.choice(of) if of else None

    def cpu(self) -> int:
        return self.chance.choice(self.episode.cpus)

    # Operations

    def do(self, operation: Operation) -> int | None:
        """An operation, unless the target cannot take it; the value of a read."""
        if self._asking and not isinstance(operation, Settle):
            raise _AskedError(operation)
        if self._takes is not None and not self._takes(self.model, operation):
            return None
        if self._watch is not None:
            self._watch.before(operation)
        answer = self._race(operation) if isinstance(operation, Race) else self.model.do(operation)
        self.operations.append(operation)
        self.answers.append(answer)
        for part, value in parts(operation, answer):
            if isinstance(part, Access) and part.frame in ("GICC", "GICV"):
                self._note(part, value)
        if self._watch is not None:
            self._watch.after(operation, answer)
        return None if isinstance(operation, Race) else answer.value

    def _race(self, race: Race) -> Answer:
        """One of the right outcomes, a likely one: that of the order in which the two begin. In the
        same cycle a line mostly reaches GICD before an access does, and GICC behind it.

        The target may come to another one. What follows is right for it as well, since every
        operation is right in every state; it only finds less of what it is meant for.
        """
        found = outcomes(self.model, race)
        if len(found) > 1:
            access = race.second if isinstance(race.second, Access) else race.first
            behind = access is race.second if race.gap else access.frame == "GICD"
            outcome = found[-1 if behind else 0]
            load(self.model, outcome.state)
            return outcome.answer
        return found[0].answer

    def first_of(self, goal: Callable[["Stream"], object]) -> Operation | None:
        """What a goal would do first, if anything; nothing is done."""
        self._asking = True
        try:
            goal(self)
        except _AskedError as asked:
            return asked.operation
        finally:
            self._asking = False
        return None

    def _note(self, access: Access, read: int | None) -> None:
        if access.size != 4:
            return
        key = Interface(access.frame, access.cpu)
        running, dropped = self.running[key], self.dropped[key]
        offset, value = access.offset, access.value
        if offset in (_IAR, _AIAR) and read is not None and read & 0x3FF < SPECIAL:
            running.append(read)
            del running[:-_MOST_NOTES]
        elif value is not None and offset in (_EOIR, _AEOIR) and value in running:
            running.remove(value)
            if self.interface(key).ctlr & self._eoi_mode(access):
                dropped.append(value)
                del dropped[:-_MOST_NOTES]
        elif value is not None and offset == _DIR and value in dropped:
            dropped.remove(value)

    def _eoi_mode(self, access: Access) -> int:
        secure = access.secure or not self.config.security or access.frame == "GICV"
        return EOI_MODE if secure else EOI_MODE_NS

    def access(
        self,
        cpu: int,
        frame: str,
        offset: int,
        size: int = 4,
        value: int | None = None,
        secure: int | None = None,
    ) -> int | None:
        """A read or a write; in which security state is up to the episode, if that is not said."""
        if secure is None:
            secure = int(self.often(self.episode.secure))
        return self.do(Access(cpu, frame, offset, size, value, secure & self.config.security))

    def read(self, cpu: int, frame: str, name: str, index: int = 0) -> int | None:
        return self.access(cpu, frame, OFFSETS[frame, name] + 4 * index)

    def write(self, cpu: int, frame: str, name: str, value: int, index: int = 0) -> None:
        self.access(cpu, frame, OFFSETS[frame, name] + 4 * index, 4, value & 0xFFFF_FFFF)

    def lanes(self, cpu: int, frame: str, name: str, word: int, bits: int, index: int = 0) -> None:
        """Write ``word`` by an access that reaches at least ``bits``: the word or a part of it."""
        offset = OFFSETS[frame, name] + 4 * index
        size = self.one(4, 4, 4, 2, 1)
        place = ((bits & -bits).bit_length() - 1) // 8 // size * size
        self.access(cpu, frame, offset + place, size, word >> 8 * place & (1 << 8 * size) - 1)

    # Of an interrupt, by a CPU that can reach it

    def reach(self, source: Source) -> int:
        """The CPU whose view has an interrupt: any one, for an SPI."""
        return source.cpu if source.intid < 32 else self.cpu()

    def set_bit(self, name: str, source: Source) -> None:
        """Write a 1 for an interrupt to a register that acts on each 1."""
        bit = 1 << source.intid % 32
        if self.often(0.1):
            bit |= self.beside(source)
        self.lanes(self.reach(source), "GICD", name, bit, bit, source.intid // 32)

    def beside(self, source: Source) -> int:
        """The bits of the episode's other interrupts in the same row."""
        row = source.intid // 32
        same = (other.intid % 32 for other in self.episode.sources if other.intid // 32 == row)
        bits = 0
        for place in same:
            bits |= 1 << place if self.often(0.5) else 0
        return bits

    def set_byte(self, name: str, source: Source, byte: int) -> None:
        """Write an interrupt's byte; in a wider access, the bytes beside it as they are."""
        cpu, index, place = self.reach(source), source.intid // 4, 8 * (source.intid % 4)
        whole = getattr(self.model.distributor, f"read_{name.lower()}")
        word = whole(index, By(cpu)) & ~(0xFF << place) | byte << place
        self.lanes(cpu, "GICD", name, word, 0xFF << place, index)

    def set_field(self, name: str, source: Source, width: int, bits: int) -> None:
        """Write an interrupt's field of IGROUPR or ICFGR, and the others as they are."""
        each = 32 // width
        cpu, index, place = self.reach(source), source.intid // each, source.intid % each * width
        mask = (1 << width) - 1 << place
        whole = getattr(self.model.distributor, f"read_{name.lower()}")
        word = whole(index, By(cpu)) & ~mask | bits << place
        self.lanes(cpu, "GICD", name, word, mask, index)

    def drive(self, source: Source, level: int) -> None:
        self.do(Drive(source.cpu, source.intid, level))

    def pulse(self, source: Source) -> None:
        self.do(Pulse(source.cpu, source.intid))

    # What the model knows

    def bank(self, source: Source) -> Interrupts:
        return self.model.distributor.bank(source.intid, source.cpu)

    def pending(self, source: Source) -> bool:
        return bool(self.bank(source).pending >> source.intid & 1)

    def active(self, source: Source) -> bool:
        return bool(self.bank(source).active >> source.intid & 1)

    def enabled(self, source: Source) -> bool:
        return bool(self.bank(source).enabled >> source.intid & 1)

    def group(self, source: Source) -> int:
        return self.bank(source).group >> source.intid & 1

    def priority(self, source: Source) -> int:
        return self.bank(source).priority[source.intid]

    def level(self, source: Source) -> int:
        """What is driven from outside."""
        return self.model.lines.get((source.cpu, source.intid), 0)

    def targets(self, source: Source) -> list[int]:
        """The CPUs that it can go to."""
        if source.intid < 32:
            return [source.cpu]
        if self.config.cpus == 1:
            return [0]
        targeted = self.model.distributor.targeted
        return [cpu for cpu, spis in enumerate(targeted) if spis >> source.intid & 1]

    def interface(self, key: Interface) -> CpuInterface:
        return (self.model.gicc if key.frame == "GICC" else self.model.gicv)[key.cpu]

    def interfaces(self) -> list[Interface]:
        return [Interface(frame, cpu) for frame in ("GICC", "GICV") for cpu in self.episode.cpus]

    def candidate(self, key: Interface) -> Candidate | None:
        return self.interface(key).source.candidate()

    def signalled(self) -> list[Interface]:
        """The interfaces that signal an interrupt."""
        outputs = self.model.outputs
        found = [Interface("GICC", c) for c in self.episode.cpus if outputs[c][0] or outputs[c][1]]
        found += [Interface("GICV", c) for c in self.episode.cpus if outputs[c][2] or outputs[c][3]]
        return found
