"""GICD's registers: what can be read and written, in which sizes, and what is not there."""

import cocotb
from distributor_peer import CONFIG, CPUS, LAST_CPU, NONE, PPIS, SPIS, begin

from amagic.registers.gic import GICD
from amagic_sim.drivers import tick

ONES = 0xFFFFFFFF
BITMAPS = ("IGROUPR", "ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER")
SPI_ROWS = range(1, 1 + CONFIG.spi_rows)


def present(row: int) -> int:
    """The interrupts of a row that are there."""
    count = 32 if row == 0 else min(32, max(0, 32 + CONFIG.spis - 32 * row))
    return (1 << count) - 1


def present_word(word: int) -> list[bool]:
    """Which of the four interrupts of a word of bytes are there."""
    return [4 * word + byte < 32 + CONFIG.spis for byte in range(4)]


@cocotb.test()
async def identification_is_that_of_the_configuration(dut):
    gic = await begin(dut)
    iidr = CONFIG.product << 24 | CONFIG.variant << 16 | CONFIG.revision << 12 | CONFIG.implementer
    for cpu in CPUS:
        assert await gic.read("TYPER", cpu=cpu) == CONFIG.spi_rows | (CONFIG.cpus - 1) << 5
        assert await gic.read("IIDR", cpu=cpu) == iidr
    assert (await gic.read("PIDR0", 2) >> 4) & 0xF == 2, "GICv2"
    assert [await gic.read("CIDR0", index) for index in range(4)] == [0x0D, 0xF0, 0x05, 0xB1]


@cocotb.test()
async def identification_is_read_only(dut):
    gic = await begin(dut)
    names = [
        ("TYPER", 0),
        ("IIDR", 0),
        *((n, i) for n in ("PIDR4", "PIDR0", "CIDR0") for i in range(4)),
    ]
    before = [await gic.read(*name) for name in names]
    for name, index in names:
        await gic.write(name, ONES, index)
        await gic.write(name, 0, index)
    assert [await gic.read(*name) for name in names] == before


@cocotb.test()
async def ctlr_keeps_two_bits(dut):
    gic = await begin(dut, ctlr=0)
    assert await gic.read("CTLR") == 0
    for value in (1, 2, 3, 0, ONES):
        await gic.write("CTLR", value, cpu=LAST_CPU)
        assert await gic.read("CTLR") == value & 3


@cocotb.test()
async def ctlr_takes_only_the_lower_byte(dut):
    gic = await begin(dut, ctlr=0)
    await gic.frame.write(GICD.CTLR.offset + 1, 0xFF, size=1)
    await gic.frame.write(GICD.CTLR.offset + 2, 0xFFFF, size=2)
    assert await gic.read("CTLR") == 0
    await gic.frame.write(GICD.CTLR.offset, 3, size=1)
    assert await gic.read("CTLR") == 3


async def assert_reset_values(gic):
    for cpu in CPUS:
        for row in range(32):
            sgis = 0xFFFF if row == 0 else 0
            for name in BITMAPS:
                expected = sgis if name.endswith("ENABLER") else 0
                assert await gic.read(name, row, cpu) == expected, (name, row)
        for word in range(255):
            assert await gic.read("IPRIORITYR", word, cpu) == 0
            own = 0x01010101 << cpu if CONFIG.cpus > 1 and word < 8 else 0
            assert await gic.read("ITARGETSR", word, cpu) == own
        for word in range(4):
            assert await gic.read("SPENDSGIR", word, cpu) == 0
            assert await gic.read("CPENDSGIR", word, cpu) == 0
    assert await gic.read("CTLR") == 0


@cocotb.test()
async def reset_values(dut):
    gic = await begin(dut, ctlr=0)
    await assert_reset_values(gic)


@cocotb.test()
async def a_second_reset_clears_everything(dut):
    gic = await begin(dut)
    for row in range(1 + CONFIG.spi_rows):
        for cpu in CPUS if row == 0 else [0]:
            for name in ("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER"):
                await gic.write(name, ONES, row, cpu)
            await gic.write("ICFGR", ONES, 2 * row, cpu)
            await gic.write("ICFGR", ONES, 2 * row + 1, cpu)
            for word in range(8 * row, 8 * row + 8):
                if word < 255:
                    await gic.write("IPRIORITYR", ONES, word, cpu)
                    await gic.write("ITARGETSR", ONES, word, cpu)
    for cpu in CPUS:
        for word in range(4):
            await gic.write("SPENDSGIR", ONES, word, cpu)
    gic = await begin(dut, ctlr=0)
    await assert_reset_values(gic)
    await assert_configuration(gic, edge=False)
    for cpu in CPUS:
        assert await gic.intid(cpu) is NONE


async def assert_configuration(gic, *, edge):
    for cpu in CPUS:
        assert await gic.read("ICFGR", 0, cpu) == 0xAAAAAAAA
        assert await gic.read("ICFGR", 1, cpu) == 0x55555555
    for index in range(2, 64):
        fields = (3 if edge else 1) if index else 0
        there = [16 * index + field < 32 + CONFIG.spis for field in range(16)]
        expected = sum(fields << 2 * field for field in range(16) if there[field])
        assert await gic.read("ICFGR", index) == expected


@cocotb.test()
async def icfgr_is_fixed_for_sgis_and_ppis_and_its_lower_bits_for_spis(dut):
    gic = await begin(dut)
    await assert_configuration(gic, edge=False)
    for index in range(64):
        for cpu in CPUS:
            await gic.write("ICFGR", ONES, index, cpu)
    await assert_configuration(gic, edge=True)
    for index in range(64):
        for cpu in CPUS:
            await gic.write("ICFGR", 0, index, cpu)
    await assert_configuration(gic, edge=False)


@cocotb.test()
async def bitmaps_have_the_bits_of_interrupts_that_are_there(dut):
    gic = await begin(dut, ctlr=0)
    for row in range(32):
        for set_name, clear_name in (
            ("ISENABLER", "ICENABLER"),
            ("ISPENDR", "ICPENDR"),
            ("ISACTIVER", "ICACTIVER"),
        ):
            fixed = 0xFFFF if row == 0 and set_name == "ISENABLER" else 0
            # ISPENDR0 and ICPENDR0 cannot change SGIs.
            changeable = present(row) & ~(0xFFFF if row == 0 and set_name == "ISPENDR" else 0)
            await gic.write(set_name, ONES, row)
            assert await gic.read(set_name, row) == changeable | fixed
            assert await gic.read(clear_name, row) == changeable | fixed
            await gic.write(clear_name, ONES, row)
            assert await gic.read(set_name, row) == fixed
            assert await gic.read(clear_name, row) == fixed
        await gic.write("IGROUPR", ONES, row)
        assert await gic.read("IGROUPR", row) == present(row)
        await gic.write("IGROUPR", 0, row)
        assert await gic.read("IGROUPR", row) == 0


@cocotb.test()
async def writes_of_0_to_set_and_clear_registers_have_no_effect(dut):
    gic = await begin(dut)
    for row in {0, CONFIG.spi_rows}:
        for set_name, clear_name in (
            ("ISENABLER", "ICENABLER"),
            ("ISPENDR", "ICPENDR"),
            ("ISACTIVER", "ICACTIVER"),
        ):
            await gic.write(set_name, 0x5A5A5A5A, row)
            before = await gic.read(set_name, row)
            await gic.write(set_name, 0, row)
            await gic.write(clear_name, 0, row)
            assert await gic.read(set_name, row) == before


@cocotb.test()
async def writes_to_bitmaps_honour_the_byte_enables(dut):
    gic = await begin(dut)
    for row in {0, CONFIG.spi_rows}:
        for name, clearing in (
            ("IGROUPR", None),
            ("ISENABLER", "ICENABLER"),
            ("ISACTIVER", "ICACTIVER"),
        ):
            for byte in range(4):
                await gic.write(clearing or name, ONES if clearing else 0, row)
                offset = GICD.by_name[name].at(row) + byte
                await gic.frame.write(offset, 0xFF, size=1)
                fixed = 0xFFFF if row == 0 and name == "ISENABLER" else 0
                assert await gic.read(name, row) == 0xFF << 8 * byte & present(row) | fixed
                if clearing:
                    await gic.frame.write(GICD.by_name[clearing].at(row) + byte, 0xFF, size=1)
                    assert await gic.read(name, row) == fixed
        for byte in range(4):
            await gic.write("IGROUPR", ONES, row)
            await gic.frame.write(GICD.IGROUPR.at(row) + byte, 0, size=1)
            assert await gic.read("IGROUPR", row) == present(row) & ~(0xFF << 8 * byte)


@cocotb.test()
async def icfgr_honours_the_byte_enables(dut):
    gic = await begin(dut)
    for byte in range(4 if SPIS else 0):
        await gic.write("ICFGR", 0, 2)
        await gic.frame.write(GICD.ICFGR.at(2) + byte, 0xFF, size=1)
        there = sum(0b11 << 2 * n for n in range(16) if n < CONFIG.spis)
        expected = (0x55555555 | 0xAA << 8 * byte) & there
        assert await gic.read("ICFGR", 2) == expected


@cocotb.test()
async def priorities_keep_their_upper_bits_in_every_size(dut):
    gic = await begin(dut)
    mask = CONFIG.priority_mask
    for intid in [0, 5, 15, *PPIS, *SPIS]:
        word, byte = intid // 4, intid % 4
        there = present_word(word)
        await gic.write("IPRIORITYR", 0, word)
        await gic.frame.write(GICD.IPRIORITYR.offset + intid, 0xFF, size=1)
        assert await gic.read("IPRIORITYR", word) == mask << 8 * byte
        assert await gic.frame.read(GICD.IPRIORITYR.offset + intid, size=1) == mask
        half = GICD.IPRIORITYR.offset + (intid & ~1)
        await gic.frame.write(half, 0x5AA5, size=2)
        lower = 2 * (byte // 2)
        expected = sum(
            (value & mask) << 8 * (lower + n)
            for n, value in enumerate((0xA5, 0x5A))
            if there[lower + n]
        )
        assert await gic.read("IPRIORITYR", word) == expected
        await gic.write("IPRIORITYR", ONES, word)
        full = sum(mask << 8 * n for n in range(4) if there[n])
        assert await gic.read("IPRIORITYR", word) == full


@cocotb.test()
async def every_priority_is_its_own(dut):
    gic = await begin(dut)
    shift = 8 - CONFIG.priority_bits

    def value(intid):
        return (intid * 7 + intid // 32) << shift & 0xFF

    words = range((32 + CONFIG.spis + 3) // 4)
    for word in words:
        await gic.write("IPRIORITYR", sum(value(4 * word + n) << 8 * n for n in range(4)), word)
    for word in words:
        there = present_word(word)
        expected = sum(value(4 * word + n) << 8 * n for n in range(4) if there[n])
        assert await gic.read("IPRIORITYR", word) == expected


@cocotb.test()
async def interrupts_that_are_not_there_are_raz_wi(dut):
    gic = await begin(dut)
    for word in range((32 + CONFIG.spis) // 4, 256):
        there = present_word(word)
        for register in (GICD.IPRIORITYR, GICD.ITARGETSR):
            offset = register.offset + 4 * word
            await gic.frame.write(offset, ONES)
            value = await gic.frame.read(offset)
            assert not any(value >> 8 * byte & 0xFF for byte in range(4) if not there[byte])
    for row in range(1 + CONFIG.spi_rows, 32):
        for name in BITMAPS:
            await gic.write(name, ONES, row)
            assert await gic.read(name, row) == 0
        for index in (2 * row, 2 * row + 1):
            await gic.write("ICFGR", ONES, index)
            assert await gic.read("ICFGR", index) == 0
    for row in range(1 + CONFIG.spi_rows):
        assert await gic.read("ISACTIVER", row) == 0
        assert await gic.read("IGROUPR", row) == 0


@cocotb.test()
async def what_is_reserved_is_raz_wi(dut):
    gic = await begin(dut)
    known = {register.at(i) for register in GICD for i in range(register.count)}
    known -= {GICD.NSACR.at(i) for i in range(GICD.NSACR.count)}
    # The arrays of bytes have room for INTIDs 1020 to 1023.
    for offset in sorted(set(range(0, 0x1000, 4)) - known):
        await gic.frame.write(offset, ONES)
        assert await gic.frame.read(offset) == 0, hex(offset)
    for row in range(1 + CONFIG.spi_rows):
        for name in ("IGROUPR", "ISPENDR", "ISACTIVER"):
            assert await gic.read(name, row) == 0


@cocotb.test()
async def write_only_registers_read_as_0(dut):
    gic = await begin(dut)
    assert await gic.read("SGIR") == 0


@cocotb.test()
async def line_status_shows_the_lines_whatever_their_state(dut):
    gic = await begin(dut)
    for cpu in {0, LAST_CPU}:
        for intid in PPIS:
            gic.line(intid, 1, cpu)
            await gic.settle()
            assert await gic.read("PPISR", cpu=cpu) == 1 << intid - 16
            others = [c for c in CPUS if c != cpu]
            assert not any([await gic.read("PPISR", cpu=c) for c in others])
            await gic.set_bit("ISACTIVER", intid, cpu)
            assert await gic.read("PPISR", cpu=cpu) == 1 << intid - 16
            gic.line(intid, 0, cpu)
            await gic.settle()
            assert await gic.read("PPISR", cpu=cpu) == 0
    for intid in SPIS:
        await gic.edge(intid, intid % 2)
        gic.line(intid, 1)
        await gic.settle()
        for row in SPI_ROWS:
            expected = 1 << intid % 32 if row == intid // 32 else 0
            assert await gic.read("SPISR", row - 1) == expected
        gic.line(intid, 0)
        await gic.settle()
        await gic.set_bit("ISPENDR", intid)
        assert await gic.read("SPISR", intid // 32 - 1) == 0


@cocotb.test()
async def accesses_by_cpus_that_are_not_there_are_raz_wi(dut):
    gic = await begin(dut)
    for cpu in range(CONFIG.cpus, 8):
        for offset in range(0, 0x1000, 4):
            await gic.frame.write(offset, ONES, cpu=cpu)
            assert await gic.frame.read(offset, cpu=cpu) == 0
    assert await gic.read("CTLR") == 3
    for row in range(1 + CONFIG.spi_rows):
        assert await gic.read("IGROUPR", row) == 0
    for cpu in CPUS:
        assert await gic.intid(cpu) is NONE


@cocotb.test()
async def an_access_directly_after_another_is_a_new_one(dut):
    gic = await begin(dut)
    offset = GICD.ISACTIVER.offset
    await gic.frame.write(offset, 0x3)
    await gic.frame.write(GICD.ICACTIVER.offset, 0x1)
    assert await gic.frame.read(offset) == 0x2
    assert await gic.frame.read(GICD.TYPER.offset) == CONFIG.spi_rows | (CONFIG.cpus - 1) << 5
    assert await gic.frame.read(offset) == 0x2


@cocotb.test()
async def an_access_is_acknowledged_in_one_cycle_alone(dut):
    gic = await begin(dut)
    acks = []

    async def count():
        while True:
            await tick(dut)
            acks.append(int(dut.frame__ack.value))

    counter = cocotb.start_soon(count())
    await gic.frame.write(GICD.CPENDSGIR.offset, 1, size=1)
    await tick(dut, 10)
    counter.cancel()
    assert sum(acks) == 1


if CONFIG.cpus == 1:

    @cocotb.test()
    async def with_one_cpu_itargetsr_is_raz_wi_and_every_spi_targets_it(dut):
        gic = await begin(dut)
        for word in range(255):
            await gic.write("ITARGETSR", ONES, word)
            assert await gic.read("ITARGETSR", word) == 0
        for intid in SPIS:
            await gic.enable(intid)
            await gic.set_bit("ISPENDR", intid)
            assert (await gic.acknowledge()).intid == intid

else:

    @cocotb.test()
    async def itargetsr0_to_7_are_read_only_and_return_the_readers_bit(dut):
        gic = await begin(dut)
        for cpu in CPUS:
            for word in range(8):
                await gic.write("ITARGETSR", ONES, word, cpu)
                await gic.write("ITARGETSR", 0, word, cpu)
                assert await gic.read("ITARGETSR", word, cpu) == 0x01010101 << cpu

    @cocotb.test()
    async def itargetsr_keeps_the_bits_of_cpus_that_are_there_in_every_size(dut):
        gic = await begin(dut)
        mask = (1 << CONFIG.cpus) - 1
        for intid in SPIS:
            word, byte = intid // 4, intid % 4
            there = present_word(word)
            await gic.write("ITARGETSR", 0, word)
            await gic.frame.write(GICD.ITARGETSR.offset + intid, 0xFF, size=1)
            assert await gic.read("ITARGETSR", word) == mask << 8 * byte
            lower = 2 * (byte // 2)
            await gic.frame.write(GICD.ITARGETSR.offset + (intid & ~1), 0x0102, size=2)
            halves = ((lower, 0x02), (lower + 1, 0x01))
            expected = sum((v & mask) << 8 * n for n, v in halves if there[n])
            assert await gic.read("ITARGETSR", word) == expected
            await gic.write("ITARGETSR", ONES, word)
            full = sum(mask << 8 * n for n in range(4) if there[n])
            assert await gic.read("ITARGETSR", word) == full

    @cocotb.test()
    async def registers_of_row_0_are_banked(dut):
        gic = await begin(dut)

        def value(cpu):
            return 0x01234567 * (cpu + 1) & ONES

        for cpu in CPUS:
            await gic.write("IGROUPR", value(cpu), 0, cpu)
            await gic.write("ISENABLER", value(cpu), 0, cpu)
            await gic.write("ISPENDR", value(cpu), 0, cpu)
            await gic.write("ISACTIVER", value(cpu), 0, cpu)
            for word in range(8):
                await gic.write("IPRIORITYR", value(cpu + word), word, cpu)
        mask = CONFIG.priority_mask * 0x01010101
        for cpu in CPUS:
            assert await gic.read("IGROUPR", 0, cpu) == value(cpu)
            assert await gic.read("ISENABLER", 0, cpu) == value(cpu) | 0xFFFF
            assert await gic.read("ISPENDR", 0, cpu) == value(cpu) & ~0xFFFF
            assert await gic.read("ISACTIVER", 0, cpu) == value(cpu)
            for word in range(8):
                assert await gic.read("IPRIORITYR", word, cpu) == value(cpu + word) & mask

    @cocotb.test()
    async def registers_of_spis_are_shared(dut):
        gic = await begin(dut)
        for row in SPI_ROWS:
            await gic.write("IGROUPR", 0x5A5A5A5A, row, LAST_CPU)
            await gic.write("ISACTIVER", 0xA5A5A5A5, row, 0)
            for cpu in CPUS:
                assert await gic.read("IGROUPR", row, cpu) == 0x5A5A5A5A & present(row)
                assert await gic.read("ISACTIVER", row, cpu) == 0xA5A5A5A5 & present(row)
