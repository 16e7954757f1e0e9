"""The model as a target of scripts."""

from collections.abc import Sequence

from ..replay.operation import Access, Answer, Operation, ScriptConfig
from .gic import Model

__all__ = ["ModelTarget"]


class ModelTarget:
    """Runs operations on a new model each time."""

    name = "model"

    def refusal(self, config: ScriptConfig, operations: Sequence[Operation]) -> str | None:
        """Nothing that a script can say is refused, but for what the model does not have yet."""
        if config.security:
            return "security=1"
        frames = [op.frame for op in operations if isinstance(op, Access)]
        unknown = (frame for frame in frames if frame not in ("GICD", "GICC", "GICH", "GICV"))
        return next(unknown, None)

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        model = Model(config)
        return [model.do(operation) for operation in operations]
