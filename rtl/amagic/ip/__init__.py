"""The GIC as a block for other people's designs: one Verilog file, and what belongs to it.

::

    from amagic.gic import Gic, GicConfig
    from amagic.ip import write_ip
    write_ip("gic.v", Gic(GicConfig(cpus=2, spis=96)), bus="axi4lite", header=True)
"""

from .config import IpConfig
from .files import write_ip
from .top import GicIp, ports

__all__ = ["GicIp", "IpConfig", "ports", "write_ip"]
