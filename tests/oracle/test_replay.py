"""Scripts on QEMU: where it differs, the table of known divergences names the entry."""

from pathlib import Path

import pytest

from amagic_sim.model import ModelTarget
from amagic_sim.replay.command import replay
from amagic_sim.replay.script import parse

SCRIPTS = sorted((Path(__file__).parents[1] / "replay").glob("*/*.gic"))


def cannot(config) -> str | None:
    """What QEMU's GICv2 cannot be asked: it has two security states with one CPU only, and no such
    timer."""
    if config.security and config.cpus > 1:
        return f"cpus={config.cpus} with security=1"
    return "frame CNTControlBase" if config.timer else None


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_script_holds_but_for_what_is_known(path, qemu):
    script, target = parse(path.read_text(), path.name), qemu()
    refused = target.refusal(script.config, script.operations)
    assert refused == cannot(script.config)
    if refused is None:
        said: list[str] = []
        assert replay(script, [ModelTarget(), target], said.append), "\n".join(said)


def test_a_known_difference_is_told_with_its_entry(qemu):
    script = parse("w GICC_CTLR 0x1e1\nr GICC_CTLR 0x1e1")
    said: list[str] = []
    assert replay(script, [qemu(), ModelTarget()], said.append)
    known = "qemu 0x00000001 DIFFERS, known: bypass-bits | model 0x000001e1"
    assert said == [f"2 r GICC_CTLR 0x1e1 -> {known}", "2 operations, 1 checks, 0 mismatches"]
