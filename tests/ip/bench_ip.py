"""The IP as its user has it: the Verilog that is shipped, through its bus."""

import json
import os

import cocotb

from amagic.gic import GicConfig
from amagic.ip import IpConfig
from amagic.ip.blocks import blocks
from amagic.registers import GICC, GICD, GICH, GICV, Access, CNTBase, CNTControlBase
from amagic_sim.drivers import start, tick
from amagic_sim.masters import MASTERS, number

_SETTINGS = json.loads(os.environ["CONFIG"])
CONFIG = IpConfig(GicConfig(**_SETTINGS.pop("gic")), **_SETTINGS)
BLOCKS = {block.name: block for block in blocks(CONFIG)}
LAST_CPU = CONFIG.gic.cpus - 1
SPI = 32 + CONFIG.gic.spis - 1


def at(block: str, register, index: int = 0) -> int:
    return BLOCKS[block].address + register.at(index)


async def begin(dut):
    await start(dut)
    bus = MASTERS[CONFIG.bus](dut)
    await bus.read(at("GICD", GICD.TYPER))  # the sweep over the rows is over when this answers
    return bus


async def signalled(dut, name: str, cpu: int, value: int, limit: int = 40) -> None:
    for _ in range(limit):
        if number(getattr(dut, name)) >> cpu & 1 == value:
            return
        await tick(dut)
    raise AssertionError(f"{name}[{cpu}] is not {value} after {limit} cycles")


async def enable(bus, intid: int, cpu: int) -> None:
    """Let the GIC signal an interrupt as IRQ."""
    await bus.write(at("GICD", GICD.ISENABLER, intid // 32), 1 << intid % 32, cpu)
    word = await bus.read(at("GICD", GICD.IGROUPR, intid // 32), cpu)
    await bus.write(at("GICD", GICD.IGROUPR, intid // 32), word | 1 << intid % 32, cpu)
    if intid >= 32:
        await bus.write(at("GICD", GICD.ITARGETSR, intid // 4), 0x0101_0101 << cpu)
    await bus.write(at("GICD", GICD.CTLR), 3)
    await bus.write(at("GICC", GICC.CTLR), GICC.CTLR.pack(EnableGrp1=1, AckCtl=1, EOImode=1), cpu)
    await bus.write(at("GICC", GICC.PMR), 0xFF, cpu)


@cocotb.test()
async def every_register_reads_after_reset_what_the_reference_says(dut):
    bus = await begin(dut)
    wrong = []
    for block in BLOCKS.values():
        for register in block.frame:
            for index, reset in enumerate(register.resets):
                if register.access is not Access.WO:
                    value = await bus.read(block.address + register.at(index))
                    if value != reset:
                        wrong.append(
                            f"{block.name} {register.name_at(index)} is {value:#x}, not {reset:#x}"
                        )
    assert not wrong, "; ".join(wrong)


@cocotb.test()
async def what_is_not_in_the_reference_reads_0_and_ignores_writes(dut):
    bus = await begin(dut)
    listed = {
        block.address + register.at(index)
        for block in BLOCKS.values()
        for register in block.frame
        for index in range(register.count)
    }
    aliases = range(0x5000, 0x6000)
    probes = [block.address + 4 * word for block in BLOCKS.values() for word in range(0, 1024, 61)]
    probes += [0x0, 0x7FFC, 0x8000 % (1 << CONFIG.addr_width), (1 << CONFIG.addr_width) - 4]
    for address in probes:
        if address not in listed and address not in aliases:
            await bus.write(address, 0xFFFF_FFFF)
            assert await bus.read(address) == 0, hex(address)


@cocotb.test()
async def each_cpu_has_its_own_interface(dut):
    bus = await begin(dut)
    for cpu in range(CONFIG.gic.cpus):
        await bus.write(at("GICC", GICC.PMR), 0x10 * (cpu + 1), cpu)
    for cpu in range(CONFIG.gic.cpus):
        assert await bus.read(at("GICC", GICC.PMR), cpu) == 0x10 * (cpu + 1)


@cocotb.test()
async def the_last_ppi_and_the_last_spi_reach_the_last_cpu_alone(dut):
    bus = await begin(dut)
    lines = [(31, getattr(dut, f"ppi_{LAST_CPU}"), 1 << 15)]
    if CONFIG.gic.spis:
        lines.append((SPI, dut.spi, 1 << CONFIG.gic.spis - 1))
    for intid, port, mask in lines:
        await enable(bus, intid, LAST_CPU)
        assert number(dut.irq) == 0
        port.value = mask
        await signalled(dut, "irq", LAST_CPU, 1)
        assert number(dut.irq) == 1 << LAST_CPU
        assert number(dut.fiq) == number(dut.virq) == number(dut.vfiq) == 0
        assert await bus.read(at("GICC", GICC.IAR), LAST_CPU) == intid
        await signalled(dut, "irq", LAST_CPU, 0)
        port.value = 0
        await tick(dut, 4)
        await bus.write(at("GICC", GICC.EOIR), intid, LAST_CPU)
        await bus.write(at("GICC", GICC.DIR), intid, LAST_CPU)
        assert await bus.read(at("GICC", GICC.IAR), LAST_CPU) == 1023


@cocotb.test()
async def a_group_0_interrupt_is_signalled_as_fiq(dut):
    bus = await begin(dut)
    await enable(bus, 31, LAST_CPU)
    await bus.write(at("GICD", GICD.IGROUPR), 0, LAST_CPU)
    control = GICC.CTLR.pack(EnableGrp0=1, FIQEn=1)
    await bus.write(at("GICC", GICC.CTLR), control, LAST_CPU)
    getattr(dut, f"ppi_{LAST_CPU}").value = 1 << 15
    await signalled(dut, "fiq", LAST_CPU, 1)
    assert number(dut.irq) == 0


@cocotb.test()
async def a_list_register_is_signalled_to_the_guest_and_maintenance_to_the_host(dut):
    bus = await begin(dut)
    await bus.write(at("GICH", GICH.HCR), GICH.HCR.pack(En=1, UIE=1), LAST_CPU)
    await signalled(dut, "maintenance", LAST_CPU, 1)
    await bus.write(
        at("GICV", GICV.CTLR), GICV.CTLR.pack(EnableGrp0=1, EnableGrp1=1, FIQEn=1), LAST_CPU
    )
    await bus.write(at("GICV", GICV.PMR), 0xFF, LAST_CPU)
    for group, name in ((1, "virq"), (0, "vfiq")):
        entry = GICH.LR.pack(VirtualID=40, State=1, Grp1=group, Priority=4)
        await bus.write(at("GICH", GICH.LR, CONFIG.gic.lrs - 1), entry, LAST_CPU)
        await signalled(dut, name, LAST_CPU, 1)
        await bus.write(at("GICH", GICH.LR, CONFIG.gic.lrs - 1), 0, LAST_CPU)
        await signalled(dut, name, LAST_CPU, 0)


@cocotb.test()
async def the_timers_lines_are_the_interrupts_that_the_routing_says(dut):
    bus = await begin(dut)
    if not CONFIG.timer:
        assert not hasattr(dut, "timer_count")
        return
    dut.timer_count_enable.value = 1
    await bus.write(at("CNTControlBase", CNTControlBase.CNTCR), 1)
    frames = CONFIG.timer_config.frames
    for frame in (0, 1, frames - 2, frames - 1):
        cpu = frame // 2
        for virtual, control in ((0, CNTBase.CNTP_CTL), (1, CNTBase.CNTV_CTL)):
            if CONFIG.timer_spi is not None:
                expected = {CONFIG.timer_spi + 2 * frame + virtual}
            else:
                expected = {(0, 1): {27}, (1, 0): {30}}.get((frame % 2, virtual), set())
            await bus.write(at(f"CNTBase{frame}", control), 1)  # CVAL is 0: it is due
            await tick(dut, 12)
            assert await lines(bus, cpu) == expected, (frame, virtual)
            await bus.write(at(f"CNTBase{frame}", control), 0)
            await tick(dut, 12)
            assert await lines(bus, cpu) == set()


async def lines(bus, cpu: int) -> set[int]:
    """The INTIDs of the lines that are high, of this CPU's PPIs and of the SPIs."""
    word = await bus.read(at("GICD", GICD.PPISR), cpu)
    high = {16 + n for n in range(16) if word >> n & 1}
    for row in range(CONFIG.gic.spi_rows):
        word = await bus.read(at("GICD", GICD.SPISR, row), cpu)
        high |= {32 + 32 * row + n for n in range(32) if word >> n & 1}
    return high
