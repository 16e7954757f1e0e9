"""ARM GICv2 with virtualization.

::

    from amagic.gic import Gic, GicConfig

    gic = Gic(GicConfig(cpus=2, spis=96))
"""

from .config import GicConfig
from .gic import Gic

__all__ = ["Gic", "GicConfig"]
