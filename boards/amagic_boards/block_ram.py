"""The initial contents of ECP5 block RAMs, in a textual bitstream too, and how to replace them.

What the tools do with a memory is found from a pattern in it. In the text, a block RAM has 2,048
words of nine bits. A memory's column (one bit of 512 words that follow each other) lies in a block
with a step of the block's data width: bit ``k`` of column ``c`` is bit ``512 * width * (c // width)
+ c % width + k * width`` of the block, counted without the ninth bits when the width is below 9.
(As Project Trellis' ``libtrellis/tools/ecpbram.cpp`` reads it. That tool itself, as it is packaged
on PyPI, does not find its database; and it does not say when it found nothing.)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amagic_sim.build import BuildError

__all__ = ["BlockRamError", "replace_memory", "replace_words"]

COLUMN = 512
BLOCK_WORDS = 2048
_WIDTHS = (1, 2, 4, 9, 18, 36)
_PER_LINE = 8
_SECTION = re.compile(r"^\.bram_init (\d+)\n((?:[0-9a-f]{3}[ \n])+)\n", re.MULTILINE)


class BlockRamError(BuildError):
    """A memory is not in the design in the way in which it must be."""


def _word_bits(width: int) -> int:
    """The bits of a word that hold data at a data width."""
    return 9 if width >= 9 else 8


@dataclass(frozen=True)
class _Place:
    """Where a column lies: the block, and in its bits the first and the step."""

    block: str
    width: int
    first: int

    @property
    def bits(self) -> slice:
        return slice(self.first, self.first + COLUMN * self.width, self.width)


def _to_bits(words: Sequence[int], count: int) -> str:
    """The lower `count` bits of each word, the lowest first."""
    return "".join(f"{word & (1 << count) - 1:0{count}b}"[::-1] for word in words)


def _columns(words: Sequence[int]) -> list[str]:
    """A memory of 32-bit words as columns, in a fixed order."""
    by_bit = [_to_bits(words, 32)[bit::32] for bit in range(32)]
    return [bits[at : at + COLUMN] for bits in by_bit for at in range(0, len(words), COLUMN)]


def _places(block: str, words: Sequence[int]) -> Iterator[tuple[str, _Place]]:
    """Everything in a block that may be a column, and its place."""
    for width in _WIDTHS:
        bits = _to_bits(words, _word_bits(width))
        for first in range(len(bits) // COLUMN):
            start = COLUMN * width * (first // width) + first % width
            place = _Place(block, width, start)
            yield bits[place.bits], place


def _find(blocks: Mapping[str, Sequence[int]], pattern: Sequence[int]) -> list[_Place]:
    """Where each column of `pattern` lies. `BlockRamError` unless each is there exactly once."""
    columns = _columns(pattern)
    wanted = set(columns)
    found: dict[str, list[_Place]] = {}
    for block, words in blocks.items():
        for bits, place in _places(block, words):
            if bits in wanted:
                found.setdefault(bits, []).append(place)
    for column in columns:
        if len(places := found.get(column, [])) != 1:
            raise BlockRamError(
                f"the memory is not in the design once: {len(found)} of its {len(columns)} columns"
                f" of {COLUMN} bits were found, one of them {len(places)} times"
            )
    return [found[column][0] for column in columns]


def replace_words(
    blocks: Mapping[str, Sequence[int]], pattern: Sequence[int], words: Sequence[int]
) -> dict[str, Sequence[int]]:
    """The block RAMs, 2,048 words of nine bits each, with `words` where `pattern` was.

    Parameters and errors as for `replace_memory`.
    """
    if len(pattern) != len(words) or len(words) % COLUMN:
        raise ValueError(
            f"pattern and words must be as many, a multiple of {COLUMN}, not {len(pattern)} and"
            f" {len(words)}"
        )
    replaced = dict(blocks)
    bits: dict[tuple[str, int], list[str]] = {}
    for place, column in zip(_find(blocks, pattern), _columns(words), strict=True):
        count = _word_bits(place.width)
        key = (place.block, count)
        if key not in bits:
            bits[key] = list(_to_bits(blocks[place.block], count))
        bits[key][place.bits] = column
    for (block, count), changed in bits.items():
        replaced[block] = [
            word & ~((1 << count) - 1) | int("".join(changed[at : at + count][::-1]), 2)
            for word, at in zip(replaced[block], range(0, len(changed), count), strict=True)
        ]
    return replaced


def replace_memory(config: str, pattern: Sequence[int], words: Sequence[int]) -> str:
    """A textual bitstream with `words` where the memory held `pattern`.

    Parameters
    ----------
    config : str
        The bitstream, as nextpnr writes it.
    pattern, words : sequence of int
        The memory's content of 32-bit words, as it is and as it is to be: as many of them, a
        multiple of 512. No two columns of the pattern may be the same.

    Raises
    ------
    ValueError
        When the sizes are not such.
    BlockRamError
        Unless each column of the pattern is in the design exactly once.
    """
    blocks = {
        block: [int(word, 16) for word in text.split()] for block, text in _SECTION.findall(config)
    }
    if odd := [block for block, content in blocks.items() if len(content) != BLOCK_WORDS]:
        raise BlockRamError(
            f"block RAM {odd[0]} has not {BLOCK_WORDS} words: the text is cut short"
        )
    replaced = replace_words(blocks, pattern, words)

    def section(match: re.Match[str]) -> str:
        text = [f"{word:03x}" for word in replaced[match[1]]]
        lines = [" ".join(text[at : at + _PER_LINE]) for at in range(0, len(text), _PER_LINE)]
        return "\n".join([f".bram_init {match[1]}", *lines, "", ""])

    return _SECTION.sub(section, config)
