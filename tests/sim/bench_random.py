"""A test that draws a number, and one that is skipped, for test_bench.py."""

import os
import random
from pathlib import Path

import cocotb


@cocotb.test()
async def draws_a_number(dut):
    if "DRAWN" in os.environ:
        Path(os.environ["DRAWN"]).write_text(str(random.random()))


@cocotb.test(skip=True)
async def is_skipped(dut):
    pass
