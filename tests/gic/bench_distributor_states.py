"""The states of an interrupt: what makes it pending and active, and what ends that."""

import cocotb
from distributor_peer import CONFIG, EVERYWHERE, INTERRUPTS, NONE, SPIS, Offer, begin

from amagic.gic.transaction import Kind
from amagic_sim.drivers import tick


@cocotb.test()
async def a_level_sensitive_interrupt_is_signalled_while_its_line_is_high(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        assert gic.candidate(cpu) == Offer(intid, 0xA0, 0, 0)
        await gic.assert_state(intid, cpu, pending=1, active=0)
        gic.line(intid, 0, cpu)
        await gic.settle()
        assert gic.candidate(cpu) is NONE
        await gic.assert_state(intid, cpu, pending=0, active=0)


@cocotb.test()
async def a_pulse_on_a_level_sensitive_interrupt_leaves_nothing_pending(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        for cycles in (1, 2, 5, 20):
            await gic.pulse(intid, cpu, cycles)
            await gic.settle()
            await gic.assert_state(intid, cpu, pending=0, active=0)
            assert await gic.intid(cpu) is NONE


@cocotb.test()
async def a_rising_edge_is_pending_until_it_is_acknowledged(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, edge=True)
        for cycles in (1, 2, 9):
            await gic.pulse(intid, cycles=cycles)
            await gic.settle()
            await gic.assert_state(intid, 0, pending=1, active=0)
            assert (await gic.acknowledge()).intid == intid
            await gic.assert_state(intid, 0, pending=0, active=1)
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
        await gic.assert_state(intid, 0, pending=0, active=0)
        gic.line(intid, 0)
        await gic.settle()
        await gic.assert_state(intid, 0, pending=0, active=0)


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
        await gic.assert_state(intid, 0, pending=1, active=1)
        assert await gic.intid() is NONE
        await gic.deactivate(intid)
        assert (await gic.acknowledge()).intid == intid
        await gic.deactivate(intid)
        assert await gic.intid() is NONE


@cocotb.test()
async def an_acknowledge_of_a_high_level_makes_it_active_and_pending(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        assert (await gic.acknowledge(cpu)).intid == intid
        await gic.assert_state(intid, cpu, pending=1, active=1)
        assert await gic.intid(cpu) is NONE
        gic.line(intid, 0, cpu)
        await gic.settle()
        await gic.assert_state(intid, cpu, pending=0, active=1)
        await gic.deactivate(intid, cpu)
        assert await gic.intid(cpu) is NONE


@cocotb.test()
async def a_level_that_is_still_high_is_signalled_after_each_kind_of_deactivation(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
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
        await gic.enable(intid, cpu=cpu)
        await gic.set_bit("ISPENDR", intid, cpu)
        assert (await gic.acknowledge(cpu)).intid == intid
        await gic.assert_state(intid, cpu, pending=0, active=1)
        await gic.set_bit("ISPENDR", intid, cpu)
        await gic.assert_state(intid, cpu, pending=1, active=1)
        assert await gic.intid(cpu) is NONE
        await gic.deactivate(intid, cpu)
        assert (await gic.acknowledge(cpu)).intid == intid
        await gic.deactivate(intid, cpu)
        await gic.assert_state(intid, cpu, pending=0, active=0)


@cocotb.test()
async def the_latch_of_a_level_sensitive_interrupt_outlives_its_line(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        await gic.set_bit("ISPENDR", intid, cpu)
        gic.line(intid, 0, cpu)
        await gic.settle()
        await gic.assert_state(intid, cpu, pending=1, active=0)
        await gic.set_bit("ICPENDR", intid, cpu)
        await gic.assert_state(intid, cpu, pending=0, active=0)
        assert await gic.intid(cpu) is NONE


@cocotb.test()
async def icpendr_leaves_a_high_level_pending(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        await gic.set_bit("ICPENDR", intid, cpu)
        await gic.assert_state(intid, cpu, pending=1, active=0)
        assert await gic.intid(cpu) == intid
        gic.line(intid, 0, cpu)
        await gic.settle()
        await gic.assert_state(intid, cpu, pending=0, active=0)


@cocotb.test()
async def icpendr_takes_back_an_edge_though_the_line_is_high(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, edge=True)
        gic.line(intid, 1)
        await gic.settle()
        await gic.set_bit("ICPENDR", intid)
        await gic.assert_state(intid, 0, pending=0, active=0)
        assert await gic.intid() is NONE


@cocotb.test()
async def active_set_by_software_holds_an_asserted_level_back(dut):
    gic = await begin(dut)
    for intid, cpu in EVERYWHERE:
        await gic.enable(intid, cpu=cpu)
        await gic.set_bit("ISACTIVER", intid, cpu)
        gic.line(intid, 1, cpu)
        await gic.settle()
        assert await gic.intid(cpu) is NONE
        await gic.assert_state(intid, cpu, pending=1, active=1)
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
        await gic.enable(intid, cpu=cpu)
        gic.line(intid, 1, cpu)
        await gic.set_bit("ICENABLER", intid, cpu)
        await gic.settle()
        await gic.assert_state(intid, cpu, pending=1, active=0)
        assert await gic.intid(cpu) is NONE
        await gic.set_bit("ISENABLER", intid, cpu)
        assert await gic.intid(cpu) == intid
        gic.line(intid, 0, cpu)
        await gic.settle()


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
