"""The memory, with its smallest and its largest size, and one that is no power of two."""

import pytest

from amagic.soc.memory import BlockRam
from amagic_sim.bench import run_bench

INIT = [0x1111_0000 + n for n in range(8)]


@pytest.mark.parametrize("size", [1 << 12, 80 << 10, 1 << 18])
def test_memory(size):
    run_bench(BlockRam(size, INIT), module="bench_memory", env={"SIZE": size})


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize("size", [0, 2048, 4097, 1 << 19, True, "4096"])
def test_a_size_that_is_no_multiple_in_range_is_refused(size):
    with pytest.raises(ValueError, match="size must be a multiple of 4096 in 4096 to 262144, not"):
        BlockRam(size)


@pytest.mark.usefixtures("unused_components")
def test_more_initial_words_than_the_memory_holds_are_refused():
    BlockRam(4096, [0] * 1024)
    with pytest.raises(ValueError, match="init has 4100 bytes, more than the memory's 4096"):
        BlockRam(4096, [0] * 1025)
