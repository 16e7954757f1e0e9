"""amagic: an open ARM Generic Interrupt Controller with virtualization, and a generic timer."""

from importlib import metadata

__all__ = ["__version__"]

try:
    __version__ = metadata.version("amagic")
except metadata.PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "(not installed)"
