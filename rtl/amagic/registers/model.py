"""The vocabulary of the register source: a frame holds registers, a register holds fields.

Everything that needs a register's place or shape takes it from here: the RTL's decoders, the
benches, the C header. A register that stands several times (``GICD_ISENABLER0`` to ``31``) is one
`Register` with a ``count``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from amaranth.lib import data

__all__ = ["Access", "Block", "Field", "Frame", "Register"]


class Access(Enum):
    """How software sees a register or a field."""

    RW = "RW"
    RO = "RO"
    WO = "WO"
    W1S = "W1S"  # a write of 1 sets, a write of 0 has no effect
    W1C = "W1C"  # a write of 1 clears, a write of 0 has no effect


@dataclass(frozen=True)
class Field:
    """Bits ``[lsb + width - 1 : lsb]`` of a register, in Arm's spelling."""

    name: str
    lsb: int
    width: int = 1
    access: Access = Access.RW
    doc: str = ""

    @property
    def mask(self) -> int:
        """The field's bits, in place."""
        return ((1 << self.width) - 1) << self.lsb

    def get(self, word: int) -> int:
        """The field's value in ``word``."""
        return (word & self.mask) >> self.lsb

    def set(self, word: int, value: int) -> int:
        """``word`` with the field replaced; `ValueError` when ``value`` does not fit."""
        if not 0 <= value < 1 << self.width:
            raise ValueError(f"{self.name} = {value:#x} does not fit in {self.width} bits")
        return (word & ~self.mask) | value << self.lsb


@dataclass(frozen=True)
class Register:
    """One 32-bit register, or ``count`` of them ``stride`` bytes apart.

    ``overlays`` are fields that share bits with ``fields``: the register's second form (a list
    register with HW = 0). ``narrow`` says that byte and halfword accesses are part of its contract,
    ``reads`` what a read does besides reading, and ``banked`` how many of the ``count``, from the
    first on, each CPU has for itself. ``reset`` is one value for all of them, or one for each.
    ``source`` names what the entry was checked against; our own registers have none.
    """

    name: str
    offset: int
    access: Access
    fields: tuple[Field, ...] = ()
    reset: int | tuple[int, ...] = 0
    count: int = 1
    stride: int = 4
    narrow: bool = False
    doc: str = ""
    source: str = ""
    overlays: tuple[Field, ...] = ()
    banked: int = 0
    reads: str = ""

    def __post_init__(self) -> None:
        for fields in (self.fields, self.overlays):
            taken = 0
            for field in fields:
                if field.lsb < 0 or field.width < 1 or field.lsb + field.width > 32:
                    raise ValueError(f"{self.name}.{field.name} does not fit in bits 31 to 0")
                if taken & field.mask:
                    raise ValueError(f"{self.name}.{field.name} overlaps another field")
                taken |= field.mask
        names = [field.name for field in self.all_fields]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name} has two fields of the same name")
        if not 0 <= self.banked <= self.count:
            raise ValueError(f"{self.name}: banked must be in 0 to {self.count}, its count")
        if isinstance(self.reset, tuple) and len(self.reset) != self.count:
            raise ValueError(f"{self.name} has {self.count} values, but {len(self.reset)} resets")

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The fields of every form."""
        return self.fields + self.overlays

    @property
    def end(self) -> int:
        """The first offset behind the last of the ``count`` registers."""
        return self.offset + self.stride * (self.count - 1) + 4

    @property
    def layout(self) -> data.FlexibleLayout:
        """The fields as an Amaranth layout of 32 bits."""
        return data.FlexibleLayout(
            32, {field.name: data.Field(field.width, field.lsb) for field in self.fields}
        )

    def at(self, index: int) -> int:
        """The offset of register ``index``; `IndexError` outside of ``0 .. count - 1``."""
        if not 0 <= index < self.count:
            raise IndexError(f"{self.name}{index}: the index must be in 0 to {self.count - 1}")
        return self.offset + self.stride * index

    def name_at(self, index: int) -> str:
        """The name of register ``index``: the second ``GICD_PIDR4`` is ``GICD_PIDR5``."""
        self.at(index)
        stem = self.name.rstrip("0123456789")
        first = int(self.name[len(stem) :] or 0)
        return self.name if self.count == 1 else f"{stem}{first + index}"

    @property
    def banking(self) -> str:
        """Which of the registers each CPU has for itself, in words; nothing for none."""
        if self.banked == 0:
            return ""
        if self.banked == self.count:
            return "one for each CPU"
        last = f" to {self.name_at(self.banked - 1)}" if self.banked > 1 else ""
        return f"{self.name_at(0)}{last}: one for each CPU"

    @property
    def resets(self) -> tuple[int, ...]:
        """The reset value of each of the ``count`` registers."""
        return self.reset if isinstance(self.reset, tuple) else (self.reset,) * self.count

    def field(self, name: str) -> Field:
        """The field of that name; `KeyError` names the ones that exist."""
        for field in self.all_fields:
            if field.name == name:
                return field
        known = ", ".join(field.name for field in self.all_fields)
        raise KeyError(f"{self.name} has no field {name!r}; it has {known or 'none'}")

    def pack(self, **values: int) -> int:
        """A register value from field values; fields left out are 0.

        `KeyError` for an unknown field, `ValueError` for a value that does not fit and for fields
        that share bits.
        """
        word = taken = 0
        for name, value in values.items():
            field = self.field(name)
            if taken & field.mask:
                raise ValueError(f"{self.name}.{name} shares bits with another field given")
            taken |= field.mask
            if not 0 <= value < 1 << field.width:
                raise ValueError(
                    f"{self.name}.{name} = {value:#x} does not fit in {field.width} bits"
                )
            word |= value << field.lsb
        return word

    def unpack(self, word: int) -> dict[str, int]:
        """The value in ``word`` of each of ``fields`` (not of the overlays)."""
        return {field.name: field.get(word) for field in self.fields}


@dataclass(frozen=True)
class Frame:
    """A block of registers that software maps as a whole. ``GICD.CTLR`` is ``GICD_CTLR``."""

    name: str
    size: int
    registers: tuple[Register, ...]
    doc: str = ""
    prefix: str | None = None

    def __post_init__(self) -> None:
        taken: dict[int, str] = {}
        for register in self.registers:
            if register.end > self.size:
                raise ValueError(f"{register.name} lies outside of {self.name}")
            for index in range(register.count):
                other = taken.setdefault(register.at(index), register.name)
                if other != register.name:
                    raise ValueError(f"{register.name} overlaps {other}")

    def __iter__(self) -> Iterator[Register]:
        return iter(self.registers)

    @property
    def by_name(self) -> Mapping[str, Register]:
        """The registers by their short names, those without the frame's prefix."""
        prefix = f"{self.name if self.prefix is None else self.prefix}_"
        return {register.name.removeprefix(prefix): register for register in self.registers}

    def __getattr__(self, name: str) -> Register:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.by_name[name]
        except KeyError:
            raise AttributeError(f"the frame {self.name} has no register {name}") from None


@dataclass(frozen=True)
class Block:
    """A frame where it stands in a system, at a byte address. Several of one kind have names."""

    name: str
    address: int
    frame: Frame
