"""The frame port, and the bridges from the field's buses to it."""

from .frame import FrameSignature

__all__ = ["FrameSignature"]
