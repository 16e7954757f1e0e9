"""The Verilog that is shipped: a linter has nothing to say, and it is what Amaranth says.

Yosys proves the latter: the same function from every register to every other, by induction.
"""

import re
import subprocess

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from amagic.gic import GicConfig
from amagic.ip import GicIp, IpConfig
from amagic.ip.verilog import plain_names, render_modules
from amagic_boards.toolchain import Step, StepError, run_step
from amagic_sim.build import find_verilator

WAIVED = """\
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSED */
"""

_SIDE = """
hierarchy -top top
proc
flatten
memory
opt_clean
rename top {side}
design -stash {side}
"""
_BOTH = "design -copy-from amaranth amaranth\ndesign -copy-from shipped shipped\n"
BY_INDUCTION = """
equiv_make amaranth shipped both
hierarchy -top both
opt -share_all
equiv_struct
equiv_simple
equiv_induct
equiv_status -assert
"""
"""Each register from all others; for what is too large as a whole."""
AS_A_WHOLE = """
miter -equiv -flatten -make_assert amaranth shipped both
hierarchy -top both
sat -verify -prove-asserts -tempinduct -set-def-inputs
"""
"""What comes out, from the initial values on."""


def prove(component, shipped: str, how: str, folder) -> None:
    """Prove that the text does what Amaranth's own representation of the component does."""
    text = plain_names(rtlil.convert(component, name="top", emit_src=False))
    (folder / "amaranth.il").write_text(text)
    (folder / "shipped.v").write_text(shipped)
    (folder / "prove.ys").write_text(
        "read_rtlil amaranth.il"
        + _SIDE.format(side="amaranth")
        + "read_verilog shipped.v"
        + _SIDE.format(side="shipped")
        + _BOTH
        + how
    )
    run_step(Step("proof", "yosys", ["prove.ys"], "yosys.log"), folder)


def lint(text: str, folder, *options: str) -> str:
    """What Verilator says of the text."""
    tool = find_verilator()
    (folder / "top.v").write_text(text)
    done = subprocess.run(
        [tool.executable, "--lint-only", *options, "top.v"],
        cwd=folder,
        env=tool.environment(),
        capture_output=True,
        text=True,
    )
    return done.stderr


class Everything(wiring.Component):
    """What Amaranth can express and the writer claims to know."""

    a: In(8)
    b: In(5)
    s: In(signed(6))
    n: In(3)
    nothing_reads_this: In(4)
    arithmetic: Out(40)
    comparisons: Out(16)
    ordered: Out(16)
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
            self.ordered.eq(Cat(s < -2, s >= n, s == b, (s >> n)[:6], (s << n)[3:9], ~n > 2)),
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


class Registers(wiring.Component):
    """Registers that begin with something, of all kinds of names and widths."""

    a: In(8)
    one: Out(1, init=1)
    many: Out(40, init=0xA5_0000_0001)
    hidden: Out(12)

    def elaborate(self, platform):
        m = Module()
        kept = Signal(4, init=9, reset_less=True)
        edge = Signal(8, init=0x5A, name="edge")
        dotted = Signal(8, init=0x3C, name="a.b")
        with m.If(self.a[0]):
            m.d.sync += [kept.eq(self.a[:4]), edge.eq(self.a), dotted.eq(edge)]
            m.d.sync += [self.one.eq(self.a[1]), self.many.eq(Cat(self.many[8:], self.a))]
        m.d.comb += self.hidden.eq(Cat(kept, edge ^ dotted))
        return m


def render(component) -> str:
    return render_modules(component, "top")


def test_every_operation_is_what_amaranth_says(tmp_path):
    prove(Everything(), render(Everything()), BY_INDUCTION, tmp_path)


def test_registers_begin_with_what_amaranth_says(tmp_path):
    prove(Registers(), render(Registers()), AS_A_WHOLE, tmp_path)


@pytest.mark.parametrize(
    ("component", "how", "there", "instead"),
    [
        (Everything, BY_INDUCTION, " == ", " != "),
        (Everything, BY_INDUCTION, " ^ ", " | "),
        (Registers, AS_A_WHOLE, "8'h5a", "8'h5b"),
        (Registers, AS_A_WHOLE, "initial one = 1'h1", "initial one = 1'h0"),
    ],
)
def test_the_proof_finds_what_is_not_the_same(tmp_path, component, how, there, instead):
    text = render(component())
    at = text.rindex(there)
    with pytest.raises(StepError, match=r"unproven \$equiv cells|proof did fail"):
        prove(component(), text[:at] + instead + text[at + len(there) :], how, tmp_path)


@pytest.mark.slow
def test_the_ip_is_what_amaranth_says(tmp_path):
    config = IpConfig(GicConfig(spis=0, lrs=1, priority_bits=4), "apb")
    prove(GicIp(config), render(GicIp(config)), BY_INDUCTION, tmp_path)


@pytest.mark.parametrize("component", [Everything, Registers])
def test_a_linter_says_nothing_to_any_operation(tmp_path, component):
    text = render(component())
    assert lint(text, tmp_path) == ""
    assert lint(WAIVED + text, tmp_path, "-Wall") == ""


def test_names_are_plain_but_for_words_of_verilogs():
    text = render(Registers())
    assert set(re.findall(r"\\\S+", text)) == {"\\edge"}
    assert "a_b" in text


def test_names_that_differ_only_in_what_is_not_plain_stay_apart():
    wires = "wire \\a.b\nwire \\a$b\nwire \\a_b\nwire \\c"
    assert plain_names(wires) == "wire \\a_b_\nwire \\a_b__\nwire \\a_b\nwire \\c"


def test_ports_are_the_members_in_their_order():
    head = re.search(r"^module top\((.*?)\);", render(Registers()), re.M | re.S)[1]
    assert re.findall(r"\w+", head) == ["clk", "rst", "a", "one", "many", "hidden"]


def test_a_module_below_is_named_after_those_above():
    modules = re.findall(r"^module (\w+)\(", render(GicIp(IpConfig(GicConfig(spis=0)))), re.M)
    assert modules[0] == "top"
    assert {"top_bridge", "top_gic_distributor", "top_gic_gicc0"} < set(modules)
    assert all(name.startswith("top_") for name in modules[1:])


def test_the_text_is_the_same_from_call_to_call():
    assert render(Everything()) == render(Everything())


def test_a_name_that_is_a_word_of_verilogs_is_refused_before_anything_is_converted(monkeypatch):
    monkeypatch.setattr("amagic.ip.verilog.rtlil.convert", None)
    with pytest.raises(ValueError, match="name must be no word of Verilog's, and 'table' is one"):
        render_modules(Registers(), "table")


class Divided(wiring.Component):
    a: In(4)
    y: Out(4)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.y.eq(self.a // 3)
        return m


def test_an_operation_that_is_not_known_is_refused_by_name():
    with pytest.raises(NotImplementedError, match=r"the cell \$divfloor"):
        render(Divided())
