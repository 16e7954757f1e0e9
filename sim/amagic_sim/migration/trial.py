"""Trials: a guest is moved at chosen instants, and every tick of every guest is judged.

The guest that moves is ``firmware/guests/crowd.c``, which always has several interrupts open. The
demo's own guest runs beside it and stays where it is.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from ..compiler import firmware_root
from ..firmware import Program
from ..hypervisor_build import GuestSource, build_hypervisor
from ..judge import Judge
from ..mode import Mode, mode_words
from ..report import parse_report
from ..results import DueClass
from ..soc_sim import run_soc
from ..trace import read_trace
from ..verdict import Verdict
from .orders import (
    Answer,
    Order,
    TickState,
    What,
    moves,
    order_words,
    parse_answers,
    slot_words,
)
from .transfer import image_frames, received_image

__all__ = [
    "SLOTS",
    "Case",
    "Trial",
    "build",
    "directed",
    "over_uart",
    "random_gaps",
    "through_memory",
]

SLOTS = 3
HOME, NEIGHBOUR, FREE = range(SLOTS)
PERIOD, NEIGHBOURS_PERIOD = 60013, 50021
_FIRST, _SPREAD = 40_000, 30_000
_CYCLES_OF_A_MOVE = 1_000_000
_NEVER = 1 << 31
_APART = 500
_CYCLES_OF_A_TRANSFER = 20_000_000


@dataclass(frozen=True)
class Case:
    """What is built: the ticks of the guest that moves, of its neighbour, and the limit on list
    registers, 0 for none; and the mode that it runs in."""

    ticks: int
    neighbours_ticks: int
    lrs: int = 0
    mode: Mode = Mode.FORWARDED


@dataclass
class Trial:
    """What came of some moves. It has passed when there is no reason against it."""

    answers: list[Answer] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    ticks: int = 0
    lrs: int = 0

    @property
    def states(self) -> Counter[str]:
        """How many guests left with what open."""
        return Counter(
            name for answer in self.answers for name in _open(answer, self.lrs or _ALL_LRS)
        )


_ALL_LRS = 4


def _open(answer: Answer, lrs: int) -> Iterable[str]:
    """What a guest had open when it left."""
    if answer.what is not What.OUT or answer.result != "ok":
        return
    yield "in all"
    pending, active = answer.state["pending"], answer.state["active"]
    if pending:
        yield "an interrupt pending"
    if active:
        yield "an interrupt active"
    if TickState.PENDING in answer.tick:
        yield "the tick pending"
    if TickState.ACTIVE in answer.tick:
        yield "the tick active, HW"
    if TickState.DUE in answer.tick and not answer.tick & (TickState.PENDING | TickState.ACTIVE):
        yield "the tick due during the switch"
    if pending + active > lrs:
        yield "an interrupt spilled"


@cache
def build(case: Case) -> Program:
    """The hypervisor with both guests and a free slot, which may have the serial port."""
    folder = firmware_root() / "guests"
    crowd = GuestSource(folder / "crowd.c", {"PERIOD": PERIOD, "TICKS": case.ticks})
    ticker = GuestSource(
        folder / "ticker.c", {"PERIOD": NEIGHBOURS_PERIOD, "TICKS": case.neighbours_ticks}
    )
    # The receiver is given to nobody: images come that way.
    defines = {"HYP_UART_OWNER": FREE} | ({"HYP_MAX_LRS": case.lrs} if case.lrs else {})
    return build_hypervisor(crowd, ticker, slots=SLOTS, defines=defines)


def _words(case: Case, orders: Sequence[Order]) -> dict[int, int]:
    """The words of the image that say what is to be done, and in which mode."""
    program = build(case)
    return order_words(program, orders) | mode_words(program, case.mode)


def random_gaps(seed: int, count: int) -> list[int]:
    """Cycles between one move and the next, by a seed."""
    chance = random.Random(seed)
    return [_FIRST + chance.randrange(_SPREAD) for _ in range(count)]


def _judge(
    out: Path,
    answers: Sequence[Answer],
    case: Case,
    text: str,
    wanted: Sequence[int],
    arriving: Judge | None = None,
) -> tuple[Judge, list[str]]:
    """Judge a run: every tick once, in order, never early; and as many as each slot was to get."""
    report = parse_report(text)
    judge = Judge(SLOTS, arriving).run(read_trace(out / "trace.txt"))
    verdict = Verdict.of(judge, [None] * SLOTS, dropped=report.dropped, mode=case.mode)
    reasons = [*verdict.reasons]
    if not report.passed:
        reasons.append("the firmware reports FAIL")
    for slot, (result, ticks) in enumerate(zip(judge.results, wanted, strict=True)):
        if len(result.delivered) != ticks:
            reasons.append(
                f"slot {slot}: {len(result.delivered)} ticks were delivered, {ticks} asked for"
            )
        if result.spurious and not case.lrs:
            reasons.append(f"slot {slot}: {len(result.spurious)} handler entries for nothing")
    reasons += [
        f"the hypervisor refuses to {answer.what.name}: {answer.result}"
        for answer in answers
        if answer.result != "ok"
    ]
    return judge, reasons


def through_memory(case: Case, gaps: Sequence[int], out: Path, **options: object) -> Trial:
    """Move the guest to and fro between two slots, one gap of cycles after the other."""
    program = build(case)
    run = run_soc(
        program,
        out,
        max_cycles=2_000_000 + _CYCLES_OF_A_MOVE * len(gaps) + 2 * PERIOD * case.ticks,
        words=_words(case, moves(gaps, (HOME, FREE))),
        **options,
    )
    answers = parse_answers(run.uart_text)
    wanted = [0, case.neighbours_ticks, 0]
    wanted[FREE if len(gaps) % 2 else HOME] = case.ticks
    judge, reasons = _judge(out, answers, case, run.uart_text, wanted)
    if len(answers) != 2 * len(gaps):
        reasons.append(f"{len(answers)} of {2 * len(gaps)} orders were carried out")
    ticks = sum(len(result.delivered) for result in judge.results)
    return Trial(answers, reasons, ticks, case.lrs)


def over_uart(
    case: Case, instant: int, out: Path, *, wire: bool = True, **options: object
) -> Trial:
    """Move the guest to a second system that starts from its reset: out over the serial port, and
    in over it as well, or with ``wire`` False from memory.

    The second system has the same guests of its own: three run there at last.
    """
    program = build(case)
    leave = [Order(instant, What.OUT, FREE, HOME), Order(0, What.SEND, FREE)]
    first = run_soc(
        program,
        out / "first",
        max_cycles=_CYCLES_OF_A_TRANSFER,
        words=_words(case, leave),
        **options,
    )
    answers = parse_answers(first.uart_text)
    there = [0, case.neighbours_ticks, 0]
    judge, reasons = _judge(out / "first", answers, case, first.uart_text, there)
    image = received_image((out / "first" / "uart.txt").read_bytes())
    (out / "image.bin").write_bytes(image)

    arrive = [Order(0, What.IN, FREE)]
    given: dict[str, object] = {}
    words = slot_words(image, FREE, SLOTS)
    if wire:
        arrive.insert(0, Order(0, What.RECEIVE, FREE))
        given, words = {"uart_in": image_frames(image)}, {}
    second = run_soc(
        program,
        out / "second",
        max_cycles=_CYCLES_OF_A_TRANSFER,
        words=words | _words(case, arrive),
        **given,
        **options,
    )
    arrived = parse_answers(second.uart_text)
    here = [case.ticks, case.neighbours_ticks, case.ticks]
    other, more = _judge(out / "second", arrived, case, second.uart_text, here, judge)
    if len(answers) + len(arrived) != len(leave) + len(arrive):
        reasons.append(f"{len(answers) + len(arrived)} orders were carried out")
    ticks = sum(len(result.delivered) for each in (judge, other) for result in each.results)
    return Trial([*answers, *arrived], [*reasons, *more], ticks, case.lrs)


def _undisturbed(case: Case, out: Path, **options: object) -> Judge:
    """The judge of a run in which nobody moves: the order comes when all is over."""
    never = [Order(_NEVER, What.OUT, FREE, HOME)]
    run_soc(build(case), out, max_cycles=4_000_000, words=_words(case, never), **options)
    return Judge(SLOTS).run(read_trace(out / "trace.txt"))


def directed(case: Case, out: Path, **options: object) -> dict[str, int]:
    """Instants that meet a state for certain, by the name of the state.

    A run is the same, cycle by cycle, until the first order is carried out: so they are found in a
    run in which none is.
    """
    judge = _undisturbed(case, out, **options)
    whole = [t for t in judge.results[HOME].delivered if t.line is not None and t.eoi is not None]
    long = max(whole, key=lambda tick: tick.eoi - tick.iar)
    instants = {"the tick active, HW": (long.iar + long.eoi) // 2}
    # Those that fell due while none was open. With one list register there may be none.
    alone = [tick for before, tick in pairwise(whole) if before.eoi + _APART < tick.due]
    if alone:
        instants["the tick due during the switch"] = alone[len(alone) // 2].due - 60
    if waiting := [
        tick
        for tick in alone
        if tick.due_class is DueClass.RUNNING
        and not any(tick.line <= switch <= tick.iar for switch in judge.switches)
    ]:
        late = max(waiting, key=lambda tick: tick.iar - tick.line)
        instants["the tick pending"] = (late.line + late.iar) // 2
    return instants
