"""`amagic build BOARD`: a bitstream that closes timing, and everything that belongs to it.

Results are under ``build/boards/BOARD``; the tools work, and leave their logs, in ``work`` below
that. A placed and routed design is kept by a hash of what it was made from, so that only a change
of the hardware places and routes anew. Results get their final names together, at the end: a build
that fails leaves none.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from amagic_sim.build import BuildError, build_root
from amagic_sim.firmware import header_dir, soc_id
from amagic_sim.mode import Mode
from amagic_sim.options import number_from

from .bitstream import PLACED, make_bitstream, memory_pattern, read_firmware
from .board import BOARDS, Board, BoardError, find_board
from .board_test.firmware import build_board_firmware
from .crossings import crossing_table, find_crossings
from .netlist import Netlist, check_latches, check_problems, check_structure, read_netlist
from .pnr_report import PnrReport, read_pnr_report
from .register_map import register_map
from .toolchain import PACKAGES, Progress, Step, StepError, find_tool, run_step
from .top import Top
from .usage import draw_usage, fits, usage_report

__all__ = [
    "TimingError",
    "add_arguments",
    "board_argument",
    "build_board",
    "mode_argument",
    "run",
]

TOP = "top"
_MODES = ", ".join(mode.value for mode in Mode)
MANIFEST = "build.json"
_REPORTS = ("report.txt", "resources.svg", "crossings.txt")
_SYNTHESIZED_KEY, _PLACED_KEY = "synthesized.key", "placed.key"
_LATCHES = "latches.txt"
_PROBLEMS = "problems.txt"
_MAX_SEED = 2**31 - 1
_CLOSE_ENOUGH = 1.0001  # of a frequency, for what nextpnr rounds


class TimingError(BuildError):
    """A design does not reach its clock."""


def board_argument(name: str) -> Board:
    """An argument of the command line that names a board."""
    try:
        return find_board(name)
    except BoardError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def mode_argument(name: str) -> Mode:
    """The mode of that name."""
    try:
        return Mode(name)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"there is no firmware mode {name!r}; there is {_MODES}"
        ) from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic build``."""
    parser.add_argument(
        "board", type=board_argument, metavar="BOARD", help=f"one of {', '.join(BOARDS)}"
    )
    parser.add_argument(
        "--seed",
        type=number_from(0, _MAX_SEED),
        default=1,
        help="for place-and-route; another one, another result (%(default)s)",
    )
    parser.add_argument(
        "--mode",
        type=mode_argument,
        default=Mode.FORWARDED,
        help="how the firmware hands on the timer's interrupt when nobody says it of a run"
        f" ({Mode.FORWARDED.value}): {_MODES}",
    )


def output_folder(board: Board) -> Path:
    return build_root() / "boards" / board.name


def relax_memory(module: str) -> list[str]:
    """Yosys' commands that let it forget what a fetch reads while its word is written.

    That does not matter, since software has to end a change of code with fence.i. Otherwise Yosys
    would make logic for it, and, for want of a third port, the memory twice.
    """
    return [
        f"select -assert-count 2 {module}/t:$memrd_v2",
        f"setparam -set COLLISION_X_MASK 1'1 {module}/t:$memrd_v2",
    ]


def synthesis_script(reads: Sequence[str], name: str = TOP) -> str:
    """Yosys' script: `reads` bring the design in; then a netlist in JSON, and what is wrong."""
    return "\n".join(
        [
            *reads,
            f"synth_ecp5 -top {name} -run begin:map_ffs",
            # Here latches are still cells of their own.
            f"tee -q -o {_LATCHES} select -list t:$dlatch* t:$adlatch* t:$_DLATCH* t:$sr t:$_SR*",
            f"tee -q -o {_PROBLEMS} check",
            "check -assert",
            f"synth_ecp5 -top {name} -run map_ffs:",
            f"write_json {name}.json",
            "",
        ]
    )


def check_timing(report: PnrReport, clock_hz: int) -> None:
    """Raise `TimingError` unless every clock reaches what it must, one of them `clock_hz`."""
    for name, clock in report.clocks.items():
        if not clock.closes:
            raise TimingError(
                f"timing does not close: {name} reaches {clock.achieved:.2f} MHz of"
                f" {clock.constraint:.2f} MHz; another --seed may do"
            )
    wanted = clock_hz / 1e6
    if not any(c.constraint * _CLOSE_ENOUGH >= wanted for c in report.clocks.values()):
        raise TimingError(f"no clock was constrained to the {wanted:g} MHz of the system clock")


def _write_design(board: Board, work: Path) -> list[str]:
    """Write the design's files for the tools; return the names of those that matter."""
    pattern = memory_pattern(board.soc.memory_size // 4)
    plan = board.platform().prepare(Top(board, pattern), TOP)
    verilog = sorted(file for file in plan.files if file.endswith(".v") and ".debug" not in file)
    files = {file: plan.files[file] for file in (f"{TOP}.il", f"{TOP}.lpf", *verilog)}
    reads = [*(f"read_verilog {file}" for file in verilog), f"read_rtlil {TOP}.il"]
    files[f"{TOP}.ys"] = synthesis_script([*reads, *relax_memory(f"{TOP}.soc.ram")])
    for file, text in files.items():
        (work / file).write_bytes(text.encode() if isinstance(text, str) else text)
    return list(files)


def _key(work: Path, files: Sequence[str], *more: str) -> str:
    made_of = [hashlib.sha256((work / file).read_bytes()).hexdigest() for file in sorted(files)]
    return hashlib.sha256("\n".join([*made_of, *more]).encode()).hexdigest()


def _is_kept(work: Path, key: str, name: str, result: str) -> bool:
    """Whether `result` is there, made of what `key` says."""
    stored = work / name
    return (work / result).is_file() and stored.is_file() and stored.read_text() == key


def synthesize(work: Path, name: str, progress: Progress) -> Netlist:
    """Run the script ``<name>.ys`` of `synthesis_script`, and check the netlist.

    The list of the crossings between clock domains goes to ``crossings.txt``. `NetlistError` when
    the design or the netlist breaks a rule.
    """
    step = Step("synthesis", "yosys", [f"{name}.ys"], "yosys.log")
    checks = {_LATCHES: check_latches, _PROBLEMS: check_problems}
    for listing in checks:
        (work / listing).unlink(missing_ok=True)
    try:
        run_step(step, work, progress=progress)
    except StepError:
        for listing, check in checks.items():  # they say more than that there is something wrong
            if (work / listing).is_file():
                check((work / listing).read_text())
        raise
    with progress.during("checking the netlist"):
        for listing, check in checks.items():
            check((work / listing).read_text())
        netlist = read_netlist(work / f"{name}.json", name)
        check_structure(netlist)
        (work / "crossings.txt").write_text(crossing_table(find_crossings(netlist)))
    return netlist


def _place(board: Board, work: Path, seed: int, progress: Progress) -> PnrReport:
    """Place and route. The timing is for the caller to check: the tool's own check would leave no
    report of what was missed."""
    arguments = [*board.nextpnr_arguments, "--json", f"{TOP}.json", "--lpf", f"{TOP}.lpf"]
    arguments += ["--seed", str(seed), "--timing-allow-fail"]
    arguments += ["--report", "nextpnr.json", "--textcfg", "placing.config"]
    step = Step("place and route", "nextpnr-ecp5", arguments, "nextpnr.log")
    run_step(step, work, progress=progress)
    return read_pnr_report(work / "nextpnr.json")


def synthesize_board(board: Board, work: Path, progress: Progress) -> tuple[Netlist, list[str]]:
    """Bring ``top.json`` into the working directory: the netlist, which passes its checks.

    Also returns the names of the files that a placement depends on.
    """
    with progress.during("elaborating the design"):
        files = _write_design(board, work)
    key = _key(work, files, find_tool("yosys").version)
    if _is_kept(work, key, _SYNTHESIZED_KEY, f"{TOP}.json"):
        progress.begin("synthesis: nothing changed since it was done")
        return read_netlist(work / f"{TOP}.json", TOP), files
    (work / _SYNTHESIZED_KEY).unlink(missing_ok=True)
    netlist = synthesize(work, TOP, progress)
    (work / _SYNTHESIZED_KEY).write_text(key)
    return netlist, files


def place_board(
    board: Board, work: Path, seed: int, progress: Progress
) -> tuple[Netlist, PnrReport]:
    """Bring `PLACED` into the working directory: a design that closes timing."""
    netlist, files = synthesize_board(board, work, progress)
    tools = [find_tool(tool).version for tool in ("yosys", "nextpnr-ecp5")]
    key = _key(work, files, *tools, *board.nextpnr_arguments, str(seed))
    if _is_kept(work, key, _PLACED_KEY, PLACED):
        progress.begin("place and route: nothing changed since it was done")
        report = read_pnr_report(work / "nextpnr.json")
        check_timing(report, board.soc.clock_hz)
        return netlist, report
    (work / PLACED).unlink(missing_ok=True)
    if lacking := fits(board, netlist):
        raise BuildError(f"the design does not fit {board.title}: {'; '.join(lacking)}")
    report = _place(board, work, seed, progress)
    try:
        check_timing(report, board.soc.clock_hz)
    except TimingError as error:
        raise TimingError(f"{error} (log: {work / 'nextpnr.log'})") from error
    (work / _PLACED_KEY).write_text(key)
    os.replace(work / "placing.config", work / PLACED)
    return netlist, report


def publish(out: Path, files: Mapping[str, Path]) -> None:
    """Give results their final names in `out`."""
    for name, source in files.items():
        staged = out / f".{name}.new"
        shutil.copyfile(source, staged)
        os.replace(staged, out / name)


def withdraw(out: Path) -> None:
    """Remove an earlier build's results, so that what stands there is always of one build."""
    for path in out.iterdir():
        if path.is_file():
            path.unlink()


@contextmanager
def exclusive(board: Board) -> Iterator[Path]:
    """The folder of a board's results, for one command at a time; `BuildError` for a second one."""
    out = output_folder(board)
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BuildError(f"another command works on {board.name} just now, in {work}") from None
        yield out


def write_manifest(path: Path, board: Board, firmware: Path, **more: object) -> None:
    """What the results are: for people, and for the commands that use them."""
    content = {
        "board": board.name,
        "device": board.platform.device,
        "version": metadata.version("amagic"),
        "soc": f"{soc_id(board.soc):#010x}",
        "clock_hz": board.soc.clock_hz,
        "baud": board.soc.baud,
        "memory_size": board.soc.memory_size,
        "firmware": {
            "name": firmware.stem,
            "file": "firmware.elf",
            "sha256": hashlib.sha256(firmware.read_bytes()).hexdigest(),
        },
        **more,
    }
    path.write_text(json.dumps(content, indent=2) + "\n")


def build_board(
    board: Board,
    *,
    seed: int = 1,
    mode: Mode = Mode.FORWARDED,
    progress: Progress | None = None,
) -> Path:
    """Build a board's bitstream; return the folder with the results.

    Raises
    ------
    BuildError
        When a tool is missing, a step fails, the netlist breaks a rule, the design does not fit or
        does not close timing. Then no bitstream stands in the folder.
    """
    progress = progress or Progress()
    with exclusive(board) as out:
        work = out / "work"
        withdraw(out)
        with progress.during("looking for the tools"):
            for tool in PACKAGES:
                find_tool(tool)
        with progress.during("building the firmware"):
            program = build_board_firmware(board, mode=mode)
            firmware = read_firmware(program.elf, board)
        netlist, report = place_board(board, work, seed, progress)
        bit, svf = make_bitstream(work, board.name, firmware.words, progress=progress)
        text = usage_report(board, netlist, report, _notes(board, seed))
        (work / "report.txt").write_text(text)
        draw_usage(board, netlist, work / "resources.svg")
        write_manifest(work / MANIFEST, board, program.elf, seed=seed, mode=mode.value)
        registers = register_map(board)
        for file, content in registers.items():
            (work / file).write_text(content)
        publish(
            out,
            {
                **{file: work / file for file in (*_REPORTS, *registers)},
                **{path.name: path for path in header_dir(board.soc).glob("*.h")},
                "firmware.elf": program.elf,
                "firmware.bin": program.image,
                MANIFEST: work / MANIFEST,
                svf.name: svf,
                bit.name: bit,
            },
        )
    return out


def _notes(board: Board, seed: int) -> list[str]:
    """What the report says beside its figures."""
    soc = board.soc
    return [
        f"system clock {soc.clock_hz / 1e6:g} MHz; serial port"
        f" {soc.clock_hz / soc.divisor / 1e6:g} Mbaud (divisor {soc.divisor}); memory"
        f" {soc.memory_size // 1024} KiB",
        f"place-and-route seed {seed}; {find_tool('yosys').version};"
        f" {find_tool('nextpnr-ecp5').version}",
    ]


def run(args: argparse.Namespace) -> int:
    """Runs ``amagic build``."""
    out = build_board(args.board, seed=args.seed, mode=args.mode)
    print((out / "report.txt").read_text())
    print("written:")
    for path in sorted(out.iterdir()):
        if path.is_file():
            print(f"  {os.path.relpath(path)}")
    return 0
