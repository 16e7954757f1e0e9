"""Selection: which pending interrupt a CPU interface is offered.

Two uses of the same comparison tree. `Smallest` over the 32 interrupts of a row finds the row's
winner, for one CPU, or with a tree each for all CPUs; `WinnerCache` keeps one winner for each row
and CPU, and compares the rows' winners. A row is looked at again only when a transaction touched
it, so the cost of the comparison over all interrupts is paid for one row alone.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from .config import MAX_SELECTION_STAGES, GicConfig
from .types import PRIORITY_WIDTH, Candidate

__all__ = ["Selection", "Smallest", "WinnerCache", "look_layout", "winner_layout"]


ROW_REGISTERS = (
    set(),
    {2},
    {1, 3},  # The cycle that reads the row leaves time for one level,
    {0, 2, 4},  # unless the row is one of many.
    {0, 2, 3, 4},
    {0, 1, 2, 3, 4},
)
"""`Smallest`'s ``registers`` over a row, for each number of stages. The cache holds the winner."""
assert len(ROW_REGISTERS) == MAX_SELECTION_STAGES + 1


class Smallest(wiring.Component):
    """A tree that finds the valid leaf with the smallest key; of equal keys, the first one.

    Parameters
    ----------
    leaves, key_width, payload_width : int
        Number of leaves; bits of a leaf's key, and of what comes along with it.
    registers : set of int
        What is registered: 0 stands for the leaves, 1 for the results of comparing them, and so
        on for each level of comparisons.

    Members
    -------
    valids, keys, payloads
        The leaves, one after the other.
    valid, key, index, payload
        The smallest, and its place. It follows the leaves by one cycle for each registered level.
    """

    def __init__(self, leaves: int, key_width: int, payload_width: int, registers: set[int]):
        self.levels = ceil_log2(leaves)
        self.registers = frozenset(registers)
        self._leaves, self._key_width, self._payload_width = leaves, key_width, payload_width
        super().__init__(
            {
                "valids": In(leaves),
                "keys": In(leaves * key_width),
                "payloads": In(leaves * payload_width),
                "valid": Out(1),
                "key": Out(key_width),
                "index": Out(max(1, self.levels)),
                "payload": Out(payload_width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        nodes = [self._leaf(m, place) for place in range(self._leaves)]
        for level in range(1, self.levels + 1):
            nodes = [
                self._node(m, level, place, nodes[place : place + 2])
                for place in range(0, len(nodes), 2)
            ]
        key, index, payload = nodes[0]
        m.d.comb += [
            self.valid.eq(~key[-1]),
            self.key.eq(key),
            self.payload.eq(payload),
        ]
        if self.levels:
            m.d.comb += self.index.eq(index)
        return m

    def _leaf(self, m, place):
        """The key, the index so far, and the payload.

        Within the tree a key has one bit more, above the others: the leaf is not valid. So that one
        comparison, a carry chain, tells which of two is to be preferred.
        """
        key = Cat(self.keys.word_select(place, self._key_width), ~self.valids[place])
        payload = self.payloads.word_select(place, self._payload_width)
        if 0 not in self.registers:
            return key, None, payload
        held_key = Signal(self._key_width + 1, name=f"key_0_{place}", init=-1)
        held_payload = Signal(self._payload_width, name=f"payload_0_{place}")
        m.d.sync += [held_key.eq(key), held_payload.eq(payload)]
        return held_key, None, held_payload

    def _node(self, m, level, place, children):
        name = f"{level}_{place // 2}"
        key = Signal(self._key_width + 1, name=f"key_{name}", init=-1)
        index = Signal(level, name=f"index_{name}")
        payload = Signal(self._payload_width, name=f"payload_{name}")
        upper = Signal(name=f"upper_{name}")
        key_a, index_a, payload_a = children[0]
        # The last of an odd number of nodes is alone, and passes.
        key_b, index_b, payload_b = children[-1]
        if len(children) == 2:
            m.d.comb += upper.eq(key_b < key_a)
        below = [Mux(upper, index_b, index_a)] if level > 1 else []
        domain = "sync" if level in self.registers else "comb"
        m.d[domain] += [
            key.eq(Mux(upper, key_b, key_a)),
            index.eq(Cat(*below, upper)),
            payload.eq(Mux(upper, payload_b, payload_a)),
        ]
        return key, index, payload


def winner_layout(config: GicConfig) -> data.StructLayout:
    """A row's winner for one CPU: its place in the row, group, and upper bits of the priority."""
    return data.StructLayout({"valid": 1, "priority": config.priority_bits, "index": 5, "group": 1})


def look_layout(config: GicConfig) -> data.StructLayout:
    """Which row is looked at, and for whom.

    ``cpus`` has a bit for each CPU that is looked for; none, and nothing is looked at. ``row`` is
    as in ``GICD_ISENABLER<row>``. ``acknowledged``: because one of its interrupts was.
    """
    return data.StructLayout({"cpus": config.cpus, "row": 5, "acknowledged": 1})


class WinnerCache(wiring.Component):
    """The winners of all rows, and each CPU's candidate among them.

    Members
    -------
    look, winners
        Replaces winners: those of row ``look.row`` for each of ``look.cpus``. There is one winner
        from each tree over the row: the only one is for whom it is looked, the others are for
        their CPU.
    candidates
        ``latency`` cycles after a winner stands in the cache, the candidates that take it into
        account. ``cpuid`` is left to the distributor.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        levels = ceil_log2(1 + config.spi_rows)
        # Two levels of comparisons fit in one cycle at the speeds that we want on an ECP5.
        self._registers = {*range(levels, 0, -2)}
        self.latency = len(self._registers)
        super().__init__(
            {
                "look": In(look_layout(config)),
                "winners": In(winner_layout(config)).array(config.row_trees),
                "candidates": Out(Candidate).array(config.cpus),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for cpu in range(self.config.cpus):
            self._cpu(m, cpu)
        return m

    def _cpu(self, m, cpu):
        layout, bits = winner_layout(self.config), self.config.priority_bits
        rows = 1 + self.config.spi_rows
        tree = Smallest(rows, bits, 6, self._registers)
        m.submodules[f"rows_cpu{cpu}"] = tree
        for row in range(rows):
            winner = Signal(layout, name=f"winner_{cpu}_{row}")
            with m.If(self.look.cpus[cpu] & (self.look.row == row)):
                m.d.sync += winner.eq(self.winners[cpu % self.config.row_trees])
            m.d.comb += [
                tree.valids[row].eq(winner.valid),
                tree.keys.word_select(row, bits).eq(winner.priority),
                tree.payloads.word_select(row, 6).eq(Cat(winner.index, winner.group)),
            ]
        candidate = self.candidates[cpu]
        m.d.comb += [
            candidate.valid.eq(tree.valid),
            candidate.priority.eq(tree.key << (PRIORITY_WIDTH - bits)),
            candidate.intid.eq(Cat(tree.payload[:5], tree.index)),
            candidate.group.eq(tree.payload[5]),
        ]


class Selection(wiring.Component):
    """From a row's eligible interrupts to the CPUs' candidates.

    Members
    -------
    look, eligible, groups, priorities
        The row, and its interrupts; ``eligible`` for each tree.
    acknowledged
        A bit for each CPU: it acknowledges its candidate. The candidate is not offered from the
        next cycle on, until the look that follows the acknowledge has come through: else the
        CPU interface would signal an interrupt once more that it has just taken.
    candidates
        As in `WinnerCache`.
    settled
        All looks have come through.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "look": In(look_layout(config)),
                "eligible": In(32).array(config.row_trees),
                "groups": In(32),
                "priorities": In(32 * config.priority_bits),
                "acknowledged": In(config.cpus),
                "candidates": Out(Candidate).array(config.cpus),
                "settled": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        stages = self.config.row_stages
        m.submodules.cache = cache = WinnerCache(self.config)
        looks = [self.look]
        for stage in range(stages + cache.latency):
            look = Signal.like(self.look, name=f"look_{stage}")
            m.d.sync += look.eq(looks[-1])
            looks.append(look)
        last = looks[-1]
        m.d.comb += [
            cache.look.eq(looks[stages]),
            self.settled.eq(~Cat(look.cpus for look in looks[1:]).any()),
        ]
        for n, (eligible, winner) in enumerate(zip(self.eligible, cache.winners, strict=True)):
            tree = Smallest(32, self.config.priority_bits, 1, ROW_REGISTERS[stages])
            m.submodules[f"row_{n}"] = tree
            m.d.comb += [
                tree.valids.eq(eligible),
                tree.keys.eq(self.priorities),
                tree.payloads.eq(self.groups),
                winner.valid.eq(tree.valid),
                winner.priority.eq(tree.key),
                winner.index.eq(tree.index),
                winner.group.eq(tree.payload),
            ]
        for cpu in range(self.config.cpus):
            withheld = Signal(name=f"withheld_{cpu}")
            with m.If(last.acknowledged & last.cpus[cpu]):
                m.d.sync += withheld.eq(0)
            with m.If(self.acknowledged[cpu]):
                m.d.sync += withheld.eq(1)
            m.d.comb += self.candidates[cpu].eq(cache.candidates[cpu])
            with m.If(withheld):
                m.d.comb += self.candidates[cpu].valid.eq(0)
        return m
