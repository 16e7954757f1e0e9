"""Renders registers as a CMSIS-SVD file (schema 1.3), for debuggers and generators of access code.

A register that stands several times is a list, named as Arm names its members (``GICD_ICFGR%s``),
or several lists where the reset values differ. The second form of a register, where it has one
(`Register.overlays`), is an alternate register. Blocks of the same registers are derived from the
first of them.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from .model import Access, Block, Field, Register

__all__ = ["render_svd"]

_ACCESS = {
    Access.RW: ("read-write", None),
    Access.RO: ("read-only", None),
    Access.WO: ("write-only", None),
    Access.W1S: ("read-write", "oneToSet"),
    Access.W1C: ("read-write", "oneToClear"),
}


def _add(parent: Element, tag: str, text: object) -> None:
    SubElement(parent, tag).text = str(text)


def _field(parent: Element, field: Field) -> None:
    element = SubElement(parent, "field")
    _add(element, "name", field.name)
    if field.doc:
        _add(element, "description", field.doc)
    _add(element, "bitOffset", field.lsb)
    _add(element, "bitWidth", field.width)
    access, written = _ACCESS[field.access]
    _add(element, "access", access)
    if written:
        _add(element, "modifiedWriteValues", written)


def _runs(register: Register) -> Iterator[tuple[int, int, int]]:
    """Index of the first and the last of those that reset to the same value, and that value."""
    for reset, run in groupby(range(register.count), key=register.resets.__getitem__):
        indices = list(run)
        yield indices[0], indices[-1], reset


def _list_name(register: Register) -> tuple[str, int]:
    """The name with the place of the number, and the number of the first."""
    stem = register.name.rstrip("0123456789")
    return f"{stem}%s", int(register.name[len(stem) :] or 0)


def _register(
    parent: Element, register: Register, first: int, last: int, reset: int, second: bool
) -> None:
    element = SubElement(parent, "register")
    name = register.name_at(first)
    if last > first:
        name, number = _list_name(register)
        _add(element, "dim", last - first + 1)
        _add(element, "dimIncrement", register.stride)
        _add(element, "dimIndex", f"{number + first}-{number + last}")
    _add(element, "name", f"{name}_second_form" if second else name)
    banking = f" ({register.banking})" if first < register.banked else ""
    _add(element, "description", register.doc + banking)
    if second:
        _add(element, "alternateRegister", name)
    _add(element, "addressOffset", f"{register.at(first):#x}")
    _add(element, "size", 32)
    access, written = _ACCESS[register.access]
    _add(element, "access", access)
    _add(element, "resetValue", f"{reset:#010x}")
    if written:
        _add(element, "modifiedWriteValues", written)
    if register.reads:
        _add(element, "readAction", "modify")
    shown = register.fields
    if second:
        taken = sum(field.mask for field in register.overlays)
        shown = tuple(field for field in shown if not field.mask & taken) + register.overlays
    if shown:
        fields = SubElement(element, "fields")
        for field in sorted(shown, key=lambda field: field.lsb):
            _field(fields, field)


def _peripheral(parent: Element, block: Block, like: str | None) -> None:
    element = SubElement(parent, "peripheral", {"derivedFrom": like} if like else {})
    _add(element, "name", block.name)
    if like is None:
        _add(element, "description", block.frame.doc)
    _add(element, "baseAddress", f"{block.address:#010x}")
    if like is None:
        place = SubElement(element, "addressBlock")
        _add(place, "offset", "0x0")
        _add(place, "size", f"{block.frame.size:#x}")
        _add(place, "usage", "registers")
        registers = SubElement(element, "registers")
        for register in sorted(block.frame, key=lambda register: register.offset):
            for first, last, reset in _runs(register):
                _register(registers, register, first, last, reset, False)
                if register.overlays:
                    _register(registers, register, first, last, reset, True)


def render_svd(blocks: Iterable[Block], *, name: str, version: str, description: str) -> str:
    """The file's text. The same arguments give the same text.

    Parameters
    ----------
    blocks : iterable of Block
        Where the registers stand.
    name : str
        The device's name, an identifier.
    version, description : str
        Of the device.
    """
    device = Element(
        "device",
        {
            "schemaVersion": "1.3",
            "xmlns:xs": "http://www.w3.org/2001/XMLSchema-instance",
            "xs:noNamespaceSchemaLocation": "CMSIS-SVD.xsd",
        },
    )
    for tag, text in (
        ("vendor", "amagic"),
        ("name", name),
        ("version", version),
        ("description", description),
        ("addressUnitBits", 8),
        ("width", 32),
        ("size", 32),
    ):
        _add(device, tag, text)
    peripherals = SubElement(device, "peripherals")
    first: dict[tuple[Register, ...], str] = {}
    for block in blocks:
        like = first.setdefault(block.frame.registers, block.name)
        _peripheral(peripherals, block, None if like == block.name else like)
    ElementTree.indent(device)
    text = ElementTree.tostring(device, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'
