"""A component as a flat netlist of words, small enough in its vocabulary to be written cleanly.

Amaranth elaborates, Yosys flattens and collects the memories; what is left is read here and
brought down to the few operations of `Op`, each with operands of exactly the width that it works
on. Bits that nothing reads are left out, bit by bit, back to the inputs.

A *bit* is ``"0"``, ``"1"`` or a number that stands for one net; a *word* is a tuple of bits, the
lowest first.
"""

import json
import operator
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from amaranth.back import rtlil, verilog

__all__ = ["Bit", "Cell", "Memory", "Netlist", "Word", "elaborate", "flatten"]

Bit = str | int
Word = tuple[Bit, ...]

BITWISE = ("and", "or", "xor", "not", "mux", "select", "dff")
CARRYING = ("add", "sub", "mul")
COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")
REDUCING = ("reduce_and", "reduce_or", "reduce_xor")
_REDUCTIONS = {f"${name}": name for name in REDUCING} | {"$reduce_bool": "reduce_or"}

_ORDERS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}

_PASSES = """
proc
flatten
opt_expr
opt_merge
opt_clean -purge
memory_collect
opt_clean -purge
write_json
"""


@dataclass
class Memory:
    """Words that are written at a clock edge and read at once."""

    name: str
    size: int
    writes: list[tuple[Word, Word, Word, Bit]]
    """For each write port: address, data, enable of each bit, clock."""

    @property
    def width(self) -> int:
        return len(self.writes[0][1])


@dataclass
class Cell:
    """One operation. ``op`` is one of the names above, or ``read``.

    ``inputs`` of a ``mux``: if 0, if 1, the select; of a ``select``: the default, each choice, the
    selects (at most one is 1); of a ``dff``: data, clock; of a ``read``: the address. ``columns``
    are the bits of the memory's word that a ``read`` gives.
    """

    op: str
    inputs: tuple[Word, ...]
    output: Word
    memory: Memory | None = None
    columns: tuple[int, ...] = ()

    @property
    def parallel(self) -> tuple[Word, ...]:
        """The inputs of which bit n makes bit n of the output, and no other bit."""
        if self.op not in BITWISE:
            return ()
        return self.inputs[:-1] if self.op in ("mux", "select", "dff") else self.inputs

    def needs(self, index: int) -> Iterator[Bit]:
        """The bits that bit ``index`` of the output depends on."""
        yield from (word[index] for word in self.parallel)
        rest = self.inputs[len(self.parallel) :]
        yield from (b for w in rest for b in (w[: index + 1] if self.op in CARRYING else w))
        if self.memory is not None:
            column = self.columns[index]
            for address, data, enable, clock in self.memory.writes:
                yield from (*address, data[column], enable[column], clock)

    def narrow(self, live: set[Bit]) -> None:
        """Leave the output's bits out that are not in ``live``, as far as the operation can.

        An adder's lower bits are needed for the upper ones, so they stay.
        """
        kept = [index for index, bit in enumerate(self.output) if bit in live]
        if self.op in CARRYING:
            kept = list(range(kept[-1] + 1))
            self.inputs = tuple(word[: len(kept)] for word in self.inputs)
        pick = [tuple(word[index] for index in kept) for word in self.parallel]
        self.inputs = (*pick, *self.inputs[len(pick) :])
        self.output = tuple(self.output[index] for index in kept)
        self.columns = tuple(self.columns[index] for index in kept if self.columns)


@dataclass
class Netlist:
    """What `flatten` gives: the ports with their directions, the nets by name, what every
    flip-flop begins with, the cells, and the bits that the outputs depend on."""

    name: str
    ports: dict[str, tuple[str, Word]]
    names: dict[str, Word]
    init: dict[Bit, str]
    cells: list[Cell] = field(default_factory=list)
    live: set[Bit] = field(default_factory=set)


def elaborate(component, name: str) -> Mapping:
    """The flat netlist of an Amaranth component as Yosys tells it in JSON: one module."""
    # The Yosys of the package, whichever another one the system may have: the text is then the
    # same everywhere.
    os.environ.setdefault("AMARANTH_USE_YOSYS", "builtin")
    text = rtlil.convert(component, name=name, emit_src=False)
    yosys = verilog.find_yosys(lambda version: version >= (0, 40))
    script = f"read_rtlil <<rtlil\n{text}\nrtlil\n{_PASSES}"
    return json.loads(yosys.run(["-q", "-"], script, ignore_warnings=True))["modules"][name]


def flatten(component, name: str) -> Netlist:
    """The netlist of an Amaranth component, reduced to what its outputs depend on.

    The ports are the clock, the reset, and the component's members in their order; a member
    ``a.b`` is the port ``a__b``.

    Raises
    ------
    NotImplementedError
        For an operation that Amaranth can express and this project's hardware does not use.
    """
    netlist = _Reader(elaborate(component, name), name).read()
    paths = [path for path, _, _ in component.signature.flatten(component)]
    order = ["clk", "rst", *("__".join(map(str, path)) for path in paths)]
    netlist.ports = {port: netlist.ports[port] for port in order if port in netlist.ports}
    return netlist


def _limits(word: Word) -> tuple[int, int]:
    """The least and the greatest number that the word can be."""
    least = sum(1 << place for place, bit in enumerate(word) if bit == "1")
    return least, sum(1 << place for place, bit in enumerate(word) if bit != "0")


class _Reader:
    """Yosys' cells to ours."""

    def __init__(self, module: Mapping, name: str):
        self.module = module
        self.alias: dict[Bit, Bit] = {}
        used = (bit for net in module["netnames"].values() for bit in net["bits"])
        self.last = max((bit for bit in used if isinstance(bit, int)), default=0)
        self.netlist = Netlist(
            name,
            {n: (p["direction"], tuple(p["bits"])) for n, p in module["ports"].items()},
            {n: tuple(net["bits"]) for n, net in module["netnames"].items()},
            {
                bit: value
                for net in module["netnames"].values()
                for bit, value in zip(
                    net["bits"], reversed(net["attributes"].get("init", "")), strict=False
                )
                if value in "01"
            },
        )

    def read(self) -> Netlist:
        self.products = dict(self._products())
        for name, cell in self.module["cells"].items():
            self._cell(name, cell)
        netlist = self.netlist
        while self._fold_comparisons():
            pass
        for cell in netlist.cells:
            cell.inputs = tuple(self._resolve(word) for word in cell.inputs)
            if cell.memory is not None:
                cell.memory.writes = [
                    (self._resolve(a), self._resolve(d), self._resolve(e), self._resolve((c,))[0])
                    for a, d, e, c in cell.memory.writes
                ]
        netlist.ports = {
            name: (direction, self._resolve(word))
            for name, (direction, word) in netlist.ports.items()
        }
        self._keep_what_lives()
        return netlist

    def _products(self) -> Iterator[tuple[Word, tuple[Word, int]]]:
        """The products of a word and a constant: what they are and what they are of."""
        for cell in self.module["cells"].values():
            if cell["type"] == "$mul" and int(cell["parameters"]["A_SIGNED"], 2) == 0:
                pins = cell["connections"]
                for word, constant in (("A", "B"), ("B", "A")):
                    if all(isinstance(bit, str) for bit in pins[constant]):
                        factor = _limits(tuple(pins[constant]))[0]
                        yield tuple(pins["Y"]), (tuple(pins[word]), factor)

    def _weights(self, amount: Word) -> list[tuple[Bit, int]]:
        """Bits, and how much each that is 1 adds to the number ``amount``.

        An amount that is a constant times a word is taken as the word's bits: a shift by it chooses
        one of few words, and is no shift over all of its width.
        """
        low = next((i for i, bit in enumerate(amount) if bit != "0"), len(amount))
        core = amount[low:]
        while core and core[-1] == "0":
            core = core[:-1]
        for product, (word, factor) in self.products.items():
            whole = _limits(word)[1] * factor < 1 << len(product)
            rest = product[len(core) :]
            fits = _limits(word)[1] * factor < 1 << len(core)
            if core and whole and product[: len(core)] == core and (not rest or fits):
                return [(bit, factor << low + place) for place, bit in enumerate(word)]
        return [(bit, 1 << place) for place, bit in enumerate(amount)]

    def _resolve(self, word: Word) -> Word:
        def final(bit: Bit) -> Bit:
            while bit in self.alias:
                bit = self.alias[bit]
            return bit if isinstance(bit, int) or bit == "1" else "0"  # "x" and "z" too

        return tuple(final(bit) for bit in word)

    def _fold_comparisons(self) -> bool:
        """Fold what is so whatever its operands are: no number of two bits is above 3."""
        kept = []
        for cell in self.netlist.cells:
            result = None
            if cell.op in _ORDERS:
                (a_low, a_high), (b_low, b_high) = (
                    _limits(self._resolve(word)) for word in cell.inputs
                )
                # The comparison goes one way at one end of the operands' range, and the other way
                # at the other end, unless it is constant.
                ends = {_ORDERS[cell.op](a_low, b_high), _ORDERS[cell.op](a_high, b_low)}
                result = ends.pop() if len(ends) == 1 else None
            if result is None:
                kept.append(cell)
            else:
                self.alias[cell.output[0]] = str(int(result))
        folded = len(kept) < len(self.netlist.cells)
        self.netlist.cells = kept
        return folded

    def _keep_what_lives(self) -> None:
        netlist = self.netlist
        driver = {bit: (cell, i) for cell in netlist.cells for i, bit in enumerate(cell.output)}
        waiting = [b for way, word in netlist.ports.values() if way == "output" for b in word]
        while waiting:
            bit = waiting.pop()
            if isinstance(bit, int) and bit not in netlist.live:
                netlist.live.add(bit)
                if bit in driver:
                    cell, index = driver[bit]
                    waiting += cell.needs(index)
        netlist.cells = [cell for cell in netlist.cells if netlist.live.intersection(cell.output)]
        for cell in netlist.cells:
            cell.narrow(netlist.live)
        self._narrow_memories()

    def _narrow_memories(self) -> None:
        memories: dict[int, list[Cell]] = {}
        for cell in self.netlist.cells:
            if cell.memory is not None:
                memories.setdefault(id(cell.memory), []).append(cell)
        for readers in memories.values():
            memory = readers[0].memory
            kept = sorted({column for cell in readers for column in cell.columns})
            memory.writes = [
                (address, tuple(data[c] for c in kept), tuple(enable[c] for c in kept), clock)
                for address, data, enable, clock in memory.writes
            ]
            for cell in readers:
                cell.columns = tuple(kept.index(column) for column in cell.columns)

    def _add(self, op: str, inputs: tuple[Word, ...], output: Word) -> None:
        self.netlist.cells.append(Cell(op, inputs, output))

    def _new(self, width: int) -> Word:
        first, self.last = self.last + 1, self.last + width
        return tuple(range(first, self.last + 1))

    def _cell(self, name: str, cell: Mapping) -> None:
        kind = cell["type"]
        pins = {pin: tuple(bits) for pin, bits in cell["connections"].items()}
        number = {
            key: int(value.replace("x", "0") or "0", 2) if set(value) <= {"0", "1", "x"} else 0
            for key, value in cell["parameters"].items()
            if isinstance(value, str)
        }
        if number.get("B_SIGNED") and kind in ("$shift", "$shiftx", "$shl", "$shr"):
            raise NotImplementedError(f"{name}: a shift by a signed amount")
        if kind in ("$mux", "$pmux"):
            a, b, s, y = (pins[pin] for pin in "ABSY")
            choices = [b[n * len(a) : (n + 1) * len(a)] for n in range(len(s))]
            self._add("mux" if len(s) == 1 else "select", (a, *choices, s), y)
        elif kind == "$dff" and number["CLK_POLARITY"]:
            self._add("dff", (pins["D"], pins["CLK"]), pins["Q"])
        elif kind == "$mem_v2":
            self._memory(name, number, cell["parameters"], pins)
        elif kind in ("$shl", "$shr", "$shift", "$shiftx"):
            self._shift(kind, pins["A"], pins["B"], pins["Y"])
        elif kind in _REDUCTIONS:
            self._one_bit(pins["Y"], lambda y: self._add(_REDUCTIONS[kind], (pins["A"],), y))
        elif kind == "$logic_not":
            zeros = ("0",) * len(pins["A"])
            self._one_bit(pins["Y"], lambda y: self._add("eq", (pins["A"], zeros), y))
        elif kind == "$neg":
            word = self._extend(pins["A"], len(pins["Y"]), number["A_SIGNED"])
            self._add("sub", (("0",) * len(word), word), pins["Y"])
        elif kind[1:] in COMPARING:
            self._compare(name, kind[1:], number, pins)
        elif kind == "$mul" and pins["Y"] in self.products:
            self._multiply(*self.products[pins["Y"]], pins["Y"])
        elif kind[1:] in (*CARRYING, *BITWISE) and "Y" in pins:
            width = len(pins["Y"])
            operands = tuple(
                self._extend(pins[pin], width, number[f"{pin}_SIGNED"])
                for pin in "AB"
                if pin in pins
            )
            self._add(kind[1:], operands, pins["Y"])
        else:
            raise NotImplementedError(f"{name}: the cell {kind}")

    @staticmethod
    def _extend(word: Word, width: int, signed: int) -> Word:
        fill = word[-1] if signed and word else "0"
        return (word + (fill,) * (width - len(word)))[:width]

    def _one_bit(self, output: Word, add: Callable[[Word], None]) -> None:
        add(output[:1])
        self.alias.update(dict.fromkeys(output[1:], "0"))

    def _compare(self, name: str, op: str, number: Mapping, pins: Mapping[str, Word]) -> None:
        if number["A_SIGNED"] or number["B_SIGNED"]:
            raise NotImplementedError(f"{name}: a comparison of signed numbers")
        width = max(len(pins["A"]), len(pins["B"]))
        operands = tuple(self._extend(pins[pin], width, 0) for pin in "AB")
        self._one_bit(pins["Y"], lambda y: self._add(op, operands, y))

    def _multiply(self, word: Word, factor: int, output: Word) -> None:
        """A product with a constant: a sum of shifted words, which needs no multiplier."""
        width = len(output)
        places = [place for place in range(width) if factor >> place & 1]
        terms = [(("0",) * place + word + ("0",) * width)[:width] for place in places]
        total = terms[0] if terms else ("0",) * width
        for term in terms[1:]:
            result = self._new(width)
            self._add("add", (total, term), result)
            total = result
        self.alias.update(zip(output, total, strict=True))

    def _shift(self, kind: str, word: Word, amount: Word, output: Word) -> None:
        """A shift by a word: a multiplexer for each bit of the amount."""
        width = max(len(word), len(output)) if kind != "$shl" else len(output)
        word = self._extend(word, width, 0)
        for select, weight in self._weights(amount):
            if select == "0" or weight == 0:
                continue
            by = min(weight, width)
            zeros = ("0",) * by
            moved = zeros + word[: width - by] if kind == "$shl" else word[by:] + zeros
            if select == "1":
                word = moved
                continue
            places = [i for i in range(width) if word[i] != moved[i]]
            made = dict(zip(places, self._new(len(places)), strict=True))
            before = tuple(word[i] for i in places)
            after = tuple(moved[i] for i in places)
            if places:
                self._add("mux", (before, after, (select,)), tuple(made.values()))
            word = tuple(made.get(i, word[i]) for i in range(width))
        self.alias.update(zip(output, word, strict=False))

    def _memory(self, name: str, number: Mapping, raw: Mapping, pins: Mapping[str, Word]) -> None:
        width, bits = number["WIDTH"], number["ABITS"]
        clocked = number["RD_CLK_ENABLE"] or number["RD_WIDE_CONTINUATION"]
        if clocked or number["WR_WIDE_CONTINUATION"] or number["OFFSET"] or not number["WR_PORTS"]:
            raise NotImplementedError(f"{name}: a memory that is not written clocked, read at once")
        if "1" in raw["INIT"]:
            raise NotImplementedError(f"{name}: a memory that begins with anything but 0")
        memory = Memory(raw["MEMID"].lstrip("\\"), number["SIZE"], [])
        for port in range(number["WR_PORTS"]):
            word = slice(port * width, (port + 1) * width)
            address = pins["WR_ADDR"][port * bits : (port + 1) * bits]
            memory.writes.append(
                (address, pins["WR_DATA"][word], pins["WR_EN"][word], pins["WR_CLK"][port])
            )
        for port in range(number["RD_PORTS"]):
            address = pins["RD_ADDR"][port * bits : (port + 1) * bits]
            output = pins["RD_DATA"][port * width : (port + 1) * width]
            cell = Cell("read", (address,), output, memory, tuple(range(width)))
            self.netlist.cells.append(cell)
