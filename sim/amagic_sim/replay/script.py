"""GIC scripts: from text to operations and expectations, and back.

The format is for users, and stable. A line that is not understood is refused with the file, the
line, what was found and what is allowed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, NoReturn

from .addresses import AddressError, is_timer_frame, number, resolve, spell, suggestion
from .operation import (
    Access,
    Answer,
    Drive,
    Operation,
    Outputs,
    Pulse,
    Race,
    ScriptConfig,
    Settle,
    Value,
)

__all__ = ["Expectation", "Line", "Script", "ScriptError", "parse", "render"]

RANGES = {
    "cpus": (1, 8),
    "spis": (0, 988),
    "lrs": (1, 64),
    "priority_bits": (4, 8),
    "security": (0, 1),
}
"""The keys of `config`, and the values they take."""
SECURE_PRIORITY_BITS = 5
"""The least with Security Extensions: a Non-secure access sees one bit less, and at least four."""
WORD = MAX_SETTLE = 0xFFFF_FFFF
MAX_GAP = 255
FIRST_PPI, FIRST_SPI = 16, 32
_SIZES = {"w": 4, "w8": 1, "w16": 2, "r": 4, "r8": 1, "r16": 2}


class ScriptError(ValueError):
    """A script that cannot be used; the text begins with file and line."""


class Expectation(NamedTuple):
    """A value, and the bits of it that count."""

    value: int
    mask: int


@dataclass(frozen=True)
class Line:
    """An operation of a script as it was written, and what it asks.

    ``operation`` is None for what only the script itself acts on. An `expect` asks the target to
    settle and then looks at ``output`` of ``cpu``. ``said`` is the text of a `print`. ``gap`` is
    that of a `race`, and ``part`` the place, 0 or 1, in the one that the line is joined by.
    """

    number: int
    text: str
    cpu: int = 0
    operation: Operation | None = None
    output: str | None = None
    expected: Expectation | None = None
    said: str | None = None
    gap: int | None = None
    part: int | None = None

    @property
    def tells(self) -> bool:
        """Whether the line reads or expects."""
        is_read = isinstance(self.operation, Access) and self.operation.value is None
        return is_read or self.output is not None

    def value(self, answer: Answer) -> int:
        """What the line asks for, of the answer to its operation."""
        if self.output is None:
            value = answer.value if self.part is None else answer.value[self.part]
            assert value is not None, f"{self.text} was not answered with a value"
            return value
        return getattr(answer.outputs[self.cpu], self.output)

    def spelled(self, value: int) -> str:
        """A value of this line: a level as it is, a word with all its digits."""
        if self.output is not None:
            return str(value)
        assert isinstance(self.operation, Access)
        return f"0x{value:0{2 * self.operation.size}x}"


@dataclass(frozen=True)
class Script:
    """A script: its file's name, its configuration, and a `Line` for each operation."""

    name: str
    config: ScriptConfig
    lines: tuple[Line, ...]

    @cached_property
    def operations(self) -> list[Operation]:
        """What a target is given."""
        found: list[Operation] = []
        gap = 0
        for line in self.lines:
            if line.gap is not None:
                gap = line.gap
            elif line.part == 1:
                found[-1] = Race(gap, found[-1], line.operation)
            elif line.operation is not None:
                found.append(line.operation)
        return found

    def places(self) -> Iterator[tuple[Line, int | None]]:
        """Each line, with the number among `operations` of the one that it is, or is a part of."""
        place = -1
        for line in self.lines:
            place += line.gap is not None or line.operation is not None and line.part is None
            yield line, None if line.gap is None and line.operation is None else place


class _Parser:
    """Reads line after line; keeps what holds for the lines that follow."""

    def __init__(self, name: str):
        self.name = name
        self.config = ScriptConfig()
        self.cpu = 0
        self.secure = 0
        self.lines: list[Line] = []
        self.number = 0
        self.race: Line | None = None
        self.joined: list[Access | Drive | Pulse] = []

    def refuse(self, what: str) -> NoReturn:
        raise ScriptError(f"{self.name}:{self.number}: {what}")

    def read(self, text: str) -> Script:
        for self.number, raw in enumerate(text.split("\n"), 1):
            content = raw.partition("#")[0].strip()
            if content:
                self._line(content)
        if self.race is not None:
            self.number = self.race.number
            self.refuse(f"found the end of the file behind `race`, expected {_JOINED}")
        return Script(self.name, self.config, tuple(self.lines))

    def _line(self, content: str) -> None:
        word, *arguments = content.split()
        form = _FORMS.get(word)
        if self.race is not None and (form is None or form[3] not in _IN_RACE):
            where = f"behind `race` (line {self.race.number})"
            self.refuse(f"found {content!r} {where}, expected {_JOINED}")
        if word == "print":
            said = content.removeprefix("print").strip()
            if not said:
                self.refuse("`print` without text: expected `print TEXT`")
            self._add(content, said=said)
            return
        if form is None:
            self.refuse(
                f"unknown operation {word!r}; allowed are {', '.join([*_FORMS, 'print'])}"
                f"{suggestion(word, [*_FORMS, 'print'])}"
            )
        usage, least, most, method = form
        if not least <= len(arguments) <= (len(arguments) if most is None else most):
            self.refuse(f"found {content!r}, expected `{usage}`")
        method(self, " ".join([word, *arguments]), word, arguments)

    def _add(self, text: str, **what: object) -> None:
        if self.race is not None and (operation := what.get("operation")) is not None:
            what["part"] = self._join(operation)
        self.lines.append(Line(self.number, text, self.cpu, **what))

    def _join(self, operation: Access | Drive | Pulse) -> int:
        """An operation is the next part of the race; which one."""
        self.joined.append(operation)
        if len(self.joined) == 1:
            return 0
        lines = [each[:2] for each in self.joined if isinstance(each, Drive | Pulse)]
        if len(lines) == 2 and lines[0] == lines[1]:
            self.refuse(
                f"both operations of the `race` (line {self.race.number}) drive INTID"
                f" {lines[0][1]}; allowed are two lines of different interrupts"
            )
        self.race = None
        self.joined = []
        return 1

    def _number(self, what: str, text: str, low: int, high: int, shown: str = "{}") -> int:
        value = number(text)
        if value is None or not low <= value <= high:
            span = " or ".join if high == low + 1 else " to ".join
            allowed = span(shown.format(bound) for bound in (low, high))
            numbers = "" if value is not None else ", in decimal or 0x hexadecimal"
            self.refuse(f"{what} {text!r}: allowed are {allowed}{numbers}")
        return value

    # --- One method for each form of line

    def _config(self, text: str, word: str, arguments: Sequence[str]) -> None:
        if self.lines:
            first = self.lines[0]
            again = first.text.split()[0] == "config"
            self.refuse(
                f"a second `config`; the first is in line {first.number}, and one is allowed"
                if again
                else f"`config` behind another operation (line {first.number}); it must be first"
            )
        values: dict[str, int] = {}
        for argument in arguments:
            key, equals, value = argument.partition("=")
            if not equals or key not in RANGES:
                self.refuse(
                    f"found {argument!r} in `config`, expected KEY=VALUE with one of the keys"
                    f" {', '.join(RANGES)}{suggestion(key, RANGES)}"
                )
            if key in values:
                self.refuse(f"{key} is set twice in `config`")
            values[key] = self._number(f"{key} =", value, *RANGES[key])
        self.config = replace(self.config, **values)
        self.secure = self.config.security
        if self.config.security and self.config.priority_bits < SECURE_PRIORITY_BITS:
            self.refuse(
                f"priority_bits={self.config.priority_bits} with security=1: allowed are"
                f" {SECURE_PRIORITY_BITS} to {RANGES['priority_bits'][1]}"
            )
        self._add(text)

    def _cpu(self, text: str, word: str, arguments: Sequence[str]) -> None:
        cpus = self.config.cpus
        if cpus == 1 and number(arguments[0]) != 0:
            self.refuse(f"cpu {arguments[0]!r}: with cpus=1 there is CPU 0 alone")
        self.cpu = self._number("cpu", arguments[0], 0, cpus - 1) if cpus > 1 else 0
        self._add(text)

    def _secure(self, text: str, word: str, arguments: Sequence[str]) -> None:
        if not self.config.security:
            self.refuse("`secure` is allowed with `config security=1` only")
        self.secure = self._number("secure", arguments[0], 0, 1)
        self._add(text)

    def _access(self, text: str, word: str, arguments: Sequence[str]) -> None:
        size = _SIZES[word]
        try:
            frame, offset = resolve(arguments[0], self.config)
        except AddressError as error:
            self.refuse(str(error))
        if offset % size:
            self.refuse(
                f"{word} {arguments[0]}: an access of {size} bytes must be at a multiple of {size},"
                f" and {frame}+{offset:#x} is not"
            )
        if is_timer_frame(frame) and not self.config.timer:
            self.config = replace(self.config, timer=True)
        last = (1 << 8 * size) - 1
        values = [
            self._number(f"{what} of `{word}`", argument, 0, last, "{:#x}")
            for what, argument in zip(("value", "mask"), arguments[1:], strict=False)
        ]
        is_write = word.startswith("w")
        value = values[0] if is_write else None
        operation = Access(self.cpu, frame, offset, size, value, self.secure)
        expected = None
        if values and not is_write:
            expected = Expectation(values[0], values[1] if len(values) > 1 else last)
        self._add(text, operation=operation, expected=expected)

    def _line_of(self, word: str, text: str) -> tuple[int, int]:
        """CPU and INTID of an input."""
        intid = number(text)
        last = FIRST_SPI + self.config.spis - 1
        if intid is None or not FIRST_PPI <= intid <= last:
            spis = f" and {FIRST_SPI} to {last} (SPIs)" if self.config.spis else ""
            self.refuse(
                f"INTID {text!r} of `{word}`: with spis={self.config.spis} allowed are"
                f" {FIRST_PPI} to {FIRST_SPI - 1} (PPIs){spis}"
            )
        return (self.cpu if intid < FIRST_SPI else 0), intid

    def _irq(self, text: str, word: str, arguments: Sequence[str]) -> None:
        cpu, intid = self._line_of(word, arguments[0])
        level = self._number("level", arguments[1], 0, 1)
        self._add(text, operation=Drive(cpu, intid, level))

    def _pulse(self, text: str, word: str, arguments: Sequence[str]) -> None:
        self._add(text, operation=Pulse(*self._line_of(word, arguments[0])))

    def _expect(self, text: str, word: str, arguments: Sequence[str]) -> None:
        output = arguments[0]
        if output not in Outputs._fields:
            self.refuse(f"no output {output!r}; there are {', '.join(Outputs._fields)}")
        level = self._number("level", arguments[1], 0, 1)
        self._add(text, operation=Settle(), output=output, expected=Expectation(level, 1))

    def _settle(self, text: str, word: str, arguments: Sequence[str]) -> None:
        counts = self._number("cycles", arguments[0], 0, MAX_SETTLE) if arguments else None
        self._add(text, operation=Settle(counts))

    def _race(self, text: str, word: str, arguments: Sequence[str]) -> None:
        gap = self._number("clock cycles of `race`", arguments[0], 0, MAX_GAP)
        self._add(text, gap=gap)
        self.race = self.lines[-1]


_FORMS = {
    "config": ("config KEY=VALUE ...", 1, None, _Parser._config),
    "cpu": ("cpu N", 1, 1, _Parser._cpu),
    "secure": ("secure 0 or secure 1", 1, 1, _Parser._secure),
    "w": ("w ADDR VALUE", 2, 2, _Parser._access),
    "w8": ("w8 ADDR VALUE", 2, 2, _Parser._access),
    "w16": ("w16 ADDR VALUE", 2, 2, _Parser._access),
    "r": ("r ADDR [EXPECT [MASK]]", 1, 3, _Parser._access),
    "r8": ("r8 ADDR [EXPECT [MASK]]", 1, 3, _Parser._access),
    "r16": ("r16 ADDR [EXPECT [MASK]]", 1, 3, _Parser._access),
    "irq": ("irq INTID LEVEL", 2, 2, _Parser._irq),
    "pulse": ("pulse INTID", 1, 1, _Parser._pulse),
    "expect": ("expect LINE LEVEL", 2, 2, _Parser._expect),
    "settle": ("settle [CYCLES]", 0, 1, _Parser._settle),
    "race": ("race GAP", 1, 1, _Parser._race),
}
"""Of each operation: how it is written, its least and most arguments, and what reads it."""

_JOINS = (_Parser._access, _Parser._irq, _Parser._pulse)
_IN_RACE = (*_JOINS, _Parser._cpu, _Parser._secure)
_JOINED = "the two accesses, `irq` or `pulse` that it joins (`cpu` and `secure` may stand between)"


def parse(text: str, name: str = "script") -> Script:
    """Read a script; ``name`` is its file's, for what is said about it.

    Raises
    ------
    ScriptError
        For the first line that cannot be used.
    """
    return _Parser(name).read(text)


class _Writer:
    """Writes operations; says `cpu` and `secure` where they change."""

    def __init__(self, config: ScriptConfig):
        keys = " ".join(f"{key}={getattr(config, key)}" for key in RANGES)
        self.lines = [f"config {keys}"]
        self._cpu = 0
        self._secure = config.security

    def on(self, cpu: int) -> None:
        if cpu != self._cpu:
            self.lines.append(f"cpu {cpu}")
            self._cpu = cpu

    def operation(self, operation: Operation, value: Value, mask: int = WORD) -> None:
        """The operation; ``value`` is what a read of it is to be, in the bits of ``mask``."""
        match operation:
            case Access(cpu, frame, offset, size, data, secure):
                self.on(cpu)
                if secure != self._secure:
                    self.lines.append(f"secure {secure}")
                    self._secure = secure
                word = ("r" if data is None else "w") + {4: "", 2: "16", 1: "8"}[size]
                shown = value if data is None else data
                number = "" if shown is None else f" {shown:#x}"
                whole = (1 << 8 * size) - 1
                if number and data is None and mask & whole != whole:
                    number = f" {value & mask:#x} {mask & whole:#x}" if mask & whole else ""
                self.lines.append(f"{word} {spell(frame, offset, size)}{number}")
            case Drive(cpu, intid, level):
                self._line(cpu, intid)
                self.lines.append(f"irq {intid} {level}")
            case Pulse(cpu, intid):
                self._line(cpu, intid)
                self.lines.append(f"pulse {intid}")
            case Settle(counts):
                self.lines.append("settle" if counts is None else f"settle {counts}")
            case Race(gap, first, second):
                self.lines.append(f"race {gap}")
                for part, each in zip((first, second), value or (None, None), strict=True):
                    self.operation(part, each)

    def _line(self, cpu: int, intid: int) -> None:
        if intid < FIRST_SPI:
            self.on(cpu)

    def outputs(self, now: Sequence[Outputs], before: Sequence[Outputs] | None) -> None:
        """An `expect` for each output that is not as before; without ``before``, for each."""
        for cpu, levels in enumerate(now):
            for place, output in enumerate(Outputs._fields):
                if before is None or levels[place] != before[cpu][place]:
                    self.on(cpu)
                    self.lines.append(f"expect {output} {levels[place]}")


def render(
    config: ScriptConfig,
    operations: Sequence[Operation],
    answers: Sequence[Answer] | None = None,
    comment: Iterable[str] = (),
    masks: Sequence[int] | None = None,
) -> str:
    """A script of these operations.

    With ``answers`` it expects them: the value of each read, each change of an output where it
    comes, and every output at the end. ``masks`` holds, for each operation, the bits of a read that
    are expected; all of them when it is left out. Each line of ``comment`` stands above.
    """
    writer = _Writer(config)
    before: tuple[Outputs, ...] = (Outputs(),) * config.cpus
    for index, operation in enumerate(operations):
        if answers is None:
            writer.operation(operation, None)
            continue
        answer = answers[index]
        writer.operation(operation, answer.value, masks[index] if masks is not None else WORD)
        last = index == len(operations) - 1
        writer.outputs(answer.outputs, None if last else before)
        before = answer.outputs
    return "".join(f"{line}\n" for line in [*(f"# {line}" for line in comment), *writer.lines])
