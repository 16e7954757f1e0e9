"""What a Non-secure access sees, with the Security Extensions: Group 1, in half of the priorities.

Rules, and where they are from. "Page X" is Arm's page on register X, as in `amagic.registers.gic`;
IHI 0048A is the architecture's first version, whose words for Groups 0 and 1 are "Secure" and
"Non-secure".

- What a register of GICD has on a Group 0 interrupt is RAZ/WI (IHI 0048A 4.2.1; IHI 0048B 4.3.17
  for an SGI's byte of ``GICD_SPENDSGIR``). That includes ``GICD_ITARGETSR0`` to 7 and the lower bit
  of a field of ``GICD_ICFGR``; and ``GICD_PPISR`` and ``GICD_SPISR`` (unverified).
- ``GICD_NSACR`` gives back some of it, for SGIs and SPIs (page GICD_NSACR<n>). 1:
  ``GICD_ISPENDR``, and SGIs by ``GICD_SGIR``, for which the target's field counts (page
  GICR_NSACR). 2: ``GICD_ICPENDR``, and reads of ``GICD_ISACTIVER`` and ``GICD_ICACTIVER`` (which
  registers is unverified). 3: ``GICD_ITARGETSR`` (unverified).
- A priority is seen shifted up by one bit, so that the lower half of the range is all there is; one
  that is written gets bit 7 set (IHI 0048A 4.2.1). ``GICD_IPRIORITYR`` shows one of the upper half,
  which only Secure software can write, without its bit 7 (unverified).
- ``GICD_SGIR``: a Secure write sends to the targets at which the SGI's group is ``NSATT``; a
  Non-secure one to those at which it is Group 1, or ``GICD_NSACR`` permits it (page GICD_SGIR).
- A forwarded deactivation counts as a Non-secure one.

Configuration lockdown (``CFGSDISABLE``) is not there; ``GICD_TYPER.LSPI`` is 0.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .config import GicConfig
from .gicd_frame import Part, access_layout

__all__ = ["RowView", "from_nonsecure", "nonsecure_priority"]


def nonsecure_priority(priority):
    """A priority of 8 bits as a Non-secure access sees it, if it is in the lower half."""
    return Cat(0, priority[:7])


def from_nonsecure(priority):
    """The priority of 8 bits that a Non-secure access means."""
    return Cat(priority[1:8], 1)


_FIELD_BITS = {
    Part.ENABLED: 1,
    Part.PENDING: 1,
    Part.ACTIVE: 1,
    Part.LINES: 1,
    Part.CONFIG: 2,
    Part.PRIORITY: 8,
    Part.TARGETS: 8,
    Part.SGI_PENDING: 8,
}
"""How many bits a register that both states see has for each interrupt."""


class RowView(wiring.Component):
    """Which of a row's interrupts a transaction may see and change.

    Members
    -------
    access
        Software's access.
    software
        The transaction is that access.
    nonsecure
        It is Non-secure.
    group, nsacr
        The row's state: a bit, and a field of two bits, for each interrupt.
    visible
        The interrupts that it may see and change.
    sends
        A write to ``GICD_SGIR`` makes the SGI pending in this row.
    """

    def __init__(self, config: GicConfig):
        super().__init__(
            {
                "access": In(access_layout(config)),
                "software": In(1),
                "nonsecure": In(1),
                "group": In(32),
                "nsacr": In(64),
                "visible": Out(32),
                "sends": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        access = self.access
        # The least GICD_NSACR with which the access may do to Group 0 what it does. 0: it may not.
        least = Signal(2)
        with m.Switch(access.part):
            with m.Case(Part.PENDING):
                m.d.comb += least.eq(Mux(access.clear, 2, 1))
            with m.Case(Part.ACTIVE):
                m.d.comb += least.eq(Mux(access.write, 0, 2))
            with m.Case(Part.TARGETS):
                m.d.comb += least.eq(3)
            with m.Case(Part.SGIR):
                m.d.comb += least.eq(1)
        permits = Cat(self.nsacr.word_select(place, 2) >= least for place in range(32))
        may = self.group | Mux(self.software & least.any(), permits, 0)
        m.d.comb += self.visible.eq(Mux(self.nonsecure, may, 0xFFFFFFFF))

        sgi, nsatt = access.w_data[:4], access.w_data[15]
        in_group1 = self.group.bit_select(sgi, 1)
        m.d.comb += self.sends.eq(
            Mux(self.nonsecure, self.visible.bit_select(sgi, 1), in_group1 == nsatt)
        )
        return m

    def shown(self, part: Part, word):
        """What of a register's word is seen; the word is that which ``access.word`` names."""
        bits = _FIELD_BITS[part]
        place = self.access.word[: {1: 0, 2: 1, 8: 3}[bits]]
        if part == Part.SGI_PENDING:
            place = place[:2]
        seen = self.visible.word_select(place, 32 // bits) if bits > 1 else self.visible
        shown = word & Cat(bit.replicate(bits) for bit in seen)
        if part != Part.PRIORITY:
            return shown
        lower = Cat(nonsecure_priority(shown.word_select(byte, 8)) for byte in range(4))
        return Mux(self.nonsecure, lower, shown)

    def meant(self):
        """The word of priorities that a write means."""
        word = self.access.w_data
        lower = Cat(from_nonsecure(word.word_select(byte, 8)) for byte in range(4))
        return Mux(self.nonsecure, lower, word)
