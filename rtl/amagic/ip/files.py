"""The IP's files: the Verilog, the C header, the SVD file, the reference page, the device tree."""

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from .. import __version__
from ..gic.config import GicConfig
from ..gic.gic import Gic
from ..registers import FRAMES
from ..registers.c_header import render_c_header
from ..registers.reference import render_reference
from ..registers.svd import render_svd
from .blocks import blocks
from .buses import BUSES
from .config import IpConfig
from .devicetree import render_device_tree
from .top import GicIp, ports
from .verilog import render_modules

__all__ = ["RENDERERS", "render_verilog", "write_files", "write_ip"]

_QUIET = """\
// Two warnings that Verilator's -Wall adds are switched off: modules have bits that this
// configuration does not use, and all modules are in one file.
/* verilator lint_off UNUSED */
/* verilator lint_off DECLFILENAME */
"""

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _parameters(config: IpConfig) -> dict[str, object]:
    own = {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if f.name != "gic"}
    if not config.timer:
        own = {"bus": config.bus, "timer": False}
    return dataclasses.asdict(config.gic) | own


def render_verilog(ip: GicIp, name: str) -> str:
    """The Verilog of the IP, as the one module ``name``."""
    config = ip.config
    declared = ports(config)
    widest = max(len(port.name) for port in declared)
    head = [
        f"{name}: an ARM GICv2 with virtualization, made by amagic {__version__}.",
        "Do not edit; make it again. BSD-2-Clause.",
        "",
        f"Bus: {BUSES[config.bus].title}; {1 << config.addr_width:#x} bytes of addresses.",
        "Parameters:",
        *(f"  {key} = {value}" for key, value in _parameters(config).items()),
        "Ports:",
        *(
            f"  {port.way:<6} {port.name:<{widest}} {port.width:>3}  {port.doc}"
            for port in declared
        ),
    ]
    comment = "".join(f"// {line}".rstrip() + "\n" for line in head)
    return f"{comment}\n{_QUIET}\n{render_modules(ip, name)}"


def _header(config: IpConfig, name: str, base: int) -> str:
    placed = blocks(config, base)
    kinds = {block.frame.name for block in placed}
    frames = [frame for frame in FRAMES if frame.name in kinds]
    return render_c_header(frames, {block.name: block.address for block in placed})


def _svd(config: IpConfig, name: str, base: int) -> str:
    return render_svd(
        blocks(config, base),
        name=name,
        version=__version__,
        description="ARM GICv2 with virtualization" + (", generic timer" if config.timer else ""),
    )


def _reference(config: IpConfig, name: str, base: int) -> str:
    return render_reference(
        blocks(config, base),
        title=f"{name}: registers",
        facts={"Made by": f"amagic {__version__}"} | _parameters(config),
        notes=[
            "What is banked is shown for CPU 0, and reset values are those with every interrupt"
            " line low. What is not listed reads 0 and ignores writes.",
            "A source that is a page is Arm's page on the memory-mapped register of that name, in"
            " DDI 0595, DDI 0601 or the System Register XML.",
        ],
    )


def _device_tree(config: IpConfig, name: str, base: int) -> str:
    return render_device_tree(config, base)


RENDERERS: Mapping[str, tuple[str, Callable[[IpConfig, str, int], str]]] = {
    "header": (".h", _header),
    "svd": (".svd", _svd),
    "html": (".html", _reference),
    "dts": (".dtsi", _device_tree),
}
"""What can go beside the Verilog: the file's ending, and what renders its text."""


def _check_place(path: Path) -> None:
    """`OSError` when ``path`` cannot become a file."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot write {path}: there is no folder {path.parent}")
    if path.exists() and not path.is_file():
        raise OSError(f"cannot write {path}: it is there, and not a plain file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(f"cannot write {path}: no permission to write in {path.parent}")


def write_files(texts: Mapping[Path, str]) -> None:
    """Write all files or none: each is complete under another name before the first appears.

    Raises
    ------
    OSError
        When one of them cannot be written.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            _check_place(path)
            final = path.resolve()
            staged[final] = final.with_name(f".{final.name}.{os.getpid()}.part")
            with staged[final].open("x", encoding="utf-8") as file:
                file.write(text)
        for final, part in staged.items():
            part.replace(final)
    finally:
        for part in staged.values():
            part.unlink(missing_ok=True)


def write_ip(
    path: str | Path,
    gic: Gic | GicConfig,
    *,
    bus: str = "wishbone",
    timer: bool = False,
    timer_spi: int | None = None,
    frequency: int = 50_000_000,
    name: str | None = None,
    base: int = 0,
    **beside: str | Path | bool | None,
) -> list[Path]:
    """Write the IP's Verilog, and beside it what is asked for; returns the files' paths.

    Either all files are written or none.

    Parameters
    ----------
    path : str or Path
        The Verilog file.
    gic : Gic or GicConfig
        The GIC.
    bus, timer, timer_spi, frequency
        As in `IpConfig`.
    name : str, optional
        The module's name; the file's name without its ending when it is left out, as linters
        expect.
    base : int
        The IP's address in the system, for the other files.
    header, svd, html, dts : str or Path or True, optional
        The C header, the CMSIS-SVD file, the reference page and the device tree's nodes: where
        they go; True is the Verilog file's name with the ending ``.h``, ``.svd``, ``.html``,
        ``.dtsi``.

    Raises
    ------
    ValueError
        For a parameter out of its range.
    OSError
        When a file cannot be written.
    """
    unknown = [kind for kind in beside if kind not in RENDERERS]
    if unknown:
        raise TypeError(f"{unknown[0]} is none of the files: {', '.join(RENDERERS)}")
    own = None if isinstance(gic, GicConfig) else gic
    config = IpConfig(gic if own is None else own.config, bus, timer, timer_spi, frequency)
    path = Path(path)
    name = path.stem if name is None else name
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"name must be letters, digits and '_', a letter first, not {name!r}")
    places = {"verilog": path} | {
        kind: path.with_suffix(RENDERERS[kind][0]) if place is True else Path(place)
        for kind, place in beside.items()
        if place
    }
    resolved = [place.resolve() for place in places.values()]
    for kind, place in places.items():
        if resolved.count(place.resolve()) > 1:
            raise ValueError(f"{kind} must have a file of its own, not {place}, which is another's")
        _check_place(place)
    # These take no time, and find what is wrong with `base`.
    texts = {
        place: RENDERERS[kind][1](config, name, base)
        for kind, place in places.items()
        if kind != "verilog"
    }
    blocks(config, base)
    texts = {path: render_verilog(GicIp(config, own), name)} | texts
    write_files(texts)
    return list(texts)
