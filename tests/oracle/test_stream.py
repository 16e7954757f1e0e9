"""The streams for the oracle: what they do, what they leave out, and what they mend."""

import pytest

from amagic_sim.model import Model
from amagic_sim.oracle.compare import compare
from amagic_sim.oracle.history import History
from amagic_sim.oracle.stream import EXCLUSIONS, Mender, make_stream, takes
from amagic_sim.oracle.target import QemuTarget
from amagic_sim.oracle.vectors import CONFIGS, run_stream
from amagic_sim.replay.operation import Access, Drive, Pulse, ScriptConfig, Settle
from amagic_sim.streams.compare import acknowledges
from amagic_sim.streams.stream import Stream

TWO = ScriptConfig(cpus=2, spis=64, priority_bits=8)
SECURE = ScriptConfig(spis=64, priority_bits=8, security=1)
ONE = [each for each in CONFIGS if each.cpus == 1 and not each.security]
each_config = pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.cpus}-{c.spis}")


def r(frame, offset, cpu=0, size=4):
    return Access(cpu, frame, offset, size)


def w(frame, offset, value, cpu=0, size=4):
    return Access(cpu, frame, offset, size, value)


def test_the_same_arguments_make_the_same_stream_and_another_seed_another_one():
    config = ScriptConfig(cpus=2)
    first, again, other = (make_stream(config, seed, 500) for seed in (1, 1, 2))
    assert first.operations == again.operations and first.answers == again.answers
    assert first.operations != other.operations


@each_config
def test_a_stream_is_honoured_as_a_whole_and_has_real_interrupts(config):
    stream = make_stream(config, 1, 6000)
    assert QemuTarget().refusal(config, stream.operations) is None
    physical, virtual = acknowledges(stream.operations, stream.answers)
    assert physical >= 40 and virtual >= 20
    accesses = [each for each in stream.operations if isinstance(each, Access)]
    assert {each.frame for each in accesses} == {"GICD", "GICC", "GICH", "GICV"}
    assert {each.size for each in accesses if each.frame == "GICD"} == {1, 2, 4}
    assert len({each.cpu for each in accesses}) > config.cpus / 2
    assert {type(each) for each in stream.operations} == {Access, Drive, Pulse, Settle}
    levels = [levels for each in stream.answers for levels in each.outputs]
    for output in ("nirq", "nfiq", "nvirq", "nvfiq", "maint"):
        assert any(getattr(each, output) for each in levels), output


@each_config
def test_a_stream_does_nothing_that_parts_qemu_for_good(config):
    """What it does otherwise in between is mended by the next operations."""
    stream = make_stream(config, 2, 3000)
    history, suspected = History(config), 0
    for operation, answer in zip(stream.operations, stream.answers, strict=True):
        history.note(operation, answer)
        suspected = suspected + 1 if any(history.suspects.values()) else 0
        assert suspected <= 96, operation
    assert compare(config, stream.operations, stream.answers, stream.answers).ended is None


@each_config
def test_qemu_and_the_model_agree_but_for_what_is_known(config, qemu):
    stream = make_stream(config, 3, 2500)
    found = run_stream(stream, qemu())
    assert found.mismatches == [] and found.ended is None
    assert sum(found.masked.values()) < found.reads / 3
    assert len([name for name, count in found.masked.items() if count]) >= 8


def test_a_stream_has_accesses_of_both_security_states():
    accesses = [op for op in make_stream(SECURE, 1, 2000).operations if isinstance(op, Access)]
    for frame in ("GICD", "GICC"):
        assert {each.secure for each in accesses if each.frame == frame} == {0, 1}


@pytest.mark.parametrize("config", ONE, ids=lambda c: f"{c.spis}")
def test_both_routes_and_two_runs_give_the_same_answers_to_a_stream(config, qemu):
    stream = make_stream(config, 4, 2500)
    first = qemu().run(config, stream.operations)
    assert qemu().run(config, stream.operations) == first
    assert qemu("qtest").run(config, stream.operations) == first


def model(*operations, config=TWO):
    found = Model(config)
    for each in operations:
        found.do(each)
    return found


PENDING = [  # SPI 40 is pending at CPU 0, with both groups on and AckCtl
    w("GICD", 0, 3),
    w("GICC", 0, 7),
    w("GICC", 4, 0xFF),
    w("GICD", 0x828, 1, size=1),
    w("GICD", 0x104, 0x300),
    w("GICD", 0x204, 0x100),
    w("GICD", 0x428, 0x40, size=1),
]
OF_GROUP_1 = w("GICD", 0x084, 0x100)
IAR, AIAR = r("GICC", 0x0C), r("GICC", 0x20)
ACTIVE_SGI = [w("GICH", 0, 1), w("GICH", 0x100, 0x20000405)]
LEFT_OUT = {
    "group-hidden": ([*PENDING, OF_GROUP_1, w("GICD", 0, 1)], IAR, [*PENDING, w("GICD", 0, 1)]),
    "group-taken": ([*PENDING, w("GICC", 0, 6)], IAR, [*PENDING, w("GICC", 0, 5)]),
    "preemption-mask": (
        [*PENDING, w("GICC", 0x08, 3), w("GICC", 0xD4, 1 << (0x48 >> 1) - 32)],
        IAR,
        [*PENDING, w("GICC", 0x08, 3), w("GICC", 0xD4, 1 << (0x50 >> 1) - 32)],
    ),
    "alias-acknowledge": ([*PENDING, OF_GROUP_1], AIAR, PENDING),
    "unmatched-end": (
        [w("GICC", 0xE0, 1)],
        w("GICC", 0x10, 40),
        [w("GICC", 0xE0, 1), w("GICD", 0x084, 0x100)],
    ),
    "virtual-sgi-source": (
        ACTIVE_SGI,
        w("GICV", 0x10, 0x805),
        [*ACTIVE_SGI, w("GICV", 0, 0x200)],
    ),
    "pending-entry": (
        [w("GICH", 0x100, 0x10000028)],
        w("GICV", 0x10, 40),
        [w("GICH", 0x100, 0x30000028)],
    ),
    "same-virtual-id": (
        [w("GICH", 0x104, 0x10000028)],
        w("GICH", 0x100, 0x10000028),
        [w("GICH", 0x100, 0x10000028)],
    ),
}
"""By exclusion: a state where an operation is one, the operation, and a state where it is not."""
SECURE_ONLY = {
    "sgi-group": (
        [],
        Access(0, "GICD", 0xF00, 4, 0x02008001, 1),
        [Access(0, "GICD", 0x080, 4, 2, 1)],
    ),
}
"""The same, with Security Extensions."""
NEVER = {
    "alias-end": (w("GICC", 0x24, 40), w("GICC", 0x24, 1023)),
    "reserved-filter": (w("GICD", 0xF00, 0x03000001), w("GICD", 0xF00, 0x02000001)),
    "special-virtual-id": (w("GICH", 0x100, 0x100003FC), w("GICH", 0x100, 0x100003FB)),
    "hardware-sgi": (w("GICH", 0x100, 0x90008005), w("GICH", 0x100, 0x90008015)),
}
"""By exclusion: an operation that is one in any state, and one like it that is none."""


def test_there_is_a_case_for_each_exclusion_and_a_reason():
    assert {*LEFT_OUT, *SECURE_ONLY, *NEVER} == set(EXCLUSIONS)
    assert all(each.reason for each in EXCLUSIONS.values())


@pytest.mark.parametrize("name", [*LEFT_OUT, *SECURE_ONLY])
def test_an_operation_is_left_out_in_the_states_that_make_it_one(name):
    before, operation, other = (LEFT_OUT | SECURE_ONLY)[name]
    config = SECURE if name in SECURE_ONLY else TWO
    state = model(*before, config=config)
    assert [each for each, rule in EXCLUSIONS.items() if rule.holds(state, operation)] == [name]
    assert not takes(state, operation)
    assert takes(model(*other, config=config), operation)


def test_a_non_secure_end_is_not_left_out_for_what_group_0_does():
    end = w("GICC", 0x10, 40)
    for group in (0, 1):
        state = model(
            Access(0, "GICD", 0x084, 4, group << 8, 1),
            Access(0, "GICC", 0xD0, 4, 1, 1),
            Access(0, "GICC", 0xE0, 4, 2, 1),
            config=SECURE,
        )
        assert takes(state, end)
        assert takes(state, end._replace(secure=1)) == (group == 0)


@pytest.mark.parametrize("name", NEVER)
def test_an_operation_is_left_out_in_any_state(name):
    operation, other = NEVER[name]
    held = [each for each, rule in EXCLUSIONS.items() if rule.holds(model(), operation)]
    assert held == [name] and not takes(model(), operation)
    assert takes(model(), other)


def test_what_the_machine_does_not_have_is_left_out():
    assert not takes(model(), r("GICC", 0, size=1))
    assert not takes(model(), Drive(0, 25, 1))
    assert takes(model(), Drive(0, 24, 1))


def test_what_nsacr_permits_is_taken_back_at_once():
    stream = Stream(SECURE, 1, takes, Mender)
    stream.do(Access(0, "GICD", 0xE08, 4, 0x00030000, 1))
    assert stream.operations[-1] == Access(0, "GICD", 0xE08, 4, 0, 1)
    assert not any(stream.model.distributor.shared.non_secure_access)


SPI_40 = {
    "no-target": [w("GICD", 0x204, 0x100)],
    "retargeted": [w("GICD", 0x828, 1, size=1), w("GICD", 0x204, 0x100), w("GICD", 0x828, 2)],
    "taken-twice": [*PENDING[:3], w("GICD", 0x828, 3, size=1), *PENDING[4:6], IAR],
    "active-written": [w("GICC", 0, 0x200), w("GICD", 0x304, 0x100), w("GICC", 0x1000, 40)],
    "ended-elsewhere": [*PENDING, IAR, w("GICC", 0, 0x200, 1), w("GICC", 0x1000, 40, 1)],
    "private-pending": [w("GICD", 0x200, 1 << 20)],
    "private-trigger": [w("GICD", 0xC04, 0x200)],
}
"""By divergence: what gives QEMU another state."""


@pytest.mark.parametrize("name", SPI_40)
def test_a_state_that_parts_is_shown_and_mended(name, qemu):
    for seed in range(4):
        stream = Stream(TWO, seed, takes, Mender)
        history = History(TWO)
        for operation in SPI_40[name]:
            stream.do(operation)
        given, answers = stream.operations, stream.answers
        assert len(given) > len(SPI_40[name])
        for operation, answer in zip(given, answers, strict=True):
            history.note(operation, answer)
        assert not any(history.suspects.values())
        after = [r("GICD", 0x204), r("GICD", 0x304), r("GICD", 0x200), *PENDING[:3], IAR]
        expected = Model(TWO)
        right = [expected.do(each) for each in [*given, *after]]
        found = compare(TWO, [*given, *after], right, qemu().run(TWO, [*given, *after]))
        assert not found.mismatches and found.ended is None
