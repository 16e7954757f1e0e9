"""`make long`: rounds of random streams, one a seed."""

import subprocess

import pytest

from amagic_sim import long


@pytest.fixture
def rounds(monkeypatch):
    """The environments of the rounds; the round of seed 3 fails."""
    seen = []

    def run(command, *, env, **_):
        assert command[1:3] == ["-m", "pytest"] and "tests/gic" in command
        seen.append((env["SEED"], env["STEPS"]))
        fails = env["SEED"] == "3"
        said = "1 failed, 6 passed in 5s: what differs" if fails else "7 passed in 5s"
        return subprocess.CompletedProcess(command, int(fails), said, "")

    monkeypatch.setattr(long.subprocess, "run", run)
    return seen


def test_each_seed_is_a_round_and_is_told(rounds, capsys):
    assert long.main(["--seeds", "1:2", "--steps", "700"]) == 0
    assert rounds == [("1", "700"), ("2", "700")]
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("seed 1 (1 of 2): 7 streams of 700 steps agree with the model")
    assert second.startswith("seed 2 (2 of 2)") and last == "PASS"


def test_the_first_round_that_fails_ends_the_run_with_how_to_repeat_it(rounds, capsys):
    assert long.main(["--seeds", "2:9", "--steps", "700"]) == 1
    assert [seed for seed, _ in rounds] == ["2", "3"]
    said = capsys.readouterr().out
    assert "what differs" in said and "PASS" not in said
    assert "seed 3: FAIL; again with: make long SEEDS=3 STEPS=700" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "5:4"], "expected SEED or FIRST:LAST with FIRST at most LAST, not '5:4'"),
        (["--seeds", "all"], "expected SEED or FIRST:LAST"),
        (["--steps", "99"], "expected 100 to 20000 steps, not '99'"),
        (["--steps", "20001"], "expected 100 to 20000 steps"),
        (["--steps", "many"], "expected 100 to 20000 steps"),
    ],
)
def test_rounds_that_are_none_are_refused(options, message, capsys):
    with pytest.raises(SystemExit) as ended:
        long.main(options)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_the_random_streams_take_their_seed_and_their_steps_from_the_environment():
    """Otherwise every round would be the same."""
    benches = sorted((long.CHECKOUT / "tests" / "gic").glob("bench_*_random.py"))
    assert len(benches) >= 2
    for bench in benches:
        text = bench.read_text()
        assert 'os.environ.get("SEED"' in text and 'os.environ.get("STEPS"' in text, bench.name
