"""`amagic verilog`, its files, and what it says to bad input."""

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from amagic import __version__
from amagic.gic import Gic, GicConfig
from amagic.ip import IpConfig, ports, write_ip
from amagic.ip.files import RENDERERS, write_files
from amagic_sim.build import find_verilator
from amagic_sim.cli import main

SMALL = ["--spis", "0", "--lrs", "1"]
INTERRUPTS = ["ppi_0 in 16", "irq out 1", "fiq out 1", "virq out 1", "vfiq out 1"]
INTERRUPTS += ["maintenance out 1"]
GOLDEN = {
    "wishbone": [
        *("wb_cyc_i in 1", "wb_stb_i in 1", "wb_we_i in 1", "wb_adr_i in 13", "wb_sel_i in 4"),
        *("wb_dat_i in 32", "wb_dat_o out 32", "wb_ack_o out 1", "wb_cpu_i in 3"),
        "wb_secure_i in 1",
    ],
    "axi4lite": [
        *("s_axil_awaddr in 15", "s_axil_awprot in 3", "s_axil_awuser in 3", "s_axil_awvalid in 1"),
        *("s_axil_awready out 1", "s_axil_wdata in 32", "s_axil_wstrb in 4", "s_axil_wvalid in 1"),
        *("s_axil_wready out 1", "s_axil_bresp out 2", "s_axil_bvalid out 1", "s_axil_bready in 1"),
        *("s_axil_araddr in 15", "s_axil_arprot in 3", "s_axil_aruser in 3", "s_axil_arvalid in 1"),
        *("s_axil_arready out 1", "s_axil_rdata out 32", "s_axil_rresp out 2"),
        *("s_axil_rvalid out 1", "s_axil_rready in 1"),
    ],
    "apb": [
        *("paddr in 15", "pprot in 3", "pauser in 3", "psel in 1", "penable in 1", "pwrite in 1"),
        *("pwdata in 32", "pstrb in 4", "pready out 1", "prdata out 32", "pslverr out 1"),
    ],
}
"""The ports of each bus: a promise to who uses them. They may not change."""
TIMER = ["timer_count_enable in 1", "timer_debug_halt in 1", "timer_count out 64"]


def verilog(*arguments) -> int:
    return main(["verilog", *map(str, arguments)])


def error_of(capsys, *arguments) -> str:
    """What the command says to a wrong command line."""
    with pytest.raises(SystemExit) as stop:
        verilog(*arguments)
    assert stop.value.code == 2
    return capsys.readouterr().err


def module_ports(text: str) -> list[str]:
    """The ports that the module's head names, as the declarations behind it say."""
    head, body = re.search(r"^module \w+\((.*?)\);(.*?)^endmodule", text, re.S | re.M).groups()
    declared = re.findall(r"^  (in|out)put (?:\[(\d+):0\] )?(\w+);", body, re.M)
    ports = {name: f"{name} {way} {int(high or 0) + 1}" for way, high, name in declared}
    names = re.findall(r"\w+", head)
    assert len(ports) == len(names)
    return [ports[name] for name in names]


def documented_ports(config: IpConfig) -> list[str]:
    return [f"{p.name} {p.way.removesuffix('put')} {p.width}" for p in ports(config)]


@pytest.mark.parametrize("bus", GOLDEN)
def test_the_ports_are_the_promised_ones(bus):
    ports = ["clk in 1", "rst in 1", *GOLDEN[bus]]
    config = GicConfig(spis=40)
    assert documented_ports(IpConfig(config, bus)) == [*ports, "spi in 40", *INTERRUPTS]
    assert documented_ports(IpConfig(GicConfig(spis=0), bus)) == [*ports, *INTERRUPTS]


def test_cpus_and_a_timer_add_ports_and_change_no_name():
    config = IpConfig(GicConfig(cpus=3), "apb", timer=True)
    names = [port.split()[0] for port in documented_ports(config)]
    one = [port.split()[0] for port in documented_ports(IpConfig(GicConfig(), "apb"))]
    assert set(names) - set(one) == {"ppi_1", "ppi_2", *(port.split()[0] for port in TIMER)}
    assert documented_ports(config)[-3:] == TIMER
    assert [name for name in names if name in one] == one
    assert "irq out 3" in documented_ports(config) and "paddr in 18" in documented_ports(config)


@pytest.mark.parametrize("bus", GOLDEN)
def test_the_file_has_these_ports_and_its_head_tells_them_version_and_parameters(tmp_path, bus):
    path = tmp_path / "some_gic.v"
    assert verilog(*SMALL, "--bus", bus, "--priority-bits", 4, "-o", path) == 0
    text = path.read_text()
    config = IpConfig(GicConfig(spis=0, lrs=1, priority_bits=4), bus)
    assert module_ports(text) == documented_ports(config)
    modules = re.findall(r"^module (\w+)\(", text, re.M)
    assert modules[0] == "some_gic" and len(modules) == text.count("\nmodule ")
    assert all(module.startswith("some_gic_") for module in modules[1:])
    comment = text[: text.index("\n\n")]
    assert f"amagic {__version__}" in comment
    for line in ("cpus = 1", "spis = 0", "lrs = 1", "priority_bits = 4", f"bus = {bus}"):
        assert f"//   {line}\n" in comment
    for port in ports(config):
        assert re.search(rf"^//   {port.way} +{port.name} +{port.width} ", comment, re.M)


@pytest.mark.parametrize(
    "options",
    [
        ["--spis", 0, "--lrs", 1, "--priority-bits", 4, "--bus", "apb"],
        ["--cpus", 2, "--spis", 33, "--lrs", 5, "--priority-bits", 6, "--timer"],
        ["--cpus", 4, "--spis", 32, "--bus", "apb", "--timer", "--tree-per-cpu"],
        ["--cpus", 5, "--spis", 96, "--bus", "axi4lite", "--timer-spi", 40, "--no-sync-lines"],
        ["--spis", 32, "--lrs", 1, "--security"],
        pytest.param(
            ["--cpus", 8, "--spis", 988, "--lrs", 64, "--priority-bits", 8, "--bus", "axi4lite"],
            marks=pytest.mark.slow,
        ),
    ],
    ids=["smallest", "wishbone", "four_cpus", "axi4lite", "security", "largest"],
)
def test_verilators_lint_says_nothing(tmp_path, options):
    assert verilog(*options, "-o", tmp_path / "gic.v") == 0
    text = (tmp_path / "gic.v").read_text()
    switches = re.findall(r"/\* verilator .*\n", text)
    # Neither is in Verilator's default set, so that is without a warning as it is.
    assert switches == [f"/* verilator lint_off {what} */\n" for what in ("UNUSED", "DECLFILENAME")]
    tool = find_verilator()
    command = [tool.executable, "--lint-only", "-Wall", "gic.v"]
    done = subprocess.run(
        command, cwd=tmp_path, env=tool.environment(), capture_output=True, text=True
    )
    assert done.stderr == "" and done.returncode == 0


def test_every_parameter_of_the_gic_has_an_option(tmp_path):
    options = ["--cpus", 2, "--spis", 1, "--lrs", 2, "--priority-bits", 6, "--no-sync-lines"]
    options += ["--selection-stages", 0, "--tree-per-cpu", "--implementer", "0x43b"]
    options += ["--product", 2, "--revision", 3, "--variant", 4, "--security"]
    assert verilog(*options, "-o", tmp_path / "gic.v") == 0
    config = GicConfig(2, 1, 2, 6, True, False, 0, True, 0x43B, 2, 3, 4)
    assert all(getattr(config, f.name) != f.default for f in dataclasses.fields(config))
    text = (tmp_path / "gic.v").read_text()
    for name, value in dataclasses.asdict(config).items():
        assert f"//   {name} = {value}\n" in text


def test_what_belongs_to_it_is_written_beside_it(tmp_path, capsys):
    path = tmp_path / "gic.v"
    options = ["--header", "--svd", "--html", "--dts", "--base", "0xf0000000"]
    assert verilog(*SMALL, "-o", path, *options) == 0
    names = ["gic.v", "gic.h", "gic.svd", "gic.html", "gic.dtsi"]
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    assert capsys.readouterr().out.split() == [
        w for n in names for w in ("written:", f"{tmp_path / n}")
    ]
    assert "#define GICV_BASE 0xf0006000\n" in (tmp_path / "gic.h").read_text()
    device = ElementTree.parse(tmp_path / "gic.svd").getroot()
    assert [p.findtext("baseAddress") for p in device.iter("peripheral")] == [
        *("0xf0001000", "0xf0002000", "0xf0004000", "0xf0006000")
    ]
    assert "0xf0004000" in (tmp_path / "gic.html").read_text()
    assert "<0xf0001000 0x1000>" in (tmp_path / "gic.dtsi").read_text()


def test_each_file_can_be_given_a_name(tmp_path):
    assert verilog(*SMALL, "-o", tmp_path / "gic.v", "--svd", tmp_path / "other.xml") == 0
    assert sorted(os.listdir(tmp_path)) == ["gic.v", "other.xml"]


def test_nothing_else_is_written_unasked(tmp_path):
    assert verilog(*SMALL, "-o", tmp_path / "gic.v") == 0
    assert os.listdir(tmp_path) == ["gic.v"]


def test_python_does_the_same_in_three_lines(tmp_path):
    command = ["--cpus", 2, "--spis", 32, "--lrs", 1, "--bus", "apb", "--header"]
    assert verilog(*command, "-o", tmp_path / "gic.v") == 0
    folder = tmp_path / "python"
    folder.mkdir()
    config = GicConfig(cpus=2, spis=32, lrs=1)
    for gic in (Gic(config), config):
        write_ip(folder / "gic.v", gic, bus="apb", header=True)
        for name in ("gic.v", "gic.h"):
            assert (folder / name).read_text() == (tmp_path / name).read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cpus", 0], "cpus must be an integer in 1 to 8, not 0"),
        (["--cpus", 9], "cpus must be an integer in 1 to 8, not 9"),
        (["--spis", -1], "spis must be an integer in 0 to 988, not -1"),
        (["--spis", 989], "spis must be an integer in 0 to 988, not 989"),
        (["--lrs", 65], "lrs must be an integer in 1 to 64, not 65"),
        (["--priority-bits", 3], "priority_bits must be an integer in 4 to 8, not 3"),
        (["--selection-stages", 6], "selection_stages must be None or an integer in 0 to 5, not 6"),
        (["--implementer", "0x1000"], "implementer must be an integer in 0 to 4095, not 4096"),
        (["--product", 256], "product must be an integer in 0 to 255, not 256"),
        (["--revision", 16], "revision must be an integer in 0 to 15, not 16"),
        (["--variant", -1], "variant must be an integer in 0 to 15, not -1"),
        (
            ["--security", "--priority-bits", 4],
            "priority_bits with security must be an integer in 5 to 8, not 4",
        ),
        (["--spis", "many"], "--spis: must be a number, not 'many'"),
        (["--bus", "ahb"], "bus must be one of wishbone, axi4lite, apb, not 'ahb'"),
        (["--frequency", 0], "frequency must be an integer in 1 to 4294967295, not 0"),
        (["--timer-spi", 31], "timer_spi must be None or an integer in 32 to 92, not 31"),
        (["--timer-spi", 93], "timer_spi must be None or an integer in 32 to 92, not 93"),
        (["--spis", 3, "--timer-spi", 32], "the GIC has 3 SPIs"),
        (["--name", "1st"], "name must be letters, digits and '_', a letter first, not '1st'"),
        (["--base", "0x100"], "base must be a multiple of 0x8000"),
        (["--timer", "--base", "0x8000"], "base must be a multiple of 0x40000"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(tmp_path, capsys, options, message):
    said = error_of(capsys, "-o", tmp_path / "gic.v", "--html", *options)
    assert message in said
    assert os.listdir(tmp_path) == []


def test_a_file_whose_name_is_no_module_name_needs_one(tmp_path, capsys):
    assert "name must be" in error_of(capsys, *SMALL, "-o", tmp_path / "my-gic.v")
    assert verilog(*SMALL, "-o", tmp_path / "my-gic.v", "--name", "my_gic") == 0
    assert "\nmodule my_gic(" in (tmp_path / "my-gic.v").read_text()


def test_two_files_in_one_place_are_refused(tmp_path, capsys):
    path = tmp_path / "gic.v"
    said = error_of(capsys, *SMALL, "-o", path, "--svd", path)
    assert f"must have a file of its own, not {path}" in said
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["-o", *(f"--{kind}" for kind in RENDERERS)])
def test_a_missing_folder_is_named_and_nothing_is_written(tmp_path, capsys, kind):
    options = {"-o": tmp_path / "gic.v"} | {kind: tmp_path / "not" / "there.v"}
    assert verilog(*SMALL, *(word for pair in options.items() for word in pair)) == 1
    said = capsys.readouterr().err
    assert f"cannot write {tmp_path}/not/there.v: there is no folder {tmp_path}/not" in said
    assert os.listdir(tmp_path) == []


def test_a_folder_or_device_in_the_place_of_the_file_is_refused(tmp_path, capsys):
    (tmp_path / "gic.v").mkdir()
    for path in (tmp_path / "gic.v", Path("/dev/null")):
        assert verilog(*SMALL, "--name", "gic", "-o", path) == 1
        assert f"cannot write {path}: it is there, and not a plain file" in capsys.readouterr().err
    assert not Path("/dev/null").is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert verilog(*SMALL, "-o", tmp_path / "gic.v") == 1
    assert f"no permission to write in {tmp_path}" in capsys.readouterr().err


def test_when_one_file_fails_the_others_are_as_they_were(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_files({first: "after", second: "\ud800"})
    assert first.read_text() == "before"
    assert os.listdir(tmp_path) == ["first"]


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to("real")
    write_files({tmp_path / "link": "after"})
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "after"


def test_a_file_that_is_none_of_ours_is_a_wrong_call(tmp_path):
    with pytest.raises(TypeError, match="xml is none of the files: header, svd, html, dts"):
        write_ip(tmp_path / "gic.v", GicConfig(), xml=True)


def test_a_timer_spi_needs_a_timer():
    with pytest.raises(ValueError, match="timer_spi must be None without a timer, not 40"):
        IpConfig(timer_spi=40)
    with pytest.raises(ValueError, match="timer must be True or False, not 1"):
        IpConfig(timer=1)


def test_the_version_is_the_distributions():
    done = subprocess.run(
        [sys.executable, "-m", "amagic_sim.cli", "--version"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"amagic {__version__}\n"
