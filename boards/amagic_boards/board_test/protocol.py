"""What a board says in the link's frames: the other side of ``firmware/link``."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from amagic_sim.build import BuildError
from amagic_sim.link import MAX_FRAME, BadFrame, encode_frame, open_frame, split_frames
from amagic_sim.mode import Mode
from amagic_sim.trace import Event, EventKind

__all__ = [
    "MAX_FRAME",
    "REQUEST",
    "VERSION",
    "BadFrame",
    "End",
    "Frame",
    "FrameType",
    "Hello",
    "LinkError",
    "RecordDecoder",
    "SelfTest",
    "State",
    "decode_frame",
    "encode_frame",
    "parse_end",
    "parse_hello",
    "parse_self_test",
    "request",
    "split_frames",
]

VERSION = 2
REQUEST = b"amagic run"
"""How a request begins, which a board that is ready waits for."""

_HELLO = struct.Struct("<BBIIB")
_END = struct.Struct("<BIII")
_TIME, _AUX, _VALUE = (1 << 64) - 1, 0xFFFF, 0xFFFF_FFFF


class LinkError(BuildError):
    """The board cannot be reached or understood; the text says how, and what to look at."""


class FrameType(IntEnum):
    HELLO = 1
    TEST = 2
    TRACE = 3
    TEXT = 4
    END = 5


class State(IntEnum):
    """What a board that says hello is up to."""

    READY = 0  # its self-tests come first
    FINISHED = 1  # and ready for another run
    REFUSED = 2  # it has no mode of the name that it was asked for


def request(mode: Mode | None) -> bytes:
    """Asks for a run: in a mode, or in the one that the board's firmware was built for."""
    return REQUEST + (f" {mode.value}" if mode else "").encode() + b"\n"


@dataclass(frozen=True)
class Frame:
    type: FrameType
    sequence: int
    payload: bytes


@dataclass(frozen=True)
class Hello:
    """What a board says of itself. `ticks` are those that each guest is to get, 0 for unknown."""

    state: State
    soc: int
    clock_hz: int
    ticks: tuple[int, ...]


@dataclass(frozen=True)
class SelfTest:
    """A self-test's result. `failure` is what was not as expected, or empty."""

    name: str
    failure: str = ""
    got: int = 0
    wanted: int = 0

    @property
    def passed(self) -> bool:
        return not self.failure

    def __str__(self) -> str:
        if self.passed:
            return f"self-test {self.name}: passed"
        return (
            f"self-test {self.name} failed: {self.failure} is {self.got:#x},"
            f" and should be {self.wanted:#x}"
        )


@dataclass(frozen=True)
class End:
    """The last words of a run: the result (0 for PASS), and what became of the probe's events."""

    result: int
    dropped: int
    unread: int
    records: int


def decode_frame(stuffed: bytes) -> Frame:
    """The frame between two zeroes. `BadFrame` when it is none."""
    kind, sequence, payload = open_frame(stuffed)
    try:
        return Frame(FrameType(kind), sequence, payload)
    except ValueError:
        raise BadFrame(f"there is no type {kind}") from None


def parse_hello(payload: bytes) -> Hello:
    """What a hello says. `LinkError` for another version of the protocol, or none."""
    if not payload or payload[0] != VERSION:
        found = f"version {payload[0]}" if payload else "no version"
        raise LinkError(
            f"the board speaks {found} of the protocol, and this is version {VERSION}: build its"
            " bitstream with this version of amagic, or use the one that it was built with"
        )
    try:
        _, state, soc, clock_hz, guests = _HELLO.unpack_from(payload)
        ticks = struct.unpack(f"<{guests}I", payload[_HELLO.size :])
        return Hello(State(state), soc, clock_hz, ticks)
    except (struct.error, ValueError) as error:
        raise LinkError(f"the board's hello makes no sense ({error})") from None


def parse_self_test(payload: bytes) -> SelfTest:
    got, wanted = struct.unpack_from("<II", payload)
    name, _, failure = payload[8:].partition(b"\0")
    return SelfTest(name.decode("latin-1"), failure.decode("latin-1"), got, wanted)


def parse_end(payload: bytes) -> End:
    return End(*_END.unpack(payload))


class RecordDecoder:
    """Turns the payloads of a run's trace frames into events, as ``firmware/link/trace.c`` made
    them: each record as its difference from the one before it and from the last of its kind."""

    def __init__(self) -> None:
        self._time = 0
        self._last: dict[int, tuple[int, int]] = {}
        self.records = 0

    def decode(self, payload: bytes) -> list[Event]:
        """The records of one frame. `BadFrame` when it does not end with one."""
        at = 0

        def number(mask: int) -> int:
            nonlocal at
            value = shift = 0
            while True:
                byte = payload[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if not byte & 0x80:
                    return value & mask

        events = []
        try:
            while at < len(payload):
                kind, cpu = payload[at] >> 3, payload[at] & 7
                at += 1
                self._time = (self._time + number(_TIME)) & _TIME
                last_aux, last_value = self._last.get(kind, (0, 0))
                aux, value = number(_AUX) ^ last_aux, number(_VALUE) ^ last_value
                self._last[kind] = (aux, value)
                events.append(Event(self._time, EventKind(kind), cpu, aux, value))
        except (IndexError, ValueError) as error:
            raise BadFrame(f"no records of the probe ({error})") from None
        self.records += len(events)
        return events
