"""Finding a memory in block RAMs of every data width, and replacing it."""

import random

import pytest

from amagic_boards.bitstream import memory_pattern
from amagic_boards.block_ram import BlockRamError, replace_memory

DEPTH = {1: 16384, 2: 8192, 4: 4096, 9: 2048, 18: 1024, 36: 512}


def blocks_of(words, width):
    """A memory of 32-bit words laid out in block RAMs of a data width, as their bits.

    Block by block: `width` columns of the memory side by side, as deep as the block is.
    """
    bits = [[word >> bit & 1 for word in words] for bit in range(32)]
    while len(bits) % width:
        bits.append([0] * len(words))
    blocks = []
    for first in range(0, len(bits), width):
        for row in range(0, len(words), DEPTH[width]):
            rows = zip(
                *(bits[first + n][row : row + DEPTH[width]] for n in range(width)), strict=True
            )
            blocks.append([bit for row_bits in rows for bit in row_bits])
    return blocks


def config_of(blocks, width, ninth=0):
    size = 9 if width >= 9 else 8
    text = ".device LFE5U-85F\n\n"
    for number, bits in enumerate(blocks):
        bits = bits + [0] * (2048 * size - len(bits))
        values = [
            sum(bit << n for n, bit in enumerate(bits[at : at + size])) | ninth << 8 * (size == 8)
            for at in range(0, len(bits), size)
        ]
        lines = [" ".join(f"{v:03x}" for v in values[n : n + 8]) for n in range(0, 2048, 8)]
        text += f".bram_init {number}\n" + "\n".join(lines) + "\n\n"
    return text + ".tile R1C1:PLC2\nenum: A B\n\n"


def content(words):
    source = random.Random(3)
    return [source.choice((0, 0, 0xFFFF_FFFF, source.getrandbits(32))) for _ in range(words)]


@pytest.mark.parametrize("words", [512, 1024, 4096])
@pytest.mark.parametrize("width", DEPTH)
def test_a_memory_is_replaced_whatever_the_blocks_data_width(width, words):
    pattern, new = memory_pattern(words), content(words)
    before = config_of(blocks_of(pattern, width), width)
    assert replace_memory(before, pattern, new) == config_of(blocks_of(new, width), width)


def test_bits_that_are_not_the_memorys_stay():
    pattern, new = memory_pattern(1024), content(1024)
    other = blocks_of(memory_pattern(2048), 4)
    before, after = (config_of(blocks_of(each, 4) + other, 4, 1) for each in (pattern, new))
    assert replace_memory(before, pattern, new) == after


def test_a_memory_that_is_there_twice_or_not_at_all_is_refused():
    pattern = memory_pattern(512)
    blocks = blocks_of(pattern, 9)
    with pytest.raises(
        BlockRamError, match="32 of its 32 columns .* were found, one of them 2 tim"
    ):
        replace_memory(config_of(blocks + blocks, 9), pattern, pattern)
    with pytest.raises(BlockRamError, match="0 of its 32 columns .* were found, one of them 0 tim"):
        replace_memory(config_of(blocks, 9), content(512), pattern)
    with pytest.raises(BlockRamError, match="columns of 512 bits were found"):
        replace_memory(config_of(blocks[:-1], 9), pattern, pattern)
    with pytest.raises(BlockRamError, match="0 of its 32"):
        replace_memory("", pattern, pattern)


def test_a_block_that_is_cut_short_is_refused():
    pattern = memory_pattern(512)
    text = config_of(blocks_of(pattern, 9), 9).replace(" ", "\n", 1)
    lines = text.splitlines()
    del lines[5:7]
    with pytest.raises(BlockRamError, match="block RAM 0 has not 2048 words"):
        replace_memory("\n".join(lines) + "\n", pattern, pattern)


@pytest.mark.parametrize(("pattern", "words"), [(512, 1024), (100, 100)])
def test_sizes_that_do_not_go_together_are_refused(pattern, words):
    with pytest.raises(ValueError, match=f"not {pattern} and {words}"):
        replace_memory("", [0] * pattern, [0] * words)
