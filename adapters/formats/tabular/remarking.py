"""What is worth telling about good rows: extra columns, repeats, formulas kept as text.

Called by the reader once for each table. It changes nothing: an extra column's cells stay residue,
a repeated row makes no second item, and a text that a spreadsheet would run is kept as written,
since only what is exported needs escaping.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.tables import letters
from hub.canonical import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.tabular.charting import Chart, Line

_BEFORE: Final = ',;|\t"\n\r~^'
_BEGINS: Final = "=@+-\t\r"
_FORMULA: Final = re.compile(r"[=@][^\s=].*|[+\-].*[(|!].*|[\t\r].*", re.DOTALL)
_MOST: Final = 20


def remarks(chart: Chart, lines: list[Line]) -> Iterator[Finding]:
    """Yield notes about the good rows of a table."""
    yield from _furniture(chart)
    yield from _extra(chart, lines)
    yield from _repeated(chart, lines)
    if _hinted(chart.table.text):
        yield from _formulas(chart, lines)


def _furniture(chart: Chart) -> Iterator[Finding]:
    rows = chart.table.furniture
    if rows:
        message = (
            f"{len(rows)} rows are the form's own (its heads again, or `furniture`), passed over"
        )
        yield Finding("note", "furniture", message, chart.table.row_place(rows[0].number))


def _hinted(text: str) -> bool:
    """Say whether any cell can begin like a formula: a quick look at the whole file's text."""
    begins = [first for first in _BEGINS if first in text]
    return not text or any(before + first in text for first in begins for before in _BEFORE)


def _extra(chart: Chart, lines: list[Line]) -> Iterator[Finding]:
    known = set(chart.columns.at.values())
    for position in range(len(chart.columns.titles)):
        if position not in known and any(line.cells[position].strip() for line in lines):
            message = (
                f"column {letters(position)} is not in the profile, its cells are kept as text"
            )
            place = chart.table.row_place(chart.table.header.number, "header")
            yield Finding("note", "extra_column", message, place)


def _repeated(chart: Chart, lines: list[Line]) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], int] = {}
    again = [
        (line.number, first)
        for line in lines
        if (first := seen.setdefault(line.cells, line.number)) != line.number
    ]
    for number, first in again[:_MOST]:
        message = f"row {number} repeats row {first}, its items were taken once"
        yield Finding("note", "repeated_row", message, chart.table.row_place(number))
    if again[_MOST:]:
        message = f"{len(again) - _MOST} more rows repeat others"
        yield Finding("note", "repeated_row", message, chart.table.row_place(again[_MOST][0]))


def _formulas(chart: Chart, lines: list[Line]) -> Iterator[Finding]:
    found = (
        (line, position)
        for line in lines
        for position, cell in enumerate(line.cells)
        if cell and cell[0] in _BEGINS and _FORMULA.fullmatch(cell)
    )
    for _, (line, position) in zip(range(_MOST), found, strict=False):
        message = "begins like a formula and is kept as text; never open it in a spreadsheet"
        place = chart.columns.place(line.number, position, "")
        yield Finding("note", "formula_text", message, place)
