"""The cocotb side of the test of our models: wait for its end, and say what differed."""

import cocotb
from cocotb.triggers import RisingEdge

THINGS = (
    "memory of 8 bits",
    "memory of 32 bits and 1,024 words",
    "memory of 32 bits and 128 words",
    "memory that is always read",
    "memory with byte enables",
    "unsigned product",
    "product of a signed and an unsigned factor",
    "signed product",
    "SoC's memory: acknowledge",
    "SoC's memory: fetch",
    "SoC's memory: data",
    "buffers of pins",
    "memory that names its block RAM",
    "PLL's period",
    "PLL's high time",
)
"""What the bits of ``wrong`` are."""

ENOUGH = 500


@cocotb.test()
async def the_netlist_does_what_the_blocks_do(dut):
    await RisingEdge(dut.done)
    wrong = int(dut.wrong.value)
    differs = [thing for bit, thing in enumerate(THINGS) if wrong >> bit & 1]
    assert not differs, f"differs: {', '.join(differs)}"
    for name in ("collisions", "partial", "periods"):
        count = int(getattr(dut, name).value)
        assert count >= ENOUGH, f"only {count} {name}: the stimulus is too weak"
