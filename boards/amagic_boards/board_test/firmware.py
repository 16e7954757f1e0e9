"""The firmware that a board runs: the hypervisor with its link and self-tests, and two guests."""

from collections.abc import Sequence
from pathlib import Path

from amagic_sim.compare import PERIODS
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import build_hypervisor, demo_guests
from amagic_sim.mode import Mode

from ..board import Board

__all__ = ["DEFAULT_TICKS", "build_board_firmware"]

DEFAULT_TICKS = 500


def build_board_firmware(
    board: Board,
    guests: Sequence[Path | None] = (None, None),
    ticks: int = DEFAULT_TICKS,
    mode: Mode = Mode.FORWARDED,
) -> Program:
    """Build it.

    Parameters
    ----------
    guests : sequence of Path or None
        C sources or ELF files; None for the comparison's own guest, which gets `ticks` ticks.
    mode : Mode
        How the timer's interrupt is brought to them, unless who asks for a run says otherwise.
    """
    own = demo_guests(ticks, PERIODS)
    chosen = [guest or mine for guest, mine in zip(guests, own, strict=True)]
    expected = [0 if guest else ticks for guest in guests]
    defines = {"HYP_LINK": 1, "HYP_MODE": mode.number, "LINK_TICKS": ",".join(map(str, expected))}
    return build_hypervisor(*chosen, defines=defines, config=board.soc)
