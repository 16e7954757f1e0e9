"""How scripts spell addresses: `GICD_ISENABLER1`, `GICV+0x1000`, `CNTBase0+0x28`.

The frames are those of the IP (`amagic.ip.blocks`); the names of registers are the architecture's,
so that a script can also name what a configuration does not have, such as the list register behind
the last one.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache

from amagic.gic.config import GicConfig
from amagic.ip import IpConfig
from amagic.ip.blocks import blocks
from amagic.registers import GICC, GICD, GICH, GICV, Block

from .operation import ScriptConfig

__all__ = [
    "AddressError",
    "frames",
    "ip_config",
    "is_timer_frame",
    "number",
    "resolve",
    "spell",
    "suggestion",
]

_GIC_FRAMES = {frame.name: frame for frame in (GICD, GICC, GICH, GICV)}
_WIDE = frozenset({"CNTCV", "CNTPCT", "CNTVCT", "CNTVOFF", "CNTP_CVAL", "CNTV_CVAL"})
"""The timer's registers of 64 bits: an access is to one word of two, and names frame and offset."""
_SIZES = {"GICH": 0x2000}
"""Of GICH with its aliases: CPU n's GICH is at GICH+0x1000+n*0x200 too, for every CPU."""
_ALIASES = {"GICV_APR0": "GICV_APR"}
"""Architectural names of registers that have another name in the register source."""


class AddressError(ValueError):
    """What was found is no address; the text says what is allowed."""


def ip_config(config: ScriptConfig, *, timer: bool | None = None) -> IpConfig:
    """The IP that a script is for, with its timer or, when ``timer`` says so, with or without."""
    gic = GicConfig(
        cpus=config.cpus,
        spis=config.spis,
        lrs=config.lrs,
        priority_bits=config.priority_bits,
        security=bool(config.security),
    )
    return IpConfig(gic, timer=config.timer if timer is None else timer)


@cache
def frames(config: ScriptConfig) -> Mapping[str, Block]:
    """Every frame of a configuration by its name, the timer's too, where the IP has it."""
    return {block.name: block for block in blocks(ip_config(config, timer=True))}


def is_timer_frame(frame: str) -> bool:
    """Whether a frame is the timer's."""
    return frame not in _GIC_FRAMES


def number(text: str) -> int | None:
    """The number that ``text`` spells, decimal or ``0x`` hexadecimal; None for none."""
    # Of forty decimal digits a number is out of every range; Python refuses some thousands.
    found = re.fullmatch(r"0*([0-9]{1,40})|0x([0-9A-Fa-f]+)", text)
    if found is None:
        return None
    decimal, hexadecimal = found.groups()
    return int(hexadecimal, 16) if decimal is None else int(decimal)


def suggestion(found: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` with the nearest of what is known, or nothing."""
    known = list(known)
    if found in known:
        return ""
    near = difflib.get_close_matches(found, known, n=3, cutoff=0.75)
    return f"; did you mean {' or '.join(near)}?" if near else ""


@cache
def _gic_names() -> Mapping[str, tuple[str, int]]:
    """The GIC's registers by name: frame and offset."""
    names = {
        register.name_at(index): (frame.name, register.at(index))
        for frame in _GIC_FRAMES.values()
        for register in frame
        for index in range(register.count)
    }
    return names | {alias: names[name] for alias, name in _ALIASES.items()}


@cache
def _spellings() -> Mapping[tuple[str, int], str]:
    return {place: name for name, place in _gic_names().items() if name not in _ALIASES}


@cache
def _timer_names(config: ScriptConfig) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """The timer's registers by name: each frame that has one, and the offset there."""
    names: dict[str, tuple[tuple[str, int], ...]] = {}
    for block in frames(config).values():
        if is_timer_frame(block.name):
            for register in block.frame:
                wide = register.name in _WIDE
                for index in range(1 if wide else register.count):
                    name = register.name if wide else register.name_at(index)
                    place = block.name, register.at(index)
                    names[name] = (*names.get(name, ()), place)
    return names


def _frame(text: str, config: ScriptConfig) -> Block:
    known = frames(config)
    # Above four CPUs there are two pages CNTCTLBase, and they have numbers.
    for name in (text, f"{text}0" if text == "CNTCTLBase" else text):
        if name in known:
            return known[name]
    # The frames of timers are many: those of a kind are told as a range.
    last = 2 * config.cpus - 1
    kinds = [name for name in known if not re.fullmatch(r"CNT(EL0)?Base\d+", name)]
    kinds += [f"{kind}0 to {kind}{last}" for kind in ("CNTBase", "CNTEL0Base")]
    raise AddressError(
        f"no frame {text!r} with cpus={config.cpus}; there are {', '.join(kinds)}"
        f"{suggestion(text, known)}"
    )


def _offset(text: str, frame: Block) -> int:
    value = number(text)
    size = _SIZES.get(frame.name, frame.frame.size)
    if value is None or value >= size:
        raise AddressError(
            f"offset {text!r} in {frame.name}: allowed are 0 to {size - 1:#x}, decimal or 0x"
        )
    return value


def _timer_register(name: str, config: ScriptConfig) -> tuple[str, int] | None:
    places = _timer_names(config).get(name)
    if places is None:
        return None
    if len(places) == 1 and name not in _WIDE:
        return places[0]
    shown = [f"{frame}+{offset:#x}" for frame, offset in places]
    shown = [*shown[:3], "..."] if len(shown) > 4 else shown
    why = "has two words" if name in _WIDE else "is in several frames"
    raise AddressError(f"{name} {why}: name the frame and the offset, as in {', '.join(shown)}")


def resolve(text: str, config: ScriptConfig) -> tuple[str, int]:
    """Frame and offset of an address as a script spells it.

    Raises
    ------
    AddressError
        For what is no address in this configuration, with what is allowed.
    """
    base, plus, offset = text.partition("+")
    if plus:
        frame = _frame(base, config)
        return frame.name, _offset(offset, frame)
    if text in _gic_names():
        return _gic_names()[text]
    if place := _timer_register(text, config):
        return place
    if text in frames(config):
        raise AddressError(f"{text} is a frame: name a register, or an offset as in {text}+0x10")
    names = [*_gic_names(), *_timer_names(config)]
    raise AddressError(
        f"no register {text!r}{_index_range(text, names)}; an address is a register's name"
        f" (GICD_CTLR, GICD_ISENABLER1) or a frame with an offset (GICD+0x428)"
        f"{suggestion(text, names)}"
    )


def _index_range(text: str, names: Iterable[str]) -> str:
    """Of a register that stands several times: the numbers that there are."""
    stem = text.rstrip("0123456789")
    numbers = [
        int(name.removeprefix(stem))
        for name in names
        if re.fullmatch(rf"{re.escape(stem)}\d+", name)
    ]
    return f" ({stem}{min(numbers)} to {stem}{max(numbers)} exist)" if numbers else ""


def spell(frame: str, offset: int, size: int = 4) -> str:
    """An address as scripts spell it: the register's name for a whole register of the GIC."""
    name = _spellings().get((frame, offset)) if size == 4 else None
    return name or f"{frame}+{offset:#x}"
