"""A board in simulation: its top level with pins, clock and reset, behind a pseudo-terminal.

The design is the one that is synthesized for the board, with models of the device's PLL and pins.
The firmware's words are those that `amagic build` puts into the block RAM; here they are read into
the memory when the simulation starts, so that other firmware needs no other simulator.
"""

import os
import pty
import re
import signal
import subprocess
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from amagic_sim.build import BuildError, Simulator, build_simulator
from amagic_sim.soc_sim import CONSTANT_CPU

from ..board import Board
from ..top import Top
from .protocol import LinkError

__all__ = ["SimulatedBoard", "build_simulated", "simulated_board"]

_TOP = "top"
_HERE = Path(__file__).parent
_SURROUNDINGS = ("pin_buffers.v", "simulated_board.sv", "serial_line.cpp")
_PLL = _HERE.parent / "gate" / "models" / "EHXPLLL.v"
_PORTS = re.compile(r"^  (?:input|output|inout) (\w+);$", re.MULTILINE)


def _pins(board: Board, verilog: str) -> str:
    """How the board's pins are connected: the oscillator, the serial line, the reset button."""
    top = verilog[re.search(rf"^module {_TOP}\(", verilog, re.MULTILINE).start() :]
    ports = _PORTS.findall(top[: top.index("endmodule")])
    wires = board.connections(ports, clock="clk", rx="rx", tx="tx", reset="pressed")
    connections = ", ".join(f".{name}({wires.get(name, '')})" for name in ports)
    frequency = board.platform().default_clk_frequency
    return "\n".join(
        [
            f"localparam real INPUT_NS = {1e9 / frequency};",
            f"localparam real BIT_NS = {1e9 / board.soc.baud};",
            f"`define BOARD_PINS {connections}",
            "",
        ]
    )


@cache  # writing the Verilog takes the better part of a minute
def _sources(board: Board) -> dict[str, str]:
    plan = board.platform().prepare(Top(board), _TOP, debug_verilog=True)
    texts = {
        file: content.decode() if isinstance(content, bytes) else content
        for file, content in plan.files.items()
        if file.endswith(".v")
    }
    design = re.sub(r"^ *\(\* .* \*\)\n", "", texts.pop(f"{_TOP}.debug.v"), flags=re.MULTILINE)
    # Tens of thousands of assignments of 0 would only be compiled.
    design, removed = re.subn(r"^ +words\[\d+\] = 32'd0;\n", "", design, flags=re.MULTILINE)
    if removed != board.soc.memory_size // 4:
        raise BuildError(f"{board.name}: the design initializes {removed} words of memory")
    return {
        f"{_TOP}.v": design,
        **texts,
        **{file: (_HERE / file).read_text() for file in _SURROUNDINGS},
        _PLL.name: _PLL.read_text(),
        "board_pins.svh": _pins(board, design),
    }


def build_simulated(board: Board) -> Simulator:
    """Build the simulator of a board, or find the one that is built already."""
    return build_simulator(
        f"board-{board.name}",
        _sources(board),
        top="simulated_board",
        public="marked",
        optimize="run",
        cocotb=False,
        args=[
            "--timing",
            "--no-sched-zero-delay",
            "-O3",
            "--x-assign",
            "fast",
            "--x-initial",
            "fast",
            *CONSTANT_CPU,
        ],
    )


class SimulatedBoard:
    """A simulated board that runs: `port` is what a program opens as its serial port."""

    def __init__(self, process: subprocess.Popen, line: int, log: Path):
        self.process = process
        self.port = os.ttyname(line)
        self.log = log
        self._line: int | None = line

    def press_reset(self) -> None:
        """Press the reset button, and let it go: when the simulation gets there."""
        self.process.send_signal(signal.SIGUSR1)

    def release(self) -> None:
        """Let the port go. The simulation ends when nobody else holds it."""
        if self._line is not None:
            os.close(self._line)
        self._line = None

    def ending(self) -> str | None:
        """How the simulator ended, if it did."""
        try:
            code = self.process.wait(1)  # its end of the line goes before it does
        except subprocess.TimeoutExpired:
            return None
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"{how} (log: {self.log})"


@contextmanager
def simulated_board(
    simulator: Simulator, words: Sequence[int], work: Path
) -> Iterator[SimulatedBoard]:
    """Run a board with `words` in its memory, until the block ends.

    When a `LinkError` leaves the block and the simulator has ended, the error says so. The
    simulation ends by itself when nobody holds the port any more, as when this process is killed.
    """
    work.mkdir(parents=True, exist_ok=True)
    (work / "firmware.hex").write_text("\n".join(f"{word:08x}" for word in words) + "\n")
    log = work / "simulator.log"
    master, slave = pty.openpty()
    try:
        tty.setraw(slave)  # else the terminal would send the board's first bytes back to it
        with log.open("w") as output:
            process = subprocess.Popen(
                [simulator.executable, "+firmware=firmware.hex", f"+serial={master}"],
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[master],
            )
    except BaseException:
        os.close(slave)
        raise
    finally:
        os.close(master)
    simulated = SimulatedBoard(process, slave, log)
    try:
        yield simulated
    except LinkError as error:
        if (ending := simulated.ending()) is None:
            raise
        raise LinkError(f"the simulator of the board {ending}; {error}") from error
    finally:
        process.kill()
        process.wait()
        simulated.release()
        (work / "firmware.hex").unlink(missing_ok=True)
