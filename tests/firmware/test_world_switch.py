"""The world switch as the hardware sees it: what is written when, from the probe's trace."""

from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest

from amagic.registers import GICC, GICH
from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import firmware_root
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests, host_size
from amagic_sim.judge import Judge
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import Event, EventKind, Mark, read_trace
from switch_trace import (
    CLEAR_ACTIVE,
    COMPARE,
    CONTROL,
    GUEST_CONTROL,
    LIST_REGISTERS,
    OFFSET,
    SET_ACTIVE,
    TICK,
    VTIMER,
    ListRegisters,
    active_priorities,
    incoming,
    is_general,
    is_tick,
    places,
    switches,
    timer_writes,
    visits,
)

HERE = Path(__file__).resolve().parent
TICKS = 80
PERIODS = (15013, 17011)  # long enough for a world to come in without a tick now and then
SLICE = 30

WRITE_SATP = 0x1800_1073  # csrw satp, and any register
SFENCE_VMA = 0x1200_0073
STORE_ROOT = 0x4000_2023  # sw, of any register, to what any one points to, and 1024
LUI = 0x37
GUEST_RAM = 0x4000_0000  # its entry is at 1024 in a root table
TABLES = 4  # pages at the end of the host's memory


@pytest.fixture(scope="module")
def run():
    folder = build_root() / "run" / "hypervisor" / "world_switch"
    source = firmware_root() / "guests" / "ticker.c"
    guests = [GuestSource(source, {"PERIOD": period, "TICKS": TICKS}) for period in PERIODS]
    return run_soc(build_hypervisor(*guests), folder, max_cycles=4_000_000)


@pytest.fixture(scope="module")
def events(run) -> list[Event]:
    return list(read_trace(run.trace_path))


@pytest.fixture(scope="module")
def crowded_events() -> list[Event]:
    """A run in which one world has several interrupts in list registers when it goes out."""
    folder = build_root() / "run" / "hypervisor" / "world_switch_crowded"
    source = HERE / "guests" / "holds_several_interrupts.c"
    crowd = GuestSource(source, {"ROUNDS": 6}, includes=(HERE / "support",))
    done = run_soc(build_hypervisor(demo_guests(TICKS)[0], crowd), folder, max_cycles=4_000_000)
    assert parse_report(done.uart_text).passed
    return list(read_trace(done.trace_path))


@pytest.fixture(params=["events", "crowded_events"])
def any_events(request) -> list[Event]:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def report(run):
    return parse_report(run.uart_text)


def test_every_tick_arrives_once_in_both_guests(run, events, report):
    for result in Judge(2).run(events).results:
        assert len(result.delivered) == TICKS
        assert (len(result.lost), result.duplicated, len(result.early)) == (0, 0, 0)
        assert not result.while_masked
    assert report.passed
    assert report.dropped == 0


def test_report_counts_what_the_probe_saw(events, report):
    acknowledged = [event.value & 0x3FF for event in events if event.kind is EventKind.GICC_READ]
    assert sum(int(guest["forwarded"]) for guest in report.guests) == acknowledged.count(VTIMER)
    assert sum(int(guest["slices"]) for guest in report.guests) == acknowledged.count(30)


def test_timer_is_off_and_its_line_low_before_the_list_registers_are_saved(events):
    """The line is low: the trace has its fall, or it was low when the switch began.

    The trace has no reads. They begin behind the end of the slice's interrupt, or end with the
    virtual interface off.
    """
    level = 0
    seen = 0
    inside = False
    for event in events:
        if event.kind is EventKind.MARK and event.mark in (Mark.SWITCH_OUT, Mark.SWITCH_IN):
            inside = event.mark is Mark.SWITCH_OUT
            stopped = False
        elif event.kind is EventKind.VTIMER and event.aux == 0:
            level = event.value
        elif not inside:
            continue
        elif event.kind is EventKind.TIMER_WRITE and event.aux == CONTROL and not stopped:
            assert event.value == 0
            stopped = True
        elif (event.kind, event.aux) == (EventKind.GICC_WRITE, GICC.DIR.offset) or (
            event.kind is EventKind.GICH_WRITE and event.aux == GICH.HCR.offset and not event.value
        ):
            assert stopped and level == 0
            seen += 1
    assert seen > 20


def test_timer_is_restored_after_the_active_state_with_its_control_last(events):
    order = [CONTROL, *OFFSET, *COMPARE, CONTROL]
    count = 0
    for inside in switches(events):
        writes = timer_writes(inside)
        assert writes[: len(order)] == order
        active = places(inside, EventKind.GICD_WRITE, SET_ACTIVE, CLEAR_ACTIVE)
        offset = places(inside, EventKind.TIMER_WRITE, OFFSET[0])
        loaded = places(inside, EventKind.GICH_WRITE, *LIST_REGISTERS)
        assert not active or active[-1] < offset[0]
        assert not loaded or loaded[-1] < offset[0]
        count += bool(active)
    assert count > 20


def test_offset_is_written_only_while_the_timer_is_off(events):
    control = 0
    for event in events:
        if event.kind is not EventKind.TIMER_WRITE:
            continue
        if event.aux in (CONTROL, GUEST_CONTROL):
            control = event.value
        elif event.aux in OFFSET:
            assert control & 1 == 0


def test_timer_is_never_masked_by_the_host(any_events):
    """The mask bit of CNTV_CTL is the guest's."""
    written = [
        event.value
        for event in any_events
        if event.kind is EventKind.TIMER_WRITE and event.aux == CONTROL
    ]
    assert written
    assert not any(value & 2 for value in written)


def test_virtual_interface_is_empty_and_off_before_the_next_world_is_loaded(any_events):
    """It may be on where nothing was, or is any more, in a list register: nothing is signalled."""
    registers = ListRegisters()
    off = inside = False
    count = 0
    for event in any_events:
        if event.kind is EventKind.MARK and event.mark in (Mark.SWITCH_OUT, Mark.SWITCH_IN):
            inside, off = event.mark is Mark.SWITCH_OUT, False
        elif inside and event.kind is EventKind.GICH_WRITE:
            if event.aux == GICH.HCR.offset and not off:
                assert event.value == 0
                assert not registers.held
                off = True
                count += 1
            elif event.value and event.aux in LIST_REGISTERS:
                assert off or not registers.held
                count += not off
        registers.follow(event)
    assert count > 20


def test_maintenance_is_asked_for_only_while_something_is_spilled(any_events):
    """Nothing is in these runs: the virtual interface is on or off, and no more."""
    written = {
        event.value
        for event in any_events
        if event.kind is EventKind.GICH_WRITE and event.aux == GICH.HCR.offset
    }
    assert written == {0, GICH.HCR.pack(En=1)}


def test_list_registers_that_are_restored_are_those_that_were_saved(any_events):
    """Word for word. Only a tick that fell due meanwhile is new."""
    kept = new = 0
    for switch in incoming(any_events):
        added = [word for word in switch.restored if word not in switch.saved]
        assert sorted(switch.saved + added) == sorted(switch.restored)
        assert not added or (len(added) == 1 and added[0] == TICK)
        if not any(map(is_tick, switch.saved)):
            armed = switch.timer[CONTROL] & 1
            if added:
                assert armed and switch.due < switch.since
            elif armed:
                assert switch.due > switch.began
        kept += len(switch.saved)
        new += len(added)
    assert min(kept, new) > 3


def test_list_registers_are_restored_in_the_order_of_their_intids(any_events):
    """So that of equal priorities the lowest INTID is taken first: the lowest register wins."""
    for switch in incoming(any_events):
        intids = [GICH.LR.unpack(word)["VirtualID"] for word in switch.restored]
        assert intids == sorted(intids)


def test_active_priorities_that_are_restored_are_those_of_the_active_interrupts(any_events):
    active = 0
    for switch in incoming(any_events):
        expected = active_priorities(switch.saved)
        assert switch.apr == expected
        active += expected.bit_count()
    assert active > 3


def test_active_state_that_is_restored_is_that_of_the_world_that_comes_in(any_events):
    """Active exactly when the world's tick is pending or active: written once, or, where that is
    what the hardware has of the world before it, not at all."""
    both = {True: 0, False: 0}
    for switch in incoming(any_events):
        held = any(map(is_tick, switch.restored))
        assert switch.active == [held] or (
            not switch.active and held == any(map(is_tick, switch.left))
        )
        both[held] += 1
    assert min(both.values()) > 3


def test_no_interrupt_is_taken_within_a_switch(any_events):
    """Host interrupts are off: what is acknowledged, is before the first mark."""
    for inside in switches(any_events):
        assert not any(event.kind is EventKind.GICC_READ for event in inside)


def test_translations_are_forgotten_after_each_change_of_the_map():
    """A fence follows satp's write, and that of the entry for a guest's memory in the root table.
    This core would forget them anyway; others need not."""
    words = [int(word, 16) for word in build_hypervisor(*demo_guests(4)).hex.read_text().split()]
    writes = [n for n, word in enumerate(words) if word & 0xFFF0_7FFF == WRITE_SATP]
    end = host_size(SocConfig()) >> 12
    tables = [GUEST_RAM + (page << 12) | LUI for page in range(end - TABLES, end)]
    stores = [
        n
        for n, word in enumerate(words)
        if word & 0xFE00_7FFF == STORE_ROOT
        and any(before & 0xFFFF_F07F in tables for before in words[n - 4 : n])
    ]
    assert writes
    assert len(stores) >= 2  # of each way to switch
    assert {words[n + 1] for n in writes} == {SFENCE_VMA}
    assert all(SFENCE_VMA in words[n + 1 : n + 41] for n in stores)


def test_end_by_the_guest_deactivates_the_physical_interrupt(events):
    """Each end has its transaction in the distributor at once: no host is involved."""
    judge = Judge(2).run(events)
    for result in judge.results:
        assert (len(result.forwarded), result.unforwarded) == (TICKS, [])
    assert judge.unasked == []


def test_tick_that_expired_while_its_world_was_out_takes_no_physical_interrupt(events, report):
    """What a switch puts into a list register the guest takes, and the host never."""
    queued = False
    seen = 0
    inside = False
    for event in events:
        if event.kind is EventKind.MARK:
            inside = event.mark is Mark.SWITCH_OUT
            queued = queued and not inside
        elif event.kind is EventKind.GICH_WRITE and event.aux in LIST_REGISTERS and inside:
            queued = GICH.LR.unpack(event.value)["State"] == 1
            seen += queued
        elif event.kind is EventKind.GICC_READ and event.value & 0x3FF == VTIMER:
            assert not queued
        elif event.kind is EventKind.GICV_READ and event.value & 0x3FF == VTIMER:
            queued = False
    assert seen > 5
    assert all(int(guest["expired"]) > 0 for guest in report.guests)


def test_tick_due_while_its_guest_runs_takes_the_host_less_than_200_cycles(events):
    """The trap vector hands it over: one acknowledge, one list register, and back."""
    stays = []
    for cycles, inside in visits(events):
        reads = [e.value & 0x3FF for e in inside if e.kind is EventKind.GICC_READ]
        if reads == [VTIMER]:
            assert cycles < 200
            assert [e.value for e in inside if e.kind is EventKind.GICH_WRITE] == [TICK]
            stays.append(cycles)
    assert len(stays) > TICKS // 2


def test_slice_ends_the_straight_way_in_most_cases(events, report):
    for guest in report.guests:
        assert int(guest["straight"]) > 0.7 * int(guest["slices"])
    general = sum(map(is_general, switches(events)))
    assert 0 < general < 0.3 * sum(int(guest["slices"]) for guest in report.guests)


def test_slice_end_takes_the_host_less_than_411_cycles_in_most_cases(events):
    """From its first instruction to the guest's: what an early prototype took, without a GIC."""
    stays = []
    for cycles, inside in visits(events):
        reads = [e.value & 0x3FF for e in inside if e.kind is EventKind.GICC_READ]
        if reads == [SLICE] and any(switches(inside)):
            stays.append(cycles)
    assert len(stays) > TICKS
    assert median(stays) < 411


def test_world_with_more_than_its_tick_in_list_registers_goes_the_general_way(crowded_events):
    registers = ListRegisters()
    inside: list[Event] = []
    others: list[int] = []
    crowded = 0
    for event in crowded_events:
        if event.kind is EventKind.MARK and event.mark is Mark.SWITCH_OUT:
            others = [word for word in registers.held if not is_tick(word)]
            inside = []
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_IN and inside:
            others += [word for word in registers.held if not is_tick(word)]
            assert is_general(inside) or not others
            crowded += bool(others)
        inside.append(event)
        registers.follow(event)
    assert crowded > 5


def gives_its_slices_away(rounds: int) -> GuestSource:
    """So its neighbour comes in the general way, however it went out."""
    source = HERE / "guests" / "instants" / "falls_due_later_each_time.c"
    return GuestSource(source, {"ROUNDS": rounds, "COMES": 1}, includes=(HERE / "support",))


@pytest.fixture(scope="module")
def mixed_events() -> list[Event]:
    """World 0 is switched out at the end of its time slices, with its tick active now and then;
    world 1 gives its slices away."""
    folder = build_root() / "run" / "hypervisor" / "world_switch_mixed"
    yields = gives_its_slices_away(400)
    slow = replace(demo_guests(TICKS)[0], defines={**demo_guests(TICKS)[0].defines, "WORK": 500})
    done = run_soc(build_hypervisor(slow, yields), folder, max_cycles=6_000_000)
    assert parse_report(done.uart_text).passed
    return list(read_trace(done.trace_path))


def test_world_that_goes_the_straight_way_and_comes_the_general_one_has_its_tick(mixed_events):
    kept, met = False, 0
    for inside in switches(mixed_events):  # of one world and of the other in turn
        met += kept and is_general(inside)
        emptied = [e for e in inside if e.kind is EventKind.GICH_WRITE and e.value == 0]
        kept = bool(emptied) and not is_general(inside)
    assert met > 10
    for result in Judge(2).run(mixed_events).results:
        assert (result.lost, result.duplicated, result.early) == ([], 0, [])


def test_tick_that_was_pending_and_active_is_not_found_again_in_another_way_in():
    folder = build_root() / "run" / "hypervisor" / "world_switch_both"
    source = HERE / "guests" / "sets_a_pending_tick_active.c"
    both = GuestSource(source, includes=(HERE / "support",))
    program = build_hypervisor(gives_its_slices_away(300), both)
    report = parse_report(run_soc(program, folder, max_cycles=6_000_000).uart_text)
    assert report.passed
    assert int(report.guests[1]["straight"]) > 0
    assert [int(report.guests[1][key]) for key in ("ticks", "spurious")] == [6, 0]
