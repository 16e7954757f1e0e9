"""Guests of ``guests`` in the other modes: none sees how its interrupts are brought to it.

What the host counts differs from mode to mode; what a guest counts does not. (In the mode
``forwarded`` they run in test_hypervisor.py.) Those that end with a fault get no further than that.
"""

from pathlib import Path

import pytest
from guest_runs import (
    GUESTS,
    NEED_MORE,
    build,
    check_neighbour,
    expected,
    list_registers,
    own,
    run,
    virtual_cpus,
)

from amagic_sim.mode import Mode, mode_words
from amagic_sim.report import parse_report

GUESTS_OWN = {"state", "status", "ticks", "spurious", "early"}
"""What a guest sees of its run, among what the report says of it."""

SOURCES = [
    source
    for source in sorted(GUESTS.glob("*.c"))
    if source not in NEED_MORE and "fault" not in expected(source)
]
WITHOUT_AN_EXIT = GUESTS / "takes_a_tick_that_it_had_retired.c"
"""It takes an interrupt with no exit since it retired it. Emulated, the acknowledge is an exit, at
which the interrupt is withdrawn."""

MASKED = [Mode.MASKED, Mode.MASKED_EOI]
CASES = [
    pytest.param(source, mode, id=f"{source.stem}-{mode.value}")
    for place, source in enumerate(SOURCES)
    for mode in (Mode.EMULATED, MASKED[place % 2])
    if (source, mode) != (WITHOUT_AN_EXIT, Mode.EMULATED)
]


@pytest.mark.parametrize(("source", "mode"), CASES)
def test_guest_sees_the_same_as_when_its_interrupts_are_forwarded(source: Path, mode: Mode):
    limit = min(list_registers(source))
    program = build(own(source.stem, GUEST_VCPUS=virtual_cpus(source)), limit)
    words = mode_words(program, mode)
    done = run(program, f"{source.stem}-{mode.value}", words=words)
    report = parse_report(done.uart_text)
    guest = report.guests[1]
    wanted = {"state": "done"} | expected(source)
    assert {key: guest[key] for key in wanted if key in GUESTS_OWN} == {
        key: value for key, value in wanted.items() if key in GUESTS_OWN
    }
    assert report.mode == mode.value
    assert report.passed
    check_neighbour(done)
