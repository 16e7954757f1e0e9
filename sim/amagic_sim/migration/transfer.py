"""A guest's image over the serial port, in frames: the other side of ``firmware/link/image.c``."""

import struct

from ..link import BadFrame, encode_frame, open_frame, split_frames

__all__ = ["TransferError", "image_frames", "received_image"]

_IMAGE = 6  # enum link_type
_DATA = 236  # bytes of the image in a frame
_LEAD = 400  # bytes of 0, while which the host comes up


class TransferError(ValueError):
    """What came holds no image that is whole."""


def image_frames(image: bytes) -> bytes:
    """What is to be sent, so that a host that starts receives this image."""
    pieces = [(at, image[at : at + _DATA]) for at in range(0, len(image), _DATA)]
    pieces.append((len(image), b""))
    frames = [
        encode_frame(_IMAGE, number, struct.pack("<I", at) + piece)
        for number, (at, piece) in enumerate(pieces)
    ]
    return bytes(_LEAD) + b"".join(frames)


def received_image(sent: bytes) -> bytes:
    """The image in what a host has sent, text around it included. `TransferError` without one."""
    image = bytearray()
    buffer = bytearray(sent + b"\0")
    for piece in split_frames(buffer):
        try:
            kind, _, payload = open_frame(piece)
        except BadFrame:
            continue
        if kind != _IMAGE:
            continue
        at = struct.unpack_from("<I", payload)[0]
        if at != len(image):
            raise TransferError(f"of the image {at - len(image)} bytes got lost, at {len(image)}")
        if len(payload) == 4:
            return bytes(image)
        image += payload[4:]
    raise TransferError(f"no image was sent, or its end got lost; {len(image)} bytes came")
