"""What QEMU's machine honours of a configuration, and what is put on its bus."""

from typing import NamedTuple

import pytest

from amagic_sim.oracle.machine import Bus, gpio_line, lower, refusal, shown
from amagic_sim.replay.operation import Access, Drive, Pulse, ScriptConfig, Settle


class Unknown(NamedTuple):
    """An operation that QEMU knows nothing of."""

    cpu: int


EXACT = ScriptConfig(cpus=2, spis=256, lrs=4, priority_bits=8)
SMALL = ScriptConfig(cpus=2, spis=20, lrs=4, priority_bits=5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"spis": 256, "priority_bits": 8}, None),
        ({"spis": 0, "priority_bits": 4, "cpus": 8}, None),
        ({"spis": 257}, "spis=257"),
        ({"lrs": 8}, "lrs=8"),
        ({"security": 1, "priority_bits": 8}, None),
        ({"security": 1}, "priority_bits=5 with security=1"),
        ({"security": 1, "cpus": 2, "priority_bits": 8}, "cpus=2 with security=1"),
    ],
)
def test_a_configuration_that_the_machine_does_not_have_is_refused(options, said):
    assert refusal(ScriptConfig(**options)) == said


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Access(0, "CNTBase0", 0), "frame CNTBase0"),
        (Access(0, "GICD", 0x1000), "GICD+0x1000 with 4 bytes"),
        (Access(0, "GICH", 0x1000), "GICH+0x1000 with 4 bytes"),
        (Access(0, "GICD", 0x402), "GICD+0x402 with 4 bytes"),
        (Access(0, "GICC", 0x004, 1), "GICC+0x4 with 1 bytes"),
        (Drive(0, 25, 1), "irq 25, which the GIC drives itself"),
        (Drive(0, 52, 1), "irq 52"),
        (Pulse(0, 15), "irq 15"),
        (Unknown(0), "unknown"),
    ],
)
def test_an_operation_that_the_machine_does_not_have_is_refused(operation, said):
    assert refusal(SMALL, operation).startswith(said)


@pytest.mark.parametrize(
    "operation",
    [
        Access(1, "GICC", 0x1000, 4, 1),
        Access(0, "GICD", 0xFFC),
        Access(0, "GICD", 0x401, 1, 7),
        Access(0, "GICC", 0x0E0, 4, 3),
        Drive(0, 51, 1),
        Pulse(1, 16),
        Settle(5),
    ],
)
def test_what_the_machine_has_is_not_refused(operation):
    assert refusal(SMALL, operation) is None


@pytest.mark.parametrize(
    ("offset", "size", "mask"),
    [
        (0x000, 4, 0xFFFFFFFF),
        (0x100, 4, 0xFFFFFFFF),
        (0x104, 4, 0x000FFFFF),
        (0x386, 2, 0x000F),
        (0x108, 4, 0),
        (0x41C, 4, 0xF8F8F8F8),
        (0x433, 1, 0xF8),
        (0x434, 4, 0),
        (0x830, 4, 0xFFFFFFFF),
        (0x834, 4, 0),
        (0xC0C, 4, 0x000000FF),
        (0xF10, 4, 0x03030303),
    ],
)
def test_bits_that_the_configuration_does_not_have_are_not_shown(offset, size, mask):
    assert shown(SMALL, Access(0, "GICD", offset, size)) == mask


def test_a_machine_of_the_same_size_shows_all():
    for offset in (0x11C, 0x51C, 0x91C, 0xC44):
        assert shown(EXACT, Access(0, "GICD", offset)) == 0xFFFFFFFF
    assert shown(EXACT, Access(0, "GICC", 4)) == 0xFF


def test_bits_that_the_configuration_does_not_have_are_not_written():
    write = Access(0, "GICD", 0x104, 4, 0xFFFFFFFF)
    assert list(lower(SMALL, write)) == [Bus(0x08000104, 4, 0x000FFFFF)]
    assert list(lower(SMALL, Access(1, "GICC", 4, 4, 0xFF))) == [Bus(0x08010004, 4, 0xF8)]


def test_an_sgi_is_made_pending_only_with_a_source():
    """A byte of 0 would make QEMU abort at the acknowledge."""
    write = Access(0, "GICD", 0xF24, 4, 0x00018102)
    assert list(lower(SMALL, write)) == [
        Bus(0x08000F24, 1, 2),
        Bus(0x08000F25, 1, 1),
        Bus(0x08000F26, 1, 1),
    ]
    assert list(lower(SMALL, Access(0, "GICD", 0xF20, 4, 0))) == []


@pytest.mark.parametrize(
    ("bits", "index", "value", "words"),
    [
        (8, 1, 0x80000001, {1: 0x80000001}),
        (7, 3, 5, {3: 5}),
        (6, 0, 0x00010003, {0: 0x00000005, 1: 0x00000001}),
        (6, 1, 1, {2: 1, 3: 0}),
        (5, 0, 0x80000101, {0: 1, 1: 1, 2: 0, 3: 0x10000000}),
        (4, 0, 0xFFFF8001, {0: 1, 1: 0, 2: 0, 3: 1 << 24}),
        (5, 1, 0xFFFFFFFF, {}),
    ],
)
def test_active_priorities_are_written_where_qemu_has_them(bits, index, value, words):
    config = ScriptConfig(spis=20, priority_bits=bits)
    for bank in (0xD0, 0xE0):
        write = Access(0, "GICC", bank + 4 * index, 4, value)
        expected = [Bus(0x08010000 + bank + 4 * n, 4, word) for n, word in words.items()]
        assert list(lower(config, write)) == expected


def test_non_secure_accesses_have_addresses_of_their_own():
    config = ScriptConfig(spis=64, priority_bits=8, security=1)
    for frame, secure, base in (
        ("GICD", 1, 0x08000000),
        ("GICD", 0, 0x88000000),
        ("GICC", 0, 0x88010000),
        ("GICH", 0, 0x08030000),
        ("GICV", 0, 0x08040000),
    ):
        assert list(lower(config, Access(0, frame, 4, 4, None, secure))) == [Bus(base + 4, 4)]


def test_the_inputs_are_the_spis_and_then_each_cpus_row():
    assert gpio_line(SMALL, Drive(0, 32, 1)) == 0
    assert gpio_line(SMALL, Drive(0, 51, 1)) == 19
    assert gpio_line(SMALL, Pulse(1, 27)) == 256 + 32 + 27
