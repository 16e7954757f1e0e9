"""What was read off a GIC-400: the model does the same."""

import pytest

PRIVATE_LINE, SHARED = 27, 40
PENDING, ACTIVE, HW, GROUP1, EOI = 1 << 28, 2 << 28, 1 << 31, 1 << 30, 1 << 19


def entry(vintid: int, priority: int = 0x80, state: int = PENDING, more: int = 0) -> int:
    return state | priority >> 3 << 23 | vintid | more


def test_vtr_tells_four_list_registers_and_five_priority_bits(make):
    assert make().read("GICH_VTR") == 0x9000_0003


def test_sgis_are_always_enabled(make):
    gic = make()
    assert gic.read("GICD_ISENABLER0") == 0xFFFF
    gic.write("GICD_ICENABLER0", 0xFFFF_FFFF)
    assert gic.read("GICD_ISENABLER0") == 0xFFFF


def test_vmcr_written_with_0_reads_the_minimum_binary_points(make):
    gic = make()
    gic.write("GICH_VMCR", 0)
    assert gic.read("GICH_VMCR") == 0x004C_0000


def test_a_list_register_keeps_its_other_fields_when_it_becomes_invalid(make):
    gic = make().enable_guest()
    gic.write("GICH_LR0", 0x1800_0032)
    assert gic.read("GICV_IAR") == 0x32
    assert gic.read("GICH_LR0") == 0x2800_0032
    gic.write("GICV_EOIR", 0x32)
    assert gic.read("GICH_LR0") == 0x0800_0032


@pytest.mark.parametrize(("priority", "apr"), [(0x80, 0x0001_0000), (0x20, 0x0000_0010)])
def test_gich_apr_has_a_bit_for_the_active_priority(make, priority, apr):
    gic = make().enable_guest()
    gic.write("GICH_LR0", entry(50, priority))
    assert gic.read("GICV_IAR") == 50
    assert gic.read("GICH_APR") == gic.read("GICV_APR0") == apr


def test_a_virtual_sgis_source_is_in_hppir_and_iar(make):
    gic = make().enable_guest()
    gic.write("GICH_LR0", entry(3, more=5 << 10))
    assert gic.read("GICV_HPPIR") == gic.read("GICV_IAR") == 5 << 10 | 3


def test_a_level_interrupt_pended_by_software_twice_is_delivered_twice(make):
    gic = make().enable(ctlr=1 | 1 << 9)
    gic.set_up(SHARED)
    gic.set_bit("ISPENDR", SHARED)
    assert gic.read("GICC_IAR") == SHARED
    assert gic.state(SHARED) == "active"
    gic.set_bit("ISPENDR", SHARED)
    assert gic.state(SHARED) == "both"
    gic.write("GICC_EOIR", SHARED)
    gic.write("GICC_DIR", SHARED)
    assert gic.state(SHARED) == "pending"
    assert gic.read("GICC_IAR") == SHARED


def test_hppir_reports_what_pmr_masks(make):
    gic = make().enable(pmr=0x40)
    gic.set_up(SHARED, priority=0x80)
    gic.line(SHARED, 1)
    assert gic.out().nirq == 0
    assert gic.read("GICC_IAR") == 1023
    assert gic.read("GICC_HPPIR") == SHARED


def test_gicc_ctlr_keeps_the_bypass_bits(make):
    gic = make()
    gic.write("GICC_CTLR", 0x1E0)
    assert gic.read("GICC_CTLR") == 0x1E0


def test_icfgr_has_a_1_in_each_lower_bit_of_spis_and_is_fixed_for_ppis(make):
    gic = make()
    for index, value in ((0, 0xAAAA_AAAA), (1, 0x5555_5555), (2, 0x5555_5555)):
        gic.write(f"GICD_ICFGR{index}", 0)
        assert gic.read(f"GICD_ICFGR{index}") == value
        gic.write(f"GICD_ICFGR{index}", 0xFFFF_FFFF)
        assert gic.read(f"GICD_ICFGR{index}") == (0xFFFF_FFFF if index == 2 else value)


@pytest.mark.parametrize("cpus", [2, 4, 8])
def test_itargetsr_keeps_the_bits_of_implemented_cpus(make, cpus):
    gic = make(cpus=cpus)
    gic.write("GICD_ITARGETSR8", 0xFFFF_FFFF)
    assert gic.read("GICD_ITARGETSR8") == 0x0101_0101 * ((1 << cpus) - 1)
