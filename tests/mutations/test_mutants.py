"""Mutants are made as the list says, or it is said why not."""

import shutil
from pathlib import Path

import pytest

import amagic.gic
import mutants
from mutants import Mutant, StaleError, apply, in_netlist, judge, unproved

TINY = """\
module gic_ip(input clk, input d, output reg irq);
  wire q;
  gic_ip_gic gic(.d(d), .q(q));
  always @(posedge clk) irq <= q;
endmodule
module gic_ip_gic(input d, output q);
  assign q = ~d;
endmodule
"""
INVERTED = "mutate -mode inv -module gic_ip_gic -cell $not$gic_ip.v:7$2 -port Y -portbit 0"


@pytest.fixture
def gic(tmp_path) -> Path:
    """A copy of the RTL's folder."""
    return Path(shutil.copytree(Path(amagic.gic.__file__).parent, tmp_path / "gic"))


def test_a_mutation_by_hand_changes_one_place_of_its_file(gic):
    before = (gic / "sgi.py").read_text()
    apply(
        {"name": "a", "file": "sgi.py", "old": "eq(self.cpu),\n            write", "new": "X"}, gic
    )
    after = (gic / "sgi.py").read_text()
    assert after.replace("X", "eq(self.cpu),\n            write") == before != after


@pytest.mark.parametrize("old, times", [("no such text", 0), ("self.cpu", 2)])
def test_a_mutation_whose_text_is_not_there_once_is_refused(old, times, gic):
    before = (gic / "sgi.py").read_text()
    with pytest.raises(StaleError, match=f"a: sgi.py has its text {times} times, not once"):
        apply({"name": "a", "file": "sgi.py", "old": old, "new": "X"}, gic)
    assert (gic / "sgi.py").read_text() == before


def test_mutations_at_random_are_in_one_netlist_that_takes_their_number_from_a_file():
    text = in_netlist(f"{INVERTED}\n{INVERTED}", TINY)
    assert '$readmemh("mutant.hex", chosen);' in text
    assert "module gic_ip(clk, d, irq)" in text
    assert "mutant == 8'h01" in text and "mutant == 8'h02" in text


MASKED = """\
module gic_ip(input clk, input rst, input w, input d, output irq);
  gic_ip_gic gic(.clk(clk), .rst(rst), .w(w), .d(d), .irq(irq));
endmodule
module gic_ip_gic(input clk, input rst, input w, input d, output reg irq);
  wire [1:0] off;
  gic_ip_gic_off source(.clk(clk), .rst(rst), .off(off));
  reg [3:0] kept [1:0];
  always @(posedge clk) begin
    if (w) kept[d][1:0] <= {d, d};
    irq <= rst ? 1'b0 : (off[1] & d) | kept[0][0];
  end
endmodule
module gic_ip_gic_off(input clk, input rst, output reg [1:0] off);
  initial off = 2'b00;
  always @(posedge clk) off <= rst ? 2'b00 : off;
endmodule
"""
"""``off`` is 0 from reset on; bits [3:2] of what is kept are never written."""
CLAIM = {"scope": "gic_ip_gic", "reason": "it is masked"}


def cell(mode: str, kind: str, port: str) -> str:
    """A mutation of the only cell of its kind in `MASKED`."""
    script = f"select -write cells.txt gic_ip_gic/t:{kind}"
    (name,) = mutants._yosys(script, MASKED, "cells.txt").split()
    name = name.removeprefix("gic_ip_gic/")
    return f"mutate -mode {mode} -module gic_ip_gic -cell {name} -port {port}"


def test_what_changes_nothing_that_can_be_seen_is_proved_equivalent():
    masked = cell("inv", "$and", "B -portbit 0")
    assert unproved(masked, CLAIM, MASKED) is None


def test_what_a_box_gives_can_be_anything():
    masked = cell("inv", "$and", "B -portbit 0")
    assert unproved(masked, CLAIM | {"boxes": ["gic_ip_gic_off"]}, MASKED) is not None


@pytest.mark.parametrize(("kind", "port"), [("$or", "Y -portbit 0"), ("$and", "Y -portbit 0")])
def test_what_can_be_seen_is_not_proved_equivalent(kind, port):
    lacking = unproved(cell("inv", kind, port), CLAIM, MASKED)
    assert "unproven" in lacking


def test_bits_of_a_word_that_are_never_written_make_no_difference():
    assert unproved(cell("inv", "$memwr_v2", "DATA -portbit 3"), CLAIM, MASKED) is None
    assert unproved(cell("inv", "$memwr_v2", "DATA -portbit 0"), CLAIM, MASKED) is not None


@pytest.mark.parametrize(
    ("found", "lacking", "known", "words"),
    [
        (None, None, True, "proved equivalent in gic_ip_gic: it is masked"),
        ("one 1/0", None, False, "FOUND, and claimed to be equivalent: one 1/0"),
        (None, "1 unproven", False, "ALIVE, and not proved equivalent in gic_ip_gic: 1 unproven"),
    ],
)
def test_a_claim_is_proved_and_holds_for_no_mutant_that_is_found(
    found, lacking, known, words, monkeypatch
):
    monkeypatch.setattr(mutants, "run", lambda _mutant: found)
    monkeypatch.setattr(mutants, "unproved", lambda *_: lacking)
    mutant = Mutant("random-1", "", ("one",), str, 1, "mutate")
    assert judge(mutant, {"random-1": CLAIM}) == (known, words)


def test_a_mutant_without_a_claim_is_found_or_alive(monkeypatch):
    for found, words in ((None, (False, "ALIVE")), ("one 1/0", (True, "one 1/0"))):
        monkeypatch.setattr(mutants, "run", lambda _mutant, found=found: found)
        assert judge(Mutant("random-1", "", ("one",), str), {}) == words
