"""A target beside the model: every read, and every output behind every operation."""

from collections.abc import Sequence
from typing import NamedTuple

from ..model import ModelTarget
from ..replay.operation import (
    Access,
    Answer,
    Operation,
    Outputs,
    ScriptConfig,
    Target,
    TargetError,
)

__all__ = ["Difference", "acknowledges", "compare", "find"]

_IARS = (0x0C, 0x20)
_SPECIAL = 1020


class Difference(NamedTuple):
    """Where a target first differs: behind ``index`` + 1 operations, and how."""

    index: int
    how: str


def _how(expected: Answer, got: Answer) -> str:
    if expected.value != got.value:
        shown = [f"{a.value:#x}" if a.value is not None else "nothing" for a in (expected, got)]
        return f"expected {shown[0]}, got {shown[1]}"
    for cpu, (right, wrong) in enumerate(zip(expected.outputs, got.outputs, strict=True)):
        for name, a, b in zip(Outputs._fields, right, wrong, strict=True):
            if a != b:
                return f"expected {name} of CPU {cpu} to be {a}, got {b}"
    raise AssertionError("equal answers")


def compare(expected: Sequence[Answer], got: Sequence[Answer]) -> Difference | None:
    """The first answer that is not as expected."""
    if len(got) < len(expected):
        return Difference(len(got), "no answer")
    for index, (right, wrong) in enumerate(zip(expected, got, strict=True)):
        if right != wrong:
            return Difference(index, _how(right, wrong))
    return None


def find(
    target: Target,
    config: ScriptConfig,
    operations: Sequence[Operation],
    expected: Sequence[Answer] | None = None,
) -> Difference | None:
    """Run operations on a target; how it differs from what is expected: from the model.

    A target that stops in the middle differs as well.
    """
    if expected is None:
        expected = ModelTarget().run(config, operations)
    try:
        got = target.run(config, operations)
    except TargetError as error:
        return Difference(len(operations) - 1, str(error))
    return compare(expected, got)


def acknowledges(operations: Sequence[Operation], answers: Sequence[Answer]) -> tuple[int, int]:
    """Reads of IAR and AIAR that gave an interrupt: of GICC, and of GICV."""
    found = {"GICC": 0, "GICV": 0}
    for operation, answer in zip(operations, answers, strict=True):
        if (
            isinstance(operation, Access)
            and operation.offset in _IARS
            and operation.size == 4
            and operation.frame in found
            and answer.value is not None
            and answer.value & 0x3FF < _SPECIAL
        ):
            found[operation.frame] += 1
    return found["GICC"], found["GICV"]
