"""A netlist as Verilog: a wire for each net, an instance for each cell, and nothing else.

Names are numbers, since a net has many names or none; what is watched is looked up by name.
"""

import re
from collections.abc import Mapping, Sequence

from ..netlist import NetlistError
from .cells import BLOCK_RAMS, NOTES, bits_of, block_words, check_gates

__all__ = ["VERILATOR", "block_contents", "gate_verilog", "memory_files", "watched"]

VERILATOR = (
    "--no-sched-zero-delay",
    # Yosys' models: each file alone, their delays unused.
    *("-DNO_INCLUDES", "-Wno-SPECIFYIGN", "-Wno-INITIALDLY"),
)
"""Verilator's arguments for a netlist and the models."""

_CONTENTS = re.compile(r"INITVAL_[0-9A-F]{2}")


def _net(bit: int | str) -> str:
    return f"n{bit}" if isinstance(bit, int) else f"1'b{bit}"


def _vector(bits: Sequence[int | str]) -> str:
    """Bits, the lowest first, as an expression."""
    names = [_net(bit) for bit in reversed(bits)]
    return names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"


def _parameter(value: str) -> str:
    if bits := bits_of(value):
        return f"{len(bits)}'b{bits}"
    # A text that could be bits has a space behind it.
    return f'"{value.removesuffix(" ")}"'


def _instance(number: int, cell: Mapping) -> str:
    parameters = [
        f".{name}({_parameter(value)})"
        for name, value in cell["parameters"].items()
        if not (cell["type"] in BLOCK_RAMS and _CONTENTS.fullmatch(name))
    ]
    pins = [f".{name}({_vector(bits)})" for name, bits in cell["connections"].items() if bits]
    given = f" #({', '.join(parameters)})" if parameters else ""
    return f"  {cell['type']}{given} c{number} ({', '.join(pins)});"


def watched(gates: Mapping, width: int, *endings: str) -> Sequence[int | str]:
    """The nets of the shortest name with one of the endings. `NetlistError` when there is none.

    The endings are what one net is called from port to port: Yosys keeps any of its names.
    """
    names = [
        name
        for name, net in gates["netnames"].items()
        if name.endswith(endings) and len(net["bits"]) == width
    ]
    if not names:
        raise NetlistError(
            f"the netlist has no net {' or '.join(endings)} of {width} bits any more"
        )
    return gates["netnames"][min(names, key=len)]["bits"]


def _blocks(gates: Mapping) -> Mapping[str, Mapping]:
    """The block RAMs, by their instances' names."""
    return {
        f"c{number}": cell
        for number, cell in enumerate(gates["cells"].values())
        if cell["type"] in BLOCK_RAMS
    }


def block_contents(gates: Mapping) -> Mapping[str, list[int]]:
    """What the netlist has in its block RAMs, by their instances' names, in words of nine bits."""
    return {name: block_words(cell) for name, cell in _blocks(gates).items()}


def memory_files(contents: Mapping[str, Sequence[int]]) -> Mapping[str, str]:
    """The files that the Verilog loads its block RAMs from."""
    return {
        f"{name}.hex": "".join(f"{word:03x}\n" for word in words)
        for name, words in contents.items()
    }


def gate_verilog(
    gates: Mapping, name: str, watch: Mapping[str, Sequence[int | str]] | None = None
) -> str:
    """The netlist as a module.

    Parameters
    ----------
    gates : mapping
        The netlist. `NetlistError` when it has anything but the device's cells.
    name : str
        What the module is called.
    watch : mapping, optional
        Further outputs, and the nets that they show.
    """
    check_gates(gates)
    watch = watch or {}
    ports = [
        f"{port['direction']} [{len(port['bits']) - 1}:0] {pin}"
        for pin, port in gates["ports"].items()
    ]
    ports += [f"output [{len(bits) - 1}:0] {pin}" for pin, bits in watch.items()]
    sides = [port["bits"] for port in gates["ports"].values()]
    sides += [bits for cell in gates["cells"].values() for bits in cell["connections"].values()]
    nets = sorted({bit for bits in sides for bit in bits if isinstance(bit, int)})
    lines = [f"module {name} (", ",\n".join(f"  {port}" for port in ports), ");"]
    lines += [f"  wire {_net(net)};" for net in nets]
    for pin, port in gates["ports"].items():
        if port["direction"] == "input":
            lines.append(f"  assign {_vector(port['bits'])} = {pin};")
        else:
            lines.append(f"  assign {pin} = {_vector(port['bits'])};")
    lines += [f"  assign {pin} = {_vector(bits)};" for pin, bits in watch.items()]
    lines += [
        _instance(number, cell)
        for number, cell in enumerate(gates["cells"].values())
        if cell["type"] not in NOTES
    ]
    lines += [f'  initial $readmemh("{block}.hex", {block}.words);' for block in _blocks(gates)]
    return "\n".join([*lines, "endmodule", ""])
