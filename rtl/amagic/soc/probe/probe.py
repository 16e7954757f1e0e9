"""The probe: time-stamped events of the running system, as the hardware saw them. Wiring only.

What is observed is registered together with the system counter (`observer`), waits its turn
(`merger`), and becomes one record a cycle: on the port ``recorded``, which a simulation writes to
a file, and in a buffer that software reads.
"""

from dataclasses import dataclass

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...bus.frame import FrameSignature
from ...parameters import check_power_of_two, check_range
from .buffer import RecordBuffer
from .merger import Merger, RecordSignature
from .moment import MAX_HARTS
from .observer import Observer, observed
from .registers import ProbeRegisters

__all__ = ["Probe", "ProbeConfig"]


@dataclass(frozen=True)
class ProbeConfig:
    """Parameters of the probe. A value out of range raises `ValueError` with the range.

    Parameters
    ----------
    harts : int
        CPUs, 1 or 2.
    frames : int
        Timer frames, 1 to 8.
    depth : int
        Records in the buffer: a power of two in 2 to 4096.
    """

    harts: int = 1
    frames: int = 2
    depth: int = 256

    def __post_init__(self) -> None:
        check_range("harts", self.harts, 1, MAX_HARTS)
        check_range("frames", self.frames, 1, 8)
        check_power_of_two("depth", self.depth, 2, 4096)


class Probe(wiring.Component):
    """Records events with the count of the cycle in which they happened.

    Members
    -------
    frame
        The registers, `amagic.registers.probe.PROBE`.
    count
        The system counter.
    virtual_irq, physical_irq, irq, virq, maintenance
        Levels, a bit for each frame or hart; each change is an event.
    gic
        Accesses to the GIC (see `observe`). Recorded are writes to GICD, GICC, GICH and GICV, and
        reads of GICC and GICV; for GICH's alias ``cpu`` is the CPU whose registers they are.
    distributor, timer
        What the distributor and the timer say of themselves.
    cpu
        What the cores show.
    recorded
        Each record, in the order of time.
    """

    def __init__(self, config: ProbeConfig):
        self.config = config
        harts, frames = config.harts, config.frames
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                **observed(harts, frames),
                "recorded": Out(RecordSignature()),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.registers = registers = ProbeRegisters()
        m.submodules.observer = observer = Observer(config.harts, config.frames)
        m.submodules.merger = merger = Merger(config.harts, config.frames)
        m.submodules.buffer = buffer = RecordBuffer(config.depth)

        connect(m, flipped(self.frame), registers.frame)
        for outer, inner in zip(self.cpu, observer.cpu, strict=True):
            connect(m, flipped(outer), inner)
        for name in observed(config.harts, config.frames):
            if name != "cpu":
                m.d.comb += getattr(observer, name).eq(getattr(self, name))
        for inner, outer in zip(observer.watch, registers.watch, strict=True):
            m.d.comb += inner.eq(outer)
        m.d.comb += [
            observer.mark.eq(registers.mark),
            observer.kinds.eq(registers.kinds),
            merger.moment.eq(observer.moment),
            merger.clear.eq(registers.clear),
            buffer.clear.eq(registers.clear),
            buffer.pop.eq(registers.pop),
            registers.count.eq(buffer.count),
            registers.dropped.eq(merger.dropped),
            registers.unread.eq(buffer.unread),
            registers.record.eq(buffer.oldest),
        ]
        connect(m, merger.recorded, buffer.recorded)
        for name in ("valid", "time", "info", "value"):
            m.d.comb += getattr(self.recorded, name).eq(getattr(merger.recorded, name))
        return m
