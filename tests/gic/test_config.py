"""What a GIC may be built with."""

import pytest

from amagic.gic.config import GicConfig

RANGES = {
    "cpus": (1, 8),
    "spis": (0, 988),
    "lrs": (1, 64),
    "priority_bits": (4, 8),
    "implementer": (0, 0xFFF),
    "product": (0, 0xFF),
    "revision": (0, 15),
    "variant": (0, 15),
}


def test_every_parameter_is_tested():
    assert set(GicConfig.__dataclass_fields__) == {*RANGES, "sync_lines"}


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_both_ends_of_a_range_are_allowed(name, ends):
    for value in ends:
        assert getattr(GicConfig(**{name: value}), name) == value


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_an_error_names_the_parameter_the_value_and_the_range(name, ends):
    low, high = ends
    for value in (low - 1, high + 1, float(low), str(low), None, True):
        with pytest.raises(ValueError) as error:
            GicConfig(**{name: value})
        text = str(error.value)
        assert name in text and repr(value) in text and f"{low} to {high}" in text


@pytest.mark.parametrize("value", [0, 1, None, "yes"])
def test_sync_lines_is_a_bool(value):
    with pytest.raises(ValueError, match="sync_lines must be True or False") as error:
        GicConfig(sync_lines=value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize(
    ("spis", "spi_rows"), [(0, 0), (1, 1), (32, 1), (33, 2), (96, 3), (960, 30), (988, 31)]
)
def test_rows_hold_32_interrupts_each(spis, spi_rows):
    config = GicConfig(cpus=3, spis=spis)
    assert (config.spi_rows, config.rows) == (spi_rows, 3 + spi_rows)


@pytest.mark.parametrize(("bits", "mask"), [(4, 0xF0), (5, 0xF8), (8, 0xFF)])
def test_priorities_keep_the_upper_bits(bits, mask):
    assert GicConfig(priority_bits=bits).priority_mask == mask
