"""Trials: a guest is moved at chosen instants, and every tick of every guest is judged.

The guest that moves is ``firmware/guests/crowd.c``, which always has several interrupts open. The
demo's own guest runs beside it and stays where it is.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from amagic.soc.soc import SocConfig

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
from .states import count_states, just_forwarded
from .transfer import image_frames, received_image

__all__ = [
    "SLOTS",
    "Case",
    "Trial",
    "build",
    "directed",
    "meet",
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
_TRIES = 5
_LEADS = (1_000, 800, 1_200, 600, 400)  # cycles from the order to where the timer is stopped
_CYCLES_OF_A_TRANSFER = 20_000_000


@dataclass(frozen=True)
class Case:
    """What is built: the ticks of each virtual CPU of the guest that moves, and of its neighbour;
    the limit on list registers, 0 for none; the guest's virtual CPUs; the mode that it runs in;
    and the harts."""

    ticks: int
    neighbours_ticks: int
    lrs: int = 0
    mode: Mode = Mode.FORWARDED
    vcpus: int = 1
    harts: int = 1

    @property
    def config(self) -> SocConfig:
        """The system-on-chip."""
        return SocConfig(harts=self.harts)

    @property
    def ticks_of(self) -> list[int]:
        """What each world is to get where nobody moves: the first virtual CPUs, then the second."""
        return [self.ticks, self.neighbours_ticks, 0, self.ticks * (self.vcpus - 1), 0, 0]


@dataclass
class Trial:
    """What came of some moves. It has passed when there is no reason against it."""

    answers: list[Answer] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    ticks: int = 0
    states: Counter[str] = field(default_factory=Counter)
    gaps: Sequence[int] = ()


@cache
def build(case: Case) -> Program:
    """The hypervisor with both guests and a free slot, which may have the serial port."""
    folder = firmware_root() / "guests"
    crowd = GuestSource(
        folder / "crowd.c",
        {"PERIOD": PERIOD, "TICKS": case.ticks, "GUEST_VCPUS": case.vcpus},
    )
    ticker = GuestSource(
        folder / "ticker.c", {"PERIOD": NEIGHBOURS_PERIOD, "TICKS": case.neighbours_ticks}
    )
    # The receiver is given to nobody: images come that way.
    defines = {"HYP_UART_OWNER": FREE} | ({"HYP_MAX_LRS": case.lrs} if case.lrs else {})
    return build_hypervisor(crowd, ticker, slots=SLOTS, defines=defines, config=case.config)


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
    *,
    mode: Mode | None,
) -> tuple[Judge, list[str]]:
    """Judge a run: every tick once, in order, never early; and as many as each world was to get."""
    report = parse_report(text)
    judge = Judge(len(wanted), arriving).run(read_trace(out / "trace.txt"))
    verdict = Verdict.of(judge, [None] * len(wanted), dropped=report.dropped, mode=mode)
    reasons = [*verdict.reasons]
    if not report.passed:
        reasons.append("the firmware reports FAIL")
    for world, (result, ticks) in enumerate(zip(judge.results, wanted, strict=True)):
        if len(result.delivered) != ticks:
            reasons.append(
                f"world {world}: {len(result.delivered)} ticks were delivered, {ticks} asked for"
            )
        if result.spurious and not case.lrs:
            reasons.append(f"world {world}: {len(result.spurious)} handler entries for nothing")
        if result.unforwarded and not case.lrs and mode and mode.forwards:
            reasons.append(f"world {world}: {len(result.unforwarded)} ends were not forwarded")
    gone = [answer for answer in answers if answer.what is What.OUT and answer.result == "ok"]
    seen = zip(*(judge.left_active[cpu :: case.vcpus] for cpu in range(case.vcpus)), strict=True)
    reasons += [
        f"a guest left with its tick {'' if TickState.ACTIVE in answer.tick else 'not '}active"
        for answer, active in zip(gone, seen, strict=True)
        if (TickState.ACTIVE in answer.tick) != any(active)
    ]
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
        config=case.config,
        max_cycles=2_000_000 + _CYCLES_OF_A_MOVE * len(gaps) + 2 * PERIOD * case.ticks,
        words=_words(case, moves(gaps, (HOME, FREE))),
        **options,
    )
    answers = parse_answers(run.uart_text)
    wanted = case.ticks_of
    if len(gaps) % 2:
        wanted[HOME::SLOTS], wanted[FREE::SLOTS] = wanted[FREE::SLOTS], wanted[HOME::SLOTS]
    judge, reasons = _judge(out, answers, case, run.uart_text, wanted, mode=case.mode)
    if len(answers) != 2 * len(gaps):
        reasons.append(f"{len(answers)} of {2 * len(gaps)} orders were carried out")
    ticks = sum(len(result.delivered) for result in judge.results)
    states = count_states(answers, just_forwarded(read_trace(out / "trace.txt")), case.lrs)
    return Trial(answers, reasons, ticks, states, gaps)


def over_uart(
    case: Case,
    instant: int,
    out: Path,
    *,
    wire: bool = True,
    mode: Mode | None = None,
    **options: object,
) -> Trial:
    """Move the guest to a second system that starts from its reset: out over the serial port, and
    in over it as well, or with ``wire`` False from memory.

    The second system has the same guests of its own: three run there at last. It may run in
    another ``mode``.
    """
    other_case = replace(case, mode=mode or case.mode)
    program = build(case)
    leave = [Order(instant, What.OUT, FREE, HOME), Order(0, What.SEND, FREE)]
    first = run_soc(
        program,
        out / "first",
        config=case.config,
        max_cycles=_CYCLES_OF_A_TRANSFER,
        words=_words(case, leave),
        **options,
    )
    answers = parse_answers(first.uart_text)
    there = [0, case.neighbours_ticks, 0, 0, 0, 0]
    judge, reasons = _judge(out / "first", answers, case, first.uart_text, there, mode=case.mode)
    image = received_image((out / "first" / "uart.txt").read_bytes())
    (out / "image.bin").write_bytes(image)

    arrive = [Order(0, What.IN, FREE)]
    given: dict[str, object] = {}
    states = count_states(answers, just_forwarded(read_trace(out / "first/trace.txt")), case.lrs)
    words = slot_words(image, FREE, SLOTS, case.config)
    if wire:
        arrive.insert(0, Order(0, What.RECEIVE, FREE))
        given, words = {"uart_in": image_frames(image)}, {}
    second = run_soc(
        program,
        out / "second",
        config=case.config,
        max_cycles=_CYCLES_OF_A_TRANSFER,
        words=words | _words(other_case, arrive),
        **given,
        **options,
    )
    arrived = parse_answers(second.uart_text)
    here = case.ticks_of
    here[FREE::SLOTS] = here[HOME::SLOTS]
    other, more = _judge(
        out / "second",
        arrived,
        case,
        second.uart_text,
        here,
        judge,
        mode=case.mode if other_case == case else None,
    )
    if len(answers) + len(arrived) != len(leave) + len(arrive):
        reasons.append(f"{len(answers) + len(arrived)} orders were carried out")
    ticks = sum(len(result.delivered) for each in (judge, other) for result in each.results)
    return Trial([*answers, *arrived], [*reasons, *more], ticks, states, [instant])


def _undisturbed(case: Case, out: Path, **options: object) -> Judge:
    """The judge of a run in which nobody moves: the order comes when all is over."""
    never = [Order(_NEVER, What.OUT, FREE, HOME)]
    words = _words(case, never)
    run_soc(build(case), out, config=case.config, max_cycles=4_000_000, words=words, **options)
    return Judge(len(case.ticks_of)).run(read_trace(out / "trace.txt"))


def directed(case: Case, out: Path, **options: object) -> dict[str, list[int]]:
    """Instants to meet a state at, by the name of the state: one after the other is to be tried.

    A run is the same, nearly cycle by cycle, until the first order is carried out: so they are
    found in a run in which none is.
    """
    judge = _undisturbed(case, out, **options)
    whole = [t for t in judge.results[HOME].delivered if t.line is not None and t.eoi is not None]
    active = sorted(whole, key=lambda tick: tick.iar - tick.eoi)
    # Those that fell due while none was open. With one list register there may be none.
    alone = [tick for before, tick in pairwise(whole) if before.eoi + _APART < tick.due]
    waiting = [
        tick
        for tick in alone
        if tick.due_class is DueClass.RUNNING
        and not any(tick.line <= switch <= tick.iar for switch in judge.switches)
    ]
    waiting.sort(key=lambda tick: tick.line - tick.iar)
    instants = {
        "the tick active, HW": [(tick.iar + tick.eoi) // 2 for tick in active],
        "the tick due during the switch": [
            tick.due - lead for lead, tick in zip(_LEADS, alone, strict=False)
        ],
        "the tick pending": [(tick.line + tick.iar) // 2 for tick in waiting],
        "the tick forwarded by the exit before": [
            (tick.line + tick.iar) // 2 for tick in reversed(waiting)
        ],
        "active, spilled": [(tick.iar + tick.eoi) // 2 for tick in active],
        "pending, spilled": [(tick.iar + 3 * tick.eoi) // 4 for tick in active],
    }
    return {state: found[:_TRIES] for state, found in instants.items() if found}


def meet(
    case: Case, state: str, instants: Sequence[int], out: Path, **options: object
) -> list[Trial]:
    """Move the guest at one instant after the other, until it leaves in this state."""
    trials = []
    for instant in instants:
        trials.append(through_memory(case, [instant], out, **options))
        if state in trials[-1].states:
            break
    else:
        trials.append(Trial(reasons=[f"{state!r} was not met at {list(instants)}"]))
    return trials
