"""Rules that GICC and GICV share: registers, signalling and preemption."""

import random

import cocotb
from cocotb.triggers import RisingEdge
from cpu_interface_peer import (
    ACKCTL,
    APR_BITS,
    APR_WORDS,
    CBPR,
    FIQEN,
    FRAME,
    GROUP0,
    GROUP1,
    MIN_ABPR,
    MIN_BPR,
    PREEMPTION_BITS,
    PRIORITY_MASK,
    SECURITY,
    VIRTUAL,
    Interrupt,
    apr_index,
    begin,
    group_mask,
)

from amagic.registers import Access
from amagic_sim.drivers import tick

BOTH = GROUP0 | GROUP1


@cocotb.test()
async def registers_have_their_reset_values(dut):
    gic = await begin(dut, ctlr=0, pmr=0)
    expected = {"CTLR": 0, "PMR": 0, "BPR": MIN_BPR, "ABPR": MIN_ABPR, "RPR": 0xFF}
    expected |= dict.fromkeys(("IAR", "AIAR", "HPPIR", "AHPPIR"), 1023)
    for name, value in expected.items():
        assert await gic.read(name) == value, name
    assert not any(await gic.active_words())
    assert await gic.lines() == (0, 0)


@cocotb.test()
async def iidr_carries_the_configured_identity(dut):
    gic = await begin(dut)
    assert await gic.read("IIDR") == 0x0202143B


@cocotb.test()
async def ctlr_keeps_the_bits_that_exist(dut):
    gic = await begin(dut)
    await gic.write("CTLR", 0xFFFFFFFF)
    assert await gic.read("CTLR") == (0x21F if VIRTUAL else 0x7FF if SECURITY else 0x3FF)


@cocotb.test()
async def pmr_keeps_the_implemented_priority_bits(dut):
    gic = await begin(dut)
    for value in (0xFF, 0x00, 0xA5, 0x5A):
        await gic.write("PMR", value | 0xFFFFFF00)
        assert await gic.read("PMR") == value & PRIORITY_MASK


@cocotb.test()
async def binary_points_written_below_their_minimum_become_the_minimum(dut):
    gic = await begin(dut)
    for value in range(8):
        await gic.write("BPR", value)
        await gic.write("ABPR", 7 - value)
        assert await gic.read("BPR") == max(MIN_BPR, value)
        assert await gic.read("ABPR") == max(MIN_ABPR, 7 - value)


@cocotb.test()
async def abpr_keeps_its_own_value_while_cbpr_is_set(dut):
    gic = await begin(dut, ctlr=BOTH | CBPR)
    await gic.write("BPR", 6)
    await gic.write("ABPR", 5)
    assert (await gic.read("BPR"), await gic.read("ABPR")) == (6, 5)


@cocotb.test()
async def plain_registers_honour_byte_enables(dut):
    gic = await begin(dut, ctlr=0x1F, pmr=0xF0)
    await gic.port.write(FRAME.CTLR.offset + 1, 0x02, size=1)
    assert await gic.read("CTLR") == 0x21F
    await gic.port.write(FRAME.CTLR.offset, 0x03, size=1)
    assert await gic.read("CTLR") == 0x203
    await gic.port.write(FRAME.CTLR.offset + 2, 0xFFFF, size=2)
    assert await gic.read("CTLR") == 0x203
    await gic.port.write(FRAME.PMR.offset + 1, 0xFF, size=1)
    assert await gic.read("PMR") == 0xF0
    await gic.write("APR", 0x1111)
    await gic.port.write(FRAME.APR.offset + 1, 0x22, size=1)
    assert await gic.read("APR") == 0x2211


@cocotb.test()
async def addresses_without_a_register_are_raz_wi(dut):
    gic = await begin(dut)
    count = {"APR": FRAME.APR.count if VIRTUAL else APR_WORDS}
    count["NSAPR"] = 0 if VIRTUAL else APR_WORDS
    known = {
        register.at(index)
        for name, register in FRAME.by_name.items()
        for index in range(count.get(name, register.count))
    }
    for offset in range(0, 0x2000, 4):
        if offset not in known:
            await gic.port.write(offset, 0xFFFFFFFF)
            assert await gic.port.read(offset) == 0, hex(offset)
    assert await gic.read("CTLR") == BOTH
    assert await gic.read("PMR") == PRIORITY_MASK
    assert (await gic.read("BPR"), await gic.read("ABPR")) == (MIN_BPR, MIN_ABPR)
    assert not any(await gic.active_words())
    assert (gic.source.acknowledged, gic.source.ended) == ([], [])


@cocotb.test()
async def read_only_registers_ignore_writes_and_write_only_ones_read_zero(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40))
    for name, register in FRAME.by_name.items():
        if register.access is Access.RO:
            await gic.write(name, 0)
        elif register.access is Access.WO:
            assert await gic.read(name) == 0, name
    assert await gic.read("IIDR") == 0x0202143B
    assert await gic.read("RPR") == 0xFF
    assert (gic.source.acknowledged, gic.source.ended) == ([], [])


@cocotb.test()
async def apr_is_written_by_software_and_sets_the_running_priority(dut):
    gic = await begin(dut)
    for word in range(APR_WORDS):
        await gic.write("APR", 0xFFFFFFFF, word)
        assert await gic.read("APR", word) == (1 << APR_BITS) - 1
        assert await gic.read("RPR") == 32 * word << (8 - PREEMPTION_BITS)
        await gic.write("APR", 0, word)
        assert await gic.read("RPR") == 0xFF
    for priority in (0x20, 0x80, 0xF0 & PRIORITY_MASK):
        index = apr_index(priority)
        await gic.write("APR", 1 << index % 32, index // 32)
        assert await gic.read("RPR") == priority
        await gic.write("APR", 0, index // 32)


# Signalling


@cocotb.test()
async def group_0_is_signalled_as_fiq_with_fiqen_and_everything_else_as_irq(dut):
    gic = await begin(dut)
    for fiqen in (0, FIQEN):
        await gic.write("CTLR", BOTH | fiqen)
        await gic.pend(Interrupt(40, group=0))
        assert await gic.lines() == ((0, 1) if fiqen else (1, 0))
        await gic.pend(Interrupt(40, group=1))
        assert await gic.lines() == (1, 0)
        await gic.pend()
        assert await gic.lines() == (0, 0)


@cocotb.test()
async def a_group_disabled_here_is_neither_signalled_nor_acknowledged_nor_reported(dut):
    gic = await begin(dut)
    for group, only_other in ((0, GROUP1), (1, GROUP0)):
        for more in (0, ACKCTL):
            await gic.write("CTLR", only_other | more)
            await gic.pend(Interrupt(40, group=group))
            assert await gic.lines() == (0, 0)
            for name in ("IAR", "AIAR", "HPPIR", "AHPPIR"):
                assert await gic.read(name) == 1023, (name, group, more)
    assert gic.source.acknowledged == []


@cocotb.test()
async def a_disabled_group_hides_what_is_behind_its_candidate(dut):
    gic = await begin(dut, ctlr=GROUP1 | ACKCTL)
    await gic.pend(Interrupt(40, 0x20, group=0), Interrupt(41, 0x40, group=1))
    assert await gic.lines() == (0, 0)
    assert await gic.read("IAR") == 1023
    assert await gic.read("HPPIR") == 1023


@cocotb.test()
async def only_a_priority_higher_than_pmr_is_signalled(dut):
    gic = await begin(dut)
    step = 256 - PRIORITY_MASK
    for pmr in (0, step, 0x80, 0xF0 & PRIORITY_MASK, PRIORITY_MASK):
        await gic.write("PMR", pmr)
        for priority in (0, pmr - step, pmr, pmr + step):
            if 0 <= priority <= PRIORITY_MASK:
                await gic.pend(Interrupt(40, priority))
                assert await gic.lines() == (int(priority < pmr), 0), (pmr, priority)


@cocotb.test()
async def the_output_follows_the_candidate_by_one_cycle(dut):
    gic = await begin(dut, delay=1, lag=0)
    await tick(dut)
    gic.source.pending = [Interrupt(40)]
    await RisingEdge(dut.clk)  # the source drives it from here on
    await RisingEdge(dut.clk)
    assert dut.irq.value == 0
    await RisingEdge(dut.clk)
    assert dut.irq.value == 1


@cocotb.test()
async def preemption_needs_a_higher_group_priority_for_every_binary_point(dut):
    """Random pairs of a running and a candidate interrupt, against the rule written out."""
    gic = await begin(dut)
    rng = random.Random(1)
    seen = set()
    for _ in range(150):
        bpr, abpr = rng.randint(MIN_BPR, 7), rng.randint(MIN_ABPR, 7)
        cbpr = rng.choice((0, CBPR))
        # The lowest priority is never signalled.
        first, second = (
            Interrupt(intid, rng.randrange(PRIORITY_MASK) & PRIORITY_MASK, rng.randint(0, 1))
            for intid in (40, 41)
        )
        await gic.clear_active()
        await gic.write("CTLR", BOTH | ACKCTL | cbpr)
        await gic.write("BPR", bpr)
        await gic.write("ABPR", abpr)
        running = first.priority & group_mask(first.group, bpr, abpr, cbpr)
        gic.source.pending = [first]
        assert await gic.read("IAR") == 40
        assert await gic.read("RPR") == running
        mask = group_mask(second.group, bpr, abpr, cbpr)
        preempts = (second.priority & mask) < (running & mask)
        await gic.pend(second)
        assert await gic.lines() == (int(preempts), 0), (first, second, bpr, abpr, cbpr)
        assert await gic.read("IAR") == (41 if preempts else 1023)
        seen.add((preempts, first.group, second.group, cbpr))
    assert len(seen) == 16, "each case must occur"


@cocotb.test()
async def equal_group_priorities_never_preempt(dut):
    gic = await begin(dut)
    await gic.write("BPR", 4)
    await gic.pend(Interrupt(40, 0x50))
    assert await gic.read("IAR") == 40
    await gic.pend(Interrupt(41, 0x40))
    assert await gic.lines() == (0, 0)
    assert await gic.read("IAR") == 1023
    await gic.pend(Interrupt(41, 0x10))
    assert await gic.lines() == (1, 0)


@cocotb.test()
async def with_bpr_7_the_group_priority_is_0_and_nothing_preempts(dut):
    gic = await begin(dut)
    await gic.write("BPR", 7)
    await gic.pend(Interrupt(40, 0x80))
    assert await gic.lines() == (1, 0)
    assert await gic.read("IAR") == 40
    assert await gic.read("APR") == 1
    assert await gic.read("RPR") == 0
    await gic.pend(Interrupt(41, 0))
    assert await gic.lines() == (0, 0)
    # Nor does Group 0 with this binary point preempt what Group 1 runs at a finer one.
    await gic.clear_active()
    await gic.pend(Interrupt(42, 0x80, group=1))
    assert await gic.read("AIAR") == 42
    await gic.pend(Interrupt(41, 0))
    assert await gic.lines() == (0, 0)


@cocotb.test()
async def group_1_uses_abpr_and_with_cbpr_group_0s_bpr(dut):
    gic = await begin(dut)
    await gic.write("BPR", 3)
    await gic.write("ABPR", 6)
    for ctlr, group_priority in ((BOTH, 0x40), (BOTH | CBPR, 0x70)):
        await gic.write("CTLR", ctlr)
        await gic.pend(Interrupt(40, 0x70, group=1))
        assert await gic.read("AIAR") == 40
        assert await gic.read("RPR") == group_priority
        await gic.write("AEOIR", 40)
    await gic.pend(Interrupt(40, 0x70, group=0))
    assert await gic.read("IAR") == 40
    assert await gic.read("RPR") == 0x70
