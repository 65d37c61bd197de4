"""Reads tables that no rule divides: columns by where their declared heads stand.

Called by the reader in this package after ruled tables, for those that weren't found ruled. A row
begins where the key column has words; a row whose words reach over two columns, or that may go on
in the next line, is left out with a finding.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.claims import Claims, Found, always, joined
from adapters.formats.pdf.extent import ABOVE
from adapters.formats.pdf.headed import LEVEL, columns_of, heads_of, parted
from adapters.formats.pdf.hits import hits_of, printed_by
from adapters.formats.pdf.items import is_heading, level_rows
from adapters.formats.pdf.words import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.headed import Columns, Heads
    from adapters.formats.pdf.layout import Layout, TableRule
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word

ALIGNED: Final = 0.85
_KNOWN: Final = 3
"""Rows of lines after which their usual distance is known."""
_WIDER: Final = 2.2
_MANY, _FEW = 4, 0.6
_APART: Final = 4.0
_TIGHT: Final = 1.9
Row = dict[str, Found]
Cells = dict[str, list["Word"]]


def bind_aligned(
    sheets: Sequence[Sheet], layout: Layout, found: dict[str, list[Row]], claims: Claims
) -> None:
    """Add the rows of each declared table that has none yet; claims heads and cells."""
    for name, rule in layout.tables.items():
        if found.get(name):
            continue
        rows = [row for sheet in sheets for row in _on_page(name, layout, sheet, claims)]
        found[name] = [always(rule.always, row) for row in rows]


def _on_page(name: str, layout: Layout, sheet: Sheet, claims: Claims) -> list[Row]:
    rule = layout.tables[name]
    loose = [line for line in sheet.lines if line.cell is None and claims.untouched(line.words)]
    heads = heads_of(rule, loose, lambda top: _under_heading(rule, top, sheet, layout))
    if not heads:
        _told(name, rule, heads_of(rule, loose), claims)
        return []
    if rule.bands:
        words = [word for some in heads.values() for word in some]
        why = "has `bands` and no rules: use `blocks` or `lists`, its rows were not read"
        claims.doubt(name, place_of(words, f"table {name}", 0.5), why, words)
        return []
    printed = [word for words in heads.values() for word in words]
    claims.claim(printed, "ignored")
    columns = columns_of(heads)
    below = max(word.middle for word in printed)
    tall = max(word.height for word in printed)
    end = _end(sheet, layout, below, columns[0][1], claims)
    free = [line for line in loose if line.middle < end and claims.untouched(line.words)]
    above = [piece for line in free for piece in parted(line, columns)]
    cells: list[Cells] = []
    for band in _bands(above, below, columns[0][1], tall):
        if any(line.keys in rule.columns[columns[0][0]] for line in band):
            break
        _take(name, rule, band, columns, cells, claims)
    rows = []
    for one in cells:
        rows.append({column: _found(name, column, words) for column, words in one.items()})
        claims.claim((word for words in one.values() for word in words), "mapped")
    return rows


def _under_heading(rule: TableRule, top: Word, sheet: Sheet, layout: Layout) -> bool:
    """Say whether heads stand under the table's own heading: the nearest declared one above."""
    if not rule.heading:
        return True
    shapes = [one for one in layout.tables.values() if one.heading]
    above = level_rows([line for line in sheet.lines if line.middle < top.y0])
    for line in reversed(above):
        if top.middle - line.middle > ABOVE + line.height:
            return False
        text = joined(line.words)
        if any(one.headed(text) for one in shapes):
            return rule.headed(text)
    return False


def _told(name: str, rule: TableRule, heads: Heads | None, claims: Claims) -> None:
    """Tell of heads that stand under another heading than the table's."""
    if rule.heading and heads:
        words = [word for some in heads.values() for word in some]
        place = place_of(words, f"table {name}", 0.5)
        claims.doubt(name, place, "has its heads on the page, but not under its `heading`", words)


def _end(sheet: Sheet, layout: Layout, below: float, left: float, claims: Claims) -> float:
    """Return where a table must end: at a ruled cell, at what the form prints, at other heads.

    A heading of a list or note ends it, and a label with its colon.
    """
    heads = {words for rule in layout.tables.values() for words in rule.columns[rule.key]}
    heads |= {words for rule in layout.labels.values() for words in rule.printed}
    headings = [*layout.notes, *(words for some in layout.lists.values() for words in some)]
    printed = printed_by(layout)
    stops = [
        line.middle
        for line in sheet.lines
        if line.middle > below + LEVEL * line.height and line.right > left
        if line.cell
        or not any(map(claims.free, line.words))
        or tuple(key for key in line.keys if key) in heads
        or is_heading(line, headings)
        or any(hit.colon for hit in hits_of(line, printed))
    ]
    return min(stops, default=float("inf")) - 1.0


def _bands(lines: Sequence[Line], below: float, left: float, tall: float) -> list[list[Line]]:
    """Return the rows of lines under the heads, down to a wide blank or one that begins outside."""
    bands: list[list[Line]] = []
    last, widest = below, _APART * tall
    for line in sorted(lines, key=lambda line: line.middle):
        if line.middle <= below + LEVEL * tall:
            continue
        if bands and abs(line.middle - bands[-1][0].middle) < LEVEL * tall:
            bands[-1].append(line)
            continue
        if line.middle - last > widest or line.left < left:
            break
        bands.append([line])
        if len(bands) == _KNOWN:
            pitch = [one[0].middle - two[0].middle for two, one in pairwise(bands)]
            widest = min(widest, _WIDER * max(*pitch, bands[0][0].middle - below))
        last = line.middle
    return bands


def _take(
    name: str,
    rule: TableRule,
    band: list[Line],
    columns: Columns,
    rows: list[Cells],
    claims: Claims,
) -> None:
    """Add a row, or what goes on from the one above; what can't be told is left out."""
    row: Cells = {}
    words = [word for line in band for word in line.words]
    place = place_of(words, f"table {name}", 0.5)
    for line in sorted(band, key=lambda one: one.left):
        inside = [c for c, start, end in columns if start <= line.left and line.right <= end]
        if not inside:
            claims.doubt(f"{name} row", place, "reaches over two columns", words)
            return
        row.setdefault(inside[0], []).extend(line.words)
    last = [word for one in rows[-1].values() for word in one] if rows else []
    tight = bool(last) and _tight(last, words)
    if rule.key not in row or (tight and _goes_on(row, rows[-1], rule, columns)):
        if not tight:
            claims.doubt(f"{name} row", place, "has no key", words)
            return
        for column, more in row.items():
            rows[-1].setdefault(column, []).extend(more)
        return
    if tight and len(row) == 1 and len(columns) > 1 and len(rows[-1]) > 1:
        rows.pop()
        claims.doubt(f"{name} row", place, "may go on from the line above", last + words)
        return
    rows.append(row)


def _goes_on(row: Cells, last: Cells, rule: TableRule, columns: Columns) -> bool:
    """Say whether words of the key column only go on a row right above.

    Each row begins with its first column, where that is another one than the key, and in a table of
    many columns fills most of those that the row above fills.
    """
    if columns[0][0] not in {*row, rule.key}:
        return 2 * len(row) <= len(columns)
    return len(last) >= _MANY and len(row) <= _FEW * len(last)


def _tight(last: list[Word], words: list[Word]) -> bool:
    """Say whether a row stands as near to the one above as the lines of one value do."""
    tall = max(word.height for word in (*last, *words))
    below = min(word.middle for word in words) - max(word.middle for word in last)
    return below < _TIGHT * tall


def _found(table: str, column: str, words: list[Word]) -> Found:
    place = place_of(words, f"table {table} {column}", ALIGNED)
    return Found(column, joined(words), place, tuple(words))
