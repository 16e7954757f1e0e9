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
        """What the architecture does not have, and frames that this configuration does not have."""
        if config.security and config.priority_bits < SECURE_PRIORITY_BITS:
            return f"priority_bits={config.priority_bits}"
        known = Model(config).frames
        frames = (op.frame for op in operations if isinstance(op, Access))
        return next((frame for frame in frames if frame not in known), None)

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        model = Model(config)
        return [model.do(operation) for operation in operations]
