"""The table of what QEMU's GICv2 is known to do otherwise.

An entry names bits of registers, or outputs, and when they may differ: never a whole register
without a condition. Where QEMU's state parts from the right one for good, the entry `diverts`, and
a comparison ends. ``tests/oracle/divergences`` has a directed test for each, by its name.

Authority: the architecture's text and what was seen on silicon, then QEMU.
"""

from collections.abc import Callable

from ..model.secure_interface import EOI_MODE_NS
from ..replay.operation import Access
from .entry import NONE, Divergence
from .history import History, non_secure, winner
from .machine import MAINTENANCE, SPIS

__all__ = ["DIVERGENCES"]

CTLR, PMR, BPR, IAR, EOIR, HPPIR, ABPR, AIAR = 0, 4, 8, 0xC, 0x10, 0x18, 0x1C, 0x20
AEOIR, AHPPIR, IIDR, DIR, SGIR, VMCR = 0x24, 0x28, 0xFC, 0x1000, 0xF00, 8
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


def _suspects(name: str) -> dict[str, Callable]:
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


def _hides(history: History, access: Access, right: int) -> int:
    if not _at(access, "GICC", IAR, HPPIR):
        return 0
    return INTID | CPUID if _off_in_distributor(history, access.cpu) else 0


def _hidden_lines(history: History, cpu: int) -> frozenset[str]:
    if not _off_in_distributor(history, cpu):
        return NONE
    enabled = history.written(0, "GICD", CTLR) & GROUPS
    return PHYSICAL if winner(history.model, cpu, enabled) is not None else NONE


def _takes_disabled(history: History, access: Access, right: int) -> int:
    if not _interface(access) or access.offset not in (IAR, HPPIR) or right != SPURIOUS:
        return 0
    ctlr = history.written(access.cpu, access.frame, CTLR)
    groups = _groups(history, access.cpu, access.frame)
    return INTID | CPUID if _one_of_two_off(ctlr, groups) else 0


# Priorities


def _hppir_cpuid(history: History, access: Access, right: int) -> int:
    sgi = _interface(access) and access.offset == HPPIR and right & INTID < 16
    return CPUID if sgi else 0


def _masked_by_pmr(history: History, access: Access, right: int) -> int:
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


def _wrong_group_first(history: History, access: Access, right: int) -> int:
    """1022 and 1023 differ in bit 0."""
    if not _interface(access) or access.offset != IAR or right != SPURIOUS:
        return 0
    if history.written(access.cpu, access.frame, CTLR) & ACK_CTL:
        return 0
    return int(1 in _groups(history, access.cpu, access.frame))


def _least_bpr(history: History, frame: str) -> int:
    return 7 - (5 if frame == "GICV" else min(history.config.priority_bits, 7))


def _below_the_minimum(history: History, access: Access, right: int) -> int:
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


def _preempts(history: History, access: Access, right: int) -> int:
    if not _interface(access) or access.offset != IAR:
        return 0
    return INTID | CPUID if _by_one_mask(history, access.cpu, access.frame) else 0


def _preempting_lines(history: History, cpu: int) -> frozenset[str]:
    physical = PHYSICAL if _by_one_mask(history, cpu, "GICC") else NONE
    return physical | (VIRTUAL if _by_one_mask(history, cpu, "GICV") else NONE)


def _active_layout(history: History, access: Access, right: int) -> int:
    layout = access.frame == "GICC" and 0xD0 <= access.offset < 0xF0
    return 0xFFFFFFFF if layout and history.config.priority_bits < 7 else 0


# Registers that are there, or not


def _bypass(history: History, access: Access, right: int) -> int:
    if not _at(access, "GICC", CTLR):
        return 0
    written = history.written(access.cpu, "GICC", CTLR) & 0x1E0
    return written >> 2 & 0x60 if non_secure(history.model, access) else written


def _identification(history: History, access: Access, right: int) -> int:
    if access.frame in ("GICC", "GICV"):
        return 0xFFF0FFFF if access.offset == IIDR else 0
    if access.frame != "GICD":
        return 0
    lines = 0 if (history.config.spis + 31) // 32 == SPIS // 32 else 0x1F
    found = _within(access, 0x004, lines) | _within(access, 0x008, 0xFF0FFFFF)
    for number, place in enumerate(range(0xFD0, 0xFF0, 4)):
        found |= _within(access, place, 0x0F if number == 6 else 0xFF)
    return found


def _levels(history: History, access: Access, right: int) -> int:
    high = {place for place, level in history.levels.items() if level}
    ppis = {intid - 16 for cpu, intid in high if intid < 32 and cpu == access.cpu}
    spis = {intid - 32 for _, intid in high if intid >= 32}
    ppis.add(MAINTENANCE - 16)
    return _vector(access, 0xD00, ppis) | _vector(access, 0xD04, spis)


def _absent_targets(history: History, access: Access, right: int) -> int:
    if access.frame != "GICD" or not 0x820 <= access.offset < 0xC00 or history.config.cpus == 1:
        return 0
    absent = int.from_bytes([~history.cpu_mask & 0xFF] * access.size)
    return history.written(0, "GICD", access.offset, access.size) & absent


def _low_trigger_bits(history: History, access: Access, right: int) -> int:
    """Of PPIs and SPIs: from GICD_ICFGR1 on."""
    if not 0xC04 <= access.offset < 0xD00:
        return 0
    return _vector(access, 0xC00, set(range(16, 32 + history.config.spis)), 2)


def _private_trigger(history: History, access: Access, right: int) -> int:
    edges = history.suspects["private-trigger"]
    found = _vector(access, 0xC00, edges, 2, 2) if 0xC04 <= access.offset < 0xC08 else 0
    return found | _suspects("private-trigger")["bits"](history, access, right)


def _no_nsacr(history: History, access: Access, right: int) -> int:
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


def _extra_lr(history: History, access: Access, right: int) -> int:
    place = 0x100 + 4 * history.config.lrs
    if not _at(access, "GICH", place):
        return 0
    return history.written(access.cpu, "GICH", place)


DIVERGENCES: tuple[Divergence, ...] = (
    Divergence(
        "active-written",
        "GICD_ISACTIVER gives an SPI one active bit for each CPU, and GICC_EOIR, GICC_DIR and a"
        " forwarded deactivation clear the caller's only",
        "an SPI has one active bit",
        "page GICD_ISACTIVER<n>: banked for SGIs and PPIs only",
        **_suspects("active-written"),
    ),
    Divergence(
        "ended-elsewhere",
        "an SPI that another CPU acknowledged stays active when it is deactivated",
        "any CPU may deactivate an SPI",
        "as active-written",
        **_suspects("ended-elsewhere"),
    ),
    Divergence(
        "taken-twice",
        "each CPU that an SPI targets can acknowledge it",
        "1 of N: the first one takes it, and the others read 1023",
        "IHI 0048B, 1-N model; unverified",
        **_suspects("taken-twice"),
    ),
    Divergence(
        "no-target",
        "an SPI that becomes pending by a write or an edge while it has no target is lost",
        "pending belongs to the interrupt, whatever its targets",
        "page GICD_ISPENDR<n>",
        **_suspects("no-target"),
    ),
    Divergence(
        "retargeted",
        "a pending SPI stays with the CPUs that it targeted when it became pending",
        "pending belongs to the interrupt, whatever its targets",
        "page GICD_ITARGETSR<n>",
        **_suspects("retargeted"),
    ),
    Divergence(
        "private-pending",
        "GICD_ISPENDR0 and GICD_ICPENDR0 are not banked for PPIs",
        "they are",
        "page GICD_ISPENDR<n>",
        **_suspects("private-pending"),
    ),
    Divergence(
        "private-trigger",
        "GICD_ICFGR1 can be written, for all CPUs at once",
        "PPIs have a fixed trigger",
        "seen on a GIC-400",
        bits=_private_trigger,
        outputs=_suspects("private-trigger")["outputs"],
    ),
    Divergence(
        "trigger-low-bits",
        "the lower bit of each field of GICD_ICFGR reads 0",
        "it reads 1 for PPIs and SPIs",
        "seen on a GIC-400",
        reads=0,
        bits=_low_trigger_bits,
    ),
    Divergence(
        "group-hidden",
        "an interrupt of a group that GICD_CTLR disables hides those of lower priority, and IAR and"
        " HPPIR return it",
        "the distributor leaves it out of the selection (the text allows either order)",
        "page GICC_HPPIR",
        bits=_hides,
        outputs=_hidden_lines,
    ),
    Divergence(
        "group-taken",
        "IAR and HPPIR return an interrupt of a group that the interface disables, and IAR"
        " acknowledges it",
        "1023",
        "page GICC_HPPIR; pseudocode of IAR",
        bits=_takes_disabled,
    ),
    Divergence(
        "aliased-registers",
        "AIAR and AHPPIR read 0, and AEOIR does nothing",
        "they are IAR, HPPIR and EOIR of Group 1",
        "pages GICC_AIAR, GICC_AHPPIR, GICC_AEOIR",
        reads=0,
        bits=lambda history, access, right: (
            INTID | CPUID if _interface(access) and access.offset in (AIAR, AHPPIR) else 0
        ),
        diverts=lambda history, access: (
            access.value is not None
            and _interface(access)
            and access.offset == AEOIR
            and access.value & INTID < SPECIAL
        ),
    ),
    Divergence(
        "unmatched-end",
        "EOIR of an interrupt of another group than that of the one acknowledged last drops no"
        " priority, and with none active it does not deactivate either",
        "UNPREDICTABLE; ours drops the running priority and deactivates what is named",
        "page GICC_AEOIR",
        diverts=lambda history, access: history.unmatched,
    ),
    Divergence(
        "virtual-sgi-source",
        "a guest's EOIR and DIR end a virtual SGI whatever CPUID they name",
        "the entry of that source",
        "page GICV_EOIR; unverified",
        diverts=lambda history, access: history.other_source,
    ),
    Divergence(
        "reserved-filter",
        "GICD_SGIR with the reserved TargetListFilter 3 sends to all CPUs",
        "to none (reserved: ours)",
        "page GICD_SGIR",
        diverts=lambda history, access: (
            _at(access, "GICD", SGIR) and access.value is not None and access.value >> 24 & 3 == 3
        ),
    ),
    Divergence(
        "hppir-cpuid",
        "HPPIR drops the CPUID of an SGI",
        "it is in bits [12:10]",
        "seen on a GIC-400",
        reads=0,
        bits=_hppir_cpuid,
    ),
    Divergence(
        "hppir-mask",
        "HPPIR does not show what PMR masks",
        "PMR has no say in it",
        "seen on a GIC-400",
        reads=SPURIOUS,
        bits=_masked_by_pmr,
    ),
    Divergence(
        "wrong-group-first",
        "IAR with AckCtl = 0 reads 1022 for a Group 1 interrupt that cannot preempt",
        "1023: it is of insufficient priority",
        "page GICV_IAR",
        reads=WRONG_GROUP,
        bits=_wrong_group_first,
    ),
    Divergence(
        "preemption-mask",
        "a pending priority is compared with the running one as it was acknowledged, under the mask"
        " of its group at that time",
        "both are compared under the mask of the pending interrupt's group",
        "pseudocode of HighestPriorityPendingInterrupt; unverified",
        bits=_preempts,
        outputs=_preempting_lines,
    ),
    Divergence(
        "binary-point-minimum",
        "GICC_BPR, GICC_ABPR and GICV_ABPR have the least values of eight priority bits",
        "with 5 bits they are 2 and 3",
        "DDI 0595 GICC_BPR; seen on a GIC-400",
        bits=_below_the_minimum,
    ),
    Divergence(
        "active-priorities",
        "GICC_APR and GICC_NSAPR have a bit for each of 128 group priorities",
        "one for each that the priority bits allow: 32 with 5 bits",
        "page GICC_APR<n>; seen on a GIC-400",
        bits=_active_layout,
    ),
    Divergence(
        "bypass-bits",
        "GICC_CTLR[8:5] read 0",
        "the bypass-disable bits are kept",
        "seen on a GIC-400",
        reads=0,
        bits=_bypass,
    ),
    Divergence(
        "identification",
        "the fields that say who made it and how large it is are QEMU's",
        "they are the implementation's; the architecture's version is compared",
        "page GICD_IIDR",
        bits=_identification,
    ),
    Divergence(
        "line-levels",
        "GICD_PPISR and GICD_SPISR read 0",
        "they show the lines",
        "DDI 0438I Table 8-7",
        reads=0,
        bits=_levels,
    ),
    Divergence(
        "absent-targets",
        "GICD_ITARGETSR keeps the bits of CPUs that are not there",
        "they read 0",
        "seen on a GIC-400",
        bits=_absent_targets,
    ),
    Divergence(
        "sgi-group",
        "with Security Extensions GICD_SGIR sends an SGI whatever NSATT says, and to a Non-secure"
        " access of either group",
        "to those CPUs where its group is NSATT; for a Non-secure access, where it is Group 1",
        "page GICD_SGIR",
        diverts=lambda history, access: history.withheld,
    ),
    Divergence(
        "no-nsacr",
        "there is no GICD_NSACR: it reads 0",
        "Secure software may permit Non-secure accesses to Group 0",
        "page GICD_NSACR<n>",
        bits=_no_nsacr,
        diverts=lambda history, access: access.value is not None and _permitted(history, access),
    ),
    Divergence(
        "virtual-eoimode-ns",
        "with Security Extensions GICV_CTLR keeps bit 10, which is EOImodeNS in GICC_CTLR",
        "it is reserved: a guest has one EOImode",
        "page GICV_CTLR",
        bits=lambda history, access, right: (
            history.written(access.cpu, "GICV", CTLR) & EOI_MODE_NS
            if history.config.security and _at(access, "GICV", CTLR)
            else 0
        ),
    ),
    Divergence(
        "extra-list-register",
        "the list register behind the last one can be written",
        "it is RAZ/WI",
        "page GICH_LR<n>",
        bits=_extra_lr,
    ),
)
