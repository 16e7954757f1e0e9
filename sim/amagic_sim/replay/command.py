"""`amagic replay`: runs GIC scripts on the RTL, the golden model and QEMU, and compares."""

import argparse
import io
import sys
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from ..build import BuildError
from .operation import Answer, Target, TargetError
from .script import Line, Script, ScriptError, parse

__all__ = ["TARGETS", "add_arguments", "load_target", "replay", "run"]

TARGETS = {
    "rtl": ("amagic_sim.replay.rtl", "RtlTarget"),
    "model": ("amagic_sim.model", "ModelTarget"),
    "qemu": ("amagic_sim.oracle.target", "QemuTarget"),
}
"""Where each target's class is; it is imported when it is asked for."""

PASS, FAIL, UNUSABLE = 0, 1, 2

ORACLE = "qemu"
"""The target that is known to diverge. It is compared with the others, not they with it."""

Answers = Sequence[Answer]
Explain = Callable[[Script, Answers, Answers], Callable[[int], str | None]]
"""From right answers and the oracle's to the known divergence behind the difference of an operation
(by its number among the script's), if one is."""


def load_target(name: str) -> Target:
    """The target of that name.

    Raises
    ------
    TargetError
        When what it needs is not installed.
    """
    module, kind = TARGETS[name]
    try:
        return getattr(import_module(module), kind)()
    except ModuleNotFoundError as error:
        raise TargetError(f"the target {name} cannot be used: {error}") from error


def _names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in TARGETS:
            raise argparse.ArgumentTypeError(
                f"no target {name!r}; there are {', '.join(TARGETS)}, separated by commas"
            )
    if len(set(names)) != len(names):
        raise argparse.ArgumentTypeError(f"a target twice: {text}")
    return names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a script (*.gic)")
    parser.add_argument(
        "--on",
        type=_names,
        default=["rtl"],
        metavar="TARGET[,TARGET...]",
        help=f"where to run it: {', '.join(TARGETS)}, or several side by side (default: rtl)",
    )


def _read(path: Path) -> Script:
    try:
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except OSError as error:
        raise ScriptError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"{path}: not a text in UTF-8: {error.reason}") from error


def _refusal(script: Script, target: Target) -> str | None:
    """What of a script the target cannot honour, and where that is."""
    config, operations = script.config, script.operations
    refused = target.refusal(config, operations)
    if refused is None:
        return None
    if target.refusal(config, []) is not None:
        return f"unsupported: {refused} ({script.name}, on {target.name})"
    ends = range(1, len(operations) + 1)
    index = bisect_left(ends, True, key=lambda end: bool(target.refusal(config, operations[:end])))
    line = next(line for line, place in script.places() if place == index)
    return f"unsupported: {line.text} ({script.name}:{line.number}, on {target.name}: {refused})"


def known_divergences(script: Script, right: Answers, oracle: Answers):
    """`Explain` by the oracle's table of known divergences."""
    from ..oracle.compare import compare

    found = compare(script.config, script.operations, right, oracle)
    unexplained = {mismatch.index for mismatch in found.mismatches}
    return lambda index: None if index in unexplained else found.explains(index)


def _nothing_known(index: int) -> None:
    return None


class _Judge:
    """Says what became of each line, and counts."""

    def __init__(self, targets: Sequence[str], reference: str):
        self._several = len(targets) > 1
        self._reference = reference
        self.checks = 0
        self.mismatches = 0

    def line(self, line: Line, answers: Mapping[str, Answer], known: str | None) -> str:
        """The line of the output for one that reads or expects.

        ``known`` is the divergence that excuses the oracle, where it differs.
        """
        values = {name: line.value(answer) for name, answer in answers.items()}
        right = values[self._reference]
        differing = {name for name, value in values.items() if value != right}
        excused = differing & {ORACLE} if known is not None else set()
        wrong = {name for name, value in values.items() if not _holds(line, value)} - excused
        self.checks += line.expected is not None or self._several
        self.mismatches += bool(wrong | differing - excused)
        shown = []
        for name, value in values.items():
            text = f"{name} " * self._several + line.spelled(value)
            if name in wrong:
                text += _mismatch(line, value)
            if name in differing:
                text += f" DIFFERS, known: {known}" if name in excused else " DIFFERS"
            shown.append(text)
        return f"{line.number} {line.text} -> {' | '.join(shown)}"


def _holds(line: Line, value: int) -> bool:
    expected = line.expected
    return expected is None or (value ^ expected.value) & expected.mask == 0


def _mismatch(line: Line, value: int) -> str:
    mask = line.expected.mask
    expected, got = (line.spelled(word & mask) for word in (line.expected.value, value))
    return f" MISMATCH expected {expected} got {got}"


def replay(
    script: Script,
    targets: Sequence[Target],
    say: Callable[[str], None] = print,
    explain: Explain = known_divergences,
) -> bool:
    """Run a script on every target and tell of each line; whether everything was as expected."""
    names = [target.name for target in targets]
    runs = [target.run(script.config, script.operations) for target in targets]
    reference = next((name for name in names if name != ORACLE), ORACLE)
    explained = _nothing_known
    if ORACLE in names and reference != ORACLE:
        by_name = dict(zip(names, runs, strict=True))
        explained = explain(script, by_name[reference], by_name[ORACLE])
    judge = _Judge(names, reference)
    for line, place in script.places():
        if line.said is not None:
            say(line.said)
        elif line.tells:
            row = {name: run[place] for name, run in zip(names, runs, strict=True)}
            say(judge.line(line, row, explained(place)))
    say(f"{len(script.lines)} operations, {judge.checks} checks, {judge.mismatches} mismatches")
    return judge.mismatches == 0


def run(args: argparse.Namespace) -> int:
    """Run the files: 0 when every expectation held, 1 when one did not, 2 for an unusable file.

    It is 2 as well when something else keeps the files from being run or told of.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        scripts = [_read(path) for path in args.files]
        targets = [load_target(name) for name in args.on]
        for script in scripts:
            for target in targets:
                if refused := _refusal(script, target):
                    print(refused, file=sys.stderr)
                    return UNUSABLE
        held = True
        for script in scripts:
            if len(scripts) > 1:
                print(f"{script.name}:")
            held &= replay(script, targets)
    except (ScriptError, TargetError, BuildError, OSError) as error:
        print(f"amagic: error: {error}", file=sys.stderr)
        return UNUSABLE
    return PASS if held else FAIL
