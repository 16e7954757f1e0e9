"""The hypervisor on the SoC: one behaviour a guest, with what is expected in the guest's comment.

Each file of ``guests`` runs as guest 1. Guest 0 is the demo's, which must get every one of its
ticks, whatever its neighbour does; the bench's judge decides that from the probe's trace.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from amagic.soc import memory_map
from amagic.soc.cpu import STOCK_EDITS, core_verilog
from amagic_sim.build import build_root
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests
from amagic_sim.judge import GuestResult, Judge
from amagic_sim.report import Report, ReportError, parse_report
from amagic_sim.soc_sim import SocError, run_soc
from amagic_sim.trace import read_trace

GUESTS = Path(__file__).resolve().parent / "guests"
SUPPORT = GUESTS.parent / "support"
BY_ADDRESS = GUESTS / "touches_an_address.c"
MAX_CYCLES = 3_000_000
TICKS = 16


def comment(source: Path) -> str:
    """The file's first comment."""
    found = re.match(r"/\*\n(.*?) \*/", source.read_text(), re.DOTALL)
    assert found, f"{source.name} does not begin with a comment"
    return found[1]


def pairs(source: Path, label: str) -> dict[str, str]:
    """The keys and values behind the label in the file's comment."""
    found = re.search(rf"^ \* {label}: (.*)$", comment(source), re.MULTILINE)
    words = found[1].split() if found else []
    return dict(zip(words[::2], words[1::2], strict=True))


def expected(source: Path) -> dict[str, str]:
    """What the report must say of the guest."""
    wanted = pairs(source, "Expected")
    assert wanted, f"{source.name} expects nothing"
    return wanted


def list_registers(source: Path) -> list[int]:
    """The limits on list registers that the file asks for; 0 is none."""
    found = re.search(r"^ \* List registers: (.*)$", comment(source), re.MULTILINE)
    return [int(word) for word in found[1].split()] if found else [0]


CASES = [
    pytest.param(source, limit, id=source.stem + (f"-{limit}_lrs" if limit else ""))
    for source in sorted(GUESTS.glob("*.c"))
    if source != BY_ADDRESS
    for limit in list_registers(source)
]

DEVICES = {
    "host_memory": memory_map.RAM_BASE + 0x8000,
    "other_guests_memory": memory_map.RAM_BASE + 0x10000,
    "physical_gicd": memory_map.GIC.base + 0x1000,
    "physical_gicc": memory_map.GIC.base + 0x2000,
    "gich": memory_map.GIC.base + 0x4000,
    "gich_alias": memory_map.GIC.base + 0x5000,
    "physical_gicv": memory_map.GIC.base + 0x6000,
    "cntcontrolbase": memory_map.TIMER.base,
    "cntctlbase": memory_map.TIMER.base + 0x2000,
    "own_frames_first_view": memory_map.TIMER.base + 0x10000,
    "hosts_frame": memory_map.TIMER.base + 0x12000,
    "uart": memory_map.UART.base,
    "probe": memory_map.PROBE.base,
    "behind_its_gicc": 0x8000_4000,
    "before_its_timer": 0x8003_0000,
    "unmapped": 0x2000_0000,
    "null": 0,
}


def build(guest: GuestSource, limit: int = 0) -> Program:
    """The hypervisor with the demo's guest 0 and ``guest``."""
    return build_hypervisor(demo_guests(TICKS)[0], guest, defines={"HYP_MAX_LRS": limit})


def run(program: Program | Path, name: str, **options) -> tuple[Report, GuestResult]:
    """Runs it: the report, and what guest 0 got."""
    folder = build_root() / "run" / "hypervisor" / name
    done = run_soc(program, folder, **{"max_cycles": MAX_CYCLES} | options)
    judge = Judge(2).run(read_trace(done.trace_path))
    return parse_report(done.uart_text), judge.results[0]


def check_neighbour(report: Report, result: GuestResult) -> None:
    """Guest 0 got every tick, once, on its own view and on the judge's."""
    assert report.guests[0]["state"] == "done"
    assert report.guests[0]["ticks"] == str(TICKS)
    assert report.guests[0]["orphans"] == "0"
    assert report.dropped == 0
    assert len(result.delivered) == TICKS
    assert (len(result.lost), result.duplicated, len(result.early)) == (0, 0, 0)
    assert (len(result.while_masked), len(result.spurious)) == (0, 0)


@pytest.mark.parametrize(("source", "limit"), CASES)
def test_guest(source, limit):
    report, neighbour = run(
        build(GuestSource(source, includes=(SUPPORT,)), limit), f"{source.stem}-{limit}"
    )
    guest = report.guests[1]
    wanted = {"fault": "none"} | expected(source)
    assert {key: guest[key] for key in wanted} == wanted
    bounds = pairs(source, "At least") | pairs(source, f"At least with {limit}")
    for key, least in bounds.items():
        assert int(guest[key]) >= int(least), key
    assert guest["orphans"] == "0"
    assert report.passed == (guest["fault"] == "none")
    check_neighbour(report, neighbour)


TOUCHES = [(place, False) for place in DEVICES]
TOUCHES += [(place, True) for place in ("host_memory", "physical_gicd", "cntctlbase", "probe")]


@pytest.mark.parametrize(
    ("place", "store"), TOUCHES, ids=[f"{p}-{'store' if s else 'load'}" for p, s in TOUCHES]
)
def test_guest_that_touches_what_is_not_its_own_is_stopped(place, store):
    address = DEVICES[place]
    source = GuestSource(
        BY_ADDRESS, {"ADDRESS": f"{address:#x}", "STORE": int(store)}, includes=(SUPPORT,)
    )
    report, neighbour = run(build(source), f"{place}-{'store' if store else 'load'}")
    guest = report.guests[1]
    assert guest["state"] == "faulted"
    assert guest["fault"] == ("store-page" if store else "load-page")
    assert guest["value"] == f"{address:#010x}"
    assert not report.passed
    check_neighbour(report, neighbour)


@cache
def stock_core() -> str:
    return core_verilog(STOCK_EDITS)


@pytest.mark.parametrize("name", ["writes_satp", "writes_its_line_mask", "mprv_then_trap"])
def test_isolation_of_guests_needs_the_edit_of_the_core(name):
    """Without it the guest is not stopped, or takes the host down with it."""
    source = GUESTS / f"{name}.c"
    program = build(GuestSource(source, includes=(SUPPORT,)))
    try:
        report, _ = run(program, f"{name}-stock", core=stock_core(), max_cycles=1_000_000)
    except (SocError, ReportError):
        return
    wanted = expected(source)
    assert {key: report.guests[1][key] for key in wanted} != wanted
