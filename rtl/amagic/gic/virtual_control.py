"""GICH: one CPU's virtual interface control, with the list registers.

Fields and conditions are those of Arm's register pages DDI 0601 GICH_HCR, DDI 0595 GICH_MISR and
GICH_VTR; that they are IHI 0048B's is unverified.

GICH_VMCR and GICH_APR are the virtual CPU interface's own state, seen from here: it keeps them,
and this module passes reads and writes on.

An end of interrupt that GICH_HCR.EOICount counts in the cycle of a write of GICH_HCR is added to
what is written: the write comes first, so that no count is lost.
"""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import FrameSignature
from ..registers import GICH
from .config import GicConfig
from .list_registers import ListRegisters
from .types import ForwardSignature, SourceSignature

__all__ = ["VirtualControl"]

PRIORITY_BITS = PREEMPTION_BITS = 5
"""Of the virtual CPU interface, whatever the physical one has."""

LR_BITS = 8
"""Address bits within the list registers, which stand at a multiple of their size."""
assert GICH.LR.end - GICH.LR.offset == 1 << LR_BITS and GICH.LR.offset % (1 << LR_BITS) == 0

HCR_FIELDS = sum(field.mask for field in GICH.HCR.fields)


def _merge(old: Value, new: Value, be: Value) -> Value:
    """``new`` in the bytes that ``be`` names, ``old`` elsewhere."""
    return Cat(
        Mux(be[i], new.word_select(i, 8), Value.cast(old).word_select(i, 8)) for i in range(4)
    )


class VirtualControl(wiring.Component):
    """One CPU's GICH frame.

    Members
    -------
    frame
        Software's accesses. What does not exist reads 0 and ignores writes.
    source, enable, vmcr, vmcr_w_stb, vmcr_w_data, apr, apr_w_stb, apr_w_data
        To the virtual CPU interface: what it acknowledges from, GICH_HCR.En, and the registers
        that it keeps for GICH.
    forward
        To the distributor: deactivations of physical interrupts.
    maintenance
        The maintenance interrupt's line, active high, level-sensitive. Silent while En is 0.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                "source": In(SourceSignature()),
                "forward": Out(ForwardSignature()),
                "maintenance": Out(1),
                "enable": Out(1),
                "vmcr": In(32),
                "vmcr_w_stb": Out(1),
                "vmcr_w_data": Out(32),
                "apr": In(32),
                "apr_w_stb": Out(1),
                "apr_w_data": Out(32),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.list_registers = lrs = ListRegisters(self.config)
        wiring.connect(m, wiring.flipped(self.source), lrs.source)
        wiring.connect(m, lrs.forward, wiring.flipped(self.forward))

        hcr = Signal(GICH.HCR.layout)
        misr = self._status(m, hcr, lrs)
        m.d.comb += self.enable.eq(hcr.En)
        m.d.sync += self.maintenance.eq(hcr.En & misr.as_value().any())

        # The access, taken from the port first: the way to the list registers is long.
        frame = self.frame
        address = Signal(12)
        w_data = Signal(32)
        be = Signal(4)
        is_write = Signal()
        r_data = Signal(32)
        write = Signal()
        m.d.comb += [
            lrs.index.eq(address[2:]),
            lrs.w_data.eq(w_data),
            lrs.be.eq(be),
            frame.r_data.eq(r_data),
        ]
        with m.FSM(name="access"):
            with m.State("IDLE"):
                m.d.sync += [
                    address.eq(frame.addr),
                    w_data.eq(frame.w_data),
                    be.eq(frame.be),
                    is_write.eq(frame.w_stb),
                ]
                with m.If(frame.r_stb | frame.w_stb):
                    m.next = "CONTROL"
                    with m.If(frame.addr[LR_BITS:] == GICH.LR.offset >> LR_BITS):
                        m.next = "LIST_REGISTER"
            with m.State("LIST_REGISTER"):
                m.d.comb += [lrs.r_stb.eq(~is_write), lrs.w_stb.eq(is_write)]
                m.d.sync += r_data.eq(lrs.r_data)
                with m.If(lrs.ack):
                    m.next = "ANSWER"
            with m.State("CONTROL"):
                m.d.comb += write.eq(is_write)
                m.d.sync += r_data.eq(self._read(m, address, hcr, misr, lrs))
                m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += frame.ack.eq(1)
                m.next = "IDLE"

        self._write(m, write, address, w_data, be, hcr, lrs.absent_stb)
        return m

    def _status(self, m, hcr, lrs) -> Signal:
        """GICH_MISR. Each condition has its enable in it; GICH_HCR.En does not matter here."""
        misr = Signal(GICH.MISR.layout)
        group0, group1 = (
            GICH.VMCR.field("VMGrp0En").lsb,
            GICH.VMCR.field("VMGrp1En").lsb,
        )
        m.d.comb += [
            misr.EOI.eq(lrs.ended.any()),
            misr.U.eq(hcr.UIE & lrs.underflow),
            misr.LRENP.eq(hcr.LRENPIE & hcr.EOICount.any()),
            misr.NP.eq(hcr.NPIE & lrs.none_pending),
            misr.VGrp0E.eq(hcr.VGrp0EIE & self.vmcr[group0]),
            misr.VGrp0D.eq(hcr.VGrp0DIE & ~self.vmcr[group0]),
            misr.VGrp1E.eq(hcr.VGrp1EIE & self.vmcr[group1]),
            misr.VGrp1D.eq(hcr.VGrp1DIE & ~self.vmcr[group1]),
        ]
        return misr

    def _read(self, m, address, hcr, misr, lrs) -> Signal:
        """The value of every register but the list registers."""
        value = Signal(32)
        vtr = GICH.VTR.pack(
            ListRegs=self.config.lrs - 1,
            PREbits=PREEMPTION_BITS - 1,
            PRIbits=PRIORITY_BITS - 1,
        )
        ended = Cat(lrs.ended, Const(0, 64 - self.config.lrs))
        empty = Cat(lrs.empty, Const(0, 64 - self.config.lrs))
        registers = {
            GICH.HCR.offset: hcr,
            GICH.VTR.offset: Const(vtr, 32),
            GICH.VMCR.offset: self.vmcr,
            GICH.MISR.offset: misr,
            GICH.EISR.at(0): ended[:32],
            GICH.EISR.at(1): ended[32:],
            GICH.ELRSR.at(0): empty[:32],
            GICH.ELRSR.at(1): empty[32:],
            GICH.APR.offset: self.apr,
        }
        with m.Switch(address):
            for offset, register in registers.items():
                with m.Case(offset):
                    m.d.comb += value.eq(register)
        return value

    def _write(self, m, write, address, w_data, be, hcr, absent_stb) -> None:
        """Everything that a write of another register than a list register does."""
        hcr_now = Signal(GICH.HCR.layout)
        m.d.comb += [
            hcr_now.eq(hcr),
            self.vmcr_w_data.eq(_merge(self.vmcr, w_data, be)),
            self.apr_w_data.eq(_merge(self.apr, w_data, be)),
        ]
        with m.If(write):
            with m.Switch(address):
                with m.Case(GICH.HCR.offset):
                    m.d.comb += hcr_now.eq(_merge(hcr, w_data, be) & HCR_FIELDS)
                with m.Case(GICH.VMCR.offset):
                    m.d.comb += self.vmcr_w_stb.eq(1)
                with m.Case(GICH.APR.offset):
                    m.d.comb += self.apr_w_stb.eq(1)
        m.d.sync += hcr.eq(hcr_now)
        with m.If(absent_stb):
            m.d.sync += hcr.EOICount.eq(hcr_now.EOICount + 1)
