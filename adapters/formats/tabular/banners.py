"""Rows of one cell that name the member for the rows below them: their words become columns.

Called by the reader for a table whose rule has a `banner`. The words of the last banner above stand
in further cells of every row, so that it is joined like any other. A banner whose id can't be one
ends the one before: no row is ever given to the member above by guess. Words of a banner that no
column takes are kept for the plans of the rows below it, unless they only name the member again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from adapters.formats.tabular.columns import titles_of
from adapters.profiles import Cuts, transform
from hub.canonical import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.formats.tabular.charting import Line
    from adapters.formats.tabular.tables import Row, Table
    from adapters.profiles import Profile


_WORD: Final = re.compile(r"[^\W\d_]+")
_PLAIN: Final = frozenset(
    {"birth", "born", "date", "dob", "id", "member", "mrn", "name", "no", "number", "of", "patient"}
)
"""Words that only say what stands beside them: an id, a name, a birth date."""


def spread(table: Table, profile: Profile) -> None:
    """Give each row of a table the words of the banner above it, in place; banners are no rows."""
    names = tuple(table.rule.banner)
    if not names:
        return
    width = len(table.header.cells)
    empty = ("",) * len(names)
    said, number = empty, 0
    rows: list[Row] = []
    for row in table.rows:
        filled = [cell for cell in row.cells if cell.strip()]
        found = _banner(filled[0], table, profile) if len(filled) == 1 else None
        if found:
            said, number = found, row.number
            table.above += 1
            _leave(row, filled[0], table)
            continue
        if found is not None:
            said, number = empty, 0
            rows.append(replace(row, problem="odd_banner"))
            continue
        over = row.cells[width:]
        problem = row.problem or ("long_row" if any(cell.strip() for cell in over) else "")
        cells = row.cells[:width] + (said if len(row.cells) >= width else ())
        rows.append(replace(row, cells=cells, problem=problem, banner=number))
    titles = tuple((titles_of(name, table.rule, profile) or (name,))[0] for name in names)
    table.header = replace(table.header, cells=table.header.cells + titles)
    table.rows = rows


def _leave(row: Row, cell: str, table: Table) -> None:
    """Note the words of a banner that none of its columns takes."""
    position = row.cells.index(cell)
    cuts: Cuts[int] = Cuts()
    for transforms in table.rule.banner.values():
        cuts.took(row.number, position, folded(cell), transforms)
    for at, rest in cuts.rests():
        table.banners[row.number] = (at, rest)


def _banner(cell: str, table: Table, profile: Profile) -> tuple[str, ...] | None:
    """Return the words of each column of a banner; none of them where an id can't be one.

    None means that the cell is not written like a banner at all.
    """
    found = []
    for transforms in table.rule.banner.values():
        value = folded(cell)
        try:
            for one in transforms:
                value = transform(one, value)
        except ValueError:
            return None
        found.append(value)
    ids = dict(zip(table.rule.banner, found, strict=True))
    if any(not any(map(str.isdigit, ids.get(name, "0"))) for name in table.rule.key):
        return ()
    widths = [profile.widths.get(name) for name in table.rule.banner]
    fits = all(width in {None, len(value)} for width, value in zip(widths, found, strict=True))
    return tuple(found) if fits else ()


def named(lines: Iterable[Line], profile: Profile) -> set[str]:
    """Return the words that in a banner only name the member again, who is known by their rows."""
    rows = [line for line in lines if line.banner]
    sources = {name for rule in profile.member for name in (rule.source, *rule.more)}
    return {
        word
        for line in rows
        for name in sources
        if (at := line.chart.columns.at.get(name)) is not None
        for word in words_of(line.cells[at])
    } | _PLAIN


def words_of(text: str) -> set[str]:
    """Return the words of a text without its figures."""
    return {word.casefold() for word in _WORD.findall(text)}
