"""The registers of a GICv2: GICD, GICC, GICH, GICV.

Where a register's presence depends on the configuration, its ``count`` is the architecture's
maximum.

The text of the architecture, Arm IHI 0048B, was not to be had but for the page of SPENDSGIR. In its
place, as ``source`` says for each entry, stand

- "page X": Arm's page on the memory-mapped register X. DDI 0595, DDI 0601 and the System Register
  XML are editions of one set of pages; they describe these frames for GICv3 with GICv2's
  compatibility, where DS = 1 is GICv2's single security state;
- manuals of implementations: DDI 0438I (Cortex-A15), DDI 0464F (Cortex-A7), both GICv2, and
  DDI 0407H (Cortex-A9, GICv1).

Offsets and accesses agree with a GIC-400's, as far as two systems with one list them: the address
maps of the Stratix 10 HPS and of Zynq UltraScale+ (UG1087).
"""

from .model import Access, Field, Frame, Register

__all__ = ["GICC", "GICD", "GICH", "GICV"]

RW, RO, WO, W1S, W1C = Access.RW, Access.RO, Access.WO, Access.W1S, Access.W1C


def _per_interrupt(name: str, offset: int, access: Access, doc: str, source: str = "") -> Register:
    source = source or f"page GICD_{name}<n>"
    return Register(f"GICD_{name}", offset, access, count=32, banked=1, doc=doc, source=source)


GICD = Frame(
    "GICD",
    0x1000,
    doc="Distributor",
    registers=(
        Register(
            "GICD_CTLR",
            0x000,
            RW,
            (
                Field("EnableGrp0", 0, doc="forward Group 0 interrupts"),
                Field("EnableGrp1", 1, doc="forward Group 1 interrupts"),
            ),
            doc="Distributor control",
            source="page GICD_CTLR",
        ),
        Register(
            "GICD_TYPER",
            0x004,
            RO,
            (
                Field("ITLinesNumber", 0, 5, RO, "rows of 32 interrupts, less one"),
                Field("CPUNumber", 5, 3, RO, "CPU interfaces, less one"),
                Field("SecurityExtn", 10, 1, RO, "Security Extensions implemented"),
                Field("LSPI", 11, 5, RO, "lockable SPIs"),
            ),
            doc="Interrupt controller type",
            source="DDI 0407H Table 3.4 (ICDICTR)",
        ),
        Register(
            "GICD_IIDR",
            0x008,
            RO,
            (
                Field("Implementer", 0, 12, RO, "JEP106 code"),
                Field("Revision", 12, 4, RO),
                Field("Variant", 16, 4, RO),
                Field("ProductID", 24, 8, RO),
            ),
            doc="Distributor implementer identification",
            source="DDI 0438I Table 8-5",
        ),
        _per_interrupt(
            "IGROUPR", 0x080, RW, "Interrupt group: 1 is Group 1", "DDI 0464F Table 8.3"
        ),
        _per_interrupt("ISENABLER", 0x100, W1S, "Set enable"),
        _per_interrupt("ICENABLER", 0x180, W1C, "Clear enable"),
        _per_interrupt("ISPENDR", 0x200, W1S, "Set pending"),
        _per_interrupt("ICPENDR", 0x280, W1C, "Clear pending"),
        _per_interrupt("ISACTIVER", 0x300, W1S, "Set active"),
        _per_interrupt("ICACTIVER", 0x380, W1C, "Clear active"),
        Register(
            "GICD_IPRIORITYR",
            0x400,
            RW,
            count=255,
            narrow=True,
            banked=8,
            doc="Priority, a byte for each interrupt",
            source="page GICD_IPRIORITYR<n>",
        ),
        Register(
            "GICD_ITARGETSR",
            0x800,
            RW,
            count=255,
            narrow=True,
            banked=8,
            doc="Target CPUs, a byte for each interrupt",
            source="page GICD_ITARGETSR<n>",
        ),
        Register(
            "GICD_ICFGR",
            0xC00,
            RW,
            count=64,
            banked=2,
            doc="Trigger, two bits for each interrupt: the upper one is 1 for edge",
            source="DDI 0438I 8.3.2",
        ),
        Register(
            "GICD_PPISR",
            0xD00,
            RO,
            banked=1,
            doc="Lines of this CPU's PPIs: bit n is INTID 16 + n",
            source="DDI 0438I Table 8-7",
        ),
        Register(
            "GICD_SPISR",
            0xD04,
            RO,
            count=31,
            doc="Lines of the SPIs",
            source="DDI 0438I Figure 8-5",
        ),
        Register(
            "GICD_NSACR",
            0xE00,
            RW,
            count=64,
            banked=2,
            doc="Non-secure access control; RAZ/WI without the Security Extensions",
            source="page GICD_NSACR<n>",
        ),
        Register(
            "GICD_SGIR",
            0xF00,
            WO,
            (
                Field("SGIINTID", 0, 4, WO),
                Field("NSATT", 15, 1, WO),
                Field("CPUTargetList", 16, 8, WO),
                Field("TargetListFilter", 24, 2, WO, "0: the list, 1: all others, 2: oneself"),
            ),
            doc="Generate an SGI",
            source="page GICD_SGIR",
        ),
        Register(
            "GICD_CPENDSGIR",
            0xF10,
            W1C,
            count=4,
            narrow=True,
            banked=4,
            doc="SGI clear pending, a byte for each SGI, a bit for each source CPU",
            source="page GICD_CPENDSGIR<n>",
        ),
        Register(
            "GICD_SPENDSGIR",
            0xF20,
            W1S,
            count=4,
            narrow=True,
            banked=4,
            doc="SGI set pending, a byte for each SGI, a bit for each source CPU",
            source="IHI 0048B 4.3.17",
        ),
        Register(
            "GICD_PIDR4",
            0xFD0,
            RO,
            count=4,
            doc="Peripheral identification 4 to 7",
            source="UG1087 GICD_PIDR<n>",
        ),
        Register(
            "GICD_PIDR0",
            0xFE0,
            RO,
            count=4,
            doc="Peripheral identification 0 to 3",
            source="UG1087 GICD_PIDR<n>",
        ),
        Register(
            "GICD_CIDR0",
            0xFF0,
            RO,
            count=4,
            doc="Component identification 0 to 3",
            source="Stratix 10 HPS GICD_CIDR<n>",
        ),
    ),
)


_INTERRUPT = (Field("INTID", 0, 10), Field("CPUID", 10, 3))
_PRIORITY = (Field("Priority", 0, 8),)
_ACKNOWLEDGES = "acknowledges the interrupt"
_BINARY_POINT = (Field("Binary_Point", 0, 3),)
_SECURITY = (
    Field("EOImodeNS", 10, doc="EOImode of Non-secure accesses (with the Security Extensions)"),
)


def _cpu_interface(frame: str, ctlr: tuple[Field, ...], physical: bool) -> tuple[Register, ...]:
    """GICC and GICV: the same registers, but for those of the physical interface alone."""

    def register(name, offset, access, fields=(), doc="", **more) -> Register:
        page = f"page {frame}_{name}" + ("<n>" if more.get("count") else "")
        more = {"source": page, "banked": more.get("count", 1), **more}
        return Register(f"{frame}_{name}", offset, access, fields, doc=doc, **more)

    registers = [
        register("CTLR", 0x000, RW, ctlr, "Control", overlays=_SECURITY if physical else ()),
        register("PMR", 0x004, RW, _PRIORITY, "Priority mask"),
        register("BPR", 0x008, RW, _BINARY_POINT, "Binary point, of Group 0"),
        register("IAR", 0x00C, RO, _INTERRUPT, "Acknowledge", reads=_ACKNOWLEDGES),
        register("EOIR", 0x010, WO, _INTERRUPT, "End of interrupt"),
        register("RPR", 0x014, RO, _PRIORITY, "Running priority"),
        register("HPPIR", 0x018, RO, _INTERRUPT, "Highest-priority pending interrupt"),
        register("ABPR", 0x01C, RW, _BINARY_POINT, "Aliased binary point, of Group 1"),
        register(
            "AIAR",
            0x020,
            RO,
            _INTERRUPT,
            "Aliased acknowledge, of Group 1",
            reads=_ACKNOWLEDGES,
        ),
        register("AEOIR", 0x024, WO, _INTERRUPT, "Aliased end of interrupt, of Group 1"),
        register("AHPPIR", 0x028, RO, _INTERRUPT, "Aliased highest pending, of Group 1"),
        register("APR", 0x0D0, RW, doc="Active priorities", count=4 if physical else 1),
        register(
            "IIDR",
            0x0FC,
            RO,
            (
                Field("Implementer", 0, 12, RO, "JEP106 code"),
                Field("Revision", 12, 4, RO),
                Field("Architecture_version", 16, 4, RO, "2 for GICv2"),
                Field("ProductID", 20, 12, RO),
            ),
            "CPU interface identification",
            source="DDI 0438I Table 8-11",
        ),
        register("DIR", 0x1000, WO, _INTERRUPT, "Deactivate"),
    ]
    if physical:
        registers.insert(
            -2, register("NSAPR", 0x0E0, RW, doc="Active priorities of Group 1", count=4)
        )
    return tuple(registers)


_GROUP_CONTROL = (
    Field("EnableGrp0", 0, doc="signal Group 0 interrupts"),
    Field("EnableGrp1", 1, doc="signal Group 1 interrupts"),
    Field("AckCtl", 2, doc="IAR, EOIR and HPPIR act on Group 1 as well"),
    Field("FIQEn", 3, doc="signal Group 0 as FIQ"),
    Field("CBPR", 4, doc="BPR serves both groups"),
)
_EOIMODE = Field("EOImode", 9, doc="EOIR drops the priority only; DIR deactivates")

GICC = Frame(
    "GICC",
    0x2000,
    doc="CPU interface",
    registers=_cpu_interface(
        "GICC",
        (
            *_GROUP_CONTROL,
            # Unverified in this order: the page was read for Non-secure accesses only.
            Field("FIQBypDisGrp0", 5, doc="no FIQ bypass, of Group 0"),
            Field("IRQBypDisGrp0", 6, doc="no IRQ bypass, of Group 0"),
            Field("FIQBypDisGrp1", 7, doc="no FIQ bypass, of Group 1"),
            Field("IRQBypDisGrp1", 8, doc="no IRQ bypass, of Group 1"),
            _EOIMODE,
        ),
        physical=True,
    ),
)

GICV = Frame(
    "GICV",
    0x2000,
    doc="Virtual CPU interface",
    registers=_cpu_interface("GICV", (*_GROUP_CONTROL, _EOIMODE), physical=False),
)

GICH = Frame(
    "GICH",
    0x1000,
    doc="Virtual interface control",
    registers=(
        Register(
            "GICH_HCR",
            0x000,
            RW,
            (
                Field("En", 0, doc="enable the virtual CPU interface"),
                Field("UIE", 1, doc="underflow maintenance"),
                Field("LRENPIE", 2, doc="list register entry not present maintenance"),
                Field("NPIE", 3, doc="no pending maintenance"),
                Field("VGrp0EIE", 4, doc="Group 0 enabled maintenance"),
                Field("VGrp0DIE", 5, doc="Group 0 disabled maintenance"),
                Field("VGrp1EIE", 6, doc="Group 1 enabled maintenance"),
                Field("VGrp1DIE", 7, doc="Group 1 disabled maintenance"),
                Field("EOICount", 27, 5, doc="ends of interrupts that no list register held"),
            ),
            banked=1,
            doc="Hypervisor control",
            source="page GICH_HCR",
        ),
        Register(
            "GICH_VTR",
            0x004,
            RO,
            (
                Field("ListRegs", 0, 6, RO, "list registers, less one"),
                Field("PREbits", 26, 3, RO, "preemption bits, less one"),
                Field("PRIbits", 29, 3, RO, "priority bits, less one"),
            ),
            banked=1,
            doc="VGIC type",
            source="page GICH_VTR",
        ),
        Register(
            "GICH_VMCR",
            0x008,
            RW,
            (
                Field("VMGrp0En", 0, doc="GICV_CTLR.EnableGrp0"),
                Field("VMGrp1En", 1, doc="GICV_CTLR.EnableGrp1"),
                Field("VMAckCtl", 2, doc="GICV_CTLR.AckCtl"),
                Field("VMFIQEn", 3, doc="GICV_CTLR.FIQEn"),
                Field("VMCBPR", 4, doc="GICV_CTLR.CBPR"),
                Field("VEM", 9, doc="GICV_CTLR.EOImode"),
                Field("VMABP", 18, 3, doc="GICV_ABPR"),
                Field("VMBP", 21, 3, doc="GICV_BPR"),
                Field("VMPriMask", 27, 5, doc="GICV_PMR[7:3]"),
            ),
            banked=1,
            doc="Virtual machine control",
            source="page GICH_VMCR",
        ),
        Register(
            "GICH_MISR",
            0x010,
            RO,
            (
                Field("EOI", 0, 1, RO, "a list register's end of interrupt"),
                Field("U", 1, 1, RO, "underflow: none or one list register is valid"),
                Field("LRENP", 2, 1, RO, "EOICount is not 0"),
                Field("NP", 3, 1, RO, "no list register is pending"),
                Field("VGrp0E", 4, 1, RO, "Group 0 is enabled"),
                Field("VGrp0D", 5, 1, RO, "Group 0 is disabled"),
                Field("VGrp1E", 6, 1, RO, "Group 1 is enabled"),
                Field("VGrp1D", 7, 1, RO, "Group 1 is disabled"),
            ),
            banked=1,
            doc="Maintenance interrupt status",
            source="page GICH_MISR",
        ),
        Register(
            "GICH_EISR",
            0x020,
            RO,
            count=2,
            banked=2,
            doc="End of interrupt status",
            source="page GICH_EISR",
        ),
        Register(
            "GICH_ELRSR",
            0x030,
            RO,
            count=2,
            banked=2,
            doc="Empty list register status",
            source="page GICH_ELRSR",
        ),
        Register(
            "GICH_APR", 0x0F0, RW, banked=1, doc="Active priorities", source="page GICH_APR<n>"
        ),
        Register(
            "GICH_LR",
            0x100,
            RW,
            (
                Field("VirtualID", 0, 10, doc="INTID that the guest sees"),
                Field("PhysicalID", 10, 10, doc="INTID to deactivate (HW = 1)"),
                Field("Priority", 23, 5, doc="upper five bits of the priority"),
                Field("State", 28, 2, doc="bit 0: pending, bit 1: active"),
                Field("Grp1", 30, doc="Group 1"),
                Field("HW", 31, doc="a physical interrupt stands behind this one"),
            ),
            count=64,
            banked=64,
            doc="List register",
            source="page GICH_LR<n>",
            overlays=(
                Field("CPUID", 10, 3, doc="source CPU of an SGI (HW = 0)"),
                Field("EOI", 19, doc="maintenance at the end of interrupt (HW = 0)"),
            ),
        ),
    ),
)
