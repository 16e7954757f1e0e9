"""The Security Extensions in the distributor: what a Non-secure access sees of it, and may do."""

import cocotb
from gic_peer import CONFIG, EOIMODE, GROUP0, GROUP1, Gic, begin, list_register
from security_peer import (
    ALL,
    CPUS,
    FIRST,
    LAST_CPU,
    SECOND,
    SGI,
    grouped,
)

from amagic.registers import GICD


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


# The Non-secure view of a priority


@cocotb.test()
async def a_priority_of_the_upper_half_is_seen_without_its_top_bit(dut):
    gic = await grouped(dut)
    for value in (0x00, 0x40, 0x78, 0x80, 0xC0):
        await gic.write(f"GICD+{0x400 + FIRST:#x}", value, size=1)
        assert await gic.read(f"GICD+{0x400 + FIRST:#x}", size=1, secure=0) == value << 1 & 0xFF


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
    spis = (32, 33, 63, 64, 31 + CONFIG.spis)
    for intid in (16, 27, 31, *(each for each in spis if each < 32 + CONFIG.spis)):
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
