"""What the cells of the coverage tables are made of."""

from amagic.registers import GICC, GICD, GICH, GICV, Field, Frame, Register
from amagic.registers import Access as Rights

from ..model.list_registers import HW

__all__ = [
    "FRAMES",
    "STATES",
    "Cell",
    "Rows",
    "does",
    "fields",
    "names",
    "register_map",
    "value_class",
]

Cell = tuple[str, str, str]
"""Table, row, column."""
Rows = list[tuple[str, str, str | None]]
"""Of a table: row, column, and the rule by which the cell cannot be reached, if there is one."""

FRAMES = (GICD, GICC, GICH, GICV)
STATES = ("inactive", "pending", "active", "active and pending")


def value_class(value: int, ones: int) -> str:
    return "0" if not value else "ones" if value == ones else "other"


def names(register: Register) -> tuple[str, ...]:
    """A register's name; of one that is banked for SGIs and PPIs, two."""
    name = register.name
    if register.banked and register.count > 8 and name != "GICH_LR":
        return f"{name} of a CPU", f"{name} of SPIs"
    return (name,)


def register_map(*frames: Frame) -> dict[tuple[str, int], tuple[str, str, tuple[Field, ...]]]:
    """Of each word: its register's name, which accesses it has, and its fields."""
    found = {}
    for frame in frames:
        for register in frame:
            for index in range(register.count):
                name = names(register)[0 if index < register.banked else -1]
                found[frame.name, register.at(index)] = (name, does(register), register.all_fields)
    return found


def does(register: Register) -> tuple[str, ...]:
    """Whether a register is read, written, or both."""
    only = {Rights.RO: ("read",), Rights.WO: ("write",)}
    return only.get(register.access, ("read", "write"))


def fields(name: str, all_fields: tuple[Field, ...], word: int) -> list[tuple[str, int, int]]:
    """Of a register's word each field's name, value and all ones; itself, if it has none."""
    if not all_fields:
        return [(name, word, 0xFFFF_FFFF)]
    of_software = ("EOI", "CPUID")
    found = []
    for each in all_fields:
        if name == "GICH_LR" and each.name in ("PhysicalID", *of_software):
            if (each.name in of_software) == bool(word & HW):
                continue
        found.append((f"{name}.{each.name}", each.get(word), (1 << each.width) - 1))
    return found
