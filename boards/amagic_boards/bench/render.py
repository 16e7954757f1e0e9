"""The bench's document as tables and as a picture."""

import io
from collections.abc import Iterable, Mapping, Sequence

import matplotlib
from matplotlib.figure import Figure

from .peers import PEERS, Peer

__all__ = [
    "aligned",
    "draw",
    "markdown",
    "page",
    "part_rows",
    "peer_rows",
    "point_rows",
    "storm_rows",
]

PRIVATE = 32
"""INTIDs of SGIs and PPIs, which a GIC has beside its SPIs."""
Rows = list[Sequence[str]]


def _number(value: int) -> str:
    return f"{value:,}"


def _cycles(cycles: int, mhz: float) -> str:
    return f"{cycles} ({cycles / mhz * 1000:.0f} ns)"


def _ordered(document: dict) -> list[dict]:
    """The points from few CPUs to many, then by list registers, then by SPIs."""
    return sorted(document["points"], key=lambda p: (p["cpus"], p["lrs"], p["spis"]))


def point_rows(document: dict) -> Rows:
    """A row for each size, after a row of headings."""
    rows: Rows = [
        ("SPIs", "CPUs", "LRs", "LUT4", "COMB", "FF", "RAM16X4", "DP16KD", "MHz")
        + ("line to nIRQ", "LR write to nVIRQ", "IAR read", "EOIR to nIRQ")
    ]
    for point in _ordered(document):
        size = tuple(str(point[name]) for name in ("spis", "cpus", "lrs"))
        if point["status"] != "measured" and "lut4" not in point:
            rows.append((*size, point["status"], *[""] * 9))
            continue
        cells = tuple(_number(point[name]) for name in ("ff", "dpr16x4", "dp16kd"))
        if point["status"] != "measured":
            rows.append((*size, _number(point["lut4"]), point["status"], *cells, *[""] * 5))
            continue
        mhz = " / ".join(f"{each:.1f}" for each in sorted(point["mhz"]))
        took, median = point["latency"], point["median_mhz"]
        rows.append(
            (*size, _number(point["lut4"]), _number(point["comb"]), *cells, mhz)
            + (_cycles(took["line_to_nirq"], median), str(took["lr_write_to_nvirq"]))
            + (str(took["iar_read"]), str(took["eoir_to_nirq"]))
        )
    return rows


_HAMMERS = {"idle": "nothing", "ISENABLER": "GICD_ISENABLERn", "CTLR": "GICD_CTLR"}


def storm_rows(document: dict) -> Rows:
    """The worst case: a row for each size and what CPU 1 writes."""
    rows: Rows = [
        ("SPIs", "CPUs", "CPU 1 writes", "first nIRQ", "last line at nIRQ")
        + ("its longest write", "IAR read of CPU 0")
    ]
    for storm in document["storms"]:
        for key, name in _HAMMERS.items():
            figures = storm[key]
            write = str(figures["gicd_write"]) if key != "idle" else "-"
            rows.append(
                (str(storm["spis"]), str(storm["cpus"]), name)
                + (str(figures["first_nirq"]), str(figures["last_nirq"]))
                + (write, str(figures["iar_read"]))
            )
    return rows


PARTS = (
    ("lines", "inner.distributor.lines"),
    ("rows' state", "inner.distributor.state"),
    ("trees over a row", "inner.distributor.selection.row"),
    ("tree over rows", "inner.distributor.selection"),
    ("engine, GICD", "inner.distributor"),
    ("GICC", "inner.gicc"),
    ("GICH, LRs", "inner.gich"),
    ("GICV", "inner.gicv"),
    ("rest", ""),
)
"""The GIC's parts, and how their modules' names begin; the first that fits counts."""


def _by_part(modules: Mapping[str, int]) -> list[int]:
    counts = dict.fromkeys((name for name, _ in PARTS), 0)
    for module, count in modules.items():
        counts[next(name for name, prefix in PARTS if module.startswith(prefix))] += count
    return list(counts.values())


def part_rows(document: dict) -> Rows:
    """LUT4s of the GIC's parts, a row for each size that was synthesized."""
    rows: Rows = [("SPIs", "CPUs", "LRs", *(name for name, _ in PARTS))]
    for point in _ordered(document):
        if "parts" in point:
            size = (str(point[name]) for name in ("spis", "cpus", "lrs"))
            rows.append((*size, *map(_number, _by_part(point["parts"]))))
    return rows


def _along_spis(document: dict) -> list[dict]:
    """The measured points that differ in the number of SPIs alone, from few to many."""
    return [
        point
        for point in _ordered(document)
        if point["status"] == "measured" and point["cpus"] == 1 and point["lrs"] == 4
    ]


def peer_rows(document: dict) -> Rows:
    """Ours beside the others': a row for each controller, all its sizes in each cell."""
    ours = {
        point["spis"] + PRIVATE: (point["lut4"], point["ff"], point["median_mhz"])
        for point in _along_spis(document)
    }
    rows: Rows = [("controller", "sources", "LUT4", "FF", "MHz")]
    for peer in (Peer("this GIC, all of it, 4 LRs", ours), *PEERS):
        if not peer.sizes:
            continue
        lut4, ff, mhz = zip(*peer.sizes.values(), strict=True)
        speeds = ("not routed" if each is None else f"{each:.0f}" for each in mhz)
        cells = (map(_number, peer.sizes), map(_number, lut4), map(_number, ff), speeds)
        rows.append((peer.name, *(" / ".join(each) for each in cells)))
    return rows


def markdown(rows: Rows) -> str:
    """Rows as a table in Markdown; the first are the headings."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def aligned(rows: Rows) -> str:
    """Rows as text with columns of one width each."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def _line(axes, points: Iterable[tuple[int, float | None]], **style: object) -> None:
    known = [(x, y) for x, y in points if y is not None]
    axes.plot([x for x, _ in known], [y for _, y in known], **style)


def draw(document: dict) -> str:
    """Cost and speed against the number of sources, ours and the others', as SVG."""
    matplotlib.rcParams["svg.hashsalt"] = "amagic"  # the same picture is the same file
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    cost, speed = figure.subplots(1, 2)
    ours = _along_spis(document)
    style = {"color": "black", "marker": "o", "linewidth": 2.4, "zorder": 3}
    sources = [point["spis"] + PRIVATE for point in ours]
    _line(cost, zip(sources, (p["lut4"] for p in ours), strict=True), label="this GIC", **style)
    _line(speed, zip(sources, (p["median_mhz"] for p in ours), strict=True), **style)
    for place, peer in enumerate(PEERS):
        style = {"color": f"C{place}", "marker": ".", "linewidth": 1.2}
        _line(cost, ((n, size[0]) for n, size in peer.sizes.items()), label=peer.name, **style)
        _line(speed, ((n, size[2]) for n, size in peer.sizes.items()), **style)
    cost.set_title("Cost: LUT4 after synthesis", loc="left")
    speed.set_title("Speed: MHz, median of three seeds", loc="left")
    cost.set_yscale("log")
    for axes in (cost, speed):
        axes.set_xscale("log", base=2)
        axes.set_xticks([32, 64, 128, 256, 512, 1024], ["32", "64", "128", "256", "512", "1,024"])
        axes.set_xlabel("interrupt sources")
        axes.grid(True, which="major", color="#dddddd")
        axes.spines[["top", "right"]].set_visible(False)
    cost.set_yticks([1000, 3000, 10000, 30000], ["1,000", "3,000", "10,000", "30,000"])
    cost.minorticks_off()
    speed.set_ylim(bottom=0)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def page(document: dict) -> str:
    """The document as Markdown."""
    tools, options = ", ".join(document["tools"]), document["options"]
    parts = [
        f"{tools}. Synthesis: `{options['synthesis']}`; routing: `{options['routing']}`, from"
        f" {_number(options['large'])} LUT4s on with `{options['large_routing']}`; seeds"
        f" {', '.join(map(str, document['seeds']))}. LUT4, FF and RAM are those of synthesis; COMB"
        " is the routed TRELLIS_COMB; each less what the wrapper has by itself. MHz is the least /"
        " the median / the most of the seeds. Cycles count from the edge after which the line or"
        " the access's strobe goes up; with two synchronizers.\n",
        markdown(point_rows(document)),
    ]
    if document["storms"]:
        parts += [
            "Every line rises in one cycle, while CPU 1 writes GICD without a pause. In cycles:\n",
            markdown(storm_rows(document)),
        ]
    parts += [
        "LUT4s by part. Yosys names a cell after a signal near to it, so where two parts meet a LUT"
        " may count for either; the wrapper's own are in the rest.\n",
        markdown(part_rows(document)),
    ]
    parts += ["Others, measured with the same tools:\n", markdown(peer_rows(document))]
    return "\n".join(parts)
