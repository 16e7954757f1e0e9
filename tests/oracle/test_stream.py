"""The streams for the oracle: what they do, and what they stay clear of."""

import pytest

from amagic_sim.oracle.compare import compare
from amagic_sim.oracle.history import History
from amagic_sim.oracle.stream import make_stream
from amagic_sim.oracle.target import QemuTarget
from amagic_sim.oracle.vectors import CONFIGS, run_stream
from amagic_sim.replay.operation import Access, Drive, Pulse, ScriptConfig

each_config = pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.cpus}-{c.spis}")


def test_the_same_arguments_make_the_same_stream_and_another_seed_another_one():
    config = ScriptConfig(cpus=2)
    first, again, other = (make_stream(config, seed, 500) for seed in (1, 1, 2))
    assert first.operations == again.operations and first.answers == again.answers
    assert first.operations != other.operations


@each_config
def test_a_stream_is_honoured_as_a_whole_and_has_real_interrupts(config):
    stream = make_stream(config, 1, 2000)
    assert QemuTarget().refusal(config, stream.operations) is None
    assert stream.acknowledged >= 40
    accesses = [each for each in stream.operations if isinstance(each, Access)]
    assert {each.frame for each in accesses} == {"GICD", "GICC", "GICH", "GICV"}
    assert {each.size for each in accesses if each.frame == "GICD"} == {1, 2, 4}
    assert {each.cpu for each in accesses} == set(range(config.cpus))
    kinds = {type(each) for each in stream.operations}
    assert kinds == ({Access, Drive, Pulse} if config.spis else {Access, Drive})
    levels = [levels for each in stream.answers for levels in each.outputs]
    assert any(each.nirq or each.nfiq for each in levels)
    assert any(each.nvirq or each.nvfiq for each in levels)
    assert any(each.maint for each in levels)


@each_config
def test_a_stream_does_nothing_that_parts_qemu_for_good(config):
    stream = make_stream(config, 2, 2000)
    history = History(config)
    for operation, answer in zip(stream.operations, stream.answers, strict=True):
        history.note(operation, answer)
        assert not any(history.suspects.values()), operation
    assert compare(config, stream.operations, stream.answers, stream.answers).ended is None


@each_config
def test_qemu_and_the_model_agree_but_for_what_is_known(config, qemu):
    stream = make_stream(config, 3, 1500)
    found = run_stream(stream, qemu())
    assert found.mismatches == [] and found.ended is None
    assert sum(found.masked.values()) < 0.1 * found.reads
