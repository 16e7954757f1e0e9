"""The Verilog that is shipped is the component that was simulated, and a linter finds no fault.

The peer is the Verilog that Amaranth has Yosys write, which all other benches run on.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from amagic.gic import GicConfig
from amagic.ip import GicIp, IpConfig
from amagic.ip.blocks import blocks
from amagic.ip.netlist import Cell, Netlist, flatten
from amagic.ip.verilog import render_module
from amagic_sim.bench import run_simulator
from amagic_sim.build import build_simulator, find_verilator, to_verilog


def shipped(component, name: str = "top") -> str:
    return render_module(flatten(component, name))


def lint(text: str, folder, name: str = "top") -> str:
    """What Verilator says of the text, with every warning on."""
    tool = find_verilator()
    (folder / f"{name}.v").write_text(text)
    done = subprocess.run(
        [tool.executable, "--lint-only", "-Wall", f"{name}.v"],
        cwd=folder,
        env=tool.environment(),
        capture_output=True,
        text=True,
    )
    return done.stderr


def compare(make, tmp_path, *, cycles: int, choices=None) -> None:
    """Run both renderings of the component that `make` makes with the same inputs."""
    component = make()
    ports = {
        "__".join(map(str, path)): (member.flow, len(value))
        for path, member, value in component.signature.flatten(component)
    }
    inputs = {name: width for name, (flow, width) in ports.items() if flow == In}
    outputs = {name: width for name, (flow, width) in ports.items() if flow == Out}
    lines = [f"    input wire [{width - 1}:0] {name}," for name, width in inputs.items()]
    wires, pins = [], {"peer": [], "ours": []}
    for side in pins:
        for name in inputs:
            pins[side].append(f".{name}({name})")
        for name, width in outputs.items():
            wires.append(f"    wire [{width - 1}:0] {side}_{name};")
            pins[side].append(f".{name}({side}_{name})")
    differs = ", ".join(f"peer_{name} != ours_{name}" for name in outputs)
    every = ", ".join(f"peer_{name}" for name in outputs)
    top = "\n".join(
        [
            "module both(input wire clk, input wire rst,",
            *lines,
            f"    output wire [{len(outputs) - 1}:0] differs,",
            f"    output wire [{sum(outputs.values()) - 1}:0] outputs);",
            *wires,
            *(
                f"    {side} {side}_i (.clk(clk), .rst(rst), {', '.join(own)});"
                for side, own in pins.items()
            ),
            f"    assign differs = {{{differs}}};",
            f"    assign outputs = {{{every}}};",
            "endmodule",
        ]
    )
    sources = {
        "both.v": top,
        "peer.v": to_verilog(component, "peer"),
        "ours.v": shipped(make(), "ours"),
    }
    run_simulator(
        build_simulator("both", sources, top="both"),
        module="bench_same",
        run_dir=tmp_path / "run",
        search=[Path(__file__).parent],
        env={
            "CYCLES": str(cycles),
            "WIDTHS": json.dumps(inputs),
            "CHOICES": json.dumps(choices or {}),
            "AMAGIC_INPUTS": json.dumps(dict.fromkeys(inputs, 0)),
        },
    )


class Everything(wiring.Component):
    """What Amaranth can express and the writer claims to know."""

    a: In(8)
    b: In(5)
    s: In(signed(6))
    n: In(3)
    nothing_reads_this: In(4)
    arithmetic: Out(40)
    comparisons: Out(16)
    shifts: Out(64)
    choices: Out(32)
    registers: Out(24)
    stored: Out(16)
    counted: Out(8)
    same: Out(8)
    constant: Out(6, init=0b101010)
    partly: Out(9)
    scaled: Out(40)

    def elaborate(self, platform):
        m = Module()
        a, b, s, n = self.a, self.b, self.s, self.n
        wide = Signal(12)
        m.d.comb += [
            wide.eq(a + b),
            self.arithmetic.eq(Cat((a - b)[:9], (-s)[:7], (a * b)[4:13], (s + a)[:8], wide[2:9])),
            self.comparisons.eq(
                Cat(a == b, a != b, a < b, a <= b, a > b, a >= b, a < 0, b >= 0, ~a.bool())
            ),
            self.comparisons[9:].eq(Cat(a.any(), a.all(), a.xor(), a.bool() & b.bool(), a == 7)),
            self.comparisons[14:].eq(Cat(n <= 7, b > 40)),
            self.shifts.eq(
                Cat((a << n)[:15], (a >> n)[:8], a.bit_select(n, 3), a.word_select(n[:1], 4))
            ),
            self.shifts[30:].eq(
                Cat((Const(0xFF00, 16) >> n)[:8], (b << Cat(n, 0, 0))[:12], a.rotate_left(3))
            ),
            self.same.eq(a),
            self.partly.eq(Cat(Const(5, 3), n, a[:3])),
        ]
        words = Cat(a, b, n, a, b, ~a)
        m.d.comb += self.scaled.eq(
            Cat(
                words.word_select(n, 5),
                words.word_select(b, 20)[:9],
                a * 6,
                words.bit_select(n * 3, 4),
            )
        )
        with m.Switch(a):
            with m.Case("1-------"):
                m.d.comb += self.choices.eq(1)
            with m.Case("-1------", "--1-----"):
                m.d.comb += self.choices.eq(b)
            with m.Case(3, 5, 9):
                m.d.comb += self.choices[4:20].eq(Mux(n, a, b))
            with m.Default():
                m.d.comb += self.choices[31].eq(Array([a[0], b[0], n[0]])[n[:2]])
        count, kept, half = (
            Signal(8, init=0x5A, name="reg"),
            Signal(4, init=9, reset_less=True),
            Signal(16),
        )
        with m.If(n == 3):
            m.d.sync += [count.eq(count + b), half[4:12].eq(a)]
        with m.Elif(n):
            m.d.sync += [kept.eq(kept ^ b[:4]), half.word_select(n[:2], 4).eq(b[:4])]
        m.d.comb += [self.registers.eq(Cat(count, kept, half[6:14])), self.counted.eq(count)]

        m.submodules.store = store = memory.Memory(shape=unsigned(16), depth=6, init=[])
        write = store.write_port(granularity=8)
        read, other = store.read_port(domain="comb"), store.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(n),
            write.data.eq(Cat(a, count)),
            write.en.eq(b[:2]),
            read.addr.eq(b),
            other.addr.eq(a),
            self.stored.eq(Cat(read.data[:7], other.data[3:12])),
        ]
        return m


def test_every_operation_does_what_yosys_says(tmp_path):
    compare(Everything, tmp_path, cycles=4000)


def test_a_linter_says_nothing_to_any_operation(tmp_path):
    assert lint(shipped(Everything()), tmp_path) == ""


def test_the_ip_does_what_yosys_says(tmp_path):
    config = IpConfig(GicConfig(cpus=2, spis=40, lrs=3, priority_bits=6), timer=True)
    places = [b.address + r.at(n) for b in blocks(config) for r in b.frame for n in range(r.count)]
    choices = {
        "rst": [0],
        "wb_cyc_i": [1],
        "wb_stb_i": [1],
        "wb_adr_i": [place >> 2 for place in places],
        "wb_cpu_i": [0, 1],
        "wb_sel_i": [15, 15, 15, 1],
    }
    compare(lambda: GicIp(config), tmp_path, cycles=12000, choices=choices)


def test_names_are_plain_and_words_are_declared_once():
    text = shipped(Everything())
    assert "\\" not in text
    code = re.sub(r"//.*", "", text)
    declared = re.findall(r"\b(?:wire|reg) +(?:\[\d+:0\] )?(\w+)", code)
    assert len(set(declared)) == len(declared)
    assert "reg" not in declared, "a signal of that name is in the component"


def test_lines_are_no_longer_than_a_hundred_characters():
    for line in shipped(GicIp(IpConfig())).splitlines():
        assert len(line) <= 100, line


def test_the_text_is_the_same_from_call_to_call():
    assert shipped(Everything()) == shipped(Everything())


def test_a_combinational_loop_is_refused():
    """Amaranth finds its own; this is what the order of the text rests on."""
    cells = [Cell("not", ((3,),), (2,)), Cell("not", ((2,),), (3,))]
    netlist = Netlist("top", {"y": ("output", (2,))}, {"y": (2,)}, {}, cells, {2, 3})
    with pytest.raises(ValueError, match="top: a combinational loop through"):
        render_module(netlist)


class Signed(wiring.Component):
    a: In(signed(4))
    y: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.y.eq(self.a < -2)
        return m


def test_an_operation_that_is_not_known_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="a comparison of signed numbers"):
        shipped(Signed())


def test_a_port_that_needs_an_escape_is_refused_by_name():
    class Escaped(wiring.Component):
        def __init__(self):
            super().__init__({"wire": In(1), "y": Out(1)})

        def elaborate(self, platform):
            m = Module()
            m.d.comb += self.y.eq(~self.wire)
            return m

    with pytest.raises(ValueError, match="the port 'wire' is a word of Verilog's"):
        shipped(Escaped())
