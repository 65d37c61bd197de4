"""Numbered, lettered or bulleted lines under a declared heading: each item is a row.

Called by the reader in this package after tables and labels. A list ends at the first line further
left than its items that is no item itself, and at the end of its page; what follows is residue.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.claims import Claims, Found, joined
from adapters.formats.pdf.layout import token
from adapters.formats.pdf.lines import line_of
from adapters.formats.pdf.words import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.layout import Layout, Tokens
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word

    Row = dict[str, Found]

MARK: Final = re.compile(
    r"(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]|[-*\u2022\u25cf\u25cb\u25aa\u25e6\u2013]"
)
_SURE: Final = 0.9
_OUTSIDE: Final = 6.0
_ABOVE: Final = 60.0
_INDENTED: Final = 4.0


def bind_items(
    sheets: Sequence[Sheet], layout: Layout, rows: dict[str, list[Row]], claims: Claims
) -> None:
    """Add the items under each declared heading to the rows of its name; claims their words."""
    for name, headings in layout.lists.items():
        for sheet in sheets:
            rows.setdefault(name, []).extend(_on_page(name, headings, sheet, claims))


def _on_page(name: str, headings: Sequence[Tokens], sheet: Sheet, claims: Claims) -> list[Row]:
    free = [line for line in sheet.lines if line.cell is None and claims.untouched(line.words)]
    lines = level_rows(free)
    for at, line in enumerate(lines):
        if is_heading(line, headings):
            items = _items(lines[at + 1 :], line)
            if items:
                claims.claim(line.words, "ignored")
            return [_row(name, words, claims) for words in items]
    return []


def level_rows(lines: Sequence[Line]) -> list[Line]:
    """Return whole rows from top to bottom: a mark stands apart from its item's words."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and abs(rows[-1][0].middle - line.middle) < line.height / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [
        line_of([word for line in sorted(row, key=_left) for word in line.words], None)
        for row in rows
    ]


def _left(line: Line) -> float:
    return line.left


def is_heading(line: Line, headings: Sequence[Tokens]) -> bool:
    """Say whether a line is a heading, its number or letter and an aside in brackets left out."""
    words = list(line.words)
    aside = next((at for at, word in enumerate(words) if at and word.text[:1] == "("), None)
    for some in (words, words[:aside]):
        keys = tuple(key for word in some if (key := token(word.text)))
        marked = MARK.fullmatch(words[0].text) is not None
        if keys in headings or (marked and keys[1:] in headings):
            return True
    return False


def _items(lines: Sequence[Line], heading: Line) -> list[list[Word]]:
    """Return the words of each item with its mark, down to where the list ends."""
    items: list[list[Word]] = []
    mark = text = 0.0
    for line in lines:
        first = line.words[0]
        marked = len(line.words) > 1 and MARK.fullmatch(first.text) is not None
        if not items:
            if marked and line.left >= heading.left - _OUTSIDE:
                mark, text = line.left, line.words[1].x0
                items.append(list(line.words))
            elif line.middle - heading.middle > _ABOVE:
                return []
        elif marked and abs(line.left - mark) < _OUTSIDE:
            items.append(list(line.words))
        elif line.left > text - _INDENTED:
            items[-1] += line.words
        else:
            break
    return items


def _row(name: str, words: list[Word], claims: Claims) -> Row:
    claims.claim(words[:1], "ignored")
    claims.claim(words[1:], "mapped")
    place = place_of(words[1:], f"list {name}", _SURE)
    return {"text": Found("text", joined(words[1:]), place, tuple(words[1:]))}
