"""The image of a guest that moves: what is refused, with which name.

The hypervisor's check runs here on this machine, compiled from its own source, and beside it the
reader in Python, which must give the same answer to everything.
"""

import random

import pytest
from images import (
    ACTIVE,
    EDGE,
    ENABLED,
    HOST,
    LATCH,
    NOBODY,
    PENDING,
    PPI,
    RESERVED,
    SGI,
    SPI,
    TARGET_0,
    TIMER,
    changed,
    cpu_word,
    head_word,
    hypervisors_answer,
    image_of,
    image_words,
    irq_word,
)

from amagic_sim.migration.image import ImageError, describe, read_image


def answer(data: bytes) -> str:
    """What both say."""
    try:
        read_image(data, HOST)
        name = "ok"
    except ImageError as error:
        name = error.name
    assert hypervisors_answer(data) == name
    return name


@pytest.mark.parametrize("vcpus", [1, 2])
def test_image_as_it_was_written_is_accepted(vcpus):
    assert answer(image_of(image_words(vcpus))) == "ok"


def test_bytes_behind_an_image_do_not_matter():
    assert answer(image_of(image_words()) + bytes(range(100))) == "ok"


def test_truncated_image_is_refused_at_every_word_of_its_state_and_through_its_memory():
    whole = image_of(image_words())
    state = len(whole) - 0x1000 - 4
    sizes = [*range(0, state + 8, 4), *range(state, len(whole), 97), len(whole) - 1]
    assert {answer(whole[:size]) for size in sizes} == {"truncated"}


def test_damage_to_any_byte_of_the_state_or_to_any_of_some_of_the_memory_is_refused():
    whole = image_of(image_words())
    state = len(whole) - 0x1000 - 4
    for at in [
        *range(state),
        *range(state, len(whole) - 4, 61),
        *range(len(whole) - 4, len(whole)),
    ]:
        hurt = bytearray(whole)
        hurt[at] ^= 1 << at % 8
        wanted = {0: "foreign", 1: "other-version"}.get(at // 4, "damaged")
        assert answer(bytes(hurt)) in (
            {"damaged", "bad-length", "truncated"} if at // 4 == 2 else {wanted}
        )


def sgi(sources: int, source: int, flags: int = ENABLED | EDGE) -> int:
    return flags | source << 8 | sources << 16


WRONG = {
    "no_image": (head_word("magic"), 0x5453_4741, "foreign"),
    "newer_version": (head_word("version"), 2, "other-version"),
    "length_of_nothing": (head_word("length"), 0, "bad-length"),
    "faster_clock": (head_word("clock_hz"), 60_000_000, "other-machine"),
    "more_interrupts": (head_word("interrupts"), 96, "other-machine"),
    "three_cpus": (head_word("vcpus"), 3, "too-large"),
    "no_cpu": (head_word("vcpus"), 0, "bad-guest"),
    "more_memory_than_a_slot": (head_word("ram_size"), 0x5000, "too-large"),
    "half_a_page": (head_word("ram_size"), 0x800, "bad-guest"),
    "memory_that_is_not_there": (head_word("ram_size"), 0x2000, "bad-length"),
    "entry_in_the_host": (head_word("entry"), 0x4000_2000, "bad-guest"),
    "header_of_another": (head_word("guest_version"), 1, "bad-guest"),
    "reserved_word": (head_word("reserved3"), 1, "bad-reserved"),
    "distributor_control": (head_word("ctlr"), 4, "bad-gic"),
    "state_that_is_none": (cpu_word("state"), 2, "bad-state"),
    "nothing_runnable": (cpu_word("state"), 0, "bad-state"),
    "machine_mode": (cpu_word("mstatus"), 3 << 11, "bad-context"),
    "machine_interrupts": (cpu_word("mstatus"), 1 << 11 | 1 << 3, "bad-context"),
    "mprv": (cpu_word("mstatus"), 1 << 11 | 1 << 17, "bad-context"),
    "odd_pc": (cpu_word("pc"), 0x4000_0042, "bad-context"),
    "host_line_enabled": (cpu_word("sie"), 1 << 11, "bad-context"),
    "external_line_latched": (cpu_word("sip"), 1 << 9, "bad-context"),
    "timer_control": (cpu_word("ctl"), 4, "bad-timer"),
    "ctlr_reserved": (cpu_word("gicc_ctlr"), 1 << 10, "bad-gic"),
    "bpr_below_the_least": (cpu_word("gicc_bpr"), 1, "bad-gic"),
    "pmr_of_eight_bits": (cpu_word("gicc_pmr"), 0xFF, "bad-gic"),
    "cpu_reserved_word": (cpu_word("reserved"), 1 << 31, "bad-reserved"),
    "pending_sgi_of_nobody": (irq_word(SGI), sgi(0, 0, ENABLED | EDGE | PENDING), "bad-irq"),
    "sgi_of_an_absent_cpu": (irq_word(SGI), sgi(2, 0, ENABLED | EDGE | PENDING), "bad-irq"),
    "sgi_active_of_an_absent_cpu": (irq_word(SGI), sgi(0, 1, ENABLED | EDGE | ACTIVE), "bad-irq"),
    "sources_of_an_idle_sgi": (irq_word(SGI), sgi(1, 0), "bad-irq"),
    "disabled_sgi": (irq_word(SGI), EDGE, "bad-irq"),
    "latched_and_not_pending": (irq_word(PPI), LATCH, "bad-irq"),
    "edge_ppi": (irq_word(PPI), EDGE, "bad-irq"),
    "ppi_with_a_source": (irq_word(PPI), 1 << 8, "bad-irq"),
    "sixth_priority_bit": (irq_word(PPI), 1 << 26, "bad-irq"),
    "active_spi_of_nobody": (irq_word(SPI), TARGET_0 | NOBODY | ACTIVE, "bad-irq"),
    "active_spi_of_an_absent_cpu": (irq_word(SPI), TARGET_0 | 1 << 8 | ACTIVE, "bad-irq"),
    "owner_of_an_idle_spi": (irq_word(SPI), TARGET_0, "bad-irq"),
    "spi_for_an_absent_cpu": (irq_word(SPI), 2 * TARGET_0 | NOBODY, "bad-irq"),
    "reserved_bit_of_an_interrupt": (irq_word(PPI), RESERVED, "bad-irq"),
}


@pytest.mark.parametrize("name", WRONG)
def test_image_that_is_whole_but_wrong_is_refused_with_its_reason(name):
    at, value, wanted = WRONG[name]
    assert answer(changed(at, value)) == wanted


RIGHT = {
    "pending_sgi": (irq_word(SGI), sgi(1, 0, ENABLED | EDGE | PENDING)),
    "pending_and_active_sgi": (irq_word(SGI), sgi(1, 0, ENABLED | EDGE | PENDING | ACTIVE)),
    "active_tick": (irq_word(TIMER), ENABLED | ACTIVE | 0x80 << 24),
    "active_spi": (irq_word(SPI), TARGET_0 | ACTIVE | ENABLED),
    "user_mode": (cpu_word("mstatus"), 0),
}


@pytest.mark.parametrize("name", RIGHT)
def test_state_that_a_guest_can_have_is_accepted(name):
    assert answer(changed(*RIGHT[name])) == "ok"


@pytest.mark.parametrize("vcpus", [1, 2])
def test_reader_and_hypervisor_agree_on_random_states(vcpus):
    chance = random.Random(vcpus)
    names = set()
    for _ in range(1000):
        words = image_words(vcpus)
        for _ in range(chance.choice((1, 1, 2))):
            at = chance.randrange(3, len(words))
            words[at] ^= 1 << chance.randrange(32)
        names.add(answer(image_of(words)))
    assert len(names) >= 10


def test_description_names_what_is_open():
    words = image_words()
    words[irq_word(TIMER)] |= ACTIVE | ENABLED
    text = describe(read_image(image_of(words), HOST))
    assert "interrupt 27 priority 0x00 active" in text
