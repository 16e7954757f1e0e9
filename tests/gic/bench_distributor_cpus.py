"""Several CPUs: targets of SPIs, one CPU of many, private interrupts."""

import cocotb
from distributor_peer import CONFIG, CPUS, LAST_CPU, NONE, SPIS, begin

from amagic_sim.drivers import tick

ALL = (1 << CONFIG.cpus) - 1


@cocotb.test()
async def an_spi_is_offered_to_its_targets_alone(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, targets=0)
        await gic.set_bit("ISPENDR", intid)
        for targets in (0, 1, 1 << LAST_CPU, ALL, ALL - 1):
            await gic.target(intid, targets)
            await gic.settle()
            for cpu in CPUS:
                offer = gic.candidate(cpu)
                assert (offer is not NONE) == bool(targets >> cpu & 1)
        await gic.set_bit("ICPENDR", intid)


@cocotb.test()
async def a_pending_spi_without_target_stays_pending_until_it_has_one(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, targets=0, edge=True)
        await gic.pulse(intid)
        await gic.settle()
        assert await gic.bit("ISPENDR", intid) == 1
        await gic.target(intid, 1 << LAST_CPU)
        assert (await gic.acknowledge(LAST_CPU)).intid == intid


@cocotb.test()
async def of_cpus_that_look_at_the_same_time_one_gets_an_spi(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, targets=ALL)
    for _ in range(5):
        for intid in SPIS:
            await gic.set_bit("ISPENDR", intid)
        await gic.settle()
        takers = [cocotb.start_soon(gic.acknowledge(cpu)) for cpu in CPUS]
        offers = [await taker for taker in takers]
        taken = [offer.intid for offer in offers if offer is not NONE]
        assert sorted(taken) == SPIS[: CONFIG.cpus]
        assert taken == sorted(taken), "the lowest CPU comes first"
        for intid in SPIS[CONFIG.cpus :]:
            assert (await gic.acknowledge()).intid == intid
        for intid in SPIS:
            await gic.deactivate(intid, LAST_CPU)


@cocotb.test()
async def an_spi_that_one_cpu_took_is_not_offered_to_the_others(dut):
    gic = await begin(dut)
    for intid in SPIS:
        await gic.enable(intid, targets=ALL)
        gic.line(intid, 1)
        await gic.settle()
        assert (await gic.acknowledge(LAST_CPU)).intid == intid
        for cpu in CPUS:
            assert await gic.intid(cpu) is NONE
        # Any CPU may end it, and it is offered to all again.
        await gic.deactivate(intid, 0)
        await gic.settle()
        for cpu in CPUS:
            assert gic.candidate(cpu).intid == intid
        assert (await gic.acknowledge(0)).intid == intid
        await gic.forward(intid, LAST_CPU)
        assert await gic.intid(1) == intid
        gic.line(intid, 0)
        await gic.settle()


@cocotb.test()
async def ppis_and_their_deactivation_are_private(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.enable(27, cpu=cpu)
        gic.line(27, 1, cpu)
    await gic.settle()
    for cpu in CPUS:
        assert (await gic.acknowledge(cpu)).intid == 27
    for cpu in CPUS:
        await gic.deactivate(27, cpu)
        await tick(dut, 20)
        assert [gic.candidate(c) is not NONE for c in CPUS] == [c <= cpu for c in CPUS]
    for cpu in CPUS:
        assert (await gic.acknowledge(cpu)).intid == 27
    for cpu in reversed(CPUS):
        await gic.forward(27, cpu)
        await tick(dut, 20)
        assert [gic.candidate(c) is not NONE for c in CPUS] == [c >= cpu for c in CPUS]


@cocotb.test()
async def each_cpu_has_its_own_best_candidate(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.enable(16 + cpu, cpu=cpu, priority=0x80)
        gic.line(16 + cpu, 1, cpu)
    await gic.settle()
    assert [gic.candidate(cpu).intid for cpu in CPUS] == [16 + cpu for cpu in CPUS]
    await gic.enable(SPIS[0], priority=0x10, targets=1 << LAST_CPU)
    gic.line(SPIS[0], 1)
    await gic.settle()
    expected = [16 + cpu for cpu in CPUS[:-1]] + [SPIS[0]]
    assert [gic.candidate(cpu).intid for cpu in CPUS] == expected
