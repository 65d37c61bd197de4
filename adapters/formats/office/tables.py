"""Which declared table a grid is: by the heads in one of its first rows, all of them.

A later row that has all the heads of another table begins that one: two tables may be one grid.
Where a rule says a `heading`, it must be what is printed above: the last heading or the paragraph
right over the grid. `binding` asks for each grid of the flow. Pure; no word gets its fate here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.taken import text_of
from adapters.formats.pdf.layout import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.office.flow import Cell, Grid
    from adapters.formats.pdf.layout import Layout, TableRule, Tokens

_HEADS: Final = 4


def headed(
    layout: Layout, grid: Grid, above: tuple[str, str]
) -> tuple[str, TableRule, int, dict[int, str]] | None:
    """Return the table a grid is, the row of its heads, and what each column is."""
    return _found(_fitting(layout, above), grid.rows[:_HEADS])


def begins(
    layout: Layout, cells: Sequence[Cell], above: tuple[str, str]
) -> tuple[str, TableRule, dict[int, str]] | None:
    """Return the table whose heads, two or more, a row within a grid prints."""
    rules = {n: one for n, one in _fitting(layout, above).items() if len(one.columns) > 1}
    found = _found(rules, [cells])
    return (found[0], found[1], found[3]) if found else None


def _fitting(layout: Layout, above: tuple[str, str]) -> dict[str, TableRule]:
    return {
        name: rule
        for name, rule in layout.tables.items()
        if not rule.heading or any(rule.headed(text) for text in above)
    }


def _found(
    rules: Mapping[str, TableRule], rows: Sequence[Sequence[Cell]]
) -> tuple[str, TableRule, int, dict[int, str]] | None:
    best: tuple[str, TableRule, int, dict[int, str]] | None = None
    for at, cells in enumerate(rows):
        texts = {cell.column: tokens(text_of(cell.words)) for cell in cells}
        for name, rule in rules.items():
            columns = _columns(rule, texts)
            whole = len(columns) == len(rule.columns)
            if whole and (best is None or len(columns) > len(best[3])):
                best = (name, rule, at, columns)
    return best


def _columns(rule: TableRule, texts: Mapping[int, Tokens]) -> dict[int, str]:
    return {
        column: name
        for name, printed in rule.columns.items()
        for column, text in texts.items()
        if text in printed
    }
