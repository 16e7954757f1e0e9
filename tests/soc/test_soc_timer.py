"""The timer's lines in the whole SoC when they are SPIs. (The firmware tests have them as PPIs.)"""

from pathlib import Path

from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import build_program, firmware_root
from amagic_sim.soc_sim import run_soc

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "firmware" / "support"
TIMER_SPI = 40


def test_each_timer_raises_its_spi_and_no_ppi():
    start = firmware_root() / "arch" / "riscv" / "start.S"
    sources = [start, SUPPORT / "trap.S", SUPPORT / "test.c", HERE / "timer_spis.c"]
    program = build_program("timer_spis", sources, includes=[SUPPORT])
    config = SocConfig(timer_spi=TIMER_SPI)
    run = run_soc(program, build_root() / "run" / "timer_spis", max_cycles=300_000, config=config)
    # Physical and virtual timer of frame 0, then those of frame 1.
    high = [(1 << timers) - 1 << TIMER_SPI - 32 for timers in range(5)]
    assert run.uart_text == "".join(f"PPISR 0x00000000\nSPISR {word:#010x}\n" for word in high)
