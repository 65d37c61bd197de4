"""Where a ruled table begins and ends: its heads, the heading above them, the rows its rules hold.

Called by `tables`. A table goes on as long as ruled cells follow each other without a gap, empty
ones too; a neighbour with the same columns is another table. Words decide nothing but headings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from adapters.formats.pdf.layout import TableRule, Tokens
    from adapters.formats.pdf.lines import Sheet
    from adapters.formats.pdf.ruling import Ruling
    from adapters.formats.pdf.words import Box, Word

    Fits = Callable[[Box, Box], bool]

EDGE: Final = 2.0
_SPACED: Final = 4.0
"""Points between two ruled cells of one table, where each cell is drawn as a box of its own."""
_STEPS: Final = (EDGE / 2, EDGE + EDGE / 2, _SPACED + EDGE / 2)
_UNEVEN: Final = 0.8
_LOWEST: Final = 8.0
"""Points; what is lower holds no row of words, and is the space between two rules."""
ABOVE: Final = 40.0
_MOST: Final = 1000
_WIDE: Final = 0.9
Bands = dict["Box", list["Word"]]


@dataclass(frozen=True, slots=True)
class Band:
    """The heads of one table on one page: declared columns, and those that nobody declared.

    The rows begin at `bottom`; `left` and `right` are the sides of the declared columns.
    """

    heads: Mapping[str, Box]
    others: tuple[Box, ...]
    top: float
    bottom: float
    left: float
    right: float

    @property
    def every(self) -> tuple[Box, ...]:
        """Return the cells of all heads, declared or not."""
        return (*self.heads.values(), *self.others)

    def beside(self, cell: Box) -> bool:
        """Say whether a cell stands left or right of the table."""
        return cell[2] < self.left + EDGE or cell[0] > self.right - EDGE

    def column(self, cell: Box) -> str | None:
        """Return the declared column a cell stands in; empty for another, None for no column."""
        left, right = cell[0], cell[2]
        for name, head in self.heads.items():
            if abs(head[0] - left) < EDGE and abs(head[2] - right) < EDGE:
                return name
        return "" if any(_under(head, cell) for head in self.others) else None


def over(head: Box, cell: Box) -> bool:
    """Say whether a cell is as wide as a head and more."""
    return cell[0] < head[0] + EDGE and cell[2] > head[2] - EDGE


def _under(head: Box, cell: Box) -> bool:
    return abs(head[0] - cell[0]) < EDGE and abs(head[2] - cell[2]) < EDGE


def bands_of(rule: TableRule, said: Mapping[Tokens, list[Box]]) -> Iterator[Band]:
    """Yield each place of a page where all column heads stand side by side, from the top."""
    cells = {
        column: [cell for words in printed for cell in said.get(words, ())]
        for column, printed in rule.columns.items()
    }
    every = [cell for same in said.values() for cell in same]
    for top in sorted(cell[1] for cell in cells[rule.key]):
        heads = {
            column: near
            for column, some in cells.items()
            if (near := next((cell for cell in some if abs(cell[1] - top) < EDGE), None))
        }
        if len(heads) == len(rule.columns):
            level = [cell for cell in every if abs(cell[1] - top) < EDGE]
            x0, y0, x1, y1 = zip(*heads.values(), strict=True)
            others = _touching(list(heads.values()), level)
            yield Band(heads, others, min(y0), max(y1), min(x0), max(x1))


def _touching(heads: list[Box], level: list[Box]) -> tuple[Box, ...]:
    """Return the cells that stand in one row with the heads, without a gap."""
    row = list(heads)
    while more := [
        cell for cell in level if cell not in row and any(_next_to(cell, one) for one in row)
    ]:
        row += more
    return tuple(row[len(heads) :])


def _next_to(one: Box, other: Box) -> bool:
    gaps = one[0] - other[2], other[0] - one[2]
    return any(-EDGE < gap < _SPACED for gap in gaps)


def end_of(band: Band, ruling: Ruling, other: Sequence[Band], *, through: bool = False) -> float:
    """Return where the table ends: at a gap in its rules, or where other heads stand.

    `through` says that rows over several columns are rows of the table and don't end it.
    """
    fits = over if through else _under
    end = max(_column_end(head, band.bottom, ruling, fits) for head in band.every)
    below = [
        one.top
        for one in other
        if one.top > band.bottom - EDGE and one.left < band.right and one.right > band.left
    ]
    return min([end, *below])


def _column_end(head: Box, bottom: float, ruling: Ruling, fits: Fits) -> float:
    """Return where the unbroken run of ruled cells under a head ends.

    Rows stand as far apart as the first one stands from the heads; a wider gap ends the table.
    """
    end, most = bottom, _SPACED
    for number in range(_MOST):
        cell = _next_cell(head, end, most, ruling, fits)
        if cell is None:
            break
        most = cell[1] - end + _UNEVEN if number == 0 else most
        end = cell[3]
    return end


def _next_cell(head: Box, end: float, most: float, ruling: Ruling, fits: Fits) -> Box | None:
    """Return the next ruled cell of a column, high enough for words; None where it ends."""
    middle = (head[0] + head[2]) / 2
    for step in _STEPS:
        cell = ruling.cell(middle, end + step)
        if cell is None or not fits(head, cell) or not _held(ruling, middle, cell):
            continue
        if abs(cell[1] - end) <= most and cell[3] - cell[1] >= _LOWEST:
            return cell
    return None


def _held(ruling: Ruling, across: float, cell: Box) -> bool:
    """Say whether the sides of a cell go all the way down and don't merely reach into a gap."""
    return ruling.cell(across, (cell[1] + cell[3]) / 2) == cell


def heading_of(band: Band, sheet: Sheet) -> tuple[Word, ...]:
    """Return the printed heading right above the heads; nothing where none stands there."""
    above = [
        line
        for line in sheet.lines
        if 0 < band.top - line.middle < ABOVE + line.height
        and line.left < band.right
        and line.right > band.left
    ]
    if not above:
        return ()
    nearest = max(above, key=lambda line: line.middle)
    cell = nearest.cell
    whole = cell is None or cell[2] - cell[0] > _WIDE * (band.right - band.left)
    return nearest.words if whole else ()


def rows_of(
    band: Band, cells: Sequence[Box], end: float, *, through: bool = False
) -> Iterator[tuple[list[Box], bool]]:
    """Yield the cells of each row with words down to `end`, and whether each fits its column.

    `cells` are those of the page from top to bottom.

    A cell over the whole width is a heading: the table ends above it, or goes on `through` it.
    """
    row: list[Box] = []
    for cell in cells:
        if cell[1] < band.bottom - EDGE or cell[1] > end - EDGE or band.beside(cell):
            continue
        if row and cell[1] - row[0][1] > EDGE:
            yield row, _fits(band, row)
            row = []
        if not through and band.column(cell) is None and across(band, cell):
            return
        row.append(cell)
    if row:
        yield row, _fits(band, row)


def across(band: Band, cell: Box) -> bool:
    """Say whether a cell reaches over the whole width of a table."""
    left, right = min(one[0] for one in band.every), max(one[2] for one in band.every)
    return cell[0] < left + EDGE and cell[2] > right - EDGE


def _fits(band: Band, row: list[Box]) -> bool:
    return all(band.column(cell) is not None for cell in row)
