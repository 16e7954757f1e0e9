"""Rules that GICC and GICV share: acknowledge, end of interrupt, what no output ever shows."""

import cocotb
from cocotb.triggers import RisingEdge
from cpu_interface_peer import (
    ACKCTL,
    APR_WORDS,
    EOIMODE,
    FIQEN,
    FRAME,
    GROUP0,
    GROUP1,
    PREEMPTION_BITS,
    PRIORITY_MASK,
    SECURITY,
    Ended,
    Interrupt,
    apr_index,
    begin,
)

from amagic_sim.drivers import tick

BOTH = GROUP0 | GROUP1
ANY_GROUP = ("EOIR",) if SECURITY else ("EOIR", "AEOIR")
"""Where an interrupt of either group ends."""


@cocotb.test()
async def iar_acknowledges_and_returns_the_source_cpu_of_an_sgi(dut):
    gic = await begin(dut)
    sgi = Interrupt(5, 0x80, cpuid=6)
    await gic.pend(sgi)
    assert await gic.read("IAR") == 6 << 10 | 5
    assert gic.source.acknowledged == [sgi]
    index = apr_index(0x80)
    assert await gic.read("APR", index // 32) == 1 << index % 32
    assert await gic.read("RPR") == 0x80
    assert await gic.read("IAR") == 1023


@cocotb.test()
async def the_active_priority_bit_of_each_group_priority_is_its_own(dut):
    gic = await begin(dut, delay=0)
    step = 1 << (8 - PREEMPTION_BITS)
    for priority in range(0, PRIORITY_MASK, step):
        gic.source.pending = [Interrupt(40, priority)]
        assert await gic.read("IAR") == 40
        index = apr_index(priority)
        for word in range(APR_WORDS):
            expected = 1 << index % 32 if word == index // 32 else 0
            assert await gic.read("APR", word) == expected, hex(priority)
        assert await gic.read("RPR") == priority
        await gic.write("EOIR", 40)


@cocotb.test()
async def iar_takes_what_is_best_at_the_acknowledge_not_what_was_signalled(dut):
    gic = await begin(dut, delay=3, lag=8)
    await gic.pend(Interrupt(40, 0x80))
    assert await gic.lines() == (1, 0)
    gic.source.pending.append(Interrupt(41, 0x20))
    assert await gic.read("IAR") == 41
    assert await gic.read("RPR") == 0x20


@cocotb.test()
async def an_interrupt_that_is_gone_at_the_acknowledge_reads_1023(dut):
    gic = await begin(dut, delay=3, lag=8)
    await gic.pend(Interrupt(40))
    assert await gic.lines() == (1, 0)
    gic.source.pending = []
    assert await gic.read("IAR") == 1023
    assert await gic.read("RPR") == 0xFF
    assert gic.source.acknowledged == []


@cocotb.test()
async def iar_reads_1022_for_group_1_while_ackctl_is_0(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40, group=1))
    assert await gic.lines() == (1, 0)
    assert await gic.read("IAR") == 1022
    assert (gic.source.acknowledged, await gic.read("RPR")) == ([], 0xFF)
    await gic.write("CTLR", BOTH | ACKCTL)
    assert await gic.read("IAR") == 40
    assert len(gic.source.acknowledged) == 1


@cocotb.test()
async def insufficient_priority_reads_1023_before_1022(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40, 0x80, group=1))
    await gic.write("PMR", 0x80)
    assert await gic.read("IAR") == 1023
    await gic.write("PMR", 0xFF)
    assert await gic.read("IAR") == 1022
    index = apr_index(0x80)
    await gic.write("APR", 1 << index % 32, index // 32)
    assert await gic.read("IAR") == 1023


@cocotb.test()
async def aiar_acknowledges_group_1_alone_whatever_ackctl(dut):
    gic = await begin(dut)
    for ackctl in (0, ACKCTL):
        await gic.write("CTLR", BOTH | ackctl)
        await gic.pend(Interrupt(40, group=0))
        assert await gic.read("AIAR") == 1023
        assert gic.source.pending == [Interrupt(40)]
        await gic.pend(Interrupt(3, group=1, cpuid=5))
        assert await gic.read("AIAR") == 5 << 10 | 3
        assert gic.source.pending == []
        await gic.write("AEOIR", 5 << 10 | 3)


@cocotb.test()
async def iar_and_aiar_read_1023_when_the_candidate_cannot_preempt(dut):
    gic = await begin(dut, ctlr=BOTH | ACKCTL)
    for group in (0, 1):
        await gic.pend(Interrupt(40, 0x40, group))
        assert await gic.read("IAR") == 40
        await gic.pend(Interrupt(41, 0x60, group))
        assert (await gic.read("IAR"), await gic.read("AIAR")) == (1023, 1023)
        await gic.write("EOIR", 40)
        await gic.clear_active()


@cocotb.test()
async def hppir_and_ahppir_report_by_group_and_acknowledge_nothing(dut):
    gic = await begin(dut)
    for ctlr, group, hppir, ahppir in (
        (BOTH, 0, 4 << 10 | 7, 1023),
        (BOTH, 1, 1022, 4 << 10 | 7),
        (BOTH | ACKCTL, 0, 4 << 10 | 7, 1023),
        (BOTH | ACKCTL, 1, 4 << 10 | 7, 4 << 10 | 7),
    ):
        await gic.write("CTLR", ctlr)
        await gic.pend(Interrupt(7, group=group, cpuid=4))
        assert (await gic.read("HPPIR"), await gic.read("AHPPIR")) == (hppir, ahppir)
    await gic.pend()
    assert (await gic.read("HPPIR"), await gic.read("AHPPIR")) == (1023, 1023)
    assert (gic.source.acknowledged, await gic.read("RPR")) == ([], 0xFF)


@cocotb.test()
async def neither_pmr_nor_the_running_priority_hides_from_hppir(dut):
    gic = await begin(dut, pmr=0)
    await gic.pend(Interrupt(40, 0x80))
    assert await gic.read("IAR") == 1023
    assert await gic.read("HPPIR") == 40
    await gic.write("PMR", 0xFF)
    await gic.write("APR", 1)
    assert await gic.read("IAR") == 1023
    assert await gic.read("HPPIR") == 40


@cocotb.test()
async def partial_accesses_to_registers_with_side_effects_are_raz_wi(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40), Interrupt(41, group=1))
    for name in ("IAR", "AIAR"):
        for lane, size in ((0, 1), (0, 2), (2, 2), (3, 1)):
            assert await gic.port.read(FRAME.by_name[name].offset + lane, size=size) == 0
    assert gic.source.acknowledged == []
    assert await gic.read("IAR") == 40
    for eoimode in (0, EOIMODE):
        await gic.write("CTLR", BOTH | eoimode)
        for name in ("EOIR", "AEOIR", "DIR"):
            for lane, size in ((0, 1), (0, 2), (2, 2)):
                await gic.port.write(FRAME.by_name[name].offset + lane, 40, size=size)
    assert (gic.source.ended, await gic.read("RPR")) == ([], 0x80)


# End of interrupt


@cocotb.test()
async def nested_interrupts_return_to_each_running_priority_in_turn(dut):
    gic = await begin(dut, ctlr=BOTH | ACKCTL)
    nest = [Interrupt(40, 0xA0), Interrupt(41, 0x60, 1), Interrupt(42, 0x20), Interrupt(43, 0, 1)]
    for interrupt in nest:
        await gic.pend(interrupt)
        assert await gic.read("IAR") == interrupt.intid
        assert await gic.read("RPR") == interrupt.priority
    for interrupt in reversed(nest):
        assert await gic.read("RPR") == interrupt.priority
        await gic.write("EOIR", interrupt.intid)
    assert await gic.read("RPR") == 0xFF
    assert [ended.intid for ended in gic.source.ended] == [43, 42, 41, 40]
    assert all(ended.dropped for ended in gic.source.ended)


@cocotb.test()
async def eoir_and_aeoir_drop_the_highest_active_priority_whatever_the_id(dut):
    gic = await begin(dut, ctlr=BOTH | ACKCTL)
    for name in ANY_GROUP:
        for intid, priority, group in ((40, 0x80, 1), (41, 0x20, 0)):
            await gic.pend(Interrupt(intid, priority, group))
            assert await gic.read("IAR") == intid
        await gic.write(name, 40)
        assert await gic.read("RPR") == 0x80
        await gic.write(name, 999)
        assert await gic.read("RPR") == 0xFF


@cocotb.test()
async def ids_from_1020_are_ignored_by_eoir_aeoir_and_dir(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40))
    assert await gic.read("IAR") == 40
    for eoimode in (0, EOIMODE):
        await gic.write("CTLR", BOTH | eoimode)
        for name in ("EOIR", "AEOIR", "DIR"):
            for intid in range(1020, 1024):
                await gic.write(name, intid)
    assert (gic.source.ended, await gic.read("RPR")) == ([], 0x80)
    await gic.write("EOIR", 1019)
    assert await gic.read("RPR") == 0xFF


@cocotb.test()
async def eoir_with_eoimode_0_deactivates_what_it_names(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(5, cpuid=3))
    assert await gic.read("IAR") == 3 << 10 | 5
    await gic.write("EOIR", 0xFFFFE000 | 3 << 10 | 5)
    assert gic.source.ended == [Ended(5, 3, by_dir=0, dropped=1)]
    await gic.write("AEOIR", 2 << 10 | 6)
    assert gic.source.ended[1:] == [Ended(6, 2, by_dir=0, dropped=0)]


@cocotb.test()
async def eoir_with_eoimode_1_drops_the_priority_without_deactivating(dut):
    gic = await begin(dut, ctlr=BOTH | EOIMODE)
    for name in ANY_GROUP:
        await gic.pend(Interrupt(40))
        assert await gic.read("IAR") == 40
        await gic.write(name, 40)
        assert await gic.read("RPR") == 0xFF
    assert gic.source.ended == []


@cocotb.test()
async def dir_with_eoimode_1_deactivates_and_leaves_the_active_priority(dut):
    gic = await begin(dut, ctlr=BOTH | EOIMODE)
    await gic.pend(Interrupt(5, cpuid=7))
    assert await gic.read("IAR") == 7 << 10 | 5
    await gic.write("DIR", 7 << 10 | 5)  # before EOIR
    assert gic.source.ended == [Ended(5, 7, by_dir=1, dropped=0)]
    assert await gic.read("RPR") == 0x80
    await gic.write("EOIR", 7 << 10 | 5)
    assert await gic.read("RPR") == 0xFF
    assert len(gic.source.ended) == 1


@cocotb.test()
async def dir_with_eoimode_0_is_ignored(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40))
    assert await gic.read("IAR") == 40
    await gic.write("DIR", 40)
    assert (gic.source.ended, await gic.read("RPR")) == ([], 0x80)


@cocotb.test()
async def a_deactivation_is_answered_after_the_source_has_done_it(dut):
    gic = await begin(dut, delay=20)
    await gic.write("EOIR", 40)
    assert len(gic.source.ended) == 1
    assert 20 <= gic.port.cycles <= 26
    await gic.write("CTLR", BOTH | EOIMODE)
    await gic.write("DIR", 40)
    assert len(gic.source.ended) == 2
    assert 20 <= gic.port.cycles <= 26


@cocotb.test()
@cocotb.parametrize(ctlr=[BOTH, BOTH | EOIMODE])
async def a_priority_drop_lets_the_next_interrupt_be_signalled(dut, ctlr):
    gic = await begin(dut, ctlr=ctlr)
    await gic.pend(Interrupt(40, 0x80), Interrupt(41, 0x80))
    assert await gic.read("IAR") == 40
    assert await gic.lines() == (0, 0)
    await gic.write("EOIR", 40)
    assert await gic.lines() == (1, 0)
    assert await gic.read("IAR") == 41


# What the outputs never show


@cocotb.test()
@cocotb.parametrize(ctlr=[BOTH, BOTH | FIQEN])
async def the_output_is_low_when_iar_is_answered_and_stays_low(dut, ctlr):
    """With a source that still offers the interrupt long after its acknowledge."""
    gic = await begin(dut, ctlr=ctlr, delay=2, lag=9)
    await gic.pend(Interrupt(40))
    assert sum(await gic.lines()) == 1
    assert await gic.read("IAR") == 40
    for _ in range(20):
        assert (dut.irq.value, dut.fiq.value) == (0, 0)
        await tick(dut)


@cocotb.test()
async def what_preempts_is_signalled_two_cycles_after_the_answer(dut):
    gic = await begin(dut, delay=2)
    await gic.pend(Interrupt(40, 0x80))

    async def raise_at_acknowledge():
        while not gic.source.acknowledged:
            await RisingEdge(dut.clk)
        gic.source.pending.append(Interrupt(41, 0x20))

    cocotb.start_soon(raise_at_acknowledge())
    assert await gic.read("IAR") == 40
    seen = []
    for _ in range(4):
        seen.append(int(dut.irq.value))
        await tick(dut)
    assert seen == [0, 0, 1, 1]


@cocotb.test()
async def a_drop_right_after_the_acknowledge_does_not_signal_it_again(dut):
    gic = await begin(dut, ctlr=BOTH | EOIMODE, delay=9, lag=8)
    await gic.pend(Interrupt(40))
    assert await gic.read("IAR") == 40
    assert dut.irq.value == 0
    ended = cocotb.start_soon(gic.write("EOIR", 40))
    for _ in range(30):
        await tick(dut)
        assert dut.irq.value == 0
    assert ended.done()
    assert await gic.read("RPR") == 0xFF


@cocotb.test()
@cocotb.parametrize(delay=[0, 1, 4])
async def accesses_back_to_back_each_happen_once(dut, delay):
    gic = await begin(dut, ctlr=BOTH | ACKCTL, delay=delay)
    for n in range(6):
        gic.source.pending = [Interrupt(40 + n, 0xC0 - 0x20 * n, n % 2)]
        assert await gic.read("IAR") == 40 + n
        assert await gic.read("RPR") == 0xC0 - 0x20 * n
    for n in reversed(range(6)):
        assert await gic.read("RPR") == 0xC0 - 0x20 * n
        await gic.write("EOIR", 40 + n)
    assert await gic.read("RPR") == 0xFF
    assert len(gic.source.acknowledged) == 6
    assert len(gic.source.ended) == 6
