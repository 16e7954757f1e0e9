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

BOOLS = ("security", "sync_lines", "tree_per_cpu")


def test_every_parameter_is_tested():
    assert set(GicConfig.__dataclass_fields__) == {*RANGES, "selection_stages", *BOOLS}


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
@pytest.mark.parametrize("name", BOOLS)
def test_a_switch_is_a_bool(name, value):
    with pytest.raises(ValueError, match=f"{name} must be True or False, not {value!r}"):
        GicConfig(**{name: value})


def test_the_security_extensions_take_five_priority_bits():
    assert GicConfig(security=True, priority_bits=5).security
    with pytest.raises(ValueError) as error:
        GicConfig(security=True, priority_bits=4)
    assert str(error.value) == "priority_bits with security must be an integer in 5 to 8, not 4"


@pytest.mark.parametrize("value", [-1, 6, 2.0, "2", True])
def test_selection_stages_are_none_or_in_a_range(value):
    for allowed in (None, 0, 5):
        assert GicConfig(selection_stages=allowed).selection_stages == allowed
    with pytest.raises(ValueError) as error:
        GicConfig(selection_stages=value)
    expected = f"selection_stages must be None or an integer in 0 to 5, not {value!r}"
    assert str(error.value) == expected


def test_stages_that_are_not_given_follow_from_the_number_of_rows():
    assert GicConfig(cpus=1, spis=7 * 32).row_stages == 2
    assert GicConfig(cpus=2, spis=7 * 32).row_stages == 3
    assert GicConfig(cpus=2, spis=7 * 32, selection_stages=0).row_stages == 0


def test_there_is_one_tree_over_a_row_or_one_for_each_cpu():
    assert GicConfig(cpus=8).row_trees == 1
    assert GicConfig(cpus=8, tree_per_cpu=True).row_trees == 8


@pytest.mark.parametrize(
    ("spis", "spi_rows"), [(0, 0), (1, 1), (32, 1), (33, 2), (96, 3), (960, 30), (988, 31)]
)
def test_rows_hold_32_interrupts_each(spis, spi_rows):
    config = GicConfig(cpus=3, spis=spis)
    assert (config.spi_rows, config.rows) == (spi_rows, 3 + spi_rows)


@pytest.mark.parametrize(("bits", "mask"), [(4, 0xF0), (5, 0xF8), (8, 0xFF)])
def test_priorities_keep_the_upper_bits(bits, mask):
    assert GicConfig(priority_bits=bits).priority_mask == mask
