"""The Security Extensions in the distributor, for each interrupt of its first and last rows: what a
Non-secure access sees of it, and may do to it."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import cocotb
from gic_peer import CONFIG, Gic, begin
from security_peer import ALL, CPUS, GROUPS, LAST_CPU, LOWER, PMASK

SGIS, PPIS = 0x0000FFFF, 0xFFFF0000
BYTES = 0x01010101
BITMAPS = ("ENABLE", "PEND", "ACTIVE")
LEVELS = range(4)


class Row(NamedTuple):
    """A row of which some interrupts are of Group 1, and what GICD_NSACR has for each."""

    number: int
    groups: int
    levels: tuple[int, ...] = (0,) * 32

    @property
    def there(self) -> int:
        if not self.number:
            return ALL
        return (1 << min(32, CONFIG.spis - 32 * (self.number - 1))) - 1

    def seen(self, least: int | None = None) -> int:
        """What a Non-secure access sees that needs ``least`` of GICD_NSACR; None: it has none."""
        permitted = 0
        if least is not None:
            permitted = sum(1 << n for n, level in enumerate(self.levels) if level >= least)
        return (self.groups | permitted) & self.there

    @property
    def first(self) -> int:
        return 32 * self.number


async def rows(dut, *, nsacr: bool = False) -> AsyncIterator[tuple[Gic, Row]]:
    """Row 0, the first of SPIs and the last, with every interrupt once in Group 0 and once in
    Group 1; with ``nsacr`` also at each level that it can have."""
    gic = await begin(dut)
    await gic.write("GICD_CTLR", 0)
    for number in sorted({0, 1, CONFIG.spi_rows}):
        for groups in (GROUPS, ~GROUPS & ALL):
            for turn in LEVELS if nsacr else (0,):
                levels = [(n + n // 4 + turn) % 4 if nsacr else 0 for n in range(32)]
                if not number:
                    levels[16:] = [0] * 16
                for half in (0, 1):
                    word = sum(level << 2 * n for n, level in enumerate(levels[16 * half :][:16]))
                    await gic.write(f"GICD_NSACR{2 * number + half}", word, LAST_CPU)
                await gic.write(f"GICD_IGROUPR{number}", groups, LAST_CPU)
                yield gic, Row(number, groups, tuple(levels))


def fields(bits: int, width: int, of: int) -> int:
    """A word with a field of ``width`` bits, all ones, for each bit that is set in ``bits``."""
    ones = (1 << width) - 1
    return sum(ones << width * n for n in range(32 // width) if bits >> of + n & 1)


async def change(gic: Gic, row: Row, name: str, sets: bool, secure: int = 1) -> None:
    """Every interrupt of a row, by one of the registers of a bitmap."""
    letter = "S" if sets else "C"
    await gic.write(f"GICD_I{letter}{name}R{row.number}", ALL, LAST_CPU, secure=secure)
    if secure and name == "PEND" and not row.number:
        for index in range(4):
            await gic.write(f"GICD_{letter}PENDSGIR{index}", BYTES, LAST_CPU)


async def bitmap(gic: Gic, row: Row, name: str, *, secure: int, letter: str = "S") -> int:
    return await gic.read(f"GICD_I{letter}{name}R{row.number}", LAST_CPU, secure=secure)


def fixed(row: Row, name: str) -> int:
    """The interrupts that a bitmap's registers do not change: SGIs, but for their active state."""
    return 0 if row.number or name == "ACTIVE" else SGIS


SEEN = {("ENABLE", "S"): None, ("ENABLE", "C"): None, ("PEND", "S"): 1, ("PEND", "C"): 2}
SEEN |= {("ACTIVE", "S"): 2, ("ACTIVE", "C"): 2}
"""The least GICD_NSACR with which a register shows an interrupt of Group 0; None for never."""
CHANGED = SEEN | {("ACTIVE", "S"): None, ("ACTIVE", "C"): None}
"""The same for its change."""


@cocotb.test()
@cocotb.parametrize(nsacr=[False, True])
async def nonsecure_reads_of_bitmaps_show_group_1_and_what_nsacr_opens(dut, nsacr):
    async for gic, row in rows(dut, nsacr=nsacr):
        for name in BITMAPS:
            await change(gic, row, name, True)
            for letter in "SC":
                assert await bitmap(gic, row, name, secure=1, letter=letter) == row.there
                seen = await bitmap(gic, row, name, secure=0, letter=letter)
                assert seen == row.seen(SEEN[name, letter]), (row, name, letter)
            await change(gic, row, name, False)


@cocotb.test()
@cocotb.parametrize(nsacr=[False, True])
async def nonsecure_writes_of_bitmaps_change_group_1_and_what_nsacr_opens(dut, nsacr):
    async for gic, row in rows(dut, nsacr=nsacr):
        for name in BITMAPS:
            still = fixed(row, name)
            await change(gic, row, name, False)
            before = await bitmap(gic, row, name, secure=1)
            await change(gic, row, name, True, secure=0)
            changed = row.seen(CHANGED[name, "S"]) & ~still
            assert await bitmap(gic, row, name, secure=1) == before | changed, (row, name)
            await change(gic, row, name, True)
            await change(gic, row, name, False, secure=0)
            changed = row.seen(CHANGED[name, "C"]) & ~still
            assert await bitmap(gic, row, name, secure=1) == row.there & ~changed, (row, name)
            await change(gic, row, name, False)


@cocotb.test()
async def igroupr_and_nsacr_are_raz_wi(dut):
    async for gic, row in rows(dut, nsacr=True):
        number = row.number
        for name in (f"IGROUPR{number}", f"NSACR{2 * number}", f"NSACR{2 * number + 1}"):
            value = await gic.read(f"GICD_{name}", LAST_CPU)
            assert await gic.read(f"GICD_{name}", LAST_CPU, secure=0) == 0
            for written in (0, ALL):
                await gic.write(f"GICD_{name}", written, LAST_CPU, secure=0)
                assert await gic.read(f"GICD_{name}", LAST_CPU) == value


@cocotb.test()
async def fields_of_group_0_are_raz_wi_in_icfgr_whatever_nsacr(dut):
    async for gic, row in rows(dut, nsacr=True):
        for half in (0, 1):
            name = f"GICD_ICFGR{2 * row.number + half}"
            seen = fields(row.seen(), 2, 16 * half)
            writable = 0xAAAAAAAA if row.number else 0
            await gic.write(name, ALL)
            before = await gic.read(name)
            assert await gic.read(name, LAST_CPU, secure=0) == before & seen
            await gic.write(name, 0, LAST_CPU, secure=0)
            assert await gic.read(name) == before & ~(seen & writable)


@cocotb.test()
async def bytes_of_group_0_are_raz_wi_in_ipriorityr_whatever_nsacr(dut):
    async for gic, row in rows(dut, nsacr=True):
        for n in range(8):
            name = f"GICD_IPRIORITYR{8 * row.number + n}"
            seen, there = fields(row.seen(), 8, 4 * n), fields(row.there, 8, 4 * n)
            await gic.write(name, 0xC0A09080, LAST_CPU)
            assert await gic.read(name, LAST_CPU, secure=0) == 0x80402000 & seen
            await gic.write(name, 0xE0E0E0E0, LAST_CPU, secure=0)
            word = await gic.read(name, LAST_CPU)
            assert word == (0xC0A09080 & ~seen | BYTES * (0xF0 & PMASK) & seen) & there


@cocotb.test()
async def a_priority_of_group_1_is_seen_shifted_and_written_into_the_lower_half(dut):
    async for gic, row in rows(dut):
        for n in range(8):
            name = f"GICD_IPRIORITYR{8 * row.number + n}"
            seen = fields(row.seen(), 8, 4 * n)
            for value in (0x00, 0x12, 0x48, 0x80, 0xA7, 0xFF):
                await gic.write(name, BYTES * value, LAST_CPU, secure=0)
                word = await gic.read(name, LAST_CPU)
                assert word & seen == BYTES * ((0x80 | value >> 1) & PMASK) & seen
                word = await gic.read(name, LAST_CPU, secure=0)
                assert word == BYTES * (value & LOWER) & seen


@cocotb.test()
async def nsacr_3_opens_itargetsr(dut):
    everybody = BYTES * ((1 << CONFIG.cpus) - 1) if CONFIG.cpus > 1 else 0
    async for gic, row in rows(dut, nsacr=True):
        for n in range(8):
            name = f"GICD_ITARGETSR{8 * row.number + n}"
            seen, there = fields(row.seen(3), 8, 4 * n), fields(row.there, 8, 4 * n)
            await gic.write(name, ALL)
            before = (everybody if row.number else everybody & BYTES << LAST_CPU) & there
            assert await gic.read(name, LAST_CPU, secure=0) == before & seen
            await gic.write(name, 0, LAST_CPU, secure=0)
            assert await gic.read(name, LAST_CPU) == before & ~(seen if row.number else 0)


@cocotb.test()
async def line_status_shows_the_lines_of_group_1_whatever_nsacr(dut):
    async for gic, row in rows(dut, nsacr=True):
        lines = [n for n in range(32) if row.there >> n & 1 and (row.number or n >= 16)]
        for level in (1, 0):
            for n in lines:
                gic.drive(row.first + n, level, LAST_CPU)
            await gic.settle()
            high = sum(1 << n for n in lines) * level
            name, shift = (f"SPISR{row.number - 1}", 0) if row.number else ("PPISR", 16)
            for secure, seen in ((1, ALL), (0, row.groups)):
                status = await gic.read(f"GICD_{name}", LAST_CPU, secure=secure)
                assert status == (high & seen) >> shift


@cocotb.test()
async def bytes_of_group_0_are_raz_wi_in_spendsgir_and_cpendsgir_whatever_nsacr(dut):
    sources = BYTES * ((1 << CONFIG.cpus) - 1)
    async for gic, row in rows(dut, nsacr=True):
        for n in range(4) if not row.number else ():
            seen = fields(row.groups, 8, 4 * n) & sources
            sets, clears = f"GICD_SPENDSGIR{n}", f"GICD_CPENDSGIR{n}"
            await gic.write(sets, ALL, LAST_CPU, secure=0)
            assert await gic.read(sets, LAST_CPU) == seen
            await gic.write(sets, ALL, LAST_CPU)
            for name in (sets, clears):
                assert await gic.read(name, LAST_CPU) == sources
                assert await gic.read(name, LAST_CPU, secure=0) == seen
            await gic.write(clears, ALL, LAST_CPU, secure=0)
            assert await gic.read(clears, LAST_CPU) == sources & ~seen
            await gic.write(clears, ALL, LAST_CPU)


async def sent(gic: Gic, word: int, *, secure: int) -> int:
    """The SGIs that become pending at the last CPU when CPU 0 sends each; they are taken back."""
    for sgi in range(16):
        await gic.write("GICD_SGIR", 1 << 16 + LAST_CPU | word | sgi, secure=secure)
    pending = await gic.read("GICD_ISPENDR0", LAST_CPU) & SGIS
    for index in range(4):
        await gic.write(f"GICD_CPENDSGIR{index}", ALL, LAST_CPU)
    return pending


@cocotb.test()
async def a_secure_sgi_goes_where_its_group_is_nsatt(dut):
    async for gic, row in rows(dut, nsacr=True):
        for nsatt in (0, 1) if not row.number else ():
            of_nsatt = row.groups if nsatt else ~row.groups
            assert await sent(gic, nsatt << 15, secure=1) == of_nsatt & SGIS


@cocotb.test()
async def a_nonsecure_sgi_goes_where_it_is_group_1_or_the_targets_nsacr_permits_it(dut):
    async for gic, row in rows(dut, nsacr=True):
        for nsatt in (0, 1) if not row.number else ():
            assert await sent(gic, nsatt << 15, secure=0) == row.seen(1) & SGIS


@cocotb.test()
async def row_0_of_another_cpu_is_not_touched(dut):
    others = [cpu for cpu in CPUS if cpu != LAST_CPU]
    async for gic, row in rows(dut):
        if not row.number:
            await change(gic, row, "ACTIVE", True, secure=0)
            assert not any([await gic.read("GICD_ISACTIVER0", cpu) for cpu in others])
            await change(gic, row, "ACTIVE", False)
