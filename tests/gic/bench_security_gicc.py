"""The Security Extensions in the CPU interface: what a Non-secure access sees of it, and does."""

import cocotb
from gic_peer import (
    ACKCTL,
    CBPR,
    CONFIG,
    EOIMODE,
    FIQEN,
    GROUP0,
    GROUP1,
    Gic,
    begin,
    list_register,
)
from security_peer import ALL, FIRST, LAST_CPU, LOWER, PMASK, SECOND

from amagic.registers import GICC

BOTH = GROUP0 | GROUP1
EOIMODE_NS = 1 << 10
MIN_BPR = {5: 2, 6: 1, 7: 0, 8: 0}[CONFIG.priority_bits]
LEVELS = 1 << min(7, CONFIG.priority_bits)
NONE, GROUP1_PENDING = 1023, 1022


async def pend(gic: Gic, intid: int, group: int, priority: int = 0x80) -> None:
    """An SPI of the last CPU is pending, and enabled."""
    await gic.configure(
        intid, cpu=LAST_CPU, group=group, priority=priority, edge=1, targets=1 << LAST_CPU
    )
    await gic.write(f"GICD_ISPENDR{intid // 32}", 1 << intid % 32)


class Interface:
    """The last CPU's GICC."""

    def __init__(self, gic: Gic):
        self.gic = gic

    async def read(self, name: str, *, secure: int) -> int:
        return await self.gic.read(f"GICC_{name}", LAST_CPU, secure=secure)

    async def write(self, name: str, value: int, *, secure: int) -> None:
        await self.gic.write(f"GICC_{name}", value, LAST_CPU, secure=secure)

    async def banks(self) -> tuple[int, int]:
        """APR and NSAPR as numbers with a bit for each group priority."""
        banks = [0, 0]
        for bank, name in enumerate(("APR", "NSAPR")):
            for word in range(LEVELS // 32):
                banks[bank] |= await self.read(f"{name}{word}", secure=1) << 32 * word
        return tuple(banks)


def level(priority: int) -> int:
    """The bit of a group priority in APR or NSAPR."""
    return 1 << (priority * LEVELS >> 8)


async def start(dut, ctlr: int = BOTH) -> tuple[Gic, Interface]:
    gic = await begin(dut, ctlr=ctlr)
    return gic, Interface(gic)


# GICC_CTLR

NONSECURE_BITS = {0: 1, 5: 7, 6: 8, 9: 10}
"""Bits of the Non-secure view, and which they are of the Secure view."""


@cocotb.test()
async def ctlr_has_both_eoimode_bits_in_the_secure_view(dut):
    _, gicc = await start(dut)
    await gicc.write("CTLR", ALL, secure=1)
    assert await gicc.read("CTLR", secure=1) == 0x7FF


@cocotb.test()
async def ctlr_has_the_bits_of_group_1_in_the_nonsecure_view(dut):
    _, gicc = await start(dut)
    for bit, secure_bit in NONSECURE_BITS.items():
        await gicc.write("CTLR", 1 << secure_bit, secure=1)
        assert await gicc.read("CTLR", secure=0) == 1 << bit
        await gicc.write("CTLR", 0x7FF & ~(1 << secure_bit), secure=1)
        assert await gicc.read("CTLR", secure=0) == 0x261 & ~(1 << bit)


@cocotb.test()
async def ctlr_takes_the_bits_of_group_1_from_nonsecure_writes(dut):
    _, gicc = await start(dut)
    others = 0x7FF & ~sum(1 << bit for bit in NONSECURE_BITS.values())
    for kept in (0, others):
        for bit, secure_bit in NONSECURE_BITS.items():
            await gicc.write("CTLR", kept, secure=1)
            await gicc.write("CTLR", 1 << bit, secure=0)
            assert await gicc.read("CTLR", secure=1) == kept | 1 << secure_bit
        await gicc.write("CTLR", ALL & ~0x261, secure=0)
        assert await gicc.read("CTLR", secure=1) == kept


@cocotb.test()
async def ctlr_honours_the_byte_enables_in_the_nonsecure_view(dut):
    gic, gicc = await start(dut, ctlr=0)
    await gic.write("GICC+0x1", 0xFF, LAST_CPU, size=1, secure=0)
    assert await gicc.read("CTLR", secure=0) == 0x200
    await gic.write("GICC+0x0", 0x41, LAST_CPU, size=1, secure=0)
    assert await gicc.read("CTLR", secure=0) == 0x241


@cocotb.test()
async def nonsecure_software_disables_group_1_alone(dut):
    gic, gicc = await start(dut, ctlr=BOTH | FIQEN)
    await pend(gic, FIRST, 1, 0x80)
    assert (await gic.output("irq", LAST_CPU), gic.now("fiq", LAST_CPU)) == (1, 0)
    await gicc.write("CTLR", 0, secure=0)
    assert (await gic.output("irq", LAST_CPU), gic.now("fiq", LAST_CPU)) == (0, 0)
    await pend(gic, SECOND, 0, 0x40)
    assert (await gic.output("irq", LAST_CPU), gic.now("fiq", LAST_CPU)) == (0, 1)


# GICC_PMR, GICC_BPR, GICC_RPR


@cocotb.test()
async def pmr_is_seen_shifted_and_set_in_the_lower_half(dut):
    _, gicc = await start(dut)
    for value in (0x00, 0x30, 0x80, 0xA7, 0xFF):
        await gicc.write("PMR", 0x80, secure=1)
        await gicc.write("PMR", value, secure=0)
        assert await gicc.read("PMR", secure=1) == (0x80 | value >> 1) & PMASK
        assert await gicc.read("PMR", secure=0) == value & LOWER
    assert value == 0xFF, "0xF0 with five bits, as a GIC-400 has it"


@cocotb.test()
async def pmr_of_the_upper_half_is_raz_wi_to_nonsecure_accesses(dut):
    _, gicc = await start(dut)
    for value in (0x00, 0x08, 0x40, 0x78):
        await gicc.write("PMR", value, secure=1)
        assert await gicc.read("PMR", secure=0) == 0
        await gicc.write("PMR", 0xFF, secure=0)
        assert await gicc.read("PMR", secure=1) == value


@cocotb.test()
async def nonsecure_software_never_masks_the_upper_half(dut):
    gic, gicc = await start(dut)
    await pend(gic, FIRST, 1, 0x80)
    await gicc.write("PMR", 0, secure=0)
    assert await gic.output("irq", LAST_CPU) == 0
    await pend(gic, SECOND, 0, 0x78)
    assert await gic.output("irq", LAST_CPU) == 1


@cocotb.test()
async def bpr_is_banked_and_abpr_is_the_nonsecure_one(dut):
    _, gicc = await start(dut)
    assert await gicc.read("BPR", secure=1) == MIN_BPR
    assert await gicc.read("BPR", secure=0) == MIN_BPR + 1
    for value in range(8):
        await gicc.write("BPR", value, secure=0)
        assert await gicc.read("BPR", secure=0) == max(value, MIN_BPR + 1)
        assert await gicc.read("ABPR", secure=1) == max(value, MIN_BPR + 1)
        assert await gicc.read("BPR", secure=1) == MIN_BPR
    await gicc.write("BPR", 5, secure=1)
    assert await gicc.read("BPR", secure=0) == 7


@cocotb.test()
async def with_cbpr_the_nonsecure_bpr_is_the_secure_one_plus_1_and_ignores_writes(dut):
    _, gicc = await start(dut)
    await gicc.write("BPR", 4, secure=0)
    await gicc.write("CTLR", BOTH | CBPR, secure=1)
    for value in range(MIN_BPR, 8):
        await gicc.write("BPR", value, secure=1)
        assert await gicc.read("BPR", secure=0) == min(value + 1, 7)
        await gicc.write("BPR", 6, secure=0)
        assert await gicc.read("BPR", secure=0) == min(value + 1, 7)
        assert await gicc.read("BPR", secure=1) == value
    assert await gicc.read("ABPR", secure=1) == 4
    await gicc.write("CTLR", BOTH, secure=1)
    assert await gicc.read("BPR", secure=0) == 4


@cocotb.test()
async def rpr_reads_0_for_the_upper_half_and_shifted_for_the_lower_one(dut):
    _, gicc = await start(dut)
    assert await gicc.read("RPR", secure=0) == 0xFF
    for priority in (0x00, 0x40, 0x78, 0x80, 0x88, 0xC0, 0xF8):
        word, bit = divmod(priority * LEVELS >> 8, 32)
        for bank in ("APR", "NSAPR"):
            await gicc.write(f"{bank}{word}", 1 << bit, secure=1)
            assert await gicc.read("RPR", secure=1) == priority
            seen = priority << 1 & 0xFF if priority >= 0x80 else 0
            assert await gicc.read("RPR", secure=0) == seen
            await gicc.write(f"{bank}{word}", 0, secure=1)


@cocotb.test()
async def secure_registers_are_raz_wi_to_nonsecure_accesses(dut):
    gic, gicc = await start(dut)
    await gicc.write("NSAPR0", 0x10, secure=1)
    for name in ("ABPR", "NSAPR0"):
        value = await gicc.read(name, secure=1)
        assert value
        assert await gicc.read(name, secure=0) == 0
        await gicc.write(name, 7, secure=0)
        assert await gicc.read(name, secure=1) == value
    await gicc.write("NSAPR0", 0, secure=1)
    await pend(gic, FIRST, 1)
    for name in ("AIAR", "AHPPIR"):
        assert await gicc.read(name, secure=0) == 0
    assert await gic.pending(FIRST) and not await gic.active(FIRST)
    assert await gicc.read("AIAR", secure=1) == FIRST
    await gicc.write("AEOIR", FIRST, secure=0)
    assert await gic.active(FIRST) and await gicc.banks() == (0, level(0x80))


@cocotb.test()
async def iidr_is_common(dut):
    _, gicc = await start(dut)
    value = await gicc.read("IIDR", secure=0)
    assert GICC.IIDR.unpack(value)["Architecture_version"] == 2
    assert value == await gicc.read("IIDR", secure=1)


# GICC_APR


@cocotb.test()
async def the_nonsecure_apr_is_the_upper_half_of_nsapr(dut):
    _, gicc = await start(dut)
    half = LEVELS // 2
    full = (1 << half) - 1
    pattern = 0x0123456789ABCDEF_FEDCBA9876543210
    words = range(4)
    for word in words:
        await gicc.write(f"NSAPR{word}", pattern >> 32 * word & ALL, secure=1)
        await gicc.write(f"APR{word}", ~pattern >> 32 * word & ALL, secure=1)
    seen = pattern >> half & full
    for word in words:
        assert await gicc.read(f"APR{word}", secure=0) == seen >> 32 * word & ALL
    for word in words:
        await gicc.write(f"APR{word}", ~pattern >> 32 * word & ALL, secure=0)
    apr, nsapr = await gicc.banks()
    assert apr == ~pattern & ((1 << LEVELS) - 1)
    assert nsapr == (pattern & full) | (~pattern & full) << half


@cocotb.test()
async def the_nonsecure_apr_honours_the_byte_enables(dut):
    gic, gicc = await start(dut)
    await gic.write("GICC+0xd1", 0x5A, LAST_CPU, size=1, secure=0)
    assert await gicc.read("APR0", secure=0) == 0x5A00
    assert await gicc.banks() == (0, 0x5A00 << LEVELS // 2)


# Acknowledge


@cocotb.test()
async def iar_hides_group_0_from_nonsecure_software(dut):
    gic, gicc = await start(dut)
    await pend(gic, SECOND, 0, 0x40)
    await pend(gic, FIRST, 1, 0x80)
    for name in ("IAR", "HPPIR"):
        assert await gicc.read(name, secure=0) == NONE
    assert await gic.pending(SECOND) and not await gic.active(SECOND)
    assert await gicc.read("HPPIR", secure=1) == SECOND
    assert await gicc.read("IAR", secure=1) == SECOND
    assert await gicc.banks() == (level(0x40), 0)


@cocotb.test()
async def iar_gives_group_1_to_nonsecure_software_whatever_ackctl(dut):
    for ackctl in (0, ACKCTL):
        gic, gicc = await start(dut, ctlr=BOTH | ackctl)
        await pend(gic, FIRST, 1)
        assert await gicc.read("HPPIR", secure=0) == FIRST
        assert await gicc.read("IAR", secure=0) == FIRST
        assert await gic.active(FIRST) and await gicc.banks() == (0, level(0x80))
        assert await gicc.read("IAR", secure=0) == NONE


@cocotb.test()
async def a_secure_read_of_group_1_is_1022_without_ackctl_and_takes_it_with(dut):
    gic, gicc = await start(dut)
    await pend(gic, FIRST, 1)
    for name in ("HPPIR", "IAR"):
        assert await gicc.read(name, secure=1) == GROUP1_PENDING
    assert not await gic.active(FIRST)
    await gicc.write("CTLR", BOTH | ACKCTL, secure=1)
    assert await gicc.read("HPPIR", secure=1) == FIRST
    assert await gicc.read("IAR", secure=1) == FIRST
    assert await gicc.banks() == (0, level(0x80))


@cocotb.test()
async def iar_and_hppir_of_a_disabled_group_1_are_1023_in_both_states(dut):
    gic, gicc = await start(dut, ctlr=GROUP0)
    await pend(gic, FIRST, 1)
    for secure in (0, 1):
        for name in ("HPPIR", "IAR"):
            assert await gicc.read(name, secure=secure) == NONE


# End of interrupt


@cocotb.test()
async def a_nonsecure_end_of_a_group_0_interrupt_is_ignored(dut):
    for eoimode in (0, EOIMODE, EOIMODE_NS):
        gic, gicc = await start(dut, ctlr=BOTH | eoimode)
        await pend(gic, SECOND, 0, 0x80)
        assert await gicc.read("IAR", secure=1) == SECOND
        for name in ("EOIR", "DIR"):
            await gicc.write(name, SECOND, secure=0)
            assert await gic.active(SECOND) and await gicc.banks() == (level(0x80), 0)


@cocotb.test()
async def a_nonsecure_end_drops_the_highest_priority_of_nsapr(dut):
    for eoimode in (0, EOIMODE_NS):
        gic, gicc = await start(dut, ctlr=BOTH | eoimode)
        await pend(gic, FIRST, 1, 0xC0)
        assert await gicc.read("IAR", secure=0) == FIRST
        await pend(gic, SECOND, 0, 0x40)
        assert await gicc.read("IAR", secure=1) == SECOND
        await gicc.write("EOIR", FIRST, secure=0)
        assert await gicc.banks() == (level(0x40), 0)
        assert await gic.active(FIRST) == (eoimode != 0)
        await gicc.write("EOIR", SECOND, secure=0)
        assert await gicc.banks() == (level(0x40), 0)


@cocotb.test()
async def an_end_of_group_1_never_drops_a_priority_of_group_0(dut):
    gic, gicc = await start(dut)
    await pend(gic, SECOND, 0, 0xC0)
    assert await gicc.read("IAR", secure=1) == SECOND
    await gic.write("GICD_IGROUPR1", 1)
    for name, secure in (("EOIR", 0), ("AEOIR", 1)):
        for running in (None, 0x40, 0xC0, 0xE0):
            if running is not None:
                word, bit = divmod(running * LEVELS >> 8, 32)
                await gicc.write(f"NSAPR{word}", 1 << bit, secure=1)
            await gic.write("GICD_ISACTIVER1", 1)
            await gicc.write(name, FIRST, secure=secure)
            assert await gicc.banks() == (level(0xC0), 0), (name, running)
            assert not await gic.active(FIRST)


@cocotb.test()
async def a_nonsecure_end_of_what_is_not_there_is_ignored(dut):
    gic, gicc = await start(dut)
    await pend(gic, FIRST, 1)
    assert await gicc.read("IAR", secure=0) == FIRST
    for intid in (32 + CONFIG.spis, 1019, 1020, 1023):
        await gicc.write("EOIR", intid, secure=0)
        assert await gicc.banks() == (0, level(0x80))


@cocotb.test()
async def aeoir_to_a_secure_access_ends_group_1_alone(dut):
    for eoimode in (0, EOIMODE):
        gic, gicc = await start(dut, ctlr=BOTH | eoimode | EOIMODE_NS * (not eoimode))
        await pend(gic, FIRST, 1, 0xC0)
        assert await gicc.read("AIAR", secure=1) == FIRST
        await pend(gic, SECOND, 0, 0x40)
        assert await gicc.read("AIAR", secure=1) == NONE
        assert await gicc.read("IAR", secure=1) == SECOND
        await gicc.write("AEOIR", SECOND, secure=1)
        assert await gic.active(SECOND) and await gicc.banks() == (level(0x40), level(0xC0))
        await gicc.write("AEOIR", FIRST, secure=1)
        assert await gicc.banks() == (level(0x40), 0)
        assert await gic.active(FIRST) == (eoimode != 0)


@cocotb.test()
async def each_state_has_its_own_eoimode(dut):
    for eoimode_s in (0, 1):
        for eoimode_ns in (0, 1):
            ctlr = BOTH | ACKCTL | EOIMODE * eoimode_s | EOIMODE_NS * eoimode_ns
            gic, gicc = await start(dut, ctlr=ctlr)
            for secure, split in ((1, eoimode_s), (0, eoimode_ns)):
                await pend(gic, FIRST, 1)
                assert await gicc.read("IAR", secure=secure) == FIRST
                await gicc.write("DIR", FIRST, secure=secure)
                assert await gic.active(FIRST) == (not split), "DIR is ignored without EOImode"
                await gic.write("GICD_ISACTIVER1", 1)
                await gicc.write("EOIR", FIRST, secure=secure)
                assert await gicc.banks() == (0, 0)
                assert await gic.active(FIRST) == split
                await gic.write("GICD_ICACTIVER1", 1)


@cocotb.test()
async def a_secure_dir_deactivates_interrupts_of_both_groups(dut):
    gic, gicc = await start(dut, ctlr=BOTH | EOIMODE)
    await gic.write("GICD_IGROUPR1", 1)
    await gic.write("GICD_ISACTIVER1", 0b101)
    for intid in (FIRST, SECOND):
        await gicc.write("DIR", intid, secure=1)
        assert not await gic.active(intid)


@cocotb.test()
async def a_second_interrupt_follows_a_nonsecure_end_with_eoimode(dut):
    gic, gicc = await start(dut, ctlr=BOTH | EOIMODE_NS)
    await pend(gic, FIRST, 1, 0x80)
    assert await gicc.read("IAR", secure=0) == FIRST
    await pend(gic, SECOND, 1, 0x80)
    assert await gic.output("irq", LAST_CPU) == 0
    await gicc.write("EOIR", FIRST, secure=0)
    assert await gic.output("irq", LAST_CPU) == 1
    assert await gicc.read("IAR", secure=0) == SECOND
    await gicc.write("EOIR", SECOND, secure=0)
    for intid in (FIRST, SECOND):
        await gicc.write("DIR", intid, secure=0)
        assert not await gic.active(intid)


# The virtual interface


@cocotb.test()
async def gich_and_gicv_are_the_same_to_both_states(dut):
    gic, _ = await start(dut)
    for secure in (0, 1):
        await gic.write("GICH_HCR", 1, LAST_CPU, secure=secure)
        await gic.write("GICV_CTLR", 0x21F, LAST_CPU, secure=secure)
        await gic.write("GICV_PMR", 0x48, LAST_CPU, secure=secure)
        await gic.write("GICV_BPR", 5, LAST_CPU, secure=secure)
        await gic.write("GICV_ABPR", 4, LAST_CPU, secure=secure)
        for reader in (0, 1):
            for name, value in (("CTLR", 0x21F), ("PMR", 0x48), ("BPR", 5), ("ABPR", 4)):
                assert await gic.read(f"GICV_{name}", LAST_CPU, secure=reader) == value
        await gic.write("GICH_LR0", list_register(50, priority=0x20), LAST_CPU, secure=secure)
        assert await gic.read("GICV_IAR", LAST_CPU, secure=secure) == 50
        assert await gic.read("GICV_RPR", LAST_CPU, secure=secure) == 0
        await gic.write("GICV_EOIR", 50, LAST_CPU, secure=secure)
        await gic.write("GICV_DIR", 50, LAST_CPU, secure=secure)
        assert await gic.read("GICH_LR0", LAST_CPU, secure=secure) >> 28 & 3 == 0
        for name in ("CTLR", "PMR"):
            await gic.write(f"GICV_{name}", 0, LAST_CPU)
