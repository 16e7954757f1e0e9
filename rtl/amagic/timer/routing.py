"""Which interrupts of a GIC the timer's lines are.

Frames belong to CPUs: frame 2c to the guests of CPU c, frame 2c + 1 to its host. So above four
CPUs there are two blocks of frames.

- **As PPIs**, by default: the virtual timer of frame 2c is CPU c's PPI 27, and the physical timer
  of frame 2c + 1 is its PPI 30, the INTIDs that these timers have in Arm's systems. The frames'
  other timers are not connected.
- **As SPIs**: the timers of all frames, two for each frame, from a first INTID on: frame f has its
  physical timer at ``first + 2 * f`` and its virtual timer behind it. Linux needs SPIs, and has a
  frame's two interrupts in this order (its device tree binding ``arm,arch_timer_mmio.yaml``).

The lines are level-sensitive, and need no synchronizer when GIC and timer have the same clock.
"""

from dataclasses import dataclass, field

from amaranth import Cat, Const, Value

from ..gic.config import GicConfig
from ..parameters import check_range

__all__ = ["PTIMER_PPI", "VTIMER_PPI", "TimerRouting", "guest_frame", "host_frame"]

VTIMER_PPI = 27
"""INTID of a guest's virtual timer."""
PTIMER_PPI = 30
"""INTID of the host's physical timer."""
FIRST_SPI = 32
FRAMES_PER_CPU = 2


def guest_frame(cpu: int) -> int:
    """The frame of a CPU's guests."""
    return FRAMES_PER_CPU * cpu


def host_frame(cpu: int) -> int:
    """The frame of a CPU's host."""
    return FRAMES_PER_CPU * cpu + 1


@dataclass(frozen=True)
class TimerRouting:
    """From a timer's lines to a GIC's. A value out of range raises `ValueError` with the range.

    Parameters
    ----------
    gic : GicConfig
        The GIC.
    timer_spi : int or None
        INTID of the first frame's physical timer, when the timers are to be SPIs: the SPIs must
        have room for all of them. None, the default, makes them PPIs.
    """

    gic: GicConfig = field(default_factory=GicConfig)
    timer_spi: int | None = None

    def __post_init__(self) -> None:
        if self.timer_spi is None:
            return
        room = self.gic.spis - 2 * self.frames
        if room < 0:
            raise ValueError(
                f"timer_spi must be None, not {self.timer_spi!r}: {self.frames} frames have "
                f"{2 * self.frames} timers, and the GIC has {self.gic.spis} SPIs"
            )
        check_range("timer_spi", self.timer_spi, FIRST_SPI, FIRST_SPI + room, optional=True)

    @property
    def frames(self) -> int:
        """Frames that the timer needs: its configuration's ``frames``."""
        return FRAMES_PER_CPU * self.gic.cpus

    def ppi(self, timer, cpu: int) -> Value:
        """What the timer raises of a CPU's sixteen PPIs; bit 0 is INTID 16."""
        if self.timer_spi is not None:
            return Const(0, 16)
        virtual = timer.virtual_irq[guest_frame(cpu)] << VTIMER_PPI - 16
        return (virtual | timer.physical_irq[host_frame(cpu)] << PTIMER_PPI - 16)[:16]

    def spi(self, timer) -> Value:
        """What the timer raises of the SPIs; bit 0 is INTID 32."""
        if self.timer_spi is None:
            return Const(0)
        pairs = zip(timer.physical_irq, timer.virtual_irq, strict=True)
        return Cat(Const(0, self.timer_spi - FIRST_SPI), *(line for pair in pairs for line in pair))
