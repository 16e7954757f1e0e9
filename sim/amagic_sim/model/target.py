"""The model as a target of scripts."""

from collections.abc import Sequence

from ..replay.operation import Access, Answer, Operation, Race, ScriptConfig
from .gic import Model
from .race import outcomes

__all__ = ["ModelTarget"]


SECURE_PRIORITY_BITS = 5
"""The fewest with the Security Extensions: Non-secure software sees one less."""


class ModelTarget:
    """Runs operations on a new model each time."""

    name = "model"

    def refusal(self, config: ScriptConfig, operations: Sequence[Operation]) -> str | None:
        """What the architecture does not have, frames that this configuration does not have, and
        races that have several right outcomes."""
        if config.security and config.priority_bits < SECURE_PRIORITY_BITS:
            return f"priority_bits={config.priority_bits}"
        model = Model(config)
        races = any(isinstance(each, Race) for each in operations)
        for operation in operations:
            both = operation[1:] if isinstance(operation, Race) else (operation,)
            for each in both:
                if isinstance(each, Access) and each.frame not in model.frames:
                    return each.frame
            if isinstance(operation, Race) and len(outcomes(model, operation)) > 1:
                return f"race {operation.gap}, whose outcome depends on time"
            if races and not isinstance(operation, Race):
                model.do(operation)
        return None

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        model = Model(config)
        return [model.do(operation) for operation in operations]
