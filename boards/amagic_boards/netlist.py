"""The synthesized netlist of a device, as Yosys writes it in JSON: its cells, and what drives what.

Also the checks that every netlist must pass: no latch, no combinational loop, no net with two
drivers. (Clock domain crossings are in `crossings`.)
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from amagic_sim.build import BuildError

__all__ = [
    "Cell",
    "Netlist",
    "NetlistError",
    "check_latches",
    "check_problems",
    "check_structure",
    "read_netlist",
]

CONSTANTS = frozenset("01xz")
COMBINATIONAL = frozenset(["LUT4", "PFUMX", "L6MUX21", "CCU2C", "MULT18X18D"])
"""Cells whose outputs follow their inputs. A multiplier counts, although it may have registers:
then nothing is missed."""
_CARRY_LOW = frozenset(["A0", "B0", "C0", "D0", "CIN"])


class NetlistError(BuildError):
    """The netlist breaks a rule; the text says which, and where."""


@dataclass(frozen=True)
class Cell:
    """A cell. `inputs` and `outputs` have (port, net) for each bit that is no constant."""

    name: str
    kind: str
    parameters: Mapping[str, str]
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]

    def parameter(self, name: str) -> str:
        return self.parameters.get(name, "").strip()

    def input(self, port: str) -> int | None:
        """The net at an input of one bit; None when it is constant."""
        return next((net for name, net in self.inputs if name == port), None)

    @property
    def path(self) -> tuple[str, ...]:
        """The modules that the cell stands in, from the outermost, and last its own name."""
        return tuple(self.name.split("."))


@dataclass(frozen=True)
class Netlist:
    """A flat netlist. `ports`: the nets of each of the device's pins; `names`: each net's name."""

    ports: Mapping[str, Sequence[int]]
    cells: Mapping[str, Cell]
    names: Mapping[int, str]

    @cached_property
    def drivers(self) -> Mapping[int, list[tuple[Cell, str]]]:
        """For each net the cells' outputs that drive it."""
        return _index(self.cells.values(), lambda cell: cell.outputs)

    @cached_property
    def sinks(self) -> Mapping[int, list[tuple[Cell, str]]]:
        """For each net the cells' inputs that read it."""
        return _index(self.cells.values(), lambda cell: cell.inputs)

    def name(self, net: int) -> str:
        return self.names.get(net, f"net {net}")

    def source(self, net: int) -> str:
        """What people call the source of a net: a pin, or a cell's output."""
        for cell, output in self.drivers.get(net, ()):
            if cell.kind != "TRELLIS_IO":
                return f"{cell.name}.{output}"
            net = cell.input("B")
        pin = next((name for name, nets in self.ports.items() if net in nets), None)
        return f"pin {pin}" if pin else self.name(net)


def _index(cells, bits) -> dict[int, list[tuple[Cell, str]]]:
    found: dict[int, list[tuple[Cell, str]]] = {}
    for cell in cells:
        for port, net in bits(cell):
            found.setdefault(net, []).append((cell, port))
    return found


def _cell(name: str, raw: Mapping) -> Cell:
    def side(*directions: str) -> tuple[tuple[str, int], ...]:
        return tuple(
            (port, net)
            for port, nets in raw["connections"].items()
            if raw["port_directions"][port] in directions
            for net in nets
            if net not in CONSTANTS
        )

    parameters = {key: str(value) for key, value in raw["parameters"].items()}
    # The pad's side of a buffer counts as an input, whichever way it goes.
    return Cell(name, raw["type"], parameters, side("input", "inout"), side("output"))


def parse_netlist(text: str, top: str) -> Netlist:
    """Read a netlist. `NetlistError` when it is not one, or not flat."""
    try:
        raw = json.loads(text)["modules"][top]
        cells = {
            name: _cell(name, cell)
            for name, cell in raw["cells"].items()
            if cell["type"] != "$scopeinfo"
        }
        names: dict[int, str] = {}
        for name, wire in raw["netnames"].items():
            for index, net in enumerate(wire["bits"]):
                label = f"{name}[{index}]" if len(wire["bits"]) > 1 else name
                if net not in CONSTANTS and len(label) < len(names.get(net, label + " ")):
                    names[net] = label
        ports = {name: port["bits"] for name, port in raw["ports"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetlistError(f"this is no flat netlist of {top}: {error!r}") from error
    return Netlist(ports, cells, names)


def read_netlist(path: Path, top: str) -> Netlist:
    """Read a netlist's file; `NetlistError`, with its name, when that is not possible."""
    try:
        return parse_netlist(path.read_text(), top)
    except (OSError, NetlistError) as error:
        raise NetlistError(f"{path}: {error}") from error


def through(cell: Cell, output: str) -> Iterator[int]:
    """The inputs that an output of a cell follows without a clock; none if the cell keeps state."""
    for port, net in cell.inputs:
        if cell.kind == "TRELLIS_DPR16X4":
            follows = port == "RAD"
        elif cell.kind == "CCU2C":
            follows = output != "S0" or port in _CARRY_LOW
        else:
            follows = cell.kind in COMBINATIONAL
        if follows:
            yield net


def check_latches(listing: str) -> None:
    """Raise `NetlistError` when Yosys' list of the latches before mapping has any.

    (The device has none: the mapper makes each a loop of a multiplexer.)
    """
    if latches := listing.split():
        shown = "\n".join(f"    {name}" for name in latches[:10])
        raise NetlistError(f"the design has {len(latches)} latches:\n{shown}")


def check_problems(listing: str) -> None:
    """Raise `NetlistError` for what Yosys' own ``check`` found before mapping.

    Drivers that conflict, loops, and wires without a driver; what has been mapped is a black box
    to it (see `check_structure`).
    """
    found = re.search(r"^Found and reported (\d+) problems\.$", listing, re.M)
    if found is None:
        raise NetlistError("Yosys' check of the design has no result")
    if found[1] != "0":
        lines = listing.splitlines()
        first = next((n for n, line in enumerate(lines) if line.startswith("Warning")), 0)
        shown = "\n".join(f"    {line}" for line in lines[first : first + 10])
        raise NetlistError(f"the design has {found[1]} problems:\n{shown}")


def check_structure(netlist: Netlist) -> None:
    """Raise `NetlistError` for a net with two drivers, or a combinational loop."""
    for net, drivers in netlist.drivers.items():
        if len(drivers) > 1:
            shown = ", ".join(f"{cell.name}.{port}" for cell, port in drivers[:4])
            raise NetlistError(
                f"{netlist.name(net)} has {len(drivers)} drivers, and may have one: {shown}"
            )
    if loop := _find_loop(netlist):
        shown = "\n".join(f"    {netlist.name(net)}" for net in loop[:10])
        raise NetlistError(f"there is a combinational loop through {len(loop)} nets:\n{shown}")


def _find_loop(netlist: Netlist) -> list[int]:
    """The nets of a combinational loop; none when there is none."""
    done: set[int] = set()
    for start in netlist.drivers:
        # A stack of (net, what is still to be looked at before it), without recursion: paths are
        # longer than Python's stack.
        path = [(start, _before(netlist, start))]
        open_nets = {start}
        while path and start not in done:
            net, rest = path[-1]
            following = next((each for each in rest if each not in done), None)
            if following is None:
                done.add(net)
                open_nets.discard(net)
                path.pop()
            elif following in open_nets:
                nets = [each for each, _ in path]
                return nets[nets.index(following) :]
            else:
                open_nets.add(following)
                path.append((following, _before(netlist, following)))
    return []


def _before(netlist: Netlist, net: int) -> Iterator[int]:
    for cell, output in netlist.drivers.get(net, ()):
        yield from through(cell, output)
