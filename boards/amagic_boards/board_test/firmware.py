"""The firmware that a board runs: the hypervisor with its link and self-tests, and two guests."""

from collections.abc import Sequence
from pathlib import Path

from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import build_hypervisor, demo_guests

from ..board import Board

__all__ = ["DEFAULT_TICKS", "build_board_firmware"]

DEFAULT_TICKS = 500


def build_board_firmware(
    board: Board, guests: Sequence[Path | None] = (None, None), ticks: int = DEFAULT_TICKS
) -> Program:
    """Build it.

    Parameters
    ----------
    guests : sequence of Path or None
        C sources or ELF files; None for the demo's own guest, which gets `ticks` ticks.
    """
    own = demo_guests(ticks)
    chosen = [guest or mine for guest, mine in zip(guests, own, strict=True)]
    expected = [0 if guest else ticks for guest in guests]
    defines = {"HYP_LINK": 1, "LINK_TICKS": ",".join(map(str, expected))}
    # Without it, a page is lost in front of the guests' translation tables, and the host's memory
    # does not suffice.
    flags = ["--sort-section=alignment"]
    return build_hypervisor(*chosen, defines=defines, link_flags=flags, config=board.soc)
