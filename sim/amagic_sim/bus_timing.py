"""Draws the pictures of ``rtl/INTEGRATING.md``: each bus's timing, and an interrupt's.

``python -m amagic_sim.bus_timing`` runs the Verilog that is shipped, one CPU and 32 SPIs, and
writes an SVG for each picture beside the page. Every edge and value in them is from the simulation.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from amagic.gic import GicConfig
from amagic.ip import GicIp, IpConfig, ports
from amagic.ip.verilog import render_modules

from .bench import run_simulator
from .build import build_simulator

__all__ = ["FOLDER", "PICTURES", "Picture", "draw", "main", "record"]

FOLDER = Path(__file__).resolve().parents[2] / "rtl" / "integrating"
CONFIG = GicConfig(spis=32)


class Row(NamedTuple):
    """A line of a picture. A word is shown in the cycles in which the port ``when`` is 1."""

    port: str
    when: str = ""


class Picture(NamedTuple):
    """What is run and what is shown."""

    bus: str
    test: str
    title: str
    rows: tuple[Row, ...]


_WISHBONE = (
    Row("wb_cyc_i"),
    Row("wb_stb_i"),
    Row("wb_we_i", "wb_stb_i"),
    Row("wb_adr_i", "wb_stb_i"),
    Row("wb_dat_i", "wb_we_i"),
    Row("wb_ack_o"),
    Row("wb_dat_o", "wb_ack_o"),
)

PICTURES: Mapping[str, Picture] = {
    "wishbone": Picture(
        "wishbone",
        "a_write_and_a_read",
        "Wishbone: GICC_PMR is written, then read",
        _WISHBONE,
    ),
    "axi4lite": Picture(
        "axi4lite",
        "a_write_and_a_read",
        "AXI4-Lite: GICC_PMR is written, then read",
        (
            Row("s_axil_awvalid"),
            Row("s_axil_awready"),
            Row("s_axil_awaddr", "s_axil_awvalid"),
            Row("s_axil_wvalid"),
            Row("s_axil_wready"),
            Row("s_axil_wdata", "s_axil_wvalid"),
            Row("s_axil_bvalid"),
            Row("s_axil_bready"),
            Row("s_axil_arvalid"),
            Row("s_axil_arready"),
            Row("s_axil_araddr", "s_axil_arvalid"),
            Row("s_axil_rvalid"),
            Row("s_axil_rready"),
            Row("s_axil_rdata", "s_axil_rvalid"),
        ),
    ),
    "apb": Picture(
        "apb",
        "a_write_and_a_read",
        "APB: GICC_PMR is written, then read",
        (
            Row("psel"),
            Row("penable"),
            Row("pwrite", "psel"),
            Row("paddr", "psel"),
            Row("pwdata", "pwrite"),
            Row("pready"),
            Row("prdata", "pready"),
        ),
    ),
    "interrupt": Picture(
        "wishbone",
        "an_interrupt_and_its_acknowledge",
        "SPI 32 rises, irq follows, and a read of GICC_IAR takes it",
        (Row("spi"), Row("irq"), *_WISHBONE[1:4], *_WISHBONE[5:]),
    ),
}
"""The pictures by the name of their file."""


def record(picture: Picture) -> tuple[dict[str, int], dict[str, list[int]]]:
    """The ports' widths, and their values in each cycle, from a run."""
    config = IpConfig(CONFIG, picture.bus)
    widths = {port.name: port.width for port in ports(config)}
    inputs = {port.name: 0 for port in ports(config) if port.way == "input" and port.name != "clk"}
    text = render_modules(GicIp(config), "gic_ip")
    simulator = build_simulator("gic_ip", {"gic_ip.v": text}, top="gic_ip")
    shown = list(dict.fromkeys(n for row in picture.rows for n in row if n))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "record.json"
        run_simulator(
            simulator,
            module="amagic_sim.bus_timing_bench",
            run_dir=Path(folder) / "run",
            tests=[picture.test],
            env={
                "BUS": picture.bus,
                "PORTS": json.dumps(shown),
                "RECORD": str(out),
                "AMAGIC_INPUTS": json.dumps(inputs),
            },
        )
        return widths, json.loads(out.read_text())


LEFT, CYCLE, ROW, HIGH = 130, 46, 30, 18
_STYLE = (
    "text{font:12px ui-monospace,Consolas,monospace;fill:#1d2430}"
    ".t{font:600 14px system-ui,sans-serif}.n{fill:#5b6675;font-size:10px}"
    ".v{font-size:11px;text-anchor:middle}"
    ".w{fill:none;stroke:#14539a;stroke-width:1.6}.b{fill:#dfe9f7;stroke:#14539a}"
    ".g{stroke:#e3e7ee}.i{stroke:#9aa6b5}"
)


def _bit(values: Sequence[int], top: int) -> str:
    """A line that is high or low in each cycle."""
    level = [top if value else top + HIGH for value in values]
    path = f"M{LEFT} {level[0]}"
    for cycle, y in enumerate(level):
        path += f"V{y}H{LEFT + CYCLE * (cycle + 1)}"
    return f'<path class="w" d="{path}"/>'


def _word(values: Sequence[int | None], top: int) -> list[str]:
    """Boxes with values; a line where there is none."""
    parts, cycle, middle = [], 0, top + HIGH // 2
    while cycle < len(values):
        end = cycle + 1
        while end < len(values) and values[end] == values[cycle]:
            end += 1
        x, right = LEFT + CYCLE * cycle, LEFT + CYCLE * end
        value = values[cycle]
        if value is None:
            parts.append(f'<path class="i" d="M{x} {middle}H{right}"/>')
        else:
            parts.append(
                f'<path class="b" d="M{x} {middle}l4 {-HIGH // 2}H{right - 4}l4 {HIGH // 2}'
                f'l-4 {HIGH // 2}H{x + 4}z"/>'
                f'<text class="v" x="{(x + right) // 2}" y="{middle + 4}">{value:x}</text>'
            )
        cycle = end
    return parts


def draw(picture: Picture, widths: Mapping[str, int], samples: Mapping[str, Sequence[int]]) -> str:
    """The picture as SVG."""
    cycles = len(next(iter(samples.values())))
    width, height = LEFT + CYCLE * cycles + 12, 62 + ROW * (len(picture.rows) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img"><title>{escape(picture.title)}</title>',
        f'<style>{_STYLE}</style><rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="t" x="10" y="22">{escape(picture.title)}</text>',
    ]
    for cycle in range(cycles + 1):
        x = LEFT + CYCLE * cycle
        parts.append(f'<path class="g" d="M{x} 52V{height - 8}"/>')
        if cycle < cycles:
            parts.append(f'<text class="n" x="{x + CYCLE // 2 - 3}" y="46">{cycle}</text>')
    top = 56
    clock = f"M{LEFT} {top + HIGH}" + "".join(
        f"v{-HIGH}h{CYCLE // 2}v{HIGH}h{CYCLE // 2}" for _ in range(cycles)
    )
    parts.append(f'<text x="10" y="{top + 14}">clk</text><path class="w" d="{clock}"/>')
    for row in picture.rows:
        top += ROW
        values = samples[row.port]
        parts.append(f'<text x="10" y="{top + 14}">{row.port}</text>')
        if widths[row.port] == 1 or row.port == "spi":
            parts.append(_bit([value & 1 for value in values], top))
        else:
            shown = zip(values, samples[row.when], strict=True)
            parts += _word([value if on else None for value, on in shown], top)
    return "\n".join([*parts, "</svg>", ""])


def main() -> int:
    """Draw every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        path = FOLDER / f"{name}.svg"
        path.write_text(draw(picture, *record(picture)), encoding="utf-8")
        print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
