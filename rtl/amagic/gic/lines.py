"""Interrupt lines: synchronizers, samples, and what catches their rising edges.

The three flip-flops or four that a line has here are the only state that stands once for each
interrupt outside of the row memory.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import cdc, wiring
from amaranth.lib.wiring import In, Out

from .config import GicConfig

__all__ = ["Lines"]


class Lines(wiring.Component):
    """The lines of every row, and the rows in which something happened.

    Parameters
    ----------
    config : GicConfig
        Number of CPUs and SPIs; whether lines are synchronized.

    Members
    -------
    ppi, spi
        The lines, active high. Bit ``i`` of ``ppi[c]`` is INTID ``16 + i`` of CPU ``c``; bit
        ``i`` of ``spi`` is INTID ``32 + i``.
    row, level
        A row, and its lines.
    dirty, clean
        A bit for each row: a line changed since the last ``clean`` of that row. ``dirty`` is up
        no later than the changed ``level``, so that clearing it and then looking misses nothing.
    caught
        In the cycle after ``clean``, those lines of that row that rose since the last one; else 0.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "ppi": In(16).array(config.cpus),
                "spi": In(max(1, config.spis)),
                "row": In(range(max(2, config.rows))),
                "level": Out(32),
                "caught": Out(32),
                "dirty": Out(config.rows),
                "clean": In(config.rows),
            }
        )

    def elaborate(self, platform):
        m = Module()
        # A bit for each row, not the number of one: with many rows the way from here through what
        # they caught into the row's state is the longest of all.
        taken = Signal.like(self.clean)
        m.d.sync += taken.eq(self.clean)
        levels, caughts = [], []
        for row, (lines, offset) in enumerate(self._rows()):
            selected = Signal(name=f"selected_{row}")
            m.d.comb += selected.eq(self.row == row)
            level, caught = self._row(m, row, lines, taken[row])
            levels.append(Mux(selected, level << offset, 0))
            caughts.append(Mux(taken[row], caught << offset, 0))
        m.d.comb += [
            self.level.eq(reduce(or_, levels)),
            self.caught.eq(reduce(or_, caughts)),
        ]
        return m

    def _rows(self):
        """Each row's lines, and the place of the first of them in the row."""
        for cpu in range(self.config.cpus):
            yield self.ppi[cpu], 16
        for first in range(0, self.config.spis, 32):
            yield self.spi[first : first + 32], 0

    def _row(self, m, row, lines, taken):
        synchronized = Signal(len(lines), name=f"synchronized_{row}")
        level = Signal(len(lines), name=f"level_{row}")
        caught = Signal(len(lines), name=f"caught_{row}")
        if self.config.sync_lines:
            m.submodules[f"synchronizer_{row}"] = cdc.FFSynchronizer(lines, synchronized)
        else:
            m.d.comb += synchronized.eq(lines)
        kept = Mux(taken, 0, caught)
        changed = (synchronized ^ level).any()
        m.d.sync += [
            level.eq(synchronized),
            # A rise in the cycle in which they are taken is not lost: it belongs to the next event.
            caught.eq(kept | (synchronized & ~level)),
            self.dirty[row].eq(changed | (self.dirty[row] & ~self.clean[row])),
        ]
        return level, caught
