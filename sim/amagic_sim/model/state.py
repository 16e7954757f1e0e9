"""A model's state by itself: to come back to, to give to another model, to compare."""

from collections.abc import Iterator

from .cpu_interface import CpuInterface
from .distributor import Distributor
from .gic import Model
from .interrupts import Interrupts
from .list_registers import ListRegisters
from .secure_interface import SecureCpuInterface
from .sgi import Sgis
from .timer import CompareTimer, SystemCounter, TimerBlock, TimerFrame
from .virtual_control import VirtualControl

__all__ = ["State", "load", "save"]

State = tuple
"""What all attributes that change come to; of the same configuration only."""

_INTERFACE = ("ctlr", "pmr", "bpr", "abpr", "active")
_KEPT = {
    Model: ("lines", "outputs"),
    Distributor: ("enable", "targeted"),
    Interrupts: (
        *("group", "enabled", "edge", "latch", "level", "active", "priority"),
        "non_secure_access",
    ),
    Sgis: ("sources",),
    CpuInterface: _INTERFACE,
    SecureCpuInterface: _INTERFACE,
    VirtualControl: ("hcr",),
    ListRegisters: ("words",),
    SystemCounter: ("control", "count"),
    TimerFrame: ("offset", "access", "el0_access"),
    CompareTimer: ("cval", "control"),
    TimerBlock: ("frequency",),
}
"""Of each part of a model: the attributes that change, but for what is found again from them."""


def _parts(model: Model) -> Iterator[object]:
    distributor = model.distributor
    yield from (model, distributor, distributor.shared, *distributor.private, *distributor.sgis)
    for gicc, gich in zip(model.gicc, model.gich, strict=True):
        yield from (gicc, gich, gich.lrs, gich.gicv)
    if model.timer is not None:
        yield model.timer.counter
        yield from model.timer.blocks
        for frame in model.timer.frames:
            yield from (frame, frame.physical, frame.virtual)


def _fixed(value: object) -> object:
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    return tuple(value) if isinstance(value, list) else value


def _free(value: object, now: object) -> object:
    """``value`` in the container that stands there now."""
    return type(now)(value) if isinstance(now, list | dict) else value


def save(model: Model) -> State:
    """The state of a model: equal for models that nothing can tell apart from now on."""
    return tuple(
        _fixed(getattr(part, name)) for part in _parts(model) for name in _KEPT[type(part)]
    )


def load(model: Model, state: State) -> None:
    """Give a model a state that one of the same configuration had."""
    values = iter(state)
    for part in _parts(model):
        for name in _KEPT[type(part)]:
            setattr(part, name, _free(next(values), getattr(part, name)))
    model.distributor.changed()
    for gich in model.gich:
        gich.lrs.changed()
