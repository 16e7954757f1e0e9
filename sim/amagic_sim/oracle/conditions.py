"""When QEMU's GICv2 may do otherwise: the conditions of the entries of the table of divergences.

They are functions as `entry.Divergence` asks for them: the bits of a read that may differ, the
outputs that may, and whether QEMU's state parts from the right one for good.
"""

from collections.abc import Callable

from ..model.secure_interface import EOI_MODE_NS
from ..replay.operation import Access
from .entry import NONE
from .history import History, non_secure, winner
from .machine import MAINTENANCE, SPIS

__all__ = [
    "SPURIOUS",
    "WRONG_GROUP",
    "absent_targets",
    "active_layout",
    "aliased",
    "aliased_end",
    "below_the_minimum",
    "bypass",
    "extra_lr",
    "guests_eoi_mode_ns",
    "hidden_lines",
    "hides",
    "hppir_cpuid",
    "identification",
    "levels",
    "low_trigger_bits",
    "masked_by_pmr",
    "no_nsacr",
    "permitted_write",
    "preempting_lines",
    "preempts",
    "private_trigger",
    "reserved_filter",
    "suspects",
    "takes_disabled",
    "wrong_group_first",
]

CTLR, PMR, BPR, IAR, HPPIR, ABPR, AIAR = 0, 4, 8, 0xC, 0x18, 0x1C, 0x20
AEOIR, AHPPIR, IIDR, SGIR, VMCR = 0x24, 0x28, 0xFC, 0xF00, 8
INTID, CPUID = 0x3FF, 0x1C00
GROUPS, ACK_CTL, CBPR = 3, 4, 0x10
SPURIOUS, WRONG_GROUP, SPECIAL = 1023, 1022, 1020
PHYSICAL = frozenset({"nirq", "nfiq"})
VIRTUAL = frozenset({"nvirq", "nvfiq"})


def _at(access: Access, frames: str | tuple[str, ...], *offsets: int) -> bool:
    return access.frame in frames and access.offset in offsets


def _interface(access: Access) -> bool:
    return access.frame in ("GICC", "GICV")


def _within(access: Access, start: int, bits: int) -> int:
    """``bits`` of a word at ``start`` of GICD, as an access to a part of it sees them."""
    if access.frame != "GICD":
        return 0
    shift = 8 * (access.offset - start)
    seen = bits >> shift if shift >= 0 else bits << -shift
    return seen & (1 << 8 * access.size) - 1


def _vector(access: Access, start: int, intids: set[int], width: int = 1, ones: int = 1) -> int:
    """The bits of interrupts in a register of GICD with ``width`` bits for each."""
    return _within(access, start, sum(ones << width * intid for intid in intids))


def suspects(name: str) -> dict[str, Callable]:
    """The state of some interrupts is uncertain, and so what they are to a physical interface."""

    def bits(history: History, access: Access, right: int) -> int:
        intids = history.suspects[name]
        if not intids:
            return 0
        if _at(access, "GICC", IAR, HPPIR):
            return INTID | CPUID
        starts = (0x200, 0x280, 0x300, 0x380)
        start = next((s for s in starts if s <= access.offset < s + 0x80), None)
        return 0 if start is None else _vector(access, start, intids)

    def outputs(history: History, cpu: int) -> frozenset[str]:
        return PHYSICAL if history.suspects[name] else NONE

    return {"bits": bits, "outputs": outputs}


# Groups that are disabled


def _groups(history: History, cpu: int, frame: str) -> set[int]:
    """The groups of the interrupts that an interface may have."""
    if frame == "GICV":
        return {word >> 30 & 1 for word in history.entries(cpu)}
    return {history.group(cpu, intid) for intid in range(32 + history.config.spis)}


def _one_of_two_off(ctlr: int, groups: set[int]) -> bool:
    """One group is enabled, and there are interrupts of the other one."""
    return ctlr & GROUPS in (1, 2) and any(not ctlr >> group & 1 for group in groups)


def _off_in_distributor(history: History, cpu: int) -> bool:
    """QEMU's winner is of a group that GICD_CTLR disables, while the other one is enabled."""
    ctlr = history.written(0, "GICD", CTLR) & GROUPS
    found = winner(history.model, cpu)
    return ctlr in (1, 2) and found is not None and not ctlr >> found.group & 1


def hides(history: History, access: Access, right: int) -> int:
    if not _at(access, "GICC", IAR, HPPIR):
        return 0
    return INTID | CPUID if _off_in_distributor(history, access.cpu) else 0


def hidden_lines(history: History, cpu: int) -> frozenset[str]:
    if not _off_in_distributor(history, cpu):
        return NONE
    enabled = history.written(0, "GICD", CTLR) & GROUPS
    return PHYSICAL if winner(history.model, cpu, enabled) is not None else NONE


def takes_disabled(history: History, access: Access, right: int) -> int:
    if not _interface(access) or access.offset not in (IAR, HPPIR) or right != SPURIOUS:
        return 0
    ctlr = history.written(access.cpu, access.frame, CTLR)
    groups = _groups(history, access.cpu, access.frame)
    return INTID | CPUID if _one_of_two_off(ctlr, groups) else 0


# Ends and SGIs


def aliased(history: History, access: Access, right: int) -> int:
    return INTID | CPUID if _interface(access) and access.offset in (AIAR, AHPPIR) else 0


def aliased_end(history: History, access: Access) -> bool:
    if access.value is None or not _interface(access):
        return False
    return access.offset == AEOIR and access.value & INTID < SPECIAL


def reserved_filter(history: History, access: Access) -> bool:
    return _at(access, "GICD", SGIR) and access.value is not None and access.value >> 24 & 3 == 3


# Priorities


def hppir_cpuid(history: History, access: Access, right: int) -> int:
    sgi = _interface(access) and access.offset == HPPIR and right & INTID < 16
    return CPUID if sgi else 0


def masked_by_pmr(history: History, access: Access, right: int) -> int:
    if not _interface(access) or access.offset != HPPIR or right == SPURIOUS:
        return 0
    cpu, intid = access.cpu, right & INTID
    if access.frame == "GICC":
        pmr = history.written(cpu, "GICC", PMR) & 0xFF00 >> history.config.priority_bits & 0xFF
        intids = (intid,) if intid < SPECIAL else range(32 + history.config.spis)
        priorities = [history.priority(cpu, each) for each in intids]
    else:
        pmr = history.written(cpu, "GICV", PMR) & 0xF8
        words = list(history.entries(cpu))
        words = [word for word in words if intid >= SPECIAL or word & INTID == intid]
        priorities = [(word >> 23 & 31) << 3 for word in words]
    return INTID | CPUID if any(each >= pmr for each in priorities) else 0


def wrong_group_first(history: History, access: Access, right: int) -> int:
    """1022 and 1023 differ in bit 0."""
    if not _interface(access) or access.offset != IAR or right != SPURIOUS:
        return 0
    if history.written(access.cpu, access.frame, CTLR) & ACK_CTL:
        return 0
    return int(1 in _groups(history, access.cpu, access.frame))


def _least_bpr(history: History, frame: str) -> int:
    return 7 - (5 if frame == "GICV" else min(history.config.priority_bits, 7))


def below_the_minimum(history: History, access: Access, right: int) -> int:
    if _at(access, "GICH", VMCR):
        return 7 << 18 if _too_small(history, access.cpu, "GICV", ABPR) else 0
    if not _at(access, "GICC", BPR, ABPR) and not _at(access, "GICV", ABPR):
        return 0
    return 7 if _too_small(history, access.cpu, access.frame, access.offset) else 0


def _too_small(history: History, cpu: int, frame: str, offset: int) -> bool:
    """A binary point was written with less than its minimum."""
    least = _least_bpr(history, frame) + (offset == ABPR)
    return history.written(cpu, frame, offset) & 7 < least


def _by_one_mask(history: History, cpu: int, frame: str) -> bool:
    """The winner is of higher priority than what runs under its own group's mask, as it is now, and
    not under the mask that the running one was acknowledged under; or the other way round."""
    model = history.model
    part = (model.gicc if frame == "GICC" else model.gicv)[cpu]
    found = winner(model, cpu) if frame == "GICC" else model.gich[cpu].lrs.candidate()
    running = part.running
    if found is None or running is None:
        return False
    point, aliased = (history.written(cpu, frame, offset) & 7 for offset in (BPR, ABPR))
    lowest = max(point, _least_bpr(history, frame)) + 1
    if found.group and not history.written(cpu, frame, CTLR) & CBPR:
        lowest = max(aliased, _least_bpr(history, frame) + 1)
    return (found.priority >> lowest < running >> lowest) != (found.priority < running)


def preempts(history: History, access: Access, right: int) -> int:
    if not _interface(access) or access.offset != IAR:
        return 0
    return INTID | CPUID if _by_one_mask(history, access.cpu, access.frame) else 0


def preempting_lines(history: History, cpu: int) -> frozenset[str]:
    physical = PHYSICAL if _by_one_mask(history, cpu, "GICC") else NONE
    return physical | (VIRTUAL if _by_one_mask(history, cpu, "GICV") else NONE)


def active_layout(history: History, access: Access, right: int) -> int:
    layout = access.frame == "GICC" and 0xD0 <= access.offset < 0xF0
    return 0xFFFFFFFF if layout and history.config.priority_bits < 7 else 0


# Registers that are there, or not


def bypass(history: History, access: Access, right: int) -> int:
    if not _at(access, "GICC", CTLR):
        return 0
    written = history.written(access.cpu, "GICC", CTLR) & 0x1E0
    return written >> 2 & 0x60 if non_secure(history.model, access) else written


def identification(history: History, access: Access, right: int) -> int:
    if access.frame in ("GICC", "GICV"):
        return 0xFFF0FFFF if access.offset == IIDR else 0
    if access.frame != "GICD":
        return 0
    lines = 0 if (history.config.spis + 31) // 32 == SPIS // 32 else 0x1F
    found = _within(access, 0x004, lines) | _within(access, 0x008, 0xFF0FFFFF)
    for number, place in enumerate(range(0xFD0, 0xFF0, 4)):
        found |= _within(access, place, 0x0F if number == 6 else 0xFF)
    return found


def levels(history: History, access: Access, right: int) -> int:
    high = {place for place, level in history.levels.items() if level}
    ppis = {intid - 16 for cpu, intid in high if intid < 32 and cpu == access.cpu}
    spis = {intid - 32 for _, intid in high if intid >= 32}
    ppis.add(MAINTENANCE - 16)
    return _vector(access, 0xD00, ppis) | _vector(access, 0xD04, spis)


def absent_targets(history: History, access: Access, right: int) -> int:
    if access.frame != "GICD" or not 0x820 <= access.offset < 0xC00 or history.config.cpus == 1:
        return 0
    absent = int.from_bytes([~history.cpu_mask & 0xFF] * access.size)
    return history.written(0, "GICD", access.offset, access.size) & absent


def low_trigger_bits(history: History, access: Access, right: int) -> int:
    """Of PPIs and SPIs: from GICD_ICFGR1 on."""
    if not 0xC04 <= access.offset < 0xD00:
        return 0
    return _vector(access, 0xC00, set(range(16, 32 + history.config.spis)), 2)


def private_trigger(history: History, access: Access, right: int) -> int:
    edges = history.suspects["private-trigger"]
    found = _vector(access, 0xC00, edges, 2, 2) if 0xC04 <= access.offset < 0xC08 else 0
    return found | suspects("private-trigger")["bits"](history, access, right)


def no_nsacr(history: History, access: Access, right: int) -> int:
    if _permitted(history, access):
        return 0xFFFFFFFF
    if access.frame != "GICD" or not 0xE00 <= access.offset < 0xF00:
        return 0
    return history.written(access.cpu, "GICD", access.offset, access.size)


def _permitted(history: History, access: Access) -> bool:
    """A Non-secure access to the distributor, while GICD_NSACR permits some."""
    if access.frame != "GICD" or not non_secure(history.model, access):
        return False
    gicd = history.model.distributor
    return any(any(bank.non_secure_access) for bank in (*gicd.private, gicd.shared))


def permitted_write(history: History, access: Access) -> bool:
    return access.value is not None and _permitted(history, access)


def guests_eoi_mode_ns(history: History, access: Access, right: int) -> int:
    if not history.config.security or not _at(access, "GICV", CTLR):
        return 0
    return history.written(access.cpu, "GICV", CTLR) & EOI_MODE_NS


def extra_lr(history: History, access: Access, right: int) -> int:
    place = 0x100 + 4 * history.config.lrs
    if not _at(access, "GICH", place):
        return 0
    return history.written(access.cpu, "GICH", place)
