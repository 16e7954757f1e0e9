"""Runs firmware on the whole SoC in Verilator.

The simulator is built once for each configuration of the SoC and kept by a hash of what it is made
of; the firmware is loaded when a run starts. A run is deterministic: the same firmware gives the
same trace, cycle by cycle.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from amagic.soc.cpu import CORE_MODULE, core_edits, core_verilog
from amagic.soc.memory_map import RAM_BASE
from amagic.soc.soc import Soc, SocConfig

from .bench import BenchError, run_simulator
from .build import Simulator, build_simulator, to_verilog
from .firmware import Program

__all__ = [
    "CONSTANT_CPU",
    "SocError",
    "SocRun",
    "build_soc",
    "check_windows",
    "run_built",
    "run_soc",
    "with_words",
    "without_places",
    "without_zeros",
]

MAX_WINDOWS = 8
_PROGRESS_SECONDS = 5.0


class SocError(BenchError):
    """A run of the SoC went wrong; the text says how, and what the serial port printed last."""


@dataclass(frozen=True)
class SocRun:
    """One run: the probe's trace, what the serial port sent, and how long it took.

    `finished` says that the firmware ended the run; `vcd_path` is the waveform, if there is one.
    """

    trace_path: Path
    uart_text: str
    cycles: int
    finished: bool
    vcd_path: Path | None = None


def without_zeros(verilog: str) -> tuple[str, int]:
    """Verilog without the assignments of 0 to a memory's words, and how many there were.

    Memory is 0 anyway; tens of thousands of assignments would only be compiled.
    """
    return re.subn(r"^ +words\[\d+\] = 32'd0;\n", "", verilog, flags=re.MULTILINE)


def without_places(verilog: str) -> str:
    """Verilog without the places in the Python sources, which differ from checkout to checkout."""
    return re.sub(r"^ *\(\* src = .* \*\)\n", "", verilog, flags=re.MULTILINE)


def with_words(memory: str, words: Mapping[int, int]) -> str:
    """A memory file's text with some of its words replaced, by their addresses."""
    lines = memory.splitlines(keepends=True)
    for address, value in words.items():
        at, rest = divmod(address - RAM_BASE, 4)
        if rest or not 0 <= at < len(lines):
            raise ValueError(f"there is no word of the memory at {address:#x}")
        lines[at] = f"{value:08x}\n"
    return "".join(lines)


CONSTANT_CPU = ("-Wno-ALWNEVER",)
"""With one hart the CPU number is the constant 0, of which Yosys makes a block without inputs. It
never runs, and leaves the number what it is at first: 0."""


@cache  # writing the Verilog takes some seconds, and a demo runs the same SoC twice
def soc_sources(config: SocConfig, core: str | None = None) -> Mapping[str, str]:
    """The Verilog of the simulated SoC, as file name to text."""
    soc, removed = without_zeros(to_verilog(Soc(config), "soc"))  # the wrapper loads the memory
    soc = without_places(soc)
    if removed != config.memory_size // 4:
        raise SocError(
            f"the SoC's Verilog initializes {removed} words of memory, not the "
            f"{config.memory_size // 4} of its configuration"
        )
    if core is None:
        core = core_verilog(core_edits(config.harts))
    return {"soc.v": soc, f"{CORE_MODULE}.v": core}


def build_soc(
    config: SocConfig | None = None, *, waves: bool = False, core: str | None = None
) -> Simulator:
    """Build the SoC's simulator, or find the one that is built already.

    Parameters
    ----------
    config : SocConfig, optional
        The SoC; the default one when it is left out.
    waves : bool
        The simulator can write waveforms, and is slower.
    core : str, optional
        The core's Verilog instead of the edited one (to show what the edit is good for).
    """
    config = config or SocConfig()
    sources, args = dict(soc_sources(config, core)), []
    if waves:
        args.append("+define+SOC_WAVES")
        # The core's insides would be most of the waveform's size.
        sources["waves.vlt"] = f'`verilator_config\ntracing_off -file "*{CORE_MODULE}.v"\n'
    return build_wrapped("soc_waves" if waves else "soc", sources, config, waves=waves, args=args)


def build_wrapped(
    name: str,
    sources: Mapping[str, str],
    config: SocConfig,
    *,
    waves: bool = False,
    args: Sequence[str] = (),
) -> Simulator:
    """Build a simulator of the wrapper around a module ``soc`` that is among the sources.

    Its parameters are as for `amagic_sim.build.build_simulator`.
    """
    wrapper = (Path(__file__).parent / "soc_wrapper.sv").read_text()
    # A sixth faster than Verilator's defaults; a register without a reset starts at 0.
    fast = ["-O3", "--x-assign", "fast", "--x-initial", "fast", *CONSTANT_CPU]
    parameters = [f"-GBIT_CYCLES={config.divisor}", f"-GCLOCK_HZ={config.clock_hz}"]
    return build_simulator(
        name,
        {**sources, "soc_wrapper.sv": wrapper},
        top="soc_wrapper",
        public="marked",
        optimize="run",
        waves=waves,
        args=["--timing", *fast, *parameters, *args],
    )


class _Progress(threading.Thread):
    """Calls back with the cycles so far, now and then."""

    def __init__(self, file: Path, callback: Callable[[int], object]):
        super().__init__(daemon=True)
        self._file = file
        self._callback = callback
        self._done = threading.Event()

    def run(self) -> None:
        last = -1
        while not self._done.wait(_PROGRESS_SECONDS):
            if self._file.is_file():
                cycles = json.loads(self._file.read_text())
                if cycles != last:
                    self._callback(cycles)
                last = cycles

    def stop(self) -> None:
        self._done.set()
        self.join()


def check_windows(windows: Sequence[tuple[int, int]]) -> None:
    """Raises `ValueError` for windows that no waveform can have."""
    if len(windows) > MAX_WINDOWS:
        raise ValueError(f"there can be at most {MAX_WINDOWS} windows, not {len(windows)}")
    for start, end in windows:
        if not 0 <= start < end:
            raise ValueError(f"a window must be START:END with 0 <= START < END, not {start}:{end}")


def _window_args(windows: Sequence[tuple[int, int]]) -> list[str]:
    return [
        argument
        for number, (start, end) in enumerate(windows)
        for argument in (f"+from{number}={start}", f"+to{number}={end}")
    ]


def run_soc(
    firmware: Program | Path,
    out_dir: Path,
    *,
    max_cycles: int,
    until: int | None = None,
    windows: Sequence[tuple[int, int]] = (),
    progress: Callable[[int], object] | None = None,
    config: SocConfig | None = None,
    uart_in: bytes = b"",
    uart_gap: int = 0,
    lines: bool = False,
    must_finish: bool = True,
    core: str | None = None,
    timeout: float = 3600,
    words: Mapping[int, int] = MappingProxyType({}),
) -> SocRun:
    """Run firmware to its end.

    Parameters
    ----------
    firmware : Program or Path
        A program from `amagic_sim.firmware`, or a file for ``$readmemh`` that fills the memory.
    out_dir : Path
        Where the trace (``trace.txt``), the serial port's output (``uart.txt``), the log and the
        waveform (``soc.vcd``) go. It is made, and what an earlier run left there is replaced.
    max_cycles : int
        The run fails when the firmware has not ended it by then.
    until : int, optional
        The run is cut short when the system counter, which the firmware starts, comes to this.
    windows : sequence of (int, int)
        Spans of the system counter (the time stamps of the trace) to write a waveform of, each
        from START up to END, at most `MAX_WINDOWS`.
    progress : callable, optional
        Called from another thread every few seconds with the clock cycles so far.
    config : SocConfig, optional
        The SoC; the default one when it is left out.
    uart_in : bytes
        What is sent to the SoC's serial port, from the reset on.
    uart_gap : int
        Clock cycles between two bytes that are sent, and before the first.
    lines : bool
        Notes of the firmware move the lines of SPIs 33 to 36, as ``soc_wrapper.sv`` says.
    must_finish : bool
        False to get a run back that the firmware did not end.
    core : str, optional
        As for `build_soc`.
    timeout : float
        Seconds of wall-clock time.
    words : mapping of int to int
        Words of the memory that are other than in the firmware, by their addresses.

    Raises
    ------
    SocError
        When the firmware does not end the run, or the simulation breaks.
    ValueError
        For bad windows or a bad limit.
    amagic_sim.build.BuildError
        When the simulator cannot be built.
    """
    image = Path(firmware.hex if isinstance(firmware, Program) else firmware).resolve()
    if not image.is_file():
        raise SocError(f"there is no firmware {image}")
    check_windows(windows)
    simulator = build_soc(config, waves=bool(windows), core=core)
    return run_built(
        simulator,
        out_dir,
        {"firmware.hex": with_words(image.read_text(), words)},
        ["+firmware=firmware.hex"],
        max_cycles=max_cycles,
        until=until,
        windows=windows,
        progress=progress,
        uart_in=uart_in,
        uart_gap=uart_gap,
        lines=lines,
        must_finish=must_finish,
        timeout=timeout,
    )


def run_built(
    simulator: Simulator,
    out_dir: Path,
    files: Mapping[str, str],
    plusargs: Sequence[str] = (),
    *,
    max_cycles: int,
    until: int | None = None,
    windows: Sequence[tuple[int, int]] = (),
    progress: Callable[[int], object] | None = None,
    uart_in: bytes = b"",
    uart_gap: int = 0,
    lines: bool = False,
    must_finish: bool = True,
    timeout: float = 3600,
) -> SocRun:
    """Run a simulator whose top is the wrapper; `files` are what its memories are loaded from, and
    are there during the run. Everything else is as for `run_soc`."""
    if max_cycles < 1:
        raise ValueError(f"max_cycles must be at least 1, not {max_cycles}")
    # cocotb's main program would write a waveform of the whole run; the wrapper writes windows.
    simulator = replace(simulator, waves=False)

    out_dir = Path(out_dir).resolve()
    out_dir.mkdir(parents=True, exist_ok=True)
    names = ("trace.txt", "uart.txt", "uart_in.bin", "soc.vcd", "progress.json", "end.json")
    for name in names:
        (out_dir / name).unlink(missing_ok=True)
    # The simulation runs in out_dir and is given plain names: the wrapper's strings are short.
    plusargs = [*plusargs, *_window_args(windows), "+trace=trace.txt", "+uart=uart.txt"]
    plusargs.append(f"+max_cycles={max_cycles}")
    if until is not None:
        plusargs.append(f"+until={until}")
    if windows:
        plusargs.append("+vcd=soc.vcd")
    if uart_in:
        (out_dir / "uart_in.bin").write_bytes(uart_in)
        plusargs += ["+uart_in=uart_in.bin", f"+uart_gap={uart_gap}"]
    if lines:
        plusargs.append("+lines")

    watcher = _Progress(out_dir / "progress.json", progress) if progress else None
    begun = time.monotonic()
    if watcher:
        watcher.start()
    try:
        for name, text in files.items():
            (out_dir / name).write_text(text)
        run_simulator(
            simulator,
            module="soc_bench",
            run_dir=out_dir,
            search=[Path(__file__).parent],
            plusargs=plusargs,
            timeout=timeout,
        )
    except BenchError as error:
        raise SocError(str(error)) from None
    finally:
        if watcher:
            watcher.stop()
        for name in files:
            (out_dir / name).unlink(missing_ok=True)
    end = json.loads((out_dir / "end.json").read_text())
    uart = (out_dir / "uart.txt").read_bytes().decode("utf-8", "replace")
    vcd = out_dir / "soc.vcd" if windows else None
    run = SocRun(out_dir / "trace.txt", uart, end["cycles"], end["finished"], vcd)
    count = end["count"]
    if must_finish and not run.finished and (until is None or count < until):
        tail = "\n".join(run.uart_text.splitlines()[-10:])
        raise SocError(
            f"the firmware did not end the run within {max_cycles} cycles "
            f"({time.monotonic() - begun:.1f} s); the serial port's last lines:\n{tail}"
        )
    for start, stop in windows:
        if count < stop:
            raise SocError(f"the run ended at {count}, before the end of the window {start}:{stop}")
    return run
