"""Coverage shown: how much of each table was seen, and every hole by its name."""

from collections import Counter
from collections.abc import Iterator

from .coverage import Cell
from .domain import TABLES, Cells, domain

_MOST_NAMED = 200

__all__ = ["holes", "show", "surprises"]


def holes(seen: Counter[Cell], cells: Cells) -> list[Cell]:
    """Cells that can be reached, and were not."""
    return [cell for cell, rule in cells.items() if rule is None and not seen[cell]]


def surprises(seen: Counter[Cell], cells: Cells) -> list[Cell]:
    """Cells that were reached, although there is a rule against it, or no such cell."""
    return sorted(cell for cell in seen if cells.get(cell, "no such cell") is not None)


def show(
    seen: Counter[Cell], security: frozenset[int] = frozenset({0}), *, whole: bool = False
) -> str:
    """A line for each table, then the holes, and the rules that explain other cells.

    ``security`` is as in `domain`. With ``whole`` every table is written out.
    """
    return "\n".join(_lines(seen, domain(security), whole))


def _lines(seen: Counter[Cell], cells: Cells, whole: bool) -> Iterator[str]:
    yield f"{'coverage':<18}{'cells':>7}{'seen':>7}{'holes':>7}{'rules':>7}"
    missing = holes(seen, cells)
    tables = dict.fromkeys(table for table, _, _ in cells)
    for table in tables:
        inside = [cell for cell in cells if cell[0] == table]
        reachable = [cell for cell in inside if cells[cell] is None]
        lacking = sum(cell[0] == table for cell in missing)
        yield (
            f"{table:<18}{len(reachable):>7}{len(reachable) - lacking:>7}{lacking:>7}"
            f"{len(inside) - len(reachable):>7}"
        )
    if len(missing) <= _MOST_NAMED or whole:
        yield from (f"hole: {': '.join(cell)}" for cell in missing)
    else:
        yield f"{len(missing)} holes: too few operations to name them here"
    for cell in surprises(seen, cells):
        rule = cells.get(cell, "there is no such cell")
        yield f"surprise: {': '.join(cell)}: seen {seen[cell]} times, but {rule}"
    if whole:
        for table in tables:
            yield from _written_out(table, seen, cells)


def _written_out(table: str, seen: Counter[Cell], cells: Cells) -> Iterator[str]:
    inside = [cell for cell in cells if cell[0] == table]
    rows = dict.fromkeys(row for _, row, _ in inside)
    yield f"\n{table}: {TABLES[table]}"
    for row in rows:
        shown = []
        for cell in inside:
            if cell[1] == row:
                count = "-" if cells[cell] is not None else f"{seen[cell]:,}"
                shown.append(f"{cell[2]} {count}")
        yield f"  {row}: {', '.join(shown)}"
    rules = {rule for cell in inside if (rule := cells[cell]) is not None}
    for rule in sorted(rules):
        count = sum(cells[cell] == rule for cell in inside)
        yield f"  -: {rule} ({count} cells)"
