"""The one source of every register."""

from .gic import GICC, GICD, GICH, GICV
from .model import Access, Block, Field, Frame, Register
from .probe import PROBE
from .soc import SYNC, UART
from .timer import CNTBase, CNTControlBase, CNTCTLBase, CNTEL0Base, CNTReadBase

__all__ = [
    "GICC",
    "GICD",
    "GICH",
    "GICV",
    "PROBE",
    "SYNC",
    "UART",
    "Access",
    "Block",
    "CNTBase",
    "CNTCTLBase",
    "CNTControlBase",
    "CNTEL0Base",
    "CNTReadBase",
    "FRAMES",
    "Field",
    "Frame",
    "Register",
]

FRAMES: tuple[Frame, ...] = tuple(
    sorted(
        (item for item in list(globals().values()) if isinstance(item, Frame)),
        key=lambda frame: frame.name,
    )
)
"""Every frame, by name."""
