"""Software generated interrupts."""

import pytest


def sgir(sgi: int, targets: int = 0, kind: int = 0, nsatt: int = 0) -> int:
    return kind << 24 | targets << 16 | nsatt << 15 | sgi


def pending(gic, sgi: int) -> list[int]:
    """The source bits at each CPU."""
    shift = 8 * (sgi % 4)
    cpus = range(gic.config.cpus)
    return [gic.read(f"GICD_SPENDSGIR{sgi // 4}", cpu) >> shift & 0xFF for cpu in cpus]


@pytest.mark.parametrize(
    ("kind", "targets", "reached"),
    [(0, 0b101, {0, 2}), (0, 0, set()), (1, 0xFF, {0, 2, 3}), (2, 0xFF, {1}), (3, 0xFF, set())],
)
def test_the_filter_chooses_the_targets(make, kind, targets, reached):
    gic = make(cpus=4)
    gic.write("GICD_SGIR", sgir(5, targets, kind), cpu=1)
    assert pending(gic, 5) == [2 if cpu in reached else 0 for cpu in range(4)]


def test_the_same_sgi_of_two_sources_is_delivered_twice_lowest_source_first(make):
    gic = make(cpus=3).enable()
    for cpu in (2, 1, 2):
        gic.write("GICD_SGIR", sgir(3, 1), cpu)
    for source in (1, 2):
        assert gic.read("GICC_HPPIR") == source << 10 | 3
        assert gic.read("GICC_IAR") == source << 10 | 3
        gic.write("GICC_EOIR", source << 10 | 3)
    assert gic.read("GICC_IAR") == 1023


def test_an_active_sgi_holds_its_other_sources_back(make):
    gic = make(cpus=2).enable(ctlr=3 | 1 << 9)
    for cpu in (0, 1):
        gic.write("GICD_SGIR", sgir(3, 1), cpu)
    assert gic.read("GICC_IAR") == 3
    gic.write("GICC_EOIR", 3)
    assert gic.read("GICC_IAR") == 1023
    gic.write("GICC_DIR", 3)
    assert gic.read("GICC_IAR") == 1 << 10 | 3


def test_a_lower_sgi_comes_before_a_lower_source(make):
    gic = make(cpus=2).enable()
    gic.write("GICD_SGIR", sgir(4, 1), cpu=0)
    gic.write("GICD_SGIR", sgir(3, 1), cpu=1)
    assert gic.read("GICC_IAR") == 1 << 10 | 3


def test_ispendr0_shows_sgis_and_cannot_change_them(make):
    gic = make()
    gic.write("GICD_ISPENDR0", 0xFFFF)
    assert gic.read("GICD_ISPENDR0") == 0
    gic.write("GICD_SGIR", sgir(9, 1))
    gic.write("GICD_ICPENDR0", 0xFFFF)
    assert gic.read("GICD_ISPENDR0") == gic.read("GICD_ICPENDR0") == 1 << 9


def test_spendsgir_and_cpendsgir_work_by_bytes_and_show_the_same(make):
    gic = make(cpus=2)
    gic.write("GICD+0xf2d", 0xFF, cpu=1, size=1)  # SGI 13
    assert pending(gic, 13) == [0, 3]
    gic.write("GICD+0xf1d", 1, cpu=1, size=1)
    assert gic.read("GICD_CPENDSGIR3", cpu=1) == gic.read("GICD_SPENDSGIR3", cpu=1) == 2 << 8
    assert gic.read("GICD_ISPENDR0", cpu=1) == 1 << 13


def test_an_sgi_is_pending_while_the_distributor_is_disabled(make):
    gic = make().enable()
    gic.write("GICD_CTLR", 0)
    gic.write("GICD_SGIR", sgir(0, 1))
    assert gic.out().nirq == 0
    gic.write("GICD_CTLR", 1)
    assert gic.out().nirq == 1


def test_a_part_of_sgir_has_no_effect(make):
    gic = make()
    for offset, size, value in ((0xF00, 2, 5), (0xF02, 1, 1), (0xF02, 2, 1), (0xF03, 1, 2)):
        gic.write(f"GICD+{offset:#x}", value, size=size)
    assert gic.read("GICD_ISPENDR0") == 0


def test_nsatt_has_no_meaning_with_one_security_state(make):
    for nsatt in (0, 1):
        for group in (0, 1):
            gic = make()
            gic.write("GICD_IGROUPR0", group)
            gic.write("GICD_SGIR", sgir(0, 1, nsatt=nsatt))
            assert pending(gic, 0) == [1]
