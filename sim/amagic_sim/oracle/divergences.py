"""The table of what QEMU's GICv2 is known to do otherwise.

An entry names bits of registers, or outputs, and when they may differ: never a whole register
without a condition. Where QEMU's state parts from the right one for good, the entry `diverts`, and
a comparison ends. ``tests/oracle/divergences`` has a directed test for each, by its name.

Authority: the architecture's text and what was seen on silicon, then QEMU.
"""

from . import conditions as when
from .entry import Divergence

__all__ = ["DIVERGENCES"]

DIVERGENCES: tuple[Divergence, ...] = (
    Divergence(
        "active-written",
        "GICD_ISACTIVER gives an SPI one active bit for each CPU, and GICC_EOIR, GICC_DIR and a"
        " forwarded deactivation clear the caller's only",
        "an SPI has one active bit",
        "page GICD_ISACTIVER<n>: banked for SGIs and PPIs only",
        **when.suspects("active-written"),
    ),
    Divergence(
        "ended-elsewhere",
        "an SPI that another CPU acknowledged stays active when it is deactivated",
        "any CPU may deactivate an SPI",
        "as active-written",
        **when.suspects("ended-elsewhere"),
    ),
    Divergence(
        "taken-twice",
        "each CPU that an SPI targets can acknowledge it",
        "1 of N: the first one takes it, and the others read 1023",
        "IHI 0048B, 1-N model; unverified",
        **when.suspects("taken-twice"),
    ),
    Divergence(
        "no-target",
        "an SPI that becomes pending by a write or an edge while it has no target is lost",
        "pending belongs to the interrupt, whatever its targets",
        "page GICD_ISPENDR<n>",
        **when.suspects("no-target"),
    ),
    Divergence(
        "retargeted",
        "a pending SPI stays with the CPUs that it targeted when it became pending",
        "pending belongs to the interrupt, whatever its targets",
        "page GICD_ITARGETSR<n>",
        **when.suspects("retargeted"),
    ),
    Divergence(
        "private-pending",
        "GICD_ISPENDR0 and GICD_ICPENDR0 are not banked for PPIs",
        "they are",
        "page GICD_ISPENDR<n>",
        **when.suspects("private-pending"),
    ),
    Divergence(
        "private-trigger",
        "GICD_ICFGR1 can be written, for all CPUs at once",
        "PPIs have a fixed trigger",
        "seen on a GIC-400",
        bits=when.private_trigger,
        outputs=when.suspects("private-trigger")["outputs"],
    ),
    Divergence(
        "trigger-low-bits",
        "the lower bit of each field of GICD_ICFGR reads 0",
        "it reads 1 for PPIs and SPIs",
        "seen on a GIC-400",
        reads=0,
        bits=when.low_trigger_bits,
    ),
    Divergence(
        "group-hidden",
        "an interrupt of a group that GICD_CTLR disables hides those of lower priority, and IAR and"
        " HPPIR return it",
        "the distributor leaves it out of the selection (the text allows either order)",
        "page GICC_HPPIR",
        bits=when.hides,
        outputs=when.hidden_lines,
    ),
    Divergence(
        "group-taken",
        "IAR and HPPIR return an interrupt of a group that the interface disables, and IAR"
        " acknowledges it",
        "1023",
        "page GICC_HPPIR; pseudocode of IAR",
        bits=when.takes_disabled,
    ),
    Divergence(
        "aliased-registers",
        "AIAR and AHPPIR read 0, and AEOIR does nothing",
        "they are IAR, HPPIR and EOIR of Group 1",
        "pages GICC_AIAR, GICC_AHPPIR, GICC_AEOIR",
        reads=0,
        bits=when.aliased,
        diverts=when.aliased_end,
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
        diverts=when.reserved_filter,
    ),
    Divergence(
        "hppir-cpuid",
        "HPPIR drops the CPUID of an SGI",
        "it is in bits [12:10]",
        "seen on a GIC-400",
        reads=0,
        bits=when.hppir_cpuid,
    ),
    Divergence(
        "hppir-mask",
        "HPPIR does not show what PMR masks",
        "PMR has no say in it",
        "seen on a GIC-400",
        reads=when.SPURIOUS,
        bits=when.masked_by_pmr,
    ),
    Divergence(
        "wrong-group-first",
        "IAR with AckCtl = 0 reads 1022 for a Group 1 interrupt that cannot preempt",
        "1023: it is of insufficient priority",
        "page GICV_IAR",
        reads=when.WRONG_GROUP,
        bits=when.wrong_group_first,
    ),
    Divergence(
        "preemption-mask",
        "a pending priority is compared with the running one as it was acknowledged, under the mask"
        " of its group at that time",
        "both are compared under the mask of the pending interrupt's group",
        "pseudocode of HighestPriorityPendingInterrupt; unverified",
        bits=when.preempts,
        outputs=when.preempting_lines,
    ),
    Divergence(
        "binary-point-minimum",
        "GICC_BPR, GICC_ABPR and GICV_ABPR have the least values of eight priority bits",
        "with 5 bits they are 2 and 3",
        "DDI 0595 GICC_BPR; seen on a GIC-400",
        bits=when.below_the_minimum,
    ),
    Divergence(
        "active-priorities",
        "GICC_APR and GICC_NSAPR have a bit for each of 128 group priorities",
        "one for each that the priority bits allow: 32 with 5 bits",
        "page GICC_APR<n>; seen on a GIC-400",
        bits=when.active_layout,
    ),
    Divergence(
        "bypass-bits",
        "GICC_CTLR[8:5] read 0",
        "the bypass-disable bits are kept",
        "seen on a GIC-400",
        reads=0,
        bits=when.bypass,
    ),
    Divergence(
        "identification",
        "the fields that say who made it and how large it is are QEMU's",
        "they are the implementation's; the architecture's version is compared",
        "page GICD_IIDR",
        bits=when.identification,
    ),
    Divergence(
        "line-levels",
        "GICD_PPISR and GICD_SPISR read 0",
        "they show the lines",
        "DDI 0438I Table 8-7",
        reads=0,
        bits=when.levels,
    ),
    Divergence(
        "absent-targets",
        "GICD_ITARGETSR keeps the bits of CPUs that are not there",
        "they read 0",
        "seen on a GIC-400",
        bits=when.absent_targets,
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
        bits=when.no_nsacr,
        diverts=when.permitted_write,
    ),
    Divergence(
        "virtual-eoimode-ns",
        "with Security Extensions GICV_CTLR keeps bit 10, which is EOImodeNS in GICC_CTLR",
        "it is reserved: a guest has one EOImode",
        "page GICV_CTLR",
        bits=when.guests_eoi_mode_ns,
    ),
    Divergence(
        "extra-list-register",
        "the list register behind the last one can be written",
        "it is RAZ/WI",
        "page GICH_LR<n>",
        bits=when.extra_lr,
    ),
)
