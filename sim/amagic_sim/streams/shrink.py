"""The least that shows a difference: operations are left out as long as a target still differs."""

import time
from collections.abc import Callable, Sequence

from ..replay.operation import Operation, ScriptConfig, Target
from .compare import Difference, find

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
    left = list(operations[: found.index + 1])
    chunk = len(left) // 2
    while chunk:
        start, removed = 0, False
        while start < len(left):
            if clock() > deadline:
                return left, found
            tried = left[:start] + left[start + chunk :]
            again = find(target, config, tried) if tried else None
            if again is None:
                start += chunk
            else:
                left, found, removed = tried[: again.index + 1], again, True
        if chunk > 1:
            chunk //= 2
        elif not removed:
            break
    return left, found
