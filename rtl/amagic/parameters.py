"""Checks of what a component is built with: an error names the parameter, the range, the value."""

__all__ = ["check_bool", "check_multiple", "check_power_of_two", "check_range"]


def _is_integer_in(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_range(name: str, value: int, low: int, high: int, *, optional: bool = False) -> None:
    """`ValueError` unless ``value`` is an integer from ``low`` to ``high``.

    With ``optional`` it may also be None.
    """
    if optional and value is None:
        return
    if not _is_integer_in(value, low, high):
        what = "None or an integer" if optional else "an integer"
        raise ValueError(f"{name} must be {what} in {low} to {high}, not {value!r}")


def check_power_of_two(name: str, value: int, low: int, high: int) -> None:
    """`ValueError` unless ``value`` is a power of two from ``low`` to ``high``."""
    if not _is_integer_in(value, low, high) or value & (value - 1):
        raise ValueError(f"{name} must be a power of two in {low} to {high}, not {value!r}")


def check_multiple(name: str, value: int, step: int, high: int) -> None:
    """`ValueError` unless ``value`` is a multiple of ``step``, from ``step`` to ``high``."""
    if not _is_integer_in(value, step, high) or value % step:
        raise ValueError(f"{name} must be a multiple of {step} in {step} to {high}, not {value!r}")


def check_bool(name: str, value: bool) -> None:
    """`ValueError` unless ``value`` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, not {value!r}")
