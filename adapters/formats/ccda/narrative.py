"""The words of a section's narrative, the legal content of a C-CDA, as a reader would see them.

Called for notes, for `#id` references from entries and for rows no entry names. Cells, items and
paragraphs are kept apart by a blank, runs inside a word are not. Markup, scripts and links are
never interpreted, and no word is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from adapters.formats.ccda.tags import V3

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOUCHED = "[../*[2] or ../text()[normalize-space()]]"
_TOUCHING = etree.XPath(
    " or ".join(
        f"descendant::{run}{_TOUCHED}"
        for run in ("content", "sub", "sup", "linkHtml", "footnoteRef")
    )
)
"""Whether a run has a neighbour in its parent, with which it may make up one word."""
_PIECES = etree.XPath("descendant::text()", smart_strings=False)
_RUNS = r"(?:content|sub|sup|linkHtml|footnoteRef)(?:\s[^>]*)?/?>"
_INLINE = re.compile("</?" + _RUNS)
_TAG = re.compile(r"<[^>]*>")
"""A tag as libxml2 writes it, which never leaves a `>` bare within one; one character to look for
is a third of the cost of two."""
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&#13;", " "), ("&amp;", "&"))
_ROW = V3 + "tr"
_HEAD = V3 + "th"
_CELLS = frozenset({V3 + "td", V3 + "th"})
_TABLE = V3 + "table"
_WITH_ID = etree.XPath("descendant-or-self::*/@ID/..")
_MARKABLE = frozenset(
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
    return folded(text)


def whole(text: etree._Element) -> str:
    """Return the words of a section's narrative, as `words` does and for half as much.

    Where no run touches another word, as in most tables, every piece of text stands by itself.
    """
    if _TOUCHING(text):
        return words(text)
    return " ".join(" ".join(cast("list[str]", _PIECES(text))).split())


def folded(text: str | None) -> str:
    """Return words of an XML document with their white space folded to single blanks.

    Most stand folded already: to see that costs a fifth of folding them again. XML has no white
    space in ASCII but these four.
    """
    if not text:
        return ""
    if (
        text.isascii()
        and "\n" not in text
        and "  " not in text
        and "\t" not in text
        and "\r" not in text
        and text[0] != " "
        and text[-1] != " "
    ):
        return text
    return " ".join(text.split())


def marked(root: etree._Element) -> dict[str, etree._Element]:
    """Return every narrative element with an `ID`, by that id; the first of doubled ones."""
    found: dict[str, etree._Element] = {}
    held: list[etree._Element] = cast("Any", _WITH_ID(root))
    for element in held:
        mark = element.get("ID")
        if mark and element.tag in _MARKABLE:
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
