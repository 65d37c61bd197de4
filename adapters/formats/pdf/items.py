"""Numbered, lettered or bulleted lines under a declared heading: each item is a row.

Called by the reader in this package after tables and labels. A list ends at the first line further
left than its items that is no item itself; one that is the last thing on its page goes on at the
top of the next. The heading may repeat: each list under it is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.claims import Claims, Found, joined
from adapters.formats.pdf.inner import bodies
from adapters.formats.pdf.layout import token
from adapters.formats.pdf.lines import line_of
from adapters.formats.pdf.words import place_of
from hub.canonical import Sealed

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
_BROKEN: Final = 0.85
_OUTSIDE: Final = 6.0
_ABOVE: Final = 60.0
_INDENTED: Final = 4.0


def bind_items(
    sheets: Sequence[Sheet], layout: Layout, rows: dict[str, list[Row]], claims: Claims
) -> None:
    """Add the items under each declared heading to the rows of its name; claims their words."""
    pages = bodies(sheets) if layout.lists else []
    for name, headings in layout.lists.items():
        items = _Items(headings, layout)
        for page in pages:
            items.page(page, claims)
        claims.claim((word for line in items.headings for word in line.words), "ignored")
        rows.setdefault(name, []).extend(_row(name, one, claims) for one in items.found)


class _Items(Sealed):
    """The items under every heading of one name, and whether the last list may still go on."""

    def __init__(self, headings: Sequence[Tokens], layout: Layout) -> None:
        self.headings: list[Line] = []
        self.found: list[list[Word]] = []
        self._called = headings
        self._layout = layout
        self._heading: Line | None = None
        self._mark: tuple[float, float] | None = None

    def page(self, page: Sequence[Line], claims: Claims) -> None:
        """Read a page; a list that was the last thing on the one before goes on at its top."""
        free = [one for one in page if one.cell is None and claims.untouched(one.words)]
        taken = [one for one in page if not (one.cell is None and claims.untouched(one.words))]
        if self._mark and taken and taken[0] is page[0]:
            self._end()
        for line in level_rows(free):
            if is_heading(line, self._called):
                self._heading, self._mark = line, None
            elif not (self._heading and self._takes(line)):
                self._end()
        if self._heading and taken and free and taken[-1].middle > free[-1].middle:
            self._end()

    def _end(self) -> None:
        self._heading = self._mark = None

    def _takes(self, line: Line) -> bool:
        """Add a line as an item or to the last one; False where the list ends above it."""
        first = line.words[0]
        marked = len(line.words) > 1 and MARK.fullmatch(first.text) is not None
        if self._mark is None:
            return self._begins(line, marked=marked)
        mark, text = self._mark
        if marked and abs(line.left - mark) < _OUTSIDE:
            self.found.append(list(line.words))
        elif line.left > text - _INDENTED and not self._layout.heads(joined(line.words)):
            self.found[-1] += line.words
        else:
            return False
        return True

    def _begins(self, line: Line, *, marked: bool) -> bool:
        heading = self._heading
        if heading is None:
            return False
        if marked and line.left >= heading.left - _OUTSIDE:
            self.headings.append(heading)
            self._mark = line.left, line.words[1].x0
            self.found.append(list(line.words))
            return True
        return line.page == heading.page and line.middle - heading.middle <= _ABOVE


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


def _row(name: str, words: list[Word], claims: Claims) -> Row:
    claims.claim(words[:1], "ignored")
    claims.claim(words[1:], "mapped")
    broken = words[-1].page != words[0].page
    place = place_of(words[1:], f"list {name}", _BROKEN if broken else _SURE)
    return {"text": Found("text", joined(words[1:]), place, tuple(words[1:]))}
