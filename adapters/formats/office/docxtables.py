"""The rows and cells of a Word table, with cells merged downwards and rows that were struck out.

Called by the reader of Word documents for each table; what stands in a cell it gives back to its
caller. A table inside a cell is one of its own, since its rows are not the outer one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.flow import Cell, Flow, Grid
from adapters.formats.office.wordml import named, option, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

_WRAPS: Final = frozenset({"sdt", "sdtContent", "ins", "customXml", "moveTo"})
_WIDEST: Final = 200


def grid_of(
    table: _Element, grid: Grid, flow: Flow, read: Callable[[_Element, Cell], None]
) -> None:
    """Fill `grid` from a table element; `read` reads the content of each cell."""
    above: dict[int, Cell] = {}
    for tr in _inside(table, "tr"):
        if option(tr, "trPr", "del") is not None:
            flow.tell("deletions")
            continue
        if option(tr, "trPr", "ins") is not None:
            flow.tell("insertions")
        row: list[Cell] = []
        column = _count(option(tr, "trPr", "gridBefore"), 0)
        for tc in _inside(tr, "tc"):
            cell = Cell(len(grid.rows) + 1, column, grid.number)
            read(tc, cell)
            merge = option(tc, "tcPr", "vMerge")
            if merge is not None and value(merge) != "restart":
                cell.above = above.get(column)
            else:
                above[column] = cell
            row.append(cell)
            column += _count(option(tc, "tcPr", "gridSpan"), 1)
        grid.rows.append(row)


def _inside(parent: _Element, name: str) -> Iterator[_Element]:
    for one in parent:
        if named(one) == name:
            yield one
        elif named(one) in _WRAPS:
            yield from _inside(one, name)


def _count(element: _Element | None, otherwise: int) -> int:
    given = value(element)
    return min(int(given), _WIDEST) if given.isdecimal() and len(given) < 6 else otherwise  # noqa: PLR2004  # no table is so wide
