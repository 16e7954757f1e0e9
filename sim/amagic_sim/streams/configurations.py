"""The GICs that streams are for: the ends of every parameter's range, and what is in use."""

from dataclasses import replace

from ..replay.operation import ScriptConfig
from ..replay.script import SECURE_PRIORITY_BITS

__all__ = ["CONFIGURATIONS", "PLAIN", "QUICK", "SECURE"]


def _gic(cpus: int, spis: int, lrs: int, priority_bits: int) -> ScriptConfig:
    return ScriptConfig(cpus=cpus, spis=spis, lrs=lrs, priority_bits=priority_bits)


PLAIN = {
    "one": _gic(1, 32, 4, 5),
    "two": _gic(2, 32, 4, 5),
    "default": _gic(1, 64, 4, 5),
    "gic-400": _gic(4, 224, 4, 5),
    "smallest": _gic(1, 0, 1, 4),
    "no-spis": _gic(8, 0, 2, 8),
    "one-spi": _gic(2, 1, 1, 8),
    "row-less-one": _gic(1, 31, 3, 6),
    "row-and-one": _gic(3, 33, 2, 7),
    "two-rows": _gic(2, 64, 16, 6),
    "three-cpus": _gic(3, 96, 5, 4),
    "five-cpus": _gic(5, 40, 7, 7),
    "six-cpus": _gic(6, 65, 8, 5),
    "seven-cpus": _gic(7, 128, 3, 8),
    "eight-cpus": _gic(8, 95, 4, 6),
    "word-of-lrs": _gic(2, 48, 32, 5),
    "second-word-of-lrs": _gic(1, 160, 33, 7),
    "most-lrs": _gic(1, 32, 64, 8),
    "most-spis": _gic(1, 988, 4, 4),
    "spis-and-cpus": _gic(4, 480, 6, 8),
}
"""By name. Every number of CPUs and of priority bits is there, and both ends of SPIs and LRs."""

SECURE = {
    f"secure-{name}": replace(
        config, security=1, priority_bits=max(config.priority_bits, SECURE_PRIORITY_BITS)
    )
    for name, config in PLAIN.items()
}
"""The same with Security Extensions, for which four priority bits are too few."""

CONFIGURATIONS = PLAIN | SECURE

QUICK = ("one", "two")
"""Those whose simulators other tests compile as well."""
