"""What a CPU is offered: which interrupt, from when on, and until when."""

import cocotb
from distributor_peer import (
    CONFIG,
    CPUS,
    EVERYWHERE,
    INTERRUPTS,
    LAST_CPU,
    NONE,
    SPIS,
    SYNCHRONIZERS,
    Offer,
    begin,
)

from amagic_sim.drivers import tick

STAGES = CONFIG.selection_stages
if STAGES is None:
    STAGES = 2 if CONFIG.cpus + CONFIG.spi_rows <= 8 else 3
LEVELS_OVER_ROWS = CONFIG.spi_rows.bit_length()

# The sample, the transaction, the stages over the row and its winner, two levels a cycle over rows.
LATENCY = SYNCHRONIZERS + 1 + 1 + STAGES + 1 + (LEVELS_OVER_ROWS + 1) // 2
"""Cycles from a line's change to the first CPU's candidate."""


@cocotb.test()
async def a_group_that_is_disabled_does_not_hide_the_other(dut):
    for best in (0, 1):
        for ctlr, expected in ((0, NONE), (1, 0), (2, 1), (3, best)):
            gic = await begin(dut, ctlr=0)
            for cpu in {0, LAST_CPU}:
                for group, intid in enumerate((16, 31)):
                    await gic.enable(intid, cpu=cpu, priority=0x00 if group == best else 0xF0)
                    gic.line(intid, 1, cpu)
                await gic.set_bit("IGROUPR", 31, cpu)
            await gic.settle()
            assert gic.candidate() is NONE
            await gic.write("CTLR", ctlr)
            await gic.settle()
            for cpu in {0, LAST_CPU}:
                offer = gic.candidate(cpu)
                assert (NONE if offer is NONE else offer.group) == expected, (best, ctlr)


@cocotb.test()
async def gicd_ctlr_acts_on_every_row(dut):
    gic = await begin(dut, ctlr=0)
    for first in range(32, 32 + CONFIG.spis, 32):
        for cpu in {0, LAST_CPU}:
            await gic.enable(first, cpu=cpu)
            await gic.set_bit("ISPENDR", first)
            await gic.write("CTLR", 1)
            assert await gic.intid(cpu) == first
            await gic.write("CTLR", 2)
            assert await gic.intid(cpu) is NONE
            await gic.write("CTLR", 0)
        await gic.set_bit("ICPENDR", first)


@cocotb.test()
async def the_highest_priority_is_offered_and_of_equals_the_lowest_intid(dut):
    gic = await begin(dut)
    step = 1 << (8 - CONFIG.priority_bits)
    for intid in INTERRUPTS:
        await gic.enable(intid, priority=0x80)
        await gic.set_bit("ISPENDR", intid)
    assert await gic.intid() == min(INTERRUPTS)
    for intid in reversed(INTERRUPTS):
        await gic.priority(intid, 0x80 - step)
        assert await gic.look() == Offer(intid, 0x80 - step, 0, 0)
        await gic.priority(intid, 0x80)
    for intid in INTERRUPTS:
        await gic.priority(intid, 0x80 + step)
    for intid in INTERRUPTS:
        assert await gic.acknowledge() == Offer(intid, 0x80 + step, 0, 0)
    assert await gic.intid() is NONE


@cocotb.test()
async def every_bit_of_a_priority_counts(dut):
    gic = await begin(dut)
    for intid in (16, 17):
        await gic.enable(intid)
        await gic.set_bit("ISPENDR", intid)
    for bit in range(8 - CONFIG.priority_bits, 8):
        await gic.priority(16, 1 << bit)
        await gic.priority(17, (1 << bit) - 1 & CONFIG.priority_mask)
        assert await gic.intid() == 17
        await gic.priority(17, 1 << bit)
        assert await gic.intid() == 16


@cocotb.test()
async def every_place_in_a_row_can_win(dut):
    gic = await begin(dut)
    last_row = range(32 + (CONFIG.spis - 1) // 32 * 32, 32 + CONFIG.spis) if CONFIG.spis else []
    for intids in (range(16, 32), last_row):
        for intid in intids:
            await gic.enable(intid, priority=0x50)
            await gic.set_bit("ISPENDR", intid)
        for intid in reversed(intids):
            await gic.priority(intid, 0x10)
            assert (await gic.acknowledge()).intid == intid
        assert await gic.intid() is NONE


@cocotb.test()
async def a_group_belongs_to_the_candidate(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        await gic.set_bit("ISPENDR", intid, cpu)
        assert (await gic.look(cpu)).group == 0
        await gic.write("IGROUPR", 1 << intid % 32, intid // 32, cpu)
        assert (await gic.look(cpu)).group == 1
        await gic.write("IGROUPR", 0, intid // 32, cpu)
        assert (await gic.acknowledge(cpu)).group == 0


@cocotb.test()
async def a_look_changes_nothing(dut):
    gic = await begin(dut)
    await gic.enable(27)
    await gic.set_bit("ISPENDR", 27)
    for _ in range(5):
        assert await gic.intid() == 27
    await gic.assert_state(27, 0, pending=1, active=0)


@cocotb.test()
async def what_is_acknowledged_is_not_offered_any_more_from_the_next_cycle_on(dut):
    gic = await begin(dut)
    await gic.enable(27)
    await gic.set_bit("ISPENDR", 27)
    assert (await gic.acknowledge()).intid == 27
    for _ in range(30):
        await tick(dut)
        assert gic.candidate() is NONE


@cocotb.test()
async def after_an_acknowledge_the_next_interrupt_is_offered(dut):
    gic = await begin(dut)
    for intid in INTERRUPTS:
        await gic.enable(intid)
        await gic.set_bit("ISPENDR", intid)
    for taken, following in zip(INTERRUPTS, [*INTERRUPTS[1:], None], strict=True):
        assert (await gic.acknowledge()).intid == taken
        await tick(dut, 30)
        offer = gic.candidate()
        assert following == (NONE if offer is NONE else offer.intid)


@cocotb.test()
async def a_line_reaches_the_candidate_in_a_known_number_of_cycles(dut):
    """The candidate is a function of the state that the n-th edge after the line's change made."""
    gic = await begin(dut)
    for intid in INTERRUPTS:
        await gic.enable(intid)
        await gic.settle()
        for level in (1, 0):
            gic.line(intid, level)
            seen = await gic.until(lambda level=level: (gic.candidate() is not NONE) == level)
            # `until` sees what the edge saw: the state that the edge before made.
            assert seen - 1 == LATENCY, (intid, level)
            await gic.settle()


if SPIS:

    @cocotb.test()
    async def an_spi_is_offered_to_one_cpu_after_another_or_with_a_tree_each_to_all_at_once(dut):
        gic = await begin(dut)
        for intid in SPIS:
            await gic.enable(intid, targets=(1 << CONFIG.cpus) - 1)
            await gic.settle()
            for level in (1, 0):
                gic.line(intid, level)
                seen = {}
                for cycle in range(LATENCY + 1 + CONFIG.cpus):
                    await tick(dut)
                    for cpu in CPUS:
                        if (gic.candidate(cpu) is not NONE) == level:
                            seen.setdefault(cpu, cycle)
                in_turn = 0 if CONFIG.tree_per_cpu else 1
                assert seen == {cpu: LATENCY + cpu * in_turn for cpu in CPUS}, (intid, level)
                await gic.settle()
