"""Firmware in a finished bitstream, with the real tools and a design that is placed in seconds."""

import io
import random
import shutil

import pytest
from amaranth import ClockDomain, Module, Signal
from amaranth.back import rtlil

from amagic.soc.memory import BlockRam
from amagic_boards.bitstream import PLACED, LoadError, make_bitstream, memory_pattern
from amagic_boards.build import TOP, relax_memory, synthesis_script, synthesize
from amagic_boards.toolchain import Progress, Step, run_step

SIZE = 4096
WORDS = SIZE // 4
QUIET = Progress(io.StringIO())


def design(init):
    """A memory that is written and read over and over, and one bit of what is read."""
    m, soc = Module(), Module()
    m.domains.sync = clock = ClockDomain(reset_less=True)
    count = Signal(16)
    seen = Signal()
    soc.submodules.ram = ram = BlockRam(SIZE, init)
    soc.d.comb += [
        *(port.cyc.eq(1) for port in (ram.fetch, ram.data)),
        *(port.stb.eq(1) for port in (ram.fetch, ram.data)),
        ram.fetch.adr.eq(count),
        ram.data.adr.eq(count[3:]),
        ram.data.dat_w.eq(count.replicate(2)),
        ram.data.sel.eq(count[4:8]),
        ram.data.we.eq(count[-1]),
    ]
    soc.d.sync += [
        count.eq(count + 1),
        seen.eq((ram.fetch.dat_r ^ ram.data.dat_r).xor()),
    ]
    m.submodules.soc = soc
    return rtlil.convert(m, name=TOP, ports=[clock.clk, seen])


def place(folder, init):
    folder.mkdir()
    (folder / f"{TOP}.il").write_text(design(init))
    reads = [f"read_rtlil {TOP}.il", *relax_memory(f"{TOP}.soc.ram")]
    (folder / f"{TOP}.ys").write_text(synthesis_script(reads))
    netlist = synthesize(folder, TOP, QUIET)
    arguments = ["--25k", "--package", "CABGA256", "--json", f"{TOP}.json", "--seed", "1"]
    arguments += ["--lpf-allow-unconstrained", "--textcfg", PLACED]
    run_step(Step("place and route", "nextpnr-ecp5", arguments, "pnr.log"), folder, progress=QUIET)
    return netlist


@pytest.fixture(scope="module")
def placed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bitstream") / "pattern"
    return folder, place(folder, memory_pattern(WORDS))


@pytest.fixture
def work(placed, tmp_path):
    shutil.copytree(placed[0], tmp_path / "work")
    return tmp_path / "work"


def firmware():
    """Mostly zeroes, and the same words again and again: what no pattern may rely on."""
    source = random.Random(5)
    return [source.choice((0, 0, 0, 0x13, source.getrandbits(32))) for _ in range(WORDS)]


def test_the_memory_takes_each_block_once(placed):
    kinds = [cell.kind for cell in placed[1].cells.values()]
    assert kinds.count("DP16KD") == SIZE // 2048


def test_a_loaded_bitstream_is_the_one_that_is_built_with_that_firmware(work, tmp_path):
    loaded, _ = make_bitstream(work, "loaded", firmware(), progress=QUIET)
    place(tmp_path / "direct", firmware())
    arguments = ["--compress", "--input", PLACED, "--bit", "direct.bit"]
    run_step(Step("packing", "ecppack", arguments, "pack.log"), tmp_path / "direct", progress=QUIET)
    assert loaded.read_bytes() == (tmp_path / "direct" / "direct.bit").read_bytes()


def test_firmware_can_be_replaced_again_and_back(work):
    first = make_bitstream(work, "x", firmware(), progress=QUIET)[0].read_bytes()
    other = make_bitstream(work, "x", firmware()[::-1], progress=QUIET)[0].read_bytes()
    assert first != other
    assert make_bitstream(work, "x", firmware(), progress=QUIET)[0].read_bytes() == first


def test_a_design_without_the_pattern_is_refused(work):
    config = (work / PLACED).read_text()
    before, begin, rest = config.partition(".bram_init")
    (work / PLACED).write_text(before + begin + rest.replace("0a", "0b"))
    with pytest.raises(LoadError, match=r"the memory is not in the design once: \d+ of its 64 col"):
        make_bitstream(work, "x", firmware(), progress=QUIET)
