"""Tables laid out as they are read: rows by their number, columns by their letters and headings.

With a profile the tables are those that the profile finds; without one, or where it finds none, the
file, the sheets or the zipped files as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import structs

from adapters.formats.tabular import columns as headings
from adapters.formats.tabular.banners import spread
from adapters.formats.tabular.deliveries import DELIMITERS, Delivery, delivered, rows_of
from adapters.formats.tabular.tables import Row as Record
from adapters.formats.tabular.tables import Table, decoded, letters
from adapters.formats.tabular.tables import rows as records
from adapters.formats.tabular.workbook import is_workbook, sheets_of
from adapters.formats.zipped import NotUnzipped, unzipped
from adapters.workbench.laying import MOST, Claims, Layout, Said, short
from hub.canonical.source import Part, Row, Source, Spot

if TYPE_CHECKING:
    from adapters.profiles import Profile
    from hub.canonical import Place

_ZIP: Final = b"PK\x03\x04"
_WORDS: Final = 0.2
_ROW: Final = re.compile(r"(?P<before>.*?)row (?P<row>\d+)(?:, column .*)?")
_CELL: Final = re.compile(r"(?P<sheet>.+)!(?P<column>[A-Z]+)(?P<row>\d+)(?:, part \d+)?")


@dataclass(slots=True, repr=False)
class Grids(Layout):
    """Tables; a place that is no cell of ours falls back to its row."""

    def spot_of(self, place: Place) -> str:
        """Return the spot of a cell, or the row of a place that names no cell here."""
        exact = self.at.get(place.at)
        if exact:
            return exact
        cell = _CELL.fullmatch(place.at)
        if cell:
            return self.at.get(f"{cell['sheet']}: row {cell['row']}", "")
        row = _ROW.fullmatch(place.at)
        return self.at.get(f"{row['before']}row {row['row']}", "") if row else ""

    def finished(self, claims: Claims, words: Said) -> Source:
        """Return the tables; what a column says again in another row of theirs is repeated."""
        source = Layout.finished(self, claims, words)
        return structs.replace(source, parts=tuple(_again(part) for part in source.parts))


def _again(part: Part) -> Part:
    taken = {
        (spot.label, spot.text)
        for row in part.rows
        for spot in row.spots
        if spot.state in {"field", "repeated"}
    }
    rows = tuple(
        structs.replace(row, spots=tuple(_repeated(spot, taken) for spot in row.spots))
        for row in part.rows
    )
    return structs.replace(part, rows=rows)


def _repeated(spot: Spot, taken: set[tuple[str, str]]) -> Spot:
    if spot.state == "open" and (spot.label, spot.text) in taken:
        return structs.replace(spot, state="repeated")
    return spot


def grids_of(content: bytes, profile: Profile | None) -> Grids | None:
    """Return the tables of a document laid out, or None where it holds none."""
    try:
        tables = _tables(content, profile)
    except NotUnzipped:
        return None
    laid = Grids(kind="table")
    room = MOST
    for number, (table, titles, before, after) in enumerate(tables, start=1):
        every = [table.header, *table.rows]
        laid.cut = laid.cut or len(every) > room
        rows = [
            _row(record, f"t{number}", (titles, before, after), laid) for record in every[:room]
        ]
        for record, row in zip(every, rows, strict=False):
            laid.at[table.row_place(record.number).at] = row.id
        room -= len(rows)
        laid.parts.append(Part(table.sheet or table.name, "table", tuple(rows)))
    return laid if laid.parts else None


_Titled = tuple[Table, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _tables(content: bytes, profile: Profile | None) -> list[_Titled]:
    if profile is not None and profile.format == "csv":
        try:
            found = delivered(content, profile)
        except NotUnzipped:
            found = Delivery()
        if found.tables:
            left = [
                Table(one.rows[0], one.rows[1:], sheet=f"{one.what} {one.number}")
                for one in found.left
                if one.rows
            ]
            return [*(_matched(one, profile) for one in found.tables), *map(_plain, left)]
    return [_plain(table) for table in _raw(content)]


def _matched(table: Table, profile: Profile) -> _Titled:
    spread(table, profile)
    columns, _ = headings.matched(table, profile)
    return table, columns.titles, columns.before, columns.after


def _plain(table: Table) -> _Titled:
    titles = tuple(" ".join(cell.split()) for cell in table.header.cells)
    return table, titles, *table.around(titles)


def _raw(content: bytes) -> list[Table]:
    if not content.startswith(_ZIP):
        found = [_record(decoded(content, "")[0])]
        return [Table(rows[0], rows[1:]) for rows in found if rows]
    archive = unzipped(content)
    if is_workbook(archive):
        sheets, _ = sheets_of(archive)
        given = [(f"sheet {sheet.number}", rows_of(sheet)) for sheet in sheets]
        return [Table(rows[0], rows[1:], sheet=name) for name, rows in given if rows]
    texts = [
        (f"file {number}", _record(decoded(archive.read(name), "")[0]))
        for number, name in enumerate(archive.names, start=1)
        if name.casefold().endswith((".csv", ".tsv", ".txt", ".psv"))
    ]
    return [Table(rows[0], rows[1:], name) for name, rows in texts if rows]


def _record(text: str) -> list[Record]:
    """Return the rows of a text, divided by what divides its first line most often."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    found = list(records(text, delimiter)) if delimiter in first else []
    return found if len(found) > 1 and len(found[1].cells) > 1 else []


def _row(
    record: Record,
    start: str,
    around: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
    laid: Grids,
) -> Row:
    titles, before, after = around
    spots = []
    for position, cell in enumerate(record.cells):
        spot = f"{start}r{record.number}c{position + 1}"
        known = position < len(titles)
        if known:
            laid.at[f"{before[position]}{record.number}{after[position]}"] = spot
        spots.append(Spot(spot, short(cell), letters(position), titles[position] if known else ""))
    return Row(str(record.number), tuple(spots), id=f"{start}r{record.number}")
