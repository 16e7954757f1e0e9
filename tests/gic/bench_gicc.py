"""Rules of the physical CPU interface alone."""

import cocotb
from cpu_interface_peer import (
    ACKCTL,
    APR_BITS,
    APR_WORDS,
    GROUP0,
    GROUP1,
    Interrupt,
    apr_index,
    begin,
)

BOTH = GROUP0 | GROUP1


@cocotb.test()
async def bypass_bits_are_kept_and_have_no_effect(dut):
    gic = await begin(dut, ctlr=BOTH | 0x1E0)
    assert await gic.read("CTLR") == BOTH | 0x1E0
    await gic.pend(Interrupt(40))
    assert await gic.lines() == (1, 0)
    assert await gic.read("IAR") == 40


@cocotb.test()
async def group_0_activates_in_apr_and_group_1_in_nsapr(dut):
    gic = await begin(dut, ctlr=BOTH | ACKCTL)
    await gic.pend(Interrupt(40, 0x80, 1))
    assert await gic.read("IAR") == 40
    await gic.pend(Interrupt(41, 0x20, 0))
    assert await gic.read("IAR") == 41
    low, high = apr_index(0x20), apr_index(0x80)
    assert await gic.read("APR", low // 32) == 1 << low % 32
    assert await gic.read("NSAPR", high // 32) == 1 << high % 32
    await gic.write("EOIR", 41)
    assert not any([await gic.read("APR", word) for word in range(4)])
    assert await gic.read("NSAPR", high // 32) == 1 << high % 32
    await gic.write("EOIR", 40)
    assert not any(await gic.active_words())


@cocotb.test()
async def words_of_apr_and_nsapr_beyond_the_preemption_bits_are_raz_wi(dut):
    gic = await begin(dut)
    for name in ("APR", "NSAPR"):
        for word in range(4):
            await gic.write(name, 0xFFFFFFFF, word)
    implemented = [(1 << APR_BITS) - 1] * APR_WORDS + [0] * (4 - APR_WORDS)
    assert await gic.active_words() == 2 * implemented


@cocotb.test()
async def an_active_priority_in_both_banks_is_dropped_from_apr_first(dut):
    gic = await begin(dut)
    await gic.write("APR", 0x11)
    await gic.write("NSAPR", 0x13)
    await gic.write("EOIR", 40)
    assert (await gic.read("APR"), await gic.read("NSAPR")) == (0x10, 0x13)
    await gic.write("EOIR", 40)
    assert (await gic.read("APR"), await gic.read("NSAPR")) == (0x10, 0x12)
    await gic.write("EOIR", 40)
    assert (await gic.read("APR"), await gic.read("NSAPR")) == (0x10, 0x10)


@cocotb.test()
async def the_running_priority_is_the_higher_of_apr_and_nsapr(dut):
    gic = await begin(dut)
    for apr, nsapr, highest in ((0x10, 0x20, 4), (0x20, 0x10, 4), (0, 0x8, 3), (0x4, 0, 2)):
        await gic.write("APR", apr)
        await gic.write("NSAPR", nsapr)
        assert apr_index(await gic.read("RPR")) == highest
