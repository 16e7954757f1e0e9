"""A comparison tree: of the valid entries, the one with the lowest key.

A lower key is a higher priority, as in the GIC; of equal keys the lower index wins.
"""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["PriorityTree"]


class PriorityTree(wiring.Component):
    """Chooses among ``count`` entries.

    Parameters
    ----------
    count : int
        Entries, at least 1.
    key_width : int
        Bits of a key, at least 1.
    levels : int
        Levels of comparison between two registers. The result is registered as well, so that
        ``latency`` (cycles from the inputs to the result) is at least 1.

    Members
    -------
    valid, keys
        A bit and a key for each entry; entry i's key at ``keys[i * key_width]``.
    any, index, key
        Whether an entry is valid; its index and key (meaningless when none is).
    """

    def __init__(self, count: int, key_width: int, levels: int = 2):
        for name, value in (("count", count), ("key_width", key_width), ("levels", levels)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be an integer of at least 1, not {value!r}")
        self.count = count
        self.key_width = key_width
        self.levels = levels
        self.depth = (count - 1).bit_length()
        self.latency = max(1, -(-self.depth // levels))
        super().__init__(
            {
                "valid": In(count),
                "keys": In(count * key_width),
                "any": Out(1),
                "index": Out(max(1, self.depth)),
                "key": Out(key_width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        # An entry is (key with "not valid" on top, index); one comparison then covers both.
        entries = [
            (Cat(self.keys.word_select(i, self.key_width), ~self.valid[i]), Const(0, 0))
            for i in range(self.count)
        ]
        for level in range(self.depth):
            winners = []
            for i in range(0, len(entries) - 1, 2):
                (left, left_index), (right, right_index) = entries[i : i + 2]
                higher = Signal(name=f"level{level}_higher{i // 2}")
                m.d.comb += higher.eq(right < left)
                winners.append(
                    (
                        Mux(higher, right, left),
                        Cat(Mux(higher, right_index, left_index), higher),
                    )
                )
            if len(entries) % 2:
                key, index = entries[-1]
                winners.append((key, Cat(index, Const(0, 1))))
            if (level + 1) % self.levels == 0 and level + 1 < self.depth:
                winners = [
                    self._register(m, f"level{level}_{i}", *w) for i, w in enumerate(winners)
                ]
            entries = winners
        key, index = self._register(m, "result", *entries[0])
        m.d.comb += [
            self.any.eq(~key[-1]),
            self.index.eq(index),
            self.key.eq(key[:-1]),
        ]
        return m

    @staticmethod
    def _register(m, name, key, index) -> tuple[Signal, Signal]:
        key_q = Signal(len(key), name=f"{name}_key", init=1 << (len(key) - 1))
        index_q = Signal(len(index), name=f"{name}_index")
        m.d.sync += [key_q.eq(key), index_q.eq(index)]
        return key_q, index_q
