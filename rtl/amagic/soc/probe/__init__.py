"""The probe."""

from .merger import RecordSignature
from .moment import Info
from .observer import FrameAccess, observe
from .probe import Probe, ProbeConfig

__all__ = ["FrameAccess", "Info", "Probe", "ProbeConfig", "RecordSignature", "observe"]
