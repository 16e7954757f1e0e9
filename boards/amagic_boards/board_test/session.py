"""One run on a board, as it is heard: from the board's hello to its last words.

`Listener` understands the stream and knows no time; `run_session` waits, with limits.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from amagic_sim.mode import Mode
from amagic_sim.trace import Event

from .port import Port
from .protocol import (
    BadFrame,
    End,
    Frame,
    FrameType,
    Hello,
    LinkError,
    RecordDecoder,
    SelfTest,
    State,
    decode_frame,
    parse_end,
    parse_hello,
    parse_self_test,
    request,
    split_frames,
)

_REQUESTS = 5  # while a board may be silent: the first may be lost

__all__ = ["BoardRun", "Listener", "Patience", "run_session"]


@dataclass(frozen=True)
class Patience:
    """Seconds: how long a board may be silent, and how long a run may take."""

    silence: float
    total: float


@dataclass
class BoardRun:
    """What a board has told."""

    hello: Hello | None = None
    tests: list[SelfTest] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    text: str = ""
    end: End | None = None


def garbled(how: str) -> str:
    return (
        f"what the board sends is garbled: {how}; check the cable, the baud rate, and that the"
        " firmware is amagic's"
    )


class Listener:
    """Follows what a board sends. Before the first hello anything may come; after it, each frame
    must follow the one before.

    Parameters
    ----------
    socs : collection of int
        The identities of the SoCs that this version of the project makes.
    mode : Mode, optional
        The mode that is asked for; the firmware's own when it is left out.
    again : bool
        It is to run once more, with no reset and no self-tests in between.

    Attributes
    ----------
    run : BoardRun
        What was told so far.
    frames : int
        How many frames came.
    damage : str
        The first piece after the hello that was no frame, or empty.
    """

    def __init__(self, socs: Collection[int], mode: Mode | None = None, again: bool = False):
        self.run = BoardRun()
        self.frames = 0
        self.damage = ""
        self._socs = socs
        self._asked = mode.value if mode else "own"
        self._state = State.FINISHED if again else State.READY
        self._buffer = bytearray()
        self._sequence: int | None = None
        self._decoder = RecordDecoder()

    @property
    def started(self) -> bool:
        """The board has begun what it was asked for."""
        return bool(self.run.tests or self.run.events or self.run.text or self.run.end)

    def feed(self, data: bytes) -> None:
        """What came next. `LinkError` when it is not what a board in order sends."""
        self._buffer += data
        for piece in split_frames(self._buffer):
            if self.run.end is not None:
                return
            try:
                frame = decode_frame(piece)
            except BadFrame as reason:
                if self.run.hello is not None and not self.damage:
                    self.damage = f"frame {self.frames + 1} is damaged ({reason})"
                continue
            self.frames += 1
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        if self.run.hello is None and frame.type is not FrameType.HELLO:
            raise LinkError(
                "the board is in the middle of a run that somebody else began: press its reset"
                " button"
            )
        if frame.type is FrameType.HELLO:
            if self.started:  # a frame that the reset cut short may stand before it
                raise LinkError("the board was reset in the middle of the run: it says hello again")
            self.damage = ""
        elif self.damage:
            raise LinkError(garbled(self.damage))
        expected = self._sequence
        self._sequence = (frame.sequence + 1) & 0xFFFF
        if frame.type is not FrameType.HELLO and frame.sequence != expected:
            count = (frame.sequence - expected) & 0xFFFF
            raise LinkError(
                f"of the board's frames {count} got lost, before frame {frame.sequence}; check the"
                " cable"
            )
        try:
            self._parse(frame)
        except (BadFrame, ValueError, IndexError) as error:
            raise LinkError(f"a frame of the board's makes no sense: {error}") from None

    def _parse(self, frame: Frame) -> None:
        run = self.run
        match frame.type:
            case FrameType.HELLO:
                self._greet(parse_hello(frame.payload))
            case FrameType.TEST:
                run.tests.append(parse_self_test(frame.payload))
            case FrameType.TRACE:
                run.events += self._decoder.decode(frame.payload)
            case FrameType.TEXT:
                run.text += frame.payload.decode("utf-8", "replace")
            case FrameType.END:
                run.end = parse_end(frame.payload)
                if run.end.records != len(run.events):
                    raise LinkError(
                        f"the board sent {run.end.records} records of its probe, and"
                        f" {len(run.events)} came"
                    )

    def _greet(self, hello: Hello) -> None:
        if hello.state is State.REFUSED:
            raise LinkError(
                f"the board's firmware has no mode {self._asked!r}: build its bitstream with this"
                " version of amagic"
            )
        if hello.state is not self._state:
            raise LinkError(
                "the board has finished a run before: press its reset button"
                if hello.state is State.FINISHED
                else "the board was reset between two runs"
            )
        if hello.soc not in self._socs:
            raise LinkError(
                f"the board's SoC ({hello.soc:#010x}) is none of this version of amagic: build its"
                " bitstream again"
            )
        self.run.hello = hello


def run_session(
    port: Port,
    socs: Collection[int],
    patience: Patience,
    progress: Callable[[BoardRun], object] = lambda _: None,
    *,
    mode: Mode | None = None,
    again: bool = False,
) -> BoardRun:
    """Have a board run, in a mode or in its firmware's own, and listen to the end.

    `progress` is called whenever something came. `again` says that the board has run before; else
    it must be fresh from its reset.

    Raises
    ------
    LinkError
        When the board is silent, garbled, of another version, not ready, reset, unplugged or too
        slow, or has no such mode.
    """
    listener = Listener(socs, mode, again)
    begun = heard = understood = time.monotonic()
    asked = asked_first = None
    while listener.run.end is None:
        data = port.read()
        now = time.monotonic()
        if data:
            heard = now
            frames = listener.frames
            listener.feed(data)
            if listener.frames != frames:
                understood = now
                progress(listener.run)
        if listener.run.hello is not None and not listener.started:
            if asked is None or now - asked > patience.silence / _REQUESTS:
                asked, asked_first = now, asked_first or now
                port.write(request(mode))
            _check_heard(now - asked_first, heard - asked_first, patience)
        _check_silence(listener, now - heard, now - understood, patience)
        if now - begun > patience.total:
            raise LinkError(f"the run is not over after {patience.total:g} s")
    return listener.run


def _check_heard(since_request: float, still_heard: float, patience: Patience) -> None:
    if since_request > patience.silence and still_heard > patience.silence / 2:
        raise LinkError(
            f"the board goes on saying hello, for {patience.silence:g} s, and does not hear the"
            " request to run: check its receive line"
        )


def _check_silence(
    listener: Listener, silent: float, not_understood: float, patience: Patience
) -> None:
    limit = f"{patience.silence:g} s"
    if silent > patience.silence:
        if listener.damage:
            raise LinkError(garbled(f"{listener.damage}, and nothing came for {limit} after it"))
        hint = "" if listener.frames else ": is it programmed, and is this its port?"
        raise LinkError(f"nothing came from the board for {limit}{hint}")
    if not_understood > patience.silence:
        raise LinkError(garbled(f"no frame in {limit}"))
