"""Parts of the hypervisor alone on the SoC: each file of ``host`` says what it prints."""

import re
from pathlib import Path

import pytest

from amagic_sim.build import build_root
from amagic_sim.firmware import build_program, firmware_root
from amagic_sim.soc_sim import run_soc
from source_comment import expected_output

HERE = Path(__file__).resolve().parent
SUPPORT = HERE / "support"
CASES = sorted((HERE / "host").glob("*.c"))
PARTS = (
    "hyp/vgic.c",
    "hyp/vgic_choice.c",
    "hyp/vgic_hw.c",
    "hyp/vgic_sync.c",
    "hyp/vgicd.c",
    "drivers/doorbell.c",
    "drivers/irqchip.c",
    "drivers/semaphore.c",
    "lib/string.c",
)


@pytest.mark.parametrize("source", CASES, ids=[case.stem for case in CASES])
def test_part(source):
    root = firmware_root()
    sources = [root / "arch/riscv/start.S", *(root / part for part in PARTS)]
    sources += sorted((root / "drivers").glob("gic*.c"))
    sources += [SUPPORT / name for name in ("trap.S", "test.c", "host_test.c")]
    program = build_program(
        f"test_{source.stem}",
        [*sources, source],
        includes=[SUPPORT],
        defines={"HYP_CHECK_LOCKS": 1},
    )
    folder = build_root() / "run" / "host" / source.stem
    assert run_soc(program, folder, max_cycles=2_000_000).uart_text == expected_output(source)


def test_hypervisor_reaches_the_interrupt_controller_through_its_table_of_operations():
    """So that another version of the architecture is another table, and no more."""
    for file in sorted((firmware_root() / "hyp").glob("*.[ch]")):
        included = re.findall(r'#include "drivers/(gic\w*\.h)"', file.read_text())
        assert not included, file.name
