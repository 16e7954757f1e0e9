"""The least that shows a difference: operations are left out as long as a target still differs.

Then races are taken apart, as far as it still differs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..replay.operation import Operation, Race, ScriptConfig, Target
from .compare import CoursesError, Difference, find

__all__ = ["shrink"]


def shrink(
    target: Target,
    config: ScriptConfig,
    operations: Sequence[Operation],
    seconds: float = 60,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[list[Operation], Difference]:
    """Operations that show a difference between target and model, and that difference.

    No single one of them can be left out, unless time was up before that was known. The model is
    asked again what is right whenever something is left out.

    Raises
    ------
    ValueError
        When there is no difference to begin with.
    """
    deadline = clock() + seconds
    found = find(target, config, operations)
    if found is None:
        raise ValueError("the target does not differ from the model")
    least = _Least(target, config, list(operations[: found.index + 1]), found)
    chunk = len(least.operations) // 2
    while chunk:
        start, changed = 0, False
        while start < len(least.operations):
            if clock() > deadline:
                return least.operations, least.found
            if least.replace(start, chunk, ()):
                changed = True
            elif chunk == 1 and least.take_apart(start):
                changed = True
            else:
                start += chunk
        if chunk > 1:
            chunk //= 2
        elif not changed:
            break
    return least.operations, least.found


@dataclass
class _Least:
    """Operations that show a difference, and the difference."""

    target: Target
    config: ScriptConfig
    operations: list[Operation]
    found: Difference

    def replace(self, start: int, count: int, others: Sequence[Operation]) -> bool:
        """Put others in the place of some, if there is still a difference."""
        tried = [*self.operations[:start], *others, *self.operations[start + count :]]
        try:
            again = find(self.target, self.config, tried) if tried else None
        except CoursesError:
            return False
        if again is None:
            return False
        self.operations, self.found = tried[: again.index + 1], again
        return True

    def take_apart(self, place: int) -> bool:
        """Only one part of a race, or one after the other."""
        race = self.operations[place]
        if not isinstance(race, Race):
            return False
        ways = ([race.first], [race.second], [race.first, race.second])
        return any(self.replace(place, 1, each) for each in ways)
