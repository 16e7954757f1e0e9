"""The comparison tree and the arbiter that the distributor is made of."""

import pytest

from amagic.gic.arbiter import RoundArbiter
from amagic.gic.selection import ROW_REGISTERS, Smallest
from amagic_sim.bench import run_bench


# Without a register the tree has no clock, and the distributor's bench tries it (`no_stage`).
@pytest.mark.parametrize(
    ("leaves", "key_width", "registers"),
    [
        (2, 8, {1}),
        (5, 5, {1, 3}),
        *((32, 5, registers) for registers in ROW_REGISTERS if registers),
    ],
)
def test_smallest(leaves, key_width, registers):
    tree = Smallest(leaves, key_width, payload_width=6, registers=registers)
    latency = len(registers)
    env = {"LEAVES": leaves, "KEY_WIDTH": key_width, "LATENCY": latency}
    run_bench(tree, module="bench_smallest", env=env)


@pytest.mark.parametrize("width", [5, 26])
def test_round_arbiter(width):
    run_bench(RoundArbiter(width), module="bench_round_arbiter", env={"WIDTH": width})
