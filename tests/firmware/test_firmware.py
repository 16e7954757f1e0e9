"""Firmware tests: one behaviour a C file, which says in its comment what the SoC must print."""

from pathlib import Path

import pytest

from amagic_sim.build import build_root
from amagic_sim.firmware import Program, build_program, firmware_root, lint
from amagic_sim.soc_sim import SocError, SocRun, run_soc
from source_comment import expected_output, said

HERE = Path(__file__).resolve().parent
SUPPORT = HERE / "support"
CASES = sorted(HERE.glob("*.c"))
MAX_CYCLES = 300_000


def build(source: Path) -> Program:
    start = firmware_root() / "arch" / "riscv" / "start.S"
    sources = [start, SUPPORT / "trap.S", SUPPORT / "test.c", source]
    return build_program(f"test_{source.stem}", sources, includes=[SUPPORT])


def run(source: Path, **options) -> SocRun:
    folder = build_root() / "run" / "firmware" / source.stem
    sent = said(source, "Input").encode()
    return run_soc(build(source), folder, max_cycles=MAX_CYCLES, uart_in=sent, **options)


@pytest.mark.parametrize("source", CASES, ids=[case.stem for case in CASES])
def test_prints_what_it_says(source):
    assert run(source).uart_text == expected_output(source)


ISOLATION = ["supervisor_satp_traps", "supervisor_lines_trap", "mprv_stays_zero"]


@pytest.mark.parametrize("name", ISOLATION)
def test_isolation_needs_the_edit_of_the_core(name, stock_core):
    source = HERE / f"{name}.c"
    stock = run(source, core=stock_core)
    assert stock.uart_text == expected_output(source, "Output of the stock core")


def test_firmware_that_does_not_end_is_an_error_that_shows_its_last_words():
    with pytest.raises(SocError, match=r"did not end the run within 6000 cycles(.|\n)*hello"):
        run_soc(build(HERE / "hello.c"), build_root() / "run" / "cut", max_cycles=6000)


def test_every_c_file_compiles_without_a_warning():
    assert lint() > len(CASES)
