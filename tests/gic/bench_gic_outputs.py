"""Whole-GIC scenarios with one CPU: maintenance, the virtual interface's outputs, and cycles."""

import cocotb
from cocotb.triggers import RisingEdge
from gic_peer import (
    BASE,
    EOIMODE,
    FRAMES,
    GROUP0,
    GROUP1,
    PENDING,
    address,
    begin,
    list_register,
)

from amagic.registers import GICH
from amagic_sim.drivers import tick

HCR = GICH.HCR


@cocotb.test()
async def maintenance_reaches_the_host_as_ppi_25(dut):
    gic = await begin(dut)
    await gic.configure(25)
    await gic.write("GICH_HCR", HCR.pack(UIE=1))
    assert await gic.output("maintenance") == 0, "silent while En is 0"
    await gic.write("GICH_HCR", HCR.pack(En=1, UIE=1))
    assert await gic.output("maintenance") == 1
    assert gic.now("irq") == 1
    assert await gic.read("GICC_IAR") == 25
    await gic.write("GICH_HCR", HCR.pack(En=1))
    await gic.write("GICC_EOIR", 25)
    assert await gic.output("irq") == 0


@cocotb.test()
async def an_outside_line_of_ppi_25_is_ored_with_maintenance(dut):
    gic = await begin(dut)
    await gic.configure(25)
    await gic.line(25, 1)
    assert (gic.now("irq"), gic.now("maintenance")) == (1, 0)
    await gic.write("GICH_HCR", HCR.pack(En=1, UIE=1))
    await gic.line(25, 0)
    assert gic.now("irq") == 1
    await gic.write("GICH_HCR", 0)
    assert await gic.output("irq") == 0


@cocotb.test()
async def an_end_of_interrupt_without_list_register_is_counted_and_reported(dut):
    gic = await begin(dut)
    await gic.enable_guest(hcr=HCR.pack(En=1, LRENPIE=1))
    await gic.write("GICH_APR", 0x00010000)
    assert await gic.output("maintenance") == 0
    await gic.write("GICV_EOIR", 70)
    assert await gic.output("maintenance") == 1
    assert HCR.unpack(await gic.read("GICH_HCR"))["EOICount"] == 1
    await gic.write("GICV_EOIR", 70)  # clears no active priority
    assert HCR.unpack(await gic.read("GICH_HCR"))["EOICount"] == 1
    await gic.write("GICH_HCR", HCR.pack(En=1, LRENPIE=1))
    assert await gic.output("maintenance") == 0


@cocotb.test()
async def the_eoi_bit_of_a_list_register_asks_for_maintenance(dut):
    gic = await begin(dut)
    await gic.enable_guest()
    await gic.write("GICH_LR2", list_register(50, eoi=1))
    assert await gic.read("GICV_IAR") == 50
    assert await gic.output("maintenance") == 0
    await gic.write("GICV_EOIR", 50)
    assert await gic.output("maintenance") == 1
    assert await gic.read("GICH_EISR0") == 1 << 2
    await gic.write("GICH_LR2", 0)
    assert await gic.output("maintenance") == 0


# Virtual interface


@cocotb.test()
async def virtual_group_0_is_vfiq_with_fiqen_and_group_1_virq(dut):
    gic = await begin(dut)
    await gic.enable_guest(ctlr=GROUP0 | GROUP1 | 8)
    await gic.write("GICH_LR0", list_register(50))
    assert await gic.output("vfiq") == 1
    assert gic.now("virq") == 0
    await gic.write("GICH_LR0", list_register(50, Grp1=1))
    assert await gic.output("virq") == 1
    assert gic.now("vfiq") == 0
    await gic.write("GICH_HCR", 0)
    assert await gic.output("virq") == 0


@cocotb.test()
async def the_list_register_of_the_highest_priority_is_taken_first(dut):
    gic = await begin(dut)
    await gic.enable_guest()
    for lr, (vintid, priority) in enumerate([(50, 0x80), (51, 0x40), (52, 0x40), (53, 0xA0)]):
        await gic.write(f"GICH_LR{lr}", list_register(vintid, priority=priority))
    for vintid in (51, 52, 50, 53):
        assert await gic.read("GICV_IAR") == vintid
        await gic.write("GICV_EOIR", vintid)
    assert await gic.read("GICV_IAR") == 1023


# Cycles


@cocotb.test()
@cocotb.parametrize(intid=[27, 40])
async def from_line_to_nirq_it_takes_at_most_nine_cycles(dut, intid):
    """With two flip-flops of synchronizer before the line."""
    gic = await begin(dut)
    await gic.configure(intid)
    await RisingEdge(dut.clk)
    gic.drive(intid, 1)
    cycles = await gic.cycles_until("irq", 1)
    dut._log.info(f"line {intid} to nIRQ: {cycles} cycles")
    assert cycles <= 9


@cocotb.test()
async def from_list_register_to_nvirq_it_takes_at_most_five_cycles(dut):
    gic = await begin(dut)
    await gic.enable_guest()
    await gic.write("GICH_LR0", list_register(50))
    cycles = await gic.cycles_until("virq", 1)
    dut._log.info(f"answer of the write to nVIRQ: {cycles} cycles")
    assert cycles <= 5


@cocotb.test()
async def no_output_is_high_from_the_answer_of_iar_on(dut):
    """The line stays high: only the active state and the running priority hold it back."""
    gic = await begin(dut)
    await gic.enable_guest()
    for name, frame in (("irq", "GICC"), ("virq", "GICV")):
        if frame == "GICC":
            await gic.configure(40)
            await gic.line(40, 1)
        else:
            await gic.write("GICH_LR0", list_register(40))
        assert await gic.output(name) == 1
        assert await gic.read(f"{frame}_IAR") == 40
        for _ in range(40):
            assert gic.now(name) == 0
            await tick(dut)


@cocotb.test()
async def nothing_is_signalled_between_a_quick_acknowledge_and_the_end(dut):
    """IAR and EOIR back to back, with the line already low: no output flickers."""
    for ctlr in (GROUP0, GROUP0 | EOIMODE):
        gic = await begin(dut, ctlr=ctlr)
        await gic.configure(40, edge=1)
        await gic.line(40, 1)
        await gic.line(40, 0)
        assert await gic.read("GICC_IAR") == 40
        ended = cocotb.start_soon(gic.write("GICC_EOIR", 40))
        for _ in range(40):
            assert gic.now("irq") == 0
            await tick(dut)
        assert ended.done()
        await gic.write("GICC_DIR", 40)
        assert await gic.output("irq") == 0


@cocotb.test()
async def every_named_register_is_where_the_source_says(dut):
    """A write through each frame's own address reads back there alone."""
    gic = await begin(dut)
    await gic.write("GICC_BPR", 5)
    await gic.write("GICV_BPR", 6)
    assert (await gic.read("GICC_BPR"), await gic.read("GICV_BPR")) == (5, 6)
    await gic.write("GICC_APR0", 0x10)
    await gic.write("GICH_APR", 0x20)
    assert await gic.read("GICC_APR0") == 0x10
    assert await gic.read("GICV_APR") == 0x20
    assert address("GICC_DIR") == 0x3000
    assert address("GICV_DIR") == 0x7000
    assert set(FRAMES) == set(BASE)
    assert PENDING == 1
