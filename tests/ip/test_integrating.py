"""The page about integration tells what is there: ports, commands, pictures, the example."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from amagic.gic import GicConfig
from amagic.ip import IpConfig, ports
from amagic.ip.blocks import blocks
from amagic.ip.buses import BUSES
from amagic_sim import bus_timing
from amagic_sim.bench import run_simulator
from amagic_sim.build import build_simulator, find_verilator
from amagic_sim.cli import main

RTL = Path(bus_timing.__file__).resolve().parents[2] / "rtl"
PAGE = (RTL / "INTEGRATING.md").read_text()
TOP = RTL / "integrating" / "minimal_top.v"
COMMANDS = [line.strip() for line in PAGE.splitlines() if line.startswith("    amagic verilog ")]


def run_command(command: str, folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    assert main(shlex.split(command)[1:]) == 0


def table_under(text: str) -> str:
    """The first table behind ``text``."""
    return PAGE[PAGE.index(text) :].split("\n\n| ", 1)[1].split("\n\n")[0]


def ports_of(table: str) -> dict[str, tuple[str, set[str]]]:
    """Direction, and the widths that are said, of each port of a table."""
    found = {}
    for row in table.splitlines():
        cells = [cell.strip() for cell in row.strip("| ").split("|")]
        if len(cells) >= 4:
            for name in re.findall(r"`(\w+)`", cells[0]):
                found[name] = (cells[1], set(re.findall(r"\w+", cells[2])))
    return found


@pytest.mark.parametrize("bus", BUSES)
def test_the_page_has_every_port_with_its_direction_and_width(bus):
    tables = {**ports_of(table_under("## Ports")), **ports_of(table_under(f"`--bus {bus}`"))}
    tables |= ports_of(table_under("`--timer` and `--timer-spi`"))
    for cpus, timer in ((1, False), (2, True), (5, True)):
        config = IpConfig(GicConfig(cpus=cpus, spis=96), bus, timer=timer)
        for port in ports(config):
            if re.fullmatch(r"ppi_[2-9]", port.name):
                continue
            way, widths = tables[port.name]
            assert way == port.way.removesuffix("put"), port.name
            said = {"CPUS"} if port.width == cpus and "CPUS" in widths else {str(port.width)}
            said = {"SPIS"} if port.name == "spi" else said
            assert said <= widths, (port.name, port.width, widths)


def test_the_page_names_no_port_that_is_not_there():
    there = {
        port.name for bus in BUSES for port in ports(IpConfig(GicConfig(cpus=2), bus, timer=True))
    }
    for heading in ("## Ports", *(f"`--bus {bus}`" for bus in BUSES), "`--timer` and"):
        assert set(ports_of(table_under(heading))) <= there


def test_the_page_has_the_address_of_every_frame():
    offsets = {b.name: b.address for b in blocks(IpConfig(GicConfig(cpus=5), timer=True))}
    table = table_under("## Addresses")
    for name in ("GICD", "GICC", "GICH", "GICV"):
        assert f"| 0x{offsets[name]:05x} | {name}" in table
    for name in ("CNTControlBase", "CNTBase0", "CNTCTLBase1", "CNTBase8"):
        assert f"0x{offsets[name]:05x}" in table
    assert offsets["CNTBase1"] - offsets["CNTBase0"] == 0x2000


def test_every_link_of_the_page_leads_to_a_file():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(links) >= len(bus_timing.PICTURES) + 1
    for link in links:
        assert (RTL / link).is_file(), link


def test_the_first_command_writes_the_files_of_the_table(tmp_path, monkeypatch):
    run_command(COMMANDS[0], tmp_path, monkeypatch)
    assert {path.name for path in tmp_path.iterdir()} == set(
        re.findall(r"^\| `(\S+)` \|", table_under("## The files"), re.M)
    )


def test_the_lines_of_python_run(tmp_path, monkeypatch):
    lines = re.search(r"From Python:\n\n((?:    .*\n)+)", PAGE)[1]
    assert len(lines.splitlines()) == 3
    monkeypatch.chdir(tmp_path)
    exec(re.sub(r"^    ", "", lines, flags=re.M), {})
    assert {path.name for path in tmp_path.iterdir()} == {"gic.v", "gic.h"}


def test_the_example_is_built_without_a_warning_and_passes_interrupts_on(tmp_path, monkeypatch):
    run_command(COMMANDS[-1], tmp_path, monkeypatch)
    assert COMMANDS[-1] in TOP.read_text()
    sources = {"minimal_top.v": TOP.read_text(), "gic.v": (tmp_path / "gic.v").read_text()}
    (tmp_path / "minimal_top.v").write_text(sources["minimal_top.v"])
    tool = find_verilator()
    command = [tool.executable, "--lint-only", "-Wall", "--top-module", "minimal_top", *sources]
    done = subprocess.run(
        command, cwd=tmp_path, env=tool.environment(), capture_output=True, text=True
    )
    assert done.stderr == "" and done.returncode == 0
    run_simulator(
        build_simulator("minimal_top", sources, top="minimal_top"),
        module="bench_minimal_top",
        run_dir=tmp_path / "run",
        search=[Path(__file__).parent],
    )


@pytest.mark.parametrize("name", bus_timing.PICTURES)
def test_the_pictures_are_what_the_simulation_gives(name):
    picture = bus_timing.PICTURES[name]
    drawn = bus_timing.draw(picture, *bus_timing.record(picture))
    assert (bus_timing.FOLDER / f"{name}.svg").read_text() == drawn
