"""A golden model of the GIC, in plain Python: an executable specification of what it does.

It knows no time: one operation happens after the other, each with all its effects. It is written
from the architecture's rules and shares nothing with the RTL.

- `registers`: where each register is; `page`: how an access reaches it
- `interrupts`, `sgi`, `distributor`: GICD; `priority`: its two views; `identity`: who made it
- `cpu_interface`: GICC and GICV; `secure_interface`: GICC with two security states
- `list_registers`, `virtual_control`: GICH
- `timer`: the generic timer
- `gic`: wiring; `target`: the model as a target of scripts
"""

from .gic import Model
from .identity import Identity
from .target import ModelTarget

__all__ = ["Identity", "Model", "ModelTarget"]
