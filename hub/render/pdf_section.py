"""One section of the printed plan: `{title, facts, columns, widths, rows, paragraphs}`.

Called by `pdf_sections` and `pdf_clinical` only. Knows nothing of plans: it leaves out empty
columns and gives each column its share of the breadth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.canonical import Absent
from hub.render.pdf_words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Section = dict[str, Any]
_WIDEST = 36


def facts(*pairs: tuple[str, str]) -> list[list[str]]:
    """Return the label and value pairs that have a value."""
    return [[label, value] for label, value in pairs if value]


def section(
    title: str,
    *,
    pairs: Iterable[list[str]] = (),
    columns: Sequence[str] = (),
    rows: Iterable[Sequence[str]] = (),
    paragraphs: Iterable[str] = (),
) -> Section:
    """Return a section; columns that are empty in every row are left out."""
    filled = [list(row) for row in rows if any(row)]
    shown = [n for n in range(len(columns)) if any(row[n] for row in filled)]
    return {
        "title": title,
        "facts": list(pairs),
        "columns": [columns[n] for n in shown],
        "widths": [_width(columns[n], [row[n] for row in filled]) for n in shown],
        "rows": [[row[n] for n in shown] for row in filled],
        "paragraphs": [text for text in paragraphs if text],
    }


def _width(column: str, cells: list[str]) -> int:
    """Return a column's share of the breadth: its longest word and longest cell decide."""
    longest = max(len(word) for cell in (column, *cells) for word in (*cell.split(), ""))
    return max(longest, min(max(map(len, cells)), _WIDEST))


def absence(items: object) -> list[str]:
    """Return the words of a list that is explicitly absent."""
    return [words(items)] if isinstance(items, Absent) else []


def yes(value: bool | None) -> str:
    """Return a yes or no in words, nothing for neither."""
    return {True: "Yes", False: "No", None: ""}[value]
