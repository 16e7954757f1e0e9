"""Frames and records, byte by byte."""

import pytest

from amagic_boards.board_test.protocol import (
    MAX_FRAME,
    BadFrame,
    Frame,
    FrameType,
    Hello,
    LinkError,
    RecordDecoder,
    SelfTest,
    State,
    decode_frame,
    encode_frame,
    parse_hello,
    parse_self_test,
    request,
    split_frames,
)
from amagic_sim.mode import Mode
from amagic_sim.trace import EventKind


@pytest.mark.parametrize(
    "payload",
    [b"", b"\0", b"abc", b"\0\0a\0", bytes(range(240)), bytes(240), b"\xff" * 240],
    ids=["empty", "zero", "text", "zeroes", "all", "240 zeroes", "no zero"],
)
def test_a_frame_holds_no_zero_and_gives_its_payload_back(payload):
    sent = encode_frame(FrameType.TEXT, 0x1200, payload)
    assert sent[0] == sent[-1] == 0
    assert 0 not in sent[1:-1]
    assert len(sent) <= MAX_FRAME
    assert decode_frame(sent[1:-1]) == Frame(FrameType.TEXT, 0x1200, payload)


def test_any_flipped_bit_makes_a_frame_bad():
    sent = encode_frame(FrameType.TRACE, 7, b"some\0payload")[1:-1]
    for bit in range(8 * len(sent)):
        damaged = bytearray(sent)
        damaged[bit // 8] ^= 1 << bit % 8
        pieces = [piece for piece in bytes(damaged).split(b"\0") if piece]
        for piece in pieces:
            with pytest.raises(BadFrame):
                decode_frame(piece)


def test_a_frame_that_is_cut_short_is_bad():
    sent = encode_frame(FrameType.TRACE, 7, b"some payload")[1:-1]
    for length in range(1, len(sent)):
        with pytest.raises(BadFrame):
            decode_frame(sent[:length])


def test_a_type_that_there_is_not_is_bad():
    with pytest.raises(BadFrame, match="no type 9"):
        decode_frame(encode_frame(9, 0, b"")[1:-1])


def test_the_crc_is_that_of_ieee_802_3():
    # "123456789" has the CRC 0xcbf43926: here as type '1', sequence "23", payload "456789".
    sent = encode_frame(ord("1"), int.from_bytes(b"23", "little"), b"456789")
    assert sent == b"\0\x0e123456789" + (0xCBF43926).to_bytes(4, "little") + b"\0"


def test_frames_are_found_in_pieces_and_the_rest_waits():
    one, two = encode_frame(FrameType.TEXT, 0, b"one"), encode_frame(FrameType.TEXT, 1, b"two")
    buffer = bytearray(b"\xaa\xbb" + one + two[:4])
    assert list(split_frames(buffer)) == [b"\xaa\xbb", one[1:-1]]
    buffer += two[4:]
    assert list(split_frames(buffer)) == [two[1:-1]]
    assert not buffer


def test_noise_without_a_zero_does_not_pile_up():
    buffer = bytearray(b"U" * (MAX_FRAME + 1))
    assert list(split_frames(buffer)) == [b"U" * (MAX_FRAME + 1)]
    assert not buffer


def test_a_hello_of_this_version_is_understood():
    payload = b"\x02\x00" + (0x12345678).to_bytes(4, "little") + (50_000_000).to_bytes(4, "little")
    payload += b"\x02" + (500).to_bytes(4, "little") + bytes(4)
    assert parse_hello(payload) == Hello(State.READY, 0x12345678, 50_000_000, (500, 0))


@pytest.mark.parametrize("payload", [b"\x01", b"\x01\x00\x01", b""])
def test_a_hello_of_another_version_is_refused_whatever_follows(payload):
    with pytest.raises(LinkError, match="version.*of the protocol, and this is version 2"):
        parse_hello(payload)


def test_a_hello_that_is_cut_short_is_refused():
    with pytest.raises(LinkError, match="makes no sense"):
        parse_hello(b"\x02\x00\x01")


@pytest.mark.parametrize(
    ("mode", "line"),
    [(None, b"amagic run\n"), *((mode, f"amagic run {mode.value}\n".encode()) for mode in Mode)],
)
def test_a_request_names_its_mode_or_none(mode, line):
    assert request(mode) == line
    assert len(line) <= 32  # what the firmware has room for


def test_a_self_test_tells_what_differs():
    words = (0xF8).to_bytes(4, "little") + (0xFF).to_bytes(4, "little")
    failed = parse_self_test(words + b"distributor\0GICD_CTLR")
    assert failed == SelfTest("distributor", "GICD_CTLR", 0xF8, 0xFF)
    assert str(failed) == ("self-test distributor failed: GICD_CTLR is 0xf8, and should be 0xff")
    passed = parse_self_test(bytes(8) + b"memory\0")
    assert passed.passed and str(passed) == "self-test memory: passed"


def test_records_are_differences_from_the_one_before_and_from_the_last_of_their_kind():
    decoder = RecordDecoder()
    mark, watch = EventKind.MARK << 3, EventKind.WATCH << 3
    first = bytes([mark, 0x80, 0x01, 0, 5, watch | 1, 0, 2, 0xFF, 0x01])
    second = bytes([mark, 3, 0, 4, watch | 1, 1, 0, 0])
    assert decoder.decode(first) + decoder.decode(second) == [
        (128, EventKind.MARK, 0, 0, 5),
        (128, EventKind.WATCH, 1, 2, 255),
        (131, EventKind.MARK, 0, 0, 5 ^ 4),
        (132, EventKind.WATCH, 1, 2, 255),
    ]
    assert decoder.records == 4


@pytest.mark.parametrize("payload", [b"\0", b"\0\x80", b"\0\x01\x00", bytes([31 << 3, 0, 0, 0])])
def test_bytes_that_are_no_records_are_refused(payload):
    with pytest.raises(BadFrame, match="no records"):
        RecordDecoder().decode(payload)
