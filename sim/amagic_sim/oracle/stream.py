"""Streams for the oracle: those of `streams`, without what QEMU cannot be given.

What QEMU does otherwise is taken as far as a read shows it, or an output, and nothing stays behind:
there the table of divergences masks it. Where QEMU's state of an interrupt becomes another one, the
`Mender` has both agree again before the stream goes on. What is left is in `EXCLUSIONS`.
"""

from collections.abc import Callable
from typing import NamedTuple

from ..model import Model
from ..model.cpu_interface import SPECIAL, CpuInterface
from ..model.list_registers import ACTIVE, HW, STATE
from ..replay.operation import Access, Answer, Operation, ScriptConfig
from ..streams.generator import Recorded, generate
from ..streams.stream import OFFSETS, Source, Stream
from .history import History, ended_entries, other_source, unmatched, winner, withheld
from .machine import refusal

__all__ = ["EXCLUSIONS", "Exclusion", "Mender", "make_stream", "takes"]

_LRS = range(0x100, 0x200, 4)
_SGIR = OFFSETS["GICD", "SGIR"]
_IAR, _AIAR, _AEOIR = (OFFSETS["GICC", name] for name in ("IAR", "AIAR", "AEOIR"))


class Exclusion(NamedTuple):
    """What QEMU is not given: why, and whether an access is such a one in the model's state."""

    reason: str
    holds: Callable[[Model, Access], bool]


def _reads(access: Access, offset: int) -> bool:
    return access.value is None and access.frame in ("GICC", "GICV") and access.offset == offset


def _writes(access: Access, frame: str, *offsets: int) -> bool:
    return access.value is not None and access.frame == frame and access.offset in offsets


def _interface(model: Model, access: Access) -> CpuInterface:
    return (model.gicc if access.frame == "GICC" else model.gicv)[access.cpu]


# Acknowledges


def _hidden(model: Model, access: Access) -> bool:
    if not _reads(access, _IAR) or access.frame != "GICC":
        return False
    first, candidate = winner(model, access.cpu), model.distributor.candidate(access.cpu)
    return first is not None and (candidate is None or candidate.intid != first.intid)


def _disabled(model: Model, access: Access) -> bool:
    if not _reads(access, _IAR):
        return False
    part = _interface(model, access)
    candidate = part.source.candidate()
    return candidate is not None and not part.ctlr >> candidate.group & 1


def _preempts_by_mask(model: Model, access: Access) -> bool:
    if not _reads(access, _IAR):
        return False
    part = _interface(model, access)
    candidate, running = part.source.candidate(), part.running
    if candidate is None or running is None or candidate.priority >= part.pmr:
        return False
    return part.signalled(candidate) != (candidate.priority < running)


def _taken_by_alias(model: Model, access: Access) -> bool:
    if not _reads(access, _AIAR):
        return False
    part = _interface(model, access)
    candidate = part.source.candidate()
    return part.signalled(candidate) and bool(candidate.group)


# Ends


def _ended_by_alias(model: Model, access: Access) -> bool:
    ends = _writes(access, "GICC", _AEOIR) or _writes(access, "GICV", _AEOIR)
    return ends and access.value & 0x3FF < SPECIAL


def _not_active(model: Model, access: Access) -> bool:
    return any(not word & ACTIVE for word in ended_entries(model, access))


# List registers


def _fills(access: Access) -> bool:
    return access.frame == "GICH" and access.offset in _LRS and bool((access.value or 0) & STATE)


def _twin(model: Model, access: Access) -> bool:
    if not _fills(access):
        return False
    own = (access.offset - _LRS.start) // 4
    return any(
        index != own and word & STATE and word & 0x3FF == access.value & 0x3FF
        for index, word in enumerate(model.gich[access.cpu].lrs.words)
    )


EXCLUSIONS = {
    "group-hidden": Exclusion(
        "an acknowledge while QEMU's winner is another one, of a group that GICD_CTLR disables",
        _hidden,
    ),
    "group-taken": Exclusion(
        "an acknowledge of an interrupt whose group the interface disables: QEMU takes it",
        _disabled,
    ),
    "preemption-mask": Exclusion(
        "an acknowledge of what preempts under one group's mask and not under the other's",
        _preempts_by_mask,
    ),
    "alias-acknowledge": Exclusion(
        "a read of AIAR that takes an interrupt: QEMU has no AIAR", _taken_by_alias
    ),
    "alias-end": Exclusion("AEOIR of an interrupt: QEMU has no AEOIR", _ended_by_alias),
    "unmatched-end": Exclusion(
        "EOIR that does not fit the highest active priority: QEMU drops none, or another one",
        unmatched,
    ),
    "virtual-sgi-source": Exclusion(
        "the end of a virtual SGI with another CPUID than its entry's: QEMU ends it",
        other_source,
    ),
    "pending-entry": Exclusion(
        "a guest's end of what is only pending (UNPREDICTABLE): QEMU counts it in EOICount",
        _not_active,
    ),
    "reserved-filter": Exclusion(
        "GICD_SGIR with the reserved filter: QEMU sends to all CPUs",
        lambda model, access: (
            _writes(access, "GICD", _SGIR) and access.size == 4 and access.value >> 24 & 3 == 3
        ),
    ),
    "sgi-group": Exclusion(
        "GICD_SGIR of an SGI that is of another group than NSATT says: QEMU sends it", withheld
    ),
    "same-virtual-id": Exclusion(
        "two entries of one VirtualID (UNPREDICTABLE, but for SGIs): QEMU finds the first", _twin
    ),
    "special-virtual-id": Exclusion(
        "an entry with a VirtualID from 1020 on (UNPREDICTABLE): QEMU offers it",
        lambda model, access: _fills(access) and access.value & 0x3FF >= SPECIAL,
    ),
    "hardware-sgi": Exclusion(
        "a virtual SGI of hardware: QEMU has its PhysicalID as its source",
        lambda model, access: (
            _fills(access) and bool(access.value & HW) and access.value & 0x3FF < 16
        ),
    ),
}
"""By name: that of the divergence that is behind it, where there is one. Each would give QEMU a
state that parts it for good. What its machine does not have at all is in `machine.refusal`."""


def takes(model: Model, operation: Operation) -> bool:
    """Whether QEMU can be given an operation, when the model is in the state before it."""
    if refusal(model.config, operation) is not None:
        return False
    if not isinstance(operation, Access):
        return True
    return not any(each.holds(model, operation) for each in EXCLUSIONS.values())


_SHOWN = 0.5
"""How often what QEMU has in its state is read before it is mended."""


class Mender:
    """Watches a stream. When QEMU's state of an interrupt parts from the right one, it reads that,
    perhaps, and then has both agree again.

    Most of it changes nothing in a GIC that is right: an interrupt that was acknowledged is made
    active for all CPUs, one that has ended inactive; one that is pending is cleared, and pends anew
    for the CPUs that it targets.
    """

    def __init__(self, stream: Stream):
        self._stream = stream
        self._history = History(stream.config)
        self._mending = False

    def before(self, operation: Operation) -> None:
        pass

    def after(self, operation: Operation, answer: Answer) -> None:
        self._history.note(operation, answer)
        if self._mending:
            return
        self._mending = True
        cpu = operation.cpu if isinstance(operation, Access) else 0
        for name, intids in list(self._history.suspects.items()):
            for intid in sorted(intids):
                self._mend(name, cpu, intid)
        if isinstance(operation, Access) and _permits(operation):
            index = operation.offset - OFFSETS["GICD", "NSACR"] >> 2
            self._read(cpu, "NSACR", index)
            self._write(cpu, "NSACR", 0, index)
        self._mending = False

    def _read(self, cpu: int, name: str, index: int) -> None:
        """Sometimes a read, Secure, of a register of the distributor."""
        s = self._stream
        if s.often(_SHOWN):
            secure = s.config.security
            s.do(Access(cpu, "GICD", OFFSETS["GICD", name] + 4 * index, 4, None, secure))

    def _write(self, cpu: int, name: str, value: int, index: int) -> None:
        s = self._stream
        offset = OFFSETS["GICD", name] + 4 * index
        s.do(Access(cpu, "GICD", offset, 4, value, s.config.security))

    def _mend(self, name: str, cpu: int, intid: int) -> None:
        s, row, bit = self._stream, intid // 32, 1 << intid % 32
        if name == "private-trigger":
            self._read(cpu, "ICFGR", 1)
            self._write(cpu, "ICFGR", 0, 1)
            return
        ends = name in ("active-written", "ended-elsewhere")
        self._read(cpu, "ISACTIVER" if ends else "ISPENDR", row)
        if ends:
            self._write(cpu, "ICACTIVER", bit, row)
            return
        source = Source(intid, cpu if intid < 32 else 0)
        latched = s.bank(source).latch & 1 << intid
        self._write(cpu, "ICPENDR", bit, row)
        if intid >= 32 and s.active(source):
            self._write(cpu, "ISACTIVER", bit, row)
        if intid >= 32 and latched and s.targets(source):
            self._write(cpu, "ISPENDR", bit, row)


def _permits(access: Access) -> bool:
    """A write of GICD_NSACR, which QEMU does not have, that is not zero."""
    start = OFFSETS["GICD", "NSACR"]
    return access.frame == "GICD" and start <= access.offset < start + 0x100 and bool(access.value)


def make_stream(config: ScriptConfig, seed: int, count: int) -> Recorded:
    """``count`` operations that QEMU can be given, the same ones for the same arguments."""
    return generate(config, str(seed), count, takes, Mender)
