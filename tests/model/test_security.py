"""The Security Extensions: two views of the distributor and of the CPU interface."""

import pytest

from amagic_sim.model import ModelTarget
from amagic_sim.replay.operation import ScriptConfig

GRP0, GRP1, ACKCTL, FIQEN, CBPR = 1, 2, 4, 8, 16
EOIMODE_S, EOIMODE_NS, NS_EOIMODE = 1 << 9, 1 << 10, 1 << 9
BOTH = GRP0 | GRP1
ALL = 0xFFFF_FFFF
GROUP0, GROUP1 = 40, 41
"""An SPI of each group."""
BITS = {0: 1 << 8, 1: 1 << 9}
"""Their bits in the registers of row 1."""


@pytest.fixture
def gic(make):
    """Two CPUs; GROUP0 and GROUP1 target the first."""
    gic = make(cpus=2, security=1).enable(BOTH | ACKCTL)
    for intid, group in ((GROUP0, 0), (GROUP1, 1)):
        gic.set_up(intid, group=group, priority=0xA0)
    return gic


def pend(gic, *intids: int) -> None:
    for intid in intids:
        gic.set_bit("ISPENDR", intid)


# Without the Security Extensions


def test_with_one_security_state_every_access_sees_everything(make):
    gic = make()
    gic.ns_write("GICD_IGROUPR1", ALL)
    gic.ns_write("GICD_IPRIORITYR8", 0x2020_2020)
    gic.ns_write("GICC_PMR", 0x40)
    gic.ns_write("GICC_CTLR", ALL)
    assert gic.ns_read("GICD_IGROUPR1") == gic.read("GICD_IGROUPR1") == ALL
    assert gic.ns_read("GICD_IPRIORITYR8") == 0x2020_2020
    assert (gic.ns_read("GICC_PMR"), gic.ns_read("GICC_CTLR")) == (0x40, 0x3FF)
    assert gic.read("GICD_TYPER") >> 10 == 0


# The distributor


def test_typer_tells_of_the_security_extensions_in_both_views(gic):
    assert gic.read("GICD_TYPER") == gic.ns_read("GICD_TYPER") == 2 | 1 << 5 | 1 << 10


def test_the_non_secure_ctlr_is_enablegrp1(gic):
    for value in range(4):
        gic.write("GICD_CTLR", value)
        assert gic.ns_read("GICD_CTLR") == value >> 1
    gic.write("GICD_CTLR", GRP0)
    gic.ns_write("GICD_CTLR", ALL)
    assert gic.read("GICD_CTLR") == BOTH
    gic.ns_write("GICD_CTLR", 2)
    assert gic.read("GICD_CTLR") == GRP0


def test_groups_are_secure_softwares_alone(gic):
    assert gic.ns_read("GICD_IGROUPR1") == 0
    gic.ns_write("GICD_IGROUPR1", ALL)
    assert gic.read("GICD_IGROUPR1") == BITS[1]


def test_out_of_reset_all_is_group_0_and_out_of_reach(make):
    gic = make(security=1)
    for name in ("ISENABLER", "ISPENDR", "ISACTIVER", "IPRIORITYR", "ICFGR"):
        for index in (0, 1):
            gic.ns_write(f"GICD_{name}{index}", ALL)
            assert gic.ns_read(f"GICD_{name}{index}") == 0
    assert gic.read("GICD_ISENABLER0") == 0xFFFF
    assert gic.read("GICD_ISPENDR1") == gic.read("GICD_ISACTIVER1") == 0


@pytest.mark.parametrize("name", ["ENABLE", "PEND", "ACTIVE"])
def test_non_secure_accesses_see_and_change_group_1s_bits(gic, name):
    gic.write(f"GICD_IC{name}R1", ALL)
    gic.ns_write(f"GICD_IS{name}R1", ALL)
    assert gic.read(f"GICD_IS{name}R1") == BITS[1]
    gic.write(f"GICD_IS{name}R1", ALL)
    for register in ("IS", "IC"):
        assert gic.ns_read(f"GICD_{register}{name}R1") == BITS[1]
    gic.ns_write(f"GICD_IC{name}R1", ALL)
    assert gic.read(f"GICD_IS{name}R1") == ALL & ~BITS[1]


def test_non_secure_accesses_change_group_1s_trigger_and_targets(gic):
    gic.ns_write("GICD_ICFGR2", ALL)
    assert (gic.read("GICD_ICFGR2"), gic.ns_read("GICD_ICFGR2")) == (0x555D_5555, 0x000C_0000)
    gic.ns_write("GICD_ITARGETSR10", ALL)
    assert (gic.read("GICD_ITARGETSR10"), gic.ns_read("GICD_ITARGETSR10")) == (0x0301, 0x0300)


def test_private_targets_show_for_group_1_only(gic):
    gic.write("GICD_IGROUPR0", 1 << 18)
    assert gic.read("GICD_ITARGETSR4") == 0x0101_0101
    assert gic.ns_read("GICD_ITARGETSR4") == 0x0001_0000


@pytest.mark.parametrize(
    ("bits", "read", "held"), [(5, 0xF0, 0xF8), (6, 0xF8, 0xFC), (7, 0xFC, 0xFE), (8, 0xFE, 0xFF)]
)
def test_non_secure_software_sees_one_priority_bit_less(make, bits, read, held):
    gic = make(security=1, priority_bits=bits).enable()
    gic.write("GICD_IGROUPR1", 0b0010)
    gic.write("GICC_PMR", 0x80)
    for name in ("GICD_IPRIORITYR8", "GICC_PMR"):
        gic.ns_write(name, 0xFFFF)
    assert (gic.ns_read("GICD_IPRIORITYR8"), gic.read("GICD_IPRIORITYR8")) == (
        read << 8,
        held << 8,
    )
    assert (gic.ns_read("GICC_PMR"), gic.read("GICC_PMR")) == (read, held)


def test_a_non_secure_priority_is_in_the_lower_half_and_shown_shifted(gic):
    gic.ns_write("GICD+0x429", 0x40, size=1)
    assert (gic.read("GICD+0x429", size=1), gic.ns_read("GICD+0x429", size=1)) == (0xA0, 0x40)
    gic.write("GICD+0x429", 0x48, size=1)
    assert gic.ns_read("GICD+0x429", size=1) == 0x90


def test_line_status_shows_group_1s_lines(gic):
    gic.write("GICD_IGROUPR0", 1 << 27)
    for intid in (26, 27, GROUP0, GROUP1):
        gic.line(intid, 1)
    assert (gic.read("GICD_PPISR"), gic.ns_read("GICD_PPISR")) == (3 << 10, 2 << 10)
    assert (gic.read("GICD_SPISR0"), gic.ns_read("GICD_SPISR0")) == (BITS[0] | BITS[1], BITS[1])


# GICD_NSACR


def nsacr(gic, intid: int, level: int, cpu: int = 0) -> None:
    gic.write(f"GICD_NSACR{intid // 16}", level << 2 * (intid % 16), cpu)


def test_nsacr_has_a_field_for_each_sgi_and_spi_and_none_for_ppis(make):
    gic = make(security=1, spis=33, cpus=2)
    for index, kept in ((0, ALL), (1, 0), (2, ALL), (3, ALL), (4, 3), (5, 0)):
        gic.write(f"GICD_NSACR{index}", ALL)
        assert gic.read(f"GICD_NSACR{index}") == kept
        assert gic.ns_read(f"GICD_NSACR{index}") == 0
    gic.ns_write("GICD_NSACR2", 0)
    assert gic.read("GICD_NSACR2") == ALL
    assert gic.read("GICD_NSACR0", cpu=1) == 0
    gic.write("GICD+0xe09", 0x1B, size=1)
    assert gic.read("GICD_NSACR2") == 0xFFFF_1BFF


@pytest.mark.parametrize("level", range(4))
def test_nsacr_permits_first_pending_then_clearing_then_targets(gic, level):
    nsacr(gic, GROUP0, level)
    gic.ns_write("GICD_ISPENDR1", BITS[0])
    assert gic.state(GROUP0) == ("pending" if level >= 1 else "inactive")
    pend(gic, GROUP0)
    gic.set_bit("ISACTIVER", GROUP0)
    for name, least in (("ISPEND", 1), ("ICPEND", 2), ("ISACTIVE", 2), ("ICACTIVE", 2)):
        assert gic.ns_read(f"GICD_{name}R1") & BITS[0] == BITS[0] * (level >= least)
    gic.ns_write("GICD_ICPENDR1", BITS[0])
    gic.ns_write("GICD_ICACTIVER1", BITS[0])
    assert gic.state(GROUP0) == ("active" if level >= 2 else "both")
    gic.ns_write("GICD+0x828", 2, size=1)
    assert gic.read("GICD+0x828", size=1) == (2 if level == 3 else 1)
    for name, bits in (("ISENABLER1", BITS[0]), ("IPRIORITYR10", 0xFF), ("ICFGR2", 3 << 16)):
        assert gic.read(f"GICD_{name}") & bits
        assert not gic.ns_read(f"GICD_{name}") & bits


# SGIs


def sgir(sgi: int, targets: int, nsatt: int = 0) -> int:
    return targets << 16 | nsatt << 15 | sgi


def targets_of(gic, sgi: int) -> set[int]:
    return {cpu for cpu in (0, 1) if gic.read("GICD_ISPENDR0", cpu) >> sgi & 1}


@pytest.mark.parametrize("nsatt", [0, 1])
def test_a_secure_sgi_goes_where_its_group_is_nsatt(gic, nsatt):
    gic.write("GICD_IGROUPR0", 1 << 5, cpu=1)
    gic.write("GICD_SGIR", sgir(5, 3, nsatt))
    assert targets_of(gic, 5) == {nsatt}


@pytest.mark.parametrize("nsatt", [0, 1])
@pytest.mark.parametrize("level", range(4))
def test_a_non_secure_sgi_goes_where_it_is_group_1_or_permitted(gic, nsatt, level):
    gic.write("GICD_IGROUPR0", 1 << 5, cpu=1)
    nsacr(gic, 5, level)
    gic.ns_write("GICD_SGIR", sgir(5, 3, nsatt))
    assert targets_of(gic, 5) == ({0, 1} if level else {1})


@pytest.mark.parametrize("level", range(4))
def test_pending_sgis_of_group_0_are_out_of_reach_whatever_nsacr(gic, level):
    nsacr(gic, 5, level)
    gic.write("GICD_IGROUPR0", 1 << 6)
    gic.ns_write("GICD_SPENDSGIR1", 0x0003_0300)
    assert gic.read("GICD_SPENDSGIR1") == 0x0003_0000
    gic.write("GICD_SPENDSGIR1", 0x0003_0300)
    for name in ("GICD_SPENDSGIR1", "GICD_CPENDSGIR1"):
        assert gic.ns_read(name) == 0x0003_0000
    gic.ns_write("GICD_CPENDSGIR1", 0x0001_0100)
    assert gic.read("GICD_SPENDSGIR1") == 0x0002_0300


# Acknowledge


def test_group_0_reads_1023_to_non_secure_accesses(gic):
    pend(gic, GROUP0, GROUP1)
    for name in ("HPPIR", "IAR"):
        assert gic.ns_read(f"GICC_{name}") == 1023
        assert gic.read(f"GICC_{name}") == GROUP0


def test_group_1_reads_1022_to_secure_accesses_without_ackctl(gic):
    gic.write("GICC_CTLR", BOTH)
    pend(gic, GROUP1)
    for name in ("HPPIR", "IAR"):
        assert gic.read(f"GICC_{name}") == 1022
    for name in ("HPPIR", "IAR"):
        assert gic.ns_read(f"GICC_{name}") == GROUP1


def test_the_aliased_registers_are_the_non_secure_view_for_secure_accesses(gic):
    gic.write("GICC_CTLR", BOTH)
    pend(gic, GROUP1)
    assert gic.ns_read("GICC_AHPPIR") == gic.ns_read("GICC_AIAR") == 0
    assert gic.read("GICC_AHPPIR") == gic.read("GICC_AIAR") == GROUP1
    gic.set_up(GROUP0, priority=0)
    pend(gic, GROUP0)
    assert gic.read("GICC_AHPPIR") == gic.read("GICC_AIAR") == 1023


def test_insufficient_priority_reads_1023_whoever_asks(gic):
    pend(gic, GROUP1)
    gic.write("GICC_PMR", 0xA0)
    gic.write("GICC_CTLR", BOTH)
    assert gic.read("GICC_IAR") == gic.ns_read("GICC_IAR") == 1023


# GICC_CTLR, binary points, mask, running priority


def test_the_non_secure_ctlr_has_group_1s_bits(gic):
    gic.write("GICC_CTLR", ALL)
    assert (gic.read("GICC_CTLR"), gic.ns_read("GICC_CTLR")) == (0x7FF, 0x261)
    gic.ns_write("GICC_CTLR", 0)
    assert (gic.read("GICC_CTLR"), gic.ns_read("GICC_CTLR")) == (0x27D, 0)
    gic.write("GICC_CTLR", 0)
    for view, bit in ((0, 1), (5, 7), (6, 8), (9, 10)):
        gic.ns_write("GICC_CTLR", 1 << view)
        assert gic.read("GICC_CTLR") == 1 << bit
    gic.ns_write("GICC_CTLR", ALL)
    assert gic.read("GICC_CTLR") == 0x582
    gic.ns_write("GICC+0x1", 0, size=1)
    assert gic.read("GICC_CTLR") == 0x182


def test_a_mask_in_group_0s_half_is_out_of_non_secure_reach(gic):
    gic.write("GICC_PMR", 0x78)
    gic.ns_write("GICC_PMR", 0xFF)
    assert (gic.ns_read("GICC_PMR"), gic.read("GICC_PMR")) == (0, 0x78)
    gic.write("GICC_PMR", 0x80)
    gic.ns_write("GICC_PMR", 0x40)
    assert (gic.ns_read("GICC_PMR"), gic.read("GICC_PMR")) == (0x40, 0xA0)


@pytest.mark.parametrize(("bits", "least"), [(5, 3), (6, 2), (7, 1), (8, 1)])
def test_bpr_is_banked_and_abpr_is_the_non_secure_copy(make, bits, least):
    gic = make(security=1, priority_bits=bits)
    assert (gic.read("GICC_BPR"), gic.ns_read("GICC_BPR")) == (least - 1, least)
    gic.write("GICC_BPR", 6)
    gic.ns_write("GICC_BPR", 0)
    assert (gic.read("GICC_BPR"), gic.read("GICC_ABPR"), gic.ns_read("GICC_BPR")) == (
        6,
        least,
        least,
    )
    gic.write("GICC_ABPR", 5)
    gic.ns_write("GICC_ABPR", 7)
    assert (gic.ns_read("GICC_BPR"), gic.ns_read("GICC_ABPR")) == (5, 0)


def test_with_cbpr_the_non_secure_bpr_is_bpr_plus_1_and_read_only(gic):
    gic.write("GICC_CTLR", BOTH | CBPR)
    gic.write("GICC_ABPR", 4)
    for bpr, view in ((2, 3), (5, 6), (6, 7), (7, 7)):
        gic.write("GICC_BPR", bpr)
        gic.ns_write("GICC_BPR", 3)
        assert (gic.ns_read("GICC_BPR"), gic.read("GICC_BPR")) == (view, bpr)
    assert gic.read("GICC_ABPR") == 4


def test_the_non_secure_running_priority_hides_group_0s_half(gic):
    assert gic.ns_read("GICC_RPR") == gic.read("GICC_RPR") == 0xFF
    for apr, secure, view in ((1 << 20, 0xA0, 0x40), (1 << 16, 0x80, 0), (1 << 15, 0x78, 0)):
        gic.write("GICC_APR0", apr)
        assert (gic.read("GICC_RPR"), gic.ns_read("GICC_RPR")) == (secure, view)


@pytest.mark.parametrize(("bits", "words"), [(5, 0.5), (6, 1), (7, 2), (8, 2)])
def test_the_non_secure_apr_is_the_upper_half_of_nsapr(make, bits, words):
    gic = make(security=1, priority_bits=bits)
    places = int(32 * words)
    for name in ("APR", "NSAPR"):
        for index in range(4):
            gic.write(f"GICC_{name}{index}", ALL)
    seen = [gic.ns_read(f"GICC_APR{index}") for index in range(4)]
    assert sum(word << 32 * index for index, word in enumerate(seen)) == (1 << places) - 1
    for index in range(4):
        gic.ns_write(f"GICC_APR{index}", 0)
        assert gic.ns_read(f"GICC_NSAPR{index}") == 0
        gic.ns_write(f"GICC_NSAPR{index}", 0)
    held = [gic.read(f"GICC_NSAPR{index}") for index in range(4)]
    assert sum(word << 32 * index for index, word in enumerate(held)) == (1 << places) - 1
    gic.ns_write("GICC_APR0", 1)
    assert gic.ns_read("GICC_RPR") == 0 and gic.read("GICC_NSAPR0") & 1
    assert all(gic.read(f"GICC_APR{index}") for index in range(-(-2 * places // 32)))


# End of interrupt


def take(gic, intid: int) -> None:
    pend(gic, intid)
    assert gic.read("GICC_IAR") == intid


def test_a_non_secure_end_leaves_group_0_alone(gic):
    take(gic, GROUP1)
    gic.set_up(GROUP0, priority=0x20)
    take(gic, GROUP0)
    for name in ("EOIR", "AEOIR"):
        gic.ns_write(f"GICC_{name}", GROUP0)
    assert (gic.read("GICC_RPR"), gic.state(GROUP0)) == (0x20, "active")
    gic.ns_write("GICC_EOIR", GROUP1)
    assert (gic.read("GICC_APR0"), gic.read("GICC_NSAPR0")) == (1 << 4, 0)
    assert (gic.state(GROUP0), gic.state(GROUP1)) == ("active", "inactive")


def test_the_aliased_end_is_a_non_secure_end_for_secure_accesses(gic):
    take(gic, GROUP1)
    gic.set_up(GROUP0, priority=0x20)
    take(gic, GROUP0)
    gic.write("GICC_AEOIR", GROUP0)
    assert gic.state(GROUP0) == "active"
    gic.write("GICC_AEOIR", GROUP1)
    assert (gic.read("GICC_APR0"), gic.read("GICC_NSAPR0")) == (1 << 4, 0)
    gic.ns_write("GICC_AEOIR", GROUP1)
    gic.write("GICC_EOIR", GROUP0)
    assert gic.read("GICC_RPR") == 0xFF


@pytest.mark.parametrize("ctlr", [0, EOIMODE_S, EOIMODE_NS, EOIMODE_S | EOIMODE_NS])
@pytest.mark.parametrize(("name", "secure"), [("EOIR", 1), ("EOIR", 0), ("AEOIR", 1)])
def test_each_security_state_has_its_own_eoimode(gic, ctlr, name, secure):
    gic.write("GICC_CTLR", BOTH | ACKCTL | ctlr)
    take(gic, GROUP1)
    gic.write(f"GICC_{name}", GROUP1, secure=secure)
    split = bool(ctlr & (EOIMODE_S if secure else EOIMODE_NS))
    assert (gic.state(GROUP1), gic.read("GICC_RPR")) == ("active" if split else "inactive", 0xFF)
    gic.set_bit("ISACTIVER", GROUP1)
    gic.write("GICC_DIR", GROUP1, secure=secure)
    assert gic.state(GROUP1) == ("inactive" if split else "active")


def test_a_non_secure_dir_leaves_group_0_active(gic):
    gic.write("GICC_CTLR", BOTH | EOIMODE_S | EOIMODE_NS)
    gic.set_bit("ISACTIVER", GROUP0)
    gic.ns_write("GICC_DIR", GROUP0)
    assert gic.state(GROUP0) == "active"
    gic.write("GICC_DIR", GROUP0)
    assert gic.state(GROUP0) == "inactive"


# Virtualization


@pytest.mark.parametrize("intid", [GROUP0, GROUP1])
def test_a_forwarded_deactivation_leaves_group_0_active(gic, intid):
    gic.enable_guest()
    gic.set_bit("ISACTIVER", intid)
    gic.write("GICH_LR0", 1 << 31 | 2 << 28 | intid << 10 | 60)
    gic.write("GICV_EOIR", 60)
    assert gic.read("GICH_LR0") >> 28 & 3 == 0
    assert gic.state(intid) == ("active" if intid == GROUP0 else "inactive")


def test_with_one_security_state_group_0_is_deactivated_too(make):
    gic = make().enable_guest()
    gic.set_bit("ISACTIVER", GROUP0)
    gic.write("GICH_LR0", 1 << 31 | 2 << 28 | GROUP0 << 10 | 60)
    gic.write("GICV_EOIR", 60)
    assert gic.state(GROUP0) == "inactive"


def test_gich_and_gicv_are_the_same_in_both_security_states(gic):
    gic.ns_write("GICH_HCR", 1)
    gic.ns_write("GICV_CTLR", ALL)
    gic.ns_write("GICV_PMR", 0x48)
    gic.ns_write("GICV_ABPR", 5)
    gic.ns_write("GICH_LR0", 1 << 28 | 50)
    assert (gic.read("GICV_CTLR"), gic.read("GICV_PMR"), gic.read("GICV_ABPR")) == (0x21F, 0x48, 5)
    assert gic.ns_read("GICV_BPR") == 2
    assert gic.ns_read("GICV_IAR") == 50
    gic.write("GICV_CTLR", 7)
    gic.ns_write("GICV_EOIR", 50)
    assert gic.ns_read("GICV_RPR") == 0xFF


# The target


def test_fewer_than_five_priority_bits_are_refused_with_security():
    refusal = ModelTarget().refusal
    assert refusal(ScriptConfig(security=1, priority_bits=4), []) == "priority_bits=4"
    assert refusal(ScriptConfig(security=1, priority_bits=5), []) is None
    assert refusal(ScriptConfig(security=0, priority_bits=4), []) is None
