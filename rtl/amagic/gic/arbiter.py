"""Who is next: rounds of those who wait."""

from functools import reduce
from operator import or_

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

__all__ = ["RoundArbiter", "encoded", "lowest", "lowest_index"]


def lowest(bits):
    """The lowest bit that is set, alone."""
    if len(bits) > 8:
        return bits & -bits  # a carry chain
    return Cat(bit & ~bits[:place].any() for place, bit in enumerate(bits))


def encoded(one_hot):
    """The number of the bit that is set; 0 for none."""
    terms = (Mux(bit, number, 0) for number, bit in enumerate(one_hot))
    return reduce(or_, terms, C(0))


def lowest_index(bits):
    """Whether a bit is set, and the number of the lowest one (a balanced tree, not a chain)."""
    if len(bits) == 1:
        return bits[0], Cat()
    half = 1 << (len(bits) - 1).bit_length() - 1
    any_low, index_low = lowest_index(bits[:half])
    any_high, index_high = lowest_index(bits[half:])
    index = Mux(any_low, index_low, index_high)[: half.bit_length() - 1]
    return any_low | any_high, Cat(index, ~any_low)


class RoundArbiter(wiring.Component):
    """Takes all that wait together as a round, and serves them in order; then the next round.

    Parameters
    ----------
    width : int
        Number of requesters.

    Members
    -------
    requests
        Who waits. A request is held until it is served.
    grant, index
        The one to be served now, in a bit for each requester and as a number: the lowest of those
        left from the current round, or, when none is left, the lowest of all.
    serve
        It is served in this cycle.
    """

    def __init__(self, width: int):
        super().__init__(
            {
                "requests": In(width),
                "grant": Out(width),
                "index": Out(max(1, ceil_log2(width))),
                "serve": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        remaining = Signal.like(self.requests)
        left = Signal.like(self.requests)
        # Both are looked for at once, and then one is taken: that is the shorter path.
        any_left, index_left = lowest_index(left)
        _, index_of_all = lowest_index(self.requests)
        m.d.comb += [
            left.eq(self.requests & remaining),
            self.grant.eq(Mux(any_left, lowest(left), lowest(self.requests))),
            self.index.eq(Mux(any_left, index_left, index_of_all)),
        ]
        with m.If(self.serve):
            m.d.sync += remaining.eq(Mux(any_left, left, self.requests) & ~self.grant)
        return m
