"""Reads ruled tables by the column heads a profile declares: cells are the bounds of values.

Called by the reader in this package before labels. A row without its key that a page break doesn't
explain is left out with a finding, as is one that a page break may have cut. A table that isn't
ruled is not read and stays residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found, always, joined
from adapters.formats.pdf.labels import LEGIBLE, RULED, overprinted
from adapters.formats.pdf.words import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.pdf.layout import Layout, TableRule, Tokens
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Box, Word

_EDGE = 2.0
_SPLIT = 0.9
Bands = dict["Box", list["Word"]]
Cells = dict[str, list["Word"]]
Page = tuple[Bands, dict["Tokens", list["Box"]]]
Row = dict[str, Found]


def bind_tables(sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> dict[str, list[Row]]:
    """Return each declared table's rows as column → value; claims heads and cells."""
    pages = [_page(sheet) for sheet in sheets] if layout.tables else []
    return {name: _table(name, rule, pages, claims) for name, rule in layout.tables.items()}


def cells_of(lines: Sequence[Line]) -> Bands:
    """Return the words of each ruled cell of a page in reading order."""
    cells: Bands = {}
    for line in lines:
        if line.cell:
            cells.setdefault(line.cell, []).extend(line.words)
    return cells


def _page(sheet: Sheet) -> Page:
    """Return the cells of a page, and which of them say what, from top to bottom."""
    cells = cells_of(sheet.lines)
    keys: dict[Box, list[str]] = {}
    for line in sheet.lines:
        if line.cell:
            keys.setdefault(line.cell, []).extend([key for key in line.keys if key])
    said: dict[Tokens, list[Box]] = {}
    for cell in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        said.setdefault(tuple(keys[cell]), []).append(cell)
    return cells, said


def _table(name: str, rule: TableRule, pages: Sequence[Page], claims: Claims) -> list[Row]:
    rows: list[Row] = []
    for cells, said in pages:
        heads = _heads(rule, said)
        if not heads:
            continue
        claims.claim((word for cell in heads.values() for word in cells[cell]), "ignored")
        fresh = True
        for row in _bands(heads, cells):
            _take(name, rule, row, rows, claims, fresh=fresh)
            fresh = False
    return [always(rule.always, row) for row in rows]


def _heads(rule: TableRule, said: Mapping[Tokens, list[Box]]) -> dict[str, Box] | None:
    """Return the cell of each column head, all in one band; None where the page has none."""
    heads = {
        column: [cell for words in printed for cell in said.get(words, ())]
        for column, printed in rule.columns.items()
    }
    if not all(heads.values()):
        return None
    for top in sorted(cell[1] for cell in heads[rule.key]):
        found = {
            column: next((cell for cell in cells if abs(cell[1] - top) < _EDGE), None)
            for column, cells in heads.items()
        }
        whole = {column: cell for column, cell in found.items() if cell is not None}
        if len(whole) == len(heads):
            return whole
    return None


def _bands(heads: Mapping[str, Box], cells: Bands) -> list[Cells]:
    """Return the rows below the heads, down to the first cell that fits no column."""
    bottom = max(cell[3] for cell in heads.values())
    left = min(cell[0] for cell in heads.values())
    right = max(cell[2] for cell in heads.values())
    rows: dict[int, Cells] = {}
    for cell in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        if cell[1] < bottom - _EDGE or cell[2] < left + _EDGE or cell[0] > right - _EDGE:
            continue
        column = next((one for one, head in heads.items() if _under(head, cell)), None)
        if column is None:
            break
        rows.setdefault(round(cell[1] / _EDGE), {})[column] = cells[cell]
    return list(rows.values())


def _under(head: Box, cell: Box) -> bool:
    return abs(head[0] - cell[0]) < _EDGE and abs(head[2] - cell[2]) < _EDGE


def _take(
    name: str, rule: TableRule, row: Cells, rows: list[Row], claims: Claims, *, fresh: bool
) -> None:
    """Add a row, or join it to the row a page break cut; what could be either is left out."""
    words = [word for cell in row.values() for word in cell]
    hard = min(word.sure for word in words) < LEGIBLE
    if hard or any(overprinted(cell) for cell in row.values()):
        place = place_of(words, f"table {name}", DOUBTFUL)
        why = "is hard to read" if hard else "is printed over something else"
        claims.doubt(f"{name} row", place, why, words)
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
    claims.claim(words, "mapped")


def _tail(rule: TableRule, row: Cells, rows: list[Row]) -> Literal["yes", "no", "perhaps"]:
    """Say whether the first row below the heads is the tail of the last row of the page before."""
    first = next(iter(row.values()))[0]
    last = rows[-1][rule.key].words if rows else ()
    if not last or first.page <= last[-1].page:
        return "no"
    if rule.key not in row or row[rule.key][0].text[:1].islower():
        return "yes"
    return "perhaps" if len(row) == 1 and len(rule.columns) > 1 else "no"


def _found(table: str, column: str, words: list[Word]) -> Found:
    place = place_of(words, f"table {table} {column}", RULED)
    return Found(column, joined(words), place, tuple(words))


def _extended(first: Found | None, more: Found) -> Found:
    if first is None:
        return more
    words = first.words + more.words
    place = place_of(words, first.place.rule, _SPLIT)
    return Found(first.name, f"{first.text} {more.text}", place, words)
