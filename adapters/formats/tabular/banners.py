"""Rows of one cell that name the member for the rows below them: their words become columns.

Called by the reader for a table whose rule has a `banner`. The words of the last banner above stand
in further cells of every row, so that it is joined like any other. A banner whose id can't be one
ends the one before: no row is ever given to the member above by guess. Words of a banner that no
column takes are kept for the plans of the rows below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from adapters.formats.tabular.columns import titles_of
from adapters.profiles import Cuts, transform
from hub.canonical import folded

if TYPE_CHECKING:
    from adapters.formats.tabular.tables import Row, Table
    from adapters.profiles import Profile


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
        cells = row.cells + ("",) * (width - len(row.cells))
        whole = len(cells) == width and not row.problem
        rows.append(replace(row, cells=cells + said, banner=number) if whole else row)
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
    widths = [profile.widths.get(name) for name in table.rule.banner]
    fits = all(width in {None, len(value)} for width, value in zip(widths, found, strict=True))
    return tuple(found) if fits else ()
