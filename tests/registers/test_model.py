"""The register vocabulary: what it accepts, and what it refuses with which words."""

import pytest

from amagic.registers import GICD, GICH, Access, Field, Frame, Register

RW = Access.RW
LR = GICH.LR


def register(*fields, **more):
    return Register("X_REG", 0x10, RW, fields, **more)


def test_a_field_has_its_mask_in_place():
    assert Field("F", 28, 2).mask == 0x3000_0000


def test_a_field_gets_and_sets_its_bits_only():
    state = LR.field("State")
    assert state.get(0x2800_0032) == 2
    assert state.set(0x2800_0032, 0) == 0x0800_0032
    assert state.set(0, 3) == 0x3000_0000


@pytest.mark.parametrize("value", [-1, 4])
def test_a_value_that_does_not_fit_is_refused(value):
    with pytest.raises(ValueError, match=r"State = .* does not fit in 2 bits"):
        LR.field("State").set(0, value)
    with pytest.raises(ValueError, match=r"GICH_LR\.State = .* does not fit in 2 bits"):
        LR.pack(State=value)


@pytest.mark.parametrize("field", [Field("F", 31, 2), Field("F", -1), Field("F", 0, 0)])
def test_a_field_outside_of_the_register_is_refused(field):
    with pytest.raises(ValueError, match=r"X_REG\.F does not fit in bits 31 to 0"):
        register(field)
    with pytest.raises(ValueError, match=r"X_REG\.F does not fit in bits 31 to 0"):
        register(overlays=(field,))


def test_fields_that_overlap_within_one_form_are_refused():
    with pytest.raises(ValueError, match=r"X_REG\.G overlaps another field"):
        register(Field("F", 0, 4), Field("G", 3))
    with pytest.raises(ValueError, match=r"X_REG\.G overlaps another field"):
        register(overlays=(Field("F", 0, 4), Field("G", 3)))


def test_two_fields_of_one_name_are_refused():
    with pytest.raises(ValueError, match="X_REG has two fields of the same name"):
        register(Field("F", 0), overlays=(Field("F", 1),))


def test_an_overlay_shares_bits_with_the_other_form():
    assert LR.field("EOI").mask & LR.field("PhysicalID").mask == 1 << 19
    assert LR.pack(VirtualID=3, CPUID=5, EOI=1) == 0x0008_1403


def test_packing_fields_that_share_bits_is_refused():
    with pytest.raises(ValueError, match=r"GICH_LR\.CPUID shares bits with another field given"):
        LR.pack(PhysicalID=1, CPUID=1)


def test_pack_and_unpack_are_inverse():
    word = LR.pack(VirtualID=0x155, PhysicalID=0x2AA, Priority=21, State=2, Grp1=1, HW=1)
    assert LR.pack(**LR.unpack(word)) == word


def test_an_unknown_field_is_refused_with_the_ones_that_exist():
    with pytest.raises(KeyError, match=r"GICH_LR has no field 'Status'; it has VirtualID, .*EOI"):
        LR.field("Status")
    with pytest.raises(KeyError, match=r"GICD_ISENABLER has no field 'Bit'; it has none"):
        GICD.ISENABLER.field("Bit")


@pytest.mark.parametrize("index", [-1, 64])
def test_an_index_outside_of_the_count_is_refused(index):
    with pytest.raises(IndexError, match=rf"GICH_LR{index}: the index must be in 0 to 63"):
        LR.at(index)


def test_registers_stand_a_stride_apart():
    assert (LR.at(0), LR.at(63), LR.end) == (0x100, 0x1FC, 0x200)
    wide = register(count=3, stride=16)
    assert (wide.at(2), wide.end) == (0x30, 0x34)


def test_a_layout_has_the_fields_in_their_places():
    layout = LR.layout
    assert layout.size == 32
    for field in LR.fields:
        assert (layout[field.name].offset, layout[field.name].width) == (field.lsb, field.width)


def test_a_register_outside_of_its_frame_is_refused():
    with pytest.raises(ValueError, match="X_REG lies outside of X"):
        Frame("X", 0x10, (register(),))


def test_registers_of_one_frame_at_one_place_are_refused():
    other = Register("X_OTHER", 0x18, RW)
    with pytest.raises(ValueError, match="X_OTHER overlaps X_REG"):
        Frame("X", 0x100, (register(count=4), other))


def test_a_frame_gives_its_registers_by_their_short_names():
    assert GICH.LR.name == "GICH_LR"
    assert GICH.by_name["HCR"] is GICH.HCR
    with pytest.raises(AttributeError, match="the frame GICH has no register IAR"):
        _ = GICH.IAR
