"""The registers of a GICv2's frames, by name and offset.

Written from Arm's pages on the memory-mapped registers (DDI 0595 and DDI 0601, external system
registers), which describe these frames for GICv3's compatibility with GICv2; AckCtl and the 64 list
registers are GICv2's own. IHI 0048B could not be opened. `GICD_PPISR` and `GICD_SPISR` are a
GIC-400's, as public headers list them.
"""

from .page import Register

__all__ = ["GICC", "GICD", "GICH", "GICV"]

GICD = (
    Register("CTLR", 0x000, "RW"),
    Register("TYPER", 0x004, "RO"),
    Register("IIDR", 0x008, "RO"),
    Register("IGROUPR", 0x080, "RW", 32),
    Register("ISENABLER", 0x100, "RW", 32),
    Register("ICENABLER", 0x180, "RW", 32),
    Register("ISPENDR", 0x200, "RW", 32),
    Register("ICPENDR", 0x280, "RW", 32),
    Register("ISACTIVER", 0x300, "RW", 32),
    Register("ICACTIVER", 0x380, "RW", 32),
    Register("IPRIORITYR", 0x400, "RW", 255),
    Register("ITARGETSR", 0x800, "RW", 255),
    Register("ICFGR", 0xC00, "RW", 64),
    Register("PPISR", 0xD00, "RO"),
    Register("SPISR", 0xD04, "RO", 31),
    Register("NSACR", 0xE00, "RW", 64),
    Register("SGIR", 0xF00, "WO", whole=True),
    Register("CPENDSGIR", 0xF10, "RW", 4),
    Register("SPENDSGIR", 0xF20, "RW", 4),
    Register("PIDR", 0xFD0, "RO", 8),  # PIDR4 to 7, then PIDR0 to 3
    Register("CIDR", 0xFF0, "RO", 4),
)

_CPU_INTERFACE = (
    Register("CTLR", 0x000, "RW"),
    Register("PMR", 0x004, "RW"),
    Register("BPR", 0x008, "RW"),
    Register("IAR", 0x00C, "RO", whole=True),
    Register("EOIR", 0x010, "WO", whole=True),
    Register("RPR", 0x014, "RO"),
    Register("HPPIR", 0x018, "RO"),
    Register("ABPR", 0x01C, "RW"),
    Register("AIAR", 0x020, "RO", whole=True),
    Register("AEOIR", 0x024, "WO", whole=True),
    Register("AHPPIR", 0x028, "RO"),
    Register("APR", 0x0D0, "RW", 4),
    Register("NSAPR", 0x0E0, "RW", 4),
    Register("IIDR", 0x0FC, "RO"),
    Register("DIR", 0x1000, "WO", whole=True),
)
GICC = _CPU_INTERFACE
GICV = _CPU_INTERFACE

GICH = (
    Register("HCR", 0x000, "RW"),
    Register("VTR", 0x004, "RO"),
    Register("VMCR", 0x008, "RW"),
    Register("MISR", 0x010, "RO"),
    Register("EISR", 0x020, "RO", 2),
    Register("ELRSR", 0x030, "RO", 2),
    Register("APR", 0x0F0, "RW"),
    Register("LR", 0x100, "RW", 64),
)
