"""A golden model of the GIC, in plain Python: an executable specification of what it does.

It knows no time: one operation happens after the other, each with all its effects. It is written
from the architecture's rules and shares nothing with the RTL.

- `registers`: where each register is; `page`: how an access reaches it
- `interrupts`, `sgi`, `distributor`: GICD; `priority`: its two views; `identity`: who made it
- `cpu_interface`: GICC and GICV; `secure_interface`: GICC with two security states
- `list_registers`, `virtual_control`: GICH
- `timer`: the generic timer
- `gic`: wiring; `target`: the model as a target of scripts
- `race`: what is right when two operations overlap; `state`: a model's state by itself

The source of a rule stands beside it. "Page X" is Arm's page on the register X, in any edition of
DDI 0595 or DDI 0601; "seen on a GIC-400" is what was read off one; "ours" is what the architecture
leaves open or calls UNPREDICTABLE. Of IHI 0048B only 4.3.17 could be opened, so no other section of
it is named, and a rule without a source is unverified.
"""

from .gic import Model
from .identity import Identity
from .target import ModelTarget

__all__ = ["Identity", "Model", "ModelTarget"]
