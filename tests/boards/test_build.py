"""What a build and a load do with what the tools say, with stand-ins for the tools.

(The tools themselves: `test_netlist`, `test_bitstream`, and `make bitstream`.)
"""

import dataclasses
import io
import json
import sys
from pathlib import Path

import pytest

from amagic.soc.soc import SocConfig
from amagic_boards import bitstream, block_ram, build, toolchain
from amagic_boards.bitstream import LoadError, memory_pattern, read_firmware
from amagic_boards.board import Device, find_board
from amagic_boards.build import TimingError, build_board, check_timing, exclusive
from amagic_boards.load import load_board
from amagic_boards.pnr_report import parse_pnr_report
from amagic_boards.toolchain import MissingToolError, Progress, StepError
from amagic_sim.build import BuildError
from amagic_sim.cli import main
from amagic_sim.firmware import SOC_ID, firmware_root, soc_id
from amagic_sim.hypervisor_build import build_hypervisor

BOARD = find_board("ulx3s")


def report(achieved=51.5, constraint=50.0):
    return json.dumps(
        {
            "fmax": {"clk": {"achieved": achieved, "constraint": constraint}},
            "utilization": {"TRELLIS_COMB": {"used": 12, "available": 83640}},
            "critical_paths": [],
        }
    )


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """The stand-ins, found through the environment, and the build in a folder of its own."""
    toolchain._version.cache_clear()
    script = Path(__file__).with_name("stand_in.py")
    for name in toolchain.PACKAGES:
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\nexec {sys.executable} {script} {name} "$@"\n')
        path.chmod(0o755)
        monkeypatch.setenv(toolchain.variable_of(name), str(path))
    monkeypatch.setenv("REPORT", report())
    runs = tmp_path / "runs"
    runs.write_text("")
    monkeypatch.setenv("RUNS", str(runs))

    def write_design(board, work):
        (work / "top.il").write_text("module top")
        return ["top.il"]

    # Elaborating the SoC is the slow part that is left; and the stand-ins' design has no memory.
    monkeypatch.setattr(build, "_write_design", write_design)
    monkeypatch.setattr(
        bitstream, "replace_memory", lambda config, pattern, words: f"{config}{sum(words)}"
    )
    # The firmware's own folder keeps what other tests have built.
    monkeypatch.setattr(build, "build_root", lambda: tmp_path / "build")
    yield lambda: [line.split()[0] for line in runs.read_text().splitlines()]
    toolchain._version.cache_clear()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "build" / "boards" / "ulx3s"


def built(**more):
    return build_board(more.pop("board", BOARD), progress=Progress(io.StringIO()), **more)


ALL_TOOLS = ["yosys", "nextpnr-ecp5", "ecppack"]


def test_a_build_leaves_the_bitstream_and_all_that_belongs_to_it(tools, out):
    assert built() == out
    assert {path.name for path in out.iterdir() if path.is_file()} == {
        *("ulx3s.bit", "ulx3s.svf", "build.json"),
        *("report.txt", "resources.svg", "crossings.txt"),
        *("amagic_regs.h", "amagic_soc.h", "registers.svd", "registers.html"),
        *("firmware.elf", "firmware.bin"),
    }
    manifest = json.loads((out / "build.json").read_text())
    assert manifest["board"] == "ulx3s"
    assert manifest["soc"] == f"{soc_id():#010x}"
    assert tools() == ALL_TOOLS
    text = (out / "report.txt").read_text()
    assert "GIC: distributor" in text
    assert "51.50 MHz, 50.00 MHz wanted" in text
    assert "1 Mbaud (divisor 50)" in text


def test_a_design_that_misses_its_clock_gets_no_bitstream(tools, out, monkeypatch):
    built()
    monkeypatch.setenv("REPORT", report(achieved=49.99))
    with pytest.raises(
        TimingError, match=r"clk reaches 49.99 MHz of 50.00 MHz.*log: .*nextpnr.log"
    ):
        built(seed=2)
    assert [path.name for path in out.iterdir()] == ["work"]
    assert not (out / "work" / bitstream.PLACED).exists()
    assert main(["load", "ulx3s"]) == 1


def test_a_clock_that_nobody_constrained_is_refused():
    check_timing(parse_pnr_report(report(51, 50)), 50_000_000)
    check_timing(parse_pnr_report(report(51, 49.9995)), 50_000_000)
    with pytest.raises(TimingError, match="constrained to the 50 MHz"):
        check_timing(parse_pnr_report(report(51, 12)), 50_000_000)


def test_a_step_that_fails_is_named_with_its_log_and_leaves_no_bitstream(tools, out, monkeypatch):
    for tool, what in zip(ALL_TOOLS, ("synthesis", "place and route", "packing"), strict=True):
        monkeypatch.setenv("FAIL", tool)
        with pytest.raises(StepError, match=rf"{what}[\s\S]*\(log: .*\.log\)[\s\S]*cannot go on"):
            built()
        assert [path.name for path in out.iterdir()] == ["work"]


@pytest.mark.parametrize("tool", ALL_TOOLS)
def test_a_tool_that_is_missing_is_said_before_any_other_runs(tools, out, monkeypatch, tool):
    monkeypatch.setenv(toolchain.variable_of(tool), "/not/there")
    with pytest.raises(MissingToolError, match=rf"{tool}: \w+ names /not/there, which"):
        built()
    assert tools() == [] and [path.name for path in out.iterdir()] == ["work"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "the following arguments are required: BOARD"),
        (["ulx4s"], "there is no board 'ulx4s'; there are ulx3s, ecpix5, versa_ecp5, icepi_zero"),
        (["ulx3s", "--seed", "one"], "expected a number in 0 to 2147483647, not 'one'"),
        (["ulx3s", "--seed", "-1"], "expected a number in 0 to 2147483647, not '-1'"),
        (["ulx3s", "--seed", "2147483648"], "expected a number in 0 to 2147483647"),
        (["ulx3s", "--mode", "direct"], "there is no firmware mode 'direct'; there is emulated,"),
    ],
)
def test_a_wrong_command_line_is_refused_with_what_is_allowed(capsys, options, reason):
    with pytest.raises(SystemExit) as caught:
        main(["build", *options])
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_only_a_change_of_the_hardware_synthesizes_anew_and_only_that_or_the_seed_places_anew(
    tools, monkeypatch
):
    built()
    built()
    assert tools() == [*ALL_TOOLS, "ecppack"]
    built(seed=7)
    assert tools()[4:] == ALL_TOOLS[1:]
    write = build._write_design

    def changed(board, work):
        files = write(board, work)
        (work / "top.il").write_text("module other")
        return files

    monkeypatch.setattr(build, "_write_design", changed)
    built(seed=7)
    assert tools()[6:] == ALL_TOOLS


def test_a_design_that_needs_more_than_the_nominal_device_is_refused(tools, out, monkeypatch):
    monkeypatch.setattr(
        "amagic_boards.board.DEVICES", {BOARD.platform.device: Device("--12k", 0, 0)}
    )
    built()
    (out / "work" / "synthesized.key").unlink()
    monkeypatch.setenv("LUTS", "1")
    with pytest.raises(BuildError, match=r"does not fit ULX3S .*: 1 LUTs are needed, and .* has 0"):
        built(seed=2)


def test_other_firmware_is_loaded_without_place_and_route(tools, out):
    built()
    before = (out / "ulx3s.bit").read_text()
    other = build_hypervisor(defines={"HYP_MAX_LRS": 2}).elf
    load_board(BOARD, other, progress=Progress(io.StringIO()))
    assert tools() == [*ALL_TOOLS, "ecppack"]
    assert (out / "ulx3s.bit").read_text() != before
    assert (out / "firmware.elf").read_bytes() == other.read_bytes()


def test_a_memory_that_is_not_found_in_the_design_leaves_no_bitstream(tools, out, monkeypatch):
    monkeypatch.setattr(bitstream, "replace_memory", block_ram.replace_memory)
    with pytest.raises(
        LoadError, match=r"placed.config: the memory is not in .*; build the board a"
    ):
        built()
    assert [path.name for path in out.iterdir()] == ["work"]


def test_a_load_without_a_build_says_what_makes_one(tools, out):
    elf = build_hypervisor().elf
    with pytest.raises(LoadError, match=r"no bitstream for ulx3s.*`amagic build ulx3s` makes it"):
        load_board(BOARD, elf)
    out.mkdir(parents=True)
    for text in ("{", "[]", "{}", '{"board": "ecpix5"}'):
        (out / "build.json").write_text(text)
        with pytest.raises(LoadError, match=r"build.json is damaged .*: build the board again"):
            load_board(BOARD, elf)


def test_a_bitstream_of_another_soc_is_not_loaded(tools, out):
    built()
    before = (out / "ulx3s.bit").read_bytes()
    other = dataclasses.replace(BOARD, soc=SocConfig(clock_hz=60_000_000))
    with pytest.raises(
        LoadError, match="has another SoC or another version.*build the board again"
    ):
        load_board(other, build_hypervisor().elf)
    assert (out / "ulx3s.bit").read_bytes() == before


def test_one_board_is_worked_on_by_one_command_at_a_time(tools, out):
    with exclusive(BOARD):
        with pytest.raises(
            BuildError, match=r"another command works on ulx3s just now, in .*/work"
        ):
            built()
    assert built() == out


def test_firmware_and_guests_together_are_refused(tools, capsys):
    guest = firmware_root() / "guests" / "template.c"
    assert main(["load", "ulx3s", "x.elf", "--guest0", str(guest)]) == 1
    assert "either a FIRMWARE or guests" in capsys.readouterr().err


def test_firmware_that_does_not_fit_is_refused_with_both_sizes():
    small = dataclasses.replace(BOARD, soc=SocConfig(memory_size=64 * 1024))
    with pytest.raises(
        LoadError, match=r"spans 0x40000000 to .*is 0x40000000 to 0x40010000 \(64 K"
    ):
        read_firmware(build_hypervisor().elf, small)


def test_firmware_for_another_soc_is_refused():
    other = dataclasses.replace(BOARD, soc=SocConfig(clock_hz=60_000_000))
    with pytest.raises(LoadError, match="was built for another SoC or another version"):
        read_firmware(build_hypervisor().elf, other)


def test_firmware_that_does_not_say_its_soc_is_refused(monkeypatch):
    monkeypatch.setattr(bitstream, "read_elf", lambda path: (0x4000_0000, b"1234", {}))
    with pytest.raises(LoadError, match=f"has no symbol {SOC_ID}"):
        read_firmware(Path("x.elf"), BOARD)


def test_what_is_no_firmware_is_refused(tmp_path):
    with pytest.raises(LoadError, match="cannot read the firmware .*none.elf: No such file"):
        read_firmware(tmp_path / "none.elf", BOARD)
    (tmp_path / "x.elf").write_bytes(b"hello")
    with pytest.raises(BuildError, match="is not a 32-bit little-endian ELF file"):
        read_firmware(tmp_path / "x.elf", BOARD)


def test_firmware_fills_the_memory_from_its_first_word():
    program = build_hypervisor()
    words = read_firmware(program.elf, BOARD).words
    assert len(words) * 4 == BOARD.soc.memory_size
    image = program.image.read_bytes()
    assert b"".join(word.to_bytes(4, "little") for word in words)[: len(image)] == image


@pytest.mark.parametrize("words", [1024, 32768])
def test_no_two_columns_of_the_memorys_pattern_are_alike(words):
    pattern = memory_pattern(words)
    columns = [
        tuple(word >> bit & 1 for word in pattern[start : start + 512])
        for start in range(0, words, 512)
        for bit in range(32)
    ]
    assert len(set(columns)) == len(columns)
