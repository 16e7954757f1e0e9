"""The memory-mapped generic timer."""

from .config import TimerConfig
from .timer import Timer

__all__ = ["Timer", "TimerConfig"]
