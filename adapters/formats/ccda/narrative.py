"""The words of a section's narrative, the legal content of a C-CDA, as a reader would see them.

Called for notes, for `#id` references from entries and for rows no entry names. Cells, items and
paragraphs are kept apart by a blank, runs inside a word are not. Markup, scripts and links are
never interpreted, and no word is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from adapters.formats.ccda.tags import V3
from hub.canonical import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNS = r"(?:content|sub|sup|linkHtml|footnoteRef)(?:\s[^<>]*)?/?>"
_INLINE = re.compile("</?" + _RUNS)
_TAG = re.compile(r"<[^<>]*>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&#13;", " "), ("&amp;", "&"))
_ROW = V3 + "tr"
_HEAD = V3 + "th"
_CELLS = frozenset({V3 + "td", V3 + "th"})
_TABLE = V3 + "table"
_MARKABLE = tuple(
    V3 + name
    for name in (
        "text",
        "title",
        "content",
        "paragraph",
        "list",
        "item",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "col",
        "colgroup",
        "caption",
        "br",
        "sub",
        "sup",
        "linkHtml",
        "footnote",
        "renderMultiMedia",
    )
)


def words(element: etree._Element) -> str:
    """Return the text of a narrative element with its white space folded.

    The serialised text is searched, not walked: visiting an element costs more than writing it.
    """
    if not len(element):
        return folded(element.text)
    markup = etree.tostring(element, encoding="unicode", with_tail=False)
    text = _TAG.sub(" ", _INLINE.sub("", markup))
    if "&" in text:
        for name, character in _ESCAPES:
            text = text.replace(name, character)
    return " ".join(text.split())


def marked(root: etree._Element) -> dict[str, etree._Element]:
    """Return every narrative element with an `ID`, by that id; the first of doubled ones."""
    found: dict[str, etree._Element] = {}
    for element in root.iter(*_MARKABLE):
        mark = element.get("ID")
        if mark:
            found.setdefault(mark, element)
    return found


def cell(row: etree._Element, headings: Iterable[str]) -> str:
    """Return the cell of a table row under the first heading that holds one of these words.

    Falls back to the whole row when the row is not in such a table.
    """
    cells = [child for child in row if child.tag in _CELLS]
    table = next(row.iterancestors(_TABLE), None)
    if table is not None and cells:
        heads = [words(head).lower() for head in table.iter(_HEAD)]
        for wanted in headings:
            for position, head in enumerate(heads[: len(cells)]):
                if wanted in head and (text := words(cells[position])):
                    return text
    return words(row)


def headed(row: etree._Element, headings: Iterable[str]) -> bool:
    """Say whether a row stands in a table with a heading that holds one of these words."""
    table = next(row.iterancestors(_TABLE), None)
    if table is None:
        return False
    heads = [words(head).lower() for head in table.iter(_HEAD)]
    return any(wanted in head for wanted in headings for head in heads)


def rows(text: etree._Element) -> list[list[etree._Element]]:
    """Return the body rows of each table of a narrative."""
    return [
        [row for row in table.iter(_ROW) if any(child.tag != _HEAD for child in row)]
        for table in text.iter(_TABLE)
    ]


def is_row(element: etree._Element) -> bool:
    """Say whether a narrative element is a table row."""
    return element.tag == _ROW
