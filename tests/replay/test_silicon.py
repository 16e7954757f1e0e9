"""What was read off a GIC-400 (`silicon/*.gic`) holds here as well."""

from pathlib import Path

import pytest

from amagic_sim.replay.command import load_target, replay
from amagic_sim.replay.script import parse

FACTS = sorted((Path(__file__).parent / "silicon").glob("*.gic"))


@pytest.mark.parametrize("name", ["rtl", "model"])
@pytest.mark.parametrize("fact", FACTS, ids=lambda path: path.stem)
def test_a_fact_of_silicon_holds(fact, name):
    script = parse(fact.read_text(), fact.name)
    target = load_target(name)
    refused = target.refusal(script.config, script.operations)
    if name == "rtl" and refused == "security=1":
        pytest.skip("the RTL has no Security Extensions")
    assert refused is None
    said: list[str] = []
    assert replay(script, [target], said.append), "\n".join(said)


def test_every_fact_checks_something_and_says_what():
    assert len(FACTS) >= 13
    for fact in FACTS:
        text = fact.read_text()
        assert text.startswith("# "), fact
        assert any(line.expected for line in parse(text).lines), fact
