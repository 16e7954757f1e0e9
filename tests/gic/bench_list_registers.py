"""The list registers, seen from software, the virtual CPU interface and the distributor.

``LRS`` tells how many there are.
"""

import os
import random
from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import FallingEdge, Timer

from amagic.gic.types import Candidate, Deactivation
from amagic.registers import GICH
from amagic_sim.drivers import start

LRS = int(os.environ["LRS"])
LAST = LRS - 1
LR = GICH.LR
INVALID, PENDING, ACTIVE, BOTH = range(4)
RESERVED = 0x0070_0000


def lr(vintid: int, state: int = PENDING, **fields: int) -> int:
    return LR.pack(VirtualID=vintid, State=state, **fields)


def state_of(word: int) -> int:
    return LR.field("State").get(word)


def with_state(word: int, state: int) -> int:
    return LR.field("State").set(word, state)


class Bench:
    """Drives all three sides.

    Inputs change just after the falling edge; outputs are sampled a little later, and take effect
    at the rising edge. So a combinational handshake is seen and answered within its cycle.
    """

    def __init__(self, dut):
        self.dut = dut
        self.absent = 0  # pulses of absent_stb
        self.forwarded: list[int] = []
        self.forward_delay = 0

    @classmethod
    async def begin(cls, dut) -> "Bench":
        bench = cls(dut)
        await start(dut)
        await FallingEdge(dut.clk)
        cocotb.start_soon(bench._watch())
        cocotb.start_soon(bench._accept())
        await bench._until(dut.ack, dut.r_stb)  # the store is being cleared
        return bench

    async def _watch(self):
        while True:
            await Timer(2, unit="ns")
            self.absent += int(self.dut.absent_stb.value)
            await FallingEdge(self.dut.clk)

    async def _accept(self):
        """The distributor: takes each forwarded deactivation after `forward_delay` cycles."""
        dut = self.dut
        while True:
            await FallingEdge(dut.clk)
            dut.forward__ack.value = 0
            if dut.forward__stb.value == 1:
                pintid = dut.forward__intid.value.to_unsigned()
                for _ in range(self.forward_delay):
                    await FallingEdge(dut.clk)
                    assert dut.forward__stb.value == 1, "stb must be held until ack"
                    assert dut.forward__intid.value.to_unsigned() == pintid
                dut.forward__ack.value = 1
                self.forwarded.append(pintid)

    async def _until(self, done, *strobes) -> int:
        """Raise the strobes until `done` is seen; returns ``r_data`` of that cycle."""
        for strobe in strobes:
            strobe.value = 1
        for _ in range(300):
            await Timer(1, unit="ns")
            finished, word = done.value == 1, self.dut.r_data.value.to_unsigned()
            await FallingEdge(self.dut.clk)
            if finished:
                for strobe in strobes:
                    strobe.value = 0
                return word
        raise AssertionError(f"{done._name} did not come")

    async def write(self, index: int, word: int, be: int = 0xF) -> None:
        self.dut.index.value, self.dut.w_data.value, self.dut.be.value = index, word, be
        await self._until(self.dut.ack, self.dut.w_stb)

    async def read(self, index: int) -> int:
        self.dut.index.value = index
        return await self._until(self.dut.ack, self.dut.r_stb)

    def candidate(self):
        return Candidate.from_bits(self.dut.source__candidate.value.to_unsigned())

    async def inspect(self, acknowledge: bool = False):
        """The exact candidate, or None; `acknowledge` takes it as well."""
        dut = self.dut
        dut.source__inspect.value = 1
        for _ in range(300):
            await Timer(1, unit="ns")
            if dut.source__granted.value == 1:
                found = self.candidate()
                dut.source__acknowledge.value = int(acknowledge and found.valid)
                await FallingEdge(dut.clk)
                dut.source__acknowledge.value = 0
                dut.source__inspect.value = 0
                return found if found.valid else None
            await FallingEdge(dut.clk)
        raise AssertionError("granted did not come")

    async def deactivate(
        self, intid: int, cpuid: int = 0, by_dir: int = 0, dropped: int = 1
    ) -> None:
        wanted = {"intid": intid, "cpuid": cpuid, "by_dir": by_dir, "dropped": dropped}
        self.dut.source__deactivation.value = Deactivation.const(wanted).as_bits()
        await self._until(self.dut.source__deactivated, self.dut.source__deactivate)

    async def status(self) -> dict[str, int]:
        """The outputs that GICH's registers show."""
        dut = self.dut
        await FallingEdge(dut.clk)
        names = ("ended", "empty", "underflow", "none_pending")
        return {name: int(getattr(dut, name).value) for name in names}


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


# Everything together, against a model


@dataclass
class Model:
    """The rules once more, on plain words."""

    words: list[int] = field(default_factory=lambda: [0] * LRS)
    forwarded: list[int] = field(default_factory=list)
    absent: int = 0

    def best(self) -> int | None:
        pending = [
            i
            for i, word in enumerate(self.words)
            if state_of(word) == PENDING and word & 0x3FF < 1020
        ]
        return min(pending, key=lambda i: (self.words[i] >> 23 & 31, i), default=None)

    def acknowledge(self) -> int | None:
        best = self.best()
        if best is None:
            return None
        self.words[best] = with_state(self.words[best], ACTIVE)
        return self.words[best] & 0x3FF

    def deactivate(self, intid: int, cpuid: int, by_dir: int, dropped: int) -> None:
        def same(word):
            sgi = intid < 16 and not word >> 31
            return word & 0x3FF == intid and (not sgi or word >> 10 & 7 == cpuid)

        if intid >= 1020:
            return
        present = [i for i, word in enumerate(self.words) if same(word) and state_of(word)]
        active = [i for i in present if state_of(self.words[i]) & ACTIVE]
        if active:
            word = self.words[active[0]]
            self.words[active[0]] = with_state(word, state_of(word) & PENDING)
            if word >> 31:
                self.forwarded.append(word >> 10 & 0x3FF)
        elif not present and (by_dir or dropped):
            self.absent += 1


@cocotb.test()
async def test_random_transactions_agree_with_the_model(dut):
    bench = await Bench.begin(dut)
    model = Model()
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
                model.words[index] = word & ~RESERVED
        elif what < 0.65:
            found = await bench.inspect(acknowledge=True)
            expected = model.acknowledge()
            assert (None if found is None else found.intid) == expected
            acknowledged += expected is not None
        elif what < 0.95:
            wanted = (
                random.choice(intids),
                random.randrange(3),
                random.randrange(2),
                random.randrange(2),
            )
            before = list(model.words)
            await bench.deactivate(*wanted)
            model.deactivate(*wanted)
            ended += before != model.words
        else:
            index = random.randrange(LRS)
            assert await bench.read(index) == model.words[index]
        assert bench.forwarded == model.forwarded
        assert bench.absent == model.absent
    assert [await bench.read(i) for i in range(LRS)] == model.words
    assert min(acknowledged, ended, len(model.forwarded), model.absent) > 10
