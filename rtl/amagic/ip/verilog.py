"""The Verilog of a component: Amaranth elaborates, Yosys writes.

Yosys leaves it to Verilog's rules to extend an operand and to cut a result, and linters have a
warning for each place. So its cells are rewritten before it writes them: every operand is as wide
as the operation, and every result is taken whole. What a cell does stays the same.
"""

import os
import re
from collections.abc import Iterator, Sequence

from amaranth.back import rtlil, verilog

__all__ = ["plain_names", "render_modules"]

_REDUCE = """
proc -norom
clean_zerowidth
opt_expr -fine
opt_merge
opt_clean -purge
memory_collect
opt_clean -purge
write_rtlil
"""
"""From processes to cells, each once, without what nothing reads and comparisons that are
constant."""

_LIKE_THE_RESULT = {"add", "sub", "mul", "neg", "and", "or", "xor", "not", "shl"}
_LIKE_EACH_OTHER = {"eq", "ne", "lt", "le", "gt", "ge"}
_CUT_AFTERWARDS = {"shr", "sshr", "shift"}
_SHIFTS = {"shl", "shr", "sshr", "shift"}
_AS_THEY_ARE = {"mux", "dff", "mem_v2", "reduce_and", "reduce_or", "reduce_xor", "reduce_bool"}

_CELL = re.compile(r"^  cell \$(\w+) (\S+)\n((?:    .*\n)*)  end\n", re.M)
_NAME = re.compile(r'\\([^\s"\\]+)')
_VALUED = re.compile(r"^( +(?:output )?reg (?:\[.*\] )?)(\S+ ?) = (.*);$", re.M)
"""A register that is declared with its first value, which Verilator's -Wall warns of."""


def _zeros(width: int) -> str:
    return f"{width}'{'0' * width}"


def _cell(kind: str, name: str, numbers: dict[str, int], pins: dict[str, str]) -> str:
    """A cell as RTLIL has it."""
    lines = [f"    parameter \\{key} {value}\n" for key, value in numbers.items()]
    lines += [f"    connect \\{pin} {value}\n" for pin, value in pins.items()]
    return f"  cell ${kind} {name}\n{''.join(lines)}  end\n"


def _fitted(word: str, width: int, to: int, signed: bool) -> str:
    """``word``, of that width, extended or cut to another."""
    if to <= width:
        return word if to == width else f"{{ {word} }} [{to - 1}:0]"
    fill = " ".join([f"{{ {word} }} [{width - 1}]"] * (to - width))
    return f"{{ {fill if signed else _zeros(to - width)} {word} }}"


def _choices(name: str, numbers: dict[str, int], pins: dict[str, str]) -> Iterator[str]:
    """A choice among many words, of which at most one is selected, as choices between two."""
    width, many = numbers["WIDTH"], numbers["S_WIDTH"]
    other = pins["A"]
    for n in range(many):
        last = n == many - 1
        result = pins["Y"] if last else f"{name}${n}"
        if not last:
            yield f"  wire width {width} {result}\n"
        word = f"{{ {pins['B']} }} [{(n + 1) * width - 1}:{n * width}]"
        select = f"{{ {pins['S']} }} [{n}]"
        ends = {"A": other, "B": word, "S": select, "Y": result}
        yield _cell("mux", f"{name}$mux{n}", {"WIDTH": width}, ends)
        other = result


def _plain(match: re.Match) -> str:
    """A cell with the widths of its operation."""
    kind, name, body = match.groups()
    numbers = {k: int(n) for k, n in re.findall(r"parameter \\(\w+) (\d+)$", body, re.M)}
    pins = dict(re.findall(r"connect \\(\w+) (.*)$", body, re.M))
    if kind in _AS_THEY_ARE:
        return match[0]
    if kind == "pmux":
        return "".join(_choices(name, numbers, pins))
    if kind == "logic_not":  # Verilog has it, but for one bit
        kind, pins = "eq", {"A": pins["A"], "B": "1'0", "Y": pins["Y"]}
        numbers |= {"B_WIDTH": 1, "B_SIGNED": 0, "A_SIGNED": 0}
    operands = [pin for pin in "AB" if pin in pins and (pin == "A" or kind not in _SHIFTS)]
    result, cut = numbers["Y_WIDTH"], ""
    if kind in _LIKE_THE_RESULT:
        width = result
    elif kind in _LIKE_EACH_OTHER:
        width = max(numbers["A_WIDTH"], numbers["B_WIDTH"])
    elif kind in _CUT_AFTERWARDS and not numbers["B_SIGNED"]:
        width = max(numbers["A_WIDTH"], result)
        if width > result:
            whole = f"{name}$whole"
            cut = f"  wire width {width} {whole}\n  connect {pins['Y']} {whole} [{result - 1}:0]\n"
            numbers["Y_WIDTH"], pins["Y"] = width, whole
    else:
        raise NotImplementedError(f"{name}: the cell ${kind}")
    signed = all(numbers[f"{pin}_SIGNED"] for pin in operands)
    for pin in operands:
        pins[pin] = _fitted(pins[pin], numbers[f"{pin}_WIDTH"], width, signed)
        numbers[f"{pin}_WIDTH"] = width
    return cut + _cell(kind, name, numbers, pins)


def plain_names(text: str) -> str:
    """RTLIL in which names are letters, digits and ``_``, as Verilog has them without escapes."""
    names = dict.fromkeys(_NAME.findall(text))
    taken = {name for name in names if re.fullmatch(r"\w+", name)}
    new: dict[str, str] = {}
    for name in names:
        if name not in taken:
            plain = re.sub(r"\W+", "_", name)
            while plain in taken:  # names that differ stay apart
                plain += "_"
            new[name] = plain
            taken.add(plain)
    return _NAME.sub(lambda match: "\\" + new.get(match[1], match[1]), text)


def _yosys(text: str, script: str) -> str:
    # The Yosys of the package, whichever another one the system may have: the text is then the
    # same everywhere.
    os.environ.setdefault("AMARANTH_USE_YOSYS", "builtin")
    yosys = verilog.find_yosys(lambda version: version >= (0, 40))
    return yosys.run(["-q", "-"], f"read_rtlil <<rtlil\n{text}\nrtlil\n{script}")


def _is_word(name: str) -> bool:
    """Whether a name is a word of Verilog's, which is written with a backslash."""
    return f"module {name}(" not in _yosys(f"module \\{name}\nend", "write_verilog")


def _ordered(text: str, name: str, ports: Sequence[str]) -> str:
    """The text with the ports of the module ``name`` in this order."""
    head = re.compile(rf"^module {name}\((.*?)\);", re.M | re.S)
    found = head.search(text)
    assert found is not None, f"Yosys wrote no module {name}"
    there = [port.strip() for port in found[1].split(",")]
    # A word of Verilog's is written with a backslash and a space.
    there.sort(key=lambda port: ports.index(port.lstrip("\\")))
    listed = ",".join(f"\n  {port}" + " " * port.startswith("\\") for port in there)
    return f"{text[: found.start()]}module {name}({listed}\n);{text[found.end() :]}"


def render_modules(component, name: str) -> str:
    """The Verilog-2001 of an Amaranth component: the module ``name``, and those below it.

    The ports are the clock, the reset, and the component's members in their order; a member
    ``a.b`` is the port ``a__b``. The same component gives the same text.

    Raises
    ------
    ValueError
        For a name that is a word of Verilog's.
    NotImplementedError
        For an operation that Amaranth can express and this project's hardware does not use.
    """
    if _is_word(name):
        raise ValueError(f"name must be no word of Verilog's, and {name!r} is one")
    text = rtlil.convert(component, name=name, emit_src=False)
    reduced = _yosys(plain_names(text), _REDUCE)
    written = _yosys(_CELL.sub(_plain, reduced), "write_verilog -noattr")
    members = ["__".join(map(str, path)) for path, *_ in component.signature.flatten(component)]
    return _VALUED.sub(
        r"\1\2;\n  initial \2 = \3;", _ordered(written, name, ["clk", "rst", *members])
    )
