"""Recorded vectors and directed tests: GIC scripts in ``tests/oracle``.

A vector is a stream with what QEMU read back and signalled, so that others can be compared with
QEMU where there is none. Bits that are known to diverge are not expected.
"""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from ..replay.command import replay
from ..replay.operation import Operation, ScriptConfig, Target
from ..replay.script import Script, parse, render
from ..streams.compare import acknowledges
from ..streams.generator import VERSION, Recorded
from .compare import Comparison, compare
from .entry import Divergence
from .process import OracleError
from .stream import make_stream

__all__ = [
    "CONFIGS",
    "check_divergence",
    "directed_test",
    "mismatches",
    "record",
    "as_script",
    "recorded",
    "run_stream",
    "vectors",
]

CONFIGS = (
    ScriptConfig(spis=32),
    ScriptConfig(cpus=2, spis=32),
    ScriptConfig(cpus=1, spis=256, priority_bits=8),
    ScriptConfig(cpus=4, spis=100, priority_bits=8),
    ScriptConfig(cpus=8, spis=256, priority_bits=8),
    ScriptConfig(cpus=3, spis=0, priority_bits=7),
    ScriptConfig(cpus=2, spis=40, priority_bits=4),
    ScriptConfig(cpus=6, spis=224, priority_bits=6),
    ScriptConfig(cpus=1, spis=64, priority_bits=8, security=1),
)
"""What streams are made for."""
_RECORDED = (*CONFIGS[:4], CONFIGS[-1])
_OPERATIONS = 900

_TESTS = Path(__file__).resolve().parents[3] / "tests" / "oracle"


def _read(path: Path) -> Script:
    return parse(path.read_text(), str(path))


def vectors() -> list[Script]:
    """The recorded vectors."""
    return [_read(path) for path in sorted((_TESTS / "vectors").glob("*.gic"))]


def directed_test(divergence: Divergence) -> Script:
    """The script that shows a divergence. What it expects is right, and QEMU fails it."""
    return _read(_TESTS / "divergences" / f"{divergence.name}.gic")


def mismatches(script: Script, target: Target) -> list[str]:
    """The lines of a script of which a target fails the expectation."""
    said: list[str] = []
    replay(script, [target], said.append)
    return [line for line in said if "MISMATCH" in line]


def check_divergence(divergence: Divergence, model: Target, qemu: Target) -> str | None:
    """Whether a divergence shows as the table has it, in its directed test; else what is wrong."""
    script = directed_test(divergence)
    if wrong := mismatches(script, model):
        return f"the model fails its directed test: {wrong[0]}"
    operations = script.operations
    right, got = (each.run(script.config, operations) for each in (model, qemu))
    compared = compare(script.config, operations, right, got)
    if compared.mismatches:
        return f"its directed test differs elsewhere: {compared.mismatches[0]}"
    if not compared.shown[divergence.name] or not mismatches(script, qemu):
        return "it does not show any more"
    return None


def record(config: ScriptConfig, qemu: Target, version: str) -> str:
    """A vector: a stream with QEMU's answers to it, of the first seed for which all outputs are the
    model's, too. `OracleError` if some answer is another one and no known divergence explains it.
    """
    for seed in count(1):
        stream = make_stream(config, seed, _OPERATIONS)
        answers = qemu.run(config, stream.operations)
        compared = compare(config, stream.operations, stream.answers, answers)
        if compared.mismatches or compared.ended is not None:
            raise OracleError(f"seed {seed} of {config} is not fit to be recorded: {compared}")
        if all(a.outputs == b.outputs for a, b in zip(stream.answers, answers, strict=True)):
            break
    acknowledged = sum(acknowledges(stream.operations, stream.answers))
    comment = [
        f"Recorded from QEMU {version}: its answers, but for what is known to diverge.",
        f"Stream generator {VERSION}, seed {seed}, {len(answers)} operations,"
        f" {acknowledged} acknowledges of real interrupts.",
    ]
    return render(config, stream.operations, answers, comment, compared.masks)


def recorded(qemu: Target, version: str) -> dict[Path, str]:
    """The files of all vectors, recorded now."""
    found = {}
    for config in _RECORDED:
        secure = "-secure" * config.security
        name = f"cpus{config.cpus}-spis{config.spis}-bits{config.priority_bits}{secure}.gic"
        found[_TESTS / "vectors" / name] = record(config, qemu, version)
    return found


def run_stream(stream: Recorded, qemu: Target) -> Comparison:
    """Compare the model's answers to a stream with QEMU's."""
    answers = qemu.run(stream.config, stream.operations)
    return compare(stream.config, stream.operations, stream.answers, answers)


def as_script(stream: Recorded, last: int, comment: Sequence[str]) -> str:
    """A stream up to an operation as a script that expects the model's answers."""
    operations: list[Operation] = stream.operations[: last + 1]
    return render(stream.config, operations, stream.answers[: last + 1], comment)
