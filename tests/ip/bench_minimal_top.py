"""The example's top level, seen from its processor and its interrupt sources."""

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from amagic.registers import GICC, GICD, GICH, GICV
from amagic_sim.masters import number

GIC = 0xF000_0000
D, C, H, V = (GIC + offset for offset in (0x1000, 0x2000, 0x4000, 0x6000))
OUTPUTS = ("nirq", "nfiq", "nvirq", "nvfiq")


async def access(dut, addr: int, data: int | None = None) -> int:
    dut.cpu_adr.value, dut.cpu_sel.value = addr, 0xF
    dut.cpu_we.value, dut.cpu_dat_w.value = int(data is not None), data or 0
    dut.cpu_cyc.value = dut.cpu_stb.value = 1
    for _ in range(100):
        await RisingEdge(dut.clk)
        if number(dut.cpu_ack):
            dut.cpu_cyc.value = dut.cpu_stb.value = 0
            return number(dut.cpu_dat_r)
    raise AssertionError(f"no acknowledge at {addr:#x}")


async def begin(dut) -> None:
    for name in ("cpu_cyc", "cpu_stb", "cpu_we", "cpu_adr", "cpu_dat_w", "uart_irq", "vtimer_irq"):
        getattr(dut, name).value = 0
    dut.button_n.value = 1
    dut.resetn.value = 1
    cocotb.start_soon(Clock(dut.clk, 20, unit="ns").start())
    await Timer(33, "ns")
    dut.resetn.value = 0
    await Timer(51, "ns")
    dut.resetn.value = 1
    await ClockCycles(dut.clk, 4)


def low(dut) -> list[str]:
    """The interrupt outputs that are asserted."""
    return [name for name in OUTPUTS if number(getattr(dut, name)) == 0]


async def enable(dut, intid: int, group: int) -> None:
    await access(dut, D + GICD.IGROUPR.at(intid // 32), group << intid % 32)
    await access(dut, D + GICD.ISENABLER.at(intid // 32), 1 << intid % 32)
    await access(dut, D + GICD.CTLR.offset, 3)
    control = GICC.CTLR.pack(EnableGrp0=1, EnableGrp1=1, AckCtl=1, FIQEn=1)
    await access(dut, C + GICC.CTLR.offset, control)
    await access(dut, C + GICC.PMR.offset, 0xFF)


@cocotb.test()
async def each_source_has_its_intid_and_asserts_nirq_or_nfiq(dut):
    sources = ((dut.uart_irq, 1, 32), (dut.button_n, 0, 33), (dut.vtimer_irq, 1, 27))
    for line, raised, intid in sources:
        for group, output in ((1, "nirq"), (0, "nfiq")):
            await begin(dut)
            await enable(dut, intid, group)
            assert low(dut) == []
            line.value = raised
            await ClockCycles(dut.clk, 20)
            assert low(dut) == [output]
            assert await access(dut, C + GICC.IAR.offset) == intid
            await ClockCycles(dut.clk, 20)
            assert low(dut) == []
            line.value = 1 - raised
            await ClockCycles(dut.clk, 4)
            await access(dut, C + GICC.EOIR.offset, intid)
            await ClockCycles(dut.clk, 20)
            assert low(dut) == []
            assert await access(dut, C + GICC.IAR.offset) == 1023


@cocotb.test()
async def a_list_register_asserts_nvirq_or_nvfiq(dut):
    await begin(dut)
    await access(dut, H + GICH.HCR.offset, 1)
    control = GICV.CTLR.pack(EnableGrp0=1, EnableGrp1=1, FIQEn=1)
    await access(dut, V + GICV.CTLR.offset, control)
    await access(dut, V + GICV.PMR.offset, 0xFF)
    for group, output in ((1, "nvirq"), (0, "nvfiq")):
        await access(dut, H + GICH.LR.at(0), GICH.LR.pack(VirtualID=40, State=1, Grp1=group))
        await ClockCycles(dut.clk, 10)
        assert low(dut) == [output]


@cocotb.test()
async def what_is_not_the_gic_is_acknowledged_and_reads_0(dut):
    await begin(dut)
    for addr in (0, 0xF000_8000, 0xFFFF_FFFC, 0x7000_1000):
        await access(dut, addr, 0xFFFF_FFFF)
        assert await access(dut, addr) == 0
    assert await access(dut, D + GICD.CTLR.offset) == 0
    assert await access(dut, D + GICD.TYPER.offset) == 1
