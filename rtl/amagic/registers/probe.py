"""The registers of the SoC's probe. Their layout is our choice."""

from .model import Access, Field, Frame, Register

__all__ = ["PROBE"]

RW, RO, WO = Access.RW, Access.RO, Access.WO

PROBE = Frame(
    "PROBE",
    0x1000,
    doc="Probe: records events with the cycle in which they happened",
    registers=(
        Register(
            "PROBE_CTRL",
            0x000,
            RW,
            (
                Field("Enable", 0, doc="record events"),
                Field("Clear", 1, 1, WO, "write 1: empty the buffer, DROPPED and UNREAD become 0"),
            ),
            reset=1,
            doc="Control",
        ),
        Register(
            "PROBE_KINDS",
            0x004,
            RW,
            reset=0xFFFF_FFFF,
            doc="Bit k: record events of kind k",
        ),
        Register("PROBE_MARK", 0x008, WO, doc="A write is an event of kind 0 with this value"),
        Register("PROBE_COUNT", 0x00C, RO, doc="Records in the buffer"),
        Register(
            "PROBE_DROPPED",
            0x010,
            RO,
            doc="Events lost because too many happened at once; stops at its largest value",
        ),
        Register(
            "PROBE_UNREAD",
            0x014,
            RO,
            doc="Records that found the buffer full and are not in it; stops at its largest value",
        ),
        Register("PROBE_POP", 0x018, WO, doc="A write takes the oldest record out of the buffer"),
        Register(
            "PROBE_RECORD",
            0x020,
            RO,
            count=4,
            doc="The oldest record: time [31:0], time [63:32], what happened (see INFO), value",
        ),
        Register(
            "PROBE_WATCH_PC",
            0x100,
            RW,
            count=8,
            stride=8,
            doc="Program counter whose retirement is an event of kind 13",
        ),
        Register(
            "PROBE_WATCH_CTRL",
            0x104,
            RW,
            (
                Field("Enable", 0, doc="watch"),
                Field("Privilege", 1, 2, doc="0 user, 1 supervisor, 3 machine"),
            ),
            count=8,
            stride=8,
            doc="Watch control",
        ),
    ),
)
