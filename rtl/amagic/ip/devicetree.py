"""Renders the IP's nodes for a device tree.

After the kernel's bindings ``interrupt-controller/arm,gic.yaml`` and
``timer/arm,arch_timer_mmio.yaml``. The timer has a node where its lines are SPIs: Linux' driver for
``arm,armv7-timer-mem`` cannot take PPIs.
"""

from collections.abc import Iterator

from ..gic.gic import MAINTENANCE_PPI
from ..registers import Block
from ..timer.config import BLOCK_FRAMES
from .blocks import blocks
from .config import IpConfig

__all__ = ["render_device_tree"]

SPI, PPI = 0, 1
LEVEL_HIGH = 4


def _cells(*cells: int) -> str:
    return f"<{' '.join(f'{c:#x}' if c > 9 else str(c) for c in cells)}>"


def _gic(config: IpConfig, at: dict[str, Block]) -> Iterator[str]:
    # GICH's aliases for each CPU lie behind it, so its region is two pages, as a GIC-400's.
    regions = [(at["GICD"], 0x1000), *((at[name], 0x2000) for name in ("GICC", "GICH", "GICV"))]
    cpus = (1 << config.gic.cpus) - 1
    yield f"gic: interrupt-controller@{at['GICD'].address:x} {{"
    yield '\tcompatible = "arm,gic-400";'
    yield "\t#interrupt-cells = <3>;"
    yield "\t#address-cells = <0>;"
    yield "\tinterrupt-controller;"
    yield "\treg = " + ",\n\t      ".join(_cells(b.address, size) for b, size in regions) + ";"
    maintenance = _cells(PPI, MAINTENANCE_PPI - 16, cpus << 8 | LEVEL_HIGH)
    yield f"\tinterrupts = {maintenance};"
    yield "};"


def _timer(config: IpConfig, at: dict[str, Block]) -> Iterator[str]:
    frames = config.timer_config.blocks
    for number, count in enumerate(frames):
        suffix = str(number) if len(frames) > 1 else ""
        control = at[f"CNTCTLBase{suffix}"].address
        first = number * BLOCK_FRAMES
        window = at[f"CNTBase{first}"].address
        yield ""
        yield f"timer@{control:x} {{"
        yield '\tcompatible = "arm,armv7-timer-mem";'
        yield f"\treg = {_cells(control, 0x1000)};"
        yield "\t#address-cells = <1>;"
        yield "\t#size-cells = <1>;"
        yield f"\tranges = {_cells(0, window, count * 0x2000)};"
        for n in range(count):
            frame = first + n
            physical = config.timer_spi - 32 + 2 * frame
            views = [at[f"{kind}{frame}"].address - window for kind in ("CNTBase", "CNTEL0Base")]
            yield ""
            yield f"\tframe@{views[0]:x} {{"
            yield f"\t\tframe-number = <{n}>;"
            lines = (physical, physical + 1)
            interrupts = [f"<{SPI} {line} {LEVEL_HIGH}>" for line in lines]
            yield f"\t\tinterrupts = {', '.join(interrupts)};"
            yield f"\t\treg = {', '.join(_cells(view, 0x1000) for view in views)};"
            yield "\t};"
        yield "};"


def render_device_tree(config: IpConfig, base: int = 0) -> str:
    """The nodes, for a bus node with one address cell and one size cell.

    Raises
    ------
    ValueError
        As `blocks` does for `base`.
    """
    at = {block.name: block for block in blocks(config, base)}
    lines = [
        "/* For the node of the bus that the GIC is on: one address cell, one size cell. */",
        *_gic(config, at),
    ]
    if config.timer_spi is not None:
        lines += _timer(config, at)
    elif config.timer:
        lines += [
            "",
            "/* No node for the timer: its lines are PPIs, and Linux wants SPIs there. */",
        ]
    return "\n".join([*lines, ""])
