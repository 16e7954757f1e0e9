"""One CPU's interface: GICC, fed by the distributor, or GICV, fed by the list registers.

The registers are those of `amagic.registers.gic`. Rules that the register pages leave open:

- IAR reads 1023 when there is nothing to signal (no candidate, group disabled here, PMR, running
  priority), and only then 1022 for a Group 1 interrupt with AckCtl = 0. (IHI 0048B's pseudocode
  for IAR has no priority tests and its prose has them, unverified; DDI 0595 GICV_IAR asks for
  "sufficient priority" before anything else.)
- HPPIR has the same order without PMR and running priority (a GIC-400 does so). A group that is
  disabled here reads 1023, and hides what is behind it (DDI 0601 GICC_HPPIR).
- EOIR and AEOIR drop the highest active priority, whatever the written ID; IDs 1020 to 1023 are
  ignored. AEOIR is no stricter than EOIR (a mismatch is UNPREDICTABLE in DDI 0601 GICC_EOIR and
  GICC_AEOIR).
- DIR with EOImode = 0 is ignored (DDI 0601 GICC_DIR; UNPREDICTABLE in DDI 0595 GICC_CTLR).
- IAR, AIAR, EOIR, AEOIR and DIR act on accesses of a whole word; a narrower one is RAZ/WI (our
  choice: half an acknowledge would lose an interrupt). The other registers take byte enables.
- The bypass bits of GICC_CTLR keep what is written and have no effect: there are no legacy inputs.

With the Security Extensions a Non-secure access to GICC sees Group 1 alone:

- IAR, HPPIR and EOIR are what AIAR, AHPPIR and AEOIR are to a Secure access (pages GICC_AIAR,
  GICC_AHPPIR and GICC_AEOIR). These three, ABPR and NSAPR are Secure registers: RAZ/WI. (NSAPR:
  DDI 0438E 8.3.4, page GICC_NSAPR<n>; ABPR and the three: unverified.)
- CTLR has EnableGrp1, FIQBypDisGrp1, IRQBypDisGrp1 and EOImodeNS as bits 0, 5, 6 and 9; that
  EOImode is in force for its EOIR and DIR (page GICC_CTLR).
- PMR reads 0 and ignores writes while it is below 0x80; otherwise it, and RPR, are seen as
  `view.nonsecure_priority` (pages GICC_PMR and GICC_RPR). Nothing active reads 0xFF.
- BPR is what ABPR is to a Secure access (page GICC_BPR). While CBPR is 1 it reads one more than the
  Secure BPR, at most 7, and ignores writes (unverified).
- APR is the upper half of NSAPR: that of the priorities which it sees (DDI 0438E Table 8.10).
- EOIR and DIR ignore an interrupt of Group 0 (unverified), and EOIR drops the highest priority of
  NSAPR. So does AEOIR to a Secure access, whose EOImode is still the Secure one.
"""

from dataclasses import replace

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import FrameSignature
from ..registers.gic import GICC, GICH, GICV
from .active_priorities import ActivePriorities
from .config import GicConfig
from .preemption import Preemption
from .types import INTID_WIDTH, PRIORITY_WIDTH, SPURIOUS, SPURIOUS_GROUP1, SourceSignature
from .view import from_nonsecure, nonsecure_priority

__all__ = ["CpuInterface"]

VIRTUAL_PRIORITY_BITS = 5
SPECIAL_INTIDS = 1020
"""IDs from here on never name an interrupt."""

NONSECURE_ALIASES = {GICC.IAR: GICC.AIAR, GICC.HPPIR: GICC.AHPPIR, GICC.EOIR: GICC.AEOIR}
"""What a Non-secure access to a register of GICC finds there."""
NONSECURE_CTLR = {0: "EnableGrp1", 5: "FIQBypDisGrp1", 6: "IRQBypDisGrp1", 9: "EOImodeNS"}
"""The bits of its GICC_CTLR."""
NOWHERE = 0xFFC
"""An address without a register."""


def _at_least(minimum: int, value):
    return Mux(value < minimum, minimum, value)


class CpuInterface(wiring.Component):
    """The machine behind ``GICC_*`` or ``GICV_*``.

    Parameters
    ----------
    config : GicConfig
    virtual : bool
        GICV: five priority and preemption bits, one APR, no NSAPR, no bypass bits.

    Members
    -------
    frame
        The 8 KiB frame. Addresses without a register are RAZ/WI.
    source
        Where the interrupts come from.
    irq, fiq
        The interface signals an interrupt; active high, registered. They follow the source's
        candidate by one cycle. From the cycle after ``granted`` of an acknowledge, which is before
        IAR is answered, both are 0; they return for what preempts, at the earliest two cycles after
        IAR's answer.
    enable
        Virtual only: GICH_HCR.En. While it is 0, irq and fiq are 0, and IAR, AIAR, HPPIR and AHPPIR
        read 1023.
    vmcr, vmcr_w_stb, vmcr_w_data
        Virtual only: GICH_VMCR. It is a second way to this interface's CTLR, PMR, BPR and ABPR.
    apr, apr_w_stb, apr_w_data
        Virtual only: GICH_APR, likewise.
    """

    def __init__(self, config: GicConfig, virtual: bool = False):
        self.config = config
        self.virtual = virtual
        self.security = config.security and not virtual
        self.registers = GICV if virtual else GICC
        priority_bits = VIRTUAL_PRIORITY_BITS if virtual else config.priority_bits
        self.preemption_bits = min(priority_bits, 7)
        self.priority_mask = 0xFF & ~((1 << (PRIORITY_WIDTH - priority_bits)) - 1)
        self.min_bpr = 7 - self.preemption_bits
        ctlr = self.registers.CTLR
        if self.security:
            ctlr = replace(ctlr, fields=ctlr.all_fields, overlays=())
        self.ctlr_layout = ctlr.layout
        self.ctlr_mask = sum(field.mask for field in ctlr.fields)
        ports = {
            "frame": In(FrameSignature(13)),
            "source": Out(SourceSignature(self.security)),
            "irq": Out(1),
            "fiq": Out(1),
        }
        if virtual:
            ports |= {
                "enable": In(1),
                "vmcr": Out(32),
                "vmcr_w_stb": In(1),
                "vmcr_w_data": In(32),
                "apr": Out(32),
                "apr_w_stb": In(1),
                "apr_w_data": In(32),
            }
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        m.submodules.priorities = priorities = ActivePriorities(
            self.preemption_bits, banks=1 if self.virtual else 2, security=self.security
        )
        m.submodules.preemption = preemption = Preemption(self.preemption_bits)

        self._ctlr = Signal(self.ctlr_layout)
        self._pmr = Signal(PRIORITY_WIDTH)
        self._bpr = Signal(3, init=self.min_bpr)
        self._abpr = Signal(3, init=self.min_bpr + 1)
        enabled = Cat(self._ctlr.EnableGrp0, self._ctlr.EnableGrp1)
        if self.virtual:
            enabled = Mux(self.enable, enabled, 0)
        m.d.comb += [
            preemption.candidate.eq(self.source.candidate),
            preemption.enable.eq(enabled),
            preemption.pmr.eq(self._pmr),
            preemption.bpr.eq(self._bpr),
            preemption.abpr.eq(self._abpr),
            preemption.cbpr.eq(self._ctlr.CBPR),
            preemption.running_valid.eq(priorities.running_valid),
            preemption.running.eq(priorities.running),
        ]

        # Until the running priority has followed an acknowledge, the comparison with it would still
        # let the acknowledged interrupt through.
        acknowledging = self._sequence(m, priorities, preemption)
        fiq = ~self.source.candidate.group & self._ctlr.FIQEn
        signalled = preemption.signalled & ~acknowledging
        m.d.sync += [self.irq.eq(signalled & ~fiq), self.fiq.eq(signalled & fiq)]

        if self.virtual:
            self._mirror_gich(m, priorities)
        return m

    def _sequence(self, m, priorities, preemption):
        """The state machine of an access. Returns "an acknowledge is not yet in force"."""
        frame, source, registers = self.frame, self.source, self.registers
        candidate = source.candidate

        aliased = Signal()  # AIAR, AHPPIR
        look_only = Signal()  # HPPIR, AHPPIR
        by_dir = Signal()
        acknowledged = Signal()
        addr, eoimode, running = frame.addr, self._ctlr.EOImode, priorities.running
        if self.security:
            addr = self._seen_address(m)
            eoimode = Mux(frame.secure, eoimode, self._ctlr.EOImodeNS)
            running = Mux(source.group1, priorities.running_group1, running)
            m.d.comb += priorities.drop_group1.eq(source.group1)

        whole = frame.be.all()
        ends = frame.w_stb & whole & (frame.w_data[:INTID_WIDTH] < SPECIAL_INTIDS)

        eligible = Mux(look_only, preemption.present, preemption.signalled)
        hidden = candidate.group & ~self._ctlr.AckCtl & ~aliased
        mine = eligible & (candidate.group | ~aliased)
        answer = Mux(
            mine,
            Mux(hidden, SPURIOUS_GROUP1, Cat(candidate.intid, candidate.cpuid)),
            SPURIOUS,
        )
        m.d.comb += [
            source.deactivation.intid.eq(frame.w_data[:INTID_WIDTH]),
            source.deactivation.cpuid.eq(frame.w_data[INTID_WIDTH:]),
            source.deactivation.by_dir.eq(by_dir),
            source.deactivation.dropped.eq(priorities.running_valid & ~by_dir),
        ]

        with m.FSM(name="access"):
            with m.State("IDLE"):
                m.d.sync += [
                    aliased.eq(0),
                    look_only.eq(0),
                    by_dir.eq(0),
                    frame.r_data.eq(0),
                ]
                if self.security:
                    group1 = (addr == registers.AEOIR.offset) | ~frame.secure
                    m.d.sync += [source.group1.eq(group1), source.keep.eq(0)]
                with m.If(frame.r_stb | frame.w_stb):
                    m.next = "ANSWER"
                    with m.Switch(addr):
                        for register, alias, look in (
                            (registers.IAR, 0, 0),
                            (registers.AIAR, 1, 0),
                            (registers.HPPIR, 0, 1),
                            (registers.AHPPIR, 1, 1),
                        ):
                            with m.Case(register.offset):
                                m.d.sync += [aliased.eq(alias), look_only.eq(look)]
                                with m.If(frame.r_stb & (whole | look)):
                                    m.next = "INSPECT"
                        with m.Case(registers.EOIR.offset, registers.AEOIR.offset):
                            with m.If(ends & eoimode):
                                m.next = "SETTLE"
                            with m.Elif(ends):
                                m.next = "DEACTIVATE"
                        with m.Case(registers.DIR.offset):
                            m.d.sync += by_dir.eq(1)
                            with m.If(ends & eoimode):
                                m.next = "DEACTIVATE"
                        with m.Default():
                            self._plain_registers(m, addr, priorities)
            with m.State("INSPECT"):
                m.d.comb += [
                    source.inspect.eq(1),
                    source.acknowledge.eq(source.granted & mine & ~hidden & ~look_only),
                ]
                m.d.sync += [
                    frame.r_data.eq(answer),
                    priorities.index.eq(preemption.group_priority),
                    priorities.bank.eq(candidate.group),
                ]
                with m.If(source.granted):
                    m.next = "ANSWER"
                    with m.If(source.acknowledge):
                        m.d.sync += acknowledged.eq(1)
                        m.next = "ACTIVATE"
            with m.State("ACTIVATE"):
                m.d.comb += priorities.set_stb.eq(1)
                m.next = "ANSWER"
            with m.State("SETTLE"):
                # A candidate that lags behind its own acknowledge must not be signalled once the
                # priority is dropped: wait until the source has taken everything into account.
                m.d.comb += source.inspect.eq(1)
                m.d.sync += priorities.index.eq(running)
                with m.If(source.granted):
                    m.next = "DROP"
                    if self.security:
                        # The interrupt stays active, but only its source knows its group.
                        m.d.sync += source.keep.eq(1)
                        m.next = "DEACTIVATE"
            with m.State("DEACTIVATE"):
                m.d.comb += source.deactivate.eq(1)
                m.d.sync += priorities.index.eq(running)
                with m.If(source.deactivated):
                    m.next = "DROP"
                    with m.If(by_dir | source.refused if self.security else by_dir):
                        m.next = "ANSWER"
            with m.State("DROP"):
                m.d.comb += priorities.drop_stb.eq(1)
                m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += frame.ack.eq(1)
                m.d.sync += acknowledged.eq(0)
                m.next = "IDLE"
        return source.acknowledge | acknowledged

    def _seen_address(self, m):
        """The address at which a Secure access would find what this one finds."""
        frame, registers = self.frame, self.registers
        addr = Signal.like(frame.addr)
        m.d.comb += addr.eq(frame.addr)
        with m.If(~frame.secure):
            m.d.comb += addr.eq(NOWHERE)
            with m.Switch(frame.addr):
                for register, alias in NONSECURE_ALIASES.items():
                    with m.Case(register.offset):
                        m.d.comb += addr.eq(alias.offset)
                with m.Case(registers.DIR.offset, registers.IIDR.offset):
                    m.d.comb += addr.eq(frame.addr)
        return addr

    def _nonsecure_registers(self, m, priorities):
        """What a Non-secure access finds where a Secure one finds something else."""
        frame, registers = self.frame, self.registers
        write_low = frame.w_stb & frame.be[0]
        with m.Switch(frame.addr):
            with m.Case(registers.CTLR.offset):
                for bit, name in NONSECURE_CTLR.items():
                    m.d.sync += frame.r_data[bit].eq(self._ctlr[name])
                    with m.If(frame.w_stb & frame.be[bit // 8]):
                        m.d.sync += self._ctlr[name].eq(frame.w_data[bit])
            with m.Case(registers.PMR.offset):
                with m.If(self._pmr[7]):
                    m.d.sync += frame.r_data.eq(nonsecure_priority(self._pmr))
                    with m.If(write_low):
                        m.d.sync += self._pmr.eq(from_nonsecure(frame.w_data) & self.priority_mask)
            with m.Case(registers.BPR.offset):
                with m.If(self._ctlr.CBPR):
                    m.d.sync += frame.r_data.eq(Mux(self._bpr == 7, 7, self._bpr + 1))
                with m.Else():
                    self._binary_point(m, self._abpr, self.min_bpr + 1)
            with m.Case(registers.RPR.offset):
                running = self._running_priority(priorities)
                lower = Mux(running[7], nonsecure_priority(running), 0)
                m.d.sync += frame.r_data.eq(Mux(priorities.running_valid, lower, 0xFF))
            for word in range(max(1, priorities.words // 2)):
                with m.Case(registers.APR.at(word)):
                    self._nonsecure_active(m, priorities, word)

    def _nonsecure_active(self, m, priorities, word):
        """The upper half of NSAPR: of its words, or of its one word."""
        frame = self.frame
        half = 2 if priorities.words == 1 else 0  # in bytes
        m.d.sync += frame.r_data.eq(priorities.r_data >> 8 * half)
        m.d.comb += [
            priorities.word.eq(word + priorities.words // 2),
            priorities.word_bank.eq(1),
            priorities.w_be.eq(frame.be << half),
            priorities.w_data.eq(frame.w_data << 8 * half),
            priorities.w_stb.eq(frame.w_stb),
        ]

    def _binary_point(self, m, register, minimum):
        frame = self.frame
        m.d.sync += frame.r_data.eq(register)
        with m.If(frame.w_stb & frame.be[0]):
            m.d.sync += register.eq(_at_least(minimum, frame.w_data[:3]))

    def _running_priority(self, priorities):
        return priorities.running << (PRIORITY_WIDTH - self.preemption_bits)

    def _plain_registers(self, m, addr, priorities):
        """Registers without side effects, in the first cycle of an access to ``addr``."""
        frame, registers = self.frame, self.registers
        ctlr, mask = self._ctlr.as_value(), self.ctlr_mask
        write_low = frame.w_stb & frame.be[0]

        with m.Switch(addr):
            with m.Case(registers.CTLR.offset):
                m.d.sync += frame.r_data.eq(ctlr)
                for byte in range(4):
                    bits = slice(8 * byte, 8 * byte + 8)
                    with m.If(frame.w_stb & frame.be[byte]):
                        m.d.sync += ctlr[bits].eq(frame.w_data[bits] & (mask >> bits.start & 0xFF))
            with m.Case(registers.PMR.offset):
                m.d.sync += frame.r_data.eq(self._pmr)
                with m.If(write_low):
                    m.d.sync += self._pmr.eq(frame.w_data & self.priority_mask)
            with m.Case(registers.BPR.offset):
                self._binary_point(m, self._bpr, self.min_bpr)
            with m.Case(registers.ABPR.offset):
                self._binary_point(m, self._abpr, self.min_bpr + 1)
            with m.Case(registers.RPR.offset):
                running = self._running_priority(priorities)
                m.d.sync += frame.r_data.eq(Mux(priorities.running_valid, running, 0xFF))
            with m.Case(registers.IIDR.offset):
                m.d.sync += frame.r_data.eq(self._iidr)

        banks = [registers.APR] if self.virtual else [registers.APR, registers.NSAPR]
        m.d.comb += priorities.w_data.eq(frame.w_data)
        with m.Switch(addr):
            for bank, register in enumerate(banks):
                for word in range(register.count):
                    with m.Case(register.at(word)):
                        m.d.sync += frame.r_data.eq(priorities.r_data)
                        m.d.comb += [
                            priorities.word.eq(word),
                            priorities.word_bank.eq(bank),
                            priorities.w_be.eq(frame.be),
                            priorities.w_stb.eq(frame.w_stb),
                        ]
        if self.security:
            with m.If(~frame.secure):
                self._nonsecure_registers(m, priorities)

    @property
    def _iidr(self):
        """The CPU interface's product number has twelve bits, the distributor's eight: a GIC-400
        has 0x020 and 0x02."""
        config = self.config
        return self.registers.IIDR.pack(
            Implementer=config.implementer,
            Revision=config.revision,
            Architecture_version=2,
            ProductID=config.product << 4,
        )

    def _mirror_gich(self, m, priorities):
        """GICH's way to the registers. It never writes together with GICV's: one frame port serves
        both."""
        shared = {
            "VMGrp0En": self._ctlr.EnableGrp0,
            "VMGrp1En": self._ctlr.EnableGrp1,
            "VMAckCtl": self._ctlr.AckCtl,
            "VMFIQEn": self._ctlr.FIQEn,
            "VMCBPR": self._ctlr.CBPR,
            "VEM": self._ctlr.EOImode,
            "VMPriMask": self._pmr[-VIRTUAL_PRIORITY_BITS:],
        }
        vmcr = data.View(GICH.VMCR.layout, self.vmcr)
        written = data.View(GICH.VMCR.layout, self.vmcr_w_data)
        m.d.comb += [vmcr[name].eq(value) for name, value in shared.items()]
        m.d.comb += [vmcr.VMBP.eq(self._bpr), vmcr.VMABP.eq(self._abpr)]
        with m.If(self.vmcr_w_stb):
            m.d.sync += [value.eq(written[name]) for name, value in shared.items()]
            m.d.sync += [
                self._bpr.eq(_at_least(self.min_bpr, written.VMBP)),
                self._abpr.eq(_at_least(self.min_bpr + 1, written.VMABP)),
            ]

        m.d.comb += self.apr.eq(priorities.apr)
        with m.If(self.apr_w_stb):
            m.d.comb += [
                priorities.w_stb.eq(1),
                priorities.w_be.eq(0xF),
                priorities.w_data.eq(self.apr_w_data),
            ]
