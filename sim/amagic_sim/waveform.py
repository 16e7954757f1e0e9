"""The view of a waveform: which signals a person wants to see first, in groups and by name.

Beside a VCD of the SoC goes a save file for GTKWave (Surfer and others read it as well), so that
the waveform opens with the way of an interrupt from top to bottom.
"""

import re
from pathlib import Path

from vcd.gtkw import GTKWSave

__all__ = ["GROUPS", "ViewError", "write_view"]

GROUPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "generic timer": (
        ("count", "system counter", "dec"),
        ("virtual_irq", "virtual timers", "bin"),
        ("physical_irq", "physical timers", "bin"),
    ),
    "distributor (GICD)": (
        ("gicv2.distributor.ppi__0", "lines of PPIs 16 to 31", "hex"),
        ("gicv2.distributor.transaction.stb", "transaction", "bin"),
        ("gicv2.distributor.transaction.kind", "its kind", "dec"),
        ("gicv2.distributor.transaction.intid", "its INTID", "dec"),
    ),
    "physical CPU interface (GICC)": (
        ("gicv2.gicc0.frame__r_stb", "read", "bin"),
        ("gicv2.gicc0.frame__w_stb", "write", "bin"),
        ("gicv2.gicc0.frame__addr", "address", "hex"),
        ("gicv2.gicc0.irq", "nIRQ, 1 = signalled", "bin"),
    ),
    "list registers (GICH)": (
        ("gicv2.gich0.frame__w_stb", "write", "bin"),
        ("gicv2.gich0.frame__addr", "address", "hex"),
        *(
            (f"gicv2.gich0.list_registers.lr{n}.state", f"LR{n} state: active, pending", "bin")
            for n in range(4)
        ),
        ("gicv2.gich0.forward__stb", "deactivation forwarded", "bin"),
        ("gicv2.gich0.forward__intid", "its INTID", "dec"),
        ("gicv2.gich0.maintenance", "maintenance line", "bin"),
    ),
    "virtual CPU interface (GICV)": (
        ("gicv2.gicv0.frame__r_stb", "read", "bin"),
        ("gicv2.gicv0.frame__w_stb", "write", "bin"),
        ("gicv2.gicv0.frame__addr", "address", "hex"),
        ("gicv2.gicv0.irq", "nVIRQ, 1 = signalled", "bin"),
    ),
    "core": (
        ("cpu.probe__privilege", "privilege: 3 host, 1 guest", "dec"),
        ("cpu.probe__retire", "instruction retires", "bin"),
        ("cpu.probe__pc", "its address", "hex"),
    ),
    "data bus": (
        ("cpu.dbus__cyc", "cycle", "bin"),
        ("cpu.dbus__we", "write", "bin"),
        ("cpu.dbus__adr", "word address", "hex"),
        ("cpu.dbus__dat_w", "write data", "hex"),
        ("cpu.dbus__dat_r", "read data", "hex"),
        ("cpu.dbus__ack", "acknowledge", "bin"),
    ),
}
"""Signals by their path below the SoC, with the name to show and the number format."""

_ROOT = "dut"
_VARIABLE = re.compile(r"\$var\s+\S+\s+(\d+)\s+\S+\s+(\S+)")


class ViewError(ValueError):
    """A signal that the view shows is not in the waveform."""


def _signals(vcd: Path) -> dict[str, tuple[str, int]]:
    """The signals below the SoC's instance: path below it, to whole path and width.

    (pyvcd's reader refuses the nameless nets, such as ``$1``, that Amaranth's Verilog has.)
    """
    found: dict[str, tuple[str, int]] = {}
    scopes: list[str] = []
    with vcd.open() as lines:
        for line in lines:
            match line.split():
                case ["$scope", _, name, "$end"]:
                    scopes.append(name)
                case ["$upscope", "$end"]:
                    scopes.pop()
                case ["$var", _, size, _, name, *_] if _ROOT in scopes:
                    below = scopes[scopes.index(_ROOT) + 1 :]
                    whole = ".".join([*scopes, name])
                    found.setdefault(".".join([*below, name.lstrip("\\")]), (whole, int(size)))
                case ["$enddefinitions", *_]:
                    break
    return found


def write_view(vcd: Path) -> Path:
    """Writes the view of ``vcd`` beside it, as ``.gtkw``; `ViewError` names what is missing."""
    signals = _signals(vcd)
    wanted = [path for group in GROUPS.values() for path, _, _ in group]
    missing = [path for path in wanted if path not in signals]
    if missing:
        raise ViewError(f"{vcd} has no signal {', '.join(missing)}")
    view = vcd.with_suffix(".gtkw")
    with view.open("w") as file:
        save = GTKWSave(file)
        save.dumpfile(vcd.name, abspath=False)
        for name, group in GROUPS.items():
            with save.group(name):
                for path, alias, datafmt in group:
                    whole, size = signals[path]
                    suffix = f"[{size - 1}:0]" if size > 1 else ""
                    save.trace(f"{whole}{suffix}", alias=alias, datafmt=datafmt)
    return view
