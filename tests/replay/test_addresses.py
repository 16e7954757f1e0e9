"""Addresses in scripts: every register's name, every frame, and what is told of the others."""

import pytest

from amagic.registers import GICC, GICD, GICH, GICV
from amagic_sim.replay.addresses import AddressError, frames, resolve, spell
from amagic_sim.replay.operation import ScriptConfig

ONE, EIGHT = ScriptConfig(), ScriptConfig(cpus=8)


@pytest.mark.parametrize("frame", [GICC, GICD, GICH, GICV], ids=lambda frame: frame.name)
def test_every_register_of_the_gic_has_its_architectural_name(frame):
    for register in frame:
        for index in range(register.count):
            place = frame.name, register.at(index)
            assert resolve(register.name_at(index), ONE) == place
            assert spell(*place) == register.name_at(index)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("GICD_CTLR", ("GICD", 0)),
        ("GICD_ISENABLER1", ("GICD", 0x104)),
        ("GICD_ITARGETSR8", ("GICD", 0x820)),
        ("GICD_PIDR5", ("GICD", 0xFD4)),
        ("GICC_IAR", ("GICC", 0xC)),
        ("GICC_DIR", ("GICC", 0x1000)),
        ("GICH_LR0", ("GICH", 0x100)),
        ("GICH_LR63", ("GICH", 0x1FC)),
        ("GICH+0x1fff", ("GICH", 0x1FFF)),
        ("GICV_EOIR", ("GICV", 0x10)),
        ("GICV_APR0", ("GICV", 0xD0)),
        ("GICD+0x428", ("GICD", 0x428)),
        ("GICV+0x1000", ("GICV", 0x1000)),
        ("GICC+4", ("GICC", 4)),
        ("CNTControlBase+0", ("CNTControlBase", 0)),
        ("CNTReadBase+8", ("CNTReadBase", 8)),
        ("CNTCTLBase+0x40", ("CNTCTLBase", 0x40)),
        ("CNTBase1+0x28", ("CNTBase1", 0x28)),
        ("CNTEL0Base0+0xffc", ("CNTEL0Base0", 0xFFC)),
        ("CNTCR", ("CNTControlBase", 0)),
        ("CNTFID0", ("CNTControlBase", 0x20)),
        ("CNTACR1", ("CNTCTLBase", 0x44)),
    ],
)
def test_an_address_is_a_name_or_a_frame_with_an_offset(name, place):
    assert resolve(name, ONE) == place


def test_above_four_cpus_there_are_two_pages_cntctlbase():
    assert resolve("CNTCTLBase+4", EIGHT) == resolve("CNTCTLBase0+4", EIGHT) == ("CNTCTLBase0", 4)
    assert resolve("CNTCTLBase1+4", EIGHT) == ("CNTCTLBase1", 4)
    assert resolve("CNTEL0Base15+0", EIGHT) == ("CNTEL0Base15", 0)


def test_a_narrow_access_is_spelled_with_its_frame():
    assert spell("GICD", 0x100, 1) == spell("GICD", 0x100, 2) == "GICD+0x100"
    assert spell("CNTBase0", 0x2C) == "CNTBase0+0x2c"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GICD_ISENABLR1", "no register 'GICD_ISENABLR1'; an address is .*; did you mean GICD_IS"),
        ("GICD_ISENABLER32", r"\(GICD_ISENABLER0 to GICD_ISENABLER31 exist\)"),
        ("GICD_ISENABLER", r"\(GICD_ISENABLER0 to GICD_ISENABLER31 exist\)"),
        ("GICD_IPRIORITYR255", r"\(GICD_IPRIORITYR0 to GICD_IPRIORITYR254 exist\)"),
        ("GICH_LR64", r"\(GICH_LR0 to GICH_LR63 exist\)"),
        ("CNTACR7", r"\(CNTACR0 to CNTACR1 exist\)"),
        ("GICH_LR-1", "no register 'GICH_LR-1'"),
        ("gicd_ctlr", "no register 'gicd_ctlr'"),
        ("0x1000", "no register '0x1000'; an address is a register's name"),
        ("GICD", r"GICD is a frame: name a register, or an offset as in GICD\+0x10"),
        ("GICD+0x1000", "offset '0x1000' in GICD: allowed are 0 to 0xfff"),
        ("GICV+0x2000", "offset '0x2000' in GICV: allowed are 0 to 0x1fff"),
        ("GICH+-4", "offset '-4' in GICH"),
        ("GICH+", "offset '' in GICH"),
        ("GICX+4", "no frame 'GICX' with cpus=1; there are GICD, GICC, GICH, GICV, CNTControlBase"),
        ("CNTBase2+0", "no frame 'CNTBase2' with cpus=1; .* CNTBase0 to CNTBase1, CNTEL0Base0 to"),
        ("CNTCTLBase1+0", "no frame 'CNTCTLBase1' with cpus=1"),
        ("CNTP_CTL", r"CNTP_CTL is in several frames: .* CNTBase0\+0x2c, CNTEL0Base0\+0x2c"),
        ("CNTVOFF", r"CNTVOFF has two words: .*CNTCTLBase\+0x80, CNTBase0\+0x18"),
        ("CNTV_CVAL", r"CNTV_CVAL has two words: .*CNTBase0\+0x30"),
    ],
)
def test_what_is_no_address_is_refused_with_what_is_allowed(text, said):
    with pytest.raises(AddressError, match=said):
        resolve(text, ONE)


def test_each_frame_of_the_ip_can_be_named():
    for config in (ONE, EIGHT):
        for name, block in frames(config).items():
            assert resolve(f"{name}+{block.frame.size - 4}", config) == (
                name,
                block.frame.size - 4,
            )
