"""The scripts beside this file hold: scenarios, the two security states, and what was read off a
GIC-400 (`silicon`)."""

from pathlib import Path

import pytest

from amagic_sim.replay.command import load_target, replay
from amagic_sim.replay.script import parse

FOLDER = Path(__file__).parent
SCRIPTS = sorted(FOLDER.glob("*/*.gic"))


@pytest.mark.parametrize("name", ["rtl", "model"])
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_script_holds(path, name):
    script = parse(path.read_text(), path.name)
    target = load_target(name)
    assert target.refusal(script.config, script.operations) is None
    said: list[str] = []
    assert replay(script, [target], said.append), "\n".join(said)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_script_says_what_it_shows_and_checks_something(path):
    text = path.read_text()
    assert text.startswith("# ")
    assert any(line.expected for line in parse(text).lines)


FACTS = (
    "apr bypass_bits hppir_behind_pmr icfgr itargetsr level_pended_twice lr_keeps_fields"
    " nonsecure_probe nonsecure_view sgis_enabled typer typer_security virtual_sgi_source"
    " vmcr_minimum vtr"
)


def test_every_fact_of_silicon_has_its_script():
    """But for the identification registers, which a script cannot set: bench_gic has them."""
    assert {path.stem for path in SCRIPTS if path.parent.name == "silicon"} == set(FACTS.split())
