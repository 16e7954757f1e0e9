"""The registers of a GICv2's frames and of the timer's, by name and offset.

Written from Arm's pages on the memory-mapped registers (DDI 0595 and DDI 0601, external system
registers), which describe these frames for GICv3's compatibility with GICv2; AckCtl and the 64 list
registers are GICv2's own. `GICD_PPISR` and `GICD_SPISR` are a GIC-400's, as public headers list
them. The timer's are on the same pages (CNTCR, CNTACR<n>, ...).
"""

from .page import Register

__all__ = [
    "GICC",
    "GICD",
    "GICH",
    "GICV",
    "CNTBase",
    "CNTCTLBase",
    "CNTControlBase",
    "CNTEL0Base",
    "CNTP",
    "CNTReadBase",
    "CNTV",
]

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
    Register("SGIR", 0xF00, "WO", narrow=""),
    Register("CPENDSGIR", 0xF10, "RW", 4),
    Register("SPENDSGIR", 0xF20, "RW", 4),
    Register("PIDR", 0xFD0, "RO", 8),  # PIDR4 to 7, then PIDR0 to 3
    Register("CIDR", 0xFF0, "RO", 4),
)

_CPU_INTERFACE = (
    Register("CTLR", 0x000, "RW"),
    Register("PMR", 0x004, "RW"),
    Register("BPR", 0x008, "RW"),
    Register("IAR", 0x00C, "RO", narrow=""),
    Register("EOIR", 0x010, "WO", narrow=""),
    Register("RPR", 0x014, "RO"),
    Register("HPPIR", 0x018, "RO"),
    Register("ABPR", 0x01C, "RW"),
    Register("AIAR", 0x020, "RO", narrow=""),
    Register("AEOIR", 0x024, "WO", narrow=""),
    Register("AHPPIR", 0x028, "RO"),
    Register("APR", 0x0D0, "RW", 4),
    Register("NSAPR", 0x0E0, "RW", 4),
    Register("IIDR", 0x0FC, "RO"),
    Register("DIR", 0x1000, "WO", narrow=""),
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


def _timer(*registers: tuple) -> tuple[Register, ...]:
    """A frame of the timer: its registers take words only, and each frame has CounterID0 to 11."""
    words = (*registers, ("CounterID", 0xFD0, "RO", 12))
    return tuple(Register(*register, narrow="R") for register in words)


# Of a register of 64 bits, index 0 is the lower word.
CNTControlBase = _timer(
    ("CNTCR", 0x000, "RW"),
    ("CNTSR", 0x004, "RO"),
    ("CNTCV", 0x008, "RW", 2),
    ("CNTFID", 0x020, "RO", 2),
)
CNTReadBase = _timer(("CNTCV", 0x000, "RO", 2))
CNTCTLBase = _timer(
    ("CNTFRQ", 0x000, "RW"),
    ("CNTNSAR", 0x004, "RO"),
    ("CNTTIDR", 0x008, "RO"),
    ("CNTACR", 0x040, "RW", 8),
    ("CNTVOFF", 0x080, "RW", 16),
)
_VIEW = (
    ("CNTPCT", 0x000, "RO", 2),
    ("CNTVCT", 0x008, "RO", 2),
    ("CNTFRQ", 0x010, "RO"),
)
CNTBase = _timer(*_VIEW, ("CNTEL0ACR", 0x014, "RW"), ("CNTVOFF", 0x018, "RO", 2))
CNTEL0Base = _timer(*_VIEW)


def _compare(offset: int) -> tuple[Register, ...]:
    """A timer of a frame, in either view: CNTP_CVAL, or CNTV_CVAL, and so on."""
    registers = (("CVAL", 0, "RW", 2), ("TVAL", 8, "RW"), ("CTL", 12, "RW"))
    return tuple(Register(name, offset + at, *more, narrow="R") for name, at, *more in registers)


CNTP, CNTV = _compare(0x020), _compare(0x030)
