"""The registers of a board's system-on-chip, at their addresses: an SVD file and a page."""

from collections.abc import Mapping

from amagic import __version__
from amagic.ip.blocks import blocks
from amagic.ip.config import IpConfig
from amagic.registers import PROBE, SYNC, UART
from amagic.registers.model import Block
from amagic.registers.reference import render_reference
from amagic.registers.svd import render_svd
from amagic.soc import memory_map
from amagic.soc.soc import SocConfig

from .board import Board

__all__ = ["register_map", "soc_blocks"]


def soc_blocks(config: SocConfig) -> tuple[Block, ...]:
    """Every frame of registers of a system-on-chip. (The timer stands where the IP has it.)"""
    ip = IpConfig(gic=config.gic, timer=True, timer_spi=config.timer_spi, frequency=config.clock_hz)
    own = {memory_map.UART: UART, memory_map.PROBE: PROBE, memory_map.SYNC: SYNC}
    return (
        *blocks(ip, memory_map.GIC.base),
        *(
            Block(window.name, window.base, own[window])
            for window in memory_map.windows(config.harts)
            if window in own
        ),
    )


def register_map(board: Board) -> Mapping[str, str]:
    """The files' texts, by file name."""
    placed = soc_blocks(board.soc)
    facts = {
        "Made by": f"amagic {__version__}",
        "System clock": f"{board.soc.clock_hz / 1e6:g} MHz",
        "Memory": f"{board.soc.memory_size // 1024} KiB at {memory_map.RAM_BASE:#x}",
    }
    return {
        "registers.svd": render_svd(
            placed,
            name=f"amagic_{board.name}",
            version=__version__,
            description=f"the system-on-chip of amagic on {board.title}",
        ),
        "registers.html": render_reference(
            placed,
            title=f"{board.title}: registers",
            facts=facts,
            notes=["Reset values are those with every interrupt line low."],
        ),
    }
