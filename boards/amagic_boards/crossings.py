"""Every place of a netlist where something not synchronous to a clock meets it, and how it is met.

A line from outside, a PLL's lock and a flip-flop of another clock are *foreign* to a clock. A
foreign signal may enter a flip-flop in two ways only, and everything else is an error:

synchronizer
    It reaches the data input alone, not together with any other signal, and the flip-flop's output
    goes to one flip-flop more and nowhere else, so that a metastable value has a cycle to settle.
reset synchronizer
    It is an asynchronous set or reset of a flip-flop whose data is constant, or comes from another
    of this kind with the same set or reset.

So that the list has everything, each pin that comes in must be in it, or be a clock.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from .netlist import COMBINATIONAL, Cell, Netlist, NetlistError, through

__all__ = ["Crossing", "crossing_table", "find_crossings"]

_FF = "TRELLIS_FF"
_CLOCK_PINS = {
    _FF: ("CLK",),
    "TRELLIS_DPR16X4": ("WCK",),
    "DP16KD": ("CLKA", "CLKB"),
}
_CLOCK_INPUTS = {**_CLOCK_PINS, "EHXPLLL": ("CLKI",)}


@dataclass(frozen=True)
class Crossing:
    """A foreign signal's entry: where it comes from, the clock and flip-flop it enters, and how."""

    source: str
    clock: str
    cell: str
    pin: str
    how: str


@dataclass(frozen=True)
class _Origin:
    """Where a signal is launched: at an edge of `clock`, or, without one, at any time by `net`."""

    clock: int | None
    net: int | None = None


class _Origins:
    """What launches each net, through whatever combinational cells."""

    def __init__(self, netlist: Netlist):
        self._netlist = netlist
        self._known: dict[int, frozenset[_Origin]] = {}

    def of(self, net: int) -> frozenset[_Origin]:
        """The origins of a net. The netlist must be without loops."""
        pending = [net]
        while pending:
            each = pending[-1]
            before = [] if each in self._known else list(self._unknown_before(each))
            if before:
                pending += before
            else:
                pending.pop()
                self._known.setdefault(each, self._combine(each))
        return self._known[net]

    def _before(self, net: int) -> Iterator[int]:
        for cell, output in self._netlist.drivers.get(net, ()):
            yield from through(cell, output)

    def _unknown_before(self, net: int) -> Iterator[int]:
        return (each for each in self._before(net) if each not in self._known)

    def _combine(self, net: int) -> frozenset[_Origin]:
        found = set()
        for before in self._before(net):
            found |= self._known[before]
        for cell, output in self._netlist.drivers.get(net, ()):
            clock = launching_clock(cell, output)
            if clock is not None:
                found.add(_Origin(clock))
            elif cell.kind not in COMBINATIONAL:
                found.add(_Origin(None, net))
        if not self._netlist.drivers.get(net):
            found.add(_Origin(None, net))
        return frozenset(found)


def launching_clock(cell: Cell, output: str) -> int | None:
    """The clock at whose edges an output of a cell that keeps state changes."""
    if cell.kind == "DP16KD":
        return cell.input("CLKB" if output.startswith("DOB") else "CLKA")
    pins = _CLOCK_PINS.get(cell.kind)
    return cell.input(pins[0]) if pins else None


def _captures(cell: Cell) -> Iterator[tuple[str, int, int]]:
    """Each input that a cell samples at a clock's edge: port, net, clock."""
    for port, net in cell.inputs:
        pins = _CLOCK_PINS.get(cell.kind, ())
        if not pins or port in pins or (cell.kind == "TRELLIS_DPR16X4" and port == "RAD"):
            continue
        second = cell.kind == "DP16KD" and (port.endswith("B") or port[:3] in ("ADB", "DIB"))
        clock = cell.input(pins[1] if second else pins[0])
        if clock is not None:
            yield port, net, clock


def find_crossings(netlist: Netlist) -> list[Crossing]:
    """Every crossing, sorted by source. `NetlistError` for one that is not safe, with its place."""
    origins = _Origins(netlist)
    found = []
    for cell in netlist.cells.values():
        for port, net, clock in _captures(cell):
            launched = origins.of(net)
            for origin in launched:
                if origin.clock == clock:
                    continue
                source = netlist.source(origin.clock if origin.net is None else origin.net)
                if origin.clock is not None:
                    source = f"flip-flops of {source}"
                how = _how(netlist, cell, port, net, len(launched))
                if how is None:
                    raise NetlistError(
                        f"{source} enters {cell.name} ({port}), of the clock"
                        f" {netlist.source(clock)}, without a synchronizer"
                    )
                found.append(Crossing(source, netlist.source(clock), cell.name, port, how))
    _check_pins(netlist, {each.source for each in found})
    return sorted(found, key=lambda each: (each.source, each.cell, each.pin))


def _check_pins(netlist: Netlist, met: Container[str]) -> None:
    """Raise `NetlistError` for a pin that comes in and is neither among those `met` nor a clock."""
    for cell in netlist.cells.values():
        if cell.kind != "TRELLIS_IO" or cell.parameter("DIR") == "OUTPUT":
            continue
        for _, net in cell.outputs:
            readers = netlist.sinks.get(net, ())
            is_clock = any(port in _CLOCK_INPUTS.get(reader.kind, ()) for reader, port in readers)
            if netlist.source(net) not in met and not is_clock:
                raise NetlistError(
                    f"{netlist.source(net)} comes in, and goes to nothing whose clock is known:"
                    f" {', '.join(sorted({reader.kind for reader, _ in readers})) or 'nowhere'}"
                )


def _how(netlist: Netlist, cell: Cell, port: str, net: int, origins: int) -> str | None:
    if cell.kind != _FF or origins != 1:
        return None
    if port == "DI" and _is_plain(netlist, net) and _second_stage(netlist, cell):
        return "synchronizer"
    if port == "LSR" and cell.parameter("SRMODE") == "ASYNC" and _is_plain(netlist, net):
        data = cell.input("DI")
        if data is None:
            return "reset synchronizer"
        before = _driver(netlist, data)
        if before and before.parameter("SRMODE") == "ASYNC" and before.input("LSR") == net:
            return "reset synchronizer"
    return None


def _driver(netlist: Netlist, net: int) -> Cell | None:
    drivers = netlist.drivers.get(net, ())
    return drivers[0][0] if len(drivers) == 1 else None


def _is_plain(netlist: Netlist, net: int) -> bool:
    """Whether a net is a signal as it was launched, or inverted: it cannot glitch."""
    driver = _driver(netlist, net)
    while driver is not None and driver.kind == "LUT4":
        if len(driver.inputs) != 1:
            return False
        driver = _driver(netlist, driver.inputs[0][1])
    return driver is None or driver.kind in (_FF, "TRELLIS_IO", "EHXPLLL")


def _second_stage(netlist: Netlist, first: Cell) -> bool:
    (_, output), *_ = first.outputs
    sinks = netlist.sinks.get(output, [])
    return (
        len(sinks) == 1
        and sinks[0][0].kind == _FF
        and sinks[0][1] == "DI"
        and sinks[0][0].input("CLK") == first.input("CLK")
    )


def crossing_table(crossings: list[Crossing]) -> str:
    """The list as text."""
    rows = [("from", "into the clock", "met by", "at")]
    rows += [(each.source, each.clock, each.how, f"{each.cell}.{each.pin}") for each in crossings]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join([*lines, ""])
