"""The long run: what its shards are, that a result is kept and used again, and what it sums up."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from amagic_sim.cli import main
from amagic_sim.mode import Mode
from amagic_sim.soak import shard as shard_module
from amagic_sim.soak.plan import KINDS, SHARD_TICKS, Shard, shards
from amagic_sim.soak.shard import ShardResult, kept, run_shard
from amagic_sim.soak.table import record, summary

MILLION = shards(1, 1_000_000)
PASSED = ShardResult("firmware", 9_999, 0, 0, 0, 7, {"RUNNING": 9_999}, 12, 30_000_000, 31.0, ())


def ticks_of(chosen) -> int:
    return sum(sum(shard.ticks) for shard in MILLION if chosen(shard.kind))


def test_the_shards_of_a_million_have_a_million_ticks():
    assert ticks_of(lambda kind: True) == 1_000_000


@pytest.mark.parametrize("mode", list(Mode), ids=[mode.value for mode in Mode])
def test_each_mode_has_a_hundred_thousand_of_a_million(mode):
    assert ticks_of(lambda kind: kind.mode is mode) >= 100_000


@pytest.mark.parametrize("harts", sorted({kind.harts for kind in KINDS}))
def test_each_number_of_harts_has_a_hundred_thousand_of_a_million(harts):
    assert ticks_of(lambda kind: kind.harts == harts) >= 100_000


def test_any_part_of_a_run_has_its_share_of_each_kind():
    total = sum(kind.weight for kind in KINDS)
    seen: Counter = Counter()
    for count, shard in enumerate(MILLION, 1):
        seen[shard.kind] += 1
        for kind in KINDS:
            assert abs(seen[kind] - count * kind.weight / total) <= 1.5


def test_a_shard_follows_from_the_seed_and_its_number():
    assert shards(5, 200_000) == shards(5, 300_000)[:20]
    assert shards(5, 20_000) != shards(6, 20_000)
    assert len({shard.host_seed for shard in MILLION}) == len(MILLION)


def test_the_last_shard_has_what_is_left():
    whole, rest = (sum(shard.ticks) for shard in shards(1, SHARD_TICKS + 4))
    assert (whole, rest) == (SHARD_TICKS, 4)


def test_no_guest_is_without_a_tick():
    assert min(shards(1, 1)[0].ticks) == 1


def test_the_guests_of_a_shard_end_at_about_the_same_time():
    for shard in MILLION:
        ends = [ticks * period for ticks, period in zip(shard.ticks, shard.periods, strict=False)]
        assert abs(ends[0] - ends[1]) <= max(shard.periods)
        assert shard.ticks[:2] * shard.kind.harts == shard.ticks


@pytest.fixture
def faked(tmp_path, monkeypatch) -> list[Shard]:
    """Shards whose simulation is replaced: all else is as it is. Returns those that were run."""
    ran: list[Shard] = []

    def simulate(shard: Shard, *_) -> ShardResult:
        ran.append(shard)
        return replace(PASSED, delivered=sum(shard.ticks))

    monkeypatch.setenv("AMAGIC_BUILD", str(tmp_path))
    monkeypatch.setattr(shard_module, "_firmware", lambda shard: (None, None))
    monkeypatch.setattr(shard_module, "_made_of", lambda *_: "firmware")
    monkeypatch.setattr(shard_module, "_simulate", simulate)
    return ran


def test_a_shard_that_passed_is_not_run_again(faked):
    first, again = run_shard(MILLION[0]), run_shard(MILLION[0])
    assert (first[1], again[1]) == (True, False)
    assert first[0].delivered == again[0].delivered == sum(MILLION[0].ticks)
    assert faked == [MILLION[0]]


def test_a_shard_of_other_firmware_is_run_again(faked, monkeypatch):
    run_shard(MILLION[0])
    monkeypatch.setattr(shard_module, "_made_of", lambda *_: "other firmware")
    assert run_shard(MILLION[0])[1]


def test_a_shard_with_other_parameters_is_run_again(faked):
    run_shard(MILLION[0])
    assert run_shard(replace(MILLION[0], jitter=MILLION[0].jitter + 1))[1]


def test_a_shard_that_failed_is_run_again(faked, monkeypatch):
    monkeypatch.setattr(shard_module, "_simulate", lambda *_: replace(PASSED, reasons=("lost",)))
    assert [run_shard(MILLION[0])[1] for _ in range(2)] == [True, True]


def test_a_damaged_result_is_named(faked, tmp_path):
    run_shard(MILLION[0])
    (file,) = tmp_path.rglob("shard-0000.json")
    file.write_text(json.dumps({"shard": {}}))
    with pytest.raises(ValueError, match="shard-0000.json is no result of a shard; remove it"):
        kept(MILLION[0], "firmware")


def test_the_summary_tells_what_was_lost_and_the_bound_when_nothing_was():
    good = [(shard, PASSED) for shard in MILLION[:4]]
    lines = summary(good).splitlines()
    assert lines[2].split()[-1] == "39,996"
    (bound,) = (line for line in lines if line.startswith("fewer than"))
    assert bound.split()[-1] == f"{3 / 39_996:.1e}"
    lost = summary([*good, (MILLION[4], replace(PASSED, lost=1, reasons=("lost",)))])
    (bound,) = (line for line in lost.splitlines() if line.startswith("fewer than"))
    assert bound.split()[-1] == "-"


def test_the_record_has_a_line_for_each_shard():
    text = record([(shard, PASSED) for shard in MILLION[:3]], seed=1)
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert [row.split(" | ")[0] for row in rows] == ["| 0", "| 1", "| 2"]
    assert all(row.endswith(" PASS |") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ticks", "0"], "expected a number in 1 to 100000000, not '0'"),
        (["--seed", "x"], "expected a number in 0 to 18446744073709551615, not 'x'"),
        (["--jobs", "0"], "expected a number in 1 to 64, not '0'"),
    ],
)
def test_bad_arguments_are_refused(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["soak", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_shard_that_is_not_in_the_run_is_refused(capsys):
    assert main(["soak", "--ticks", "10", "--only", "1"]) == 1
    assert "--only must be in 0 to 0, not 1" in capsys.readouterr().err


def test_the_records_folder_must_be_there(capsys, tmp_path):
    path = tmp_path / "nowhere" / "record.md"
    assert main(["soak", "--ticks", "10", "--record", str(path)]) == 1
    assert f"there is no folder {Path(path).parent}" in capsys.readouterr().err
