"""The orders to move guests that the hypervisor carries out, and its answers.

The orders are words of its image, `MIGRATE_ORDERS`: what each does is told in
``firmware/hyp/migrate.h``. The answers are lines of what it prints.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from amagic.soc.memory_map import RAM_BASE
from amagic.soc.soc import SocConfig

from ..firmware import Program
from ..hypervisor_build import guest_size, host_size

__all__ = [
    "MAX_ORDERS",
    "Answer",
    "Order",
    "TickState",
    "What",
    "moves",
    "order_words",
    "parse_answers",
    "slot_address",
    "slot_words",
]

MIGRATE_ORDERS = "migrate_orders"
MAX_ORDERS = 64
_ANSWER = re.compile(
    r"(?:^|\0)AMAGIC-MIGRATE (\w+) from (\d+) to (\d+) ([a-z-]+)((?: [a-z]+ \d+)*)$", re.MULTILINE
)


class What(IntEnum):
    """``enum migrate_what``."""

    OUT = 1
    IN = 2
    SEND = 3
    RECEIVE = 4


class TickState(IntFlag):
    """What a guest that leaves has of its timer's interrupt."""

    PENDING = 1
    ACTIVE = 2
    DUE = 4


@dataclass(frozen=True)
class Order:
    """`after` cycles since the last order was carried out, or since the start."""

    after: int
    what: What
    to: int
    from_: int = 0


@dataclass(frozen=True)
class Answer:
    """What the hypervisor says of an order: ``ok``, or an error's name; and of the guest."""

    what: What
    from_: int
    to: int
    result: str
    state: Mapping[str, int]

    @property
    def tick(self) -> TickState:
        return TickState(self.state.get("tick", 0))


def order_words(program: Program, orders: Sequence[Order]) -> dict[int, int]:
    """The words of the hypervisor's image, by their addresses, that give it these orders."""
    if len(orders) > MAX_ORDERS:
        raise ValueError(f"there can be at most {MAX_ORDERS} orders, not {len(orders)}")
    words = {}
    for number, order in enumerate(orders):
        at = program.symbols[MIGRATE_ORDERS] + 8 * number
        words[at] = order.after
        words[at + 4] = order.what | order.from_ << 8 | order.to << 16
    return words


def moves(gaps: Sequence[int], slots: Sequence[int]) -> list[Order]:
    """Orders that move a guest from the first of these slots to the second, and on, and round."""
    orders = []
    for number, gap in enumerate(gaps):
        here, there = (slots[at % len(slots)] for at in (number, number + 1))
        orders += [Order(gap, What.OUT, there, here), Order(0, What.IN, there)]
    return orders


def slot_address(slot: int, slots: int, config: SocConfig | None = None) -> int:
    """Where a slot's memory begins."""
    config = config or SocConfig()
    return RAM_BASE + host_size(config) + slot * guest_size(config, slots)


def slot_words(
    image: bytes, slot: int, slots: int, config: SocConfig | None = None
) -> dict[int, int]:
    """The words, by their addresses, that put an image into a slot's memory."""
    size, base = guest_size(config or SocConfig(), slots), slot_address(slot, slots, config)
    if len(image) > size:
        raise ValueError(f"the image has {len(image)} bytes, and a slot has {size}")
    padded = image + bytes(-len(image) % 4)
    return {
        base + at: int.from_bytes(padded[at : at + 4], "little") for at in range(0, len(padded), 4)
    }


def parse_answers(text: str) -> list[Answer]:
    """The answers in what the serial port sent, in order."""
    answers = []
    for match in _ANSWER.finditer(text):
        words = match[5].split()
        state = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        what = What[match[1].upper()]
        answers.append(Answer(what, int(match[2]), int(match[3]), match[4], state))
    return answers
