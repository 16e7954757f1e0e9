"""What the probe can record. The numbers are part of the trace format."""

from amaranth.lib import enum

__all__ = ["EventKind"]


class EventKind(enum.IntEnum, shape=5):
    """The kind of an event; what ``aux`` and ``value`` hold is said behind each."""

    MARK = 0  # value: what software wrote to MARK
    VTIMER = 1  # aux: frame, value: level of the virtual timer's output
    PTIMER = 2  # aux: frame, value: level of the physical timer's output
    IRQ = 3  # value: level of the GIC's nIRQ, 1 = signalled
    VIRQ = 4  # value: level of the GIC's nVIRQ, 1 = signalled
    MAINTENANCE = 5  # value: level
    GICH_WRITE = 6  # aux: offset, value: data
    GICC_READ = 7  # aux: offset, value: data
    GICC_WRITE = 8  # aux: offset, value: data
    GICV_READ = 9  # aux: offset, value: data
    GICV_WRITE = 10  # aux: offset, value: data
    DISTRIBUTOR = 11  # aux: transaction kind in [15:12], INTID in [9:0]
    PRIVILEGE = 12  # value: the privilege level entered: 0, 1 or 3
    WATCH = 13  # aux: watch register, value: program counter
    TIMER_WRITE = 14  # aux: word address in the timer's frame port, value: data
    GICD_WRITE = 15  # aux: offset, value: data
