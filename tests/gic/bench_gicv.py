"""Rules of the virtual CPU interface alone."""

import cocotb
from cpu_interface_peer import ACKCTL, GROUP0, GROUP1, Interrupt, begin

from amagic.registers import GICH
from amagic_sim.drivers import tick

BOTH = GROUP0 | GROUP1
VMCR = GICH.VMCR


async def write_gich(dut, register: str, value: int) -> None:
    """The hypervisor writes GICH_VMCR or GICH_APR."""
    getattr(dut, f"{register}_w_data").value = value
    getattr(dut, f"{register}_w_stb").value = 1
    await tick(dut)
    getattr(dut, f"{register}_w_stb").value = 0
    await tick(dut)


@cocotb.test()
async def vmcr_written_with_0_reads_the_minimum_binary_points(dut):
    gic = await begin(dut)
    await gic.write("BPR", 7)
    await gic.write("ABPR", 7)
    await write_gich(dut, "vmcr", 0)
    assert dut.vmcr.value == 0x004C0000
    assert (await gic.read("BPR"), await gic.read("ABPR")) == (2, 3)
    assert (await gic.read("CTLR"), await gic.read("PMR")) == (0, 0)


@cocotb.test()
async def vmcr_is_the_reset_values_after_reset(dut):
    await begin(dut, ctlr=0, pmr=0)
    assert dut.vmcr.value == 0x004C0000


@cocotb.test()
async def gicv_writes_show_in_vmcr(dut):
    gic = await begin(dut, ctlr=0, pmr=0)
    for bit, name in enumerate(("VMGrp0En", "VMGrp1En", "VMAckCtl", "VMFIQEn", "VMCBPR")):
        await gic.write("CTLR", 1 << bit)
        assert dut.vmcr.value == VMCR.pack(**{name: 1}, VMBP=2, VMABP=3)
    await gic.write("CTLR", 0x200)
    await gic.write("PMR", 0xAF)
    await gic.write("BPR", 5)
    await gic.write("ABPR", 6)
    assert dut.vmcr.value == VMCR.pack(VEM=1, VMPriMask=0x15, VMBP=5, VMABP=6)


@cocotb.test()
async def vmcr_writes_show_in_gicv(dut):
    gic = await begin(dut, ctlr=0, pmr=0)
    for bit, name in enumerate(("VMGrp0En", "VMGrp1En", "VMAckCtl", "VMFIQEn", "VMCBPR")):
        await write_gich(dut, "vmcr", VMCR.pack(**{name: 1}))
        assert await gic.read("CTLR") == 1 << bit
    await write_gich(dut, "vmcr", VMCR.pack(VEM=1, VMPriMask=0x15, VMBP=5, VMABP=6))
    assert await gic.read("CTLR") == 0x200
    assert await gic.read("PMR") == 0xA8
    assert (await gic.read("BPR"), await gic.read("ABPR")) == (5, 6)


@cocotb.test()
async def bits_of_vmcr_without_a_field_read_zero(dut):
    await begin(dut)
    await write_gich(dut, "vmcr", 0xFFFFFFFF)
    assert dut.vmcr.value == sum(field.mask for field in VMCR.fields)


@cocotb.test()
async def gich_apr_and_gicv_apr_are_the_same_register(dut):
    gic = await begin(dut)
    await write_gich(dut, "apr", 0x00010010)
    assert await gic.read("APR") == 0x00010010
    assert await gic.read("RPR") == 0x20
    await gic.write("APR", 0x00010000)
    assert dut.apr.value == 0x00010000
    assert await gic.read("RPR") == 0x80


@cocotb.test()
async def both_groups_use_the_one_apr(dut):
    gic = await begin(dut, ctlr=BOTH | ACKCTL)
    await gic.pend(Interrupt(40, 0x80, 1))
    assert await gic.read("IAR") == 40
    assert dut.apr.value == 0x00010000
    await gic.pend(Interrupt(41, 0x20, 0))
    assert await gic.read("IAR") == 41
    assert dut.apr.value == 0x00010010
    assert await gic.read("APR") == 0x00010010


@cocotb.test()
async def without_enable_nothing_is_signalled_or_acknowledged(dut):
    gic = await begin(dut, ctlr=BOTH | ACKCTL)
    for group in (0, 1):
        await gic.pend(Interrupt(40, 0x80, group))
        dut.enable.value = 1
        assert await gic.lines() == (1, 0)
        dut.enable.value = 0
        assert await gic.lines() == (0, 0)
        for name in ("IAR", "AIAR", "HPPIR", "AHPPIR"):
            assert await gic.read(name) == 1023
    assert gic.source.acknowledged == []


@cocotb.test()
async def registers_and_ends_of_interrupts_work_without_enable(dut):
    gic = await begin(dut)
    await gic.pend(Interrupt(40))
    assert await gic.read("IAR") == 40
    dut.enable.value = 0
    await gic.write("PMR", 0x80)
    assert await gic.read("PMR") == 0x80
    await gic.write("EOIR", 40)
    assert await gic.read("RPR") == 0xFF
    assert len(gic.source.ended) == 1
