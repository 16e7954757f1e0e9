"""nextpnr's report. The one here is of a real run, with its paths cut after some pieces."""

import json
from pathlib import Path

import pytest

from amagic_boards.pnr_report import parse_pnr_report, read_pnr_report
from amagic_sim.build import BuildError

REPORT = Path(__file__).parent / "data" / "nextpnr_report.json"
CLOCK = "$glbnet$clk$TRELLIS_IO_IN"


def test_clocks_cells_and_the_clocks_slowest_path_are_read():
    report = read_pnr_report(REPORT)
    assert report.slowest == CLOCK
    assert report.clocks[CLOCK].achieved == pytest.approx(104.29, abs=0.01)
    assert report.clocks[CLOCK].constraint == 12
    assert (report.used("TRELLIS_COMB"), report.usage["TRELLIS_COMB"].available) == (3860, 83640)
    assert report.used("EHXPLLL") == 0
    first, second, *_ = report.paths[CLOCK]
    assert (first.kind, first.cell) == ("clk-to-q", "gicc0.preemption.mask0_TRELLIS_FF_Q_4")
    assert (second.kind, second.ns) == ("routing", pytest.approx(0.857))


@pytest.mark.parametrize(("constraint", "closes"), [(104.28, True), (104.29, False)])
def test_timing_closes_when_the_clock_reaches_what_was_asked(constraint, closes):
    raw = json.loads(REPORT.read_text())
    raw["fmax"][CLOCK]["constraint"] = constraint
    assert parse_pnr_report(json.dumps(raw)).clocks[CLOCK].closes is closes


@pytest.mark.parametrize("text", ["", "[]", '{"fmax": {}}', '{"fmax": 1, "utilization": {}}'])
def test_what_is_no_report_is_refused_with_the_files_name(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(BuildError, match=r"report\.json: this is no report of nextpnr's"):
        read_pnr_report(path)


def test_a_report_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(BuildError, match="none.json"):
        read_pnr_report(tmp_path / "none.json")
