"""The memory-mapped generic timer: a system counter, and frames of two timers each.

Sources are Arm's register pages (DDI 0595, DDI 0601): CNTCR, CNTSR, CNTACR<n>, CNTEL0ACR, CNTNSAR,
CNTP_CTL, CNTP_TVAL, CounterID<n>. "Ours" is what they leave UNKNOWN, which is nearly every reset
value. The counter counts when a script settles for a number of counts, and stands still otherwise.
"""

from collections.abc import Sequence

from . import registers
from .page import WORD, By, Page

__all__ = ["SystemTimer"]

COUNT = (1 << 64) - 1
BLOCK_FRAMES = 8
"""A CNTCTLBase has room for so many frames; there is another one for those above."""
COUNTER_ID = (0, 0, 0, 0, 0x67, 0x0A, 0, 0, 0x0D, 0xF0, 0x05, 0xB1)
"""Peripheral 4 to 7, peripheral 0 to 3 (our part, 0xa67, and no implementer), component 0 to 3, of
class 0xf."""

EN, HDBG = 1, 2
RPCT, RVCT, RFRQ, RVOFF, RWVT, RWPT = (1 << bit for bit in range(6))
"""CNTACR<n>: what can be reached in frame n."""
EL0PCTEN, EL0VCTEN, EL0VTEN, EL0PTEN = 1, 2, 1 << 8, 1 << 9
"""CNTEL0ACR: what of that can be reached in the frame's second view."""
EL0_BITS = EL0PCTEN | EL0VCTEN | EL0VTEN | EL0PTEN
ENABLE, IMASK, ISTATUS = 1, 2, 4


def half(value: int, index: int) -> int:
    """The lower or the upper word of a register of 64 bits."""
    return value >> 32 * index & WORD


def with_half(value: int, index: int, word: int) -> int:
    """After a write of one word, which takes effect at once and leaves the other as it is."""
    return value & ~(WORD << 32 * index) | word << 32 * index


class SystemCounter:
    """CNTControlBase and CNTReadBase: the count, and its control."""

    def __init__(self, frequency: int):
        self.frequency = frequency
        self.control = 0
        self.count = 0

    def advance(self, counts: int) -> None:
        """EN resets to 0: out of reset the counter stands."""
        if self.control & EN:
            self.count = self.count + counts & COUNT

    def read_cntcr(self, _index: int, by: By) -> int:
        """FCREQ [17:8] reads 0: the table of frequencies has one entry."""
        return self.control

    def write_cntcr(self, _index: int, value: int, _lanes: int, by: By) -> None:
        self.control = value & (EN | HDBG)

    def read_cntsr(self, _index: int, by: By) -> int:
        """DBGH and FCACK: nothing halts the counter, and entry 0 is selected."""
        return 0

    def read_cntcv(self, index: int, by: By) -> int:
        return half(self.count, index)

    def write_cntcv(self, index: int, value: int, _lanes: int, by: By) -> None:
        """In CNTControlBase only."""
        self.count = with_half(self.count, index, value)

    def read_cntfid(self, index: int, by: By) -> int:
        """CNTFID0, and the table's end."""
        return 0 if index else self.frequency

    def read_counterid(self, index: int, by: By) -> int:
        return COUNTER_ID[index]


class CompareTimer:
    """A timer: CVAL and CTL. The count that it compares with comes with each call."""

    def __init__(self) -> None:
        self.cval = 0
        self.control = 0

    def status(self, count: int) -> bool:
        """The count has reached CVAL: all unsigned, of 64 bits. Without ENABLE UNKNOWN; ours 0."""
        return bool(self.control & ENABLE) and count >= self.cval

    def line(self, count: int) -> int:
        return int(self.status(count) and not self.control & IMASK)


class TimerFrame:
    """A physical and a virtual timer, with what its block's CNTCTLBase sets for them."""

    def __init__(self, counter: SystemCounter):
        self.counter = counter
        self.physical, self.virtual = CompareTimer(), CompareTimer()
        self.offset = 0
        self.access = RPCT | RVCT | RFRQ | RVOFF | RWVT | RWPT
        """CNTACR<n>; ours permits everything out of reset."""
        self.el0_access = 0
        """CNTEL0ACR; ours permits nothing out of reset."""

    @property
    def virtual_count(self) -> int:
        return self.counter.count - self.offset & COUNT

    @property
    def lines(self) -> tuple[int, int]:
        """Of the physical and the virtual timer, level."""
        virtual = self.virtual.line(self.virtual_count)
        return self.physical.line(self.counter.count), virtual


class TimerBlock:
    """CNTCTLBase of up to eight frames."""

    def __init__(self, frames: Sequence[TimerFrame], frequency: int):
        self.frames = frames
        self.frequency = frequency

    def read_cntfrq(self, _index: int, by: By) -> int:
        return self.frequency

    def write_cntfrq(self, _index: int, value: int, _lanes: int, by: By) -> None:
        self.frequency = value

    def read_cntnsar(self, _index: int, by: By) -> int:
        """Each frame accepts Non-secure accesses, and that cannot be changed."""
        return (1 << len(self.frames)) - 1

    def read_cnttidr(self, _index: int, by: By) -> int:
        """Of each frame: it is there, with a virtual timer and a second view."""
        return sum(0b0111 << 4 * frame for frame in range(len(self.frames)))

    def read_cntacr(self, index: int, by: By) -> int:
        return self.frames[index].access if index < len(self.frames) else 0

    def write_cntacr(self, index: int, value: int, _lanes: int, by: By) -> None:
        if index < len(self.frames):
            self.frames[index].access = value & 0x3F

    def read_cntvoff(self, index: int, by: By) -> int:
        frame, word = divmod(index, 2)
        return half(self.frames[frame].offset, word) if frame < len(self.frames) else 0

    def write_cntvoff(self, index: int, value: int, _lanes: int, by: By) -> None:
        frame, word = divmod(index, 2)
        if frame < len(self.frames):
            self.frames[frame].offset = with_half(self.frames[frame].offset, word, value)

    def read_counterid(self, index: int, by: By) -> int:
        return COUNTER_ID[index]


class FrameView:
    """CNTBaseN or, as the second view, CNTEL0BaseN. What is not permitted is RES0."""

    def __init__(self, frame: TimerFrame, block: TimerBlock, *, second: bool):
        self._frame, self._block, self._second = frame, block, second

    def permits(self, access: int, el0_access: int) -> bool:
        """CNTACR<n> does and, for the second view, so does a bit of CNTEL0ACR."""
        permitted = not self._second or self._frame.el0_access & el0_access
        return bool(self._frame.access & access and permitted)

    def read_cntpct(self, index: int, by: By) -> int:
        return half(self._frame.counter.count, index) if self.permits(RPCT, EL0PCTEN) else 0

    def read_cntvct(self, index: int, by: By) -> int:
        return half(self._frame.virtual_count, index) if self.permits(RVCT, EL0VCTEN) else 0

    def read_cntfrq(self, _index: int, by: By) -> int:
        """In the second view with either counter."""
        return self._block.frequency if self.permits(RFRQ, EL0PCTEN | EL0VCTEN) else 0

    def read_cntel0acr(self, _index: int, by: By) -> int:
        return self._frame.el0_access

    def write_cntel0acr(self, _index: int, value: int, _lanes: int, by: By) -> None:
        self._frame.el0_access = value & EL0_BITS

    def read_cntvoff(self, index: int, by: By) -> int:
        return half(self._frame.offset, index) if self.permits(RVOFF, 0) else 0

    def read_counterid(self, index: int, by: By) -> int:
        """Not gated."""
        return COUNTER_ID[index]


class TimerView:
    """One timer in one view of its frame: CNTP_CVAL, CNTP_TVAL, CNTP_CTL, or CNTV_*."""

    def __init__(self, frame: TimerFrame, view: FrameView, *, virtual: bool):
        self._frame, self._view, self._virtual = frame, view, virtual
        self._timer = frame.virtual if virtual else frame.physical

    @property
    def _permitted(self) -> bool:
        return self._view.permits(*((RWVT, EL0VTEN) if self._virtual else (RWPT, EL0PTEN)))

    @property
    def _count(self) -> int:
        return self._frame.virtual_count if self._virtual else self._frame.counter.count

    def read_cval(self, index: int, by: By) -> int:
        return half(self._timer.cval, index) if self._permitted else 0

    def write_cval(self, index: int, value: int, _lanes: int, by: By) -> None:
        if self._permitted:
            self._timer.cval = with_half(self._timer.cval, index, value)

    def read_tval(self, _index: int, by: By) -> int:
        """CVAL less the count; without ENABLE UNKNOWN, ours the same."""
        return self._timer.cval - self._count & WORD if self._permitted else 0

    def write_tval(self, _index: int, value: int, _lanes: int, by: By) -> None:
        """CVAL becomes the count plus a signed number of 32 bits."""
        if self._permitted:
            signed = value - (1 << 32) if value >> 31 else value
            self._timer.cval = self._count + signed & COUNT

    def read_ctl(self, _index: int, by: By) -> int:
        if not self._permitted:
            return 0
        return self._timer.control | (ISTATUS if self._timer.status(self._count) else 0)

    def write_ctl(self, _index: int, value: int, _lanes: int, by: By) -> None:
        if self._permitted:
            self._timer.control = value & (ENABLE | IMASK)


class SystemTimer:
    """The counter, ``frames`` timer frames in blocks of eight, and their pages by name."""

    def __init__(self, frames: int, frequency: int):
        self.counter = counter = SystemCounter(frequency)
        self.frames = [TimerFrame(counter) for _ in range(frames)]
        self.blocks: list[TimerBlock] = []
        self.pages = {
            "CNTControlBase": Page((counter, registers.CNTControlBase)),
            "CNTReadBase": Page((counter, registers.CNTReadBase)),
        }
        for first in range(0, frames, BLOCK_FRAMES):
            block = TimerBlock(self.frames[first : first + BLOCK_FRAMES], frequency)
            self.blocks.append(block)
            self.pages[f"CNTCTLBase{first // BLOCK_FRAMES}"] = Page((block, registers.CNTCTLBase))
            for number, frame in enumerate(block.frames, first):
                self.pages[f"CNTBase{number}"] = frame_page(frame, block, second=False)
                self.pages[f"CNTEL0Base{number}"] = frame_page(frame, block, second=True)
        if frames <= BLOCK_FRAMES:
            self.pages["CNTCTLBase"] = self.pages.pop("CNTCTLBase0")


def frame_page(frame: TimerFrame, block: TimerBlock, *, second: bool) -> Page:
    """CNTBaseN, or CNTEL0BaseN."""
    view = FrameView(frame, block, second=second)
    return Page(
        (view, registers.CNTEL0Base if second else registers.CNTBase),
        (TimerView(frame, view, virtual=False), registers.CNTP),
        (TimerView(frame, view, virtual=True), registers.CNTV),
    )
