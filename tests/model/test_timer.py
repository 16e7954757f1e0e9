"""The generic timer: the counter, the timers, who may see them, and their lines."""

import pytest

from amagic_sim.model import ModelTarget
from amagic_sim.replay.operation import Access, ScriptConfig

ALL = 0xFFFF_FFFF
PCT, VCT, FRQ, EL0ACR, VOFF = 0x000, 0x008, 0x010, 0x014, 0x018
CVAL, TVAL, CTL = 0x0, 0x8, 0xC
P, V = 0x020, 0x030
ENABLE, IMASK, ISTATUS = 1, 2, 4


class Timer:
    """The timer of a model, its frames by number."""

    def __init__(self, gic):
        self.gic = gic
        gic.write("CNTControlBase+0x0", 1)

    def frame(self, offset: int, frame: int = 0, view: str = "CNTBase") -> int:
        return self.gic.read(f"{view}{frame}+{offset:#x}")

    def set(self, offset: int, value: int, frame: int = 0, view: str = "CNTBase") -> None:
        self.gic.write(f"{view}{frame}+{offset:#x}", value)

    def count(self, value: int) -> None:
        for word in (0, 1):
            self.gic.write(f"CNTControlBase+{8 + 4 * word:#x}", value >> 32 * word & ALL)

    def cval(self, timer: int, value: int, frame: int = 0) -> None:
        for word in (0, 1):
            self.set(timer + CVAL + 4 * word, value >> 32 * word & ALL, frame)

    def seen_cval(self, timer: int, frame: int = 0) -> int:
        return self.frame(timer, frame) | self.frame(timer + 4, frame) << 32


@pytest.fixture
def timer(make):
    return Timer(make(timer=True))


# The counter


def test_the_counter_counts_only_while_a_script_settles_for_counts(timer):
    timer.gic.settle()
    timer.frame(PCT)
    timer.gic.settle(0)
    assert timer.frame(PCT) == 0
    timer.gic.settle(1000)
    assert timer.frame(PCT) == timer.gic.read("CNTReadBase+0x0") == 1000


def test_out_of_reset_the_counter_stands(make):
    gic = make(timer=True)
    gic.settle(10)
    assert gic.read("CNTControlBase+0x8") == 0


def test_the_count_is_written_by_halves_in_its_control_page_only(timer):
    timer.count(0x1234_5678_9ABC_DEF0)
    timer.gic.write("CNTReadBase+0x0", 0)
    assert timer.gic.read("CNTReadBase+0x4") == 0x1234_5678
    timer.gic.write("CNTControlBase+0x8", 1)
    assert (timer.frame(PCT), timer.frame(PCT + 4)) == (1, 0x1234_5678)


def test_the_count_has_64_bits_and_wraps(timer):
    timer.count((1 << 64) - 1)
    timer.gic.settle(2)
    assert (timer.frame(PCT), timer.frame(PCT + 4)) == (1, 0)


def test_control_keeps_its_bits_and_the_frequency_table_has_one_entry(timer):
    timer.gic.write("CNTControlBase+0x0", ALL)
    seen = [timer.gic.read(f"CNTControlBase+{offset:#x}") for offset in (0, 4, 0x20, 0x24)]
    assert seen == [3, 0, 50_000_000, 0]


# A timer


@pytest.mark.parametrize("which", [P, V])
def test_a_timer_fires_when_the_count_reaches_cval(timer, which):
    timer.cval(which, 100)
    timer.set(which + CTL, ENABLE)
    timer.gic.settle(99)
    assert timer.frame(which + CTL) == ENABLE
    timer.gic.settle(1)
    assert timer.frame(which + CTL) == ENABLE | ISTATUS
    timer.gic.settle(1_000_000)
    assert timer.frame(which + CTL) == ENABLE | ISTATUS


def test_all_three_values_are_unsigned_numbers_of_64_bits(timer):
    timer.set(P + CTL, ENABLE)
    for count, cval, status in (
        (1 << 63, (1 << 63) - 1, ISTATUS),
        ((1 << 63) - 1, 1 << 63, 0),
        (0, (1 << 64) - 1, 0),
        ((1 << 64) - 1, 0, ISTATUS),
        (0x1_0000_0000, 0xFFFF_FFFF, ISTATUS),
    ):
        timer.count(count)
        timer.cval(P, cval)
        assert timer.frame(P + CTL) == ENABLE | status, (count, cval)


def test_ctl_keeps_two_bits_and_istatus_ignores_imask_and_needs_enable(timer):
    timer.gic.settle(1)
    for written, read in ((ALL, ENABLE | IMASK | ISTATUS), (IMASK, IMASK), (0, 0)):
        timer.set(P + CTL, written)
        assert timer.frame(P + CTL) == read


def test_tval_is_cval_less_the_count(timer):
    timer.count(1000)
    timer.cval(P, 1500)
    assert timer.frame(P + TVAL) == 500
    timer.gic.settle(600)
    assert timer.frame(P + TVAL) == -100 & ALL
    timer.cval(P, (7 << 32) + 1600 + 5)
    assert timer.frame(P + TVAL) == 5


def test_a_write_of_tval_sets_cval_from_the_count_with_a_sign(timer):
    timer.count(1000)
    for tval, cval in ((500, 1500), (-500 & ALL, 500), (-1001 & ALL, (1 << 64) - 1)):
        timer.set(P + TVAL, tval)
        assert timer.seen_cval(P) == cval
    timer.set(P + TVAL, 0x8000_0000)
    assert timer.seen_cval(P) == 1000 - (1 << 31) & (1 << 64) - 1


def test_each_half_of_cval_takes_effect_at_once(timer):
    timer.count(0x1_0000_0000)
    timer.cval(P, 0x2_0000_0000)
    timer.set(P + CTL, ENABLE)
    timer.set(P + CVAL + 4, 1)
    assert timer.frame(P + CTL) & ISTATUS
    timer.set(P + CVAL, 1)
    assert not timer.frame(P + CTL) & ISTATUS


def test_the_virtual_count_is_less_by_the_offset(timer):
    timer.count(1000)
    timer.gic.write("CNTCTLBase+0x80", 300)
    assert (timer.frame(VCT), timer.frame(PCT), timer.frame(VOFF)) == (700, 1000, 300)
    timer.cval(V, 701)
    timer.set(V + CTL, ENABLE)
    timer.gic.settle(1)
    assert timer.frame(V + CTL) & ISTATUS
    timer.set(V + TVAL, 10)
    assert timer.seen_cval(V) == 711
    timer.gic.write("CNTCTLBase+0x84", 1)
    assert timer.frame(VCT + 4) == ALL
    assert timer.frame(V + CTL) & ISTATUS
    assert timer.frame(VCT, frame=1) == 1001


def test_a_part_of_a_word_is_read_and_not_written(timer):
    timer.cval(P, 0x1234_5678)
    timer.gic.write("CNTBase0+0x20", 0, size=2)
    assert timer.seen_cval(P) == 0x1234_5678
    assert timer.gic.read("CNTBase0+0x21", size=1) == 0x56


# Who may see what

GATES = [(0, PCT), (1, VCT), (2, FRQ), (3, VOFF), (4, V + CVAL), (5, P + CVAL)]


def open_everything(timer):
    timer.count(0x5_0000_0005)
    timer.gic.write("CNTCTLBase+0x80", 1)
    for which in (P, V):
        timer.cval(which, 77)
        timer.set(which + CTL, ENABLE)
    timer.set(EL0ACR, ALL)


@pytest.mark.parametrize(("bit", "offset"), GATES)
def test_cntacr_has_a_bit_for_each_thing_in_both_views(timer, bit, offset):
    open_everything(timer)
    timer.gic.write("CNTCTLBase+0x40", 0x3F & ~(1 << bit))
    for view in ("CNTBase", "CNTEL0Base"):
        for other, place in GATES:
            seen = other != bit and not (view == "CNTEL0Base" and place == VOFF)
            assert bool(timer.frame(place, view=view)) == seen
    assert timer.frame(EL0ACR)


@pytest.mark.parametrize(
    ("bit", "shown"), [(0, {PCT, FRQ}), (1, {VCT, FRQ}), (8, {V + CVAL}), (9, {P + CVAL})]
)
def test_cntel0acr_opens_the_second_view(timer, bit, shown):
    open_everything(timer)
    timer.set(EL0ACR, 1 << bit)
    places = {place for _, place in GATES}
    assert {p for p in places if timer.frame(p, view="CNTEL0Base")} == shown
    assert all(timer.frame(place) for place in places)


def test_the_second_view_is_closed_out_of_reset_and_the_first_open(timer):
    timer.gic.settle(5)
    assert not any(timer.frame(offset, view="CNTEL0Base") for offset in range(0, 0x40, 4))
    assert timer.gic.read("CNTCTLBase+0x40") == 0x3F
    assert timer.frame(FRQ) == 50_000_000


@pytest.mark.parametrize("which", [P, V])
def test_writes_to_what_is_not_permitted_are_ignored(timer, which):
    for view, offset, value in (("CNTEL0Base", EL0ACR, 0), ("CNTBase", 0, 0)):
        if view == "CNTBase":
            timer.gic.write("CNTCTLBase+0x40", 0)
        timer.set(offset, value)
        for place in (CVAL, CVAL + 4, TVAL, CTL):
            timer.set(which + place, 5, view=view)
        timer.gic.write("CNTCTLBase+0x40", 0x3F)
        assert (timer.seen_cval(which), timer.frame(which + CTL)) == (0, 0)


def test_the_second_view_has_neither_its_access_control_nor_the_offset(timer):
    open_everything(timer)
    timer.set(EL0ACR, 0, view="CNTEL0Base")
    assert timer.frame(EL0ACR) == 0x303
    assert timer.frame(EL0ACR, view="CNTEL0Base") == timer.frame(VOFF, view="CNTEL0Base") == 0


# CNTCTLBase, and blocks of frames


def test_cntctlbase_has_registers_for_the_frames_that_there_are(timer):
    for offset, value in ((0x00, ALL), (0x40, 0x3F), (0x44, 0x3F), (0x48, 0), (0x5C, 0)):
        timer.gic.write(f"CNTCTLBase+{offset:#x}", ALL)
        assert timer.gic.read(f"CNTCTLBase+{offset:#x}") == value
    for frame in range(8):
        timer.gic.write(f"CNTCTLBase+{0x84 + 8 * frame:#x}", ALL)
        assert timer.gic.read(f"CNTCTLBase+{0x84 + 8 * frame:#x}") == (ALL if frame < 2 else 0)
    assert timer.gic.read("CNTCTLBase+0x4") == 0b11
    assert timer.gic.read("CNTCTLBase+0x8") == 0x77
    assert timer.frame(FRQ) == timer.frame(FRQ, frame=1) == ALL


def test_above_four_cpus_there_are_two_blocks_with_one_count(make):
    timer = Timer(make(cpus=5, timer=True))
    assert timer.gic.read("CNTCTLBase0+0x8") == 0x7777_7777
    assert timer.gic.read("CNTCTLBase1+0x8") == 0x77
    timer.gic.write("CNTCTLBase1+0x0", 7)
    assert (timer.frame(FRQ, 7), timer.frame(FRQ, 8)) == (50_000_000, 7)
    timer.gic.write("CNTCTLBase1+0x88", 1)
    timer.gic.settle(10)
    assert [timer.frame(VCT, frame) for frame in (1, 8, 9)] == [10, 10, 9]


@pytest.mark.parametrize(
    "page", ["CNTControlBase", "CNTReadBase", "CNTCTLBase", "CNTBase1", "CNTEL0Base1"]
)
def test_every_page_has_identification_registers_and_nothing_else_there(timer, page):
    seen = [timer.gic.read(f"{page}+{offset:#x}") for offset in range(0xFC0, 0x1000, 4)]
    assert seen == [0] * 4 + [0, 0, 0, 0, 0x67, 0x0A, 0, 0, 0x0D, 0xF0, 0x05, 0xB1]
    timer.gic.write(f"{page}+0x200", ALL)
    assert timer.gic.read(f"{page}+0x200") == 0


# Lines


def test_of_each_cpus_two_frames_the_guests_virtual_and_the_hosts_physical_timer_are_ppis(make):
    timer = Timer(make(cpus=2, timer=True))
    for frame in range(4):
        for which in (P, V):
            timer.set(which + CTL, ENABLE, frame)
            lines = [timer.gic.read("GICD_PPISR", cpu) << 16 for cpu in (0, 1)]
            ppi = {(0, V): 1 << 27, (1, P): 1 << 30}.get((frame % 2, which), 0)
            assert lines == ([ppi, 0] if frame < 2 else [0, ppi]), (frame, which)
            timer.set(which + CTL, ENABLE | IMASK, frame)
            assert not any(timer.gic.read("GICD_PPISR", cpu) for cpu in (0, 1))
            timer.set(which + CTL, 0, frame)


def test_a_timers_interrupt_is_level_sensitive(make):
    timer = Timer(make(timer=True).enable())
    gic = timer.gic
    gic.set_up(27)
    timer.cval(V, 100)
    timer.set(V + CTL, ENABLE)
    gic.settle(99)
    assert gic.out().nirq == 0
    gic.settle(1)
    assert gic.out().nirq == 1
    assert gic.read("GICC_IAR") == 27
    assert gic.state(27) == "both"
    timer.cval(V, 200)
    assert gic.state(27) == "active"


def test_a_timers_ppi_is_its_line_or_what_is_driven_there(timer):
    gic = timer.gic
    gic.line(27, 1)
    assert gic.read("GICD_PPISR") == 1 << 11
    timer.set(V + CTL, ENABLE)
    gic.line(27, 0)
    assert gic.read("GICD_PPISR") == 1 << 11
    timer.set(V + CTL, 0)
    assert gic.read("GICD_PPISR") == 0


def test_a_timer_that_fires_leaves_the_other_lines_alone(timer):
    for frame, which in ((0, V), (1, P)):
        timer.set(which + CTL, ENABLE, frame)
    timer.gic.line(20, 0)
    assert timer.gic.read("GICD_PPISR") == 1 << 11 | 1 << 14


# The target


def test_a_frame_that_is_not_there_is_refused():
    refusal = ModelTarget().refusal
    ask = [Access(0, "CNTBase2", 0)]
    assert refusal(ScriptConfig(timer=True), ask) == "CNTBase2"
    assert refusal(ScriptConfig(timer=True, cpus=2), ask) is None
    assert refusal(ScriptConfig(cpus=2), ask) == "CNTBase2"
