"""What the options of several commands have in common."""

import argparse

import pytest

from amagic_sim.options import empty_results, number_from


def test_a_number_in_the_range_is_taken():
    assert [number_from(1, 64)(text) for text in ("1", "64")] == [1, 64]
    assert number_from(0)("18446744073709551616") == 2**64


@pytest.mark.parametrize("text", ["0", "65", "-1", "", "1.5", "x", "²"])
def test_what_is_no_number_in_the_range_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        number_from(1, 64)(text)
    assert str(refused.value) == f"expected a number in 1 to 64, not {text!r}"


def test_a_range_without_an_upper_end_names_the_lower_one():
    with pytest.raises(argparse.ArgumentTypeError, match="expected a number from 0 on, not '-1'"):
        number_from(0)("-1")


def test_a_folder_for_results_is_made_and_loses_only_those_of_an_earlier_run(tmp_path):
    out = tmp_path / "some" / "results"
    empty_results(out, ["old", "never"])
    for name in ("old", "kept"):
        (out / name).touch()
    empty_results(out, ["old", "never"])
    assert [path.name for path in out.iterdir()] == ["kept"]


def test_results_do_not_go_into_a_file(tmp_path):
    out = tmp_path / "file"
    out.write_text("mine")
    with pytest.raises(ValueError, match="file is not a folder"):
        empty_results(out, ["old"])
    assert out.read_text() == "mine"
