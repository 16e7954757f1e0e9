"""Streams are repeatable, do real work, and keep to what their target takes."""

import time

import pytest

from amagic_sim.replay.operation import Access, Drive, Pulse
from amagic_sim.streams.compare import acknowledges, follow
from amagic_sim.streams.configurations import CONFIGURATIONS, PLAIN, SECURE
from amagic_sim.streams.generator import generate
from amagic_sim.streams.stream import Interface, Stream

ONE, FOUR = CONFIGURATIONS["one"], CONFIGURATIONS["gic-400"]


def test_a_stream_depends_on_its_seed_and_its_configuration_alone():
    first = generate(FOUR, "7", 1500)
    assert first == generate(FOUR, "7", 1500)
    assert first.operations != generate(FOUR, "8", 1500).operations
    assert generate(FOUR, "7", 700).operations == first.operations[:700]


def test_a_stream_has_the_models_answers_from_reset_on():
    stream = generate(FOUR, "1", 1500)
    assert len(stream.operations) == 1500
    assert follow(FOUR, stream.operations, stream.answers) is None


@pytest.mark.parametrize("name", PLAIN)
def test_more_than_one_operation_in_fifteen_acknowledges_an_interrupt(name):
    stream = generate(CONFIGURATIONS[name], "1", 2000)
    physical, virtual = acknowledges(stream.operations, stream.answers)
    assert physical + virtual > 2000 // 15
    assert min(physical, virtual) > 2000 // 150


@pytest.mark.parametrize("name", PLAIN)
def test_every_access_is_aligned_and_in_its_frame_and_every_line_exists(name):
    config = CONFIGURATIONS[name]
    sizes = {"GICD": 0x1000, "GICC": 0x2000, "GICH": 0x2000, "GICV": 0x2000}
    for operation in generate(config, "1", 1000).operations:
        if isinstance(operation, Access):
            assert operation.offset % operation.size == 0 and operation.cpu < config.cpus
            assert 0 <= operation.offset < sizes[operation.frame]
            if operation.value is not None:
                assert 0 <= operation.value < 1 << 8 * operation.size
        elif isinstance(operation, Drive | Pulse):
            assert 16 <= operation.intid < 32 + config.spis
            assert operation.cpu < (config.cpus if operation.intid < 32 else 1)


def test_what_the_target_cannot_take_is_left_out():
    def takes(model, operation):
        narrow = isinstance(operation, Access) and operation.size != 4
        return not narrow and not isinstance(operation, Pulse) and model.config == FOUR

    operations = generate(FOUR, "1", 2000, takes).operations
    assert not any(isinstance(each, Pulse) for each in operations)
    assert {each.size for each in operations if isinstance(each, Access)} == {4}


def test_software_knows_what_it_acknowledged_until_it_is_deactivated():
    s = Stream(ONE, "1")
    key = Interface("GICC", 0)
    for name, value in (("CTLR", 0x201), ("PMR", 0xFF)):
        s.write(0, "GICC", name, value)
    s.write(0, "GICD", "CTLR", 1)
    s.write(0, "GICD", "SGIR", 2 << 24 | 5)
    s.read(0, "GICC", "IAR")
    assert s.running[key] == [5] and s.dropped[key] == []
    s.write(0, "GICC", "EOIR", 5)
    assert s.running[key] == [] and s.dropped[key] == [5]
    s.write(0, "GICC", "DIR", 5)
    assert s.dropped[key] == []


def test_there_are_twenty_configurations_at_the_ends_of_every_range():
    each = PLAIN.values()
    assert len(set(each)) == 20
    assert {config.cpus for config in each} == set(range(1, 9))
    assert {config.priority_bits for config in each} == set(range(4, 9))
    for key, low, high in (("spis", 0, 988), ("lrs", 1, 64)):
        values = {getattr(config, key) for config in each}
        assert min(values) == low and max(values) == high


def test_ten_thousand_operations_take_less_than_a_second_of_cpu():
    begun = time.process_time()
    generate(FOUR, "1", 5000)
    assert time.process_time() - begun < 0.5


def test_secure_and_non_secure_accesses_are_mixed_with_security_extensions():
    assert all(config.security for config in SECURE.values()) and len(SECURE) == 20
    stream = generate(SECURE["secure-two"], "1", 3000)
    states = [each.secure for each in stream.operations if isinstance(each, Access)]
    assert 0.1 < sum(states) / len(states) < 0.9
    assert sum(acknowledges(stream.operations, stream.answers)) > 3000 // 20
