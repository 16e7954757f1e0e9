"""Hostile guests: whatever one does, the host keeps its slices and the other guest its ticks.

Each file of ``guests/hostile`` runs as guest 1 beside the demo's ticker, guest 0. The judge's view
of the probe's trace decides, not what a guest or the host says; the report has to name the guest.

The bounds. The host takes the core back at the end of a slice, or when it is done with the exit
that the guest is in then; no exit and no switch takes longer than `HOST`. So a tick of the other
guest waits for a slice and an exit of each virtual CPU of the hostile one, for the switches before
and behind each, and for its own guest's section without interrupts.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from amagic.soc.memory_map import RAM_BASE
from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests
from amagic_sim.judge import GuestResult, Judge
from amagic_sim.mode import Mode, mode_words
from amagic_sim.report import Report, parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import Event, EventKind, Mark, read_trace

GUESTS = Path(__file__).resolve().parent / "guests" / "hostile"
SUPPORT = GUESTS.parents[1] / "support"
MAX_CYCLES = 4_000_000
TICKS = 20
FEW_TICKS = 2  # beside guests that are stopped in their first time slice
VICTIM, OFFENDER = 0, 1
WORLDS = 4  # the virtual CPUs that there can be: the first ones, then the second ones
MACHINE = 3
SWITCHES = (Mark.SWITCH_IN, Mark.SWITCH_OUT)

# Bounds in cycles. That of a slice is the firmware's (world.c), those of the ticker its own.
SLICE = 2500 + 6144
OPEN, ROW, ENDS = 64, 32, 6
HOST = 4500 + 155 * OPEN + 170 * ROW + 1100 * ENDS
"""The longest exit, but for a line that is printed, and the longest switch, which has no access.

A guest can make three loops longer. It can have all its interrupts open: each flush collects them
and compares each with those chosen so far, as many as there are list registers (vgic_choice.c), 155
cycles for each where none is as urgent as the next. Its access changes a row of them at most, 170
each (vgicd.c). Of ends of spilled ones it gets six to the GIC, one every six cycles, until the
maintenance interrupt has stopped it; each is looked for among all, 1,100 (vgic_sync.c). The rest is
what every exit has with more open than there are list registers: four are read, emptied and filled.
How often a loop runs is the code's; what a round takes was measured, with 16 open and with 64."""
BYTE = 10 * SocConfig().divisor
LINE = 6 * BYTE
"""A line that is broken off: a byte that waits for the serial port, its end, the next one's
beginning, and what comes next in the transmitter."""
MASKED = 3000
"""The ticker's longest section without interrupts, of 128 rounds, and its handler."""


@dataclass(frozen=True)
class Attack:
    """What goes on for as long as the guest likes.

    ``counts`` is what the report must count of it at least; ``named`` says that the report names
    it, since it keeps the host busy.
    """

    source: str
    defines: tuple[tuple[str, object], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    named: bool = False
    line: bool = False


def everywhere(page: str, size: int = 0x1000, **options) -> Attack:
    defines = (("PAGE", page), ("SIZE", size))
    return Attack("accesses_of_every_size", defines=defines, **options)


ATTACKS = {
    "storms_of_sgis": Attack("storms_of_sgis", counts=(("gicd", 40),), named=True),
    "ends_what_is_not_its_own": Attack("ends_what_is_not_its_own"),
    "flushes_instructions_for_ever": Attack("flushes_instructions_for_ever"),
    "piles_up_interrupts": Attack("piles_up_interrupts", counts=(("gicd", 60),), named=True),
    "rewrites_its_timer": Attack("rewrites_its_timer", counts=(("irqs", 25),), named=True),
    "masks_for_ever": Attack("masks_for_ever"),
    "calls_for_ever": Attack("calls_for_ever", counts=(("hypercalls", 50),), named=True),
    "prints_for_ever": Attack("prints_for_ever", line=True),
    "accesses_all_of_gicd": everywhere("GUEST_GICD", counts=(("gicd", 25),), named=True),
    "accesses_all_of_gicv": everywhere("GUEST_GICC", 0x2000),
    "accesses_all_of_its_timer": everywhere("GUEST_TIMER"),
    "accesses_all_of_the_receiver": everywhere(
        "GUEST_UART", counts=(("emulated", 30),), named=True
    ),
}
ONE_CPU = [(name, Mode.FORWARDED, 1) for name in ATTACKS]
TWO_CPUS = [(name, Mode.FORWARDED, 2) for name in ATTACKS]
OTHER_MODES = [(name, m, 1) for m in Mode if m is not Mode.FORWARDED for name in ATTACKS]
CASES = [*ONE_CPU, *TWO_CPUS, *OTHER_MODES]

HOLES = {
    "before its gicd": 0x8000_0000,
    "behind its gicc": 0x8000_4000,
    "before its timer": 0x8003_0000,
    "behind its timer": 0x8003_2000,
    "before the receiver": 0x8003_F000,
    "behind the receiver": 0x8004_1000,
}
PAGES = {
    "gicd": 0x8000_1000,
    "gicc": 0x8000_2000,
    "its second page": 0x8000_3000,
    "timer": 0x8003_1000,
    "receiver": 0x8004_0000,
}
LOADS = {"lb": 0x0003_0283, "lh": 0x0003_1283, "lw": 0x0003_2283}
STORES = {"sb": 0x0053_0023, "sh": 0x0053_1023, "sw": 0x0053_2023}
"""Of t0, at t1."""
INSTRUCTIONS = {**LOADS, **STORES}
MISALIGNED = [("lh", 1), ("lw", 1), ("lw", 2), ("sh", 3), ("sw", 2), ("sw", 3)]
MARK = "4b52414d"  # accesses_once.c

MALFORMED = {
    "number 0": {"CALL": 0},
    "a line that wraps around": {"CALL": 2, "FIRST": "0x40000000", "SECOND": "0xffffffff"},
    "a result that is not aligned": {"CALL": 3, "FIRST": "0x40000102"},
    "a result half outside": {"CALL": 3, "FIRST": "0x40007ff8"},
}


@cache
def firmware(name: str, defines: tuple[tuple[str, object], ...], ticks: int = TICKS) -> Program:
    """The victim turns interrupts off for short spans only, and its handler does little."""
    victim = demo_guests(ticks)[VICTIM]
    victim = replace(victim, defines={**victim.defines, "WORK": 1, "NEAR": 0, "EXTRA": 1})
    guest = GuestSource(GUESTS / f"{name}.c", dict(defines), includes=(SUPPORT,))
    return build_hypervisor(victim, guest)


def run(program: Program, name: str, **options) -> SocRun:
    folder = build_root() / "run" / "hostile" / re.sub(r"\W+", "-", name)
    return run_soc(program, folder, max_cycles=MAX_CYCLES, **options)


@dataclass(frozen=True)
class Seen:
    """What the probe saw of a run: the victim's result, and in cycles each of the offender's stays
    in the host, each switch, and for how long the offender had the core each time, until the host
    began to take it away for another. (Alone, it is given one slice after the other.)"""

    report: Report
    victim: GuestResult
    exits: list[int]
    switches: list[int]
    slices: list[int]

    @property
    def longest(self) -> dict[str, int]:
        """Of each the longest, and the wait of a tick of the victim."""
        return {
            "slice": max(self.slices),
            "exit": max(self.exits, default=0),
            "switch": max(self.switches),
            "wait": max(tick.wait for tick in self.victim.delivered),
        }


def exits(events: list[Event]) -> list[int]:
    """Without those in which the world is switched, and those behind the last switch."""
    found, world, since = [], None, None
    for event in events:
        if event.kind is EventKind.MARK and event.mark in SWITCHES:
            world, since = event.world if event.mark is Mark.SWITCH_IN else None, None
        elif event.kind is EventKind.PRIVILEGE and event.value == MACHINE:
            since = event.time
        elif event.kind is EventKind.PRIVILEGE:
            if since is not None and world in (OFFENDER, OFFENDER + 2):
                found.append(event.time - since)
            since = None
    return found


@cache
def attack(name: str, mode: Mode, vcpus: int) -> Seen:
    what = ATTACKS[name]
    program = firmware(what.source, (*what.defines, ("GUEST_VCPUS", vcpus)))
    words = mode_words(program, mode)
    done = run(program, f"{name}-{mode.value}-{vcpus}", words=words)
    events = list(read_trace(done.trace_path))
    marks = [
        e
        for e in events
        if e.kind is EventKind.MARK and e.mark in (Mark.SWITCH_IN, Mark.SWITCH_OUT)
    ]
    begins, ends = marks[::2], marks[1::2]
    stays = zip(begins, ends, begins[1:], strict=False)
    return Seen(
        parse_report(done.uart_text),
        Judge(WORLDS).run(events).results[VICTIM],
        exits(events),
        [into.time - out.time for out, into in zip(ends, begins[1:], strict=False)],
        [out.time - into.time for into, out, _ in stays if into.world % 2 == OFFENDER],
    )


def check_victim(report: Report, result: GuestResult, ticks: int = TICKS) -> None:
    assert report.guests[VICTIM]["ticks"] == str(ticks)
    assert report.dropped == 0
    assert len(result.delivered) == ticks
    assert (result.lost, result.duplicated, result.early) == ([], 0, [])
    assert (result.while_masked, result.spurious) == ([], [])


def longest_exit(name: str) -> int:
    return HOST + (LINE if ATTACKS[name].line else 0)


def named(cases):
    ids = [f"{name}-{mode.value}-{vcpus}" for name, mode, vcpus in cases]
    return pytest.mark.parametrize(("name", "mode", "vcpus"), cases, ids=ids)


@named(CASES)
def test_other_guest_gets_each_tick_once(name, mode, vcpus):
    seen = attack(name, mode, vcpus)
    check_victim(seen.report, seen.victim)


@named(CASES)
def test_other_guests_ticks_wait_for_slices_and_switches_at_most(name, mode, vcpus):
    bound = vcpus * (SLICE + longest_exit(name)) + (vcpus + 1) * HOST + MASKED
    longest = attack(name, mode, vcpus).longest
    assert longest["wait"] <= bound, longest


@named(CASES)
def test_slice_ends_when_the_host_said_or_with_the_exit_at_that_time(name, mode, vcpus):
    seen = attack(name, mode, vcpus)
    assert len(seen.slices) >= 10
    assert seen.longest["slice"] <= SLICE + longest_exit(name), seen.longest
    assert seen.longest["exit"] <= longest_exit(name), seen.longest
    assert seen.longest["switch"] <= HOST, seen.longest


@named(ONE_CPU)
def test_report_counts_what_an_attack_made_the_host_do(name, mode, vcpus):
    guest = attack(name, mode, vcpus).report.guests[OFFENDER]
    assert (guest["state"], guest["status"], guest["fault"]) == ("done", "0", "none")
    assert guest["orphans"] == "0"
    for key, least in ATTACKS[name].counts:
        assert int(guest[key]) >= least, key


@named([*ONE_CPU, *TWO_CPUS])
def test_report_names_who_kept_the_host_busy_and_nobody_else(name, mode, vcpus):
    expected = (OFFENDER,) if ATTACKS[name].named else ()
    assert attack(name, mode, vcpus).report.offenders == expected


def access(instruction: str, address: int) -> dict[str, str]:
    """What the report says of a guest that is stopped there."""
    program = firmware("accesses_once", (), FEW_TICKS)
    lines = program.hex.read_text().splitlines()
    (at,) = [n for n, line in enumerate(lines) if line == MARK]
    words = {at + 1: INSTRUCTIONS[instruction], at + 3: address}
    words = {RAM_BASE + 4 * n: word for n, word in words.items()}
    done = run(program, f"{instruction}-{address:x}", words=words)
    report = parse_report(done.uart_text)
    check_victim(report, Judge(2).run(read_trace(done.trace_path)).results[VICTIM], FEW_TICKS)
    return report.guests[OFFENDER]


def fault(instruction: str, kind: str) -> str:
    return f"{'store' if instruction in STORES else 'load'}-{kind}"


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
@pytest.mark.parametrize("hole", HOLES)
def test_guest_that_leaves_its_pages_is_stopped_and_named(hole, instruction):
    guest = access(instruction, HOLES[hole])
    assert guest["fault"] == fault(instruction, "page")
    assert guest["value"] == f"{HOLES[hole]:#010x}"


@pytest.mark.parametrize(("instruction", "offset"), MISALIGNED)
@pytest.mark.parametrize("page", PAGES)
def test_guest_whose_access_is_not_aligned_is_stopped_and_named(page, instruction, offset):
    guest = access(instruction, PAGES[page] + offset)
    assert guest["fault"] == fault(instruction, "misaligned")
    assert guest["value"] == f"{PAGES[page] + offset:#010x}"


@pytest.mark.parametrize("case", MALFORMED)
def test_guest_with_a_malformed_hypercall_is_stopped_and_named(case):
    wrong = MALFORMED[case]
    done = run(firmware("calls_malformed", tuple(wrong.items())), case)
    report = parse_report(done.uart_text)
    guest = report.guests[OFFENDER]
    blamed = wrong["FIRST"] if "FIRST" in wrong else wrong["CALL"]
    assert guest["fault"] == "hypercall"
    assert int(guest["value"], 16) == int(str(blamed), 0)
    check_victim(report, Judge(2).run(read_trace(done.trace_path)).results[VICTIM])
