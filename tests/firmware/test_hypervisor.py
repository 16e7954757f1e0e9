"""The hypervisor on the SoC: one behaviour a guest, with what is expected in the guest's comment.

Each file of ``guests`` runs as guest 1. Guest 0 is the demo's, which must get every one of its
ticks, whatever its neighbour does; the bench's judge decides that from the probe's trace.
"""

import re

import pytest
from guest_runs import (
    CASES,
    FEW_TICKS,
    GUESTS,
    build,
    check_guest,
    check_neighbour,
    neighbour,
    own,
    run,
    virtual_cpus,
)

from amagic.registers import CNTBase
from amagic.soc import memory_map
from amagic.soc.soc import SocConfig
from amagic_sim.hypervisor_build import host_size
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun
from amagic_sim.trace import EventKind, read_trace

BY_ADDRESS = GUESTS / "touches_an_address.c"

DEVICES = {
    "host_memory": memory_map.RAM_BASE + 0x8000,
    "other_guests_memory": memory_map.RAM_BASE + host_size(SocConfig()),
    "physical_gicd": memory_map.GIC.base + 0x1000,
    "physical_gicc": memory_map.GIC.base + 0x2000,
    "gich": memory_map.GIC.base + 0x4000,
    "gich_alias": memory_map.GIC.base + 0x5000,
    "physical_gicv": memory_map.GIC.base + 0x6000,
    "cntcontrolbase": memory_map.TIMER.base,
    "cntreadbase": memory_map.TIMER.base + 0x1000,
    "cntctlbase": memory_map.TIMER.base + 0x2000,
    "own_frames_first_view": memory_map.TIMER.base + 0x10000,
    "hosts_frame": memory_map.TIMER.base + 0x12000,
    "hosts_frames_second_view": memory_map.TIMER.base + 0x13000,
    "uart": memory_map.UART.base,
    "probe": memory_map.PROBE.base,
    "behind_its_gicc": 0x8000_4000,
    "before_its_timer": 0x8003_0000,
    "behind_its_timer": 0x8003_2000,
    "unmapped": 0x2000_0000,
    "null": 0,
}

# Word addresses in the timer's frame port: guests have frame 0, the host frame 1.
HOST_FRAME = 1
SLICE_LENGTH = (0x12000 + CNTBase.CNTP_TVAL.offset) >> 2
GUEST_PHYSICAL_TIMER = range(
    (0x11000 + CNTBase.CNTP_CVAL.offset) >> 2, (0x11000 + CNTBase.CNTP_CTL.end) >> 2
)


@pytest.mark.parametrize(("source", "limit"), CASES)
def test_guest(source, limit):
    guest = own(source.stem, GUEST_VCPUS=virtual_cpus(source))
    done = run(build(guest, limit), f"{source.stem}-{limit}")
    check_guest(done, source, limit)
    check_neighbour(done)


@pytest.mark.parametrize("access", ["load", "store"])
@pytest.mark.parametrize("place", DEVICES)
def test_guest_that_touches_what_is_not_its_own_is_stopped(place, access):
    address = DEVICES[place]
    guest = own(BY_ADDRESS.stem, ADDRESS=f"{address:#x}", STORE=int(access == "store"))
    done = run(build(guest, ticks=FEW_TICKS), f"{place}-{access}")
    report = parse_report(done.uart_text)
    assert report.guests[1]["state"] == "faulted"
    assert report.guests[1]["fault"] == f"{access}-page"
    assert report.guests[1]["value"] == f"{address:#010x}"
    assert not report.passed
    check_neighbour(done, FEW_TICKS)


def test_guest_that_writes_the_physical_timer_of_its_page_moves_neither_timer():
    """Its own frame's line stays low, and the host's time slices end when the host said."""
    done = run(build(own("reaches_for_the_hosts_timer")), "hosts_timer")
    attempts = slices = 0
    due = None
    for event in read_trace(done.trace_path):
        if event.kind is EventKind.TIMER_WRITE and event.aux in GUEST_PHYSICAL_TIMER:
            attempts += 1
        elif event.kind is EventKind.TIMER_WRITE and event.aux == SLICE_LENGTH:
            due = event.time + event.value
        elif event.kind is EventKind.PTIMER and event.value:
            assert event.aux == HOST_FRAME
            assert due is not None and 0 <= event.time - due <= 4
            slices += 1
    assert attempts > 100
    assert slices > 5
    check_neighbour(done)


def executes_what_lies_at_its_physical_address(done: SocRun) -> bool:
    """The write of satp went through: outside of the memory there are zeros, no instructions."""
    guest = parse_report(done.uart_text).guests[1]
    return (guest["fault"], guest["value"]) == ("illegal-instruction", "0x00000000")


def takes_its_neighbours_interrupts_away(done: SocRun) -> bool:
    """The run does not end: guest 0 waits for ticks that fell due."""
    return not done.finished and bool(neighbour(done).lost)


def takes_the_host_down(done: SocRun) -> bool:
    """The host's own store went through the guest's map, which has no such page."""
    panic = r"^AMAGIC-PANIC trap in the host: .* 0x0000000f "
    return bool(re.search(panic, done.uart_text, re.MULTILINE))


WITHOUT_THE_EDIT = {
    "writes_satp": executes_what_lies_at_its_physical_address,
    "writes_its_line_mask": takes_its_neighbours_interrupts_away,
    "mprv_then_trap": takes_the_host_down,
}


@pytest.mark.parametrize("name", WITHOUT_THE_EDIT)
def test_isolation_of_guests_needs_the_edit_of_the_core(name, stock_core):
    done = run(
        build(own(name)), f"{name}-stock", core=stock_core, max_cycles=1_000_000, must_finish=False
    )
    assert WITHOUT_THE_EDIT[name](done), done.uart_text
