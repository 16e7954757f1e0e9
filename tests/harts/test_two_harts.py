"""Two harts: one behaviour a C file, which says in its comment what the SoC must print."""

from pathlib import Path

import pytest

from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import Program, build_program, firmware_root
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import EventKind, read_trace
from source_comment import expected_output

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "firmware" / "support"
CASES = sorted(HERE.glob("*.c"))
TWO = SocConfig(harts=2)
MAX_CYCLES = 20_000_000
DRIVERS = ("arch/riscv/start.S", "arch/riscv/hart.c") + tuple(
    f"drivers/{name}.c" for name in ("doorbell", "semaphore", "timer")
)


def build(source: Path, config: SocConfig = TWO) -> Program:
    sources = [firmware_root() / driver for driver in DRIVERS]
    sources += [SUPPORT / "trap.S", SUPPORT / "test.c", source]
    return build_program(f"harts_{source.stem}", sources, includes=[SUPPORT, HERE], config=config)


def run(source: Path, config: SocConfig = TWO) -> SocRun:
    folder = build_root() / "run" / "harts" / f"{source.stem}-{config.harts}"
    return run_soc(build(source, config), folder, max_cycles=MAX_CYCLES, config=config)


@pytest.mark.parametrize("source", CASES, ids=[case.stem for case in CASES])
def test_prints_what_it_says(source):
    assert run(source).uart_text == expected_output(source)


def test_the_probe_tells_the_harts_apart():
    trace = run(HERE / "sgi_carries_its_source_hart.c").trace_path
    events = list(read_trace(trace))

    def values(kind: EventKind, cpu: int) -> list[int]:
        return [e.value for e in events if e.kind is kind and e.cpu == cpu]

    assert values(EventKind.PRIVILEGE, 0) == values(EventKind.PRIVILEGE, 1) == [3]
    acknowledged = [
        [e.value for e in events if e.kind is EventKind.GICC_READ and e.cpu == cpu and e.aux == 0xC]
        for cpu in (0, 1)
    ]
    assert [[iar for iar in each if iar != 1023] for each in acknowledged] == [
        [0x406, 0x407],
        [0x005, 0x408],
    ]
    for cpu in (0, 1):
        levels = values(EventKind.IRQ, cpu)
        assert levels == [1, 0] * (len(levels) // 2) and len(levels) >= 4
    assert values(EventKind.MARK, 0) == [0x3000_0000] and not values(EventKind.MARK, 1)


def test_the_same_program_runs_on_one_hart_which_has_no_other_to_start():
    one = SocConfig()
    assert run(HERE / "single" / "one_hart.c", one).uart_text == expected_output(
        HERE / "single" / "one_hart.c"
    )
