"""The serial port's receiver and the button, forwarded to the guest that owns them, as SPIs."""

from collections.abc import Iterator
from functools import cache

import pytest
from guest_runs import FEW_TICKS, GUESTS, build, check_guest, check_neighbour, judge, own, run

from amagic.gic.transaction import Kind
from amagic.registers import GICC, GICD, GICH, GICV
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun
from amagic_sim.trace import Event, EventKind, Mark, read_trace
from switch_trace import LIST_REGISTERS

RECEIVER, BUTTON = 32, 33
BUTTON_GUEST = GUESTS / "counts_the_buttons_edges.c"
FLOODED_GUEST = GUESTS / "takes_what_the_serial_port_receives.c"
BYTE_GUEST = GUESTS / "takes_each_byte_once.c"
BUFFER = 16  # bytes that the port keeps
PRESSES = 33
BYTES = {"back_to_back": (BUFFER, 0), "apart": (2 * BUFFER, 12000)}  # and cycles between them
CHARACTERS = bytes(range(ord("!"), ord("~") + 1))


@cache
def pressed() -> SocRun:
    return run(build(own(BUTTON_GUEST.stem)), BUTTON_GUEST.stem, lines=True)


@cache
def received(how: str) -> SocRun:
    count, gap = BYTES[how]
    program = build(own(BYTE_GUEST.stem, BYTES=count), ticks=FEW_TICKS)
    name = f"{BYTE_GUEST.stem}-{how}"
    return run(program, name, uart_in=CHARACTERS[:count], uart_gap=gap)


@pytest.fixture(params=list(BYTES))
def how(request) -> str:
    return request.param


@pytest.fixture(params=["button", *BYTES])
def device(request) -> tuple[SocRun, int, int]:
    """A run, its device's interrupt, and how often it came."""
    if request.param == "button":
        return pressed(), BUTTON, PRESSES
    return received(request.param), RECEIVER, BYTES[request.param][0]


def events(done: SocRun) -> list[Event]:
    return list(read_trace(done.trace_path))


def of_distributor(trace: list[Event], kind: Kind, intid: int) -> list[int]:
    """Where in the trace the distributor did this for the interrupt."""
    wanted = kind.value << 12 | intid
    return [
        place
        for place, event in enumerate(trace)
        if event.kind is EventKind.DISTRIBUTOR and event.aux == wanted
    ]


def acknowledges(trace: list[Event], kind: EventKind, offset: int, intid: int) -> int:
    return sum(e.kind is kind and e.aux == offset and e.value & 0x3FF == intid for e in trace)


def test_each_edge_of_the_button_is_counted_once():
    """Among them edges that come while one is pending, active, or its guest switched out."""
    check_guest(pressed(), BUTTON_GUEST)
    check_neighbour(pressed())


def test_each_byte_is_taken_once_in_order_and_none_is_lost(how):
    check_guest(received(how), BYTE_GUEST)
    check_neighbour(received(how), FEW_TICKS)


def test_bytes_that_come_faster_than_they_are_taken_are_reported_lost():
    program = build(own(FLOODED_GUEST.stem), ticks=FEW_TICKS)
    done = run(program, FLOODED_GUEST.stem, uart_in=CHARACTERS * 8)
    check_guest(done, FLOODED_GUEST)
    check_neighbour(done, FEW_TICKS)


def test_one_interrupt_is_one_acknowledge_of_the_host_and_one_of_the_guest(device):
    done, intid, count = device
    trace = events(done)
    assert acknowledges(trace, EventKind.GICC_READ, GICC.IAR.offset, intid) == count
    assert acknowledges(trace, EventKind.GICV_READ, GICV.IAR.offset, intid) == count
    assert len(of_distributor(trace, Kind.FORWARD, intid)) == count


def test_its_end_is_no_exit(device):
    """The guest's EOIR deactivates the physical interrupt. The host learns of it later."""
    done, intid, count = device
    exits = judge(done).results[1].exits
    assert set(exits) == {f"irq {intid}", "irq 30", "trap"}
    assert exits[f"irq {intid}"] <= count  # two in one exit when they come together
    guest = parse_report(done.uart_text).guests[1]
    calls = sum(int(guest[key]) for key in ("gicd", "emulated", "hypercalls"))
    assert exits["trap"] == calls


def spans_active(trace: list[Event], intid: int) -> Iterator[list[Event]]:
    """What happens from each acknowledge of the physical interrupt to its deactivation."""
    taken = of_distributor(trace, Kind.ACKNOWLEDGE, intid)
    ended = of_distributor(trace, Kind.FORWARD, intid)
    for first, last in zip(taken, ended, strict=True):
        assert first < last
        yield trace[first:last]


def test_its_active_state_is_not_switched(device):
    """The host never writes it between the first interrupt and the last, over many switches."""
    done, intid, _ = device
    trace = events(done)
    spans = list(spans_active(trace, intid))
    row, bit = intid // 32, 1 << intid % 32
    first, last = trace.index(spans[0][0]), trace.index(spans[-1][-1])
    written = [
        event
        for event in trace[first:last]
        if event.kind is EventKind.GICD_WRITE
        and event.aux in (GICD.ISACTIVER.at(row), GICD.ICACTIVER.at(row))
        and event.value & bit
    ]
    assert not written
    assert any(e.kind is EventKind.MARK and e.mark is Mark.SWITCH_OUT for s in spans for e in s)


def test_one_that_comes_while_its_guest_is_out_is_in_a_list_register_when_it_comes_in(device):
    done, intid, _ = device
    waits, met = False, 0
    for event in events(done):
        if event.kind is EventKind.GICC_READ and event.value & 0x3FF == intid:
            waits = True
        elif event.kind is EventKind.GICH_WRITE and event.aux in LIST_REGISTERS:
            waits = waits and GICH.LR.unpack(event.value)["VirtualID"] != intid
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_OUT:
            met += waits
        elif event.kind is EventKind.MARK and event.mark is Mark.SWITCH_IN and event.world == 1:
            assert not waits
    assert met or device[2] == BYTES["back_to_back"][0]


def test_guest_without_the_receiver_is_stopped_when_it_reaches_for_it():
    guest = own("touches_an_address", ADDRESS="0x80040000", STORE=0)
    done = run(build(guest, ticks=FEW_TICKS, HYP_UART_OWNER=0), "not_its_receiver")
    report = parse_report(done.uart_text)
    assert (report.guests[1]["fault"], report.guests[1]["value"]) == ("load-page", "0x80040000")
    check_neighbour(done, FEW_TICKS)
