"""What the parts of the GIC say to each other.

A CPU interface is fed by a *source*: the distributor feeds GICC, the list registers feed GICV.
Both speak `SourceSignature`. The list registers pass deactivations of physical interrupts on to
the distributor over `ForwardSignature`.
"""

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH

__all__ = [
    "INTID_WIDTH",
    "PRIORITY_WIDTH",
    "SPURIOUS",
    "SPURIOUS_GROUP1",
    "Candidate",
    "Deactivation",
    "ForwardSignature",
    "SourceSignature",
]

INTID_WIDTH = 10
PRIORITY_WIDTH = 8

SPURIOUS = 1023
"""INTID of "nothing to acknowledge"."""
SPURIOUS_GROUP1 = 1022
"""INTID of "a Group 1 interrupt is pending, and this register cannot acknowledge it"."""


class Candidate(data.Struct):
    """The highest-priority pending interrupt that a source offers a CPU interface."""

    valid: 1
    intid: INTID_WIDTH
    cpuid: CPU_WIDTH  # of an SGI's source CPU; 0 for every other interrupt
    priority: PRIORITY_WIDTH  # unimplemented low bits are 0
    group: 1


class Deactivation(data.Struct):
    """A write to EOIR, AEOIR or DIR that is to deactivate an interrupt."""

    intid: INTID_WIDTH
    cpuid: CPU_WIDTH
    by_dir: 1  # written to DIR (EOImode = 1), not to EOIR or AEOIR (EOImode = 0)
    dropped: 1  # the same write cleared an active-priority bit


class SourceSignature(wiring.Signature):
    """A CPU interface's source of interrupts, seen from the CPU interface.

    Members
    -------
    candidate
        What the source offers. It follows a change by some cycles, and is good enough to drive an
        interrupt output.
    inspect, granted
        The interface holds ``inspect`` to look at an exact candidate. In a cycle with ``granted``
        the candidate takes every earlier transaction into account, and none can come between.
        ``granted`` ends the transaction: ``inspect`` in the next cycle is a new one.
    acknowledge
        Only in a cycle with ``granted``, combinational: the candidate becomes active.
    deactivate, deactivation, deactivated
        A deactivation, held until ``deactivated``. Its effect precedes every transaction that is
        granted later.
    group1, keep, refused
        Only with ``security``. With ``deactivate``: it may act on a Group 1 interrupt alone; it is
        a question, and the interrupt stays as it is. With ``deactivated``: the interrupt is not in
        Group 1, as it should be, and nothing happened.
    """

    def __init__(self, security: bool = False):
        self.security = security
        members = {
            "candidate": In(Candidate),
            "inspect": Out(1),
            "granted": In(1),
            "acknowledge": Out(1),
            "deactivate": Out(1),
            "deactivation": Out(Deactivation),
            "deactivated": In(1),
        }
        if security:
            members |= {"group1": Out(1), "keep": Out(1), "refused": In(1)}
        super().__init__(members)

    def __eq__(self, other):
        return isinstance(other, SourceSignature) and self.security == other.security


class ForwardSignature(wiring.Signature):
    """Deactivation of a physical interrupt by a list register with HW = 1, seen from there.

    ``stb`` and ``intid`` are held until ``ack``. The CPU is that of the list register: a PPI is
    that CPU's own. An ``intid`` outside of 16 to 1019, or not implemented, is acknowledged and has
    no effect; so is, with the Security Extensions, that of an interrupt in Group 0.
    """

    def __init__(self):
        super().__init__({"stb": Out(1), "intid": Out(INTID_WIDTH), "ack": In(1)})

    def __eq__(self, other):
        return isinstance(other, ForwardSignature)
