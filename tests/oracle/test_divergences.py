"""The table of known divergences: each entry has a directed test, and QEMU fails it there only."""

from pathlib import Path

import pytest

from amagic.registers import GICC, GICD, GICH, GICV
from amagic_sim.model import ModelTarget
from amagic_sim.oracle.divergences import DIVERGENCES
from amagic_sim.oracle.history import History
from amagic_sim.oracle.process import find_qemu, qemu_version
from amagic_sim.oracle.vectors import check_divergence, directed_test, mismatches
from amagic_sim.replay.operation import Access, ScriptConfig

NAMES = [each.name for each in DIVERGENCES]
each_divergence = pytest.mark.parametrize("divergence", DIVERGENCES, ids=NAMES)


@each_divergence
def test_what_the_directed_test_expects_is_what_the_model_does(divergence):
    assert mismatches(directed_test(divergence), ModelTarget()) == []


@each_divergence
def test_the_divergence_shows_in_qemu(divergence, qemu):
    """On a version of QEMU that the entry does not name, this is only reported."""
    trouble = check_divergence(divergence, ModelTarget(), qemu())
    version = qemu_version(find_qemu())
    if trouble is not None and not divergence.seen_in(version):
        pytest.skip(f"QEMU {version}: {trouble}")
    assert trouble is None


def test_there_is_an_entry_for_each_directed_test():
    files = {path.stem for path in (Path(__file__).parent / "divergences").iterdir()}
    assert files == set(NAMES)
    assert len(NAMES) == len(files)


@pytest.mark.parametrize("cpus", [1, 8])
def test_without_a_history_no_register_is_masked_as_a_whole(cpus):
    config = ScriptConfig(cpus=cpus, spis=256, priority_bits=8)
    history = History(config)
    for frame in (GICD, GICC, GICH, GICV):
        for offset in range(0, frame.size, 4):
            access = Access(cpus - 1, frame.name, offset)
            for divergence in DIVERGENCES:
                for right in (0, 0x155, 1022, 1023):
                    assert divergence.bits(history, access, right) != 0xFFFFFFFF
    assert not any(each.outputs(history, cpu) for each in DIVERGENCES for cpu in range(cpus))


def test_an_entry_names_versions_by_their_beginning():
    entry = DIVERGENCES[0]
    assert entry.seen_in("7.2.22") and entry.seen_in("7.2")
    assert not entry.seen_in("7.20.1") and not entry.seen_in("9.1.2")


def test_every_entry_says_what_is_right_and_where_that_is_written():
    for entry in DIVERGENCES:
        assert entry.qemu and entry.right and entry.source and entry.versions
