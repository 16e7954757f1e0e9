"""The world switch as the hardware sees it: what is written when, from the probe's trace."""

from collections.abc import Iterator

import pytest

from amagic.gic.transaction import Kind
from amagic.registers import GICD, GICH, GICV, CNTBase, CNTCTLBase
from amagic_sim.build import build_root
from amagic_sim.firmware import firmware_root
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor
from amagic_sim.judge import Judge
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import Event, EventKind, Mark, read_trace

TICKS = 50
PERIODS = (15013, 17011)  # long enough for a world to come in without a tick now and then
VTIMER = 27
ACTIVE_BIT = 1 << VTIMER

# Word addresses in the timer's frame port.
HOST_VIEW = 0x10000  # CNTBase0
OFFSET = [(0x2000 + CNTCTLBase.CNTVOFF.at(half)) >> 2 for half in (0, 1)]
COMPARE = [(HOST_VIEW + CNTBase.CNTV_CVAL.at(half)) >> 2 for half in (0, 1)]
CONTROL = (HOST_VIEW + CNTBase.CNTV_CTL.offset) >> 2
GUEST_CONTROL = CONTROL + (0x1000 >> 2)

LIST_REGISTERS = range(GICH.LR.offset, GICH.LR.end)
SET_ACTIVE = GICD.ISACTIVER.offset
CLEAR_ACTIVE = GICD.ICACTIVER.offset


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
def report(run):
    return parse_report(run.uart_text)


def switches(events: list[Event]) -> Iterator[list[Event]]:
    """What happens between the two marks of each switch."""
    inside: list[Event] | None = None
    for event in events:
        if event.kind is not EventKind.MARK:
            if inside is not None:
                inside.append(event)
        elif event.mark is Mark.SWITCH_OUT:
            inside = []
        elif event.mark is Mark.SWITCH_IN and inside is not None:
            yield inside
            inside = None


def timer_writes(inside: list[Event]) -> list[int]:
    return [event.aux for event in inside if event.kind is EventKind.TIMER_WRITE]


def places(inside: list[Event], kind: EventKind, *aux: int) -> list[int]:
    """Where in the switch such events stand."""
    return [n for n, event in enumerate(inside) if event.kind is kind and event.aux in aux]


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
    """The line is low: the trace has its fall, or it was low when the switch began."""
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
        elif (
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
        assert active and active[-1] < offset[0]
        assert not loaded or loaded[-1] < offset[0]
        count += 1
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


def test_timer_is_never_masked_by_the_host(events):
    """The mask bit of CNTV_CTL is the guest's."""
    written = [
        event.value
        for event in events
        if event.kind is EventKind.TIMER_WRITE and event.aux == CONTROL
    ]
    assert written
    assert not any(value & 2 for value in written)


def test_active_state_that_is_restored_is_that_of_the_world_that_comes_in(events):
    """Active exactly when the world's tick is queued, pending or active."""
    held: dict[int, bool] = {}
    both = {True: 0, False: 0}
    world = None
    pending = False
    for event in events:
        if event.kind is EventKind.MARK and event.mark is Mark.SWITCH_OUT:
            held[event.world] = pending
            state = None
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_IN:
            world, loaded = event.world, pending
            if world in held:
                assert state == loaded
                both[loaded] += 1
        elif event.kind is EventKind.GICH_WRITE and event.aux in LIST_REGISTERS:
            pending = bool(GICH.LR.unpack(event.value)["State"])
        elif event.kind is EventKind.GICV_WRITE and event.aux == GICV.EOIR.offset:
            pending = False
        elif event.kind is EventKind.GICD_WRITE and event.value == ACTIVE_BIT:
            state = event.aux == SET_ACTIVE
    assert min(both.values()) > 3


def test_end_by_the_guest_deactivates_the_physical_interrupt(events):
    """Each end has its transaction in the distributor within a few cycles: no host is involved."""
    ended = [
        event.time
        for event in events
        if event.kind is EventKind.GICV_WRITE and event.aux == GICV.EOIR.offset
    ]
    forwarded = [
        event.time
        for event in events
        if event.kind is EventKind.DISTRIBUTOR and event.aux == Kind.FORWARD.value << 12 | VTIMER
    ]
    assert len(ended) == len(forwarded) == 2 * TICKS
    assert all(abs(a - b) <= 16 for a, b in zip(ended, forwarded, strict=True))


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
