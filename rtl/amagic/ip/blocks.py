"""The register blocks of one configuration: which there are, where, and what is in them.

The register source (`amagic.registers`) has the architecture's maximum; here every register stands
as often as this configuration has it, with the values that it has after reset.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..gic.config import GicConfig
from ..gic.cpu_interface import VIRTUAL_PRIORITY_BITS
from ..gic.gicd_frame import identification
from ..registers import (
    GICC,
    GICD,
    GICH,
    GICV,
    Block,
    CNTBase,
    CNTControlBase,
    CNTCTLBase,
    CNTEL0Base,
    CNTReadBase,
    Frame,
)
from ..timer.config import BLOCK_FRAMES, TimerConfig
from ..timer.timer import cntbase, cntctlbase, cntel0base
from .config import IpConfig

__all__ = ["TIMER_OFFSET", "blocks"]

TIMER_OFFSET = 0x20000
SPURIOUS = 1023
IDLE = 0xFF


def blocks(config: IpConfig, base: int = 0) -> tuple[Block, ...]:
    """The blocks of a configuration that stands at ``base``, by address.

    What is banked is told for CPU 0, and interrupt lines are taken to be low.

    Raises
    ------
    ValueError
        When ``base`` is not a 32-bit address aligned to what the IP takes of the address space.
    """
    size = 1 << config.addr_width
    if (
        isinstance(base, bool)
        or not isinstance(base, int)
        or not 0 <= base < 1 << 32
        or base % size
    ):
        shown = hex(base) if isinstance(base, int) else repr(base)
        raise ValueError(
            f"base must be a multiple of {size:#x} in 0 to {(1 << 32) - size:#x}, not {shown}"
        )
    found = [
        Block("GICD", 0x1000, _distributor(config.gic)),
        Block("GICC", 0x2000, _cpu_interface(GICC, config.gic, config.gic.priority_bits)),
        Block("GICH", 0x4000, _virtual_control(config.gic)),
        Block("GICV", 0x6000, _cpu_interface(GICV, config.gic, VIRTUAL_PRIORITY_BITS)),
    ]
    if config.timer:
        found += _timer(config.timer_config)
    return tuple(replace(block, address=base + block.address) for block in found)


def _fitted(
    frame: Frame,
    resets: Mapping[str, int | tuple[int, ...]],
    counts: Mapping[str, int] | None = None,
) -> Frame:
    """``frame`` with these resets and counts; a register that stands 0 times is left out.

    One that the architecture numbers keeps its number where there is but one.
    """
    counts, registers = counts or {}, []
    for name, register in frame.by_name.items():
        count = counts.get(name, register.count)
        if count:
            reset = resets.get(name, 0 if isinstance(register.reset, tuple) else register.reset)
            banked = min(register.banked, count)
            fitted = replace(register, count=count, banked=banked, reset=reset)
            if count == 1 < register.count:
                fitted = replace(fitted, name=register.name_at(0))
            registers.append(fitted)
    return replace(frame, registers=tuple(registers))


def _distributor(config: GicConfig) -> Frame:
    interrupts = 32 + config.spis
    rows = 1 + config.spi_rows
    per_row = {name: rows for name, register in GICD.by_name.items() if register.count == 32}
    sixteens = -(-interrupts // 16)
    counts = per_row | {
        "IPRIORITYR": -(-interrupts // 4),
        "ITARGETSR": -(-interrupts // 4),
        "ICFGR": sixteens,
        "SPISR": config.spi_rows,
        "NSACR": sixteens,
    }
    constants = identification(config)
    # SGIs are enabled and edge-triggered; the lower bit of each other field reads 1.
    lower = sum(1 << 2 * n for n in range(interrupts - 16 * (sixteens - 1)))
    triggers = (0xAAAA_AAAA, *(0x5555_5555 for _ in range(sixteens - 2)), lower)
    own = 0x0101_0101 if config.cpus > 1 else 0
    resets = {
        "TYPER": constants[GICD.TYPER.offset],
        "IIDR": constants[GICD.IIDR.offset],
        "ISENABLER": (0xFFFF, *(0,) * (rows - 1)),
        "ICENABLER": (0xFFFF, *(0,) * (rows - 1)),
        "ICFGR": triggers,
        "ITARGETSR": (own,) * 8 + (0,) * (counts["ITARGETSR"] - 8),
    }
    for name in ("PIDR4", "PIDR0", "CIDR0"):
        register = GICD.by_name[name]
        resets[name] = tuple(constants.get(register.at(n), 0) for n in range(register.count))
    return _fitted(GICD, resets, counts)


def _cpu_interface(frame: Frame, config: GicConfig, priority_bits: int) -> Frame:
    lowest_point = 7 - min(priority_bits, 7)
    levels = 1 << min(priority_bits, 7)
    resets = dict.fromkeys(("IAR", "HPPIR", "AIAR", "AHPPIR"), SPURIOUS) | {
        "BPR": lowest_point,
        "ABPR": lowest_point + 1,
        "RPR": IDLE,
        "IIDR": frame.IIDR.pack(
            Implementer=config.implementer,
            Revision=config.revision,
            Architecture_version=2,
            ProductID=config.product << 4,
        ),
    }
    words = -(-levels // 32)
    return _fitted(frame, resets, {"APR": words} | ({"NSAPR": words} if frame is GICC else {}))


def _virtual_control(config: GicConfig) -> Frame:
    words = -(-config.lrs // 32)
    empty = (1 << config.lrs) - 1
    bits = VIRTUAL_PRIORITY_BITS - 1
    lowest_point = 7 - VIRTUAL_PRIORITY_BITS
    resets = {
        "VTR": GICH.VTR.pack(ListRegs=config.lrs - 1, PREbits=bits, PRIbits=bits),
        "VMCR": GICH.VMCR.pack(VMBP=lowest_point, VMABP=lowest_point + 1),
        "ELRSR": tuple(empty >> 32 * n & 0xFFFF_FFFF for n in range(words)),
    }
    return _fitted(GICH, resets, {"EISR": words, "ELRSR": words, "LR": config.lrs})


def _timer(config: TimerConfig) -> Iterator[Block]:
    identity = {"CounterID": config.counter_id}
    frequency = identity | {"CNTFRQ": config.frequency}
    control = _fitted(CNTControlBase, identity | {"CNTFID": (config.frequency, 0)})
    yield Block("CNTControlBase", TIMER_OFFSET, control)
    yield Block("CNTReadBase", TIMER_OFFSET + 0x1000, _fitted(CNTReadBase, identity))
    for block, frames in enumerate(config.blocks):
        suffix = str(block) if len(config.blocks) > 1 else ""
        timers = CNTCTLBase.CNTTIDR.pack(**{f"Frame{n}": 0b0111 for n in range(frames)})
        control = _fitted(
            CNTCTLBase,
            frequency | {"CNTTIDR": timers, "CNTNSAR": (1 << frames) - 1},
            {"CNTACR": frames, "CNTVOFF": 2 * frames},
        )
        yield Block(f"CNTCTLBase{suffix}", TIMER_OFFSET + cntctlbase(block), control)
        for n in range(BLOCK_FRAMES * block, BLOCK_FRAMES * block + frames):
            views = (("CNTBase", cntbase, CNTBase), ("CNTEL0Base", cntel0base, CNTEL0Base))
            for name, place, frame in views:
                # Until CNTEL0ACR permits something, the second view shows its identity alone.
                resets = identity if frame is CNTEL0Base else frequency
                yield Block(f"{name}{n}", TIMER_OFFSET + place(n), _fitted(frame, resets))
