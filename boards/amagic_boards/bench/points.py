"""What is measured: a star around one configuration, and its far corner."""

from dataclasses import dataclass

from amagic.gic import GicConfig

__all__ = ["POINTS", "QUICK", "SEEDS", "STORMS", "Point"]

SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Point:
    """A size of GIC; everything else is as in `config`."""

    cpus: int = 1
    spis: int = 96
    lrs: int = 4

    @property
    def config(self) -> GicConfig:
        return GicConfig(cpus=self.cpus, spis=self.spis, lrs=self.lrs, priority_bits=5)

    def __str__(self) -> str:
        cpus = f"{self.cpus} CPU" + "s" * (self.cpus > 1)
        return f"{self.spis} SPIs, {cpus}, {self.lrs} list registers"


QUICK = Point()
POINTS = (
    QUICK,
    *(Point(spis=spis) for spis in (32, 64, 224, 480, 988)),
    Point(lrs=16),
    *(Point(cpus=cpus) for cpus in (2, 4, 8)),
    Point(cpus=8, spis=480, lrs=16),
)
"""In the order in which they are measured: what is most asked for, and soonest done, is first."""
STORMS = (Point(cpus=2, spis=96), Point(cpus=2, spis=988))
"""Where the worst case is simulated; it takes a second CPU."""
