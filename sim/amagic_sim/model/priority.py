"""The two views of a priority that the Security Extensions have.

Non-secure software sees the lower half of all priorities, 0x80 to 0xff, as the whole: without the
highest bit, shifted left. So it sees one bit less than are implemented (seen on a GIC-400: it reads
0xf0 for 0xff written, of five bits).
"""

__all__ = ["non_secure_view", "secure_value"]


def non_secure_view(value: int) -> int:
    """A priority as a Non-secure access reads it."""
    return value << 1 & 0xFF


def secure_value(view: int) -> int:
    """The priority that a Non-secure write means."""
    return 0x80 | view >> 1
