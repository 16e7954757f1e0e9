"""The recorded vectors: others than QEMU give QEMU's answers."""

import re
from pathlib import Path

import pytest

from amagic_sim.model import ModelTarget
from amagic_sim.oracle.vectors import mismatches, vectors
from amagic_sim.replay.rtl import RtlTarget

SCRIPTS = vectors()


def name(script):
    return Path(script.name).stem


each_vector = pytest.mark.parametrize("script", SCRIPTS, ids=name)


def test_there_are_vectors_and_they_are_small():
    sizes = [Path(script.name).stat().st_size for script in SCRIPTS]
    assert len(sizes) >= 4 and sum(sizes) < 300_000


@each_vector
def test_a_vector_names_what_it_was_recorded_with(script):
    first, second = Path(script.name).read_text().splitlines()[:2]
    assert first.startswith("# Recorded from QEMU 7.2.")
    assert re.match(r"# Stream generator \d+, seed \d+, \d+ operations, \d+ ack", second)


@each_vector
def test_the_model_gives_the_answers_of_a_vector(script):
    assert mismatches(script, ModelTarget()) == []


@pytest.mark.slow
@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.config.spis == 32], ids=name)
def test_the_rtl_gives_the_answers_of_a_vector(script):
    """Those of the configurations that the replay's tests compile as well."""
    assert mismatches(script, RtlTarget()) == []


@each_vector
def test_qemu_still_gives_the_answers_of_a_vector(script, qemu):
    assert mismatches(script, qemu()) == []
