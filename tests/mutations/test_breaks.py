"""The breaks of rules: each can be made, each rule has one, and some are made here."""

import tomllib
from dataclasses import replace

import breaks
import pytest
from breaks import Break, Outcome, called, outcome, stale, verdict

RULES = {rule["name"]: rule for rule in tomllib.loads(breaks.RULES.read_text())["rule"]}
BREAKS = breaks.breaks()
SHARE = ["edge-while-active-is-lost", "more-mappings-than-fit", "unmapped-pending"]
"""Those that `make test` makes; `make breaks` makes all."""

SOME = Break("some", "a rule", "firmware/hyp/mode.c", "old", "new", ("a.py::test_a",))


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.name)
def test_what_is_broken_is_in_its_file_once(each):
    assert stale([each]) == []
    assert each.new != each.old


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.name)
def test_what_must_fail_are_tests_of_the_rule(each):
    of_the_rule = called(RULES[each.rule])
    for test in each.red:
        assert any(test.startswith(one) for one in of_the_rule), test


def test_every_rule_is_broken():
    assert {each.rule for each in BREAKS} == set(RULES)
    names = [each.name for each in BREAKS]
    assert len(set(names)) == len(names)


def test_text_that_is_not_there_once_is_said_with_its_file(tmp_path):
    path = tmp_path / SOME.file
    path.parent.mkdir(parents=True)
    for text, times in (("", 0), ("old, old", 2)):
        path.write_text(text)
        said = f"some: firmware/hyp/mode.c has its text {times} times, not once"
        assert stale([SOME], tmp_path) == [said]
    assert stale([replace(SOME, file="no.c")], tmp_path) == [
        "some: no.c has its text 0 times, not once"
    ]


def test_what_failed_is_read_from_the_summary():
    text = "1 failed\nFAILED tests/a.py::test_a[x y] - assert 1 == 2\nERROR tests/a.py::test_b\n"
    assert outcome(1, text).failed == {"a.py::test_a[x y]": "assert 1 == 2", "a.py::test_b": ""}


@pytest.mark.parametrize(
    ("ran", "found", "words"),
    [
        (Outcome(1, {"a.py::test_a": "assert 0"}), True, "red, assert 0"),
        (Outcome(1, {"a.py::test_a[x]": ""}), True, "red, as it must be"),
        (Outcome(0, {}), False, "GREEN: a.py::test_a"),
        (Outcome(1, {"a.py::test_ab": "assert 0"}), False, "GREEN: a.py::test_a"),
        (Outcome(4, {}, "no such test"), False, "pytest ended with status 4:\nno such test"),
        (Outcome(1, {"a.py::test_a": ""}, "FirmwareError: x"), False, "it cannot be built:"),
    ],
)
def test_a_break_is_found_when_each_of_its_tests_fails(ran, found, words):
    assert verdict(SOME, ran)[0] == found
    assert verdict(SOME, ran)[1].startswith(words)


def test_what_must_be_shown_is_looked_for_in_what_was_printed():
    ran = Outcome(1, {"a.py::test_a": "assert 0"}, "the third rule failed")
    assert verdict(replace(SOME, shows="third"), ran)[0]
    assert verdict(replace(SOME, shows="second"), ran) == (False, "RED, but nothing says 'second'")


@pytest.mark.slow
def test_some_breaks_are_found(capsys):
    assert breaks.main(SHARE) == 0
    assert f"{len(SHARE)} breaks: {len(SHARE)} found, 0 not" in capsys.readouterr().out


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are(capsys):
    assert breaks.main(["nothing"]) == 2
    said = capsys.readouterr().err
    assert "no break nothing; there are" in said and SHARE[0] in said
