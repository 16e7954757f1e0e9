"""The hypervisor's modes: what each does, and when, from the probe's trace of one workload."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import guest_runs
import pytest

from amagic.gic.transaction import Kind
from amagic.registers import GICC, GICH, GICV, CNTBase, CNTEL0Base
from amagic_sim.build import build_root
from amagic_sim.compare import PERIODS
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import build_hypervisor, demo_guests
from amagic_sim.judge import DueClass, Judge, Tick
from amagic_sim.mode import HYP_MODE, Mode, mode_words
from amagic_sim.report import ReportError, parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import Event, EventKind, Mark, read_trace
from amagic_sim.verdict import Verdict

TICKS = 50
MAX_CYCLES = 6_000_000
VTIMER, MAINTENANCE, SLICE = 27, 25, 30
MACHINE, SUPERVISOR = 3, 1
ENABLE, IMASK = 1, 2
INVALID = 0

HOST_CONTROL = (0x10000 + CNTBase.CNTV_CTL.offset) >> 2  # word addresses in the timer's frame port
GUEST_CONTROL = (0x11000 + CNTEL0Base.CNTV_CTL.offset) >> 2

MASKED = [Mode.MASKED, Mode.MASKED_EOI]
UNFORWARDED = [*MASKED, Mode.EMULATED]


@cache
def firmware() -> Program:
    """Guests that work long enough between a tick's acknowledge and its end to be switched out."""
    guests = demo_guests(TICKS, PERIODS)
    return build_hypervisor(*(replace(g, defines={**g.defines, "WORK": 200}) for g in guests))


@cache
def run(mode: Mode) -> SocRun:
    folder = build_root() / "run" / "hypervisor" / f"mode-{mode.value}"
    words = mode_words(firmware(), mode)
    return run_soc(firmware(), folder, max_cycles=MAX_CYCLES, words=words)


@cache
def events(mode: Mode) -> list[Event]:
    return list(read_trace(run(mode).trace_path))


@cache
def judge(mode: Mode) -> Judge:
    return Judge(2).run(events(mode))


@pytest.fixture(params=list(Mode), ids=[mode.value for mode in Mode])
def mode(request) -> Mode:
    return request.param


def in_modes(modes: list[Mode]):
    return pytest.mark.parametrize("mode", modes, ids=[mode.value for mode in modes])


def exits(mode: Mode, cause: str) -> int:
    return sum(result.exits[cause] for result in judge(mode).results)


def reported(mode: Mode, key: str) -> int:
    return sum(int(guest[key]) for guest in parse_report(run(mode).uart_text).guests)


def delivered(mode: Mode) -> list[Tick]:
    return [tick for result in judge(mode).results for tick in result.delivered]


def of_kind(mode: Mode, kind: EventKind, *aux: int) -> list[Event]:
    return [
        event for event in events(mode) if event.kind is kind and event.aux in (aux or [event.aux])
    ]


def list_registers_written(mode: Mode) -> list[dict[str, int]]:
    """The list registers' values that hold an interrupt, as they were written."""
    writes = of_kind(mode, EventKind.GICH_WRITE)
    entries = [GICH.LR.unpack(e.value) for e in writes if GICH.LR.offset <= e.aux < GICH.LR.end]
    return [entry for entry in entries if entry["State"] != INVALID]


def forwarded_ends(mode: Mode) -> list[Event]:
    return of_kind(mode, EventKind.DISTRIBUTOR, Kind.FORWARD.value << 12 | VTIMER)


# In every mode


def test_every_tick_arrives_once_in_order_and_never_early(mode):
    report = parse_report(run(mode).uart_text)
    verdict = Verdict.of(judge(mode), [TICKS] * 2, dropped=report.dropped, mode=mode)
    assert verdict.reasons == ()
    assert report.passed


def test_one_build_runs_in_the_mode_that_its_image_names(mode):
    assert parse_report(run(mode).uart_text).mode == mode.value


def test_a_mode_that_there_is_not_is_refused():
    folder = build_root() / "run" / "hypervisor" / "mode-unknown"
    words = {firmware().symbols[HYP_MODE]: len(Mode)}
    done = run_soc(firmware(), folder, max_cycles=MAX_CYCLES, words=words)
    with pytest.raises(ReportError, match="there is no such mode 0x00000004"):
        parse_report(done.uart_text)


def test_report_counts_what_the_probe_saw(mode):
    taken = [event.value & 0x3FF for event in of_kind(mode, EventKind.GICC_READ, GICC.IAR.offset)]
    assert reported(mode, "forwarded") == taken.count(VTIMER)
    assert reported(mode, "slices") == taken.count(SLICE)
    assert reported(mode, "irqs") == sum(intid < 1020 for intid in taken)
    assert reported(mode, "maintenance") == taken.count(MAINTENANCE)
    assert reported(mode, "gicc") == exits(mode, "gicc")
    assert reported(mode, "gicd") + reported(mode, "hypercalls") == exits(mode, "trap")
    assert reported(mode, "masked") == len(judge(mode).masks)


def test_ticks_that_interrupted_the_host_and_those_found_on_entry_are_counted_apart(mode):
    """Where the host samples the timer at each exit, it finds a few there, whatever that is for."""
    without = sum(tick.interrupts == 0 for tick in delivered(mode))
    assert reported(mode, "forwarded") + without == len(delivered(mode))
    assert 20 < reported(mode, "expired") <= without
    assert mode is not Mode.FORWARDED or reported(mode, "expired") == without


# Forwarded


def test_forwarded_takes_one_exit_for_a_tick_that_falls_due_while_its_guest_runs():
    """Unless a switch comes between the two: what that finds expired it queues itself."""
    ticks = [tick for tick in delivered(Mode.FORWARDED) if tick.due_class is DueClass.RUNNING]
    switches = judge(Mode.FORWARDED).switches
    stayed = [tick for tick in ticks if not any(tick.due < at < tick.entry for at in switches)]
    assert len(stayed) > 20
    assert {tick.interrupts for tick in stayed} == {1}


def test_forwarded_takes_no_exit_for_a_tick_already_due_on_entry():
    ticks = [tick for tick in delivered(Mode.FORWARDED) if tick.due_class is DueClass.OTHER]
    assert len(ticks) > 20
    assert {tick.interrupts for tick in ticks} == {0}


def test_forwarded_takes_no_exit_at_eoi():
    """A guest's exits are its ticks', the ends of its slices, and its set-up and its end."""
    assert len(forwarded_ends(Mode.FORWARDED)) == 2 * TICKS
    for result in judge(Mode.FORWARDED).results:
        assert result.end_exits == 0
        assert set(result.exits) == {"irq 27", "irq 30", "trap"}
        assert result.exits["trap"] == 4


def test_forwarded_leaves_the_timers_mask_alone():
    assert judge(Mode.FORWARDED).masks == []
    assert reported(Mode.FORWARDED, "masked") == 0


# Masked


@in_modes(MASKED)
def test_masked_uses_list_registers_without_hw(mode):
    entries = [e for e in list_registers_written(mode) if e["VirtualID"] == VTIMER]
    assert len(entries) >= 2 * TICKS
    assert {entry["HW"] for entry in entries} == {0}
    assert not forwarded_ends(mode)


class Open:
    """Whether the world that is in has its tick open: in a list register, not yet ended."""

    def __init__(self):
        self.held: dict[int, int] = {}
        self.control = 0
        self.by_guest = False  # the guest has written the timer's control since the last entry

    def follow(self, event: Event) -> None:
        if event.kind is EventKind.GICH_WRITE and GICH.LR.offset <= event.aux < GICH.LR.end:
            entry = GICH.LR.unpack(event.value)
            self.held.pop(event.aux, None)
            if entry["State"] and entry["VirtualID"] == VTIMER:
                self.held[event.aux] = entry["State"]
        elif event.kind is EventKind.GICV_WRITE and event.aux == GICV.EOIR.offset:
            if event.value == VTIMER:
                self.held.clear()
        elif event.kind is EventKind.TIMER_WRITE and event.aux in (HOST_CONTROL, GUEST_CONTROL):
            self.control = event.value
            self.by_guest = event.aux == GUEST_CONTROL


def entries(events: list[Event]) -> Iterator[tuple[Open, bool]]:
    """The state at each entry, and whether the guest had unmasked the timer before its exit."""
    state, unmasked = Open(), False
    for event in events:
        state.follow(event)
        if event.kind is EventKind.PRIVILEGE and event.value == MACHINE:
            unmasked = bool(state.held) and state.by_guest and not state.control & IMASK
        elif event.kind is EventKind.PRIVILEGE and event.value == SUPERVISOR:
            yield state, unmasked
            state.by_guest = False


def check_that_the_mask_is_rearmed(events: list[Event]) -> tuple[int, int]:
    """How often a tick was open on entry, and how often its guest had taken the mask off."""
    opened = taken_off = 0
    for state, unmasked in entries(events):
        taken_off += unmasked
        if state.held and state.control & ENABLE:
            assert state.control & IMASK
            opened += 1
    return opened, taken_off


@in_modes(MASKED)
def test_masked_rearms_the_mask_on_every_entry_while_a_tick_is_open(mode):
    """Its guest has then been switched out."""
    opened, taken_off = check_that_the_mask_is_rearmed(events(mode))
    assert opened >= 2 * TICKS
    assert taken_off > 0  # by guests that had not yet ended their tick


@in_modes(MASKED)
def test_masked_rearms_the_mask_on_entry_from_an_exit_without_a_switch(mode):
    """A guest that traps between the move of its deadline and its end."""
    program = guest_runs.build(guest_runs.own("acknowledges_twice"))
    name = f"mask-at-a-trap-{mode.value}"
    done = guest_runs.run(program, name, words=mode_words(program, mode))
    opened, taken_off = check_that_the_mask_is_rearmed(list(read_trace(done.trace_path)))
    assert min(opened, taken_off) > 10


@in_modes(MASKED)
def test_masked_takes_the_mask_off_at_the_first_entry_without_an_open_tick(mode):
    seen = 0
    for state, _ in entries(events(mode)):
        if not state.held:
            assert not state.control & IMASK
            seen += 1
    assert seen > 50


def test_masked_takes_no_exit_at_eoi():
    assert exits(Mode.MASKED, "irq 25") == 0
    assert not any(e["PhysicalID"] >> 9 for e in list_registers_written(Mode.MASKED))


def test_masked_eoi_takes_one_maintenance_exit_at_each_end():
    assert exits(Mode.MASKED_EOI, "irq 25") == 2 * TICKS
    assert sum(result.end_exits for result in judge(Mode.MASKED_EOI).results) == 2 * TICKS


# Emulated


def test_emulated_exits_at_every_access_to_the_gicc():
    """Each has an exit of its own, and GICV none. A tick takes IAR, EOIR, and a read-back."""
    accesses = inside = 0
    for event in events(Mode.EMULATED):
        assert event.kind not in (EventKind.GICV_READ, EventKind.GICV_WRITE)
        if event.kind is EventKind.PRIVILEGE:
            assert inside <= 1
            accesses += inside
            inside = 0
        elif event.emulated:
            inside += 1
    assert accesses == exits(Mode.EMULATED, "gicc")
    assert accesses >= 3 * 2 * TICKS


def test_emulated_uses_no_list_register_and_no_virtual_line():
    assert list_registers_written(Mode.EMULATED) == []
    assert not any(event.value for event in of_kind(Mode.EMULATED, EventKind.GICH_WRITE))
    assert not any(event.value for event in of_kind(Mode.EMULATED, EventKind.VIRQ))
    assert not forwarded_ends(Mode.EMULATED)


def test_emulated_takes_an_exit_at_each_end():
    assert sum(result.end_exits for result in judge(Mode.EMULATED).results) == 2 * TICKS


# Wherever the host masks the timer


@in_modes(UNFORWARDED)
def test_host_ends_the_timers_interrupt_itself_after_its_line_is_low(mode):
    level = ended = 0
    for event in events(mode):
        if event.kind is EventKind.VTIMER and event.aux == 0:
            level = event.value
        elif event.kind is EventKind.GICC_WRITE and event.aux == GICC.DIR.offset:
            if event.value == VTIMER:
                assert not level
                ended += 1
    assert ended == reported(mode, "forwarded") > 20


@in_modes(UNFORWARDED)
def test_timer_does_not_interrupt_the_host_again_while_a_tick_is_pending(mode):
    """That is what the mask is for: at most one physical interrupt a tick."""
    assert max(tick.interrupts for tick in delivered(mode)) == 1


def test_guests_see_the_same_in_every_mode():
    """What they did not time: the ticks they counted, none early and none for nothing."""
    seen = {
        tuple(
            tuple(guest[key] for key in ("status", "ticks", "spurious", "early")) for guest in each
        )
        for each in (parse_report(run(mode).uart_text).guests for mode in Mode)
    }
    assert seen == {(("0", str(TICKS), "0", "0"),) * 2}


def test_marks_of_emulated_accesses_come_in_that_mode_alone(mode):
    marks = [e.mark for e in of_kind(mode, EventKind.MARK)]
    assert (Mark.GICC_READ in marks) == (mode is Mode.EMULATED)
