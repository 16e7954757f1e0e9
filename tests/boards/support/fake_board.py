"""Streams as a board sends them, and a board of a few lines behind a pseudo-terminal."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable

from amagic_boards.board_test.protocol import VERSION, FrameType, State, encode_frame

SOC = 0xA11CE


def words(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)


def hello(state: State = State.READY, version: int = VERSION, soc: int = SOC, ticks=(1, 1)):
    payload = bytes([version, state]) + words(soc, 50_000_000)
    return FrameType.HELLO, payload + bytes([len(ticks)]) + words(*ticks)


def self_test(name: str, failure: str = "", got: int = 0, wanted: int = 0):
    return FrameType.TEST, words(got, wanted) + name.encode() + b"\0" + failure.encode()


def trace(*records: bytes):
    return FrameType.TRACE, b"".join(records)


def text(line: str):
    return FrameType.TEXT, line.encode()


def end(result: int = 0, dropped: int = 0, unread: int = 0, records: int = 0):
    return FrameType.END, bytes([result]) + words(dropped, unread, records)


MARK = bytes([0, 1, 0, 1])  # a record: a mark, a cycle after the one before


def stream(*frames, first: int = 0) -> list[bytes]:
    """The frames as they are on the line, numbered from `first` on."""
    return [
        encode_frame(kind, (first + n) & 0xFFFF, payload)
        for n, (kind, payload) in enumerate(frames)
    ]


class FakeBoard:
    """A pseudo-terminal: `port` is its name, and `script` runs in a thread with the board's end."""

    def __init__(self, script: Callable[["FakeBoard"], None]):
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=script, args=(self,), daemon=True)

    def __enter__(self) -> "FakeBoard":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.unplug()

    def send(self, data: bytes) -> None:
        os.write(self._master, data)

    def receive(self, seconds: float = 5) -> bytes:
        """What came, or nothing."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        return os.read(self._master, 100) if ready else b""

    def rest(self, seconds: float) -> bool:
        """False when the test is over."""
        return not self._stop.wait(seconds)

    def unplug(self) -> None:
        for name in ("_slave", "_master"):
            if getattr(self, name) is not None:
                os.close(getattr(self, name))
                setattr(self, name, None)
