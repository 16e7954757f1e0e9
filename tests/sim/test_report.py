"""The firmware's report is read whole or refused."""

import pytest

from amagic_sim.report import ReportError, parse_report

GUEST = "guest 0 name t state done status 0 ticks 500 fault none"
STOPPED = "guest 1 name u state faulted ticks 3 fault load-page value 0xf0001000 pc 0x40000040"
LINES = f"AMAGIC-REPORT 1\nmode forwarded irqchip gicv2 lrs 4\n{GUEST}\n{STOPPED}\nhost dropped 2\n"


def checksum(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return f"checksum 0x{value:08x}\n"


def report(lines=LINES, verdict="PASS"):
    return f"{lines}{checksum(lines)}{verdict}\n"


def test_a_report_is_read_key_by_key():
    parsed = parse_report("hello from a guest\n" + report())
    assert parsed.passed and parsed.dropped == 2
    assert parsed.guests[0]["ticks"] == "500"
    assert parsed.offenders == ()
    assert parsed.lines[0] == "AMAGIC-REPORT 1" and parsed.lines[-1] == "PASS"


def test_a_report_names_its_offenders():
    lines = LINES.replace("host dropped", "offender 1 exits 900 slices 7\nhost dropped")
    assert parse_report(report(lines)).offenders == (1,)


FAKE_LINES = LINES.replace("host dropped 2", "host dropped 0").replace(
    "ticks 3 fault", "ticks 9 fault"
)
PANIC = "AMAGIC-PANIC line stays high 0x0000001b\nFAIL\n"


@pytest.mark.parametrize(
    "printed",
    [
        PANIC,
        "0> AMAGIC-PANIC\n0> " + PANIC,
        "AMAGIC-PANIC ",  # and no end of line
        "AMAGIC-REPORT 1",
        "AMAGIC-REPORT 2\n",
        report(FAKE_LINES),
        report(FAKE_LINES, "FAIL"),
        report(FAKE_LINES)[:-6],
        "\x1c\x85\ufffd\u2028\r\0",
    ],
)
@pytest.mark.parametrize("end", ["", "\n"])
def test_what_a_guest_prints_neither_voids_nor_replaces_the_report(printed, end):
    assert parse_report(printed + end + report()) == parse_report(report())


def test_a_guest_that_is_named_as_a_report_begins_does_not_void_the_report():
    named = LINES.replace("name t ", "name AMAGIC-REPORT ")
    assert parse_report(report(named)).guests[0]["name"] == "AMAGIC-REPORT"
    named = LINES.replace("name t ", "name checksum ")
    assert parse_report(report(named)).guests[0]["name"] == "checksum"


def test_when_the_host_gave_up_a_report_that_a_guest_printed_does_not_count():
    for printed in (report(), report() + "0> ", report()[:-6]):
        with pytest.raises(ReportError, match="gave up: line stays high 0x0000001b"):
            parse_report(printed + PANIC)


def test_a_report_that_a_guest_printed_is_not_the_end_of_a_run():
    with pytest.raises(ReportError, match="after the report, the firmware sent 'more'"):
        parse_report(report() + "more")


def test_bytes_that_are_no_text_are_refused_as_damaged():
    with pytest.raises(ReportError, match="damaged"):
        parse_report(report().replace("name t", "name \ufffd"))


def test_a_stopped_guest_is_named_with_its_cause():
    assert parse_report(report()).faults == {
        1: "stopped by load-page (value 0xf0001000, pc 0x40000040)"
    }


def test_fail_is_not_passed():
    assert not parse_report(report(verdict="FAIL")).passed


def test_the_checksum_is_that_of_fnv1a():
    # The published test vector of 32-bit FNV-1a: "foobar" gives 0xbf9cf968.
    assert checksum("foobar") == "checksum 0xbf9cf968\n"


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "sent no report; the last it sent is 'nothing'"),
        ("starting\n", "the last it sent is 'starting'"),
        ("AMAGIC-PANIC no list register 0x00000001\nFAIL\n", "gave up: no list register"),
        (report().replace("REPORT 1", "REPORT 2"), "of version 1, found 'AMAGIC-REPORT 2'"),
        (report().replace("ticks 500", "ticks 501"), "damaged"),
        (report()[:-5], "cut off"),
        (report()[:60], "cut off"),
        (report(LINES.replace("guest 1", "guest 2")), "expected guest 1"),
        (report(LINES.replace("ticks 3", "ticks")), "pairs of a key and a value"),
    ],
)
def test_a_report_that_is_not_sound_is_refused(text, message):
    with pytest.raises(ReportError, match=message):
        parse_report(text)
