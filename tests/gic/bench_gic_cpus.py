"""Whole-GIC scenarios with several CPUs; CPU 0 and the last one play the parts."""

import cocotb
from gic_peer import CONFIG, EOIMODE, GROUP0, begin, list_register

from amagic.registers import GICD, GICH

LAST = CONFIG.cpus - 1
ALL = (1 << CONFIG.cpus) - 1
CPUS = range(CONFIG.cpus)
SGIR = GICD.SGIR


@cocotb.test()
async def an_sgi_reaches_its_targets_with_the_number_of_its_source(dut):
    gic = await begin(dut)
    for source in (0, LAST):
        await gic.write("GICD_SGIR", SGIR.pack(SGIINTID=3, TargetListFilter=1), source)
        await gic.settle()
        for cpu in CPUS:
            assert gic.now("irq", cpu) == (cpu != source)
            iar = 1023 if cpu == source else source << 10 | 3
            assert await gic.read("GICC_HPPIR", cpu) == iar
            assert await gic.read("GICC_IAR", cpu) == iar
            await gic.write("GICC_EOIR", iar, cpu)
            assert await gic.active(3, cpu) == 0
    await gic.write("GICD_SGIR", SGIR.pack(SGIINTID=4, TargetListFilter=2), LAST)
    assert await gic.read("GICC_IAR", LAST) == LAST << 10 | 4
    assert await gic.read("GICC_IAR", 0) == 1023


@cocotb.test()
async def the_same_sgi_of_two_sources_is_delivered_twice_lowest_source_first(dut):
    gic = await begin(dut)
    for source in (LAST, 0):
        await gic.write("GICD_SGIR", SGIR.pack(SGIINTID=3, CPUTargetList=1), source)
    for source in (0, LAST):
        assert await gic.output("irq", 0) == 1
        assert await gic.read("GICC_IAR", 0) == source << 10 | 3
        assert await gic.output("irq", 0) == 0, "the other one waits for the end of this one"
        await gic.write("GICC_EOIR", source << 10 | 3, 0)
    assert await gic.output("irq", 0) == 0


@cocotb.test()
async def an_spi_of_several_targets_is_acknowledged_by_one(dut):
    gic = await begin(dut)
    await gic.configure(40, targets=ALL)
    for winner in (0, LAST):
        await gic.line(40, 1)
        assert [gic.now("irq", cpu) for cpu in CPUS] == [1] * CONFIG.cpus
        assert await gic.read("GICC_IAR", winner) == 40
        for cpu in CPUS:
            if cpu != winner:
                assert await gic.read("GICC_IAR", cpu) == 1023
                assert await gic.output("irq", cpu) == 0
        await gic.line(40, 0)
        await gic.write("GICC_EOIR", 40, winner)
        assert await gic.active(40) == 0


@cocotb.test()
async def any_cpu_may_deactivate_an_spi(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(40, targets=1)
    await gic.line(40, 1)
    assert await gic.read("GICC_IAR", 0) == 40
    await gic.write("GICC_EOIR", 40, 0)
    await gic.write("GICC_DIR", 40, LAST)
    assert await gic.active(40) == 0
    assert await gic.output("irq", 0) == 1


@cocotb.test()
async def a_guest_on_another_cpu_ends_the_spi_that_was_acknowledged_here(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.configure(40, targets=1)
    await gic.enable_guest(LAST)
    await gic.line(40, 1)
    assert await gic.read("GICC_IAR", 0) == 40
    await gic.write("GICC_EOIR", 40, 0)
    await gic.write("GICH_LR0", list_register(60, pintid=40), LAST)
    assert await gic.output("virq", LAST) == 1
    assert gic.now("virq", 0) == 0
    assert await gic.read("GICV_IAR", LAST) == 60
    assert await gic.output("irq", 0) == 0
    await gic.write("GICV_EOIR", 60, LAST)
    assert await gic.output("irq", 0) == 1, "its line is still high"
    assert await gic.read("GICC_IAR", 0) == 40


@cocotb.test()
async def a_list_register_ends_the_ppi_of_its_own_cpu(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    for cpu in (0, LAST):
        await gic.configure(27, cpu=cpu)
        await gic.enable_guest(cpu)
        await gic.line(27, 1, cpu)
        assert await gic.read("GICC_IAR", cpu) == 27
        await gic.write("GICC_EOIR", 27, cpu)
        await gic.write("GICH_LR0", list_register(27, pintid=27), cpu)
        assert await gic.read("GICV_IAR", cpu) == 27
    await gic.write("GICV_EOIR", 27, LAST)
    assert [await gic.active(27, cpu) for cpu in (0, LAST)] == [1, 0]
    assert await gic.output("irq", LAST) == 1
    assert gic.now("irq", 0) == 0
    await gic.write("GICV_EOIR", 27, 0)
    assert await gic.active(27, 0) == 0


@cocotb.test()
async def a_ppi_line_is_its_cpus_own(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.configure(16, cpu=cpu)
        await gic.configure(31, cpu=cpu)
    for cpu in CPUS:
        for intid in (16, 31):
            await gic.line(intid, 1, cpu)
            assert [gic.now("irq", other) for other in CPUS] == [int(c == cpu) for c in CPUS]
            assert await gic.read("GICC_IAR", cpu) == intid
            await gic.line(intid, 0, cpu)
            await gic.write("GICC_EOIR", intid, cpu)


@cocotb.test()
async def interface_registers_are_each_cpus_own(dut):
    gic = await begin(dut)
    names = {"GICC_BPR": 3, "GICC_PMR": 0x80, "GICH_APR": 0x100, "GICH_LR0": 50, "GICV_ABPR": 4}
    for cpu in CPUS:
        for name, value in names.items():
            await gic.write(name, value + (cpu if name in ("GICH_APR", "GICH_LR0") else 0), cpu)
    await gic.write("GICC_BPR", 7, 0)
    for cpu in CPUS:
        for name, value in names.items():
            value += cpu if name in ("GICH_APR", "GICH_LR0") else 0
            if (name, cpu) != ("GICC_BPR", 0):
                assert await gic.read(name, cpu) == value, (name, cpu)


@cocotb.test()
async def every_gich_is_reached_at_its_alias_by_any_cpu(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.port.write(0x5000 + 0x200 * cpu + 0x100, 50 + cpu, cpu=(cpu + 1) % CONFIG.cpus)
    for cpu in CPUS:
        assert await gic.read("GICH_LR0", cpu) == 50 + cpu
        alias = 0x5000 + 0x200 * cpu + 0x100
        assert await gic.port.read(alias, cpu=(cpu + 1) % CONFIG.cpus) == 50 + cpu


@cocotb.test()
async def maintenance_goes_to_the_cpu_of_its_list_registers(dut):
    gic = await begin(dut)
    for cpu in (0, LAST):
        await gic.configure(25, cpu=cpu)
    await gic.write("GICH_HCR", GICH.HCR.pack(En=1, UIE=1), LAST)
    assert await gic.output("irq", LAST) == 1
    assert gic.now("maintenance", LAST) == 1
    assert (gic.now("irq", 0), gic.now("maintenance", 0)) == (0, 0)


@cocotb.test()
async def a_pending_spi_follows_its_targets(dut):
    gic = await begin(dut)
    await gic.configure(40, targets=1)
    await gic.line(40, 1)
    assert (gic.now("irq", 0), gic.now("irq", LAST)) == (1, 0)
    await gic.write("GICD+0x828", 1 << LAST, size=1)
    assert await gic.output("irq", LAST) == 1
    assert gic.now("irq", 0) == 0
    await gic.write("GICD+0x828", 0, size=1)
    assert await gic.output("irq", LAST) == 0
    assert await gic.pending(40) == 1


@cocotb.test()
async def targets_are_kept_for_implemented_cpus_and_private_ones_read_the_readers_bit(dut):
    gic = await begin(dut)
    await gic.write("GICD_ITARGETSR8", 0xFFFFFFFF)
    assert await gic.read("GICD_ITARGETSR8") == ALL * 0x01010101
    for cpu in CPUS:
        assert await gic.read("GICD_ITARGETSR0", cpu) == 0x01010101 << cpu
        assert await gic.read("GICD_ITARGETSR7", cpu) == 0x01010101 << cpu


@cocotb.test()
async def all_cpus_have_interrupts_in_flight_at_the_same_time(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.configure(40 + cpu, targets=1 << cpu)
        await gic.enable_guest(cpu)
        await gic.write("GICH_LR0", list_register(50 + cpu), cpu)
        gic.drive(40 + cpu, 1)
    await gic.settle()
    for cpu in CPUS:
        assert (gic.now("irq", cpu), gic.now("virq", cpu)) == (1, 1)
        assert await gic.read("GICC_IAR", cpu) == 40 + cpu
        assert await gic.read("GICV_IAR", cpu) == 50 + cpu
    for cpu in CPUS:
        assert await gic.read("GICC_RPR", cpu) == 0x80
        gic.drive(40 + cpu, 0)
        await gic.settle()
        await gic.write("GICC_EOIR", 40 + cpu, cpu)
        await gic.write("GICV_EOIR", 50 + cpu, cpu)
        assert (await gic.output("irq", cpu), gic.now("virq", cpu)) == (0, 0)
