"""GICH, seen from software, the virtual CPU interface and the distributor.

``LRS`` tells how many list registers there are. The bench plays the virtual CPU interface: it
keeps GICH_VMCR and GICH_APR, and ends interrupts.
"""

import os

import cocotb
from cocotb.triggers import FallingEdge

from amagic.gic.types import Candidate, Deactivation
from amagic.registers import GICH
from amagic_sim.drivers import FramePort, start, tick

LRS = int(os.environ["LRS"])
LAST = LRS - 1
HCR, VTR, VMCR, MISR = GICH.HCR, GICH.VTR, GICH.VMCR, GICH.MISR
INVALID, PENDING, ACTIVE, BOTH = range(4)
VMCR_AT_RESET = 0x004C_0000


def lr(vintid: int, state: int = PENDING, **fields: int) -> int:
    return GICH.LR.pack(VirtualID=vintid, State=state, **fields)


class Bench:
    def __init__(self, dut):
        self.dut = dut
        self.frame = FramePort(dut)
        self.vmcr_writes: list[int] = []
        self.apr_writes: list[int] = []

    @classmethod
    async def begin(cls, dut) -> "Bench":
        bench = cls(dut)
        await start(dut)
        dut.vmcr.value = VMCR_AT_RESET
        cocotb.start_soon(bench._watch())
        await bench.read(GICH.LR)  # answered when the list registers are cleared
        return bench

    async def _watch(self):
        dut = self.dut
        while True:
            await FallingEdge(dut.clk)
            if dut.vmcr_w_stb.value == 1:
                self.vmcr_writes.append(dut.vmcr_w_data.value.to_unsigned())
            if dut.apr_w_stb.value == 1:
                self.apr_writes.append(dut.apr_w_data.value.to_unsigned())

    async def read(self, register, index: int = 0) -> int:
        return await self.frame.read(register.at(index))

    async def write(self, register, value: int, index: int = 0) -> None:
        await self.frame.write(register.at(index), value)

    async def end(self, intid: int) -> None:
        """An EOIR that dropped a priority."""
        dut = self.dut
        wanted = Deactivation.const({"intid": intid, "cpuid": 0, "by_dir": 0, "dropped": 1})
        dut.source__deactivation.value = wanted.as_bits()
        dut.source__deactivate.value = 1
        for _ in range(100):
            await FallingEdge(dut.clk)
            if dut.source__deactivated.value == 1:
                await tick(dut)
                dut.source__deactivate.value = 0
                return
        raise AssertionError("deactivated did not come")

    async def maintenance(self) -> int:
        """The line, when everything written has reached it."""
        await tick(self.dut, 12)
        return int(self.dut.maintenance.value)


# Registers


@cocotb.test()
async def test_vtr_tells_five_bits_and_the_number_of_list_registers(dut):
    bench = await Bench.begin(dut)
    assert await bench.read(VTR) == 0x9000_0000 | LAST
    await bench.write(VTR, 0xFFFF_FFFF)
    assert await bench.read(VTR) == 0x9000_0000 | LAST


@cocotb.test()
async def test_hcr_keeps_its_fields_and_reads_zero_elsewhere(dut):
    bench = await Bench.begin(dut)
    assert await bench.read(HCR) == 0
    for value in (0xFFFF_FFFF, 0xA000_0055, 0x5800_00AA, 0):
        await bench.write(HCR, value)
        assert await bench.read(HCR) == value & 0xF800_00FF
    for bit in (*range(8), *range(27, 32)):
        await bench.write(HCR, 1 << bit)
        assert await bench.read(HCR) == 1 << bit


@cocotb.test()
async def test_hcr_en_enables_the_virtual_cpu_interface(dut):
    bench = await Bench.begin(dut)
    for value, enabled in ((0xF800_00FE, 0), (1, 1), (0, 0)):
        await bench.write(HCR, value)
        await tick(dut)
        assert dut.enable.value == enabled


@cocotb.test()
async def test_a_narrow_write_of_hcr_changes_its_bytes_only(dut):
    bench = await Bench.begin(dut)
    await bench.write(HCR, 0xA800_0055)
    await bench.frame.write(HCR.offset, 0x8A, size=1)
    assert await bench.read(HCR) == 0xA800_008A
    await bench.frame.write(HCR.offset + 3, 0x58, size=1)
    assert await bench.read(HCR) == 0x5800_008A
    await bench.frame.write(HCR.offset, 0xFF0F, size=2)
    assert await bench.read(HCR) == 0x5800_000F


@cocotb.test()
async def test_vmcr_and_apr_are_those_of_the_virtual_cpu_interface(dut):
    bench = await Bench.begin(dut)
    for value in (0x1234_5678, 0xFFFF_FFFF, 0):
        dut.vmcr.value, dut.apr.value = value, value ^ 0x0F0F_0F0F
        assert await bench.read(VMCR) == value
        assert await bench.read(GICH.APR) == value ^ 0x0F0F_0F0F
    await bench.write(VMCR, 0xCAFE_F00D)
    await bench.write(GICH.APR, 0x8000_0001)
    assert (bench.vmcr_writes, bench.apr_writes) == ([0xCAFE_F00D], [0x8000_0001])


@cocotb.test()
async def test_a_narrow_write_of_vmcr_and_apr_keeps_the_other_bytes(dut):
    bench = await Bench.begin(dut)
    dut.vmcr.value, dut.apr.value = 0x1122_3344, 0x5566_7788
    await bench.frame.write(VMCR.offset + 3, 0xF0, size=1)
    await bench.frame.write(GICH.APR.offset + 2, 0xABCD, size=2)
    assert (bench.vmcr_writes, bench.apr_writes) == ([0xF022_3344], [0xABCD_7788])


@cocotb.test()
async def test_list_registers_stand_from_0x100_on(dut):
    bench = await Bench.begin(dut)
    for i in range(LRS):
        await bench.write(GICH.LR, lr(100 + i, ACTIVE, Priority=i % 32), i)
    for i in range(LRS):
        assert await bench.frame.read(0x100 + 4 * i) == lr(100 + i, ACTIVE, Priority=i % 32)
    for i in range(LRS, 64):
        await bench.write(GICH.LR, 0xFFFF_FFFF, i)
        assert await bench.read(GICH.LR, i) == 0


@cocotb.test()
async def test_a_narrow_write_of_a_list_register_keeps_the_other_bytes(dut):
    bench = await Bench.begin(dut)
    await bench.write(GICH.LR, 0x0812_3456 & ~(7 << 20), LAST)
    await bench.frame.write(GICH.LR.at(LAST) + 3, 0x9A, size=1)
    await bench.frame.write(GICH.LR.at(LAST), 0xBEEF, size=2)
    assert await bench.read(GICH.LR, LAST) == 0x9A02_BEEF


@cocotb.test()
async def test_the_rest_of_the_frame_reads_zero_and_ignores_writes(dut):
    bench = await Bench.begin(dut)
    # With these, each register that exists reads something else than 0.
    dut.vmcr.value = dut.apr.value = 0xFFFF_FFFF
    await bench.write(HCR, HCR.pack(UIE=1, EOICount=3))
    await bench.write(GICH.LR, lr(0, INVALID, EOI=1), 0)
    known = {register.at(i) for register in GICH for i in range(register.count)}
    for offset in sorted(set(range(0, 0x1000, 4)) - known):
        await bench.frame.write(offset, 0xFFFF_FFFF)
        assert await bench.frame.read(offset) == 0, f"{offset:#x}"
    assert (bench.vmcr_writes, bench.apr_writes) == ([], [])
    assert await bench.read(HCR) == HCR.pack(UIE=1, EOICount=3)
    assert await bench.read(GICH.LR) == lr(0, INVALID, EOI=1)


@cocotb.test()
async def test_status_registers_ignore_writes(dut):
    bench = await Bench.begin(dut)
    for register in (MISR, GICH.EISR, GICH.ELRSR):
        before = [await bench.read(register, i) for i in range(register.count)]
        for i in range(register.count):
            await bench.write(register, 0xFFFF_FFFF ^ before[i], i)
        assert [await bench.read(register, i) for i in range(register.count)] == before


@cocotb.test()
async def test_elrsr_and_eisr_have_a_bit_for_each_list_register_that_exists(dut):
    bench = await Bench.begin(dut)
    everything = (1 << LRS) - 1

    async def both(register):
        return await bench.read(register, 0) | await bench.read(register, 1) << 32

    assert (await both(GICH.ELRSR), await both(GICH.EISR)) == (everything, 0)
    for i in sorted({0, LAST // 2, LAST}):
        await bench.write(GICH.LR, lr(50), i)
        assert (await both(GICH.ELRSR), await both(GICH.EISR)) == (everything ^ 1 << i, 0)
        await bench.write(GICH.LR, lr(50, INVALID, EOI=1), i)
        assert (await both(GICH.ELRSR), await both(GICH.EISR)) == (everything ^ 1 << i, 1 << i)
        await bench.write(GICH.LR, 0, i)


# EOICount


@cocotb.test()
async def test_eoicount_counts_ends_without_list_register_and_wraps(dut):
    bench = await Bench.begin(dut)
    await bench.write(HCR, HCR.pack(En=1, UIE=1))
    for count in [*range(1, 32), 0, 1]:
        await bench.end(99)
        assert await bench.read(HCR) == HCR.pack(En=1, UIE=1, EOICount=count)


@cocotb.test()
async def test_eoicount_counts_while_en_is_zero(dut):
    bench = await Bench.begin(dut)
    await bench.end(99)
    assert await bench.read(HCR) == HCR.pack(EOICount=1)


@cocotb.test()
async def test_eoicount_does_not_count_an_end_that_a_list_register_holds(dut):
    bench = await Bench.begin(dut)
    await bench.write(GICH.LR, lr(99, ACTIVE), LAST)
    await bench.end(99)
    assert await bench.read(HCR) == 0
    await bench.end(99)
    assert await bench.read(HCR) == HCR.pack(EOICount=1)


@cocotb.test()
async def test_an_end_in_the_cycle_of_a_write_of_hcr_is_added_to_what_is_written(dut):
    """At every distance between the two it is as if one came first. The next test has the cycle."""
    bench = await Bench.begin(dut)
    results = []
    for distance in range(10):
        await bench.write(HCR, 0)

        async def end_later(cycles=distance):
            await tick(dut, cycles)
            await bench.end(99)

        task = cocotb.start_soon(end_later())
        await tick(dut, 4)
        await bench.write(HCR, HCR.pack(EOICount=16))
        await task
        results.append(HCR.field("EOICount").get(await bench.read(HCR)))
    assert results == sorted(results), results
    assert set(results) == {16, 17}, results


@cocotb.test()
async def test_hcr_write_and_end_in_one_cycle_lose_nothing(dut):
    """The write takes effect in the cycle before the answer; `deactivated` is in the end's."""
    bench = await Bench.begin(dut)
    for lead in range(1, 8):
        await bench.write(HCR, 0)
        await tick(dut, 8)
        seen = {}

        async def watch(seen=seen):
            for cycle in range(40):
                await FallingEdge(dut.clk)
                if dut.source__deactivated.value == 1:
                    seen["end"] = cycle
                if dut.frame__ack.value == 1 and "write" not in seen:
                    seen["write"] = cycle - 1

        watcher = cocotb.start_soon(watch())
        task = cocotb.start_soon(bench.end(99))
        await tick(dut, lead)
        await bench.write(HCR, HCR.pack(EOICount=16))
        await task
        await watcher
        count = HCR.field("EOICount").get(await bench.read(HCR))
        assert count == (17 if seen["end"] >= seen["write"] else 16), (lead, seen)
        if seen["end"] == seen["write"]:
            return
    raise AssertionError("no distance put the write and the end into one cycle")


# Maintenance


async def condition(bench, dut, bit: str, enable: dict[str, int], expected: int) -> None:
    """MISR shows `bit` alone; the line follows it, but only with En set."""
    for en in (0, 1):
        await bench.write(HCR, HCR.pack(En=en, **enable))
        assert await bench.read(MISR) == expected << MISR.field(bit).lsb, f"{bit}, En={en}"
        assert await bench.maintenance() == (en and expected), f"{bit}, En={en}"


@cocotb.test()
async def test_misr_eoi_is_set_while_eisr_is_not_zero_and_needs_no_enable(dut):
    bench = await Bench.begin(dut)
    await condition(bench, dut, "EOI", {}, 0)
    for i in sorted({0, LAST}):
        await bench.write(GICH.LR, lr(50, ACTIVE, EOI=1), i)
        await condition(bench, dut, "EOI", {}, 0)
        await bench.end(50)
        await condition(bench, dut, "EOI", {}, 1)
        await bench.write(GICH.LR, 0, i)
        await condition(bench, dut, "EOI", {}, 0)


@cocotb.test()
async def test_misr_u_is_set_while_fewer_than_two_are_valid_and_uie(dut):
    bench = await Bench.begin(dut)
    await condition(bench, dut, "U", {}, 0)
    await condition(bench, dut, "U", {"UIE": 1}, 1)
    for i in range(LRS):
        await bench.write(GICH.LR, lr(50 + i, ACTIVE), i)
        if i in (0, 1, LAST):
            await condition(bench, dut, "U", {"UIE": 1}, int(i == 0))
            await condition(bench, dut, "U", {}, 0)


@cocotb.test()
async def test_misr_lrenp_is_set_while_eoicount_is_not_zero_and_lrenpie(dut):
    bench = await Bench.begin(dut)
    await condition(bench, dut, "LRENP", {"LRENPIE": 1}, 0)
    for count in (1, 2, 4, 8, 16, 31):
        await condition(bench, dut, "LRENP", {"LRENPIE": 1, "EOICount": count}, 1)
        await condition(bench, dut, "LRENP", {"EOICount": count}, 0)
    await bench.write(HCR, HCR.pack(En=1, LRENPIE=1))
    assert await bench.maintenance() == 0
    await bench.end(77)
    assert await bench.maintenance() == 1


@cocotb.test()
async def test_misr_np_is_set_while_no_entry_is_pending_and_npie(dut):
    bench = await Bench.begin(dut)
    await condition(bench, dut, "NP", {}, 0)
    for state in range(4):
        await bench.write(GICH.LR, lr(50, state), LAST)
        await condition(bench, dut, "NP", {"NPIE": 1}, int(state != PENDING))


@cocotb.test()
async def test_misr_group_conditions_follow_the_virtual_group_enables(dut):
    bench = await Bench.begin(dut)
    for group in (0, 1):
        for enabled in (0, 1):
            # The other group's enable is the opposite: it must not matter.
            enables = {f"VMGrp{group}En": enabled, f"VMGrp{1 - group}En": 1 - enabled}
            dut.vmcr.value = VMCR_AT_RESET | VMCR.pack(**enables)
            await condition(bench, dut, f"VGrp{group}E", {f"VGrp{group}EIE": 1}, enabled)
            await condition(bench, dut, f"VGrp{group}D", {f"VGrp{group}DIE": 1}, 1 - enabled)
            await condition(bench, dut, f"VGrp{group}E", {}, 0)


@cocotb.test()
async def test_the_maintenance_line_is_silent_out_of_reset(dut):
    bench = await Bench.begin(dut)
    assert await bench.maintenance() == 0
    assert await bench.read(MISR) == 0


@cocotb.test()
async def test_status_read_right_after_a_list_register_write_is_exact(dut):
    bench = await Bench.begin(dut)
    await bench.write(HCR, HCR.pack(NPIE=1))
    for _ in range(4):
        await bench.write(GICH.LR, lr(50), LAST)
        assert await bench.read(MISR) == 0
        await bench.write(GICH.LR, lr(50, INVALID, EOI=1), LAST)
        assert await bench.read(MISR) == MISR.pack(EOI=1, NP=1)
        await bench.write(GICH.LR, 0, LAST)
        assert await bench.read(GICH.ELRSR, LAST // 32) >> LAST % 32 & 1 == 1


# The other sides


@cocotb.test()
async def test_a_pending_list_register_is_offered_to_the_virtual_cpu_interface(dut):
    bench = await Bench.begin(dut)
    await bench.write(GICH.LR, lr(27, Priority=6, Grp1=1), LAST)
    await tick(dut, 10)
    found = Candidate.from_bits(dut.source__candidate.value.to_unsigned())
    assert (found.valid, found.intid, found.priority, found.group) == (1, 27, 48, 1)


@cocotb.test()
async def test_an_end_with_hw_reaches_the_distributor(dut):
    bench = await Bench.begin(dut)
    await bench.write(GICH.LR, lr(27, ACTIVE, HW=1, PhysicalID=35), LAST)
    task = cocotb.start_soon(bench.end(27))
    await tick(dut, 20)
    assert dut.forward__stb.value == 1
    assert dut.forward__intid.value.to_unsigned() == 35
    assert not task.done()
    dut.forward__ack.value = 1
    await tick(dut)
    dut.forward__ack.value = 0
    await task
    await tick(dut)
    assert dut.forward__stb.value == 0
    assert await bench.read(GICH.LR, LAST) == lr(27, INVALID, HW=1, PhysicalID=35)
