"""The states of an interrupt: what makes it pending, active, and signalled."""

import cocotb
from distributor_peer import (
    CONFIG,
    CPUS,
    INTERRUPTS,
    NONE,
    PPIS,
    SPIS,
    SYNCHRONIZERS,
    Offer,
    begin,
)

from amagic.gic.selection import FEW_ROWS
from amagic.gic.transaction import Kind
from amagic_sim.drivers import tick

LAST_CPU = CPUS[-1]
EVERYWHERE = sorted({*((intid, 0) for intid in INTERRUPTS), *((intid, LAST_CPU) for intid in PPIS)})
"""Interrupts, each with a CPU that takes it."""


async def assert_state(gic, intid, cpu, *, pending, active):
    assert await gic.bit("ISPENDR", intid, cpu) == pending
    assert await gic.bit("ICPENDR", intid, cpu) == pending
    assert await gic.bit("ISACTIVER", intid, cpu) == active
    assert await gic.bit("ICACTIVER", intid, cpu) == active


@cocotb.test()
async def a_level_sensitive_interrupt_is_signalled_while_its_line_is_high(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        assert gic.candidate(cpu) == Offer(intid, 0xA0, 0, 0)
        await assert_state(gic, intid, cpu, pending=1, active=0)
        gic.line(intid, 0, cpu)
        await gic.settle()
        assert gic.candidate(cpu) is NONE
        await assert_state(gic, intid, cpu, pending=0, active=0)


@cocotb.test()
async def a_pulse_on_a_level_sensitive_interrupt_leaves_nothing_pending(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        for cycles in (1, 2, 5, 20):
            await gic.pulse(intid, cpu, cycles)
            await gic.settle()
            await assert_state(gic, intid, cpu, pending=0, active=0)
            assert await gic.intid(cpu) is NONE


@cocotb.test()
async def a_rising_edge_is_pending_until_it_is_acknowledged(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, edge=True)
        for cycles in (1, 2, 9):
            await gic.pulse(intid, cycles=cycles)
            await gic.settle()
            await assert_state(gic, intid, 0, pending=1, active=0)
            assert (await gic.acknowledge()).intid == intid
            await assert_state(gic, intid, 0, pending=0, active=1)
            await gic.deactivate(intid)
            assert await gic.intid() is NONE


@cocotb.test()
async def a_rising_edge_is_pending_once_while_the_line_stays_high(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, edge=True)
        gic.line(intid, 1)
        await gic.settle()
        assert (await gic.acknowledge()).intid == intid
        await gic.deactivate(intid)
        await gic.settle()
        await assert_state(gic, intid, 0, pending=0, active=0)
        gic.line(intid, 0)
        await gic.settle()
        await assert_state(gic, intid, 0, pending=0, active=0)


@cocotb.test()
async def an_edge_while_active_is_signalled_after_the_deactivation(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, edge=True)
        await gic.pulse(intid)
        await gic.settle()
        assert (await gic.acknowledge()).intid == intid
        await gic.pulse(intid)
        await gic.settle()
        await assert_state(gic, intid, 0, pending=1, active=1)
        assert await gic.intid() is NONE
        await gic.deactivate(intid)
        assert (await gic.acknowledge()).intid == intid
        await gic.deactivate(intid)
        assert await gic.intid() is NONE


@cocotb.test()
async def an_acknowledge_of_a_high_level_makes_it_active_and_pending(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        assert (await gic.acknowledge(cpu)).intid == intid
        await assert_state(gic, intid, cpu, pending=1, active=1)
        assert await gic.intid(cpu) is NONE
        gic.line(intid, 0, cpu)
        await gic.settle()
        await assert_state(gic, intid, cpu, pending=0, active=1)
        await gic.deactivate(intid, cpu)
        assert await gic.intid(cpu) is NONE


@cocotb.test()
async def a_level_that_is_still_high_is_signalled_after_each_kind_of_deactivation(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        for release in (
            lambda i, c: gic.deactivate(i, c),
            lambda i, c: gic.deactivate(i, c, by_dir=1),
            lambda i, c: gic.forward(i, c),
            lambda i, c: gic.set_bit("ICACTIVER", i, c),
        ):
            assert (await gic.acknowledge(cpu)).intid == intid
            await tick(dut, 20)
            assert gic.candidate(cpu) is NONE
            await release(intid, cpu)
            # Nobody looks: the candidate comes by itself.
            await gic.until(lambda cpu=cpu: gic.candidate(cpu) is not NONE, 20)
            assert gic.candidate(cpu).intid == intid
        gic.line(intid, 0, cpu)
        await gic.settle()


@cocotb.test()
async def an_acknowledge_clears_the_pending_latch_of_a_level_sensitive_interrupt(dut):
    """And ISPENDR while it is active makes it come a second time, as on a GIC-400."""
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        await gic.set_bit("ISPENDR", intid, cpu)
        assert (await gic.acknowledge(cpu)).intid == intid
        await assert_state(gic, intid, cpu, pending=0, active=1)
        await gic.set_bit("ISPENDR", intid, cpu)
        await assert_state(gic, intid, cpu, pending=1, active=1)
        assert await gic.intid(cpu) is NONE
        await gic.deactivate(intid, cpu)
        assert (await gic.acknowledge(cpu)).intid == intid
        await gic.deactivate(intid, cpu)
        await assert_state(gic, intid, cpu, pending=0, active=0)


@cocotb.test()
async def the_latch_of_a_level_sensitive_interrupt_outlives_its_line(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        await gic.set_bit("ISPENDR", intid, cpu)
        gic.line(intid, 0, cpu)
        await gic.settle()
        await assert_state(gic, intid, cpu, pending=1, active=0)
        await gic.set_bit("ICPENDR", intid, cpu)
        await assert_state(gic, intid, cpu, pending=0, active=0)
        assert await gic.intid(cpu) is NONE


@cocotb.test()
async def icpendr_leaves_a_high_level_pending(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        await gic.set_bit("ICPENDR", intid, cpu)
        await assert_state(gic, intid, cpu, pending=1, active=0)
        assert await gic.intid(cpu) == intid
        gic.line(intid, 0, cpu)
        await gic.settle()
        await assert_state(gic, intid, cpu, pending=0, active=0)


@cocotb.test()
async def icpendr_takes_back_an_edge_though_the_line_is_high(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, edge=True)
        gic.line(intid, 1)
        await gic.settle()
        await gic.set_bit("ICPENDR", intid)
        await assert_state(gic, intid, 0, pending=0, active=0)
        assert await gic.intid() is NONE


@cocotb.test()
async def active_set_by_software_holds_an_asserted_level_back(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        await gic.set_bit("ISACTIVER", intid, cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        assert await gic.intid(cpu) is NONE
        await assert_state(gic, intid, cpu, pending=1, active=1)
        await gic.set_bit("ICACTIVER", intid, cpu)
        await gic.until(lambda cpu=cpu: gic.candidate(cpu) is not NONE, 20)
        await gic.set_bit("ISACTIVER", intid, cpu)
        await gic.until(lambda cpu=cpu: gic.candidate(cpu) is NONE, 20)
        gic.line(intid, 0, cpu)
        await gic.set_bit("ICACTIVER", intid, cpu)
        await gic.settle()


@cocotb.test()
async def a_disabled_interrupt_becomes_pending_and_is_not_signalled(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        gic.line(intid, 1, cpu)
        await gic.set_bit("ICENABLER", intid, cpu)
        await gic.settle()
        await assert_state(gic, intid, cpu, pending=1, active=0)
        assert await gic.intid(cpu) is NONE
        await gic.set_bit("ISENABLER", intid, cpu)
        assert await gic.intid(cpu) == intid
        gic.line(intid, 0, cpu)
        await gic.settle()


@cocotb.test()
async def a_group_that_is_disabled_does_not_hide_the_other(dut):
    for ctlr, expected in ((0, {}), (1, {16: 0}), (2, {31: 1}), (3, {16: 0})):
        gic = await begin(dut, ctlr=0)
        for cpu in {0, LAST_CPU}:
            await gic.enable(16, cpu=cpu, priority=0x00)
            await gic.enable(31, cpu=cpu, priority=0xF0)
            await gic.set_bit("IGROUPR", 31, cpu)
            gic.line(16, 1, cpu)
            gic.line(31, 1, cpu)
        await gic.settle()
        assert gic.candidate() is NONE
        await gic.write("CTLR", ctlr)
        await gic.settle()
        for cpu in {0, LAST_CPU}:
            offer = gic.candidate(cpu)
            assert ({} if offer is NONE else {offer.intid: offer.group}) == expected


@cocotb.test()
async def gicd_ctlr_acts_on_every_row(dut):
    gic = await begin(dut, ctlr=0)
    for first in range(32, 32 + CONFIG.spis, 32):
        for cpu in {0, LAST_CPU}:
            await gic.enable(first, targets=1 << cpu)
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
        await gic.enable(intid, cpu=cpu, targets=1 << cpu)
        await gic.set_bit("ISPENDR", intid, cpu)
        assert (await gic.look(cpu)).group == 0
        await gic.write("IGROUPR", 1 << intid % 32, intid // 32, cpu)
        assert (await gic.look(cpu)).group == 1
        await gic.write("IGROUPR", 0, intid // 32, cpu)
        assert (await gic.acknowledge(cpu)).group == 0


@cocotb.test()
async def the_trigger_decides_at_once_what_a_high_line_means(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid)
        gic.line(intid, 1)
        await gic.settle()
        assert await gic.intid() == intid
        await gic.edge(intid)
        assert await gic.intid() is NONE
        await gic.edge(intid, False)
        assert await gic.intid() == intid
        gic.line(intid, 0)
        await gic.settle()


@cocotb.test()
async def a_look_changes_nothing(dut):
    gic = await begin(dut)
    await gic.enable(27)
    await gic.set_bit("ISPENDR", 27)
    for _ in range(5):
        assert await gic.intid() == 27
    await assert_state(gic, 27, 0, pending=1, active=0)


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
async def deactivations_of_what_is_not_there_end_without_effect(dut):
    gic = await begin(dut)
    for row in range(1 + CONFIG.spi_rows):
        await gic.write("ISACTIVER", 0xFFFFFFFF, row)
    before = [await gic.read("ISACTIVER", row) for row in range(1 + CONFIG.spi_rows)]
    for intid in [*range(32 + CONFIG.spis, 1020, 37), 1020, 1021, 1022, 1023]:
        if intid >= 32 + CONFIG.spis:
            await gic.deactivate(intid)
            await gic.forward(intid)
    for intid in range(16):
        await gic.forward(intid)
    assert [await gic.read("ISACTIVER", row) for row in range(1 + CONFIG.spi_rows)] == before
    assert before[0] == 0xFFFFFFFF


@cocotb.test()
async def a_deactivation_concerns_one_interrupt_alone(dut):
    gic = await begin(dut)
    rows = range(1 + CONFIG.spi_rows)
    for release in (gic.deactivate, gic.forward):
        for intid in INTERRUPTS:
            for row in rows:
                await gic.write("ISACTIVER", 0xFFFFFFFF, row)
            before = [await gic.read("ISACTIVER", row) for row in rows]
            await release(intid)
            before[intid // 32] &= ~(1 << intid % 32)
            assert [await gic.read("ISACTIVER", row) for row in rows] == before


@cocotb.test()
async def transactions_are_told(dut):
    gic = await begin(dut)
    told = []

    async def listen():
        while True:
            await tick(dut)
            if (event := gic.transaction()) is not NONE and event[0] != Kind.ACCESS:
                told.append(event)

    intid = INTERRUPTS[-1]
    listener = cocotb.start_soon(listen())
    await gic.enable(intid)
    gic.line(intid, 1)
    await gic.settle()
    await gic.acknowledge()
    gic.line(intid, 0)
    await gic.settle()
    await gic.forward(intid)
    await gic.deactivate(intid)
    await gic.deactivate(1023)
    await gic.settle()
    listener.cancel()
    line = (Kind.LINE, 0, intid & ~31)
    assert told == [
        line,
        (Kind.ACKNOWLEDGE, 0, intid),
        line,
        (Kind.FORWARD, 0, intid),
        (Kind.DEACTIVATE, 0, intid),
    ]


@cocotb.test()
async def a_line_reaches_the_candidate_in_a_known_number_of_cycles(dut):
    """The candidate is a function of the state that the n-th edge after the line's change made."""
    gic = await begin(dut)
    levels = CONFIG.spi_rows.bit_length()
    over_rows = (levels + 1) // 2
    for intid in INTERRUPTS:
        await gic.enable(intid)
        await gic.settle()
        # The sample, the transaction, and three cycles to the row's winner, or four.
        expected = SYNCHRONIZERS + 1 + 1 + 3 + (CONFIG.rows > FEW_ROWS) + over_rows
        for level in (1, 0):
            gic.line(intid, level)
            seen = await gic.until(lambda level=level: (gic.candidate() is not NONE) == level)
            # `until` sees what the edge saw: the state that the edge before made.
            assert seen - 1 == expected, (intid, level)
            await gic.settle()
