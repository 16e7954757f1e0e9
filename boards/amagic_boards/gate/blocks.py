"""Our models of cells, in every mode that a netlist uses, against what was mapped to them.

A design that has a block for each of those modes is synthesized as a board's is, and simulated
beside its own netlist.
"""

import random
from collections.abc import Mapping
from pathlib import Path

from amaranth.back import rtlil

from amagic.soc.memory import BlockRam
from amagic_sim.bench import run_simulator
from amagic_sim.build import build_simulator, to_verilog
from amagic_sim.soc_sim import without_zeros

from ..bitstream import memory_pattern
from ..board import Board
from ..build import relax_memory, synthesis_script
from ..netlist import NetlistError
from ..pll import Pll, pll_dividers
from ..toolchain import Progress, Step, run_step
from .cells import Mode, model_sources, modes, read_gates
from .verilog import VERILATOR, block_contents, gate_verilog, memory_files

__all__ = ["check_models", "check_modes", "compare", "synthesize_blocks"]

TOP = "tested"


def _here(file: str) -> str:
    return (Path(__file__).parent / file).read_text()


def _write_design(board: Board, work: Path) -> None:
    source = random.Random(5)
    pll = Pll(pll_dividers(round(board.platform().default_clk_frequency), board.soc.clock_hz))
    files = {
        "blocks.v": _here("blocks.v"),
        "bytes.hex": "".join(f"{source.getrandbits(8):02x}\n" for _ in range(256)),
        "some.hex": "".join(f"{source.getrandbits(32):08x}\n" for _ in range(256)),
        "few.hex": "".join(f"{source.getrandbits(32):08x}\n" for _ in range(32)),
        "pll.v": to_verilog(pll, "pll"),
        "memory.il": rtlil.convert(_memory(board), name="memory", emit_src=False),
        f"{TOP}.ys": synthesis_script(
            [
                f"read_verilog -sv {_define_words(board)} blocks.v pll.v",
                "read_rtlil memory.il",
                *relax_memory("memory"),
            ],
            TOP,
        ),
    }
    for name, text in files.items():
        (work / name).write_text(text)


def _memory(board: Board) -> BlockRam:
    """As large as the board's: what its blocks are depends on that."""
    return BlockRam(board.soc.memory_size, memory_pattern(512))


def _define_words(board: Board) -> str:
    return f"-DWORDS={board.soc.memory_size // 4}"


def synthesize_blocks(board: Board, work: Path, progress: Progress) -> Mapping:
    """The netlist of the tested blocks, with the PLL as the board has it."""
    work.mkdir(parents=True, exist_ok=True)
    _write_design(board, work)
    step = Step("synthesis of the tested blocks", "yosys", [f"{TOP}.ys"], "yosys.log")
    run_step(step, work, progress=progress)
    return read_gates(work / f"{TOP}.json", TOP)


def check_modes(used: Mapping[Mode, str], tested: Mapping[Mode, str]) -> None:
    """Raise `NetlistError` for a mode that is used and not tested."""
    for mode, cell in used.items():
        if mode not in tested:
            raise NetlistError(
                f"no tested block uses a cell as {cell} does (gate/blocks.v has to get one): {mode}"
            )


def compare(
    board: Board,
    gates: Mapping,
    work: Path,
    *,
    models: Mapping[str, str] | None = None,
    progress: Progress,
) -> None:
    """Simulate the tested blocks beside their netlist, with the project's models or others.

    `BenchError` when they differ; the text says in what.
    """
    memory, _ = without_zeros(to_verilog(_memory(board), "memory"))
    oscillator = round(board.platform().default_clk_frequency)
    with progress.during("comparing the models with what they stand for"):
        simulator = build_simulator(
            "gate_blocks",
            {
                **(models or model_sources()),
                "blocks.v": _here("blocks.v"),
                "memory.v": memory,
                "gates.v": gate_verilog(gates, "gates"),
                "blocks_bench.sv": _here("blocks_bench.sv"),
            },
            top="blocks_bench",
            public="marked",
            args=[
                *("--timing", "--x-assign", "fast", "--x-initial", "fast"),
                *VERILATOR,
                _define_words(board),
                f"-GINPUT_HZ={oscillator}",
                f"-GOUTPUT_HZ={board.soc.clock_hz}",
            ],
        )
        for file, text in memory_files(block_contents(gates)).items():
            (work / file).write_text(text)
        here = Path(__file__).parent
        run_simulator(simulator, module="blocks_bench", run_dir=work, search=[here])


def check_models(board: Board, used: Mapping[Mode, str], work: Path, progress: Progress) -> None:
    """Test our models in every mode that is used.

    Parameters
    ----------
    board : Board
        Whose PLL it is.
    used : mapping of Mode to str
        The modes of the board's netlist, and a cell in each.
    work : Path
        The folder for the tools' files and logs.

    Raises
    ------
    BenchError
        When a model differs from what was mapped to it.
    BuildError
        When a mode is not tested, or a step fails.
    """
    gates = synthesize_blocks(board, work, progress)
    check_modes(used, modes(gates))
    compare(board, gates, work, progress=progress)
