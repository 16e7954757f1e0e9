"""Mutants are made as the list says, or it is said why not."""

import shutil
from pathlib import Path

import pytest

import amagic.gic
from mutants import StaleError, apply, in_netlist

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
