"""The serial port that a board is behind, with errors that say what to do."""

import errno
import glob
import termios
from typing import Protocol

import serial

from .protocol import LinkError

__all__ = ["Port", "SerialPort", "open_port"]

READ_SECONDS = 0.1

_GONE = (serial.SerialException, OSError, termios.error)
"""What an access to a port that went away raises."""

_OPENING = {
    errno.ENOENT: "there is no such port",
    errno.ENODEV: "there is no device behind it",
    errno.ENXIO: "there is no device behind it",
    errno.EACCES: "you have no permission to use it (on Debian: be in the group dialout)",
    errno.EPERM: "you have no permission to use it (on Debian: be in the group dialout)",
    errno.EBUSY: "another program uses it",
    errno.EAGAIN: "another program uses it",
    errno.ENOTTY: "it is no serial port",
    errno.EINVAL: "it cannot run at this rate",
    errno.EISDIR: "it is a folder",
}


class Port(Protocol):
    """What a run needs of a port."""

    name: str

    def read(self) -> bytes:
        """What came, after `READ_SECONDS` at most. `LinkError` when the port is gone."""

    def write(self, data: bytes) -> None:
        """Send. `LinkError` when the port is gone."""


class SerialPort:
    """A `Port` of the system's."""

    def __init__(self, line: serial.Serial):
        self.name = line.port
        self._line = line

    def read(self) -> bytes:
        try:
            return self._line.read(self._line.in_waiting or 1)
        except (*_GONE, TypeError) as error:
            raise LinkError(f"{self.name} is gone: was the board unplugged? ({error})") from error

    def write(self, data: bytes) -> None:
        try:
            self._line.write(data)
            self._line.flush()
        except serial.SerialTimeoutException as error:
            raise LinkError(f"{self.name} takes nothing to send") from error
        except _GONE as error:
            raise LinkError(f"{self.name} is gone: was the board unplugged? ({error})") from error

    def close(self) -> None:
        self._line.close()


def _others() -> str:
    found = sorted(path for kind in ("ttyUSB", "ttyACM") for path in glob.glob(f"/dev/{kind}*"))
    return f"; there are {', '.join(found)}" if found else "; no USB serial port is there"


def open_port(name: str, baud: int) -> SerialPort:
    """Open a port. `LinkError` says why it cannot be used."""
    try:
        line = serial.Serial(name, baud, timeout=READ_SECONDS, write_timeout=10, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        code = getattr(error, "errno", None)
        if code is None and error.args and isinstance(error.args[0], int):
            code = error.args[0]
        if code is None and (inner := error.__context__) is not None:
            code = inner.args[0] if inner.args and isinstance(inner.args[0], int) else None
        reason = _OPENING.get(code, str(error))
        hint = _others() if code == errno.ENOENT else ""
        raise LinkError(f"cannot open {name} at {baud} baud: {reason}{hint}") from error
    return SerialPort(line)
