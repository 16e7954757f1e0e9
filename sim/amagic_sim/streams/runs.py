"""Streams made and run: one, with what became of it, and the sum of many."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ..build import build_root
from ..model import Model, ModelTarget
from ..replay.operation import Operation, ScriptConfig, Target
from ..replay.script import render
from .compare import Decided, acknowledges, find
from .configurations import CONFIGURATIONS
from .coverage import Cell, Watch
from .generator import VERSION, Recorded, generate
from .shrink import shrink
from .simultaneous import told

__all__ = ["Result", "Task", "counterexample", "run_one", "taken_by", "totals"]


class Task(NamedTuple):
    """A stream to be made and run: the ``number``-th of a configuration, for a seed."""

    name: str
    seed: int
    number: int
    length: int

    @property
    def stream(self) -> str:
        """The seed of this stream alone."""
        return f"{self.seed}/{self.number}"


@dataclass
class Result:
    """What came of a stream, or of several together."""

    operations: int = 0
    physical: int = 0
    """Acknowledges of interrupts through GICC, and through GICV."""
    virtual: int = 0
    differences: list[str] = field(default_factory=list)
    seen: Counter[Cell] = field(default_factory=Counter)

    def add(self, other: "Result") -> None:
        self.operations += other.operations
        self.physical += other.physical
        self.virtual += other.virtual
        self.differences += other.differences
        self.seen.update(other.seen)


def taken_by(target: Target, config: ScriptConfig) -> Callable[[Model, Operation], bool]:
    """Whether a target takes an operation, whatever the state is."""
    return lambda _model, operation: target.refusal(config, [operation]) is None


def counterexample(target: Target, stream: Recorded, name: str, seconds: float) -> tuple[str, str]:
    """A script that shows how a target differs from the model, and that in a line of text."""
    config = stream.config
    least, found = shrink(target, config, stream.operations, seconds)
    answers = ModelTarget().run(config, least)
    if found.right is not None:
        # Up to the last one, the target's own are right, and tell the order of each race.
        answers = [*target.run(config, least)[: found.index], found.right]
    comment = [
        f"{target.name} differs from the model at the last operation: {found.how}",
        f"configuration {name}, seed {stream.seed}, generator {VERSION}",
    ]
    text = render(config, least, answers, comment)
    return text, f"after {len(least)} operations {found.how}"


def run_one(task: Task, target: Target, seconds: float = 60, folder: Path | None = None) -> Result:
    """Make a stream and run it; if the target differs, the least that shows it is a script.

    The script is in ``folder``: `build/streams`, if None.
    """
    config = CONFIGURATIONS[task.name]
    result = Result()
    takes = taken_by(target, config)
    stream = generate(
        config, task.stream, task.length, takes, lambda stream: Watch(stream, result.seen)
    )
    result.operations = len(stream.operations)
    decided: Decided = Counter()
    result.physical, result.virtual = acknowledges(stream.operations, stream.answers)
    if find(target, config, stream.operations, decided) is not None:
        text, how = counterexample(target, stream, task.name, seconds)
        folder = build_root() / "streams" if folder is None else folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{task.name}-{task.seed}-{task.number}.gic"
        path.write_text(text)
        result.differences.append(f"{task.name} {task.stream}: {how}; amagic replay {path}")
    for (race, order), count in decided.items():
        if cell := told(race, order):
            result.seen[cell] += count
    return result


def totals(rows: Sequence[tuple[str, Result]]) -> str:
    """A table with a row for each configuration, and one for all together."""
    every = Result()
    for _, result in rows:
        every.add(result)
    head = ("operations", "acknowledges", "virtual ones", "mismatches")
    lines = [f"{'configuration':<20}" + "".join(f"{name:>14}" for name in head)]
    for name, each in [*rows, ("all", every)]:
        both = each.physical + each.virtual
        row = (each.operations, both, each.virtual, len(each.differences))
        lines.append(f"{name:<20}" + "".join(f"{number:>14,}" for number in row))
    return "\n".join(lines)
