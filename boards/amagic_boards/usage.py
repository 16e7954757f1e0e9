"""What a design takes of a device, part by part, and how fast it is: a table and a chart.

A cell belongs to the part whose module stands in its name. Yosys names the cells that its mapper
makes after the nearest signal that has a name; where two parts meet, that is either's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .board import Board
from .netlist import Cell, Netlist
from .pnr_report import PnrReport

__all__ = ["KINDS", "PARTS", "Part", "draw_usage", "fits", "parts_of", "usage_report"]

PARTS = (
    ("GIC: distributor", "soc.gicv2.distributor"),
    ("GIC: GICC, physical CPU interface", "soc.gicv2.gicc"),
    ("GIC: GICV, virtual CPU interface", "soc.gicv2.gicv"),
    ("GIC: GICH and list registers", "soc.gicv2.gich"),
    ("GIC: between these", "soc.gicv2"),
    ("generic timer", "soc.generic_timer"),
    ("CPU", "soc.cpu"),
    ("memory", "soc.ram"),
    ("serial port", "soc.uart"),
    ("probe", "soc.probe"),
    ("rest: bus, clock, pins, lights", ""),
)
"""The parts of a design, and how their cells' names begin; the first that fits counts."""

KINDS: Mapping[str, str] = {
    "LUT4": "LUT4",
    "CCU2C": "carry",
    "TRELLIS_FF": "FF",
    "TRELLIS_DPR16X4": "16x4 RAM",
    "DP16KD": "block RAM",
    "MULT18X18D": "multiplier",
}
"""The kinds of cells that are counted, and their headings."""


@dataclass(frozen=True)
class Part:
    """A part and how many cells of each of `KINDS` it has."""

    name: str
    counts: Mapping[str, int]


def _part_of(cell: Cell) -> str:
    return next(name for name, prefix in PARTS if cell.name.startswith(prefix))


def parts_of(netlist: Netlist) -> list[Part]:
    """The parts that a netlist has, in the order of `PARTS`, and behind them their sum."""
    counts = {name: dict.fromkeys(KINDS, 0) for name, _ in PARTS}
    for cell in netlist.cells.values():
        if cell.kind in KINDS:
            counts[_part_of(cell)][cell.kind] += 1
    parts = [Part(name, kinds) for name, kinds in counts.items() if any(kinds.values())]
    total = {kind: sum(part.counts[kind] for part in parts) for kind in KINDS}
    return [*parts, Part("total", total)]


def fits(board: Board, netlist: Netlist) -> list[str]:
    """What of the board's device, by its nominal size, does not suffice; a line each."""
    total = parts_of(netlist)[-1].counts
    # A carry cell is two LUTs with their carry, a distributed RAM four.
    luts = total["LUT4"] + 2 * total["CCU2C"] + 4 * total["TRELLIS_DPR16X4"]
    needed = (
        ("LUTs", luts, board.device.luts),
        ("block RAMs", total["DP16KD"], board.device.block_rams),
    )
    return [
        f"{count} {what} are needed, and the {board.platform.device} has {there}"
        for what, count, there in needed
        if count > there
    ]


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def usage_report(board: Board, netlist: Netlist, report: PnrReport, notes: Iterable[str]) -> str:
    """The report of a build as text: size, part by part; the device's use; speed; `notes`."""
    parts = parts_of(netlist)
    lines = [f"{board.title}: resources and timing", ""]
    lines += _table(
        [
            ("synthesized cells", *KINDS.values()),
            *((part.name, *(f"{part.counts[kind]:,}" for kind in KINDS)) for part in parts),
        ]
    )
    lines += ["", f"placed on {board.platform.device}", ""]
    lines += _table(
        [
            ("cells", "used", "there"),
            *(
                (kind, f"{usage.used:,}", f"{usage.available:,}")
                for kind, usage in report.usage.items()
                if usage.used
            ),
        ]
    )
    for name, clock in report.clocks.items():
        lines += ["", f"clock {name}: {clock.achieved:.2f} MHz, {clock.constraint:.2f} MHz wanted"]
        lines += _slowest_path(report, name)
    return "\n".join([*lines, "", *notes, ""])


def _slowest_path(report: PnrReport, clock: str) -> list[str]:
    path = report.paths.get(clock, ())
    if not path:
        return []
    total = sum(piece.ns for piece in path)
    routing = sum(piece.ns for piece in path if piece.kind == "routing")
    return [
        f"  slowest path: {total:.2f} ns, {routing:.2f} ns of it routing, over"
        f" {sum(piece.kind == 'logic' for piece in path)} cells",
        f"  from {path[0].cell}",
        f"  to   {path[-1].cell}",
    ]


def draw_usage(board: Board, netlist: Netlist, path: Path) -> None:
    """Write the chart: a bar for each part's LUTs and flip-flops."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    parts = parts_of(netlist)[-2::-1]
    figure = Figure(figsize=(9, 0.45 * len(parts) + 1.4), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    height = 0.38
    for offset, kind, color in (
        (height / 2, "LUT4", "#4c72b0"),
        (-height / 2, "TRELLIS_FF", "#dd8452"),
    ):
        counts = [part.counts[kind] for part in parts]
        bars = axes.barh(
            [place + offset for place in range(len(parts))],
            counts,
            height,
            color=color,
            label=KINDS[kind],
        )
        axes.bar_label(bars, [f"{count:,}" for count in counts], padding=3, fontsize=8)
    axes.set_yticks(range(len(parts)), [part.name for part in parts])
    axes.margins(x=0.1)
    axes.set_xlabel("cells after synthesis")
    axes.set_title(board.title)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(path, format="svg")
