"""Whole-GIC scenarios with one CPU: the map, what a GIC-400 does, forwarding to a guest."""

import cocotb
from gic_peer import (
    ACTIVE,
    BASE,
    CONFIG,
    EOIMODE,
    GROUP0,
    GROUP1,
    begin,
    list_register,
)

from amagic.registers import GICH

HCR = GICH.HCR


@cocotb.test()
async def a_level_interrupt_is_signalled_acknowledged_ended_and_signalled_again(dut):
    gic = await begin(dut)
    await gic.write("GICD+0x41b", 0x80, size=1)
    await gic.write("GICD_ISENABLER0", 0x08000000)
    await gic.line(27, 1)
    assert gic.now("irq") == 1
    assert await gic.read("GICC_IAR") == 27
    assert await gic.read("GICD_ISACTIVER0") & 0x08000000
    assert await gic.output("irq") == 0
    await gic.write("GICC_EOIR", 27)
    assert await gic.output("irq") == 1
    assert await gic.read("GICC_IAR") == 27
    await gic.line(27, 0)
    await gic.write("GICC_EOIR", 27)
    assert await gic.output("irq") == 0
    assert await gic.read("GICC_IAR") == 1023


@cocotb.test()
async def addresses_between_the_frames_and_of_absent_cpus_are_raz_wi(dut):
    gic = await begin(dut)
    first_alias = 0x5000 + 0x200 * CONFIG.cpus
    for addr in (0x0, 0x4, 0xFFC, first_alias, first_alias + 0x100, 0x5FFC):
        await gic.port.write(addr, 0xFFFFFFFF)
        assert await gic.port.read(addr) == 0, hex(addr)
    for cpu in range(CONFIG.cpus, 8):
        for base in (*BASE.values(), 0x5000):
            await gic.port.write(base, 0xFFFFFFFF, cpu=cpu)
            assert await gic.port.read(base, cpu=cpu) == 0
    assert await gic.read("GICD_CTLR") == GROUP0 | GROUP1
    assert await gic.read("GICC_CTLR") == GROUP0
    assert await gic.read("GICH_HCR") == 0
    assert await gic.read("GICV_CTLR") == 0


@cocotb.test()
async def every_word_of_the_map_is_acknowledged(dut):
    gic = await begin(dut)
    for addr in range(0, 0x8000, 4):
        await gic.port.read(addr)


@cocotb.test()
async def gich_is_also_at_its_alias(dut):
    gic = await begin(dut)
    await gic.port.write(0x5104, list_register(50, pintid=27))
    assert await gic.read("GICH_LR1") == list_register(50, pintid=27)
    await gic.write("GICH_HCR", HCR.pack(En=1, NPIE=1))
    assert await gic.port.read(0x5000) == HCR.pack(En=1, NPIE=1)


@cocotb.test()
async def byte_and_halfword_accesses_reach_their_lanes(dut):
    gic = await begin(dut)
    await gic.write("GICD_IPRIORITYR9", 0x40608020)
    assert await gic.read("GICD+0x425", size=1) == 0x80
    assert await gic.read("GICD+0x426", size=2) == 0x4060
    await gic.write("GICD+0x424", 0xA0C0, size=2)
    assert await gic.read("GICD_IPRIORITYR9") == 0x4060A0C0


# What a GIC-400 was seen to do


@cocotb.test()
async def identification_registers_are_those_of_the_configuration(dut):
    gic = await begin(dut)
    assert await gic.read("GICD_IIDR") == 0x0200143B
    assert await gic.read("GICC_IIDR") == 0x0202143B
    assert await gic.read("GICV_IIDR") == 0x0202143B
    assert await gic.read("GICH_VTR") == 0x90000003
    assert await gic.read("GICD_ISENABLER0") == 0x0000FFFF
    assert await gic.read("GICD_TYPER") == CONFIG.spi_rows | (CONFIG.cpus - 1) << 5


@cocotb.test()
async def vmcr_written_with_0_reads_the_minimum_binary_points(dut):
    gic = await begin(dut)
    await gic.write("GICH_VMCR", 0)
    assert await gic.read("GICH_VMCR") == 0x004C0000
    assert (await gic.read("GICV_BPR"), await gic.read("GICV_ABPR")) == (2, 3)


@cocotb.test()
async def a_list_register_keeps_its_other_fields_at_deactivation(dut):
    gic = await begin(dut)
    await gic.enable_guest()
    await gic.write("GICH_LR0", 0x28000032 & ~0x30000000 | 0x10000000)
    assert await gic.read("GICV_IAR") == 0x32
    assert await gic.read("GICH_LR0") == 0x28000032
    await gic.write("GICV_EOIR", 0x32)
    assert await gic.read("GICH_LR0") == 0x08000032


@cocotb.test()
async def gich_apr_shows_the_priority_of_the_active_interrupt(dut):
    gic = await begin(dut)
    await gic.enable_guest()
    for priority, apr in ((0x80, 0x00010000), (0x20, 0x00000010)):
        await gic.write("GICH_LR0", list_register(50, priority=priority))
        assert await gic.read("GICV_IAR") == 50
        assert await gic.read("GICH_APR") == apr
        await gic.write("GICV_EOIR", 50)
        assert await gic.read("GICH_APR") == 0


@cocotb.test()
async def gicv_hppir_and_iar_return_a_virtual_sgis_source_cpu(dut):
    gic = await begin(dut)
    await gic.enable_guest()
    await gic.write("GICH_LR1", list_register(3, cpuid=5))
    assert await gic.read("GICV_HPPIR") == 5 << 10 | 3
    assert await gic.read("GICV_IAR") == 5 << 10 | 3
    await gic.write("GICV_EOIR", 5 << 10 | 3)
    assert await gic.read("GICH_LR1") >> 28 == 0


@cocotb.test()
async def a_level_interrupt_pended_twice_by_software_is_delivered_twice(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(40)
    for again in (1, 0):
        if again:
            await gic.write("GICD_ISPENDR1", 1 << 8)
        assert await gic.output("irq") == 1
        assert await gic.read("GICC_IAR") == 40
        assert (await gic.pending(40), await gic.active(40)) == (0, 1)
        if again:
            await gic.write("GICD_ISPENDR1", 1 << 8)
            assert (await gic.pending(40), await gic.active(40)) == (1, 1)
        await gic.write("GICC_EOIR", 40)
        assert await gic.output("irq") == 0
        await gic.write("GICC_DIR", 40)
    assert await gic.output("irq") == 0
    assert (await gic.pending(40), await gic.active(40)) == (0, 0)


@cocotb.test()
async def an_interrupt_masked_by_pmr_alone_shows_in_hppir(dut):
    gic = await begin(dut)
    await gic.configure(40, priority=0x80)
    await gic.write("GICC_PMR", 0x80)
    await gic.line(40, 1)
    assert gic.now("irq") == 0
    assert await gic.read("GICC_HPPIR") == 40
    assert await gic.read("GICC_IAR") == 1023
    await gic.write("GICC_PMR", 0x88)
    assert await gic.output("irq") == 1


# A physical interrupt forwarded to a guest


async def take_and_forward(gic, intid: int, vintid: int, lr: int = 0) -> None:
    """What a host does: acknowledge, drop the priority, inject with the HW bit."""
    assert await gic.read("GICC_IAR") == intid
    await gic.write("GICC_EOIR", intid)
    await gic.write(f"GICH_LR{lr}", list_register(vintid, pintid=intid))


@cocotb.test()
@cocotb.parametrize(intid=[27, 40])
async def the_guests_end_of_interrupt_deactivates_the_physical_interrupt(dut, intid):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(intid)
    await gic.enable_guest()
    for _ in range(3):
        await gic.line(intid, 1)
        assert gic.now("irq") == 1
        await take_and_forward(gic, intid, 60)
        assert await gic.output("irq") == 0
        assert gic.now("virq") == 1
        assert await gic.read("GICV_IAR") == 60
        assert await gic.output("virq") == 0
        await gic.line(intid, 0)
        assert await gic.active(intid) == 1
        await gic.write("GICV_EOIR", 60)
        assert await gic.active(intid) == 0
        assert await gic.read("GICH_LR0") >> 28 & 3 == 0
        assert await gic.output("irq") == 0


@cocotb.test()
@cocotb.parametrize(intid=[27, 40])
async def a_line_that_is_still_high_is_signalled_at_the_guests_end_of_interrupt(dut, intid):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(intid)
    await gic.enable_guest()
    await gic.line(intid, 1)
    await take_and_forward(gic, intid, 60)
    assert await gic.read("GICV_IAR") == 60
    assert await gic.output("irq") == 0
    await gic.write("GICV_EOIR", 60)
    assert await gic.cycles_until("irq", 1) <= 12
    assert await gic.read("GICC_IAR") == intid


@cocotb.test()
async def an_edge_that_comes_while_it_is_forwarded_is_delivered_afterwards(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(40, edge=1)
    await gic.enable_guest()
    for level in (1, 0):
        await gic.line(40, level)
    await take_and_forward(gic, 40, 60)
    for level in (1, 0):
        await gic.line(40, level)
    assert await gic.read("GICV_IAR") == 60
    assert await gic.output("irq") == 0
    await gic.write("GICV_EOIR", 60)
    assert await gic.output("irq") == 1
    await take_and_forward(gic, 40, 60)
    assert await gic.read("GICV_IAR") == 60
    await gic.write("GICV_EOIR", 60)
    assert await gic.output("irq") == 0
    assert (await gic.pending(40), await gic.active(40)) == (0, 0)


@cocotb.test()
async def with_the_guests_eoimode_1_its_dir_deactivates(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(27)
    await gic.enable_guest(ctlr=GROUP0 | EOIMODE)
    await gic.line(27, 1)
    await take_and_forward(gic, 27, 27)
    assert await gic.read("GICV_IAR") == 27
    await gic.write("GICV_EOIR", 27)
    assert (await gic.active(27), await gic.read("GICV_RPR")) == (1, 0xFF)
    assert await gic.read("GICH_LR0") >> 28 & 3 == ACTIVE
    await gic.write("GICV_DIR", 27)
    assert await gic.active(27) == 0
    assert await gic.read("GICH_LR0") >> 28 & 3 == 0


@cocotb.test()
async def without_the_hw_bit_the_physical_interrupt_stays_active(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(27)
    await gic.enable_guest()
    await gic.line(27, 1)
    assert await gic.read("GICC_IAR") == 27
    await gic.write("GICC_EOIR", 27)
    await gic.write("GICH_LR0", list_register(27))
    assert await gic.read("GICV_IAR") == 27
    await gic.write("GICV_EOIR", 27)
    assert await gic.active(27) == 1
    await gic.write("GICC_DIR", 27)
    assert await gic.active(27) == 0


@cocotb.test()
async def active_set_by_software_holds_an_asserted_line_back_until_cleared(dut):
    gic = await begin(dut)
    for intid in (27, 40):
        row, bit = divmod(intid, 32)
        await gic.configure(intid)
        await gic.write(f"GICD_ISACTIVER{row}", 1 << bit)
        await gic.line(intid, 1)
        assert gic.now("irq") == 0
        assert await gic.read("GICC_HPPIR") == 1023
        await gic.write(f"GICD_ICACTIVER{row}", 1 << bit)
        assert await gic.cycles_until("irq", 1) <= 9, "without any other access"
        assert await gic.read("GICC_IAR") == intid
        await gic.line(intid, 0)
        await gic.write("GICC_EOIR", intid)


@cocotb.test()
async def a_switched_guests_active_timer_is_held_and_comes_back(dut):
    """Two guests share PPI 27: the switch moves the active state with the guest."""
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(27)
    await gic.enable_guest()
    await gic.line(27, 1)
    await take_and_forward(gic, 27, 27)
    assert await gic.read("GICV_IAR") == 27
    # Guest A is switched out between its IAR and its EOIR; guest B's timer is silent.
    saved = [await gic.read(name) for name in ("GICH_LR0", "GICH_APR", "GICH_VMCR")]
    await gic.write("GICH_LR0", 0)
    await gic.write("GICH_APR", 0)
    await gic.line(27, 0)
    await gic.write("GICD_ICACTIVER0", 1 << 27)
    await gic.line(27, 1)  # B's timer
    assert gic.now("irq") == 1
    await take_and_forward(gic, 27, 27)
    assert await gic.read("GICV_IAR") == 27
    await gic.line(27, 0)
    await gic.write("GICV_EOIR", 27)
    assert await gic.active(27) == 0
    # Back to A, whose line is high again.
    await gic.write("GICD_ISACTIVER0", 1 << 27)
    await gic.line(27, 1)
    assert gic.now("irq") == 0
    for name, value in zip(("GICH_LR0", "GICH_APR", "GICH_VMCR"), saved, strict=True):
        await gic.write(name, value)
    await gic.write("GICV_EOIR", 27)
    assert await gic.output("irq") == 1
    assert await gic.read("GICH_APR") == 0
