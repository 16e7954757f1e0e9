"""From what is observed to the moments of the system."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...bus.frame import CPU_WIDTH
from ...gic.transaction import Transaction
from ...timer.timer import TimerWrite
from ..cpu import CpuProbeSignature
from ..events import EventKind
from .moment import WATCHES, FrameEvent, Mark, moment_layout, slots
from .registers import Watch

__all__ = ["FrameAccess", "GicDecoder", "Observer", "observe", "observed"]


class FrameAccess(data.Struct):
    """An access on the GIC's frame port, for the probe. All is valid in a cycle with ``stb``."""

    stb: 1
    write: 1
    cpu: CPU_WIDTH
    addr: 15
    data: 32


def observe(access: data.View, frame) -> list:
    """The assignments that make ``access`` (a `FrameAccess`) follow the frame port ``frame``.

    The access is seen in the cycle of its acknowledge; ``data`` is what was written or read.
    """
    return [
        access.stb.eq((frame.r_stb | frame.w_stb) & frame.ack),
        access.write.eq(frame.w_stb),
        access.cpu.eq(frame.cpu),
        access.addr.eq(frame.addr),
        access.data.eq(Mux(frame.w_stb, frame.w_data, frame.r_data)),
    ]


class GicDecoder(wiring.Component):
    """Which of the GIC's frames an access is to. Combinational.

    GIC-400's map: GICD 0x1000, GICC 0x2000 (8 KiB), GICH 0x4000, each CPU's GICH 0x5000 + CPU *
    0x200, GICV 0x6000 (8 KiB). Reads of GICD and GICH are left out: they change nothing.
    """

    access: In(FrameAccess)
    event: Out(FrameEvent)

    def elaborate(self, platform) -> Module:
        m = Module()
        access, event = self.access, self.event
        m.d.comb += [event.cpu.eq(access.cpu), event.data.eq(access.data)]

        def frame(offset, on_write, on_read=None):
            m.d.comb += event.offset.eq(offset)
            with m.If(access.write):
                m.d.comb += [event.stb.eq(access.stb), event.kind.eq(on_write)]
            if on_read is not None:
                with m.Else():
                    m.d.comb += [event.stb.eq(access.stb), event.kind.eq(on_read)]

        with m.Switch(access.addr[12:]):
            with m.Case(1):
                frame(access.addr[:12], EventKind.GICD_WRITE)
            with m.Case(2, 3):
                frame(access.addr[:13], EventKind.GICC_WRITE, EventKind.GICC_READ)
            with m.Case(4):
                frame(access.addr[:12], EventKind.GICH_WRITE)
            with m.Case(5):
                frame(access.addr[:9], EventKind.GICH_WRITE)
                m.d.comb += event.cpu.eq(access.addr[9:12])
            with m.Case(6, 7):
                frame(access.addr[:13], EventKind.GICV_WRITE, EventKind.GICV_READ)
        return m


def observed(harts: int, frames: int) -> dict:
    """The members with what is observed, as `Probe` has them and passes them on to `Observer`."""
    return {
        "count": In(64),
        "virtual_irq": In(frames),
        "physical_irq": In(frames),
        "irq": In(harts),
        "virq": In(harts),
        "maintenance": In(harts),
        "gic": In(FrameAccess),
        "distributor": In(Transaction),
        "timer": In(TimerWrite),
        "cpu": In(CpuProbeSignature()).array(harts),
    }


class Observer(wiring.Component):
    """Registers what is observed, and says which events it is.

    Members
    -------
    count, virtual_irq ... cpu
        As of the probe.
    mark, watch, kinds
        From the registers; ``kinds`` is 0 while the probe is off.
    moment
        The last cycle's events; something happened in it when ``moment.present`` is not 0.
    """

    def __init__(self, harts: int, frames: int):
        self._harts, self._frames = harts, frames
        super().__init__(
            {
                **observed(harts, frames),
                "mark": In(Mark),
                "watch": In(Watch).array(WATCHES),
                "kinds": In(32),
                "moment": Out(moment_layout(harts, frames)),
            }
        )

    def _happened(self, kind: EventKind, hart: int, n: int, decoded: FrameEvent):
        """Whether a slot's event happens in this cycle. The moment holds the last one's levels."""
        last = self.moment
        match kind:
            case EventKind.MARK:
                return self.mark.stb
            case EventKind.VTIMER:
                return self.virtual_irq[n] != last.virtual[n]
            case EventKind.PTIMER:
                return self.physical_irq[n] != last.physical[n]
            case EventKind.IRQ:
                return self.irq[hart] != last.irq[hart]
            case EventKind.VIRQ:
                return self.virq[hart] != last.virq[hart]
            case EventKind.MAINTENANCE:
                return self.maintenance[hart] != last.maintenance[hart]
            case EventKind.GICH_WRITE:
                return decoded.stb
            case EventKind.DISTRIBUTOR:
                return self.distributor.stb
            case EventKind.PRIVILEGE:
                return self.cpu[hart].privilege != last.privilege[hart]
            case EventKind.WATCH:
                watch, cpu = self.watch[n], self.cpu[hart]
                here = (cpu.pc == watch.pc) & (cpu.privilege == watch.privilege)
                return cpu.retire & watch.enable & here
            case EventKind.TIMER_WRITE:
                return self.timer.stb
            case _:
                raise AssertionError(f"no slot for {kind}")

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.gic_decoder = decoder = GicDecoder()
        m.d.comb += decoder.access.eq(self.gic)
        moment = self.moment

        m.d.sync += [
            moment.time.eq(self.count),
            moment.mark.eq(self.mark),
            moment.virtual.eq(self.virtual_irq),
            moment.physical.eq(self.physical_irq),
            moment.irq.eq(self.irq),
            moment.virq.eq(self.virq),
            moment.maintenance.eq(self.maintenance),
            moment.gic.eq(decoder.event),
            moment.transaction.eq(self.distributor),
            moment.timer.eq(self.timer),
        ]
        for hart, cpu in enumerate(self.cpu):
            m.d.sync += [moment.privilege[hart].eq(cpu.privilege), moment.pc[hart].eq(cpu.pc)]

        wanted = Signal(32)
        m.d.comb += wanted.eq(self.kinds)
        for bit, (kind, hart, n, _) in enumerate(slots(moment, self._harts, self._frames)):
            enabled = wanted[kind.value]
            if kind is EventKind.GICH_WRITE:
                enabled = wanted.bit_select(Value.cast(decoder.event.kind), 1)
            happened = self._happened(kind, hart, n, decoder.event)
            m.d.sync += moment.present[bit].eq(happened & enabled)
        return m
