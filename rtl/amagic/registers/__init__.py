"""The one source of every register."""

from .gic import GICC, GICD, GICH, GICV
from .model import Access, Field, Frame, Register

__all__ = ["GICC", "GICD", "GICH", "GICV", "Access", "Field", "Frame", "Register"]
