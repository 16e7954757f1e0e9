"""GICH and GICV: list registers, what becomes of a guest's ends, maintenance."""

import pytest

PENDING, ACTIVE = 1, 2
UIE, LRENPIE, NPIE = 2, 4, 8
EOIMODE = 1 << 9
ALL = 0xFFFF_FFFF


def entry(vintid: int, *, state: int = PENDING, priority: int = 0x80, **more: int) -> int:
    """A list register; ``pintid`` sets HW."""
    word = state << 28 | more.get("group", 0) << 30 | priority >> 3 << 23 | vintid
    if "pintid" in more:
        return word | 1 << 31 | more["pintid"] << 10
    return word | more.get("eoi", 0) << 19 | more.get("cpuid", 0) << 10


def taken(gic, intid: int) -> None:
    """The host has acknowledged the interrupt and dropped its priority."""
    gic.enable(ctlr=3 | EOIMODE)
    gic.set_up(intid)
    gic.line(intid, 1)
    assert gic.read("GICC_IAR") == intid
    gic.write("GICC_EOIR", intid)


# List registers


def test_the_highest_priority_is_offered_then_the_lowest_index(make):
    gic = make().enable_guest(ctlr=3 | EOIMODE)
    for index, (vintid, priority) in enumerate([(50, 0x80), (51, 0x40), (52, 0x40)]):
        gic.write(f"GICH_LR{index}", entry(vintid, priority=priority))
    for vintid in (51, 52, 50):
        assert gic.read("GICV_IAR") == vintid
        gic.write("GICV_EOIR", vintid)


@pytest.mark.parametrize("state", [0, 2, 3])
def test_only_a_pending_entry_is_offered(make, state):
    gic = make().enable_guest()
    gic.write("GICH_LR0", entry(50, state=state))
    assert (gic.out().nvirq, gic.read("GICV_HPPIR")) == (0, 1023)


@pytest.mark.parametrize("vintid", [1020, 1021, 1022, 1023])
def test_a_special_virtual_id_is_never_offered(make, vintid):
    gic = make().enable_guest()
    gic.write("GICH_LR0", entry(vintid))
    assert (gic.out().nvirq, gic.read("GICV_IAR")) == (0, 1023)
    gic.write("GICH_LR0", entry(1019))
    assert gic.read("GICV_IAR") == 1019


@pytest.mark.parametrize("lrs", [1, 4, 33, 64])
def test_registers_past_the_last_are_raz_wi(make, lrs):
    gic = make(lrs=lrs)
    for index in range(64):
        gic.write(f"GICH_LR{index}", ALL)
        assert gic.read(f"GICH_LR{index}") == (ALL & ~(7 << 20) if index < lrs else 0)
        gic.write(f"GICH_LR{index}", 0)
    empty = (1 << lrs) - 1
    assert gic.read("GICH_ELRSR0") == empty & ALL
    assert gic.read("GICH_ELRSR1") == empty >> 32
    assert gic.read("GICH_VTR") & 0x3F == lrs - 1


@pytest.mark.parametrize("index", [0, 31, 32, 63])
def test_status_registers_have_a_bit_for_each_list_register(make, index):
    gic = make(lrs=64)
    gic.write(f"GICH_LR{index}", 1 << 19)
    words = [gic.read(f"GICH_EISR{n}") for n in (0, 1)]
    assert words[0] | words[1] << 32 == 1 << index
    words = [gic.read(f"GICH_ELRSR{n}") for n in (0, 1)]
    assert words[0] | words[1] << 32 == (1 << 64) - 1 ^ 1 << index


@pytest.mark.parametrize("hw", [0, 1])
@pytest.mark.parametrize("eoi", [0, 1])
@pytest.mark.parametrize("state", [0, 1, 2, 3])
def test_eisr_and_elrsr_follow_state_hw_and_eoi(make, state, hw, eoi):
    gic = make()
    gic.write("GICH_LR0", state << 28 | hw << 31 | eoi << 19 | 50)
    invalid = state == 0
    assert gic.read("GICH_EISR0") == int(invalid and not hw and eoi)
    assert gic.read("GICH_ELRSR0") & 1 == int(invalid and (hw or not eoi))


def test_the_source_is_shown_for_virtual_sgis_without_hw_only(make):
    for vintid, more, cpuid in (
        (15, {"cpuid": 5}, 5),
        (16, {"cpuid": 5}, 0),
        (3, {"pintid": 0}, 0),
    ):
        gic = make().enable_guest()
        gic.write("GICH_LR0", entry(vintid, **more))
        assert gic.read("GICV_IAR") == cpuid << 10 | vintid


def test_two_sources_of_a_virtual_sgi_are_two_interrupts(make):
    gic = make().enable_guest()
    gic.write("GICH_LR0", entry(3, cpuid=1, state=ACTIVE))
    gic.write("GICH_LR1", entry(3, cpuid=2, state=ACTIVE))
    gic.write("GICH_APR", 1)
    gic.write("GICV_EOIR", 2 << 10 | 3)
    assert [gic.read(f"GICH_LR{i}") >> 28 for i in (0, 1)] == [ACTIVE, 0]


def test_of_two_entries_for_one_interrupt_the_lower_active_one_ends(make):
    gic = make().enable_guest()
    for index, state in enumerate((PENDING, ACTIVE, ACTIVE)):
        gic.write(f"GICH_LR{index}", entry(50, state=state))
    gic.write("GICH_APR", 1)
    gic.write("GICV_EOIR", 50)
    assert [gic.read(f"GICH_LR{i}") >> 28 for i in range(3)] == [PENDING, 0, ACTIVE]


# Hardware interrupts


@pytest.mark.parametrize("intid", [27, 40])
@pytest.mark.parametrize("eoimode", [0, 1])
def test_the_guests_end_deactivates_the_physical_interrupt(make, intid, eoimode):
    gic = make()
    taken(gic, intid)
    gic.enable_guest(ctlr=3 | EOIMODE * eoimode)
    gic.write("GICH_LR0", entry(60, pintid=intid))
    assert (gic.out().nvirq, gic.out().nirq) == (1, 0)
    assert gic.read("GICV_IAR") == 60
    gic.write("GICV_EOIR", 60)
    if eoimode:
        assert gic.state(intid) == "both"
        gic.write("GICV_DIR", 60)
    assert (gic.state(intid), gic.out().nirq) == ("pending", 1)


def test_active_and_pending_with_hw_forwards_and_stays_pending(make):
    gic = make()
    taken(gic, 40)
    gic.enable_guest()
    gic.write("GICH_LR0", entry(60, pintid=40, state=3))
    gic.write("GICV_EOIR", 60)
    assert (gic.read("GICH_LR0") >> 28 & 3, gic.state(40)) == (PENDING, "pending")


@pytest.mark.parametrize("pintid", [0, 15, 64, 1019, 1020, 1023])
def test_a_physical_id_that_is_no_ppi_or_spi_is_ignored(make, pintid):
    gic = make(spis=32)
    for intid in range(64):
        gic.set_bit("ISACTIVER", intid)
    gic.enable_guest()
    gic.write("GICH_LR0", entry(60, pintid=pintid, state=ACTIVE))
    gic.write("GICV_EOIR", 60)
    assert [gic.read(f"GICD_ISACTIVER{i}") for i in (0, 1)] == [ALL, ALL]
    assert gic.read("GICH_LR0") >> 28 & 3 == 0


def test_a_ppi_is_that_of_the_guests_cpu_and_an_spi_is_everybodys(make):
    gic = make(cpus=2)
    gic.enable_guest(cpu=1)
    for intid in (27, 40):
        for cpu in (0, 1):
            gic.set_bit("ISACTIVER", intid, cpu)
        gic.write("GICH_LR0", entry(60, pintid=intid, state=ACTIVE), cpu=1)
        gic.write("GICV_EOIR", 60, cpu=1)
    assert [gic.state(27, 0), gic.state(27, 1), gic.state(40)] == ["active", "inactive", "inactive"]


# EOICount


def count(gic) -> int:
    return gic.read("GICH_HCR") >> 27


def test_eoicount_counts_ends_that_dropped_a_priority_and_have_no_list_register(make):
    gic = make().enable_guest()
    gic.write("GICV_EOIR", 50)
    assert count(gic) == 0
    gic.write("GICH_APR", 0b111)
    gic.write("GICV_EOIR", 50)
    gic.write("GICV_AEOIR", 50)
    assert (count(gic), gic.read("GICH_APR")) == (2, 0b100)
    gic.write("GICV_EOIR", 1023)
    assert (count(gic), gic.read("GICH_APR")) == (2, 0b100)


def test_with_eoimode_1_eoicount_counts_each_dir_without_list_register_and_no_eoir(make):
    gic = make().enable_guest(ctlr=3 | EOIMODE)
    gic.write("GICH_APR", 1)
    gic.write("GICV_EOIR", 50)
    assert count(gic) == 0
    gic.write("GICV_DIR", 50)
    assert count(gic) == 1
    gic.write("GICV_DIR", 1020)
    assert count(gic) == 1


@pytest.mark.parametrize("state", [PENDING, ACTIVE, 3])
def test_an_interrupt_that_a_list_register_has_is_not_counted(make, state):
    gic = make().enable_guest()
    gic.write("GICH_LR0", entry(50, state=state))
    gic.write("GICH_APR", 1)
    gic.write("GICV_EOIR", 50)
    assert count(gic) == 0
    assert gic.read("GICH_LR0") >> 28 == state & ~ACTIVE


def test_eoicount_wraps_and_leaves_the_rest_of_hcr(make):
    gic = make().enable_guest(ctlr=3 | EOIMODE, hcr=0xF800_0081)
    gic.write("GICV_DIR", 50)
    assert gic.read("GICH_HCR") == 0x81


# Maintenance


def test_underflow_is_fewer_than_two_valid_entries(make):
    gic = make().enable_guest(hcr=1 | UIE)
    for index, bit in ((0, 1), (1, 0)):
        gic.write(f"GICH_LR{index}", entry(50 + index, state=ACTIVE))
        assert gic.read("GICH_MISR") == bit << 1
        assert gic.out().maint == bit


def test_with_one_list_register_underflow_never_ends(make):
    gic = make(lrs=1).enable_guest(hcr=1 | UIE)
    gic.write("GICH_LR0", entry(50))
    assert gic.read("GICH_MISR") == 2


@pytest.mark.parametrize(("state", "misr"), [(0, 8), (PENDING, 0), (ACTIVE, 8), (3, 8)])
def test_none_pending_looks_for_entries_that_are_only_pending(make, state, misr):
    gic = make().enable_guest(hcr=1 | NPIE)
    gic.write("GICH_LR3", entry(50, state=state))
    assert gic.read("GICH_MISR") == misr


def test_entry_not_present_is_an_eoicount_that_is_not_0(make):
    gic = make().enable_guest(hcr=1 | LRENPIE)
    assert gic.read("GICH_MISR") == 0
    gic.write("GICH_HCR", 1 | LRENPIE | 1 << 27)
    assert gic.read("GICH_MISR") == 4


def test_an_entry_that_asked_for_it_reports_its_end_without_an_enable(make):
    gic = make().enable_guest()
    gic.write("GICH_LR2", entry(50, eoi=1))
    gic.read("GICV_IAR")
    assert gic.out().maint == 0
    gic.write("GICV_EOIR", 50)
    assert (gic.read("GICH_MISR"), gic.read("GICH_EISR0"), gic.out().maint) == (1, 4, 1)


@pytest.mark.parametrize("ctlr", range(4))
def test_group_conditions_follow_the_groups_enables(make, ctlr):
    gic = make().enable_guest(ctlr=ctlr, hcr=0xF1)
    enabled = (ctlr & 1) << 4 | (ctlr & 2) << 5
    disabled = (~ctlr & 1) << 5 | (~ctlr & 2) << 6
    assert gic.read("GICH_MISR") == enabled | disabled


def test_conditions_show_without_en_and_the_line_is_silent(make):
    gic = make()
    gic.write("GICH_HCR", 0xFE)
    assert (gic.read("GICH_MISR"), gic.out().maint) == (0xAA, 0)
    gic.write("GICH_HCR", 0xFF)
    assert gic.out().maint == 1


def test_maintenance_is_ppi_25_or_what_is_driven_there(make):
    gic = make(cpus=2).enable()
    gic.set_up(25, cpu=1)
    gic.line(25, 1, cpu=1)
    assert (gic.out(1).nirq, gic.out(1).maint) == (1, 0)
    gic.line(25, 0, cpu=1)
    gic.write("GICH_HCR", 1 | NPIE, cpu=1)
    assert (gic.out(0).nirq, gic.out(1).nirq, gic.out(1).maint) == (0, 1, 1)
    assert [gic.read("GICD_PPISR", cpu) for cpu in (0, 1)] == [0, 1 << 9]
    gic.line(25, 1, cpu=1)
    gic.write("GICH_HCR", 0, cpu=1)
    assert (gic.out(1).nirq, gic.out(1).maint) == (1, 0)


# GICV and GICH_VMCR


def test_without_en_nothing_is_signalled_acknowledged_or_reported(make):
    gic = make().enable_guest(hcr=0)
    gic.write("GICH_LR0", entry(50))
    assert (gic.out().nvirq, gic.out().nvfiq) == (0, 0)
    for name in ("IAR", "AIAR", "HPPIR", "AHPPIR"):
        assert gic.read(f"GICV_{name}") == 1023
    gic.write("GICH_HCR", 1)
    assert gic.out().nvirq == 1


def test_ends_and_registers_work_without_en(make):
    gic = make().enable_guest(hcr=0)
    gic.write("GICH_LR0", entry(50, state=ACTIVE))
    gic.write("GICH_APR", 3)
    gic.write("GICV_EOIR", 50)
    gic.write("GICV_EOIR", 51)
    assert (gic.read("GICH_LR0") >> 28, count(gic), gic.read("GICH_APR")) == (0, 1, 0)


def test_both_groups_use_the_one_apr(make):
    gic = make().enable_guest(ctlr=7)
    for index, (priority, group) in enumerate([(0x80, 1), (0x40, 0)]):
        gic.write(f"GICH_LR{index}", entry(50 + index, priority=priority, group=group))
        gic.read("GICV_IAR")
    assert gic.read("GICH_APR") == 1 << 16 | 1 << 8
    gic.write("GICV_NSAPR0", ALL)
    assert gic.read("GICV_NSAPR0") == gic.read("GICV_APR1") == 0


def test_vmcr_is_gicvs_registers(make):
    gic = make()
    for name, value in (("CTLR", 0x21F), ("PMR", 0xA8), ("BPR", 5), ("ABPR", 6)):
        gic.write(f"GICV_{name}", value)
    vmcr = 0xA8 << 24 | 5 << 21 | 6 << 18 | 0x21F
    assert gic.read("GICH_VMCR") == vmcr
    gic.write("GICH_VMCR", ALL)
    assert gic.read("GICH_VMCR") == 0xF8FC_021F
    for name, value in (("CTLR", 0x21F), ("PMR", 0xF8), ("BPR", 7), ("ABPR", 7)):
        assert gic.read(f"GICV_{name}") == value


def test_a_part_of_vmcr_changes_its_own_fields(make):
    gic = make()
    gic.write("GICH_VMCR", ALL)
    gic.write("GICH+0xb", 0, size=1)
    assert gic.read("GICH_VMCR") == 0x00FC_021F


@pytest.mark.parametrize("bits", [4, 8])
def test_the_virtual_interface_has_five_priority_bits_at_every_size(make, bits):
    gic = make(priority_bits=bits).enable_guest()
    gic.write("GICV_PMR", ALL)
    assert (gic.read("GICV_PMR"), gic.read("GICV_BPR"), gic.read("GICV_ABPR")) == (0xF8, 2, 3)


def test_gich_of_each_cpu_is_at_its_alias_for_all(make):
    gic = make(cpus=2, lrs=64)
    gic.write("GICH+0x13fc", 0x1234, cpu=0)
    assert gic.read("GICH_LR63", cpu=1) == 0x1234
    assert gic.read("GICH+0x13fc", cpu=1) == 0x1234
    gic.write("GICH+0x1500", ALL)
    assert gic.read("GICH+0x1500") == 0


@pytest.mark.parametrize("name", ["VTR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1"])
def test_read_only_registers_ignore_writes(make, name):
    gic = make()
    before = gic.read(f"GICH_{name}")
    gic.write(f"GICH_{name}", ~before & ALL)
    assert gic.read(f"GICH_{name}") == before


def test_what_is_reserved_reads_0_and_ignores_writes(make):
    gic = make()
    for offset in (0x00C, 0x014, 0x028, 0x038, 0x0F4, 0x200, 0xFFC):
        gic.write(f"GICH+{offset:#x}", ALL)
        assert gic.read(f"GICH+{offset:#x}") == 0
