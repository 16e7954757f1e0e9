"""What must hold at every size of the GIC, at the ends of what it has."""

import cocotb
from cocotb.triggers import RisingEdge
from gic_peer import ACKCTL, CONFIG, EOIMODE, GROUP0, GROUP1, begin, list_register

from amagic.registers import GICC, GICD, GICH, GICV

LAST_CPU = CONFIG.cpus - 1
LAST_SPI = 31 + CONFIG.spis
STEP = 1 << (8 - CONFIG.priority_bits)


@cocotb.test()
async def type_registers_tell_the_size(dut):
    gic = await begin(dut)
    typer = GICD.TYPER.unpack(await gic.read("GICD_TYPER"))
    assert typer["ITLinesNumber"] == -(-CONFIG.spis // 32)
    assert typer["CPUNumber"] == CONFIG.cpus - 1
    vtr = GICH.VTR.unpack(await gic.read("GICH_VTR", LAST_CPU))
    assert vtr == {"ListRegs": CONFIG.lrs - 1, "PREbits": 4, "PRIbits": 4}


@cocotb.test()
async def identification_registers_carry_the_configured_fields(dut):
    gic = await begin(dut)
    assert GICD.IIDR.unpack(await gic.read("GICD_IIDR")) == {
        "Implementer": CONFIG.implementer,
        "Revision": CONFIG.revision,
        "Variant": CONFIG.variant,
        "ProductID": CONFIG.product,
    }
    for frame in (GICC, GICV):
        assert frame.IIDR.unpack(await gic.read(f"{frame.name}_IIDR", LAST_CPU)) == {
            "Implementer": CONFIG.implementer,
            "Revision": CONFIG.revision,
            "Architecture_version": 2,
            "ProductID": CONFIG.product << 4,
        }


@cocotb.test()
async def the_first_and_the_last_spi_are_delivered_to_the_last_cpu_and_forwarded(dut):
    gic = await begin(dut, ctlr=GROUP0 | EOIMODE)
    await gic.enable_guest(LAST_CPU)
    for intid in (32, LAST_SPI) if CONFIG.spis else ():
        await gic.configure(intid, targets=1 << LAST_CPU)
        await gic.line(intid, 1)
        assert gic.now("irq", LAST_CPU) == 1
        assert await gic.read("GICC_IAR", LAST_CPU) == intid
        await gic.write("GICC_EOIR", intid, LAST_CPU)
        await gic.line(intid, 0)
        lr = f"GICH_LR{CONFIG.lrs - 1}"
        await gic.write(lr, list_register(intid, pintid=intid), LAST_CPU)
        assert await gic.output("virq", LAST_CPU) == 1
        assert await gic.read("GICV_IAR", LAST_CPU) == intid
        assert await gic.active(intid) == 1
        await gic.write("GICV_EOIR", intid, LAST_CPU)
        assert await gic.active(intid) == 0


@cocotb.test()
async def spis_past_the_last_are_raz_wi(dut):
    gic = await begin(dut)
    names = ("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER", "IPRIORITYR", "ICFGR")
    for intid in (LAST_SPI + 1, 1019):
        if not LAST_SPI < intid < 1020:
            continue
        for name in names:
            per_word = {"IPRIORITYR": 4, "ICFGR": 16}.get(name, 32)
            width = 32 // per_word
            mask = ((1 << width) - 1) << width * (intid % per_word)
            await gic.write(f"GICD_{name}{intid // per_word}", mask)
            assert await gic.read(f"GICD_{name}{intid // per_word}") & mask == 0, (name, intid)
    assert await gic.read("GICC_IAR") == 1023


@cocotb.test()
async def every_list_register_delivers_and_those_past_the_last_are_raz_wi(dut):
    gic = await begin(dut)
    await gic.enable_guest(LAST_CPU)
    for lr in range(CONFIG.lrs):
        await gic.write(f"GICH_LR{lr}", list_register(100 + lr), LAST_CPU)
    for lr in range(CONFIG.lrs, 64):
        await gic.write(f"GICH_LR{lr}", list_register(50, priority=0), LAST_CPU)
        assert await gic.read(f"GICH_LR{lr}", LAST_CPU) == 0
    for lr in range(CONFIG.lrs):
        assert await gic.read("GICV_IAR", LAST_CPU) == 100 + lr
        await gic.write("GICV_EOIR", 100 + lr, LAST_CPU)
    assert await gic.read("GICV_IAR", LAST_CPU) == 1023
    empty = (1 << CONFIG.lrs) - 1
    assert await gic.read("GICH_ELRSR0", LAST_CPU) == empty & 0xFFFFFFFF
    assert await gic.read("GICH_ELRSR1", LAST_CPU) == empty >> 32


@cocotb.test()
async def priorities_are_compared_in_all_implemented_bits(dut):
    gic = await begin(dut, ctlr=GROUP0 | GROUP1 | ACKCTL)
    await gic.write("GICC_PMR", 0xFF, LAST_CPU)
    await gic.configure(30, cpu=LAST_CPU, priority=0x80)
    await gic.configure(29, cpu=LAST_CPU, priority=0x80 - STEP, group=1)
    await gic.configure(31, cpu=LAST_CPU, priority=0xFF)
    priorities = await gic.read("GICD_IPRIORITYR7", LAST_CPU)
    assert priorities >> 24 == 0xFF & ~(STEP - 1)
    for intid in (30, 29):
        await gic.line(intid, 1, LAST_CPU)
    assert await gic.read("GICC_IAR", LAST_CPU) == 29
    assert await gic.read("GICC_IAR", LAST_CPU) == 1023
    await gic.line(29, 0, LAST_CPU)
    await gic.write("GICC_EOIR", 29, LAST_CPU)
    assert await gic.read("GICC_IAR", LAST_CPU) == 30
    await gic.line(30, 0, LAST_CPU)
    await gic.write("GICC_EOIR", 30, LAST_CPU)
    # The lowest priority can never be higher than PMR.
    await gic.line(31, 1, LAST_CPU)
    assert gic.now("irq", LAST_CPU) == 0
    assert await gic.read("GICC_HPPIR", LAST_CPU) == 31


@cocotb.test()
async def from_line_to_nirq_it_takes_six_cycles_and_what_the_size_adds(dut):
    """Synchronizers add two; a row of SPIs is looked at for one CPU after another; the comparison
    over the rows takes a cycle for two levels; with more than eight rows, reading one takes one."""
    gic = await begin(dut)
    levels = CONFIG.spi_rows.bit_length()
    for intid in {16, LAST_SPI} if CONFIG.spis else {16}:
        await gic.configure(intid, cpu=LAST_CPU, targets=1 << LAST_CPU)
        await gic.settle()
        await RisingEdge(dut.clk)
        gic.drive(intid, 1, LAST_CPU)
        cycles = await gic.cycles_until("irq", 1, LAST_CPU)
        dut._log.info(f"line {intid} to nIRQ: {cycles} cycles")
        budget = 6 + 2 * CONFIG.sync_lines + (levels + 1) // 2 + (CONFIG.rows > 8)
        assert cycles <= budget + (LAST_CPU if intid > 31 else 0)
        assert await gic.read("GICC_IAR", LAST_CPU) == intid
        gic.drive(intid, 0, LAST_CPU)
        await gic.settle()
        await gic.write("GICC_EOIR", intid, LAST_CPU)
