"""Properties of the GIC's parts, proved by Yosys for every input and every state that can follow.

Each is a module around the part, whose own ports are free: what it asserts holds in all of them. By
induction over time, so a proof that does not end says too little is known of the state, and one
that fails shows the inputs.
"""

from pathlib import Path

import pytest
from amaranth.asserts import AnySeq
from amaranth.back import rtlil
from amaranth.hdl import Assert, Assume, Cat, Elaboratable, Module, Mux, Signal, Value

from amagic.gic.active_priorities import ActivePriorities
from amagic.gic.arbiter import RoundArbiter
from amagic.gic.preemption import Preemption
from amagic_boards.toolchain import Step, StepError, run_step

_PROVE = """
read_rtlil property.il
hierarchy -check -top property
proc
flatten
chformal -lower
opt_clean
sat -verify -prove-asserts -set-assumes -tempinduct -maxsteps 20 -set rst 0 property
"""


def ones(bits):
    return sum(bits, start=0)


def free(m: Module, *inputs) -> None:
    """Any value in any cycle."""
    m.d.comb += [Value.cast(each).eq(AnySeq(Value.cast(each).shape())) for each in inputs]


def prove(claim: Elaboratable, folder: Path) -> None:
    (folder / "property.il").write_text(rtlil.convert(claim, name="property", ports=[Signal()]))
    (folder / "prove.ys").write_text(_PROVE)
    run_step(Step("proof", "yosys", ["-q", "prove.ys"], "yosys.log"), folder)


class Arbiter(Elaboratable):
    """A request is held until it is served, behind at most ``most`` others."""

    def __init__(self, width: int, most: int):
        self.width, self.most = width, most

    def elaborate(self, platform):
        m = Module()
        m.submodules.arbiter = arbiter = RoundArbiter(self.width)
        free(m, arbiter.requests, arbiter.serve)
        requests, grant = arbiter.requests, arbiter.grant
        served = Mux(arbiter.serve, grant, 0)
        waiting = Signal.like(requests)
        m.d.sync += waiting.eq(requests & ~served)
        m.d.comb += [
            Assume((waiting & ~requests) == 0),
            Assume(~arbiter.serve | requests.any()),
            Assert((grant & ~requests) == 0),
            Assert(ones(grant) == requests.any()),
            Assert(~requests.any() | ((1 << arbiter.index) == grant)),
        ]
        for place in range(self.width):
            behind = Signal(range(2 * self.width + 1), name=f"behind{place}")
            others = arbiter.serve & ~grant[place]
            with m.If(~requests[place] | served[place]):
                m.d.sync += behind.eq(0)
            with m.Elif(others):
                m.d.sync += behind.eq(behind + 1)
            m.d.comb += Assert(behind <= self.most)
        return m


class Drop(Elaboratable):
    """A priority is dropped: that of ``running``, or with ``group1`` of NSAPR."""

    def __init__(self, security: bool):
        self.security = security

    def elaborate(self, platform):
        m = Module()
        part = ActivePriorities(4, 2, self.security)
        m.submodules.part = part
        free(m, part.bank, part.set_stb, part.w_stb, part.w_data, part.w_be, part.drop_stb)
        free(m, part.word_bank)
        index = Signal(4)
        free(m, index)
        group1 = part.drop_group1 if self.security else 0
        if self.security:
            free(m, part.drop_group1)
        running = Mux(group1, part.running_group1, part.running) if self.security else part.running
        m.d.comb += part.index.eq(Mux(part.drop_stb, running, index))
        # What the bank that is looked at holds, a cycle before.
        before = Signal(32)
        did = Signal(5)
        quiet, looked, was, at = Signal(), Signal(), Signal(), Signal(4)
        m.d.sync += [
            before.eq(part.r_data),
            was.eq(part.word_bank),
            at.eq(part.index),
            did.eq(Cat(part.set_stb, part.drop_stb & part.running_valid, part.w_stb, part.bank)),
            looked.eq(1),
        ]
        m.d.comb += quiet.eq(looked & (was == part.word_bank) & ~did[2])
        changed = before ^ part.r_data
        with m.If(quiet):
            m.d.comb += [
                Assert((changed & ~(1 << at)) == 0),
                Assert(did[0] | did[1] | ~changed.any()),
                # Set in its own bank alone.
                Assert(~did[0] | did[1] | (was == did[3]) | ~changed.any()),
                Assert(~did[0] | did[1] | (was != did[3]) | part.r_data.bit_select(at, 1)),
                Assert(did[0] | ((part.r_data & ~before) == 0)),
            ]
        m.d.comb += Assert(part.r_data[16:] == 0)
        return m


class Signalled(Elaboratable):
    """Whether a candidate is signalled, in the words of the pseudocode: by shifts, not by masks."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.part = part = Preemption(5)
        for each in (part.enable, part.pmr, part.running_valid, part.running, part.cbpr):
            free(m, each)
        free(m, part.candidate.priority, part.candidate.group, part.candidate.valid)
        free(m, part.bpr, part.abpr)
        bpr, abpr, cbpr, settled = Signal(3), Signal(3), Signal(), Signal()
        m.d.sync += [bpr.eq(part.bpr), abpr.eq(part.abpr), cbpr.eq(part.cbpr), settled.eq(1)]
        # With five bits these are the least that the registers hold.
        m.d.comb += [Assume(part.bpr >= 2), Assume(part.abpr >= 3)]
        group, priority = part.candidate.group, part.candidate.priority
        shift = Mux(group & ~cbpr, abpr, bpr + 1)
        ours, running = priority >> shift, (part.running << 3) >> shift
        enabled = part.candidate.valid & Mux(group, part.enable[1], part.enable[0])
        expected = enabled & (priority < part.pmr) & (~part.running_valid | (ours < running))
        m.d.comb += [
            Assert(part.present == enabled),
            Assert(~settled | (part.signalled == expected)),
            Assert(~settled | (part.group_priority << 3 >> shift == ours)),
        ]
        return m


MOST = 5
"""Of four: what is left of the round that is on, and those that come before it in its own."""

CLAIMS = {
    "grants_one_that_waits_and_none_waits_for_more_than_two_rounds": lambda: Arbiter(4, most=MOST),
    "set_and_drop_change_one_active_priority": lambda: Drop(False),
    "set_and_drop_change_one_active_priority_of_one_group": lambda: Drop(True),
    "what_preempts_is_what_the_group_priorities_say": Signalled,
}


@pytest.mark.parametrize("name", CLAIMS)
def test_proved(name, tmp_path):
    prove(CLAIMS[name](), tmp_path)


def test_claim_that_does_not_hold_is_refused(tmp_path):
    with pytest.raises(StepError):
        prove(Arbiter(4, most=MOST - 1), tmp_path)
