"""Writes a flat netlist as one Verilog-2001 module that a linter has nothing to say about.

The Verilog that Yosys writes is as correct, but leaves widths to Verilog's rules of extension,
has names that need escapes, and declares what nothing reads: thousands of warnings. Here every
operand has the width of its operation, every name is a plain identifier, and what nothing reads is
not there.
"""

import re
from collections.abc import Iterable, Iterator

from .netlist import Bit, Cell, Memory, Netlist, Word

__all__ = ["render_module"]

_BINARY = {
    **{"and": "&", "or": "|", "xor": "^", "add": "+", "sub": "-", "mul": "*"},
    **{"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="},
}
_UNARY = {"not": "~", "reduce_and": "&", "reduce_or": "|", "reduce_xor": "^"}
_KEYWORDS = set(
    "always and assign begin bit buf byte case default disable do edge else end event final for"
    " force if initial inout input int integer interface local module nand new nor not or output"
    " parameter priority pulldown pullup pure rand real ref reg release repeat return shortint"
    " signed static string struct super supply0 supply1 table task this time tran tri type union"
    " unique unused var void wait wand while wire with wor xnor xor".split()
)
_LONGEST_INLINED = 60
_LINE = 99


def _slug(name: str) -> str:
    """``name`` as a plain identifier."""
    name = re.sub(r"_*[^A-Za-z0-9_]_*", "_", name).strip("_") or "n"
    return f"n_{name}" if name[0].isdigit() or name in _KEYWORDS else name


def _range(width: int) -> str:
    return f"[{width - 1}:0] " if width > 1 else ""


def _constant(bits: Iterable[str]) -> str:
    text = "".join(reversed(list(bits)))
    value = int(text, 2)
    return f"{len(text)}'b{text}" if len(text) < 4 else f"{len(text)}'h{value:x}"


def _concatenation(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{{{', '.join(parts)}}}"


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """``numbers``, ascending, as ranges (low, high), the highest first."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs[::-1]


def _slice(low: int, high: int, width: int) -> str:
    """The selection of bits of a word of that width; nothing for the whole word."""
    if high - low + 1 == width:
        return ""
    return f"[{high}]" if high == low else f"[{high}:{low}]"


def _statement(text: str, indent: int) -> str:
    """A statement, broken at spaces where it is too long for a line."""
    lines, line = [], " " * indent + text
    while len(line) > _LINE and (cut := line.rfind(" ", indent + 8, _LINE)) > 0:
        lines.append(line[:cut])
        line = " " * (indent + 4) + line[cut + 1 :]
    return "\n".join([*lines, line])


class _Names:
    """A name for each cell's result, and each bit's place: the name and the index in it."""

    def __init__(self, netlist: Netlist):
        self.netlist = netlist
        self.taken = {*netlist.ports, "unused"}
        for port in netlist.ports:
            if not port.isidentifier() or port in _KEYWORDS:
                raise ValueError(f"the port {port!r} is a word of Verilog's, or no identifier")
        self.place: dict[Bit, tuple[str, int]] = {}
        self.width: dict[str, int] = {}
        for name, (way, word) in netlist.ports.items():
            if way == "input":
                self._put(name, word)
        self.memory = {
            id(cell.memory): self.unique(_slug(cell.memory.name))
            for cell in {id(cell.memory): cell for cell in netlist.cells if cell.memory}.values()
        }
        outputs = {word: name for name, (way, word) in netlist.ports.items() if way == "output"}
        holders: dict[Bit, list[str]] = {}
        for name, word in netlist.names.items():
            if not name.split(".")[-1].startswith("$") and not name.startswith("$"):
                for bit in word:
                    holders.setdefault(bit, []).append(name)
        self.cells: dict[str, Cell] = {}
        for number, cell in enumerate(netlist.cells):
            name = outputs.pop(cell.output, None)
            if name is None:
                known = self._known_as(holders, cell.output)
                name = self.unique(_slug(known) if known else f"n{number}")
            self._put(name, cell.output)
            self.cells[name] = cell

    def unique(self, wanted: str) -> str:
        name, n = wanted, 1
        while name in self.taken:
            n += 1
            name = f"{wanted}_{n}"
        self.taken.add(name)
        return name

    def _put(self, name: str, word: Word) -> None:
        self.width[name] = len(word)
        self.place.update({bit: (name, index) for index, bit in enumerate(word)})

    def _known_as(self, holders: dict[Bit, list[str]], word: Word) -> str | None:
        """The net that is closest in width to the result, and of these the shallowest."""
        nets = self.netlist.names
        names = [name for name in holders.get(word[0], ()) if set(word) <= set(nets[name])]
        if not names:
            return None
        best = min(names, key=lambda name: (len(nets[name]), name.count("."), len(name), name))
        if len(nets[best]) == len(word):
            return best
        low, high = nets[best].index(word[0]), nets[best].index(word[-1])
        return f"{best}_{high}_{low}" if high != low else f"{best}_{low}"


class _Writer:
    """The text of the statements, from a netlist whose results have names."""

    def __init__(self, netlist: Netlist):
        self.netlist = netlist
        self.names = _Names(netlist)
        self.inlined: dict[str, str] = {}
        self.lines: list[str] = []

    def _parts(self, word: Word) -> Iterator[str]:
        """``word`` in pieces, the highest first: constants, repeated bits, slices of names."""
        place, high = self.names.place, len(word)
        while high:
            bit, low = word[high - 1], high - 1
            if isinstance(bit, str):
                while low and isinstance(word[low - 1], str):
                    low -= 1
                yield _constant(word[low:high])
            elif low and word[low - 1] == bit:
                while low and word[low - 1] == bit:
                    low -= 1
                yield f"{{{high - low}{{{self.word((bit,))}}}}}"
            else:
                name, index = place[bit]
                while low and place.get(word[low - 1]) == (name, index - high + low):
                    low -= 1
                selected = _slice(index - (high - low - 1), index, self.names.width[name])
                yield self.inlined.get(name, name) + selected
            high = low

    def word(self, word: Word) -> str:
        """An operand."""
        return _concatenation(list(self._parts(word)))

    def _expression(self, cell: Cell) -> str:
        inputs = [self.word(word) for word in cell.inputs]
        if cell.op == "mux":
            return f"{inputs[2]} ? {inputs[1]} : {inputs[0]}"
        if cell.op == "read":
            word, width = f"{self.names.memory[id(cell.memory)]}[{inputs[0]}]", cell.memory.width
            return _concatenation([word + _slice(*run, width) for run in _runs(cell.columns)])
        if cell.op in _UNARY:
            return f"{_UNARY[cell.op]}{inputs[0]}"
        return f"{inputs[0]} {_BINARY[cell.op]} {inputs[1]}"

    def _say(self, text: str, indent: int = 4) -> None:
        self.lines.append(_statement(text, indent))

    def _declare(self, kind: str, name: str) -> str:
        """The head of a declaration; nothing for a port, which the module's head declares."""
        return "" if name in self.netlist.ports else f"{kind} {_range(self.names.width[name])}"

    def _select(self, name: str, cell: Cell) -> None:
        default, *choices, selects = cell.inputs
        if declared := self._declare("reg", name):
            self._say(f"{declared}{name};")
        self._say("always @(*)")
        self._say("(* parallel_case *)", 8)
        self._say("case (1'b1)", 8)
        for choice, select in zip(choices, selects, strict=True):
            self._say(f"{self.word((select,))}: {name} = {self.word(choice)};", 12)
        self._say(f"default: {name} = {self.word(default)};", 12)
        self._say("endcase", 8)

    def _store(self, memory: Memory) -> None:
        """A memory's write ports."""
        name = self.names.memory[id(memory)]
        for address, data, enable, clock in memory.writes:
            self._say(f"always @(posedge {self.word((clock,))}) begin")
            for on in sorted(set(enable), key=enable.index):
                for low, high in _runs(i for i, bit in enumerate(enable) if bit == on)[::-1]:
                    target = f"{name}[{self.word(address)}]{_slice(low, high, memory.width)}"
                    condition = "" if on == "1" else f"if ({self.word((on,))}) "
                    if on != "0":
                        value = self.word(data[low : high + 1])
                        self._say(f"{condition}{target} <= {value};", 8)
            self._say("end")

    def _in_order(self) -> list[str]:
        """The combinational results, each behind those that it is made from."""
        cells = {name: cell for name, cell in self.names.cells.items() if cell.op != "dff"}

        def sources(name: str) -> Iterator[str]:
            bits = (bit for word in cells[name].inputs for bit in word if isinstance(bit, int))
            return iter(dict.fromkeys(self.names.place[bit][0] for bit in bits))

        ordered: list[str] = []
        done: dict[str, bool] = {}
        for start in cells:
            stack = [] if start in done else [(start, sources(start))]
            done.setdefault(start, False)
            while stack:
                name, rest = stack[-1]
                source = next((s for s in rest if s in cells and not done.get(s)), None)
                if source is None:
                    stack.pop()
                    done[name] = True
                    ordered.append(name)
                elif source in done:
                    raise ValueError(f"{self.netlist.name}: a combinational loop through {source}")
                else:
                    done[source] = False
                    stack.append((source, sources(source)))
        return ordered

    def _read_once(self) -> set[str]:
        """The results without a name of their own that one operand reads, as a whole."""
        readers: dict[str, int] = {}
        whole: set[str] = set()
        place = self.names.place
        words = [word for cell in self.names.cells.values() for word in cell.inputs]
        words += [word for way, word in self.netlist.ports.values() if way == "output"]
        memories = {id(cell.memory): cell.memory for cell in self.names.cells.values()}
        for memory in memories.values():
            for address, data, enable, _ in memory.writes if memory else ():
                # A word of enables and data is taken apart, and an address may stand often.
                words += [address, address, data, data, enable, enable]
        for word in words:
            names = {place[bit][0] for bit in word if isinstance(bit, int)}
            for name in names:
                readers[name] = readers.get(name, 0) + 1
            for name in names if len(names) == 1 else ():
                if [place.get(bit) for bit in word] == [(name, i) for i in range(len(word))]:
                    whole |= {name} if len(word) == self.names.width[name] else set()
        anonymous = {name for name in whole - {*self.netlist.ports} if re.fullmatch(r"n\d+", name)}
        return {name for name in anonymous if readers[name] == 1}

    def _combinational(self, name: str, once: set[str]) -> None:
        cell = self.names.cells[name]
        if cell.op == "select":
            self._select(name, cell)
            return
        text = self._expression(cell)
        if name in once and len(text) <= _LONGEST_INLINED and cell.op != "read":
            self.inlined[name] = f"({text})"
        else:
            self._say(f"{self._declare('wire', name) or 'assign '}{name} = {text};")

    def _registers(self) -> Iterator[tuple[str, Cell]]:
        return ((name, cell) for name, cell in self.names.cells.items() if cell.op == "dff")

    def render(self) -> str:
        names, live = self.names, self.netlist.live
        for name, cell in self._registers():
            if declared := self._declare("reg", name):
                self._say(f"{declared}{name};")
            init = _constant(self.netlist.init.get(bit, "0") for bit in cell.output)
            self._say(f"initial {name} = {init};")
        memories = {id(cell.memory): cell.memory for cell in names.cells.values() if cell.memory}
        for key, memory in memories.items():
            name, zero = names.memory[key], _constant("0" * memory.width)
            self._say(f"reg {_range(memory.width)}{name} [0:{memory.size - 1}];")
            words = " ".join(f"{name}[{n}] = {zero};" for n in range(memory.size))
            self._say(f"initial begin {words} end")
        once = self._read_once()
        for name in self._in_order():
            self._combinational(name, once)
        for name, cell in self._registers():
            self._say(f"always @(posedge {self.word(cell.inputs[1])})")
            self._say(f"{name} <= {self.word(cell.inputs[0])};", 8)
        for memory in memories.values():
            self._store(memory)
        for name, (way, word) in self.netlist.ports.items():
            if way == "output" and name not in names.cells:
                self._say(f"assign {name} = {self.word(word)};")

        words = {name: cell.output for name, cell in names.cells.items()}
        words |= {name: word for name, (way, word) in self.netlist.ports.items() if way == "input"}
        unread = [
            name + _slice(*run, len(word))
            for name, word in words.items()
            for run in _runs(i for i, bit in enumerate(word) if bit not in live)
        ]
        if unread:
            self._say("// Nothing reads these; this tells a linter that it is meant so.")
            self._say(f"wire unused = &{{{', '.join(['1' + chr(39) + 'b0', *unread])}}};")
        return "\n".join([self._head(), *self.lines, "endmodule", ""])

    def _head(self) -> str:
        ports = []
        for name, (way, word) in self.netlist.ports.items():
            cell = self.names.cells.get(name)
            kind = "reg" if cell and cell.op in ("dff", "select") else "wire"
            ports.append(f"    {way:<6} {kind:<4} {_range(len(word))}{name}")
        return f"module {self.netlist.name} (\n" + ",\n".join(ports) + "\n);"


def render_module(netlist: Netlist) -> str:
    """The module's text. The same netlist gives the same text.

    Raises
    ------
    ValueError
        When the netlist has a combinational loop.
    """
    return _Writer(netlist).render()
