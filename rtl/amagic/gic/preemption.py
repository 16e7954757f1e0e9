"""Whether a candidate interrupt may be signalled: groups, priority mask, preemption.

- The candidate's group is enabled in the interface's CTLR.
- Its priority, with all bits, is higher (a lower number) than PMR.
- Its group priority is higher than the running one. The binary point of the *candidate's* group
  masks both sides, as in the pseudocode of Arm IHI 0048B, UpdateExceptionState (unverified). When
  nothing is active, anything preempts.

The group priority of Group 0 is ``priority[7:BPR+1]``, that of Group 1 ``priority[7:ABPR]``, or as
Group 0's when CBPR is set (DDI 0601 GICV_BPR, DDI 0595 GICV_ABPR). With BPR = 7 no bit is left: the
group priority is 0, and nothing preempts.
"""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .types import PRIORITY_WIDTH, Candidate

__all__ = ["Preemption"]


def _group_mask(binary_point):
    """The group-priority bits of ``[7:binary_point + 1]``."""
    return (Const(0xFF00, 16) >> ~binary_point[:3])[:PRIORITY_WIDTH]


class Preemption(wiring.Component):
    """Judges a candidate; combinational from `candidate` to the outputs.

    Parameters
    ----------
    preemption_bits : int
        The running priority's bits, 4 to 7.

    Members
    -------
    candidate, enable
        The candidate, and the enables of Groups 0 and 1.
    pmr, bpr, abpr, cbpr
        The interface's registers. A change of the last three acts one cycle later.
    running_valid, running
        As `ActivePriorities` has them.
    present
        There is a candidate and its group is enabled.
    signalled
        It is present, passes PMR, and preempts what is running.
    group_priority
        The candidate's, as the index of its active-priority bit.
    """

    def __init__(self, preemption_bits: int):
        self.preemption_bits = preemption_bits
        super().__init__(
            {
                "candidate": In(Candidate),
                "enable": In(2),
                "pmr": In(PRIORITY_WIDTH),
                "bpr": In(3),
                "abpr": In(3),
                "cbpr": In(1),
                "running_valid": In(1),
                "running": In(preemption_bits),
                "present": Out(1),
                "signalled": Out(1),
                "group_priority": Out(preemption_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        subpriority_bits = PRIORITY_WIDTH - self.preemption_bits

        masks = [Signal(PRIORITY_WIDTH, name=f"mask{group}") for group in range(2)]
        # ABPR is never below 1.
        m.d.sync += [
            masks[0].eq(_group_mask(self.bpr)),
            masks[1].eq(_group_mask(Mux(self.cbpr, self.bpr, self.abpr - 1))),
        ]
        mask = Mux(self.candidate.group, masks[1], masks[0])
        group_priority = Signal(PRIORITY_WIDTH)
        m.d.comb += [
            group_priority.eq(self.candidate.priority & mask),
            self.group_priority.eq(group_priority[subpriority_bits:]),
        ]

        running = self.running << subpriority_bits
        preempts = ~self.running_valid | (group_priority < (running & mask))
        unmasked = self.candidate.priority < self.pmr
        m.d.comb += [
            self.present.eq(self.candidate.valid & self.enable.bit_select(self.candidate.group, 1)),
            self.signalled.eq(self.present & unmasked & preempts),
        ]
        return m
