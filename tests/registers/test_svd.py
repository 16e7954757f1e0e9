"""The SVD file says what the register source says, and only what the schema allows."""

from xml.etree import ElementTree

import pytest

from amagic.registers import FRAMES, GICD, GICH, Access, Block, Field, Frame, Register
from amagic.registers.svd import render_svd

BLOCKS = [Block(frame.name, 0x1_0000 * n, frame) for n, frame in enumerate(FRAMES)]
ACCESSES = {
    ("read-write", None): Access.RW,
    ("read-only", None): Access.RO,
    ("write-only", None): Access.WO,
    ("read-write", "oneToSet"): Access.W1S,
    ("read-write", "oneToClear"): Access.W1C,
}
# The elements of a register and of a field, in the order that the schema (CMSIS-SVD.xsd 1.3)
# demands, as far as they are used here.
ORDER = {
    "device": "vendor name version description addressUnitBits width size peripherals",
    "peripheral": "name description baseAddress addressBlock registers",
    "register": "dim dimIncrement dimIndex name description alternateRegister addressOffset size"
    " access resetValue modifiedWriteValues readAction fields",
    "field": "name description bitOffset bitWidth access modifiedWriteValues",
}


def parse(blocks) -> ElementTree.Element:
    text = render_svd(blocks, name="device", version="1", description="some registers")
    return ElementTree.fromstring(text)


def access_of(element: ElementTree.Element) -> Access:
    return ACCESSES[element.findtext("access"), element.findtext("modifiedWriteValues")]


def expand(device: ElementTree.Element) -> dict[int, list[tuple]]:
    """For each address what stands there: names of block and register, access, reset, fields."""
    peripherals = {p.findtext("name"): p for p in device.iter("peripheral")}
    found: dict[int, list[tuple]] = {}
    for name, peripheral in peripherals.items():
        base = int(peripheral.findtext("baseAddress"), 0)
        source = peripherals[peripheral.get("derivedFrom", name)]
        for register in source.iter("register"):
            first, last = 0, 0
            if register.findtext("dim"):
                first, last = map(int, register.findtext("dimIndex").split("-"))
                assert int(register.findtext("dim"), 0) == last - first + 1
            for number in range(first, last + 1):
                step = int(register.findtext("dimIncrement") or "0", 0)
                address = (
                    base + int(register.findtext("addressOffset"), 0) + step * (number - first)
                )
                fields = tuple(
                    (
                        field.findtext("name"),
                        int(field.findtext("bitOffset")),
                        int(field.findtext("bitWidth")),
                        access_of(field),
                    )
                    for field in register.iter("field")
                )
                title = register.findtext("name").replace("%s", str(number))
                reset = int(register.findtext("resetValue"), 0)
                alternate = register.findtext("alternateRegister")
                entry = (name, title, access_of(register), reset, fields, alternate is not None)
                found.setdefault(address, []).append(entry)
    return found


@pytest.fixture(scope="module")
def device() -> ElementTree.Element:
    return parse(BLOCKS)


def test_every_register_of_the_source_stands_at_its_address_with_its_fields(device):
    found = expand(device)
    for block in BLOCKS:
        for register in block.frame:
            fields = tuple(
                (field.name, field.lsb, field.width, field.access)
                for field in sorted(register.fields, key=lambda field: field.lsb)
            )
            for index, reset in enumerate(register.resets):
                first = found[block.address + register.at(index)][0]
                name = register.name_at(index)
                assert first == (block.name, name, register.access, reset, fields, False)


def test_nothing_stands_in_the_file_that_the_source_does_not_have(device):
    places = {b.address + r.at(n) for b in BLOCKS for r in b.frame for n in range(r.count)}
    assert set(expand(device)) == places


def test_two_registers_share_an_address_only_as_alternates(device):
    for entries in expand(device).values():
        assert [alternate for *_, alternate in entries] == [False, True][: len(entries)]


def test_the_second_form_of_a_list_register_has_its_own_fields_and_those_that_stay(device):
    address = next(b.address for b in BLOCKS if b.frame is GICH) + GICH.LR.at(2)
    first, second = expand(device)[address]
    assert {name for name, *_ in first[4]} == {field.name for field in GICH.LR.fields}
    names = {name for name, *_ in second[4]}
    assert {"CPUID", "EOI", "VirtualID", "State", "HW"} <= names and "PhysicalID" not in names


def test_names_are_identifiers_and_unique_in_their_block(device):
    titles = [entry[:2] for entries in expand(device).values() for entry in entries]
    assert len(set(titles)) == len(titles)
    assert all(name.isidentifier() for title in titles for name in title)


def test_elements_have_the_order_that_the_schema_demands(device):
    for tag, order in ORDER.items():
        for element in device.iter(tag):
            places = [order.split().index(child.tag) for child in element]
            assert places == sorted(set(places)), (tag, element.findtext("name"))


def test_reads_with_an_effect_are_marked(device):
    marked = {
        r.findtext("name") for r in device.iter("register") if r.find("readAction") is not None
    }
    acknowledge = {"GICC_IAR", "GICC_AIAR", "GICV_IAR", "GICV_AIAR"}
    assert acknowledge | {"SYNC_SEMAPHORE%s"} == marked


def test_banked_registers_say_so(device):
    texts = {r.findtext("name"): r.findtext("description") for r in device.iter("register")}
    assert "one for each CPU" in texts["GICC_PMR"]
    assert "GICD_IPRIORITYR0 to GICD_IPRIORITYR7: one for each CPU" in texts["GICD_IPRIORITYR%s"]
    assert "each CPU" not in texts["GICD_CTLR"]


def test_registers_that_reset_to_other_values_are_lists_of_their_own():
    register = Register("X_R", 0, Access.RW, count=5, reset=(7, 0, 0, 0, 9))
    registers = list(parse([Block("X", 0, Frame("X", 0x20, (register,)))]).iter("register"))
    assert [(r.findtext("name"), r.findtext("dimIndex")) for r in registers] == [
        ("X_R0", None),
        ("X_R%s", "1-3"),
        ("X_R4", None),
    ]


def test_the_numbers_of_identification_registers_are_arms():
    titles = {
        name
        for entries in expand(parse([Block("GICD", 0, GICD)])).values()
        for _, name, *_ in entries
    }
    assert {"GICD_PIDR0", "GICD_PIDR3", "GICD_PIDR4", "GICD_PIDR7", "GICD_CIDR3"} <= titles


def test_blocks_of_the_same_registers_are_derived_from_the_first():
    frame = Frame("X", 4, (Register("X_R", 0, Access.RW, (Field("F", 0),)),))
    device = parse([Block("X0", 0, frame), Block("X1", 0x1000, frame)])
    assert [p.get("derivedFrom") for p in device.iter("peripheral")] == [None, "X0"]
    assert set(expand(device)) == {0, 0x1000}


def test_text_is_escaped():
    register = Register("X_R", 0, Access.RW, doc="a < b & c")
    device = parse([Block("X", 0, Frame("X", 4, (register,)))])
    assert next(device.iter("register")).findtext("description") == "a < b & c"
