"""Two renderings of one component get the same random inputs; their outputs must be the same."""

import json
import os
import random

import cocotb
from cocotb.triggers import RisingEdge

from amagic_sim.drivers import start

CYCLES = int(os.environ["CYCLES"])
WIDTHS = json.loads(os.environ["WIDTHS"])
CHOICES = json.loads(os.environ["CHOICES"])


@cocotb.test()
async def outputs_are_the_same_in_every_cycle(dut):
    source = random.Random(1)
    await start(dut)
    changed = 0
    for cycle in range(CYCLES):
        for name, width in WIDTHS.items():
            if source.random() < 0.5:
                values = CHOICES.get(name)
                value = source.choice(values) if values else source.getrandbits(width)
                getattr(dut, name).value = value
        before = str(dut.outputs.value)
        await RisingEdge(dut.clk)
        changed += before != str(dut.outputs.value)
        differs = int(str(dut.differs.value), 2)
        assert not differs, f"cycle {cycle}: outputs {differs:#b} differ"
    assert changed > CYCLES // 100, "the outputs hardly move"
