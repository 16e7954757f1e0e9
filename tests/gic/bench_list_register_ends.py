"""List registers: what the end of an interrupt does, what GICH shows, and the order of effects."""

import random

import cocotb
from cocotb.triggers import FallingEdge
from list_registers_peer import (
    ACTIVE,
    BOTH,
    INVALID,
    LAST,
    LR,
    LRS,
    PENDING,
    Bench,
    lr,
    state_of,
    with_state,
)

from amagic_sim.model.list_registers import ListRegisters

# Deactivation


@cocotb.test()
async def test_a_deactivation_makes_active_invalid_and_touches_no_other_bit(dut):
    """Seen on a GIC-400: 0x28000032 becomes 0x08000032."""
    bench = await Bench.begin(dut)
    await bench.write(LAST, 0x2800_0032)
    await bench.deactivate(0x32)
    assert await bench.read(LAST) == 0x0800_0032
    assert (bench.forwarded, bench.absent) == ([], 0)


@cocotb.test()
async def test_a_deactivation_leaves_an_active_and_pending_entry_pending(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(60, BOTH, Priority=4))
    await bench.deactivate(60)
    assert await bench.read(LAST) == lr(60, PENDING, Priority=4)
    assert (await bench.inspect()).intid == 60


@cocotb.test()
async def test_a_deactivation_with_hw_goes_to_the_distributor_with_the_physical_id(dut):
    bench = await Bench.begin(dut)
    for pintid in (16, 27, 0x155, 0x2AA, 1019):
        word = lr(70, ACTIVE, HW=1, PhysicalID=pintid)
        await bench.write(LAST, word)
        await bench.deactivate(70)
        assert await bench.read(LAST) == with_state(word, INVALID)
    assert bench.forwarded == [16, 27, 0x155, 0x2AA, 1019]


@cocotb.test()
async def test_every_register_ends_and_forwards_its_own_interrupt(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, lr(100 + i, ACTIVE, HW=1, PhysicalID=900 - i))
    for i in reversed(range(LRS)):
        await bench.deactivate(100 + i)
        assert state_of(await bench.read(i)) == INVALID
    assert bench.forwarded == [900 - i for i in reversed(range(LRS))]
    assert bench.absent == 0


@cocotb.test()
async def test_a_deactivation_is_finished_when_the_distributor_has_taken_it(dut):
    bench = await Bench.begin(dut)
    for delay in (0, 1, 20):
        bench.forward_delay = delay
        await bench.write(LAST, lr(70, ACTIVE, HW=1, PhysicalID=200 + delay))
        await bench.deactivate(70)
        assert bench.forwarded[-1:] == [200 + delay]


@cocotb.test()
async def test_a_deactivation_by_dir_forwards_as_well(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(70, ACTIVE, HW=1, PhysicalID=33))
    await bench.deactivate(70, by_dir=1, dropped=0)
    assert (bench.forwarded, bench.absent) == ([33], 0)
    assert state_of(await bench.read(LAST)) == INVALID


@cocotb.test()
async def test_active_and_pending_with_hw_forwards_and_stays_pending(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(70, BOTH, HW=1, PhysicalID=44))
    await bench.deactivate(70)
    assert bench.forwarded == [44]
    assert state_of(await bench.read(LAST)) == PENDING


@cocotb.test()
async def test_an_sgi_is_matched_with_its_source_cpu(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(9, ACTIVE, CPUID=3))
    await bench.deactivate(9, cpuid=2)
    assert (state_of(await bench.read(LAST)), bench.absent) == (ACTIVE, 1)
    await bench.deactivate(9, cpuid=3)
    assert (state_of(await bench.read(LAST)), bench.absent) == (INVALID, 1)


@cocotb.test()
async def test_two_sources_of_one_sgi_are_two_interrupts(dut):
    bench = await Bench.begin(dut)
    first, second = 0, LAST
    await bench.write(first, lr(9, ACTIVE, CPUID=1))
    if second != first:
        await bench.write(second, lr(9, ACTIVE, CPUID=6))
        await bench.deactivate(9, cpuid=6)
        assert state_of(await bench.read(second)) == INVALID
    assert state_of(await bench.read(first)) == ACTIVE
    await bench.deactivate(9, cpuid=1)
    assert state_of(await bench.read(first)) == INVALID
    assert bench.absent == 0


@cocotb.test()
async def test_other_interrupts_are_matched_whatever_the_cpu_field_says(dut):
    bench = await Bench.begin(dut)
    for word in (lr(16, ACTIVE, CPUID=3), lr(9, ACTIVE, HW=1, PhysicalID=0x7F)):
        await bench.write(LAST, word)
        await bench.deactivate(word & 0x3FF, cpuid=5)
        assert state_of(await bench.read(LAST)) == INVALID, f"{word:#x}"
    assert bench.absent == 0


@cocotb.test()
async def test_of_two_entries_for_one_interrupt_the_lower_index_ends(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, lr(80, ACTIVE))
    for i in range(LRS):
        await bench.deactivate(80)
        states = [state_of(await bench.read(k)) for k in range(LRS)]
        assert states == [INVALID] * (i + 1) + [ACTIVE] * (LRS - i - 1)
        if i == 5:
            break


@cocotb.test()
async def test_the_end_of_an_interrupt_that_is_only_pending_has_no_effect(dut):
    bench = await Bench.begin(dut)
    word = lr(27, PENDING, HW=1, PhysicalID=27)
    await bench.write(LAST, word)
    await bench.deactivate(27)
    await bench.deactivate(27, by_dir=1, dropped=0)
    assert (await bench.read(LAST), bench.forwarded, bench.absent) == (word, [], 0)


@cocotb.test()
async def test_an_end_without_entry_counts_when_eoir_dropped_a_priority_or_by_dir(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(27, INVALID, HW=1, PhysicalID=27))
    for by_dir, dropped, counts in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)):
        before = bench.absent
        await bench.deactivate(27, by_dir=by_dir, dropped=dropped)
        assert bench.absent - before == counts, f"by_dir={by_dir} dropped={dropped}"
    assert bench.forwarded == []


@cocotb.test()
async def test_an_eoir_that_drops_nothing_still_ends_an_active_entry(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(90, ACTIVE))
    await bench.deactivate(90, dropped=0)
    assert (state_of(await bench.read(LAST)), bench.absent) == (INVALID, 0)


@cocotb.test()
async def test_special_ids_neither_end_nor_count(dut):
    bench = await Bench.begin(dut)
    for intid in range(1020, 1024):
        word = lr(intid, ACTIVE, HW=1, PhysicalID=100)
        await bench.write(LAST, word)
        await bench.deactivate(intid)
        await bench.deactivate(intid, by_dir=1)
        assert await bench.read(LAST) == word
    assert (bench.absent, bench.forwarded) == (0, [])
    await bench.deactivate(1019)
    assert bench.absent == 1


# What GICH shows


@cocotb.test()
async def test_eisr_and_elrsr_follow_state_hw_and_eoi(dut):
    bench = await Bench.begin(dut)
    for i in sorted({0, LAST // 2, LAST}):
        others = ((1 << LRS) - 1) & ~(1 << i)
        for state in range(4):
            for hw in (0, 1):
                for eoi in (0, 1):
                    await bench.write(i, lr(40, state, HW=hw, EOI=eoi))
                    status = await bench.status()
                    ended = state == INVALID and not hw and eoi
                    empty = state == INVALID and (hw or not eoi)
                    assert status["ended"] == bool(ended) << i, f"{state} {hw} {eoi}"
                    assert status["empty"] == others | bool(empty) << i, f"{state} {hw} {eoi}"
        await bench.write(i, 0)


@cocotb.test()
async def test_an_end_with_eoi_set_shows_in_eisr(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(40, ACTIVE, EOI=1))
    assert (await bench.status())["ended"] == 0
    await bench.deactivate(40)
    status = await bench.status()
    assert status["ended"] == 1 << LAST
    assert not status["empty"] >> LAST & 1


@cocotb.test()
async def test_underflow_is_fewer_than_two_valid(dut):
    bench = await Bench.begin(dut)
    for state in (PENDING, ACTIVE, BOTH):
        for i in range(LRS):
            await bench.write(i, lr(100 + i, state))
            assert (await bench.status())["underflow"] == (i == 0), f"state {state}, {i + 1} valid"
        for i in range(LRS):
            await bench.write(i, 0)
            left = LRS - 1 - i
            assert (await bench.status())["underflow"] == (left < 2), f"{left} valid"


@cocotb.test()
async def test_none_pending_looks_at_entries_that_are_pending_only(dut):
    bench = await Bench.begin(dut)
    for i in sorted({0, LAST // 2, LAST}):
        for state in range(4):
            await bench.write(i, lr(40, state))
            assert (await bench.status())["none_pending"] == (state != PENDING), f"state {state}"
        await bench.write(i, 0)


# The order of effects


@cocotb.test()
async def test_order_a_write_precedes_a_deactivation_of_the_same_cycle(dut):
    bench = await Bench.begin(dut)
    for old, new, state, absent in (
        (lr(40, ACTIVE), lr(40, BOTH), PENDING, 0),
        (lr(40, ACTIVE), lr(41, ACTIVE), ACTIVE, 1),
        (lr(41, ACTIVE), lr(40, ACTIVE), INVALID, 0),
    ):
        await bench.write(LAST, old)
        before = bench.absent
        both = [cocotb.start_soon(bench.write(LAST, new)), cocotb.start_soon(bench.deactivate(40))]
        for task in both:
            await task
        assert await bench.read(LAST) == with_state(new, state)
        assert bench.absent - before == absent


@cocotb.test()
async def test_order_a_write_precedes_an_acknowledge_of_the_same_cycle(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(40))
    await bench.inspect()
    task = cocotb.start_soon(bench.write(LAST, lr(41)))
    found = await bench.inspect(acknowledge=True)
    await task
    assert found.intid == 41
    assert await bench.read(LAST) == lr(41, ACTIVE)


@cocotb.test()
async def test_order_a_deactivation_precedes_an_acknowledge_of_the_same_cycle(dut):
    bench = await Bench.begin(dut)
    bench.forward_delay = 10
    await bench.write(LAST, lr(40, BOTH, HW=1, PhysicalID=99))
    task = cocotb.start_soon(bench.deactivate(40))
    found = await bench.inspect(acknowledge=True)
    assert bench.forwarded == [99]
    await task
    assert found.intid == 40
    assert await bench.read(LAST) == lr(40, ACTIVE, HW=1, PhysicalID=99)


@cocotb.test()
async def test_order_an_access_waits_for_a_deactivation_that_has_begun(dut):
    bench = await Bench.begin(dut)
    bench.forward_delay = 20
    word = lr(40, ACTIVE, HW=1, PhysicalID=99)
    await bench.write(LAST, word)
    await bench.inspect()
    task = cocotb.start_soon(bench.deactivate(40))
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    assert bench.forwarded == []
    await bench.write(LAST, lr(40, BOTH, HW=1, PhysicalID=98))
    assert bench.forwarded == [99]
    await task
    assert await bench.read(LAST) == lr(40, BOTH, HW=1, PhysicalID=98)


@cocotb.test()
async def test_order_back_to_back_writes_are_each_seen(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, lr(100 + i, Priority=5))
    await bench.write(0, lr(300, Priority=4))
    assert (await bench.inspect()).intid == 300


# Everything together


@cocotb.test()
async def test_random_transactions_agree_with_the_model(dut):
    bench = await Bench.begin(dut)
    model, forwarded, absent = ListRegisters(LRS), [], 0
    intids = [0, 1, 15, 16, 27, 500, 1019, 1020]
    acknowledged = ended = 0
    for _ in range(1500):
        bench.forward_delay = random.choice((0, 0, 0, 3))
        what = random.random()
        if what < 0.4:
            index = random.randrange(min(64, LRS + 1))
            word = random.getrandbits(32) & ~0x3FF | random.choice(intids)
            if word >> 10 & 7 > 2:
                word &= ~0x1C00  # few source CPUs, so that they meet
            await bench.write(index, word)
            if index < LRS:
                model.write(index, word)
        elif what < 0.65:
            found = await bench.inspect(acknowledge=True)
            expected = model.candidate()
            if expected is None:
                assert found is None
            else:
                assert (found.intid, found.group, found.cpuid) == (
                    expected.intid,
                    expected.group,
                    expected.cpuid,
                )
                model.acknowledge()
                acknowledged += 1
        elif what < 0.95:
            # Half of the time one that stands in a register.
            word = random.choice([*model.words, *random.choices(intids, k=LRS)])
            cpuid = random.choice((LR.field("CPUID").get(word), 1))
            intid, by_dir, dropped = word & 0x3FF, random.randrange(2), random.randrange(2)
            before = list(model.words)
            await bench.deactivate(intid, cpuid, by_dir, dropped)
            if intid < 1020:
                held, physical = model.end(intid, cpuid)
                forwarded += [] if physical is None else [physical]
                absent += not held and (by_dir or dropped)
            ended += before != model.words
        else:
            index = random.randrange(LRS)
            assert await bench.read(index) == model.words[index]
        assert (bench.forwarded, bench.absent) == (forwarded, absent)
    assert [await bench.read(i) for i in range(LRS)] == model.words
    assert min(acknowledged, ended, len(forwarded), absent) > 10
