"""The probe."""

from .merger import RecordSignature
from .moment import MAX_HARTS, Info
from .observer import FrameAccess, observe
from .probe import Probe, ProbeConfig

__all__ = [
    "MAX_HARTS",
    "FrameAccess",
    "Info",
    "Probe",
    "ProbeConfig",
    "RecordSignature",
    "observe",
]
