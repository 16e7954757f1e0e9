"""Software-generated interrupts: who gets them, from whom, and in which order."""

import cocotb
from distributor_peer import CONFIG, CPUS, INTERRUPTS, LAST_CPU, NONE, Offer, begin

from amagic.registers.gic import GICD
from amagic_sim.drivers import tick

ALL = (1 << CONFIG.cpus) - 1


def sgir(number: int, targets: int = 0, target_filter: int = 0, nsatt: int = 0) -> int:
    return GICD.SGIR.pack(
        SGIINTID=number, CPUTargetList=targets, TargetListFilter=target_filter, NSATT=nsatt
    )


async def pending(gic, cpu: int) -> dict[int, int]:
    """SGIs that are pending for a CPU, with their sources, through both registers."""
    found = {}
    for word in range(4):
        value = await gic.read("SPENDSGIR", word, cpu)
        assert await gic.read("CPENDSGIR", word, cpu) == value
        for byte in range(4):
            if sources := value >> 8 * byte & 0xFF:
                found[4 * word + byte] = sources
    latch = sum(1 << number for number in found)
    assert await gic.read("ISPENDR", 0, cpu) & 0xFFFF == latch
    assert await gic.read("ICPENDR", 0, cpu) & 0xFFFF == latch
    return found


async def clear(gic) -> None:
    for cpu in CPUS:
        for word in range(4):
            await gic.write("CPENDSGIR", 0xFFFFFFFF, word, cpu)
        assert await pending(gic, cpu) == {}


@cocotb.test()
async def sgis_are_enabled_after_reset_and_stay_so(dut):
    gic = await begin(dut)
    await gic.write("ICENABLER", 0xFFFF)
    for number in range(16):
        await gic.write("SGIR", sgir(number, 1))
        assert (await gic.acknowledge()).intid == number


@cocotb.test()
async def filter_0_takes_the_list_without_cpus_that_are_not_there(dut):
    gic = await begin(dut)
    for sender in CPUS:
        for targets in sorted({0, 1, 1 << LAST_CPU, 0x55, 0xAA, 0xFF}):
            await gic.write("SGIR", sgir(5, targets), cpu=sender)
            for cpu in CPUS:
                expected = {5: 1 << sender} if targets >> cpu & 1 else {}
                assert await pending(gic, cpu) == expected
            await clear(gic)


@cocotb.test()
async def filter_1_takes_all_others_and_filter_2_oneself_whatever_the_list(dut):
    gic = await begin(dut)
    for sender in CPUS:
        for targets in (0, 0xFF):
            await gic.write("SGIR", sgir(3, targets, 1), cpu=sender)
            for cpu in CPUS:
                assert await pending(gic, cpu) == ({} if cpu == sender else {3: 1 << sender})
            await clear(gic)
            await gic.write("SGIR", sgir(12, targets, 2), cpu=sender)
            for cpu in CPUS:
                assert await pending(gic, cpu) == ({12: 1 << sender} if cpu == sender else {})
            await clear(gic)


@cocotb.test()
async def filter_3_is_reserved_and_has_no_effect(dut):
    gic = await begin(dut)
    await gic.write("SGIR", sgir(3, 0xFF, 3))
    for cpu in CPUS:
        assert await pending(gic, cpu) == {}


@cocotb.test()
async def a_part_of_sgir_has_no_effect(dut):
    gic = await begin(dut)
    for offset, size, value in ((0, 1, 5), (0, 2, 5), (2, 2, 0x0101), (2, 1, 0xFF), (3, 1, 2)):
        await gic.frame.write(GICD.SGIR.offset + offset, value, size=size)
    for cpu in CPUS:
        assert await pending(gic, cpu) == {}


@cocotb.test()
async def nsatt_has_no_effect_without_security_extensions(dut):
    gic = await begin(dut)
    for nsatt in (0, 1):
        for group in (0, 1):
            await gic.write("IGROUPR", group)
            await gic.write("SGIR", sgir(0, 1, nsatt=nsatt))
            assert await gic.acknowledge() == Offer(0, 0, group, 0)
            await gic.deactivate(0)


@cocotb.test()
async def an_sgi_is_pending_though_the_distributor_is_disabled(dut):
    gic = await begin(dut, ctlr=0)
    await gic.write("SGIR", sgir(9, ALL))
    for cpu in CPUS:
        assert await pending(gic, cpu) == {9: 1}
        assert await gic.intid(cpu) is NONE
    await gic.write("CTLR", 1)
    for cpu in CPUS:
        assert await gic.intid(cpu) == 9


@cocotb.test()
async def an_acknowledge_takes_one_source_the_lowest_first(dut):
    gic = await begin(dut)
    for cpu in {0, LAST_CPU}:
        for number in (0, 7, 15):
            for sender in reversed(CPUS):
                await gic.write("SGIR", sgir(number, 1 << cpu), cpu=sender)
            left = ALL
            for sender in CPUS:
                assert await pending(gic, cpu) == {number: left}
                assert await gic.acknowledge(cpu) == Offer(number, 0, 0, sender)
                left &= ~(1 << sender)
                assert await pending(gic, cpu) == ({number: left} if left else {})
                # Active, for whichever source: the others wait.
                assert await gic.bit("ISACTIVER", number, cpu) == 1
                assert await gic.intid(cpu) is NONE
                await gic.deactivate(number, cpu, cpuid=sender)
            assert await gic.intid(cpu) is NONE


@cocotb.test()
async def of_equal_priority_the_lowest_sgi_comes_before_the_lowest_source(dut):
    gic = await begin(dut)
    for sender in reversed(CPUS):
        for number in (14, 6):
            await gic.write("SGIR", sgir(number, 1), cpu=sender)
    order = []
    while (offer := await gic.acknowledge()) is not NONE:
        order.append((offer.intid, offer.cpuid))
        await gic.deactivate(offer.intid, cpuid=offer.cpuid)
    assert order == [(number, sender) for number in (6, 14) for sender in CPUS]


@cocotb.test()
async def the_same_sgi_from_the_same_source_is_pending_once(dut):
    gic = await begin(dut)
    await gic.write("SGIR", sgir(2, 1))
    await gic.write("SGIR", sgir(2, 1))
    assert (await gic.acknowledge()).intid == 2
    await gic.deactivate(2)
    assert await gic.intid() is NONE


@cocotb.test()
async def an_sgi_that_comes_while_active_is_pending_and_comes_after_the_deactivation(dut):
    gic = await begin(dut)
    await gic.write("SGIR", sgir(2, 1))
    assert (await gic.acknowledge()).intid == 2
    await gic.write("SGIR", sgir(2, 1, nsatt=1))
    assert await pending(gic, 0) == {2: 1}
    assert await gic.intid() is NONE
    await gic.deactivate(2)
    assert (await gic.acknowledge()).intid == 2


@cocotb.test()
async def spendsgir_and_cpendsgir_work_by_bytes(dut):
    gic = await begin(dut)
    for number in range(16):
        await gic.frame.write(GICD.SPENDSGIR.offset + number, 0xFF, cpu=LAST_CPU, size=1)
        assert await pending(gic, LAST_CPU) == {number: ALL}
        if number % 2 == 0:
            half = GICD.SPENDSGIR.offset + number
            await gic.frame.write(half, 0xFFFF, cpu=LAST_CPU, size=2)
            assert await pending(gic, LAST_CPU) == {number: ALL, number + 1: ALL}
            half = GICD.CPENDSGIR.offset + number + 1
            await gic.frame.write(half, 0xFF, cpu=LAST_CPU, size=1)
        await gic.frame.write(GICD.CPENDSGIR.offset + number, ALL & ~1, cpu=LAST_CPU, size=1)
        assert await pending(gic, LAST_CPU) == {number: 1}
        assert (await gic.look(LAST_CPU)).intid == number
        await gic.frame.write(GICD.CPENDSGIR.offset + number, 1, cpu=LAST_CPU, size=1)
        assert await pending(gic, LAST_CPU) == {}
        assert await gic.intid(LAST_CPU) is NONE


@cocotb.test()
async def spendsgir_is_banked_by_target_cpu(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.write("SPENDSGIR", 1 << cpu, cpu % 4, cpu)
    for cpu in CPUS:
        assert await pending(gic, cpu) == {4 * (cpu % 4): 1 << cpu}
        assert await gic.acknowledge(cpu) == Offer(4 * (cpu % 4), 0, 0, cpu)


@cocotb.test()
async def ispendr0_and_icpendr0_cannot_change_sgis(dut):
    gic = await begin(dut)
    await gic.write("ISPENDR", 0xFFFF)
    assert await pending(gic, 0) == {}
    await gic.write("SPENDSGIR", 0x01000001)
    await gic.write("ICPENDR", 0xFFFFFFFF)
    assert await pending(gic, 0) == {0: 1, 3: 1}


@cocotb.test()
async def isactiver0_holds_an_sgi_back(dut):
    gic = await begin(dut)
    await gic.write("ISACTIVER", 1 << 4)
    await gic.write("SGIR", sgir(4, 1))
    assert await gic.intid() is NONE
    await gic.write("ICACTIVER", 1 << 4)
    await tick(dut, 20)
    assert gic.candidate().intid == 4


@cocotb.test()
async def an_interrupt_that_is_no_sgi_has_no_source(dut):
    gic = await begin(dut)
    await gic.write("SGIR", sgir(4, 1), cpu=LAST_CPU)
    await gic.write("IPRIORITYR", 0xA0A0A0A0, 1)
    assert (await gic.look()).cpuid == LAST_CPU
    for intid in INTERRUPTS:
        await gic.enable(intid, priority=0x40)
        await gic.set_bit("ISPENDR", intid)
        assert await gic.acknowledge() == Offer(intid, 0x40, 0, 0)
    assert (await gic.acknowledge()).cpuid == LAST_CPU
