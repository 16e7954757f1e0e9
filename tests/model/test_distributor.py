"""The distributor: states, lines, banking, what is not there."""

import pytest

SPI = 40


# Lines and the pending latch


def test_a_level_is_pending_while_the_line_is_high(make):
    gic = make()
    gic.line(SPI, 1)
    assert gic.state(SPI) == "pending"
    gic.line(SPI, 0)
    assert gic.state(SPI) == "inactive"


def test_a_pulse_on_a_level_interrupt_leaves_nothing_pending(make):
    gic = make()
    gic.pulse(SPI)
    assert gic.state(SPI) == "inactive"


def test_a_pulse_on_an_edge_interrupt_is_pending_until_it_is_acknowledged(make):
    gic = make().enable()
    gic.set_up(SPI, edge=1)
    gic.pulse(SPI)
    assert gic.state(SPI) == "pending"
    assert gic.read("GICC_IAR") == SPI
    assert gic.state(SPI) == "active"


def test_a_pulse_on_a_line_that_is_high_is_no_edge(make):
    gic = make().enable()
    gic.set_up(SPI, edge=1)
    gic.line(SPI, 1)
    gic.write("GICD_ICPENDR1", 1 << 8)
    gic.pulse(SPI)
    assert (gic.state(SPI), gic.read("GICD_SPISR0")) == ("inactive", 0)


@pytest.mark.parametrize("intid", [16, 31, 32, 95])
def test_the_first_and_the_last_ppi_and_spi_are_acknowledged_and_ended(make, intid):
    gic = make().enable()
    gic.set_up(intid)
    gic.set_bit("ISPENDR", intid)
    assert gic.read("GICC_HPPIR") == gic.read("GICC_IAR") == intid
    assert gic.state(intid) == "active"
    gic.write("GICC_EOIR", intid)
    assert gic.state(intid) == "inactive"


def test_an_edge_while_active_is_delivered_after_the_end(make):
    gic = make().enable()
    gic.set_up(SPI, edge=1)
    gic.pulse(SPI)
    gic.read("GICC_IAR")
    gic.pulse(SPI)
    assert (gic.state(SPI), gic.out().nirq) == ("both", 0)
    gic.write("GICC_EOIR", SPI)
    assert (gic.state(SPI), gic.out().nirq) == ("pending", 1)


def test_ispendr_is_latched_also_while_the_level_is_high(make):
    gic = make()
    gic.line(SPI, 1)
    gic.set_bit("ISPENDR", SPI)
    gic.line(SPI, 0)
    assert gic.state(SPI) == "pending"


def test_icpendr_clears_the_latch_and_not_the_level(make):
    gic = make()
    gic.set_bit("ISPENDR", SPI)
    gic.line(SPI, 1)
    gic.set_bit("ICPENDR", SPI)
    assert gic.state(SPI) == "pending"
    gic.line(SPI, 0)
    assert gic.state(SPI) == "inactive"


def test_icpendr_clears_an_edge_though_the_line_is_high(make):
    gic = make()
    gic.set_up(SPI, edge=1)
    gic.line(SPI, 1)
    gic.set_bit("ICPENDR", SPI)
    assert gic.state(SPI) == "inactive"


def test_icfgr_decides_at_once_what_a_high_line_means(make):
    gic = make()
    gic.line(SPI, 1)
    gic.set_up(SPI, edge=1)
    assert gic.state(SPI) == "inactive"
    gic.set_up(SPI, edge=0)
    assert gic.state(SPI) == "pending"


def test_a_disabled_interrupt_becomes_pending_and_is_signalled_when_enabled(make):
    gic = make().enable()
    gic.line(SPI, 1)
    assert (gic.state(SPI), gic.out().nirq) == ("pending", 0)
    gic.set_up(SPI)
    assert gic.out().nirq == 1


def test_active_set_by_software_holds_an_interrupt_back_until_it_is_cleared(make):
    gic = make().enable()
    gic.set_up(SPI)
    gic.line(SPI, 1)
    gic.set_bit("ISACTIVER", SPI)
    assert (gic.state(SPI), gic.out().nirq) == ("both", 0)
    gic.set_bit("ICACTIVER", SPI)
    assert gic.out().nirq == 1


def test_line_status_is_the_line_whatever_the_interrupts_state(make):
    gic = make(spis=64, cpus=2)
    gic.set_bit("ISPENDR", 95)
    for intid, name, bit in ((16, "PPISR", 0), (31, "PPISR", 15), (95, "SPISR1", 31)):
        assert gic.read(f"GICD_{name}", cpu=1) == 0
        gic.line(intid, 1, cpu=1)
        assert gic.read(f"GICD_{name}", cpu=1) == 1 << bit
        gic.line(intid, 0, cpu=1)
    gic.line(27, 1, cpu=1)
    assert gic.read("GICD_PPISR") == 0


# Groups and selection


@pytest.mark.parametrize("group", [0, 1])
def test_a_group_disabled_in_the_distributor_hides_nobody(make, group):
    gic = make().enable(ctlr=7)
    gic.set_up(40, priority=0x10, group=group)
    gic.set_up(41, priority=0x80, group=1 - group)
    gic.line(40, 1)
    gic.line(41, 1)
    gic.write("GICD_CTLR", 1 << 1 - group)
    assert gic.read("GICC_HPPIR") == gic.read("GICC_IAR") == 41
    assert gic.state(40) == "pending"


def test_of_equal_priorities_the_lowest_intid_is_first(make):
    gic = make().enable()
    for intid in (50, 27, 40):
        gic.set_up(intid)
        gic.line(intid, 1)
    assert [gic.model.distributor.candidate(0).intid, gic.read("GICC_IAR")] == [27, 27]
    gic.write("GICC_EOIR", 27)
    gic.write("GICD_ICENABLER0", 1 << 27)
    assert gic.read("GICC_IAR") == 40


def test_a_change_of_priority_or_enable_acts_at_once_on_what_is_pending(make):
    gic = make().enable()
    for intid in (40, 41):
        gic.set_up(intid)
        gic.line(intid, 1)
    gic.write("GICD+0x429", 0x40, size=1)
    assert gic.read("GICC_HPPIR") == 41
    gic.write("GICD_ICENABLER1", 1 << 9)
    assert gic.read("GICC_HPPIR") == 40


# CPUs


def test_an_spi_of_several_targets_is_acknowledged_by_one(make):
    gic = make(cpus=2).enable()
    gic.set_up(SPI, targets=3)
    gic.line(SPI, 1)
    assert [gic.out(0).nirq, gic.out(1).nirq] == [1, 1]
    assert gic.read("GICC_IAR", 1) == SPI
    assert [gic.out(0).nirq, gic.out(1).nirq] == [0, 0]
    assert gic.read("GICC_IAR", 0) == 1023


def test_a_pending_spi_follows_its_targets_and_waits_without_one(make):
    gic = make(cpus=2).enable()
    gic.set_up(SPI, targets=1)
    gic.set_bit("ISPENDR", SPI)
    for targets in (2, 0, 3):
        gic.write("GICD+0x828", targets, size=1)
        assert gic.state(SPI) == "pending"
        assert [gic.out(0).nirq, gic.out(1).nirq] == [targets & 1, targets >> 1]


def test_any_cpu_may_deactivate_an_spi(make):
    gic = make(cpus=2).enable(ctlr=3 | 1 << 9)
    gic.set_up(SPI)
    gic.line(SPI, 1)
    gic.read("GICC_IAR")
    gic.write("GICC_DIR", SPI, cpu=1)
    assert gic.state(SPI) == "pending"


def test_with_one_cpu_itargetsr_is_raz_wi_and_every_spi_targets_it(make):
    gic = make().enable()
    gic.write("GICD_ITARGETSR8", 0xFFFF_FFFF)
    assert gic.read("GICD_ITARGETSR8") == gic.read("GICD_ITARGETSR0") == 0
    gic.write("GICD_ISENABLER1", 1)
    gic.line(32, 1)
    assert gic.out().nirq == 1


def test_itargetsr0_to_7_are_read_only_and_return_the_readers_bit(make):
    gic = make(cpus=8)
    for cpu in range(8):
        for index in range(8):
            gic.write(f"GICD_ITARGETSR{index}", 0, cpu)
            assert gic.read(f"GICD_ITARGETSR{index}", cpu) == 0x0101_0101 << cpu


BANKED = [
    ("IGROUPR0", 0xFFFF_FFFF),
    ("ISENABLER0", 0xFFFF_FFFF),
    ("ISPENDR0", 0xFFFF_0000),
    ("ISACTIVER0", 0xFFFF_FFFF),
    ("IPRIORITYR7", 0xF8F8_F8F8),
    ("SPENDSGIR3", 0x0303_0303),
]


@pytest.mark.parametrize(("name", "written"), BANKED)
def test_registers_of_sgis_and_ppis_are_each_cpus_own(make, name, written):
    gic = make(cpus=2)
    before = gic.read(f"GICD_{name}")
    gic.write(f"GICD_{name}", 0xFFFF_FFFF, cpu=1)
    assert (gic.read(f"GICD_{name}"), gic.read(f"GICD_{name}", cpu=1)) == (before, written)


# Reset values, and what is not there


def test_reset_values(make):
    gic = make(spis=100, cpus=3)
    assert gic.read("GICD_CTLR") == 0
    assert gic.read("GICD_TYPER") == 4 | 2 << 5
    for index in range(32):
        for name in ("IGROUPR", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER"):
            assert gic.read(f"GICD_{name}{index}") == 0
        for name in ("ISENABLER", "ICENABLER"):
            assert gic.read(f"GICD_{name}{index}") == (0 if index else 0xFFFF)


@pytest.mark.parametrize("spis", [0, 1, 33, 988])
def test_interrupts_past_the_last_are_raz_wi(make, spis):
    gic = make(spis=spis, cpus=2)
    end = 32 + spis
    for index in range(32):
        present = (1 << max(0, min(32, end - 32 * index))) - 1
        sgis = 0xFFFF if index == 0 else 0
        for name in ("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER"):
            gic.write(f"GICD_{name}{index}", 0xFFFF_FFFF)
            wanted = present & ~sgis if name == "ISPENDR" else present
            assert gic.read(f"GICD_{name}{index}") == wanted
    for intid in range(32, 1020, 4):
        for name, each in (("IPRIORITYR", 0xF8), ("ITARGETSR", 3)):
            gic.write(f"GICD_{name}{intid // 4}", 0xFFFF_FFFF)
            wanted = sum(each << 8 * b for b in range(4) if intid + b < end)
            assert gic.read(f"GICD_{name}{intid // 4}") == wanted
    for index in range(2, 64):
        gic.write(f"GICD_ICFGR{index}", 0xFFFF_FFFF)
        wanted = sum(3 << 2 * b for b in range(16) if 16 * index + b < end)
        assert gic.read(f"GICD_ICFGR{index}") == wanted


def test_the_last_interrupt_of_the_largest_gic_is_1019(make):
    gic = make(spis=988, cpus=8).enable()
    gic.set_up(1019, targets=0x80)
    gic.line(1019, 1)
    assert gic.read("GICC_IAR", cpu=7) == 1019


def test_what_is_reserved_reads_0_and_ignores_writes(make):
    gic = make()
    for offset in (0x00C, 0x07C, 0x7FC, 0xBFC, 0xD80, 0xEFC, 0xF04, 0xF30, 0xFCC):
        gic.write(f"GICD+{offset:#x}", 0xFFFF_FFFF)
        assert gic.read(f"GICD+{offset:#x}") == 0
    assert gic.read("GICD_SGIR") == 0


def test_nsacr_is_raz_wi_with_one_security_state(make):
    gic = make()
    gic.write("GICD_NSACR2", 0xFFFF_FFFF)
    assert gic.read("GICD_NSACR2") == 0


def test_identification_registers_carry_the_product_and_the_architecture(make):
    gic = make()
    assert gic.read("GICD_IIDR") == 0xA600_0000
    assert [gic.read(f"GICD_PIDR{index}") for index in range(8)] == [0, 0, 0, 0, 0xA6, 0, 0x20, 0]
    assert [gic.read(f"GICD_CIDR{index}") for index in range(4)] == [0x0D, 0xF0, 0x05, 0xB1]


@pytest.mark.parametrize("name", ["TYPER", "IIDR", "PIDR6", "CIDR3", "PPISR", "SPISR0"])
def test_read_only_registers_ignore_writes(make, name):
    gic = make()
    before = gic.read(f"GICD_{name}")
    gic.write(f"GICD_{name}", ~before & 0xFFFF_FFFF)
    assert gic.read(f"GICD_{name}") == before


@pytest.mark.parametrize(("bits", "kept"), [(4, 0xF0), (5, 0xF8), (6, 0xFC), (7, 0xFE), (8, 0xFF)])
def test_priorities_keep_the_implemented_upper_bits(make, bits, kept):
    gic = make(priority_bits=bits)
    gic.write("GICD_IPRIORITYR8", 0xFFFF_FFFF)
    gic.write("GICC_PMR", 0xFFFF_FFFF)
    assert gic.read("GICD_IPRIORITYR8") == kept * 0x0101_0101
    assert gic.read("GICC_PMR") == kept


# Sizes of access


def test_bytes_and_halfwords_reach_their_interrupts(make):
    gic = make(cpus=8)
    gic.write("GICD+0x428", 0x4433_2211)
    gic.write("GICD+0x42a", 0x80, size=1)
    gic.write("GICD+0x428", 0xA8B0, size=2)
    assert gic.read("GICD_IPRIORITYR10") == 0x4080_A8B0
    assert gic.read("GICD+0x42a", size=2) == 0x4080
    assert gic.read("GICD+0x429", size=1) == 0xA8
    gic.write("GICD+0x829", 0x81, size=1)
    assert gic.read("GICD_ITARGETSR10") == 0x8100


def test_a_narrow_write_leaves_the_other_bytes_alone(make):
    gic = make()
    gic.write("GICD_IGROUPR1", 0xFFFF_FFFF)
    gic.write("GICD+0x85", 0, size=1)
    assert gic.read("GICD_IGROUPR1") == 0xFFFF_00FF
    gic.write("GICD_CTLR", 3)
    gic.write("GICD+0x1", 0, size=1)
    assert gic.read("GICD_CTLR") == 3
    gic.write("GICD_ICFGR2", 0xFFFF_FFFF)
    gic.write("GICD+0xc09", 0, size=1)
    assert gic.read("GICD_ICFGR2") == 0xFFFF_55FF


def test_an_access_that_is_not_aligned_is_refused(make):
    with pytest.raises(ValueError, match=r"GICD\+0x1 is not aligned to 4 bytes"):
        make().read("GICD+0x1")


def test_a_line_that_does_not_exist_is_refused(make):
    for intid in (15, 64):
        with pytest.raises(ValueError, match=f"{intid} has no line"):
            make(spis=32).line(intid, 1)
