"""The modes of the hypervisor: how the virtual timer's interrupt is brought to a guest.

One build of the firmware has them all, and `HYP_MODE`, a word of its image, says which it uses.
What each does is told in ``firmware/hyp/mode.h``.
"""

from enum import Enum

from .firmware import Program

__all__ = ["HYP_MODE", "Mode", "mode_words"]

HYP_MODE = "hyp_mode"
"""The symbol of the word that says the mode."""


class Mode(Enum):
    """A mode, with the name that the firmware's report gives it."""

    EMULATED = "emulated"
    MASKED = "masked"
    MASKED_EOI = "masked-eoi"
    FORWARDED = "forwarded"

    @property
    def number(self) -> int:
        """What `HYP_MODE` holds: ``enum mode_id``."""
        return _NUMBERS.index(self)

    @property
    def gicv(self) -> bool:
        """The guest's CPU interface is the hardware's."""
        return self is not Mode.EMULATED

    @property
    def forwards(self) -> bool:
        """The guest's end of its tick deactivates the physical interrupt."""
        return self is Mode.FORWARDED


_NUMBERS = (Mode.FORWARDED, Mode.MASKED, Mode.MASKED_EOI, Mode.EMULATED)


def mode_words(program: Program, mode: Mode) -> dict[int, int]:
    """The words of the hypervisor's image, by their addresses, that put it into a mode."""
    return {program.symbols[HYP_MODE]: mode.number}
