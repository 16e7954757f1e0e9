"""Active priorities: ``GICC_APR`` and ``GICC_NSAPR``, or ``GICV_APR``, and the running priority.

A bit stands for one group priority: bit ``g >> (8 - preemption_bits)`` is set while an interrupt
of group priority ``g`` is active and its priority has not been dropped. What the bits mean is the
implementation's choice as long as 0 means that nothing is active (DDI 0595 GICC_APR<n>); this is
what a GIC-400 shows. In a GIC with one security state Group 0's interrupts use APR and Group 1's
NSAPR (DDI 0601 GICC_NSAPR<n>); the virtual interface has one APR for both.
"""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..parameters import check_range
from .arbiter import lowest_index

__all__ = ["ActivePriorities"]


class ActivePriorities(wiring.Component):
    """The active-priority registers of one CPU interface.

    Parameters
    ----------
    preemption_bits : int
        4 to 7: there are 16 to 128 group priorities.
    banks : int
        2 for APR and NSAPR, 1 for a single APR.
    security : bool
        Tell the two banks apart when a priority is dropped.

    Members
    -------
    index, bank, set_stb
        An interrupt of group priority ``index`` was acknowledged: set its bit in ``bank``.
    drop_stb
        Clear the bit of the highest active group priority, if any; ``index`` is ``running`` then.
        With that bit set in both banks, which correct nesting never does, it is Group 0's (our
        choice).
    running_valid, running
        The highest active group priority. It follows a change of the bits by one cycle.
    word, word_bank, r_data, w_stb, w_data, w_be
        Software's access to a word of the registers; bits that are not there are RAZ/WI. ``r_data``
        is combinational.
    apr
        The first word of bank 0.
    drop_group1, running_group1
        Only with ``security``. With ``drop_stb``: clear the highest of NSAPR alone; ``index`` is
        ``running_group1`` then.
    """

    def __init__(self, preemption_bits: int, banks: int, security: bool = False):
        check_range("preemption_bits", preemption_bits, 4, 7)
        check_range("banks", banks, 1, 2)
        self.levels = 1 << preemption_bits
        self.banks = banks
        self.words = max(1, self.levels // 32)
        self.security = security
        apart = {"drop_group1": In(1), "running_group1": Out(preemption_bits)}
        super().__init__(
            {
                "index": In(preemption_bits),
                "bank": In(1),
                "set_stb": In(1),
                "drop_stb": In(1),
                "running_valid": Out(1),
                "running": Out(preemption_bits),
                "word": In(2),
                "word_bank": In(1),
                "r_data": Out(32),
                "apr": Out(32),
                "w_stb": In(1),
                "w_data": In(32),
                "w_be": In(4),
            }
            | (apart if security else {})
        )

    def elaborate(self, platform):
        m = Module()
        active = [Signal(self.levels, name=f"active{bank}") for bank in range(self.banks)]

        any_active, lowest = lowest_index(active[0] | active[-1])
        m.d.sync += [self.running_valid.eq(any_active), self.running.eq(lowest)]

        target = Signal(self.levels)
        m.d.comb += target.eq(1 << self.index)
        dropped = [target, target & ~active[0]]
        if self.security:
            m.d.sync += self.running_group1.eq(lowest_index(active[1])[1])
            dropped = [
                Mux(self.drop_group1, 0, dropped[0]),
                Mux(self.drop_group1, target, dropped[1]),
            ]

        words = [Signal(32, name=f"r_data{bank}") for bank in range(self.banks)]
        for bank, bits in enumerate(active):
            chosen = self.word_bank == bank if self.banks == 2 else Const(1)
            with m.If(self.set_stb & (self.bank == bank if self.banks == 2 else Const(1))):
                m.d.sync += bits.eq(bits | target)
            with m.If(self.drop_stb & self.running_valid):
                m.d.sync += bits.eq(bits & ~dropped[bank])

            for word in range(self.words):
                with m.If(self.word == word):
                    m.d.comb += words[bank].eq(bits[32 * word : 32 * word + 32])
                    with m.If(self.w_stb & chosen):
                        for byte in range(4):
                            low = 32 * word + 8 * byte
                            with m.If(self.w_be[byte]):
                                m.d.sync += bits[low : low + 8].eq(self.w_data.word_select(byte, 8))

        m.d.comb += self.apr.eq(active[0][:32])
        m.d.comb += self.r_data.eq(Mux(self.word_bank, words[-1], words[0]))
        return m
