"""The frames of the serial link, as ``firmware/link`` sends and takes them.

A frame is its type, a sequence number of 16 bits, a payload and the CRC-32 of all that; least
significant bytes first; stuffed (COBS) and between two bytes of 0.
"""

import struct
import zlib
from collections.abc import Iterator

__all__ = ["MAX_FRAME", "BadFrame", "encode_frame", "open_frame", "split_frames"]

MAX_FRAME = 256
"""Bytes between two zeroes, at most: what is longer is no frame."""

_HEADER = struct.Struct("<BH")
_CRC = struct.Struct("<I")


class BadFrame(ValueError):  # noqa: N818  it is not an error until somebody says so
    """Bytes that are no frame; the text says why."""


def encode_frame(kind: int, sequence: int, payload: bytes) -> bytes:
    """A frame with its two zeroes, as the firmware sends it."""
    body = _HEADER.pack(kind, sequence) + payload
    body += _CRC.pack(zlib.crc32(body))
    stuffed = b"".join(bytes([len(run) + 1]) + run for run in body.split(b"\0"))
    return b"\0" + stuffed + b"\0"


def _unstuff(stuffed: bytes) -> bytes:
    runs = []
    at = 0
    while at < len(stuffed):
        length = stuffed[at]
        run = stuffed[at + 1 : at + length]
        if len(run) != length - 1:
            raise BadFrame("it is cut short")
        runs.append(run)
        at += length
    return b"\0".join(runs)


def open_frame(stuffed: bytes) -> tuple[int, int, bytes]:
    """Type, sequence number and payload of the frame between two zeroes. `BadFrame` when it is
    none."""
    body = _unstuff(stuffed)
    if len(body) < _HEADER.size + _CRC.size:
        raise BadFrame(f"it has {len(body)} bytes")
    head, crc = body[: -_CRC.size], _CRC.unpack(body[-_CRC.size :])[0]
    if zlib.crc32(head) != crc:
        raise BadFrame("its checksum is wrong")
    kind, sequence = _HEADER.unpack_from(head)
    return kind, sequence, head[_HEADER.size :]


def split_frames(buffer: bytearray) -> Iterator[bytes]:
    """Take what stands between two zeroes out of the buffer; the rest stays, for more to come.

    What is too long for a frame comes out as it is, also without a zero behind it.
    """
    while True:
        end = buffer.find(0)
        if end < 0 and len(buffer) <= MAX_FRAME:
            return
        if end < 0:
            end = len(buffer)
        piece = bytes(buffer[:end])
        del buffer[: end + 1]
        if piece:
            yield piece
