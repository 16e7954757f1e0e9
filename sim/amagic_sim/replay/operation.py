"""What a GIC script asks of a target, and what a target answers.

A script, a random stream and a recorded vector are all a `ScriptConfig` and a sequence of
operations; the RTL, the golden model and QEMU are all a `Target`. Every operation is complete,
with all its effects, before the next begins; only the two parts of a `Race` overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

__all__ = [
    "Access",
    "Answer",
    "Drive",
    "Operation",
    "Outputs",
    "Pulse",
    "Race",
    "ScriptConfig",
    "Settle",
    "Target",
    "TargetError",
    "Value",
    "parts",
]


class TargetError(Exception):
    """A target that cannot be used here, or that stopped; the text says why."""


@dataclass(frozen=True)
class ScriptConfig:
    """The GIC that a script is for: what `config` says, and whether there is a timer.

    ``timer`` is true when a script names one of the timer's frames.
    """

    cpus: int = 1
    spis: int = 64
    lrs: int = 4
    priority_bits: int = 5
    security: int = 0
    timer: bool = False


class Access(NamedTuple):
    """A read (``value`` is None) or a write of ``size`` bytes (1, 2 or 4) by a CPU.

    ``frame`` is a frame's name as scripts spell it (``GICD``, ``CNTEL0Base0``); ``secure`` is the
    access's security state, and 0 where there is one state only.
    """

    cpu: int
    frame: str
    offset: int
    size: int = 4
    value: int | None = None
    secure: int = 0


class Drive(NamedTuple):
    """The input of a PPI (of ``cpu``) or an SPI (of no CPU: 0) goes to ``level``."""

    cpu: int
    intid: int
    level: int


class Pulse(NamedTuple):
    """The input goes to 1 for one clock cycle, then back to 0."""

    cpu: int
    intid: int


class Settle(NamedTuple):
    """Time passes: the system counter advances by ``counts``; None lets what is under way end."""

    counts: int | None = None


class Race(NamedTuple):
    """Two that do not wait for each other: the second begins ``gap`` clock cycles after the first.

    Nothing settles in between. Accesses share a bus, so of two the second begins no sooner than the
    first is answered. Which of the two takes effect first is up to the target (`model.race` says
    what is right).
    """

    gap: int
    first: Access | Drive | Pulse
    second: Access | Drive | Pulse


Operation = Access | Drive | Pulse | Settle | Race


class Outputs(NamedTuple):
    """The outputs of one CPU; 1 is an interrupt that is being signalled."""

    nirq: int = 0
    nfiq: int = 0
    nvirq: int = 0
    nvfiq: int = 0
    maint: int = 0


Value = int | None | tuple[int | None, int | None]
"""Of a read; None for what reads nothing. A race has a pair of them, one for each part."""


class Answer(NamedTuple):
    """What an operation came to: the value of a read, and every CPU's outputs behind it."""

    value: Value
    outputs: tuple[Outputs, ...]


class Target(Protocol):
    """Something that runs operations: a GIC, or a model of one."""

    name: str

    def refusal(self, config: ScriptConfig, operations: Sequence[Operation]) -> str | None:
        """What of this the target cannot honour, as `KEY=VALUE` or the operation; else None."""

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        """An answer for each operation, from reset on."""


def parts(operation: Operation, answer: Answer) -> Iterator[tuple[Operation, int | None]]:
    """An operation that is no race, or each part of one, with the value of its read."""
    if isinstance(operation, Race):
        yield from zip((operation.first, operation.second), answer.value, strict=True)
    else:
        yield operation, answer.value
