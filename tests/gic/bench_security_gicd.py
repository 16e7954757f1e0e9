"""The Security Extensions in the distributor: what a Non-secure access sees of it, and may do."""

import cocotb
from gic_peer import CONFIG, EOIMODE, GROUP0, GROUP1, Gic, begin, list_register
from security_peer import (
    ALL,
    CPUS,
    FIRST,
    GROUPS,
    LAST_CPU,
    LOWER,
    PMASK,
    SECOND,
    SGI,
    grouped,
)

from amagic.registers import GICD


def fields(bits: int, width: int, of: int) -> int:
    """A word with a field of ``width`` bits, all ones, for each bit that is set in ``bits``."""
    ones = (1 << width) - 1
    return sum(ones << width * n for n in range(32 // width) if bits >> of + n & 1)


@cocotb.test()
async def gicd_typer_tells_both_states_of_the_extensions_and_of_no_lockable_spis(dut):
    gic = await begin(dut)
    for secure in (0, 1):
        typer = GICD.TYPER.unpack(await gic.read("GICD_TYPER", secure=secure))
        assert (typer["SecurityExtn"], typer["LSPI"]) == (1, 0)


@cocotb.test()
async def gicd_ctlr_has_enablegrp1_as_bit_0_in_the_nonsecure_view(dut):
    gic = await begin(dut)
    for enables in range(4):
        await gic.write("GICD_CTLR", enables)
        assert await gic.read("GICD_CTLR", secure=0) == enables >> 1
        for value in (0, 1, 2, 3):
            await gic.write("GICD_CTLR", value, LAST_CPU, secure=0)
            assert await gic.read("GICD_CTLR") == (value & 1) << 1 | enables & 1
            assert await gic.read("GICD_CTLR", secure=0) == value & 1


@cocotb.test()
async def gicd_ctlr_of_each_state_enables_its_own_group(dut):
    gic = await begin(dut, ctlr=GROUP0 | GROUP1 | 8)
    await gic.configure(FIRST, group=1, edge=1)
    await gic.configure(SECOND, group=0, edge=1, priority=0xA0)
    for name in (FIRST, SECOND):
        await gic.write(f"GICD_ISPENDR{name // 32}", 1 << name % 32)
    assert (await gic.output("irq"), gic.now("fiq")) == (1, 0)
    await gic.write("GICD_CTLR", 0, secure=0)
    assert (await gic.output("irq"), gic.now("fiq")) == (0, 1)
    await gic.write("GICD_CTLR", 1, secure=0)
    assert (await gic.output("irq"), gic.now("fiq")) == (1, 0)
    await gic.write("GICD_CTLR", 0, secure=1)
    assert (await gic.output("irq"), gic.now("fiq")) == (0, 0)


@cocotb.test()
async def igroupr_and_nsacr_are_raz_wi_to_nonsecure_accesses(dut):
    gic = await grouped(dut)
    await gic.write("GICD_NSACR2", 0x12345678)
    for name, value in (("GICD_IGROUPR1", GROUPS), ("GICD_NSACR2", 0x12345678)):
        assert await gic.read(name, secure=0) == 0
        for written in (0, ALL):
            await gic.write(name, written, secure=0)
            assert await gic.read(name) == value


@cocotb.test()
async def nsacr_is_kept_for_sgis_and_spis_and_raz_wi_for_ppis_and_what_is_not_there(dut):
    gic = await begin(dut)
    await gic.write("GICD_NSACR1", ALL)
    assert await gic.read("GICD_NSACR1") == 0
    words = {f"GICD_NSACR{n}": 0x9D2E0000 | 0x1234 * n & 0xFFFF for n in range(2, 4)}
    for name, value in words.items():
        await gic.write(name, value)
    for cpu in CPUS:
        await gic.write("GICD_NSACR0", 0x1B1B0000 | cpu, cpu)
    for cpu in CPUS:
        assert await gic.read("GICD_NSACR0", cpu) == 0x1B1B0000 | cpu
        for name, value in words.items():
            assert await gic.read(name, cpu) == value
    await gic.write("GICD_NSACR4", ALL)
    await gic.write("GICD_NSACR63", ALL)
    there = CONFIG.spis - 32
    assert await gic.read("GICD_NSACR4") == (1 << 2 * min(16, there)) - 1
    assert await gic.read("GICD_NSACR63") == 0


@cocotb.test()
async def nsacr_honours_the_byte_enables(dut):
    gic = await begin(dut)
    await gic.write("GICD_NSACR2", 0x11223344)
    await gic.write("GICD+0xe09", 0xFF, size=1)
    await gic.write("GICD+0xe0a", 0xBEEF, size=2)
    assert await gic.read("GICD_NSACR2") == 0xBEEFFF44


@cocotb.test()
async def bits_of_group_0_read_0_in_every_bitmap(dut):
    gic = await grouped(dut)
    for name in ("ISENABLER1", "ISPENDR1", "ISACTIVER1"):
        await gic.write(f"GICD_{name}", ALL)
        for alias in (name, name.replace("IS", "IC", 1)):
            assert await gic.read(f"GICD_{alias}") == ALL
            assert await gic.read(f"GICD_{alias}", LAST_CPU, secure=0) == GROUPS


@cocotb.test()
async def bits_of_group_0_ignore_nonsecure_writes_in_every_bitmap(dut):
    gic = await grouped(dut)
    for name in ("ISENABLER1", "ISPENDR1", "ISACTIVER1"):
        await gic.write(f"GICD_{name}", ALL, secure=0)
        assert await gic.read(f"GICD_{name}") == GROUPS
        await gic.write(f"GICD_{name}", ALL)
        await gic.write(f"GICD_{name.replace('IS', 'IC', 1)}", ALL, secure=0)
        assert await gic.read(f"GICD_{name}") == ALL & ~GROUPS


@cocotb.test()
async def fields_of_group_0_are_raz_wi_in_icfgr(dut):
    gic = await grouped(dut)
    for n in (2, 3):
        seen = fields(GROUPS, 2, 16 * (n - 2))
        await gic.write(f"GICD_ICFGR{n}", ALL)
        assert await gic.read(f"GICD_ICFGR{n}", secure=0) == seen
        await gic.write(f"GICD_ICFGR{n}", 0, secure=0)
        assert await gic.read(f"GICD_ICFGR{n}") == ALL & ~(seen & 0xAAAAAAAA)
        assert await gic.read(f"GICD_ICFGR{n}", secure=0) == seen & 0x55555555


@cocotb.test()
async def bytes_of_group_0_are_raz_wi_in_itargetsr(dut):
    gic = await grouped(dut)
    everybody = (1 << CONFIG.cpus) - 1 if CONFIG.cpus > 1 else 0
    for n in range(8, 16):
        seen = fields(GROUPS, 8, 4 * (n - 8))
        await gic.write(f"GICD_ITARGETSR{n}", ALL)
        assert await gic.read(f"GICD_ITARGETSR{n}", secure=0) == seen & 0x01010101 * everybody
        await gic.write(f"GICD_ITARGETSR{n}", 0, secure=0)
        assert await gic.read(f"GICD_ITARGETSR{n}") == ~seen & 0x01010101 * everybody


@cocotb.test()
async def line_status_shows_the_lines_of_group_1(dut):
    gic = await grouped(dut)
    await gic.write("GICD_IGROUPR0", 1 << 27, LAST_CPU)
    for intid in (FIRST, SECOND, 27, 30):
        await gic.line(intid, 1, LAST_CPU)
    shown = {0: (1 << 11, 1), 1: (1 << 11 | 1 << 14, 1 | 1 << 2)}
    for secure, (ppis, spis) in shown.items():
        assert await gic.read("GICD_PPISR", LAST_CPU, secure=secure) == ppis
        assert await gic.read("GICD_SPISR0", LAST_CPU, secure=secure) == spis


# The Non-secure view of a priority


@cocotb.test()
async def a_priority_of_group_1_is_seen_shifted_and_written_into_the_lower_half(dut):
    gic = await grouped(dut)
    for value in (0x00, 0x12, 0x48, 0x80, 0xA7, 0xFF):
        await gic.write(f"GICD+{0x400 + FIRST:#x}", value, size=1, secure=0)
        assert await gic.read(f"GICD+{0x400 + FIRST:#x}", size=1) == (0x80 | value >> 1) & PMASK
        assert await gic.read(f"GICD+{0x400 + FIRST:#x}", size=1, secure=0) == value & LOWER
    assert value == 0xFF, "0xF0 with five bits, as a GIC-400 has it"


@cocotb.test()
async def a_priority_of_the_upper_half_is_seen_without_its_top_bit(dut):
    gic = await grouped(dut)
    for value in (0x00, 0x40, 0x78, 0x80, 0xC0):
        await gic.write(f"GICD+{0x400 + FIRST:#x}", value, size=1)
        assert await gic.read(f"GICD+{0x400 + FIRST:#x}", size=1, secure=0) == value << 1 & 0xFF


@cocotb.test()
async def a_priority_of_group_0_is_raz_wi(dut):
    gic = await grouped(dut)
    for n in range(8, 16):
        seen = fields(GROUPS, 8, 4 * (n - 8))
        await gic.write(f"GICD_IPRIORITYR{n}", 0xC0A09080)
        assert await gic.read(f"GICD_IPRIORITYR{n}", secure=0) == 0x80402000 & seen
        await gic.write(f"GICD_IPRIORITYR{n}", 0xE0E0E0E0, secure=0)
        word = await gic.read(f"GICD_IPRIORITYR{n}")
        assert word == 0xC0A09080 & ~seen | 0x01010101 * (0xF0 & PMASK) & seen


# GICD_NSACR

OPENED = {
    "ISPENDR": (1, 1),
    "ICPENDR": (2, 2),
    "ISACTIVER": (2, None),
    "ICACTIVER": (2, None),
    "ISENABLER": (None, None),
    "ICENABLER": (None, None),
}
"""The least NSACR with which a bitmap can be read, and written; None for never."""


def opens(level: int, least: int | None) -> bool:
    return least is not None and level >= least


@cocotb.test()
async def nsacr_opens_reads_of_bitmaps_by_levels(dut):
    gic = await grouped(dut)
    for name in ("ISENABLER1", "ISPENDR1", "ISACTIVER1"):
        await gic.write(f"GICD_{name}", ALL)
    for level in range(4):
        await gic.write("GICD_NSACR2", level << 2 * (SECOND % 16))
        for name, (reads, _) in OPENED.items():
            extra = 1 << SECOND % 32 if opens(level, reads) else 0
            assert await gic.read(f"GICD_{name}1", secure=0) == GROUPS | extra, (level, name)


@cocotb.test()
async def nsacr_opens_writes_of_bitmaps_by_levels(dut):
    gic = await grouped(dut)
    mask = 1 << SECOND % 32
    for level in range(4):
        await gic.write("GICD_NSACR2", level << 2 * (SECOND % 16))
        for name, (_, writes) in OPENED.items():
            sets = name.startswith("IS")
            prepare = name.replace("IS", "IC", 1) if sets else name.replace("IC", "IS", 1)
            await gic.write(f"GICD_{prepare}1", mask)
            await gic.write(f"GICD_{name}1", ALL, secure=0)
            changed = sets == bool(await gic.read(f"GICD_{name}1") & mask)
            assert changed == opens(level, writes), (level, name)


@cocotb.test()
async def nsacr_opens_neither_priorities_nor_triggers(dut):
    gic = await grouped(dut)
    await gic.write("GICD_NSACR2", ALL)
    await gic.write("GICD_IPRIORITYR8", 0xC0C0C0C0)
    assert await gic.read(f"GICD+{0x400 + SECOND:#x}", size=1, secure=0) == 0
    await gic.write(f"GICD+{0x400 + SECOND:#x}", 0, size=1, secure=0)
    assert await gic.read("GICD_IPRIORITYR8") == 0xC0C0C0C0
    await gic.write("GICD_ICFGR2", ALL, secure=0)
    assert await gic.read("GICD_ICFGR2", secure=0) == fields(GROUPS, 2, 0)
    assert not await gic.read("GICD_ICFGR2") & 2 << 2 * (SECOND % 16)


@cocotb.test()
async def nsacr_is_ignored_for_group_1(dut):
    gic = await grouped(dut)
    await gic.write("GICD_ISENABLER1", 1, secure=0)
    assert await gic.read("GICD_ISENABLER1") == 1


# SGIs


async def send(gic: Gic, to: int, *, nsatt: int, secure: int) -> bool:
    """Send an SGI from CPU 0; whether it became pending at the target. It is taken back."""
    value = GICD.SGIR.pack(SGIINTID=SGI, CPUTargetList=1 << to, NSATT=nsatt)
    await gic.write("GICD_SGIR", value, secure=secure)
    pending = await gic.pending(SGI, to)
    await gic.write(f"GICD+{0xF10 + SGI:#x}", 0xFF, to, size=1)
    assert not await gic.pending(SGI, to)
    return bool(pending)


@cocotb.test()
async def a_secure_sgi_goes_where_its_group_is_nsatt(dut):
    gic = await begin(dut)
    for group in (0, 1):
        await gic.write("GICD_IGROUPR0", group << SGI, LAST_CPU)
        for nsatt in (0, 1):
            assert await send(gic, LAST_CPU, nsatt=nsatt, secure=1) == (group == nsatt)


@cocotb.test()
async def a_nonsecure_sgi_goes_where_it_is_group_1_or_the_targets_nsacr_permits_it(dut):
    gic = await begin(dut)
    for group in (0, 1):
        await gic.write("GICD_IGROUPR0", group << SGI, LAST_CPU)
        for level in range(4):
            await gic.write("GICD_NSACR0", level << 2 * SGI, LAST_CPU)
            for nsatt in (0, 1):
                sent = await send(gic, LAST_CPU, nsatt=nsatt, secure=0)
                assert sent == (group == 1 or level > 0), (group, level, nsatt)


@cocotb.test()
async def bytes_of_group_0_are_raz_wi_in_spendsgir_and_cpendsgir_whatever_nsacr(dut):
    gic = await begin(dut)
    await gic.write("GICD_IGROUPR0", 0b0110 << 4, LAST_CPU)
    await gic.write("GICD_NSACR0", ALL, LAST_CPU)
    sources = 0x01010101 * ((1 << CONFIG.cpus) - 1)
    seen = sources & 0x00FFFF00
    await gic.write("GICD_SPENDSGIR1", ALL, LAST_CPU, secure=0)
    assert await gic.read("GICD_SPENDSGIR1", LAST_CPU) == seen
    await gic.write("GICD_SPENDSGIR1", ALL, LAST_CPU)
    for name in ("GICD_SPENDSGIR1", "GICD_CPENDSGIR1"):
        assert await gic.read(name, LAST_CPU) == sources
        assert await gic.read(name, LAST_CPU, secure=0) == seen
    await gic.write("GICD_CPENDSGIR1", ALL, LAST_CPU, secure=0)
    assert await gic.read("GICD_CPENDSGIR1", LAST_CPU) == sources & ~seen


# Deactivations that list registers forward


async def forward(gic: Gic, pintid: int, cpu: int) -> None:
    """A guest's interrupt with HW = 1, from LR to its end."""
    await gic.write("GICH_LR0", list_register(50, pintid=pintid), cpu)
    assert await gic.read("GICV_IAR", cpu) == 50
    await gic.write("GICV_EOIR", 50, cpu)


@cocotb.test()
async def a_forwarded_deactivation_is_ignored_when_the_interrupt_is_group_0(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.enable_guest(LAST_CPU)
    for intid in (27, FIRST):
        for group, active in ((0, 1), (1, 0)):
            await gic.write(f"GICD_IGROUPR{intid // 32}", group << intid % 32, LAST_CPU)
            await gic.write(f"GICD_ISACTIVER{intid // 32}", 1 << intid % 32, LAST_CPU)
            await forward(gic, intid, LAST_CPU)
            assert await gic.active(intid, LAST_CPU) == active


@cocotb.test()
async def a_forwarded_deactivation_of_an_sgi_or_of_what_is_not_there_is_ignored(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.enable_guest()
    rows = range(1 + CONFIG.spi_rows)
    for row in rows:
        await gic.write(f"GICD_IGROUPR{row}", ALL)
        await gic.write(f"GICD_ISACTIVER{row}", ALL)
    before = [await gic.read(f"GICD_ISACTIVER{row}") for row in rows]
    for pintid in (0, SGI, 15, 32 + CONFIG.spis, 1019, 1020, 1023):
        await forward(gic, pintid, 0)
    assert [await gic.read(f"GICD_ISACTIVER{row}") for row in rows] == before
