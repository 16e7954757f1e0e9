"""The Security Extensions in the distributor of several CPUs."""

import cocotb
from gic_peer import begin
from security_peer import ALL, CPUS, SGI

from amagic.registers import GICD


@cocotb.test()
async def itargetsr0_to_7_tell_the_reader_by_its_interrupts_of_group_1(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.write("GICD_IGROUPR0", 0b0110 << 4 * cpu, cpu)
    for cpu in CPUS:
        assert await gic.read(f"GICD_ITARGETSR{cpu}", cpu, secure=0) == 0x00010100 << cpu
        assert await gic.read(f"GICD_ITARGETSR{cpu + 1}", cpu, secure=0) == 0


@cocotb.test()
async def an_sgi_to_several_targets_goes_to_those_of_the_right_group(dut):
    gic = await begin(dut)
    await gic.write("GICD_IGROUPR0", 1 << SGI, 1)
    everybody = GICD.SGIR.pack(SGIINTID=SGI, CPUTargetList=0xFF)
    await gic.write("GICD_SGIR", everybody, secure=0)
    assert [await gic.pending(SGI, cpu) for cpu in CPUS] == [cpu == 1 for cpu in CPUS]
    await gic.write("GICD_SGIR", everybody, secure=1)
    assert all([await gic.pending(SGI, cpu) for cpu in CPUS])


@cocotb.test()
async def each_cpus_view_of_row_0_is_that_of_its_own_groups(dut):
    gic = await begin(dut)
    for cpu in CPUS:
        await gic.write("GICD_IGROUPR0", 0x00F00000 << 4 * cpu, cpu)
        await gic.write("GICD_ISENABLER0", ALL, cpu)
    for cpu in CPUS:
        assert await gic.read("GICD_ISENABLER0", cpu, secure=0) == 0x00F00000 << 4 * cpu
