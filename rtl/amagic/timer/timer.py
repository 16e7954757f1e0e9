"""The generic timer: its pages behind one frame port. Wiring, and the access pipeline."""

from amaranth import Cat, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH, FrameSignature
from .config import BLOCK_FRAMES, TimerConfig
from .control import TimerControl
from .counter import SystemCounter
from .frame import TimerFrame
from .port import PAGE_WORD_WIDTH, PageSignature

__all__ = ["ADDR_WIDTH", "Timer", "TimerWrite", "cntbase", "cntctlbase", "cntel0base"]

ADDR_WIDTH = 17
"""Width of the byte address of one block: 128 KiB. A second block makes it one bit wider."""

CONTROL_PAGE, READ_PAGE, CTL_PAGE = 0x00, 0x01, 0x02
FIRST_FRAME_PAGE = 0x10
BLOCK_PAGES = 1 << ADDR_WIDTH - 12


def cntctlbase(block: int) -> int:
    """Byte address of a block's page CNTCTLBase in the timer's frame port."""
    return BLOCK_PAGES * block + CTL_PAGE << 12


def cntbase(frame: int) -> int:
    """Byte address of a frame's page CNTBaseN in the timer's frame port.

    N is the frame's number in its block; ``frame`` counts those of the first block, too.
    """
    block, n = divmod(frame, BLOCK_FRAMES)
    return BLOCK_PAGES * block + FIRST_FRAME_PAGE + 2 * n << 12


def cntel0base(frame: int) -> int:
    """Byte address of a frame's page CNTEL0BaseN in the timer's frame port, as `cntbase`."""
    return cntbase(frame) + 0x1000


class TimerWrite(data.Struct):
    """A write to the timer, for the probe, whether or not it has an effect.

    ``stb`` is 1 in the first cycle of the access. The count of that cycle is the one that a write
    of TVAL adds to.
    """

    stb: 1
    cpu: CPU_WIDTH
    addr: ADDR_WIDTH + 1 - 2
    data: 32


class Timer(wiring.Component):
    """A system counter and one to sixteen timer frames, in blocks of eight.

    The map, in pages of 4 KiB: CNTControlBase 0x0000, CNTReadBase 0x1000, CNTCTLBase 0x2000,
    CNTBaseN 0x10000 + N * 0x2000 with CNTEL0BaseN behind it. A second block has its CNTCTLBase and
    its CNTBaseN in the same places from 0x20000 on. To software it is a timer of its own, with a
    ``CNTFRQ`` of its own; but its count is that of the first. What is not there, or not
    implemented, reads 0 and ignores writes.

    An access takes three cycles. A read returns the values of its first cycle (``ISTATUS`` tells
    of the count one cycle before that); a write is in effect in its third, the one with ``ack``.
    A write that does not cover the whole word is ignored (our choice: the architecture knows word
    accesses only, and part of a compare value would be a trap).

    From an ``ack`` on, a line takes one more cycle to follow CTL, two for CVAL and TVAL, three
    for CNTVOFF and CNTCV.

    Members
    -------
    frame
        The frame port. ``cpu`` and ``secure`` make no difference.
    count_enable
        The clock cycle counts; 0 holds the counter.
    debug_halt
        The halt-on-debug signal.
    virtual_irq, physical_irq
        The lines, a bit for each frame, level. (`routing` leads them to a GIC.)
    count
        The system counter.
    written
        The writes, for the probe.
    """

    def __init__(self, config: TimerConfig):
        self.config = config
        super().__init__(
            {
                "frame": In(FrameSignature(ADDR_WIDTH + len(config.blocks) - 1)),
                "count_enable": In(1, init=1),
                "debug_halt": In(1),
                "virtual_irq": Out(config.frames),
                "physical_irq": Out(config.frames),
                "count": Out(64),
                "written": Out(TimerWrite),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        config, port = self.config, self.frame
        m.submodules.counter = counter = SystemCounter(config)
        controls = [TimerControl(config, frames) for frames in config.blocks]
        frames = [TimerFrame(config) for _ in range(config.frames)]
        m.d.comb += [
            counter.count_enable.eq(self.count_enable),
            counter.debug_halt.eq(self.debug_halt),
            self.count.eq(counter.count),
            self.virtual_irq.eq(Cat(frame.virtual_irq for frame in frames)),
            self.physical_irq.eq(Cat(frame.physical_irq for frame in frames)),
        ]
        for block, control in enumerate(controls):
            m.submodules[f"control{block}"] = control
        for place, frame in enumerate(frames):
            m.submodules[f"frame{place}"] = frame
            block, n = divmod(place, BLOCK_FRAMES)
            control = controls[block]
            m.d.comb += [
                frame.count.eq(counter.count),
                frame.frequency.eq(control.frequency),
                frame.access.eq(control.access[n]),
                frame.offset.eq(control.offset[n]),
            ]

        # First cycle: the strobe is seen. Second: the pages read and write. Third: ack.
        active = Signal()
        m.d.sync += [
            active.eq((port.r_stb | port.w_stb) & ~active & ~port.ack),
            port.ack.eq(active),
            port.r_data.eq(0),
        ]
        m.d.comb += [
            self.written.stb.eq(port.w_stb & ~active & ~port.ack),
            self.written.cpu.eq(port.cpu),
            self.written.addr.eq(port.addr[2:]),
            self.written.data.eq(port.w_data),
        ]

        number = Signal(len(port.addr) - 12)
        w_stb = Signal()
        m.d.comb += [
            number.eq(port.addr[12:]),
            w_stb.eq(active & port.w_stb & port.be.all()),
        ]
        pages: list[tuple[PageSignature, object]] = [
            (counter.control, number == CONTROL_PAGE),
            (counter.read, number == READ_PAGE),
        ]
        for block, control in enumerate(controls):
            pages.append((control.page, number == cntctlbase(block) >> 12))
        for n, frame in enumerate(frames):
            m.d.comb += frame.second_view.eq(number[0])
            pages.append((frame.page, number[1:] == cntbase(n) >> 13))
        for page, here in pages:
            m.d.comb += [
                page.addr.eq(port.addr[2 : 2 + PAGE_WORD_WIDTH]),
                page.w_data.eq(port.w_data),
                page.w_stb.eq(w_stb & here),
            ]
            with m.If(here):
                m.d.sync += port.r_data.eq(page.r_data)
        return m
