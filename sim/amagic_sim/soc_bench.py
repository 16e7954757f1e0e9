"""The cocotb side of a run of the whole SoC: wait for the end, and say how far the run is.

It looks at nothing but a few rare events, so that the simulator runs at its full speed. What the
run is judged by, the design and its SystemVerilog wrapper write to files.
"""

import json
import os
from pathlib import Path

import cocotb
from cocotb.triggers import First, RisingEdge, ValueChange


def _write(file: str, content: object) -> None:
    scratch = Path(f"{file}.new")
    scratch.write_text(json.dumps(content))
    os.replace(scratch, file)


@cocotb.test()
async def run_until_the_firmware_ends(dut):
    """Ends with the firmware's end-of-run mark, or at the limit of cycles."""
    ends = RisingEdge(dut.finished), RisingEdge(dut.timed_out)
    while not (dut.finished.value or dut.timed_out.value):
        await First(*ends, ValueChange(dut.progress))
        _write("progress.json", int(dut.cycles.value))
    end = {"cycles": int(dut.cycles.value), "count": int(dut.count.value)}
    _write("end.json", end | {"finished": bool(dut.finished.value)})
