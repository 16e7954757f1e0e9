"""What is made of a board's stream: each thing that can go wrong with it is said for what it is."""

import errno
import os
import re
import time

import pytest
import serial

from amagic_boards.board_test.port import open_port
from amagic_boards.board_test.protocol import REQUEST, LinkError, State
from amagic_boards.board_test.session import Listener, Patience, run_session
from amagic_sim.mode import Mode
from fake_board import (
    MARK,
    SOC,
    FakeBoard,
    end,
    hello,
    self_test,
    stream,
    text,
    trace,
)

GOOD = (
    hello(),
    self_test("memory"),
    trace(MARK, MARK),
    text("a line\n"),
    trace(MARK),
    end(records=3),
)


def listen(*pieces: bytes) -> Listener:
    listener = Listener({SOC})
    for piece in pieces:
        listener.feed(piece)
    return listener


def fails(*pieces: bytes) -> str:
    with pytest.raises(LinkError) as caught:
        listen(*pieces)
    return str(caught.value)


def test_a_run_is_told_from_hello_to_end():
    run = listen(*stream(*GOOD)).run
    assert run.hello.ticks == (1, 1)
    assert [test.name for test in run.tests] == ["memory"]
    assert [event.time for event in run.events] == [1, 2, 3]
    assert run.text == "a line\n"
    assert run.end.records == 3


def test_the_stream_may_come_in_any_pieces():
    whole = b"".join(stream(*GOOD))
    for size in (1, 2, 7, len(whole)):
        run = listen(*(whole[at : at + size] for at in range(0, len(whole), size))).run
        assert len(run.events) == 3 and run.end is not None


def test_before_the_first_hello_anything_may_come():
    frames = stream(*GOOD)
    cut = frames[0][5:]
    noise = os.urandom(300).replace(b"\0", b"\1")
    assert listen(noise, b"\0\0", cut, *frames).run.end is not None


def test_hellos_repeat_until_the_run_begins():
    first = stream(hello(), hello(), hello())
    assert listen(*first, *stream(*GOOD, first=3)).run.end is not None


def test_what_follows_the_end_does_not_matter():
    frames = stream(*GOOD, hello(State.FINISHED))
    assert listen(b"".join(frames)).run.end is not None


@pytest.mark.parametrize("which", range(1, len(GOOD)))
def test_a_flipped_bit_is_garbled(which):
    frames = stream(*GOOD, text("more\n"))
    damaged = bytearray(frames[which])
    damaged[4] ^= 0x10
    frames[which] = bytes(damaged)
    said = fails(*frames, *stream(text("and more\n"), first=len(frames)))
    assert re.search(rf"garbled: frame {which + 1} is damaged", said)


@pytest.mark.parametrize("which", range(1, len(GOOD) - 1))
def test_a_frame_that_is_missing_is_lost(which):
    frames = stream(*GOOD)
    del frames[which]
    assert f"1 got lost, before frame {which + 1};" in fails(*frames)


def test_frames_are_counted_around_65536():
    frames = stream(hello(), text("a"), text("b"), first=0xFFFE)[:2]
    frames += stream(text("b"), end(), first=0)
    assert listen(*frames).run.text == "ab"


def test_records_that_do_not_add_up_are_lost():
    assert "sent 2 records of its probe, and 1 came" in fails(
        *stream(hello(), trace(MARK), end(records=2))
    )


def test_another_version_is_said():
    assert "speaks version 1 of the protocol, and this is version 2" in fails(
        *stream(hello(version=1))
    )


def test_a_soc_of_another_version_is_said():
    assert "0x00000bad" in fails(*stream(hello(soc=0xBAD)))


def test_a_board_that_has_run_before_must_be_reset():
    assert "finished a run before" in fails(*stream(hello(State.FINISHED)))


def test_a_board_that_has_run_before_runs_again_without_self_tests():
    listener = Listener({SOC}, again=True)
    frames = stream(hello(State.FINISHED), trace(MARK), text("a line\n"), end(records=1))
    listener.feed(b"".join(frames))
    assert listener.run.end is not None and not listener.run.tests


def test_a_board_that_was_reset_between_two_runs_is_said():
    listener = Listener({SOC}, again=True)
    with pytest.raises(LinkError, match="was reset between two runs"):
        listener.feed(stream(hello(State.READY))[0])


def test_a_mode_that_the_board_does_not_have_is_said():
    listener = Listener({SOC}, Mode.MASKED)
    with pytest.raises(LinkError, match="the board's firmware has no mode 'masked'"):
        listener.feed(b"".join(stream(hello(), hello(State.REFUSED))))


def test_a_run_that_somebody_else_began_is_not_joined():
    assert "in the middle of a run" in fails(*stream(trace(MARK), first=40))


@pytest.mark.parametrize("cut", [False, True], ids=["between frames", "within a frame"])
def test_a_second_hello_is_a_reset(cut):
    before = stream(*GOOD[:4])
    if cut:
        before[-1] = before[-1][:6]
    assert "was reset in the middle of the run" in fails(*before, *stream(hello()))


def test_a_frame_that_makes_no_sense_is_said():
    assert "makes no sense" in fails(*stream(hello(), trace(b"\x80")))


# Behind a pseudo-terminal, as a real port.

PATIENCE = Patience(silence=0.5, total=3)


def session(board: FakeBoard, patience: Patience = PATIENCE):
    port = open_port(board.port, 1_000_000)
    try:
        return run_session(port, {SOC}, patience)
    finally:
        port.close()


def session_fails(script, patience: Patience = PATIENCE) -> tuple[str, float]:
    begun = time.monotonic()
    with FakeBoard(script) as board, pytest.raises(LinkError) as caught:
        session(board, patience)
    return str(caught.value), time.monotonic() - begun


def says_hello(board: FakeBoard) -> int:
    """Until it is asked to run; returns the next frame's number."""
    heard, number = b"", 0
    while REQUEST not in heard and board.rest(0):
        board.send(stream(hello(), first=number)[0])
        heard += board.receive(0.05)
        number += 1
    return number


def test_a_board_runs_when_it_is_asked():
    def script(board):
        for frame in stream(*GOOD[1:], first=says_hello(board)):
            board.send(frame)

    with FakeBoard(script) as board:
        assert session(board).end.result == 0


def test_a_run_is_asked_for_in_its_mode():
    heard = []

    def script(board):
        line = b""
        while not line.endswith(b"\n") and board.rest(0):
            board.send(stream(hello(State.FINISHED), first=len(heard))[0])
            line += board.receive(0.05)
        heard.append(line)
        for frame in stream(trace(MARK), end(records=1), first=1):
            board.send(frame)

    with FakeBoard(script) as board:
        port = open_port(board.port, 1_000_000)
        try:
            run_session(port, {SOC}, PATIENCE, mode=Mode.MASKED_EOI, again=True)
        finally:
            port.close()
    assert heard == [b"amagic run masked-eoi\n"]


def test_a_silent_board_is_an_error_within_the_time_stated():
    said, took = session_fails(lambda board: None)
    assert "nothing came from the board for 0.5 s: is it programmed" in said
    assert took < 2


def test_a_board_that_falls_silent_is_an_error_within_the_time_stated():
    said, took = session_fails(says_hello)
    assert said == "nothing came from the board for 0.5 s"
    assert took < 2


def test_noise_is_an_error_within_the_time_stated():
    def script(board):
        while board.rest(0.02):
            board.send(b"\x55\xaa\x00\xf0")

    said, took = session_fails(script)
    assert "garbled: no frame in 0.5 s" in said
    assert took < 2


def test_a_board_that_does_not_hear_is_said():
    def script(board):
        number = 0
        while board.rest(0.02):
            board.send(stream(hello(), first=number)[0])
            number += 1

    said, took = session_fails(script)
    assert "does not hear the request" in said
    assert took < 2


def test_a_lost_request_is_repeated():
    def script(board):
        says_hello(board)  # and forgets it
        for frame in stream(*GOOD[1:], first=says_hello(board)):
            board.send(frame)

    with FakeBoard(script) as board:
        assert session(board).end is not None


def test_an_unplugged_board_is_said():
    def script(board):
        board.send(stream(*GOOD[1:3], first=says_hello(board))[0])
        board.unplug()

    said, _ = session_fails(script)
    assert "is gone: was the board unplugged?" in said


def test_a_run_without_end_is_stopped():
    def script(board):
        number = says_hello(board)
        while board.rest(0.02):
            board.send(stream(text("and on\n"), first=number)[0])
            number += 1

    said, took = session_fails(script, Patience(silence=0.5, total=1))
    assert said == "the run is not over after 1 s"
    assert took < 3


@pytest.mark.parametrize(
    ("name", "reason"),
    [("/dev/ttyNONE", "there is no such port"), ("/dev/null", "it is no serial port")],
)
def test_a_port_that_cannot_be_opened_is_said(name, reason):
    with pytest.raises(LinkError, match=f"cannot open {name} at 1000000 baud: {reason}"):
        open_port(name, 1_000_000)


def test_a_port_in_use_is_said():
    with FakeBoard(lambda board: None) as board:
        first = open_port(board.port, 1_000_000)
        try:
            with pytest.raises(LinkError, match="another program uses it"):
                open_port(board.port, 1_000_000)
        finally:
            first.close()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.EACCES, "you have no permission to use it"),
        (errno.EBUSY, "another program uses it"),
        (errno.ENODEV, "there is no device behind it"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_says_of_a_port_is_said(monkeypatch, code, reason):
    def refuse(name, *_, **__):
        raise serial.SerialException(code, f"could not open port {name}: {os.strerror(code)}")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(LinkError, match=f"cannot open /dev/ttyUSB0 at 1000000 baud: .*{reason}"):
        open_port("/dev/ttyUSB0", 1_000_000)
