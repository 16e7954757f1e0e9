"""The reference page shows every register with everything that the source knows of it."""

import re
from html.parser import HTMLParser

import pytest

from amagic.registers import FRAMES, GICH, Access, Block, Field, Frame, Register
from amagic.registers.reference import render_reference

BLOCKS = [Block(frame.name, 0x1_0000 * n, frame) for n, frame in enumerate(FRAMES)]
VOID = {"meta"}


class Page(HTMLParser):
    """Checks that elements nest, and collects text by the id of the heading above it."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if "href" in attributes:
            self.links.append(attributes["href"])
        assert "src" not in attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        if self.ids:
            self.texts[self.ids[-1]] = self.texts.get(self.ids[-1], "") + " " + data.strip()


def render(blocks, **more) -> str:
    return render_reference(blocks, title="some registers", facts={"cpus": 2}, **more)


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(BLOCKS))


def test_every_register_has_a_section_with_offset_access_reset_banking_and_source(page):
    words = {
        Access.RW: "read, write",
        Access.RO: "read;",
        Access.WO: "write;",
        Access.W1S: "write 1 to set",
        Access.W1C: "write 1 to clear",
    }
    for frame in FRAMES:
        for register in frame:
            text = page.texts[f"{frame.name}.{register.name}"]
            assert register.doc in text
            assert re.search(rf"Offset 0x0*{register.offset:x}\b", text)
            assert words[register.access] in text
            assert register.source in text
            if register.access is not Access.WO:
                assert all(f"{reset:#010x}" in text for reset in register.resets)
            assert (register.banking or "Banked no") in text
            assert register.reads in text


def test_every_field_stands_in_its_registers_section_with_its_bits(page):
    for frame in FRAMES:
        for register in frame:
            text = page.texts[f"{frame.name}.{register.name}"]
            for field in register.all_fields:
                high = field.lsb + field.width - 1
                bits = f"{high}:{field.lsb}" if field.width > 1 else str(high)
                assert re.search(rf" {bits} +{field.name} ", text), (register.name, field.name)
                assert field.doc in text


def test_every_link_leads_somewhere_on_the_page(page):
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)


def test_the_page_needs_nothing_beside_it():
    text = render(BLOCKS)
    assert not re.search(r"https?:|url\(|@import|<script|<link", text)


def test_the_picture_of_a_register_has_32_bits_in_every_form():
    for picture in re.findall(r'<div class="bits".*?</div>', render(BLOCKS), re.S):
        assert sum(map(int, re.findall(r"span (\d+)", picture))) == 32
        assert picture.count('class="place"') == 32


def test_both_forms_of_a_list_register_are_shown(page):
    text = page.texts["GICH.GICH_LR"]
    assert "First form" in text and "Second form" in text
    assert text.count("VirtualID") > text.count("PhysicalID") > 0


def test_the_address_map_has_every_block_in_order(page):
    places = [page.texts["top"].find(f"{block.address:#010x}") for block in BLOCKS]
    assert -1 not in places and places == sorted(places)


def test_registers_of_other_reset_values_are_told_apart():
    register = Register("X_R", 0, Access.RW, count=3, reset=(7, 0, 0))
    text = render([Block("X", 0, Frame("X", 0x20, (register,)))])
    assert "<code>0x00000007</code> (X_R0), <code>0x00000000</code> (X_R1 to 2)" in text


def test_blocks_of_one_kind_that_differ_have_sections_of_their_own():
    frames = [Frame("X", 8, (Register("X_R", 0, Access.RW, count=n),)) for n in (1, 2)]
    page = Page(render([Block("X0", 0, frames[0]), Block("X1", 8, frames[1])]))
    assert {"X0", "X1", "X0.X_R", "X1.X_R"} <= set(page.ids)


def test_text_is_escaped():
    register = Register("X_R", 0, Access.RW, (Field("F", 0, doc="x < y"),), doc="<b>")
    text = render([Block("X", 0, Frame("X", 4, (register,)))], notes=["a & b"])
    assert "&lt;b&gt;" in text and "x &lt; y" in text and "a &amp; b" in text
    assert "<b>" not in text


def test_the_page_is_the_same_from_call_to_call():
    assert render(BLOCKS) == render(BLOCKS)
    assert GICH.LR.overlays, "the page's second form is tried with these"
