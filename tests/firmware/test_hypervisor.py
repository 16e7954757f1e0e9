"""The hypervisor on the SoC: one behaviour a guest, with what is expected in the guest's comment.

Each file of ``guests`` runs as guest 1. Guest 0 is the demo's, which must get every one of its
ticks, whatever its neighbour does; the bench's judge decides that from the probe's trace.
"""

import re
from pathlib import Path

import pytest

from amagic.registers import CNTBase
from amagic.soc import memory_map
from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests, host_size
from amagic_sim.judge import GuestResult, Judge
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import EventKind, read_trace
from source_comment import said

GUESTS = Path(__file__).resolve().parent / "guests"
SUPPORT = GUESTS.parent / "support"
BY_ADDRESS = GUESTS / "touches_an_address.c"
RECEIVER = GUESTS / "takes_what_the_serial_port_receives.c"
MAX_CYCLES = 3_000_000
TICKS = 16
GUESTS_AND_SECOND_CPUS = 4
FEW_TICKS = 4  # for guests that are stopped in their first time slice


def pairs(source: Path, label: str) -> dict[str, str]:
    """The keys and values behind the label in the file's comment."""
    words = said(source, label).split()
    return dict(zip(words[::2], words[1::2], strict=True))


def expected(source: Path) -> dict[str, str]:
    """What the report must say of the guest."""
    wanted = pairs(source, "Expected")
    assert wanted, f"{source.name} expects nothing"
    return wanted


def list_registers(source: Path) -> list[int]:
    """The limits on list registers that the file asks for; 0 is none."""
    return [int(word) for word in said(source, "List registers").split()] or [0]


CASES = [
    pytest.param(source, limit, id=source.stem + (f"-{limit}_lrs" if limit else ""))
    for source in sorted(GUESTS.glob("*.c"))
    if source not in (BY_ADDRESS, RECEIVER)
    for limit in list_registers(source)
]

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


def build(guest: GuestSource, limit: int = 0, ticks: int = TICKS, **defines: object) -> Program:
    """The hypervisor with the demo's guest 0 and ``guest``."""
    return build_hypervisor(demo_guests(ticks)[0], guest, defines={"HYP_MAX_LRS": limit} | defines)


def own(name: str, **defines: object) -> GuestSource:
    """One of ``guests``."""
    return GuestSource(GUESTS / f"{name}.c", defines, includes=(SUPPORT,))


def run(program: Program, name: str, **options) -> SocRun:
    folder = build_root() / "run" / "hypervisor" / name
    return run_soc(program, folder, **{"max_cycles": MAX_CYCLES} | options)


def virtual_cpus(source: Path) -> int:
    """How many the file asks for."""
    return int(said(source, "Virtual CPUs") or 1)


def neighbour(done: SocRun) -> GuestResult:
    """What guest 0 got. (The judge follows virtual CPUs: the first ones, then the second ones.)"""
    return Judge(GUESTS_AND_SECOND_CPUS).run(read_trace(done.trace_path)).results[0]


def check_neighbour(done: SocRun, ticks: int = TICKS) -> None:
    """Guest 0 got every tick, once, on its own view and on the judge's."""
    report, result = parse_report(done.uart_text), neighbour(done)
    assert report.guests[0]["state"] == "done"
    assert report.guests[0]["ticks"] == str(ticks)
    assert report.guests[0]["orphans"] == "0"
    assert report.dropped == 0
    assert len(result.delivered) == ticks
    assert (len(result.lost), result.duplicated, len(result.early)) == (0, 0, 0)
    assert (len(result.while_masked), len(result.spurious)) == (0, 0)


def check_guest(done: SocRun, source: Path, limit: int = 0) -> None:
    """Guest 1 got what its file's comment says."""
    report = parse_report(done.uart_text)
    guest = report.guests[1]
    wanted = {"fault": "none"} | expected(source)
    assert {key: guest[key] for key in wanted} == wanted
    bounds = pairs(source, "At least") | pairs(source, f"At least with {limit}")
    for key, least in bounds.items():
        assert int(guest[key]) >= int(least), key
    assert guest["orphans"] == "0"
    assert report.passed == (guest["fault"] == "none")


@pytest.mark.parametrize(("source", "limit"), CASES)
def test_guest(source, limit):
    guest = own(source.stem, GUEST_VCPUS=virtual_cpus(source))
    done = run(build(guest, limit), f"{source.stem}-{limit}")
    check_guest(done, source, limit)
    check_neighbour(done)


def test_receiver_of_the_serial_port_is_forwarded_to_its_owner():
    sent = bytes(range(ord("!"), ord("~") + 1)) * 8
    program = build(own(RECEIVER.stem), ticks=FEW_TICKS)
    done = run(program, RECEIVER.stem, uart_in=sent)
    check_guest(done, RECEIVER)
    check_neighbour(done, FEW_TICKS)


def test_guest_without_the_receiver_is_stopped_when_it_reaches_for_it():
    guest = own(BY_ADDRESS.stem, ADDRESS="0x80040000", STORE=0)
    done = run(build(guest, ticks=FEW_TICKS, HYP_UART_OWNER=0), "not_its_receiver")
    report = parse_report(done.uart_text)
    assert (report.guests[1]["fault"], report.guests[1]["value"]) == ("load-page", "0x80040000")
    check_neighbour(done, FEW_TICKS)


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
