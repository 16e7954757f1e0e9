"""Tables and the picture. The document is a real run's, with its lists cut short."""

import copy
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from amagic_boards.bench.peers import PEERS
from amagic_boards.bench.render import (
    aligned,
    draw,
    markdown,
    page,
    part_rows,
    peer_rows,
    point_rows,
    storm_rows,
)

DOCUMENT = json.loads((Path(__file__).parents[1] / "data" / "bench.json").read_text())
SIZE = {"cpus": 8, "spis": 480, "lrs": 16}


@pytest.fixture
def document():
    return copy.deepcopy(DOCUMENT)


def test_a_measured_size_shows_each_figure_and_the_line_in_nanoseconds_at_the_median(document):
    _, row = point_rows(document)
    assert row[:8] == ("96", "1", "4", "3,181", "4,196", "1,316", "95", "0")
    assert row[8] == "100.6 / 101.3 / 105.1"
    assert row[9] == "9 (89 ns)"
    assert row[10:] == ("5", "5", "11")


def test_a_size_that_does_not_fit_shows_that_and_what_synthesis_found(document):
    cost = {"lut4": 90_000, "ff": 20_000, "dpr16x4": 4, "dp16kd": 0}
    document["points"].append({**SIZE, **cost, "status": "does not fit", "reason": "no BELs"})
    *_, row = rows = point_rows(document)
    assert row[:6] == ("480", "8", "16", "90,000", "does not fit", "20,000")
    assert len(row) == len(rows[0])


def test_a_size_that_was_not_run_says_so(document):
    document["points"].append({**SIZE, "status": "not run"})
    *_, row = rows = point_rows(document)
    assert row[:4] == ("480", "8", "16", "not run")
    assert len(row) == len(rows[0])


def test_sizes_stand_in_order_whenever_they_were_measured(document):
    sizes = [(8, 16, 480), (1, 16, 96), (1, 4, 988), (1, 4, 32), (8, 4, 96)]
    first = document["points"][0]
    for cpus, lrs, spis in sizes:
        document["points"].append({**first, "cpus": cpus, "lrs": lrs, "spis": spis})
    expected = sorted([(1, 4, 96), *sizes])
    for rows in (point_rows(document), part_rows(document)):
        found = [(int(cpus), int(lrs), int(spis)) for spis, cpus, lrs, *_ in rows[1:]]
        assert found == expected


def test_the_worst_case_has_a_row_for_each_thing_that_is_written(document):
    head, *rows = storm_rows(document)
    assert [row[2] for row in rows] == ["nothing", "GICD_ISENABLERn", "GICD_CTLR"]
    assert rows[0][5] == "-"
    assert rows[1][3:] == ("9", "20", "7", "16")
    assert {len(row) for row in rows} == {len(head)}


def test_ours_stands_beside_the_others_by_interrupt_sources(document):
    _, ours, *others = peer_rows(document)
    assert ours[1:] == ("128", "3,181", "1,316", "101")
    assert len(others) == len(PEERS)
    sources, lut4, ff = "32 / 64 / 128", "4,814 / 9,505 / 19,707", "1,075 / 2,133 / 4,248"
    assert ("RISC-V APLIC, direct mode", sources, lut4, ff, "9 / 5 / not routed") in others


def test_the_others_stand_alone_while_nothing_of_ours_is_measured(document):
    document["points"] = [{**SIZE, "status": "not run"}]
    _, *others = peer_rows(document)
    assert [row[0] for row in others] == [peer.name for peer in PEERS]


def test_our_sizes_stand_from_few_sources_to_many(document):
    document["points"].append({**document["points"][0], "spis": 32, "lut4": 2800})
    ours = peer_rows(document)[1]
    assert ours[1:3] == ("64 / 128", "2,800 / 3,181")


def test_each_part_has_the_luts_of_its_modules(document):
    document["points"].append({**SIZE, "status": "not run"})
    head, row = part_rows(document)
    assert row == ("96", "1", "4", "232", "288", "264", "0", "275", "289", "276", "0", "0")
    assert len(head) == len(row)


def test_every_lut_is_in_one_part(document):
    modules = {"inner.distributor.selection.row_7": 1, "inner.gicv0.x": 2, "inner": 4, "": 8}
    document["points"][0]["parts"] = modules
    _, row = part_rows(document)
    assert row[3:] == ("0", "0", "1", "0", "0", "0", "0", "2", "12")


def test_a_table_in_markdown():
    assert markdown([("a", "b"), ("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_a_table_as_text_has_columns_of_one_width():
    assert aligned([("a", "long"), ("100", "2")]) == "  a  long\n100     2\n"


def test_the_page_tells_how_it_was_measured(document):
    text = page(document)
    for said in (*document["tools"], "`synth_ecp5`", "CABGA381", "seeds 1, 2, 3", "10,000 LUT4s"):
        assert said in text
    # Every table has a line of dashes with as many columns as its headings.
    for head, dashes in re.findall(r"(\|.*\|)\n(\| ---.*\|)", text):
        assert head.count("|") == dashes.count("|")


def test_the_picture_has_us_and_every_other_and_is_the_same_each_time(document):
    text = draw(document)
    assert text == draw(document)
    ElementTree.fromstring(text)
    for name in ("this GIC", *(peer.name for peer in PEERS)):
        assert name in text  # as the comment that matplotlib puts before each text's outlines


def test_a_picture_of_nothing_measured_is_still_one(document):
    document["points"] = [{**SIZE, "status": "not run"}]
    ElementTree.fromstring(draw(document))
