"""`amagic harts`: two guests with two virtual CPUs each, on a system with two harts.

Every virtual CPU goes to whichever hart is free, takes the ticks of its own timer, and sends SGIs
to the other one of its guest. What arrives on the serial port is one guest's. The judge follows
each virtual CPU through its moves; this also counts what there is only with several harts.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from amagic.registers import GICC, GICV

from .compiler import firmware_root
from .mode import Mode, mode_words
from .options import add_out, empty_results, number_from
from .outcome import Outcome, judge_run
from .results import VTIMER_INTID
from .statistics import run_table
from .steps import Step, say, show_cycles
from .trace import Event, EventKind, Mark, read_trace

if TYPE_CHECKING:
    from .hypervisor_build import GuestSource

__all__ = ["HARTS", "Exchange", "add_arguments", "pair_guests", "run", "run_pairs"]

HARTS = 2
GUESTS = 2
TICKS = 80
PERIODS = (50021, 54001)
"""Of the guests' ticks, in cycles: four virtual CPUs take turns on two harts."""

BYTES = 24
"""That the guest with the serial port's receiver takes."""

_MAX_TICKS = 10_000
_CYCLES_PER_TICK = 400_000  # far more than a tick takes; a guest that waits for ever does not end
_GAP = 60_000  # cycles between two bytes: the next one finds the line low again
_FIRST_SPI, _FIRST_PPI, _NOTHING = 32, 16, 1020


@dataclass
class Exchange:
    """What goes from hart to hart, as the trace tells.

    Attributes
    ----------
    ticks
        Acknowledged by guests on each hart.
    moves
        Virtual CPUs that came to another hart than their last.
    moves_active
        Those whose tick was active: acknowledged, and not yet ended.
    sgis, sgis_across
        Acknowledged by guests; and those while the sender's hart was another one.
    spis, spis_across
        Ended by guests; and those that another hart had acknowledged.
    """

    ticks: Counter[int] = field(default_factory=Counter)
    moves: int = 0
    moves_active: int = 0
    sgis: int = 0
    sgis_across: int = 0
    spis: int = 0
    spis_across: int = 0

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Exchange":
        """Follows a whole trace."""
        self = cls()
        world: dict[int, int] = {}  # on each hart
        hart: dict[int, int] = {}  # of each virtual CPU, or where it was last
        active: dict[int, set[int]] = {}  # what each virtual CPU has acknowledged
        taken: dict[int, int] = {}  # SPIs: by which hart
        for event in events:
            if event.kind is EventKind.MARK and event.mark is Mark.SWITCH_IN:
                moved = hart.get(event.world, event.cpu) != event.cpu
                self.moves += moved
                self.moves_active += moved and VTIMER_INTID in active[event.world]
                world[event.cpu] = event.world
                hart[event.world] = event.cpu
                active.setdefault(event.world, set())
            elif event.kind is EventKind.GICC_READ and event.aux == GICC.IAR.offset:
                if _FIRST_SPI <= event.value < _NOTHING:
                    taken[event.value] = event.cpu
            elif event.cpu not in world:
                continue
            elif event.kind is EventKind.GICV_READ and event.aux == GICV.IAR.offset:
                active[world[event.cpu]].add(event.value & 0x3FF)
                self._acknowledged(event, world[event.cpu], hart)
            elif event.kind is EventKind.GICV_WRITE and event.aux == GICV.EOIR.offset:
                intid = event.value & 0x3FF
                active[world[event.cpu]].discard(intid)
                if intid >= _FIRST_SPI:
                    self.spis += 1
                    self.spis_across += taken.get(intid, event.cpu) != event.cpu
        return self

    def _acknowledged(self, event: Event, guest: int, hart: dict[int, int]) -> None:
        intid, source = event.value & 0x3FF, event.value >> 10 & 7
        if intid == VTIMER_INTID:
            self.ticks[event.cpu] += 1
        elif intid < _FIRST_PPI:
            # The first virtual CPUs of all guests come first, then the second ones.
            sender = source * GUESTS + guest % GUESTS
            self.sgis += 1
            self.sgis_across += hart.get(sender, event.cpu) != event.cpu

    @property
    def missing(self) -> list[str]:
        """What did not happen, though a run is to show it."""
        return [
            what
            for what, count in (
                *((f"tick on hart {hart}", self.ticks[hart]) for hart in range(HARTS)),
                ("move with a tick active", self.moves_active),
                ("SGI from hart to hart", self.sgis_across),
                ("SPI ended on the other hart", self.spis_across),
            )
            if not count
        ]


def pair_guests(
    ticks: int = TICKS, periods: tuple[int, int] = PERIODS, seed: int = 1
) -> "tuple[GuestSource, GuestSource]":
    """Two guests with two virtual CPUs each, and ``ticks`` ticks for each of these."""
    from .hypervisor_build import GuestSource

    source = firmware_root() / "guests" / "pair.c"
    return tuple(
        GuestSource(
            source,
            {
                "GUEST_NAME": f'"pair-{period}"',
                "GUEST_VCPUS": 2,
                "PERIOD": period,
                "TICKS": ticks,
                "SEED": f"{(0x9E3779B9 * (2 * seed + number) & 0xFFFF_FFFF) or 1:#x}",
                "BYTES": BYTES * number,  # the second one has the receiver (hyp/devices.c)
            },
        )
        for number, period in enumerate(periods)
    )


def run_pairs(
    out: Path,
    ticks: int = TICKS,
    mode: Mode = Mode.FORWARDED,
    seed: int = 1,
    progress=None,
    **defines: object,
) -> tuple[Outcome, Exchange]:
    """Run `pair_guests` on two harts, and judge the run. ``defines`` are the host's macros."""
    from amagic.soc.soc import SocConfig

    from .hypervisor_build import build_hypervisor
    from .soc_sim import run_soc

    config = SocConfig(harts=HARTS)
    firmware = build_hypervisor(*pair_guests(ticks, seed=seed), config=config, defines=defines)
    done = run_soc(
        firmware,
        out,
        max_cycles=_CYCLES_PER_TICK * max(ticks, 20),
        progress=progress,
        config=config,
        uart_in=bytes(range(BYTES)),
        uart_gap=_GAP,
        words=mode_words(firmware, mode),
    )
    events = list(read_trace(done.trace_path))
    cpus = GUESTS * HARTS
    return judge_run(events, done.uart_text, [ticks] * cpus, 0, mode), Exchange.of(events)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``amagic harts``."""
    parser.add_argument(
        "--ticks",
        type=number_from(1, _MAX_TICKS),
        default=TICKS,
        help="of each virtual CPU (%(default)s)",
    )
    parser.add_argument(
        "--mode",
        choices=[mode.value for mode in Mode],
        default=Mode.FORWARDED.value,
        help="of the hypervisor (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the guests (%(default)s)")
    add_out(parser, "harts")


def _lines(outcome: Outcome, exchange: Exchange) -> Sequence[str]:
    kicks = [int(hart["kicks"]) for hart in outcome.report.harts]
    return [
        *(f"ticks on hart {hart:<24} {exchange.ticks[hart]:>7}" for hart in range(HARTS)),
        f"virtual CPUs that changed their hart   {exchange.moves:>7}",
        f"  with a tick active                   {exchange.moves_active:>7}",
        f"SGIs                                   {exchange.sgis:>7}",
        f"  from hart to hart                    {exchange.sgis_across:>7}",
        f"SPIs                                   {exchange.spis:>7}",
        f"  acknowledged on one hart, ended on   {exchange.spis_across:>7}",
        "  the other",
        *(f"doorbells answered by hart {hart:<11} {n:>7}" for hart, n in enumerate(kicks)),
    ]


def run(args: argparse.Namespace) -> int:
    """Runs the guests. 0 for PASS, 1 for FAIL; errors of the user's are raised with a reason."""
    from amagic.soc.soc import SocConfig

    from .soc_sim import build_soc

    mode = Mode(args.mode)
    empty_results(args.out)
    with Step("compiling the simulated SoC with two harts (a minute or so; kept for later runs)"):
        build_soc(SocConfig(harts=HARTS))
    with Step(f"running {GUESTS} guests with two virtual CPUs each on {HARTS} harts"):
        outcome, exchange = run_pairs(args.out, args.ticks, mode, args.seed, show_cycles)
    say(f"\n{run_table(outcome.judge, 'CPU')}\n")
    for line in _lines(outcome, exchange):
        say(line)
    say("\nthe firmware's own report, from the UART:")
    for line in outcome.report.lines:
        say(f"  {line}")
    # Where the CPU interface is emulated the trace has no accesses to it.
    missing = exchange.missing if mode.gicv else []
    reasons = [*outcome.reasons, *(f"no {what}" for what in missing)]
    for reason in reasons:
        say(f"reason: {reason}")
    verdict = "FAIL" if reasons else "PASS"
    say(f"{verdict}: {outcome.delivered} ticks delivered on {HARTS} harts")
    return 1 if reasons else 0
