"""Tables that go on at the top of the next page without their heads.

Called by `tables`, page after page. A table goes on only where it was the last thing on its page,
and the next page begins with ruled cells of the same columns; running heads and page numbers stand
between. A row that a page break printed twice counts once. Claims nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.extent import EDGE, Band

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Box, Word

SHIFT: Final = 6.0
"""Points by which a running head may stand elsewhere, in a scan."""
NUMBER: Final = re.compile(r"(?:page)?\d{1,3}(?:of\d{1,3})?")
_FIGURE: Final = re.compile(r"\d")
_FEWEST: Final = 2


def carried(
    band: Band,
    end: float,
    before: Sheet,
    after: Sheet,
    order: Sequence[Box],
    named: Callable[[Sequence[Box]], bool],
) -> Band | None:
    """Return the band of a table at the top of `after`, where that is the same table going on.

    `end` is where it stopped on `before`, in points from the top; `order` are the ruled cells of
    `after` with words, from the top; `named` says that a row is a declared band of the table.
    """
    below = [line for line in before.lines if line.middle > end]
    if after.number != before.number + 1 or not order or not running(below, after):
        return None
    top = order[0][1]
    if not running([line for line in after.lines if line.middle < top], before):
        return None
    row = [cell for cell in order if abs(cell[1] - top) < EDGE]
    if named(row):
        return replace(band, top=top - EDGE, bottom=top - EDGE)
    fitting = [cell for cell in row if band.column(cell) is not None]
    if len(fitting) < len(row) or len([one for one in fitting if band.column(one)]) < _FEWEST:
        return None
    return replace(band, top=top - EDGE, bottom=top - EDGE)


def runs_on(
    last: tuple[Band, float, Sheet],
    here: tuple[Band, Sheet],
    sheets: Sequence[Sheet],
    printed: Callable[[Line], bool],
) -> bool:
    """Say whether heads that a page begins with are those of the last table of the page before.

    `last` is that table, its end and its page; `printed` says that the empty form prints a line.
    """
    before, end, sheet = last
    band, after = here
    if after.number != sheet.number + 1 or before.heads.keys() != band.heads.keys():
        return False
    if any(not _same_place(before.heads[name], band.heads[name]) for name in band.heads):
        return False
    below = [one for one in sheet.lines if one.middle > end and not printed(one)]
    above = [one for one in after.lines if one.middle < band.top and not printed(one)]
    others = [one for one in sheets if one.number != after.number]
    return running(below, after) and all(
        any(running([line], one) for one in others) for line in above
    )


def _same_place(one: Box, two: Box) -> bool:
    return abs(one[0] - two[0]) < EDGE and abs(one[2] - two[2]) < EDGE


def repeated(row: Mapping[str, Sequence[Word]], last: Mapping[str, str]) -> bool:
    """Say whether the first row after a page break is the row before it, printed again."""
    said = {column: " ".join(word.text for word in words) for column, words in row.items()}
    return said == dict(last)


def alike(row: Mapping[str, Sequence[Word]], rows: Sequence[Mapping[str, str]]) -> bool | None:
    """Say whether the first row after a page break is like the rows before it, and no other heads.

    A column that has figures in each row so far must have some here; None where there is none.
    """
    figured = [
        column for column in rows[-1] if all(_FIGURE.search(one.get(column, "")) for one in rows)
    ]
    said = [" ".join(word.text for word in row.get(column, ())) for column in figured]
    return all(map(_FIGURE.search, said)) if figured else None


def running(lines: Sequence[Line], other: Sheet) -> bool:
    """Say whether lines are page numbers, or stand at the same height of the other page too."""
    return all(NUMBER.fullmatch("".join(line.keys)) or stands(line, other) for line in lines)


def stands(line: Line, other: Sheet) -> bool:
    """Say whether the same words stand at the same height of the other page."""
    return any(
        one.keys == line.keys and abs(one.middle - line.middle) < SHIFT for one in other.lines
    )
