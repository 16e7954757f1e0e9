"""What the IP is built with, and where its parts then stand."""

from dataclasses import dataclass, field

from ..gic.config import GicConfig
from ..gic.gic import FRAME_BITS
from ..timer.config import TimerConfig
from ..timer.routing import TimerRouting
from ..timer.timer import ADDR_WIDTH as TIMER_BITS
from .buses import BUSES

__all__ = ["IpConfig"]


@dataclass(frozen=True)
class IpConfig:
    """Parameters of the IP. A value out of range raises `ValueError` with what is allowed.

    Parameters
    ----------
    gic : GicConfig
        The GIC.
    bus : str
        ``wishbone``, ``axi4lite`` or ``apb``.
    timer : bool
        Put a generic timer beside the GIC, with two frames for each CPU.
    timer_spi : int or None
        INTID of the first of the timer's SPIs, two for each frame; None makes them PPIs 27 and 30
        (see `amagic.timer.routing`).
    frequency : int
        The clock's frequency in Hz, which the timer tells software: 1 to 4294967295.
    """

    gic: GicConfig = field(default_factory=GicConfig)
    bus: str = "wishbone"
    timer: bool = False
    timer_spi: int | None = None
    frequency: int = 50_000_000

    def __post_init__(self) -> None:
        if self.bus not in BUSES:
            raise ValueError(f"bus must be one of {', '.join(BUSES)}, not {self.bus!r}")
        if not isinstance(self.timer, bool):
            raise ValueError(f"timer must be True or False, not {self.timer!r}")
        if self.timer_spi is not None and not self.timer:
            raise ValueError(f"timer_spi must be None without a timer, not {self.timer_spi!r}")
        TimerRouting(self.gic, self.timer_spi)
        TimerConfig(frequency=self.frequency)

    @property
    def routing(self) -> TimerRouting:
        """Where the timer's lines go."""
        return TimerRouting(self.gic, self.timer_spi)

    @property
    def timer_config(self) -> TimerConfig:
        """The timer, when there is one."""
        return TimerConfig(frames=self.routing.frames, frequency=self.frequency)

    @property
    def addr_width(self) -> int:
        """Bits of the byte address: the GIC's 32 KiB, then from 0x20000 on the timer's blocks of
        frames, 128 KiB each."""
        return TIMER_BITS + len(self.timer_config.blocks) if self.timer else FRAME_BITS
