"""List registers: what they keep, which of them is offered, and what an acknowledge does."""

import random

import cocotb
from cocotb.triggers import FallingEdge
from list_registers_peer import (
    ACTIVE,
    BOTH,
    INVALID,
    LAST,
    LRS,
    PENDING,
    RESERVED,
    Bench,
    lr,
    with_state,
)

# Storage


@cocotb.test()
async def test_implemented_bits_keep_what_is_written_and_reserved_bits_read_zero(dut):
    bench = await Bench.begin(dut)
    words = [random.getrandbits(32) for _ in range(LRS)]
    words[0], words[LAST] = 0xFFFF_FFFF, 0x7FFF_FFFF
    for i, word in enumerate(words):
        await bench.write(i, word)
    for i, word in enumerate(words):
        assert await bench.read(i) == word & ~RESERVED, f"LR{i}"


@cocotb.test()
async def test_registers_past_the_last_read_zero_and_ignore_writes(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, lr(100 + i))
    for i in range(LRS, 64):
        await bench.write(i, 0xFFFF_FFFF)
        assert await bench.read(i) == 0, f"LR{i}"
    for i in range(LRS):
        assert await bench.read(i) == lr(100 + i), f"LR{i}"


@cocotb.test()
async def test_a_narrow_write_changes_its_bytes_only(dut):
    bench = await Bench.begin(dut)
    old, new = lr(0x155, ACTIVE, PhysicalID=0x2AA, Priority=21, HW=1), 0x6A95_9669
    for be in range(16):
        await bench.write(LAST, old)
        await bench.write(LAST, new, be)
        mask = sum(0xFF << (8 * i) for i in range(4) if be >> i & 1)
        assert await bench.read(LAST) == ((old & ~mask) | (new & mask)) & ~RESERVED, f"be={be:#x}"


@cocotb.test()
async def test_a_narrow_write_changes_what_is_offered_and_matched(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(0x155, PENDING, Priority=3))
    await bench.write(LAST, 0x0000_0200, 0b0010)
    assert (await bench.inspect(acknowledge=True)).intid == 0x255
    await bench.deactivate(0x255)
    assert await bench.read(LAST) == lr(0x255, INVALID, Priority=3)


@cocotb.test()
async def test_reset_clears_every_register(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, 0xFFFF_FFFF)
    bench = await Bench.begin(dut)
    for i in range(LRS):
        assert await bench.read(i) == 0, f"LR{i}"
    assert await bench.inspect() is None
    empty = {"ended": 0, "empty": (1 << LRS) - 1, "underflow": 1, "none_pending": 1}
    assert await bench.status() == empty


# The candidate


@cocotb.test()
async def test_the_highest_priority_is_offered_wherever_it_stands(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, lr(100 + i, Priority=20))
    for i in range(LRS):
        await bench.write(i, lr(100 + i, Priority=19))
        found = await bench.inspect()
        assert (found.intid, found.priority) == (100 + i, 19 << 3)
        await bench.write(i, lr(100 + i, Priority=20))


@cocotb.test()
async def test_of_equal_priorities_the_lowest_index_is_offered(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(i, lr(900 - i, Priority=31))
    for i in range(LRS):
        assert (await bench.inspect()).intid == 900 - i
        await bench.write(i, lr(900 - i, INVALID))
    assert await bench.inspect() is None


@cocotb.test()
async def test_only_a_pending_entry_that_is_not_active_is_offered(dut):
    bench = await Bench.begin(dut)
    for state in (INVALID, ACTIVE, BOTH):
        await bench.write(LAST, lr(40, state))
        assert await bench.inspect() is None, f"state {state}"
    await bench.write(LAST, lr(40, PENDING))
    assert (await bench.inspect()).intid == 40


@cocotb.test()
async def test_the_candidate_carries_the_fields_of_its_register(dut):
    bench = await Bench.begin(dut)
    for intid, priority, group in ((16, 0, 0), (1019, 31, 1), (0x2AA, 0x15, 0)):
        await bench.write(LAST, lr(intid, Priority=priority, Grp1=group))
        found = await bench.inspect()
        assert (found.intid, found.priority, found.group) == (intid, priority << 3, group)


@cocotb.test()
async def test_the_source_cpu_is_offered_for_sgis_without_hw_only(dut):
    bench = await Bench.begin(dut)
    for word, cpuid in (
        (lr(15, CPUID=5), 5),
        (lr(0, CPUID=7, EOI=1), 7),
        (lr(16, CPUID=5), 0),
        (lr(3, PhysicalID=5, HW=1), 0),
    ):
        await bench.write(LAST, word)
        assert (await bench.inspect()).cpuid == cpuid, f"{word:#x}"


@cocotb.test()
async def test_a_special_virtual_id_is_never_offered(dut):
    bench = await Bench.begin(dut)
    for intid in range(1020, 1024):
        await bench.write(LAST, lr(intid))
        assert await bench.inspect() is None, f"{intid}"
    await bench.write(LAST, lr(1019))
    assert (await bench.inspect()).intid == 1019


@cocotb.test()
async def test_granted_sees_the_change_of_the_cycle_before(dut):
    bench = await Bench.begin(dut)
    for intid in range(32, 64):
        await bench.write(intid % LRS, lr(intid, Priority=31 - intid % 32))
        assert (await bench.inspect()).intid == intid


@cocotb.test()
async def test_the_candidate_never_mixes_an_old_and_a_new_register(dut):
    bench = await Bench.begin(dut)
    seen = set()

    async def sample():
        while True:
            found = bench.candidate()
            if found.valid:
                seen.add((found.intid, found.priority >> 3, found.group))
            await FallingEdge(dut.clk)

    cocotb.start_soon(sample())
    pairs = [(16, 31, 1), (1000, 0, 0), (500, 9, 1), (17, 30, 0)]
    for intid, priority, group in pairs:
        await bench.write(LAST, lr(intid, Priority=priority, Grp1=group))
        await bench.inspect()
        await bench.write(LAST, lr(intid ^ 5, INVALID, Priority=priority ^ 5, Grp1=1 - group))
        await bench.inspect()
    assert seen == set(pairs)


# Acknowledge


@cocotb.test()
async def test_an_acknowledge_makes_pending_active_and_touches_no_other_bit(dut):
    bench = await Bench.begin(dut)
    for i, word in enumerate((0x1FFF_FFF0, 0xDFFF_FC20, 0x1000_0021)):
        await bench.write(i % LRS, word)
        assert (await bench.inspect(acknowledge=True)).intid == word & 0x3FF
        assert await bench.read(i % LRS) == with_state(word, ACTIVE) & ~RESERVED
        assert await bench.inspect() is None


@cocotb.test()
async def test_an_inspection_alone_changes_nothing(dut):
    bench = await Bench.begin(dut)
    await bench.write(LAST, lr(50))
    for _ in range(3):
        assert (await bench.inspect()).intid == 50
    assert await bench.read(LAST) == lr(50)


@cocotb.test()
async def test_an_acknowledge_changes_the_candidates_register_only(dut):
    bench = await Bench.begin(dut)
    words = [lr(100 + i, Priority=(i * 7 + 3) % 32) for i in range(LRS)]
    for i, word in enumerate(words):
        await bench.write(i, word)
    order = sorted(range(LRS), key=lambda i: (words[i] >> 23 & 31, i))
    for i in order:
        assert (await bench.inspect(acknowledge=True)).intid == 100 + i
        words[i] = with_state(words[i], ACTIVE)
        assert [await bench.read(k) for k in range(LRS)] == words
        if i == order[4 % LRS]:
            break
