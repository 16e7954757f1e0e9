"""Hostile guests: what each does, the host keeps its slices and the other guest its ticks.

Each file of ``guests/hostile`` runs as guest 1 beside the demo's ticker, guest 0. The judge's view
of the probe's trace decides, not what a guest or the host says; the report has to name the guest.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests
from amagic_sim.judge import GuestResult, Judge
from amagic_sim.report import Report, parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import EventKind, Mark, read_trace

GUESTS = Path(__file__).resolve().parent / "guests" / "hostile"
SUPPORT = GUESTS.parents[1] / "support"
MAX_CYCLES = 3_000_000
TICKS = 20
VICTIM, OFFENDER = 0, 1

# Bounds in cycles, from the firmware's parameters (world.c) and the ticker's.
SLICE = 2500 + 6144
SWITCH = 1500
"""From one guest's last instruction to the other's first, whatever state is to be moved."""
STRETCH = 1000
"""The longest exit that an attacker can make the host take before the end of its slice counts."""
BYTE = 10 * SocConfig().divisor
LINE = 6 * BYTE
"""A line that is broken off: a byte that waits for the serial port, its end, the next one's
beginning, and what comes next in the transmitter."""
MASKED = 3000
"""The ticker's longest section without interrupts, of 128 rounds, and its handler."""

ALL_OUT = {  # what goes on for as long as the guest likes; the report's count of it, at least
    "storms_of_sgis": {"gicd": 50},
    "ends_what_is_not_its_own": {},
    "flushes_instructions_for_ever": {},
    "rewrites_its_timer": {"irqs": 25},
    "masks_for_ever": {},
    "calls_for_ever": {"hypercalls": 50},
    "prints_for_ever": {},
    "accesses_of_every_size": {"gicd": 50},
}
NAMED = ["storms_of_sgis", "calls_for_ever", "accesses_of_every_size", "rewrites_its_timer"]

MISALIGNED = [("lh", 1), ("lw", 2), ("sh", 3), ("sw", 1)]
MALFORMED = {
    "number 0": {"CALL": 0},
    "a line that wraps around": {"CALL": 2, "FIRST": "0x40000000", "SECOND": "0xffffffff"},
    "a result that is not aligned": {"CALL": 3, "FIRST": "0x40000102"},
    "a result half outside": {"CALL": 3, "FIRST": "0x40007ff8"},
}


@cache
def attack(name: str, *defines: tuple[str, object]) -> SocRun:
    """The victim turns interrupts off for short spans only, and its handler does little."""
    victim = demo_guests(TICKS)[VICTIM]
    victim = replace(victim, defines={**victim.defines, "WORK": 1, "NEAR": 0, "EXTRA": 1})
    guest = GuestSource(GUESTS / f"{name}.c", dict(defines), includes=(SUPPORT,))
    told = "-".join(str(value).strip('"') for _, value in defines)
    folder = build_root() / "run" / "hostile" / f"{name}-{told}"
    return run_soc(build_hypervisor(victim, guest), folder, max_cycles=MAX_CYCLES)


def report(done: SocRun) -> Report:
    return parse_report(done.uart_text)


def victim(done: SocRun) -> GuestResult:
    return Judge(2).run(read_trace(done.trace_path)).results[VICTIM]


def slices(done: SocRun) -> list[int]:
    """How long guest 1 had the core each time, until the host began to take it away for guest 0.
    (Alone, it is given one slice after the other.)"""
    since, until, lengths = None, None, []
    for event in read_trace(done.trace_path):
        if event.kind is not EventKind.MARK or event.mark not in (Mark.SWITCH_IN, Mark.SWITCH_OUT):
            continue
        if event.mark is Mark.SWITCH_IN and event.world == OFFENDER:
            since = event.time
        elif event.mark is Mark.SWITCH_OUT and event.world == OFFENDER:
            until = event.time
        elif event.mark is Mark.SWITCH_IN and None not in (since, until):
            lengths.append(until - since)
    return lengths


def check_victim(done: SocRun) -> None:
    result = victim(done)
    assert report(done).guests[VICTIM]["ticks"] == str(TICKS)
    assert report(done).dropped == 0
    assert len(result.delivered) == TICKS
    assert (result.lost, result.duplicated, result.early) == ([], 0, [])
    assert (result.while_masked, result.spurious) == ([], [])


def stretch(name: str) -> int:
    return STRETCH + (LINE if name == "prints_for_ever" else 0)


attacks = pytest.mark.parametrize("name", ALL_OUT)


@attacks
def test_other_guest_gets_each_tick_once(name):
    check_victim(attack(name))


@attacks
def test_other_guests_ticks_wait_for_a_slice_and_two_switches_at_most(name):
    bound = SLICE + stretch(name) + 2 * SWITCH + MASKED
    assert max(tick.wait for tick in victim(attack(name)).delivered) <= bound


@attacks
def test_slice_ends_when_the_host_said_whatever_the_guest_does(name):
    lengths = slices(attack(name))
    assert len(lengths) >= 10
    assert max(lengths) <= SLICE + stretch(name)


@attacks
def test_report_counts_what_an_attack_made_the_host_do(name):
    guest = report(attack(name)).guests[OFFENDER]
    assert (guest["state"], guest["status"], guest["fault"]) == ("done", "0", "none")
    assert guest["orphans"] == "0"
    for key, least in ALL_OUT[name].items():
        assert int(guest[key]) >= least, key


@attacks
def test_report_names_who_kept_the_host_busy_and_nobody_else(name):
    assert report(attack(name)).offenders == ((OFFENDER,) if name in NAMED else ())


@pytest.mark.parametrize(("instruction", "offset"), MISALIGNED)
def test_guest_whose_access_is_not_aligned_is_stopped_and_named(instruction, offset):
    done = attack(
        "accesses_across_its_alignment", ("INSTRUCTION", f'"{instruction}"'), ("OFFSET", offset)
    )
    guest = report(done).guests[OFFENDER]
    what = "store" if instruction.startswith("s") else "load"
    assert guest["fault"] == f"{what}-misaligned"
    assert guest["value"] == f"{0x80001000 + offset:#010x}"
    check_victim(done)


@pytest.mark.parametrize("case", MALFORMED)
def test_guest_with_a_malformed_hypercall_is_stopped_and_named(case):
    wrong = MALFORMED[case]
    guest = report(done := attack("calls_malformed", *wrong.items())).guests[OFFENDER]
    blamed = wrong["FIRST"] if "FIRST" in wrong else wrong["CALL"]
    assert guest["fault"] == "hypercall"
    assert int(guest["value"], 16) == int(str(blamed), 0)
    check_victim(done)
