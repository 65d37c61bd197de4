"""Reads ruled tables by the column heads a profile declares: cells are the bounds of values.

Called by the reader in this package before labels; `extent` says how far a table goes. A row
without its key that a page break doesn't explain is left out with a finding, as is one that a page
break may have cut. A table that isn't ruled is not read and stays residue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import structs

from adapters.formats.pdf.aligned import ALIGNED
from adapters.formats.pdf.banded import Nest
from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found, always, joined
from adapters.formats.pdf.extent import EDGE, Band, Bands, bands_of, end_of, heading_of, rows_of
from adapters.formats.pdf.labels import LEGIBLE, RULED, overprinted
from adapters.formats.pdf.layout import tokens
from adapters.formats.pdf.onward import alike, carried, repeated, runs_on
from adapters.formats.pdf.words import place_of
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.formats.pdf.layout import Layout, TableRule, Tokens
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Box, Word

_SPLIT = 0.9
_LETTER = re.compile(r"\(?[a-z][.)]?")
Cells = dict[str, list["Word"]]
Row = dict[str, Found]


@dataclass(slots=True, repr=False)
class _Page(Sealed):
    """A page's cells with their words, their order from the top, and the tables found on it."""

    sheet: Sheet
    cells: Bands
    order: list[Box]
    bands: dict[str, list[Band]]

    def headed(self) -> bool:
        """Say whether heads stand at the top of the page's ruled cells."""
        top = self.order[0][1] if self.order else 0.0
        return any(one.top < top + EDGE for found in self.bands.values() for one in found)

    def others(self, band: Band) -> list[Band]:
        """Return every table of the page but this one."""
        return [one for found in self.bands.values() for one in found if one.heads != band.heads]


def bind_tables(sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> dict[str, list[Row]]:
    """Return each declared table's rows as column → value; claims heads and cells."""
    tables = layout.tables
    pages = [_page(sheet, tables) for sheet in sheets] if tables else []
    _share(pages, tables, claims)
    found: dict[str, list[Row]] = {}
    for name, rule in tables.items():
        nest = Nest(name, rule, claims)
        found[name] = _table(nest, pages)
        for band, row in nest.rows():
            found.setdefault(band, []).append(row)
    return found


def cells_of(lines: Sequence[Line]) -> Bands:
    """Return the words of each ruled cell of a page in reading order."""
    cells: Bands = {}
    for line in lines:
        if line.cell:
            cells.setdefault(line.cell, []).extend(line.words)
    return cells


def _page(sheet: Sheet, tables: Mapping[str, TableRule]) -> _Page:
    """Return the cells of a page, and which of them say what, from top to bottom."""
    cells = cells_of(sheet.lines)
    keys: dict[Box, list[str]] = {}
    for line in sheet.lines:
        if line.cell:
            keys.setdefault(line.cell, []).extend([key for key in line.keys if key])
    said: dict[Tokens, list[Box]] = {}
    order = sorted(cells, key=lambda cell: (cell[1], cell[0]))
    for cell in order:
        said.setdefault(tuple(keys[cell]), []).append(cell)
    bands = {name: list(bands_of(rule, said)) for name, rule in tables.items()}
    return _Page(sheet, cells, order, bands)


def _share(pages: Sequence[_Page], tables: Mapping[str, TableRule], claims: Claims) -> None:
    """Give heads that several tables could have to one: by its heading, then by most columns."""
    order = sorted(tables, key=lambda name: (not tables[name].heading, -len(tables[name].columns)))
    for number, page in enumerate(pages):
        taken: set[Box] = set()
        for name in order:
            last = _last(pages[number - 1], name) if number else None
            rule = tables[name]
            page.bands[name] = [
                band
                for band in page.bands[name]
                if band.heads[rule.key] not in taken
                and (
                    not rule.heading
                    or rule.headed(joined(heading_of(band, page.sheet)))
                    or _again(last, (band, page), pages, claims)
                )
            ]
            taken |= {cell for band in page.bands[name] for cell in band.heads.values()}


def _table(nest: Nest, pages: Sequence[_Page]) -> list[Row]:
    rows: list[Row] = []
    first: Tokens | None = None
    last: tuple[Band, _Page] | None = None
    name, rule, claims = nest.table, nest.rule, nest.claims
    for page in pages:
        fresh = True
        before, going = last, _going(nest, last, page)
        if going and (rows or nest.begun):
            _carry(nest, (going, page), rows)
        last = (going, page) if going else None
        for band in page.bands[name]:
            above = () if rule.heading else _heading(band, page, claims)
            claims.claim((w for cell in band.heads.values() for w in page.cells[cell]), "ignored")
            same = _again(before, (band, page), pages, claims)
            if first and above and above != first and not same:
                _stranger(name, band, page, claims)
                continue
            first = above if first is None else first
            last = band, page
            for row in _rows(nest, band, page):
                _take(nest, row, rows, fresh=fresh and not nest.fresh)
                fresh = False
            _passed(nest, band, page)
    nest.link()
    return [always(rule.always, row) for row in rows]


def _last(page: _Page, name: str) -> tuple[Band, _Page] | None:
    """Return the table of this name that begins last on a page."""
    return (page.bands[name][-1], page) if page.bands[name] else None


def _again(
    last: tuple[Band, _Page] | None,
    here: tuple[Band, _Page],
    pages: Sequence[_Page],
    claims: Claims,
) -> bool:
    """Say whether heads at the top of a page are those of the table that a page break cut."""
    band, page = here
    if last is None or page.order[0][1] < band.top - EDGE:
        return False
    return runs_on(
        (last[0], _end(last[0], last[1], through=True), last[1].sheet),
        (band, page.sheet),
        [one.sheet for one in pages],
        lambda line: all(claims.fates.get(id(word)) == "ignored" for word in line.words),
    )


def _end(band: Band, page: _Page, *, through: bool) -> float:
    return end_of(band, page.sheet.ruling, page.others(band), through=through)


def _passed(nest: Nest, band: Band, page: _Page) -> None:
    """Tell of the rows that stand below a row over all columns where no band is named."""
    rule, claims = nest.rule, nest.claims
    if rule.bands:
        return
    end, whole = _end(band, page, through=False), _end(band, page, through=True)
    ruled = {cell for row, _ in rows_of(band, page.order, end) for cell in row}
    passed = [
        row
        for row, fits in rows_of(band, page.order, whole, through=True)
        if fits
        and not ruled.intersection(row)
        and len(row) > 1
        and rule.key in map(band.column, row)
        and claims.untouched(word for cell in row for word in page.cells[cell])
    ]
    if passed:
        words = [word for row in passed for cell in row for word in page.cells[cell]]
        place = place_of(words, f"table {nest.table}", DOUBTFUL)
        why = f"found its heads, and {len(passed)} rows below a row over all columns were passed by"
        claims.doubt(nest.table, place, f"{why}, name that row in the table's `bands`", words)


def _going(nest: Nest, last: tuple[Band, _Page] | None, page: _Page) -> Band | None:
    """Return where the table of the page before goes on without its heads."""
    if last is None or page.headed():
        return None
    band, before = last
    end = _end(band, before, through=bool(nest.rule.bands))
    return carried(
        band, end, before.sheet, page.sheet, page.order, lambda r: nest.holds(band, r, page.cells)
    )


def _carry(nest: Nest, where: tuple[Band, _Page], rows: list[Row]) -> None:
    """Add the rows of a table that goes on without its heads, less sure than the others."""
    band, page = where
    before = [{column: one.text for column, one in row.items()} for row in rows]
    sure = _SPLIT
    for number, row in enumerate(_rows(nest, band, page)):
        if number == 0 and before and repeated(row, before[-1]):
            nest.claims.twin(word for cell in row.values() for word in cell)
            continue
        if number == 0:
            like = alike(row, before) if nest.rule.key in row and before else True
            if like is False:
                return
            sure = _SPLIT if like else ALIGNED
        known = len(rows)
        _take(nest, row, rows, fresh=number == 0 and not nest.fresh)
        for one in rows[known:]:
            one.update({column: _less_sure(found, sure) for column, found in one.items()})


def _less_sure(found: Found, most: float) -> Found:
    place = found.place
    place = structs.replace(place, confidence=min(place.confidence, most))
    return structs.replace(found, place=place)


def _heading(band: Band, page: _Page, claims: Claims) -> Tokens:
    """Return the words printed above a table; none where they are a value of another."""
    words = heading_of(band, page.sheet)
    if any(claims.fates.get(id(word)) == "mapped" for word in words):
        return ()
    return tokens(joined(words))


def _stranger(name: str, band: Band, page: _Page, claims: Claims) -> None:
    """Leave out a table that looks like one read before but stands under another heading."""
    end = end_of(band, page.sheet.ruling, page.others(band))
    why = "stands again under another heading, the profile's `heading` can say which is meant"
    for row, _ in rows_of(band, page.order, end):
        words = [word for cell in row for word in page.cells[cell]]
        claims.doubt(f"{name} row", place_of(words, f"table {name}", DOUBTFUL), why, words)


def _rows(nest: Nest, band: Band, page: _Page) -> Iterator[Cells]:
    """Yield the words of each row by column, down to where the table ends; takes its bands."""
    claims, through = nest.claims, bool(nest.rule.bands)
    end = _end(band, page, through=through)
    for row, fits in rows_of(band, page.order, end, through=through):
        words = [word for cell in row for word in page.cells[cell]]
        if not any(map(claims.free, words)) and len(row) == 1:
            if through:
                continue
            return
        if not fits and through and nest.took(band, row, page.cells):
            continue
        if not fits:
            place = place_of(words, f"table {nest.table}", DOUBTFUL)
            claims.doubt(f"{nest.table} row", place, "reaches over two columns", words)
            continue
        found = {column: page.cells[cell] for cell in row if (column := band.column(cell))}
        if found:
            yield found


def _take(nest: Nest, row: Cells, rows: list[Row], *, fresh: bool) -> None:
    """Add a row, or join it to the row a page break cut; what could be either is left out."""
    name, rule, claims = nest.table, nest.rule, nest.claims
    row = _legible(name, rule, row, claims)
    words = [word for cell in row.values() for word in cell]
    if any(overprinted(cell) for cell in row.values()):
        place = place_of(words, f"table {name}", DOUBTFUL)
        claims.doubt(f"{name} row", place, "is printed over something else", words)
        return
    tail = _tail(rule, row, rows) if fresh else "no"
    if tail == "yes":
        for column, cell in row.items():
            rows[-1][column] = _extended(rows[-1].get(column), _found(name, column, cell))
    elif tail == "perhaps" or rule.key not in row:
        why = "may go on from the page before" if tail == "perhaps" else "has no key"
        claims.doubt(f"{name} row", place_of(words, f"table {name}", DOUBTFUL), why, words)
        return
    else:
        rows.append({column: _found(name, column, cell) for column, cell in row.items()})
        nest.enter(rows[-1])
    claims.claim(words, "mapped")


def _legible(name: str, rule: TableRule, row: Cells, claims: Claims) -> Cells:
    """Return the row without the cells that are hard to read; its key stays, as little sure."""
    hard = {
        column: cell
        for column, cell in row.items()
        if column != rule.key and min(word.sure for word in cell) < LEGIBLE
    }
    for column, cell in hard.items():
        place = place_of(cell, f"table {name} {column}", DOUBTFUL)
        claims.doubt(f"{name} {column}", place, "is hard to read", cell)
    return {column: cell for column, cell in row.items() if column not in hard}


def _tail(rule: TableRule, row: Cells, rows: list[Row]) -> Literal["yes", "no", "perhaps"]:
    """Say whether the first row below the heads is the tail of the last row of the page before."""
    first = next(iter(row.values()))[0]
    last = rows[-1][rule.key].words if rows else ()
    if not last or first.page <= last[-1].page:
        return "no"
    if rule.key not in row:
        return "yes"
    if row[rule.key][0].text[:1].islower() and not _lettered(row[rule.key], last):
        return "yes"
    return "perhaps" if len(row) == 1 and len(rule.columns) > 1 else "no"


def _lettered(one: Sequence[Word], before: Sequence[Word]) -> bool:
    """Say whether rows are lettered: `a` before, now `b`, which goes on with nothing."""
    return all(len(words) == 1 and _LETTER.fullmatch(words[0].text) for words in (one, before))


def _found(table: str, column: str, words: list[Word]) -> Found:
    place = place_of(words, f"table {table} {column}", RULED)
    return Found(column, joined(words), place, tuple(words))


def _extended(first: Found | None, more: Found) -> Found:
    if first is None:
        return more
    words = first.words + more.words
    place = place_of(words, first.place.rule, _SPLIT)
    return Found(first.name, f"{first.text} {more.text}", place, words)
