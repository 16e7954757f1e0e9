"""The frames against other people's transcriptions of them.

The maps are a GIC-400's (address map of the Stratix 10 HPS), the architecture's where it has room
for more (IHI 0048A Table 4.1, the register pages), and those of DDI 0487L I5.7. The masks are those
of Linux (arm-gic.h, arm_arch_timer.c) and of the arm-generic-timer crate. The words were read off a
GIC-400.
"""

import pytest

from amagic.registers import (
    GICC,
    GICD,
    GICH,
    GICV,
    CNTBase,
    CNTControlBase,
    CNTCTLBase,
    CNTEL0Base,
    CNTReadBase,
)

CPU_INTERFACE = """
    000 RW CTLR, 004 RW PMR, 008 RW BPR, 00c RO IAR, 010 WO EOIR, 014 RO RPR, 018 RO HPPIR,
    01c RW ABPR, 020 RO AIAR, 024 WO AEOIR, 028 RO AHPPIR, 0fc RO IIDR, 1000 WO DIR
"""
TIMER = """
    000-004 RO CNTPCT, 008-00c RO CNTVCT, 010 RO CNTFRQ, 020-024 RW CNTP_CVAL, 028 RW CNTP_TVAL,
    02c RW CNTP_CTL, 030-034 RW CNTV_CVAL, 038 RW CNTV_TVAL, 03c RW CNTV_CTL, fd0-ffc RO CounterID
"""
MAPS = {
    GICD: """
        000 RW CTLR, 004 RO TYPER, 008 RO IIDR, 080-0fc RW IGROUPR, 100-17c RW ISENABLER,
        180-1fc RW ICENABLER, 200-27c RW ISPENDR, 280-2fc RW ICPENDR, 300-37c RW ISACTIVER,
        380-3fc RW ICACTIVER, 400-7f8 RW IPRIORITYR, 800-bf8 RW ITARGETSR, c00-cfc RW ICFGR,
        d00 RO PPISR, d04-d7c RO SPISR, e00-efc RW NSACR, f00 WO SGIR, f10-f1c RW CPENDSGIR,
        f20-f2c RW SPENDSGIR, fd0-fdc RO PIDR4, fe0-fec RO PIDR0, ff0-ffc RO CIDR0
    """,
    GICC: CPU_INTERFACE + ", 0d0-0dc RW APR, 0e0-0ec RW NSAPR",
    GICV: CPU_INTERFACE + ", 0d0 RW APR",
    GICH: """
        000 RW HCR, 004 RO VTR, 008 RW VMCR, 010 RO MISR, 020-024 RO EISR, 030-034 RO ELRSR,
        0f0 RW APR, 100-1fc RW LR
    """,
    CNTControlBase: """
        000 RW CNTCR, 004 RO CNTSR, 008-00c RW CNTCV, 020-024 RO CNTFID, fd0-ffc RO CounterID
    """,
    CNTReadBase: "000-004 RO CNTCV, fd0-ffc RO CounterID",
    CNTCTLBase: """
        000 RW CNTFRQ, 004 RO CNTNSAR, 008 RO CNTTIDR, 040-05c RW CNTACR, 080-0bc RW CNTVOFF,
        fd0-ffc RO CounterID
    """,
    CNTBase: TIMER + ", 014 RW CNTEL0ACR, 018-01c RO CNTVOFF",
    CNTEL0Base: TIMER,
}
MASKS = {
    GICH.HCR: {"En": 1 << 0, "UIE": 1 << 1},
    GICH.MISR: {"EOI": 1 << 0, "U": 1 << 1},
    GICH.VMCR: {
        "VMGrp0En": 1 << 0,
        "VMGrp1En": 1 << 1,
        "VMAckCtl": 1 << 2,
        "VMFIQEn": 1 << 3,
        "VMCBPR": 1 << 4,
        "VEM": 1 << 9,
        "VMABP": 0x7 << 18,
        "VMBP": 0x7 << 21,
        "VMPriMask": 0x1F << 27,
    },
    GICH.LR: {
        "VirtualID": 0x3FF << 0,
        "CPUID": 7 << 10,
        "EOI": 1 << 19,
        "Priority": 0x1F << 23,
        "State": 3 << 28,
        "Grp1": 1 << 30,
        "HW": 1 << 31,
    },
    CNTCTLBase.CNTACR: {
        "RPCT": 1 << 0,
        "RVCT": 1 << 1,
        "RFRQ": 1 << 2,
        "RVOFF": 1 << 3,
        "RWVT": 1 << 4,
        "RWPT": 1 << 5,
    },
    CNTBase.CNTEL0ACR: {
        "EL0PCTEN": 1 << 0,
        "EL0VCTEN": 1 << 1,
        "EL0VTEN": 1 << 8,
        "EL0PTEN": 1 << 9,
    },
    CNTControlBase.CNTCR: {"EN": 1 << 0, "HDBG": 1 << 1, "FCREQ": 0x3FF << 8},
    CNTControlBase.CNTSR: {"DBGH": 1 << 1, "FCACK": 0x3FF << 8},
    CNTBase.CNTP_CTL: {"ENABLE": 1 << 0, "IMASK": 1 << 1, "ISTATUS": 1 << 2},
    CNTBase.CNTV_CTL: {"ENABLE": 1 << 0, "IMASK": 1 << 1, "ISTATUS": 1 << 2},
}
WORDS = [
    (GICD.TYPER, 0xFC67, {"ITLinesNumber": 7, "CPUNumber": 3, "SecurityExtn": 1, "LSPI": 31}),
    (GICD.IIDR, 0x0200143B, {"ProductID": 2, "Variant": 0, "Revision": 1, "Implementer": 0x43B}),
    (GICC.IIDR, 0x0202143B, {"ProductID": 0x20, "Architecture_version": 2, "Revision": 1}),
    (GICH.VTR, 0x90000003, {"PRIbits": 4, "PREbits": 4, "ListRegs": 3}),
    (GICH.VMCR, 0x004C0000, {"VMBP": 2, "VMABP": 3, "VMPriMask": 0}),
    (GICH.LR, 0x28000032, {"State": 2, "Priority": 16, "VirtualID": 50, "HW": 0}),
]


def _rows(frame) -> set[str]:
    """What the frame's map would have to say."""
    rows = set()
    for name, register in frame.by_name.items():
        first, last = f"{register.offset:03x}", f"{register.end - 4:03x}"
        access = register.access.value.replace("W1S", "RW").replace("W1C", "RW")
        rows.add(f"{first if first == last else f'{first}-{last}'} {access} {name}")
    return rows


@pytest.mark.parametrize("frame", MAPS, ids=lambda frame: frame.name)
def test_a_frame_has_the_registers_of_its_map_and_no_others(frame):
    assert _rows(frame) == {row.strip() for row in MAPS[frame].split(",")}


@pytest.mark.parametrize("frame", MAPS, ids=lambda frame: frame.name)
def test_every_register_of_the_architecture_names_its_source(frame):
    assert [register.name for register in frame if not register.source] == []


@pytest.mark.parametrize("register", MASKS, ids=lambda register: register.name)
def test_fields_are_where_other_software_looks_for_them(register):
    assert {name: register.field(name).mask for name in MASKS[register]} == MASKS[register]


@pytest.mark.parametrize(
    ("register", "word", "fields"), WORDS, ids=[register.name for register, _, _ in WORDS]
)
def test_a_word_of_a_gic_400_says_what_that_gic_is(register, word, fields):
    unpacked = register.unpack(word)
    assert {name: unpacked[name] for name in fields} == fields
