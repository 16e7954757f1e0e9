"""A target beside the model: every read, and every output behind every operation.

Behind a race the target may be in any state that some order of the two leads to. So a set of models
goes along, one for each course that agrees with every answer so far.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..model import Model
from ..model.race import outcomes
from ..model.state import load, save
from ..replay.operation import (
    Access,
    Answer,
    Operation,
    Outputs,
    Race,
    ScriptConfig,
    Target,
    TargetError,
    Value,
    parts,
)

__all__ = ["CoursesError", "Decided", "Difference", "acknowledges", "find", "follow"]

_IARS = (0x0C, 0x20)
_SPECIAL = 1020
MOST_COURSES = 32


class CoursesError(Exception):
    """Too many courses are open: the stream asks too little behind its races."""


Decided = Counter[tuple[Race, str]]
"""Races of which one order alone agrees with the answers, with that order."""


class Difference(NamedTuple):
    """Where a target first differs: behind ``index`` + 1 operations, and how.

    ``right`` is an answer that would have been right there.
    """

    index: int
    how: str
    right: Answer | None = None


def _how(expected: Sequence[Answer], got: Answer) -> str:
    values = list(dict.fromkeys(_shown(each.value) for each in expected))
    if _shown(got.value) not in values:
        return f"expected {' or '.join(values)}, got {_shown(got.value)}"
    right = next(each for each in expected if each.value == got.value)
    for cpu, levels in enumerate(zip(right.outputs, got.outputs, strict=True)):
        for name, a, b in zip(Outputs._fields, *levels, strict=True):
            if a != b:
                return f"expected {name} of CPU {cpu} to be {a}, got {b}"
    raise AssertionError("equal answers")


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return " and ".join(_shown(each) for each in value if each is not None) or "nothing"
    return "nothing" if value is None else f"{value:#x}"


class _Course(NamedTuple):
    """A model that agrees so far, and the races whose order is what led here."""

    model: Model
    races: tuple[tuple[int, Race, str], ...]


class _Courses:
    """All courses that agree with a target's answers so far."""

    def __init__(self, config: ScriptConfig, decided: Decided):
        self._config = config
        self._decided = decided
        self._now = [_Course(Model(config), ())]
        self._spare: list[Model] = []

    def step(self, index: int, operation: Operation, got: Answer) -> Sequence[Answer]:
        """Take an answer into account; what would be right, if no course agrees with it."""
        if len(self._now) == 1 and not isinstance(operation, Race):
            answer = self._now[0].model.do(operation)
            return () if answer == got else (answer,)
        right: list[Answer] = []
        agreeing: list[_Course] = []
        for course in self._now:
            right += self._further(course, index, operation, got, agreeing)
        if not agreeing:
            return right
        self._now = self._merged(agreeing) if len(agreeing) > 1 else agreeing
        if len(self._now) > MOST_COURSES:
            raise CoursesError(f"operation {index + 1}: more than {MOST_COURSES} courses are open")
        if len(self._now) == 1 and self._now[0].races:
            self._decided.update((race, order) for _, race, order in self._now[0].races)
            self._now = [self._now[0]._replace(races=())]
        return ()

    def _further(
        self,
        course: _Course,
        index: int,
        operation: Operation,
        got: Answer,
        agreeing: list[_Course],
    ) -> list[Answer]:
        """Where a course leads; the answers that it has. Those that agree are added."""
        model, races = course
        if not isinstance(operation, Race):
            answer = model.do(operation)
            if answer == got:
                agreeing.append(course)
            else:
                self._spare.append(model)
            return [answer]
        found = outcomes(model, operation)
        fitting = [each for each in found if each.answer == got]
        if len(found) > 1:
            for place, (orders, _, state) in enumerate(fitting):
                if place:
                    model = self._spare.pop() if self._spare else Model(self._config)
                load(model, state)
                told = ((index, operation, *orders),) if len(orders) == 1 else ()
                agreeing.append(_Course(model, races + told))
        elif fitting:
            agreeing.append(course)
        if not fitting:
            self._spare.append(model)
        return [each.answer for each in found]

    def _merged(self, courses: Sequence[_Course]) -> list[_Course]:
        """Courses that came to the same state are one, and what told them apart is not known."""
        found: dict[tuple, _Course] = {}
        for course in courses:
            state = save(course.model)
            if (same := found.get(state)) is None:
                found[state] = course
            else:
                self._spare.append(course.model)
                common = tuple(each for each in same.races if each in course.races)
                found[state] = same._replace(races=common)
        return list(found.values())


def follow(
    config: ScriptConfig,
    operations: Sequence[Operation],
    got: Sequence[Answer],
    decided: Decided | None = None,
) -> Difference | None:
    """The first answer that no order of the races explains.

    ``decided`` is given those races whose order shows in the answers.
    """
    courses = _Courses(config, Counter() if decided is None else decided)
    for index, (operation, answer) in enumerate(zip(operations, got, strict=True)):
        if right := courses.step(index, operation, answer):
            return Difference(index, _how(right, answer), right[0])
    return None


def find(
    target: Target,
    config: ScriptConfig,
    operations: Sequence[Operation],
    decided: Decided | None = None,
) -> Difference | None:
    """Run operations on a target; how it differs from what is right.

    A target that stops in the middle differs as well.
    """
    try:
        got = target.run(config, operations)
    except TargetError as error:
        return Difference(len(operations) - 1, str(error))
    return follow(config, operations, got, decided)


def acknowledges(operations: Sequence[Operation], answers: Sequence[Answer]) -> tuple[int, int]:
    """Reads of IAR and AIAR that gave an interrupt: of GICC, and of GICV."""
    found = {"GICC": 0, "GICV": 0}
    for operation, answer in zip(operations, answers, strict=True):
        for part, value in parts(operation, answer):
            if (
                isinstance(part, Access)
                and part.offset in _IARS
                and part.size == 4
                and part.frame in found
                and value is not None
                and value & 0x3FF < _SPECIAL
            ):
                found[part.frame] += 1
    return found["GICC"], found["GICV"]
