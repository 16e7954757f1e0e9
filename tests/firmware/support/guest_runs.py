"""Runs a guest of ``guests`` as guest 1, beside the demo's, and says whether each got its due.

Guest 0 must get every one of its ticks, whatever its neighbour does; the bench's judge decides that
from the probe's trace. What guest 1 must report is said in its file's comment.
"""

from pathlib import Path

import pytest

from amagic_sim.build import build_root
from amagic_sim.firmware import Program
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests
from amagic_sim.judge import GuestResult, Judge
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import SocRun, run_soc
from amagic_sim.trace import read_trace
from source_comment import said

SUPPORT = Path(__file__).resolve().parent
GUESTS = SUPPORT.parent / "guests"
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


def virtual_cpus(source: Path) -> int:
    """How many the file asks for."""
    return int(said(source, "Virtual CPUs") or 1)


def build(guest: GuestSource, limit: int = 0, ticks: int = TICKS, **defines: object) -> Program:
    """The hypervisor with the demo's guest 0 and ``guest``."""
    return build_hypervisor(demo_guests(ticks)[0], guest, defines={"HYP_MAX_LRS": limit} | defines)


def own(name: str, **defines: object) -> GuestSource:
    """One of ``guests``."""
    return GuestSource(GUESTS / f"{name}.c", defines, includes=(SUPPORT,))


def run(program: Program, name: str, **options) -> SocRun:
    folder = build_root() / "run" / "hypervisor" / name
    return run_soc(program, folder, **{"max_cycles": MAX_CYCLES} | options)


def judge(done: SocRun) -> Judge:
    """(The judge follows virtual CPUs: the first ones, then the second ones.)"""
    return Judge(GUESTS_AND_SECOND_CPUS).run(read_trace(done.trace_path))


def neighbour(done: SocRun) -> GuestResult:
    """What guest 0 got."""
    return judge(done).results[0]


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


NEED_MORE = {
    GUESTS / "touches_an_address.c",
    GUESTS / "counts_the_buttons_edges.c",
    GUESTS / "takes_each_byte_once.c",
    GUESTS / "takes_what_the_serial_port_receives.c",
}
"""They need an address, or lines that move: tests of their own."""

CASES = [  # a guest, and how many list registers it has at most
    pytest.param(source, limit, id=source.stem + (f"-{limit}_lrs" if limit else ""))
    for source in sorted(GUESTS.glob("*.c"))
    if source not in NEED_MORE
    for limit in list_registers(source)
]
