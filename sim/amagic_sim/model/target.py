"""The model as a target of scripts."""

from collections.abc import Sequence

from ..replay.operation import Access, Answer, Operation, ScriptConfig
from .gic import Model

__all__ = ["ModelTarget"]


SECURE_PRIORITY_BITS = 5
"""The fewest with the Security Extensions: Non-secure software sees one less."""


class ModelTarget:
    """Runs operations on a new model each time."""

    name = "model"

    def refusal(self, config: ScriptConfig, operations: Sequence[Operation]) -> str | None:
        """What the architecture does not have, and the timer, which the model does not have yet."""
        if config.security and config.priority_bits < SECURE_PRIORITY_BITS:
            return f"priority_bits={config.priority_bits}"
        frames = [op.frame for op in operations if isinstance(op, Access)]
        unknown = (frame for frame in frames if frame not in ("GICD", "GICC", "GICH", "GICV"))
        return next(unknown, None)

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        model = Model(config)
        return [model.do(operation) for operation in operations]
