"""The firmware's report: what the hypervisor says of a run, over the serial port.

Lines of words, from ``AMAGIC-REPORT 1`` to ``PASS`` or ``FAIL``: a name, then pairs of a key and a
value. The line before the last has the FNV-1a checksum of every byte before it.

What guests print stands before the report, byte by byte as they please: also lines that look like
the host's. The host speaks last, so only the last report counts, or the last words of a host that
gave up; and nothing that a guest names itself inside the report can hold a space or an end of line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Report", "ReportError", "parse_report"]

_VERSION = 1
_BEGIN = re.compile(r"AMAGIC-REPORT ([0-9]+)\n")
_END = re.compile(r"^checksum (\S+)\n(PASS|FAIL)\n", re.MULTILINE)
_PANIC = re.compile(r"AMAGIC-PANIC ([^\n]*)\nFAIL\n\Z")


class ReportError(ValueError):
    """What came over the serial port holds no sound report."""


@dataclass(frozen=True)
class Report:
    """A report whose checksum is right.

    ``guests`` and ``host`` map keys to values as they were printed; ``mode`` is how the timer's
    interrupt was brought to the guests; ``lines`` is the text.
    """

    lines: tuple[str, ...]
    guests: tuple[Mapping[str, str], ...]
    host: Mapping[str, str]
    passed: bool
    mode: str

    @property
    def dropped(self) -> int:
        """Events that the probe could not keep."""
        return int(self.host["dropped"])

    @property
    def offenders(self) -> tuple[int, ...]:
        """The guests that kept the host busy, by number."""
        return tuple(int(line.split()[1]) for line in self.lines if line.startswith("offender "))

    @property
    def harts(self) -> tuple[Mapping[str, str], ...]:
        """What each hart counted, where there are several."""
        found = [line.split()[2:] for line in self.lines if line.startswith("hart ")]
        return tuple(_pairs("hart", words) for words in found)

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
    for byte in text.encode("latin-1", "replace"):
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
    if panic := _PANIC.search(text):
        raise ReportError(f"the firmware gave up: {panic[1].strip()}")
    begins = list(_BEGIN.finditer(text))
    if not begins:
        last = text.splitlines()[-1:] or ["nothing"]
        raise ReportError(f"the firmware sent no report; the last it sent is {last[0]!r}")
    if int(begins[-1][1]) != _VERSION:
        found = begins[-1][0].strip()
        raise ReportError(f"expected a report of version {_VERSION}, found {found!r}")
    body = text[begins[-1].start() :]
    lines = body.splitlines()
    end = _END.search(body)
    if not end:
        raise ReportError(f"the report is cut off after {lines[-1]!r}")
    if end.end() != len(body):
        raise ReportError(f"after the report, the firmware sent {body[end.end() :]!r}")
    summed = body[: end.start()]
    if end[1] != f"0x{_fnv1a(summed):08x}":
        raise ReportError(f"the report is damaged: its checksum is {end[1]}")
    guests, host, mode = [], {}, ""
    for line in summed.splitlines()[1:]:
        name, *rest = line.split()
        if name == "guest":
            if rest[:1] != [str(len(guests))]:
                raise ReportError(f"expected guest {len(guests)}, found {line!r}")
            guests.append(_pairs(line, rest[1:]))
        elif name == "mode":
            mode = rest[0] if rest else ""
        elif name == "host":
            host = _pairs(line, rest)
    return Report(tuple(lines), tuple(guests), host, end[2] == "PASS", mode)
