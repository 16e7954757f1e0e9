"""What a generic timer is built with, and what it may be built with."""

from dataclasses import dataclass

from ..parameters import check_range

__all__ = ["BLOCK_FRAMES", "TimerConfig"]

BLOCK_FRAMES = 8
"""Frames for which a CNTCTLBase has room: ``CNTTIDR`` has eight fields."""


@dataclass(frozen=True)
class TimerConfig:
    """Parameters of one generic timer. A value out of range raises `ValueError` with the range.

    Parameters
    ----------
    frames : int
        Timer frames (CNTBaseN with CNTEL0BaseN), 1 to 16. The first eight are one block, with a
        CNTCTLBase; those above are another, with a CNTCTLBase of its own.
    frequency : int
        The clock's frequency in Hz, 1 to 4294967295: what ``CNTFID0`` says and ``CNTFRQ`` resets
        to. The counter counts clock cycles.
    implementer : int
        JEP106 code of 12 bits (continuation in [11:8], identity in [6:0]; bit 7 is 0) in the
        identification registers; 0 for none.
    part : int
        Part number of 12 bits in the identification registers.
    revision : int
        Revision of 4 bits in the identification registers.
    """

    frames: int = 2
    frequency: int = 50_000_000
    implementer: int = 0
    part: int = 0xA67
    revision: int = 0

    def __post_init__(self) -> None:
        check_range("frames", self.frames, 1, 2 * BLOCK_FRAMES)
        check_range("frequency", self.frequency, 1, 0xFFFF_FFFF)
        check_range("implementer", self.implementer, 0, 0xFFF)
        check_range("part", self.part, 0, 0xFFF)
        check_range("revision", self.revision, 0, 15)
        if self.implementer & 0x80:
            raise ValueError(f"implementer must have bit 7 clear, not {self.implementer:#x}")

    @property
    def blocks(self) -> tuple[int, ...]:
        """The number of frames of each block."""
        firsts = range(0, self.frames, BLOCK_FRAMES)
        return tuple(min(BLOCK_FRAMES, self.frames - first) for first in firsts)

    @property
    def counter_id(self) -> tuple[int, ...]:
        """``CounterID0`` to ``11``, which every frame has.

        They are CoreSight identification registers (DDI 0487L I5.7.23): peripheral 4 to 7,
        peripheral 0 to 3, component 0 to 3, with component class 0xF as that page demands.
        """
        identity, continuation = self.implementer & 0x7F, self.implementer >> 8
        jedec = int(self.implementer != 0)
        return (
            continuation,
            0,
            0,
            0,
            self.part & 0xFF,
            self.part >> 8 | (identity & 0xF) << 4,
            identity >> 4 | jedec << 3 | self.revision << 4,
            0,
            0x0D,
            0xF0,
            0x05,
            0xB1,
        )
