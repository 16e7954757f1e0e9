"""`python -m amagic_sim.oracle`: what it says, and how it ends."""

import re

import pytest

from amagic_sim.model import ModelTarget
from amagic_sim.oracle import __main__ as command
from amagic_sim.oracle import vectors
from amagic_sim.oracle.compare import compare
from amagic_sim.replay.script import parse


def test_without_qemu_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setenv("AMAGIC_QEMU", "qemu-nowhere")
    for arguments, status in ([], 1), (["--optional"], 0):
        assert command.main(arguments) == status
        said = capsys.readouterr().out
        assert said.startswith("live oracle: NOT RUN, no qemu-nowhere on PATH: install it")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "3:1"], "expected SEED or FIRST:LAST with FIRST at most LAST, not '3:1'"),
        (["--seeds", "one"], "expected SEED or FIRST:LAST"),
        (["--steps", "99"], "expected a number in 100 to 1000000, not '99'"),
    ],
)
def test_an_option_out_of_range_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert message in capsys.readouterr().err


def test_it_looks_for_divergences_replays_vectors_and_compares_streams(
    qemu, record_property, capsys
):
    assert command.main(["--seeds", "1:2", "--steps", "1000"]) == 0
    said = capsys.readouterr().out
    assert re.match(r"QEMU \d+\.\d+\.\d+\n", said)
    assert f"{len(command.DIVERGENCES)} known divergences looked for\n" in said
    assert re.search(r"\d recorded vectors, 0 mismatches\n", said)
    assert re.search(r"seeds 1 to 2: 2,000 operations, \d+ acknowledges of real", said)
    assert "1,000 operations of one CPU: the same again, and through qtest\n" in said
    assert re.search(r"trigger-low-bits +\d+ +\d\.\d+% +0 +0\.000% +\d+\n", said)
    assert re.search(r"reserved-filter +0 +0\.000% +0 +0\.000% +script\n", said)
    ran = re.search(r"PASS\nlive oracle: ran (\d,\d\d\d) operations\n$", said)[1]
    record_property("oracle_operations", int(ran.replace(",", "")))


def test_a_stream_that_differs_is_kept_as_a_script_that_replays_it(qemu, monkeypatch, capsys):
    monkeypatch.setattr(command, "compare", lambda *given: compare(*given, divergences=()))
    monkeypatch.setattr(command, "_check_divergences", lambda _: True)
    assert command.main(["--seeds", "2", "--steps", "1000"]) == 1
    said = capsys.readouterr().out
    assert "seed 2: FAIL; again with: make oracle SEEDS=2 STEPS=1000\n" in said
    assert "is right, QEMU has" in said and "FAIL\nlive oracle: ran" in said
    path = re.search(r"the operations up to there: (.*)\n", said)[1]
    script = parse(open(path).read(), path)
    assert vectors.mismatches(script, ModelTarget()) == []
    assert vectors.mismatches(script, qemu()) != []


def test_an_entry_that_no_longer_shows_fails_on_its_version_only(monkeypatch, capsys):
    monkeypatch.setattr(command, "check_divergence", lambda *_: "it does not show any more")
    assert not command._check_divergences("7.2.22")
    assert "active-written: it does not show any more (FAIL)" in capsys.readouterr().out
    assert command._check_divergences("9.1.0")
    assert "(not in the table for QEMU 9.1.0)" in capsys.readouterr().out
