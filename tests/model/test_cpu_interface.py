"""The CPU interface, as GICC: acknowledge, preemption, end of interrupt."""

import pytest

GRP0, GRP1, ACKCTL, FIQEN, CBPR, EOIMODE = 1, 2, 4, 8, 16, 1 << 9
BOTH = GRP0 | GRP1
ALL = 0xFFFF_FFFF


def pend(gic, intid: int, priority: int = 0x80, group: int = 0):
    gic.set_up(intid, priority=priority, group=group)
    gic.set_bit("ISPENDR", intid)


# Special INTIDs


def test_nothing_pending_reads_1023(make):
    gic = make().enable()
    for name in ("IAR", "AIAR", "HPPIR", "AHPPIR"):
        assert gic.read(f"GICC_{name}") == 1023


@pytest.mark.parametrize("ctlr", [BOTH, BOTH | ACKCTL])
def test_group_1_reads_1022_without_ackctl(make, ctlr):
    gic = make().enable(ctlr)
    pend(gic, 40, group=1)
    expected = 40 if ctlr & ACKCTL else 1022
    assert gic.read("GICC_HPPIR") == gic.read("GICC_IAR") == expected
    assert gic.state(40) == ("active" if ctlr & ACKCTL else "pending")


def test_insufficient_priority_reads_1023_before_1022(make):
    gic = make().enable(pmr=0x40)
    pend(gic, 40, priority=0x80, group=1)
    assert (gic.read("GICC_IAR"), gic.read("GICC_HPPIR")) == (1023, 1022)
    gic.write("GICC_PMR", 0xFF)
    gic.write("GICC_APR0", 1)
    assert (gic.read("GICC_IAR"), gic.read("GICC_HPPIR")) == (1023, 1022)


def test_the_aliased_registers_are_for_group_1_whatever_ackctl(make):
    for ctlr in (BOTH, BOTH | ACKCTL):
        gic = make().enable(ctlr)
        pend(gic, 40, priority=0x40)
        assert gic.read("GICC_AHPPIR") == gic.read("GICC_AIAR") == 1023
        pend(gic, 41, priority=0x20, group=1)
        assert gic.read("GICC_AHPPIR") == gic.read("GICC_AIAR") == 41


@pytest.mark.parametrize("group", [0, 1])
def test_a_group_disabled_in_the_interface_hides_what_is_behind_it(make, group):
    gic = make().enable(BOTH & ~(1 << group) | ACKCTL)
    pend(gic, 40, priority=0x20, group=group)
    pend(gic, 41, priority=0x80, group=1 - group)
    for name in ("HPPIR", "AHPPIR", "IAR", "AIAR"):
        assert gic.read(f"GICC_{name}") == 1023
    assert gic.out()[:2] == (0, 0)


# Outputs


def test_group_0_is_fiq_with_fiqen_and_group_1_never(make):
    for ctlr in (BOTH, BOTH | FIQEN):
        for group in (0, 1):
            gic = make().enable(ctlr)
            pend(gic, 40, group=group)
            fiq = int(bool(ctlr & FIQEN) and not group)
            assert gic.out()[:2] == (1 - fiq, fiq)


@pytest.mark.parametrize("bits", [4, 5, 6, 7, 8])
def test_only_a_priority_higher_than_pmr_is_signalled(make, bits):
    step = 1 << 8 - bits
    gic = make(priority_bits=bits).enable()
    pend(gic, 40, priority=0x80)
    for pmr, level in ((0, 0), (0x80 - step, 0), (0x80, 0), (0x80 + step, 1), (0xFF, 1)):
        gic.write("GICC_PMR", pmr)
        assert gic.out().nirq == level, hex(pmr)


def test_the_lowest_priority_is_never_signalled_with_fewer_than_eight_bits(make):
    gic = make().enable(pmr=0xFF)
    pend(gic, 40, priority=0xF8)
    assert (gic.out().nirq, gic.read("GICC_HPPIR"), gic.read("GICC_IAR")) == (0, 40, 1023)


# Preemption


@pytest.mark.parametrize("bits", [4, 5, 6, 7, 8])
@pytest.mark.parametrize("bpr", range(8))
@pytest.mark.parametrize("group", [0, 1])
def test_a_group_priority_must_be_higher_to_preempt(make, bits, bpr, group):
    for pending in (0x00, 0x30, 0x40, 0x60, 0x70):
        gic = make(priority_bits=bits).enable(BOTH | ACKCTL)
        gic.write("GICC_ABPR" if group else "GICC_BPR", bpr)
        pend(gic, 40, priority=0x70, group=group)
        assert gic.read("GICC_IAR") == 40
        pend(gic, 41, priority=pending, group=group)
        point = max(bpr, 7 - min(bits, 7) + group)
        lowest = point if group else point + 1
        assert gic.out().nirq == (pending >> lowest < 0x70 >> lowest)


def test_with_bpr_7_nothing_preempts_and_apr_bit_0_is_used(make):
    gic = make().enable()
    gic.write("GICC_BPR", 7)
    pend(gic, 40, priority=0xF0)
    assert gic.read("GICC_IAR") == 40
    assert (gic.read("GICC_APR0"), gic.read("GICC_RPR")) == (1, 0)
    pend(gic, 41, priority=0)
    assert gic.out().nirq == 0


def test_the_pending_ones_group_has_the_mask_for_both_priorities(make):
    gic = make().enable(BOTH | ACKCTL)
    gic.write("GICC_BPR", 5)  # Group 0 compares [7:6], Group 1 [7:3]
    pend(gic, 40, priority=0x48, group=1)
    assert gic.read("GICC_IAR") == 40
    pend(gic, 41, priority=0x40, group=0)
    assert gic.out().nirq == 0
    pend(gic, 42, priority=0x38, group=0)
    assert gic.out().nirq == 1


def test_with_cbpr_bpr_serves_both_groups_and_abpr_keeps_its_value(make):
    gic = make().enable(BOTH | ACKCTL | CBPR)
    gic.write("GICC_BPR", 6)
    gic.write("GICC_ABPR", 4)
    assert gic.read("GICC_ABPR") == 4
    pend(gic, 40, priority=0x70, group=1)
    assert gic.read("GICC_IAR") == 40
    assert gic.read("GICC_RPR") == 0
    gic.write("GICC_NSAPR0", 1 << 14)
    pend(gic, 41, priority=0x40, group=1)
    assert gic.out().nirq == 0
    gic.write("GICC_CTLR", BOTH | ACKCTL)
    assert gic.out().nirq == 1


def test_the_running_priority_is_that_of_the_acknowledge_whatever_bpr_becomes(make):
    gic = make().enable()
    gic.write("GICC_BPR", 4)
    pend(gic, 40, priority=0x78)
    gic.read("GICC_IAR")
    assert gic.read("GICC_RPR") == 0x60
    gic.write("GICC_BPR", 7)
    assert gic.read("GICC_RPR") == 0x60


@pytest.mark.parametrize(("bits", "bpr"), [(4, 3), (5, 2), (6, 1), (7, 0), (8, 0)])
def test_binary_points_have_a_minimum(make, bits, bpr):
    gic = make(priority_bits=bits)
    for name, least in (("BPR", bpr), ("ABPR", bpr + 1)):
        assert gic.read(f"GICC_{name}") == least
        for value in range(8):
            gic.write(f"GICC_{name}", value)
            assert gic.read(f"GICC_{name}") == max(value, least)


# Active priorities


def test_group_0_is_active_in_apr_and_group_1_in_nsapr(make):
    gic = make().enable(BOTH | ACKCTL)
    pend(gic, 40, priority=0x80, group=1)
    gic.read("GICC_IAR")
    pend(gic, 41, priority=0x40)
    gic.read("GICC_IAR")
    assert (gic.read("GICC_APR0"), gic.read("GICC_NSAPR0")) == (1 << 8, 1 << 16)
    assert gic.read("GICC_RPR") == 0x40


@pytest.mark.parametrize(("bits", "total"), [(4, 16), (5, 32), (6, 64), (7, 128), (8, 128)])
def test_there_is_a_bit_for_each_group_priority(make, bits, total):
    gic = make(priority_bits=bits)
    for name in ("APR", "NSAPR"):
        for index in range(4):
            gic.write(f"GICC_{name}{index}", ALL)
            expected = (1 << max(0, min(32, total - 32 * index))) - 1
            assert gic.read(f"GICC_{name}{index}") == expected
            gic.write(f"GICC_{name}{index}", 0)


@pytest.mark.parametrize(("bits", "level"), [(4, 0x80), (5, 0x78), (6, 0x84), (7, 0xFE), (8, 0xFF)])
def test_an_acknowledge_sets_the_bit_of_its_group_priority(make, bits, level):
    gic = make(priority_bits=bits).enable()
    gic.model.gicc[0].pmr = 0x100  # so that the lowest priority is signalled too
    pend(gic, 40, priority=level)
    gic.read("GICC_IAR")
    bit = level >> 8 - min(bits, 7)
    for index in range(4):
        assert gic.read(f"GICC_APR{index}") == (1 << bit >> 32 * index & ALL)
    assert gic.read("GICC_RPR") == bit << 8 - min(bits, 7)


def test_apr_written_by_software_sets_the_running_priority_at_once(make):
    gic = make().enable()
    pend(gic, 40, priority=0x40)
    gic.write("GICC_APR0", 1 << 4)
    assert (gic.read("GICC_RPR"), gic.out().nirq) == (0x20, 0)
    gic.write("GICC_APR0", 0)
    assert (gic.read("GICC_RPR"), gic.out().nirq) == (0xFF, 1)


# End of interrupt


def test_eoir_drops_and_deactivates_with_eoimode_0(make):
    gic = make().enable()
    pend(gic, 40)
    gic.read("GICC_IAR")
    gic.write("GICC_EOIR", 40)
    assert (gic.read("GICC_RPR"), gic.state(40)) == (0xFF, "inactive")


def test_eoir_drops_without_deactivating_with_eoimode_1_and_dir_deactivates(make):
    gic = make().enable(BOTH | EOIMODE)
    pend(gic, 40)
    gic.read("GICC_IAR")
    gic.write("GICC_EOIR", 40)
    assert (gic.read("GICC_RPR"), gic.state(40)) == (0xFF, "active")
    gic.write("GICC_DIR", 40)
    assert gic.state(40) == "inactive"


def test_dir_before_eoir_leaves_the_active_priority(make):
    gic = make().enable(BOTH | EOIMODE)
    pend(gic, 40)
    gic.read("GICC_IAR")
    gic.write("GICC_DIR", 40)
    assert (gic.read("GICC_RPR"), gic.state(40)) == (0x80, "inactive")


def test_dir_with_eoimode_0_is_ignored(make):
    gic = make().enable()
    pend(gic, 40)
    gic.read("GICC_IAR")
    gic.write("GICC_DIR", 40)
    assert gic.state(40) == "active"


def test_eoir_clears_the_highest_active_priority_whatever_the_id(make):
    for name in ("EOIR", "AEOIR"):
        gic = make().enable(BOTH | ACKCTL)
        for intid, priority, group in ((40, 0x80, 0), (41, 0x40, 1), (42, 0x20, 0)):
            pend(gic, intid, priority, group)
            assert gic.read("GICC_IAR") == intid
        for intid, running in ((40, 0x40), (999, 0x80), (41, 0xFF)):
            gic.write(f"GICC_{name}", intid)
            assert gic.read("GICC_RPR") == running
        assert [gic.state(intid) for intid in (40, 41, 42)] == ["inactive", "inactive", "active"]


def test_a_priority_in_both_registers_leaves_apr_first(make):
    gic = make().enable()
    gic.write("GICC_APR0", 4)
    gic.write("GICC_NSAPR0", 4)
    gic.write("GICC_EOIR", 40)
    assert (gic.read("GICC_APR0"), gic.read("GICC_NSAPR0")) == (0, 4)


@pytest.mark.parametrize("intid", [1020, 1021, 1022, 1023])
def test_special_intids_are_ignored(make, intid):
    gic = make().enable()
    pend(gic, 40)
    gic.read("GICC_IAR")
    for name in ("EOIR", "AEOIR", "DIR"):
        gic.write(f"GICC_{name}", intid)
    assert (gic.read("GICC_RPR"), gic.state(40)) == (0x80, "active")


def test_an_end_of_what_is_not_implemented_drops_only(make):
    gic = make(spis=32).enable()
    pend(gic, 40)
    gic.read("GICC_IAR")
    gic.write("GICC_EOIR", 64)
    assert (gic.read("GICC_RPR"), gic.state(40)) == (0xFF, "active")


# Registers


def test_reset_values(make):
    gic = make(cpus=2)
    reset = {"CTLR": 0, "PMR": 0, "BPR": 2, "ABPR": 3, "RPR": 0xFF, "APR0": 0, "NSAPR0": 0}
    for name, value in reset.items():
        assert gic.read(f"GICC_{name}", cpu=1) == value


def test_registers_keep_the_bits_that_exist(make):
    gic = make()
    for name, kept in (("CTLR", 0x3FF), ("PMR", 0xF8), ("BPR", 7), ("ABPR", 7)):
        gic.write(f"GICC_{name}", ALL)
        assert gic.read(f"GICC_{name}") == kept


@pytest.mark.parametrize("name", ["RPR", "HPPIR", "AHPPIR", "IIDR", "IAR", "AIAR"])
def test_read_only_registers_ignore_writes(make, name):
    gic = make()
    before = gic.read(f"GICC_{name}")
    gic.write(f"GICC_{name}", 0)
    assert gic.read(f"GICC_{name}") == before


@pytest.mark.parametrize("name", ["EOIR", "AEOIR", "DIR"])
def test_write_only_registers_read_0(make, name):
    assert make().read(f"GICC_{name}") == 0


def test_what_is_reserved_reads_0_and_ignores_writes(make):
    gic = make()
    for offset in (0x02C, 0x0CC, 0x0F0, 0x0F8, 0x100, 0xFFC, 0x1004, 0x1FFC):
        gic.write(f"GICC+{offset:#x}", ALL)
        assert gic.read(f"GICC+{offset:#x}") == 0


def test_a_part_of_a_register_that_acts_has_no_effect(make):
    gic = make().enable()
    pend(gic, 40)
    for size in (1, 2):
        assert gic.read("GICC_IAR", size=size) == 0
    assert gic.state(40) == "pending"
    gic.read("GICC_IAR")
    for name in ("EOIR", "AEOIR", "DIR"):
        gic.write(f"GICC_{name}", 40, size=2)
    assert (gic.read("GICC_RPR"), gic.state(40)) == (0x80, "active")


def test_identification_is_that_of_the_implementer(make):
    assert make().read("GICC_IIDR") == make().read("GICV_IIDR") == 0xA602_0000
