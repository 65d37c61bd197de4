"""The tables and lists of a narrative as rows of named cells, each with its element and words.

Called by `uncoded` for a section that says more than its entries. A table with a cell over several
rows, or another table inside, is not understood; a row that fills no column of its own is no row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.ccda import narrative
from adapters.formats.ccda.columns import MAIN, fields_of
from adapters.formats.ccda.tags import V3

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.habits import Habits

TABLE: Final = V3 + "table"
_ROW: Final = V3 + "tr"
_HEAD: Final = V3 + "th"
_CELLS: Final = frozenset({V3 + "td", _HEAD})
_ITEM: Final = V3 + "item"
_LIST: Final = V3 + "list"
_LINES: Final = frozenset({V3 + "paragraph", _ITEM})
_NOTHING: Final = re.compile(
    r"(?:n/?a|nil|none|nothing|unknown|not applicable|nkd?a\b.*|-+|see\b.*|not taking\b.*|"
    r"(?:the |this )?(?:(?:patient|member|pt) )?(?:denies|denied|has no)\b.*|"
    r"no (?:allergies|medications|problems|goals|concerns)\b.*|"
    r"(?:no|none|not) (?:known|data|information|active|current|significant|recorded|documented|"
    r"reported|on file|yet|available)\b.*|there (?:is|are) no\b.*|"
    r"no [a-z ]+ (?:recorded|on file|available|documented|reported|found|known))\.?",
    re.IGNORECASE | re.DOTALL,
)
"""Words that name no item, as a whole cell."""

_PAST: Final = re.compile(
    r"(?i)\b(?:resolved|discontinued|stopped|past|history|historical|inactive|former|previous"
    r"|mother|father|relative)\b"
)
"""Words over a table or in its heads by which its rows may not be what is so now."""


@dataclass(slots=True)
class Row:
    """A row: the element, and by field the words and element of each cell that says something."""

    element: etree._Element
    cells: dict[str, tuple[str, etree._Element]] = field(default_factory=dict)

    def says(self, name: str) -> str:
        """Return the words of a field, or none."""
        return self.cells[name][0] if name in self.cells else ""


def empty(words: str) -> bool:
    """Say whether words name nothing: `--`, `n/a`, `None recorded`."""
    return not words or _NOTHING.fullmatch(words) is not None


def tables(
    text: etree._Element, kind: str, habits: Habits
) -> tuple[list[Row], list[etree._Element]]:
    """Return the rows of all tables that are understood, and the tables that are not."""
    found: list[Row] = []
    odd: list[etree._Element] = []
    for table in text.iter(TABLE):
        rows = _rows(table, kind, habits)
        if rows is None:
            odd.append(table)
        else:
            found += rows
    return found, odd


def _rows(table: etree._Element, kind: str, habits: Habits) -> list[Row] | None:
    if next(table.iterdescendants(TABLE), None) is not None:
        return None
    lines = [[one for one in row if one.tag in _CELLS] for row in table.iter(_ROW)]
    lines = [line for line in lines if line]
    if not lines or any(_spans(cell) for line in lines for cell in line) or _set_aside(table):
        return None
    heads = [narrative.words(cell) for cell in lines[0]]
    columns = fields_of(kind, heads, habits)
    marked = all(cell.tag == _HEAD for cell in lines[0])
    if MAIN[kind] not in columns or not (marked or len(columns) > 1):
        return None
    made = [_row(line, columns) for line in lines[1:] if len(line) == len(heads)]
    return [row for row in made if not empty(row.says(MAIN[kind]))]


def _spans(cell: etree._Element) -> bool:
    return {cell.get("rowspan") or "1", cell.get("colspan") or "1"} != {"1"}


def _set_aside(table: etree._Element) -> bool:
    """Say whether a table is of the past, of relatives, or holds words struck out."""
    before = table.getprevious()
    told = [one for one in (table.find(V3 + "caption"), before) if one is not None]
    struck = any(
        one.get("revised") == "delete" or "strike" in (one.get("styleCode") or "").lower()
        for one in table.iter()
    )
    heads = " ".join(narrative.words(one) for one in table.iter(_HEAD))
    said = " ".join([*(narrative.words(one) for one in told if one.tag != TABLE), heads])
    return struck or _PAST.search(said) is not None


def _row(line: list[etree._Element], columns: dict[str, int]) -> Row:
    parent = line[0].getparent()
    row = Row(line[0] if parent is None else parent)
    for name, position in columns.items():
        words = narrative.words(line[position])
        if not empty(words):
            row.cells[name] = (words, line[position])
    return row


def items(text: etree._Element, kind: str) -> list[Row]:
    """Return the items of the lists of a narrative that has no table; `A - b`: its reaction."""
    if next(text.iter(TABLE), None) is not None:
        return []
    found = []
    for element in text.iter(_ITEM):
        words = narrative.words(element)
        if next(element.iterdescendants(_LIST), None) is not None or empty(words):
            continue
        first, dash, rest = words.partition(" - ")
        row = Row(element, {MAIN[kind]: (words, element)})
        if kind == "allergies" and dash and first and rest:
            row.cells = {"text": (first, element), "reaction": (rest, element)}
        found.append(row)
    return found


def lines(text: etree._Element) -> list[tuple[str, etree._Element]]:
    """Return the paragraphs and list items of a narrative, or the whole where it has none."""
    found = [
        (words, one)
        for one in text.iter(*_LINES)
        if next(one.iterdescendants(*_LINES), None) is None
        and not empty(words := narrative.words(one))
    ]
    words = narrative.whole(text)
    said = " ".join(one for one, _ in found)
    if not empty(words) and "".join(said.split()) != "".join(words.split()):
        return [(words, text)]
    return found


def bare(odd: list[etree._Element], referring: set[str]) -> int:
    """Count the rows of tables that say something and that no entry refers to."""
    found = 0
    for row in (one for table in odd for one in table.iter(_ROW)):
        cells = [one for one in row if one.tag in _CELLS and one.tag != _HEAD]
        told = cells and not empty(narrative.words(cells[0]))
        if told and not any(one.get("ID") in referring for one in row.iter()):
            found += 1
    return found
