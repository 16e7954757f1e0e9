"""Kept results."""

import pytest

from amagic_boards.bench.store import Store, digest, write_whole


def test_what_was_made_once_is_not_made_again(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"mhz": 90.5}

    for _ in range(2):
        assert Store(tmp_path).kept("key", make) == {"mhz": 90.5}
    assert len(made) == 1


@pytest.mark.parametrize(
    "other", [["netlist 2", "tool 1", 1], ["netlist", "tool 2", 1], ["netlist", "tool 1", 2]]
)
def test_another_netlist_tool_or_seed_is_another_result(other):
    assert digest(["netlist", "tool 1", 1]) == digest(["netlist", "tool 1", 1])
    assert digest(other) != digest(["netlist", "tool 1", 1])


def test_what_fails_keeps_nothing(tmp_path):
    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Store(tmp_path).kept("key", fail)
    assert Store(tmp_path).kept("key", lambda: {"mhz": 1}) == {"mhz": 1}


@pytest.mark.parametrize("text", ["", '{"mhz": ', "\0"])
def test_a_broken_file_is_made_again(tmp_path, text):
    (tmp_path / "key.json").write_text(text)
    assert Store(tmp_path).kept("key", lambda: {"mhz": 2}) == {"mhz": 2}


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "bench.json"
    write_whole(path, "before")

    def interrupted(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(path), "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
