"""Compares QEMU's answers with those of the RTL or the model, but for what is known to diverge."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..replay.operation import Access, Answer, Operation, Outputs, ScriptConfig
from .divergences import DIVERGENCES
from .entry import Divergence
from .history import History

__all__ = ["Comparison", "Mismatch", "compare"]

_IAR, _AIAR = 0x00C, 0x020


@dataclass(frozen=True)
class Mismatch:
    """A difference that nothing explains: of a read's value, or of an output of a CPU."""

    index: int
    operation: Operation
    expected: int
    got: int
    output: str = ""

    def __str__(self) -> str:
        what = f"{self.output} behind " if self.output else ""
        return (
            f"operation {self.index}: {what}{self.operation}:"
            f" {self.expected:#x} is right, QEMU has {self.got:#x}"
        )


@dataclass
class Comparison:
    """What came of it.

    ``masked`` counts, by the name of a divergence, the reads of which it left out some bits,
    ``excused`` the operations behind which it left out some outputs, and ``shown`` those reads and
    outputs that did differ there. ``known`` names the divergence that
    explains a difference, by the operation's index. ``ended`` is where the two went separate ways
    for good, at a known divergence: nothing behind that is compared.
    """

    operations: int = 0
    reads: int = 0
    masked: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    known: dict[int, str] = field(default_factory=dict)
    masks: list[int] = field(default_factory=list)
    """Of each operation that was compared: the bits of its value that count."""
    mismatches: list[Mismatch] = field(default_factory=list)
    ended: int | None = None

    def explains(self, index: int) -> str | None:
        """The divergence that is behind a difference at an operation, if one is."""
        if self.ended is not None and index > self.ended:
            index = self.ended
        return self.known.get(index)

    def add(self, other: "Comparison") -> None:
        """Count another one in."""
        self.operations += other.operations
        self.reads += other.reads
        self.masked += other.masked
        self.excused += other.excused
        self.shown += other.shown

    def table(self) -> Iterable[str]:
        """Of how many of the reads, and outputs, each divergence masked some, and how often it
        showed."""
        width = max(len(each.name) for each in DIVERGENCES)
        yield f"{'known divergence':{width}}  {'reads masked':>18}  {'outputs':>18}  {'showed':>8}"
        for each in DIVERGENCES:
            masked, excused = self.masked[each.name], self.excused[each.name]
            yield (
                f"{each.name:{width}}  {masked:8,} {masked / max(self.reads, 1):9.3%}"
                f"  {excused:8,} {excused / max(self.operations, 1):9.3%}"
                f"  {self.shown[each.name] or 'script':>8{',' if self.shown[each.name] else ''}}"
            )
        yield "script: seen in its directed script only"


def compare(
    config: ScriptConfig,
    operations: Sequence[Operation],
    right: Sequence[Answer],
    qemu: Sequence[Answer],
    divergences: Sequence[Divergence] = DIVERGENCES,
) -> Comparison:
    """Compare the answers of QEMU with those that are held to be right."""
    found = Comparison()
    history = History(config)
    for index, operation in enumerate(operations):
        expected, got = right[index], qemu[index]
        found.operations += 1
        parted = _compare_value(found, index, operation, history, expected, got, divergences)
        history.note(operation, expected)
        if parted or _diverts(found, index, operation, history, divergences):
            found.ended = index
            break
        _compare_outputs(found, index, operation, history, expected, got, divergences)
    return found


def _compare_value(found, index, operation, history, expected, got, divergences) -> bool:
    """Compare what was read. True if one GIC acknowledged what the other did not."""
    found.masks.append(0)
    if expected.value is None:
        return False
    found.reads += 1
    difference = expected.value ^ got.value
    masked = allowed = 0
    for divergence in divergences:
        mask = divergence.bits(history, operation, expected.value)
        excused = divergence.excused(mask, got.value)
        masked, allowed = masked | mask, allowed | excused
        found.masked[divergence.name] += bool(mask)
        if difference & excused:
            found.shown[divergence.name] += 1
            found.known.setdefault(index, divergence.name)
    found.masks[-1] = ~masked & (1 << 8 * operation.size) - 1
    if difference & ~allowed:
        found.known.pop(index, None)
        found.mismatches.append(Mismatch(index, operation, expected.value, got.value))
    return difference != 0 and _acknowledges(operation, expected.value, got.value)


def _acknowledges(access: Access, expected: int, got: int) -> bool:
    """Whether one of the two GICs took an interrupt. QEMU has no AIAR."""
    if access.frame not in ("GICC", "GICV") or access.offset not in (_IAR, _AIAR):
        return False
    values = (expected, got) if access.offset == _IAR else (expected,)
    return any(value & 0x3FF < 1020 for value in values)


def _diverts(found, index, operation, history, divergences) -> bool:
    for divergence in divergences:
        if isinstance(operation, Access) and divergence.diverts(history, operation):
            found.shown[divergence.name] += 1
            found.known[index] = divergence.name
            return True
    return False


def _compare_outputs(found, index, operation, history, expected, got, divergences) -> None:
    excused = set()
    for cpu, (levels, others) in enumerate(zip(expected.outputs, got.outputs, strict=True)):
        excuses = {
            each.name: lines for each in divergences if (lines := each.outputs(history, cpu))
        }
        excused.update(excuses)
        for place, output in enumerate(Outputs._fields):
            if levels[place] == others[place]:
                continue
            names = [name for name, lines in excuses.items() if output in lines]
            if names:
                found.shown.update(names)
                found.known.setdefault(index, names[0])
            else:
                mismatch = Mismatch(index, operation, levels[place], others[place], output)
                found.mismatches.append(mismatch)
    found.excused.update(excused)
