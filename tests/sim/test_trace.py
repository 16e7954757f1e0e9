"""A trace file is read as the probe's events, or refused."""

import pytest

from amagic_sim.trace import EventKind, Mark, TraceError, read_trace


def test_a_trace_is_read_in_the_order_of_time(tmp_path):
    path = tmp_path / "trace.txt"
    path.write_text("12 3 0 0000 00000001\n7 0 0 0000 20000000\n")
    first, second = read_trace(path)
    assert (first.kind, first.mark, first.time) == (EventKind.MARK, Mark.SWITCH_IN, 7)
    assert second.kind is EventKind.IRQ


@pytest.mark.parametrize("line", ["hello", "1 2 3", "1 31 0 0000 00000000", "1 0 0 zz 0"])
def test_a_line_that_is_no_event_is_refused_with_its_place(tmp_path, line):
    path = tmp_path / "trace.txt"
    path.write_text(f"7 0 0 0000 20000000\n{line}\n")
    with pytest.raises(TraceError, match=r"trace.txt:2: expected `TIME KIND CPU AUX VALUE`"):
        read_trace(path)
