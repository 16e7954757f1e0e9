"""The registers of the memory-mapped generic timer, frame by frame.

The frames and their registers follow the Arm ARM's memory-mapped register descriptions, DDI 0487L
I5.7.

A 64-bit register is two 32-bit words: index 0 is bits [31:0], index 1 bits [63:32]. Of the eight
``CNTVOFF<n>`` index 2n is the lower word of frame n, index 2n + 1 the upper one.
"""

from .model import Access, Field, Frame, Register

__all__ = ["CNTBase", "CNTCTLBase", "CNTControlBase", "CNTEL0Base", "CNTReadBase"]

RW, RO = Access.RW, Access.RO

_COUNTER_ID = Register(
    "CounterID",
    0xFD0,
    RO,
    count=12,
    doc="Identification: peripheral 4 to 7, peripheral 0 to 3, component 0 to 3",
    source="DDI 0487L I5.7 CounterID<n>",
)


CNTControlBase = Frame(
    "CNTControlBase",
    0x1000,
    doc="System counter, for its owner",
    prefix="",
    registers=(
        Register(
            "CNTCR",
            0x000,
            RW,
            (
                Field("EN", 0, doc="the counter counts"),
                Field("HDBG", 1, doc="the halt-on-debug signal halts the counter"),
                Field("FCREQ", 8, 10, RO, "frequency request; our table has only entry 0"),
            ),
            doc="Counter control",
            source="DDI 0487L I5.7 CNTCR",
        ),
        Register(
            "CNTSR",
            0x004,
            RO,
            (
                Field("DBGH", 1, 1, RO, "halted because halt-on-debug is asserted"),
                Field("FCACK", 8, 10, RO, "selected entry of the frequency modes table"),
            ),
            doc="Counter status",
            source="DDI 0487L I5.7 CNTSR",
        ),
        Register(
            "CNTCV",
            0x008,
            RW,
            count=2,
            doc="Count value: lower word, upper word",
            source="DDI 0487L I5.7 CNTCV",
        ),
        Register(
            "CNTFID",
            0x020,
            RO,
            count=2,
            doc="Frequency modes table, in Hz; the last entry is 0",
            source="DDI 0487L I5.7 CNTFID0",
        ),
        _COUNTER_ID,
    ),
)

CNTReadBase = Frame(
    "CNTReadBase",
    0x1000,
    doc="System counter, for everyone",
    prefix="",
    registers=(
        Register(
            "CNTCV",
            0x000,
            RO,
            count=2,
            doc="Count value: lower word, upper word",
            source="DDI 0487L I5.7 CNTCV",
        ),
        _COUNTER_ID,
    ),
)

CNTCTLBase = Frame(
    "CNTCTLBase",
    0x1000,
    doc="Control of the timer frames, for their owner",
    prefix="",
    registers=(
        Register(
            "CNTFRQ",
            0x000,
            RW,
            doc="Frequency of the counter in Hz, for software to find",
            source="DDI 0487L I5.7 CNTFRQ",
        ),
        Register(
            "CNTNSAR",
            0x004,
            RO,
            (Field("NS", 0, 8, RO, "frame n accepts Non-secure accesses"),),
            doc="Non-secure access",
            source="DDI 0487L I5.7 CNTNSAR",
        ),
        Register(
            "CNTTIDR",
            0x008,
            RO,
            tuple(
                Field(
                    f"Frame{n}",
                    4 * n,
                    4,
                    RO,
                    "0: implemented; 1: with virtual timer; 2: with CNTEL0Base",
                )
                for n in range(8)
            ),
            doc="Timer identification, four bits for each frame",
            source="DDI 0487L I5.7 CNTTIDR",
        ),
        Register(
            "CNTACR",
            0x040,
            RW,
            (
                Field("RPCT", 0, doc="CNTPCT can be read in frame n"),
                Field("RVCT", 1, doc="CNTVCT can be read in frame n"),
                Field("RFRQ", 2, doc="CNTFRQ can be read in frame n"),
                Field("RVOFF", 3, doc="CNTVOFF can be read in frame n"),
                Field("RWVT", 4, doc="the virtual timer can be used in frame n"),
                Field("RWPT", 5, doc="the physical timer can be used in frame n"),
            ),
            reset=0x3F,
            count=8,
            doc="Access control of frame n",
            source="DDI 0487L I5.7 CNTACR<n>",
        ),
        Register(
            "CNTVOFF",
            0x080,
            RW,
            count=16,
            doc="Virtual offset of frame n: two words for each",
            source="DDI 0487L I5.7 CNTVOFF<n>",
        ),
        _COUNTER_ID,
    ),
)


def _timer(name: str, offset: int, kind: str) -> tuple[Register, ...]:
    """The registers of one timer. Both timers have them in the same order."""
    return (
        Register(
            f"{name}_CVAL",
            offset,
            RW,
            count=2,
            doc=f"Compare value of the {kind} timer: lower word, upper word",
            source=f"DDI 0487L I5.7 {name}_CVAL",
        ),
        Register(
            f"{name}_TVAL",
            offset + 0x8,
            RW,
            doc=f"Timer value of the {kind} timer: compare value less count, signed",
            source=f"DDI 0487L I5.7 {name}_TVAL",
        ),
        Register(
            f"{name}_CTL",
            offset + 0xC,
            RW,
            (
                Field("ENABLE", 0, doc="the timer is on"),
                Field("IMASK", 1, doc="its line is held low"),
                Field("ISTATUS", 2, 1, RO, "the count has reached the compare value"),
            ),
            doc=f"Control of the {kind} timer",
            source=f"DDI 0487L I5.7 {name}_CTL",
        ),
    )


_VIEW = (
    Register(
        "CNTPCT",
        0x000,
        RO,
        count=2,
        doc="Physical count: lower word, upper word",
        source="DDI 0487L I5.7 CNTPCT",
    ),
    Register(
        "CNTVCT",
        0x008,
        RO,
        count=2,
        doc="Physical count less CNTVOFF: lower word, upper word",
        source="DDI 0487L I5.7 CNTVCT",
    ),
    Register(
        "CNTFRQ", 0x010, RO, doc="Frequency of the counter in Hz", source="DDI 0487L I5.7 CNTFRQ"
    ),
    *_timer("CNTP", 0x020, "physical"),
    *_timer("CNTV", 0x030, "virtual"),
    _COUNTER_ID,
)

CNTBase = Frame(
    "CNTBase",
    0x1000,
    doc="A timer frame, first view",
    prefix="",
    registers=(
        *_VIEW,
        Register(
            "CNTEL0ACR",
            0x014,
            RW,
            (
                Field("EL0PCTEN", 0, doc="CNTPCT, and CNTFRQ, in the second view"),
                Field("EL0VCTEN", 1, doc="CNTVCT, and CNTFRQ, in the second view"),
                Field("EL0VTEN", 8, doc="the virtual timer in the second view"),
                Field("EL0PTEN", 9, doc="the physical timer in the second view"),
            ),
            doc="Access control of the second view",
            source="DDI 0487L I5.7 CNTEL0ACR",
        ),
        Register(
            "CNTVOFF",
            0x018,
            RO,
            count=2,
            doc="Virtual offset of this frame: lower word, upper word",
            source="DDI 0487L I5.7 CNTVOFF",
        ),
    ),
)

CNTEL0Base = Frame(
    "CNTEL0Base", 0x1000, doc="A timer frame, second view", prefix="", registers=_VIEW
)
