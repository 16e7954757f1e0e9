"""Synthesis, and place and route, of a design on its own; each result is kept.

A synthesis is kept by the hash of the design's Verilog, a route by that of the netlist; both also
by the tool's version and its options, and a route by its seed.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..pnr_report import parse_pnr_report
from ..toolchain import Progress, Step, StepError, find_tool, run_step
from .store import Store, digest, write_whole

__all__ = [
    "DEVICE",
    "LARGE",
    "LARGE_ROUTER",
    "SYNTHESIS",
    "Workshop",
    "DoesNotFitError",
    "Netlist",
    "Routed",
    "routing",
]

SYNTHESIS = ("synth_ecp5",)
"""Yosys' command and its options, for every design alike."""
DEVICE = ("--85k", "--package", "CABGA381", "--speed", "6")
LARGE = 10_000
"""LUT4s from which a design is large: nextpnr's usual router may come to no end with it."""
LARGE_ROUTER = ("--router", "router2")
_FULL = re.compile(
    r"^ERROR: .*(?:no B[EI]Ls? remaining|unable to (?:find|place)|exceed)", re.I | re.M
)


class DoesNotFitError(Exception):
    """The device has too few cells of some kind; the text is nextpnr's."""


@dataclass(frozen=True)
class Netlist:
    """A synthesized design: its name in the store, and how many cells of each kind it has.

    ``parts`` counts the LUTs of each submodule, as far as the names of a flat netlist tell.
    """

    key: str
    sha256: str
    cells: Mapping[str, int]
    parts: Mapping[str, int]
    seconds: float


@dataclass(frozen=True)
class Routed:
    """A routed design. ``path`` is the slowest path: delay, kind and cell of each piece."""

    mhz: float
    usage: Mapping[str, int]
    path: tuple[tuple[float, str, str], ...]
    seconds: float


def count_cells(netlist: str, top: str) -> tuple[dict[str, int], dict[str, int]]:
    """How many cells of each kind a flat netlist (Yosys' JSON) has; and LUTs, by submodule."""
    cells = json.loads(netlist)["modules"][top]["cells"]
    kinds = Counter(cell["type"] for cell in cells.values())
    parts = Counter(
        name.rpartition(".")[0] for name, cell in cells.items() if cell["type"] == "LUT4"
    )
    return {kind: kinds[kind] for kind in sorted(kinds) if not kind.startswith("$")}, dict(
        sorted(parts.items())
    )


def routing(netlist: Netlist) -> tuple[str, ...]:
    """nextpnr's options for a design: the device, and how it is routed."""
    return (*DEVICE, *(LARGE_ROUTER if netlist.cells.get("LUT4", 0) >= LARGE else ()))


class Workshop:
    """The folder in which designs are synthesized and routed, and their results kept."""

    def __init__(self, folder: Path, progress: Progress | None = None):
        self._folder = folder
        self._progress = progress or Progress()
        self._netlists = Store(folder / "netlists")
        self._routes = Store(folder / "routes")

    def synthesize(self, what: str, verilog: str) -> Netlist:
        """The netlist of the module ``top``. `what` names the design, for progress and errors."""
        command = " ".join((*SYNTHESIS, "-top top"))
        key = digest([verilog, find_tool("yosys").version, command])
        kept = self._netlists.get(key)
        if kept is None or not self._netlist_file(key).exists():
            with self._work(key) as work:
                (work / "top.v").write_text(verilog)
                script = f"read_verilog top.v; {command} -json top.json"
                step = Step(f"{what}: synthesis", "yosys", ("-p", script), "yosys.log")
                seconds = run_step(step, work, progress=self._progress)
                text = (work / "top.json").read_text()
            cells, parts = count_cells(text, "top")
            kept = asdict(Netlist(key, digest(text), cells, parts, round(seconds, 1)))
            write_whole(self._netlist_file(key), text)
            self._netlists.put(key, kept)
        return Netlist(**kept)

    def route(self, what: str, netlist: Netlist, seed: int) -> Routed:
        """The design routed from this seed.

        Raises
        ------
        DoesNotFitError
            When nextpnr finds no place for all of it.
        """
        tool = find_tool("nextpnr-ecp5").version
        key = digest([netlist.sha256, tool, routing(netlist), seed])
        kept = self._routes.kept(key, lambda: self._route(what, netlist, seed, key))
        if "full" in kept:
            raise DoesNotFitError(kept["full"])
        path = tuple(tuple(piece) for piece in kept["path"])
        return Routed(kept["mhz"], kept["usage"], path, kept["seconds"])

    def _netlist_file(self, key: str) -> Path:
        return self._folder / "netlists" / f"{key}.netlist"

    @contextmanager
    def _work(self, key: str) -> Iterator[Path]:
        """A folder to work in. It stays when the work fails, with its logs."""
        work = self._folder / "work" / key
        work.mkdir(parents=True, exist_ok=True)
        yield work
        shutil.rmtree(work)

    def _route(self, what: str, netlist: Netlist, seed: int, key: str) -> dict:
        with self._work(key) as work:
            shutil.copyfile(self._netlist_file(netlist.key), work / "top.json")
            arguments = [*routing(netlist), "--json", "top.json", "--report", "report.json"]
            # The wrapper's three pins may be anywhere.
            arguments += ["--lpf-allow-unconstrained", "--seed", str(seed)]
            name = f"{what}: placing and routing, seed {seed}"
            try:
                seconds = run_step(
                    Step(name, "nextpnr-ecp5", arguments, "nextpnr.log"),
                    work,
                    progress=self._progress,
                )
            except StepError:
                log = (work / "nextpnr.log").read_text(errors="replace")
                if found := _FULL.search(log):
                    return {"full": found[0].removeprefix("ERROR: ")}
                raise
            report = parse_pnr_report((work / "report.json").read_text())
        clock = report.slowest
        return {
            "mhz": round(report.clocks[clock].achieved, 2),
            "usage": {kind: usage.used for kind, usage in report.usage.items() if usage.used},
            "path": [(piece.ns, piece.kind, piece.cell) for piece in report.paths[clock]],
            "seconds": round(seconds, 1),
        }
