"""The firmware's report: what the hypervisor says of a run, over the serial port.

Lines of words, from ``AMAGIC-REPORT 1`` to ``PASS`` or ``FAIL``: a name, then pairs of a key and a
value. The line before the last has the FNV-1a checksum of every byte before it. What guests print
may stand before the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Report", "ReportError", "parse_report"]

_HEAD = "AMAGIC-REPORT"
_VERSION = 1
_PANIC = "AMAGIC-PANIC"


class ReportError(ValueError):
    """What came over the serial port holds no sound report."""


@dataclass(frozen=True)
class Report:
    """A report whose checksum is right.

    ``guests`` and ``host`` map keys to values as they were printed; ``lines`` is the text.
    """

    lines: tuple[str, ...]
    guests: tuple[Mapping[str, str], ...]
    host: Mapping[str, str]
    passed: bool

    @property
    def dropped(self) -> int:
        """Events that the probe could not keep."""
        return int(self.host["dropped"])

    @property
    def faults(self) -> dict[int, str]:
        """The guests that were stopped, by number, with the cause."""
        return {
            number: f"stopped by {guest['fault']} (value {guest['value']}, pc {guest['pc']})"
            for number, guest in enumerate(self.guests)
            if guest["fault"] != "none"
        }


def _fnv1a(text: str) -> int:
    checksum = 0x811C9DC5
    for byte in text.encode("latin-1"):
        checksum = (checksum ^ byte) * 0x01000193 & 0xFFFF_FFFF
    return checksum


def _pairs(line: str, words: list[str]) -> dict[str, str]:
    if len(words) % 2:
        raise ReportError(f"expected pairs of a key and a value, found {line!r}")
    return dict(zip(words[::2], words[1::2], strict=True))


def parse_report(text: str) -> Report:
    """The report in what the serial port sent.

    Raises
    ------
    ReportError
        There is none, the firmware gave up, it is of another version, cut off or damaged.
    """
    for line in text.splitlines():
        if line.startswith(_PANIC):
            raise ReportError(f"the firmware gave up: {line.removeprefix(_PANIC).strip()}")
    start = text.rfind(f"{_HEAD} ")
    if start < 0:
        last = text.splitlines()[-1:] or ["nothing"]
        raise ReportError(f"the firmware sent no report; the last it sent is {last[0]!r}")
    body = text[start:]
    lines = body.splitlines()
    if lines[0] != f"{_HEAD} {_VERSION}":
        raise ReportError(f"expected a report of version {_VERSION}, found {lines[0]!r}")
    summed, found, tail = body.partition("checksum ")
    words = tail.split()
    if not found or len(words) != 2 or words[1] not in ("PASS", "FAIL"):
        raise ReportError(f"the report is cut off after {lines[-1]!r}")
    if words[0] != f"0x{_fnv1a(summed):08x}":
        raise ReportError(f"the report is damaged: its checksum is {words[0]}")
    guests, host = [], {}
    for line in summed.splitlines()[1:]:
        name, *rest = line.split()
        if name == "guest":
            if rest[:1] != [str(len(guests))]:
                raise ReportError(f"expected guest {len(guests)}, found {line!r}")
            guests.append(_pairs(line, rest[1:]))
        elif name == "host":
            host = _pairs(line, rest)
    return Report(tuple(lines), tuple(guests), host, words[1] == "PASS")
