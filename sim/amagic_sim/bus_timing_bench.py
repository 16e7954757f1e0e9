"""Records the IP's ports, cycle by cycle, for the pictures that `bus_timing` draws."""

import json
import os
from pathlib import Path

import cocotb
from cocotb.triggers import RisingEdge

from amagic.registers import GICC, GICD

from .drivers import start, tick
from .masters import MASTERS, number

BUS = os.environ["BUS"]
GICD_BASE, GICC_BASE = 0x1000, 0x2000
INTID = 32


class Recorder:
    """The value of each port in each cycle, once `begin` was called."""

    def __init__(self, dut, ports: list[str]):
        self.dut = dut
        self.samples: dict[str, list[int]] = {name: [] for name in ports}
        self._recording = False

    async def run(self) -> None:
        while True:
            await RisingEdge(self.dut.clk)
            if self._recording:
                for name, values in self.samples.items():
                    values.append(number(getattr(self.dut, name)))

    def begin(self) -> None:
        self._recording = True

    def write(self) -> None:
        self._recording = False
        Path(os.environ["RECORD"]).write_text(json.dumps(self.samples))


async def _begin(dut):
    await start(dut)
    bus = MASTERS[BUS](dut)
    await bus.read(GICD_BASE + GICD.TYPER.offset)
    recorder = Recorder(dut, json.loads(os.environ["PORTS"]))
    cocotb.start_soon(recorder.run())
    return bus, recorder


@cocotb.test()
async def a_write_and_a_read(dut):
    bus, recorder = await _begin(dut)
    await tick(dut)
    recorder.begin()
    await tick(dut)
    await bus.write(GICC_BASE + GICC.PMR.offset, 0xF0)
    await tick(dut)
    await bus.read(GICC_BASE + GICC.PMR.offset)
    await tick(dut, 2)
    recorder.write()


@cocotb.test()
async def an_interrupt_and_its_acknowledge(dut):
    bus, recorder = await _begin(dut)
    await bus.write(GICD_BASE + GICD.ISENABLER.at(INTID // 32), 1)
    await bus.write(GICD_BASE + GICD.CTLR.offset, 1)
    await bus.write(GICC_BASE + GICC.CTLR.offset, 1)
    await bus.write(GICC_BASE + GICC.PMR.offset, 0xFF)
    await tick(dut, 20)
    recorder.begin()
    await tick(dut)
    dut.spi.value = 1
    while not number(dut.irq):
        await tick(dut)
    assert await bus.read(GICC_BASE + GICC.IAR.offset) == INTID
    await tick(dut, 4)
    recorder.write()
