"""A word of a page with its box, its place, and the plain text of a whole file.

Used by every module of this package, inside the sandboxed child; `plain_text` is also for other
formats' readers that find a PDF inside their documents. Never reads form fields, never renders,
and is not to be called from two threads at once: pdfium is not thread-safe.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pypdfium2

from hub.canonical import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE_CAP = 200
UNMAPPED = "\ufffd"
"""Stands for a character drawn on the page that the file gives no meaning."""
_HYPHEN = re.compile("[\x02\ufffe][ \t\r\n]*")

Box = tuple[float, float, float, float]


class Word(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One word on page `page` (from 1); the box is in points from the top left.

    `sure` is below 1.0 for a word that was recognised in a picture. A page has hundreds, so it is
    the cheapest kind of value there is; like every value of a member it doesn't show itself.
    """

    page: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    sure: float = 1.0

    def __repr__(self) -> str:
        """Refuse to show what the word says."""
        return f"<{type(self).__name__}>"

    @property
    def middle(self) -> float:
        """Return the height of the word's middle."""
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        """Return the height of the box in points."""
        return self.y1 - self.y0


def plain_text(content: bytes) -> str:
    """Return the text of at most `PAGE_CAP` pages in reading order, one form feed between pages.

    A file that can't be opened, and a scan, have no text: the empty string. Never raises.
    """
    try:
        with pypdfium2.PdfDocument(content) as opened:
            pages = [_page_text(opened, number) for number in range(min(len(opened), PAGE_CAP))]
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return ""
    return "\f".join(pages) if any(pages) else ""


def _page_text(opened: pypdfium2.PdfDocument, number: int) -> str:
    page = opened[number]
    page.set_rotation(0)
    text = str(page.get_textpage().get_text_range())
    return _HYPHEN.sub("-", text).replace("\r\n", "\n").strip()


def place_of(words: Iterable[Word], rule: str = "", confidence: float = 1.0) -> Place:
    """Return the place around the words, on the page of the first."""
    every = list(words)
    page = every[0].page
    mine = [word for word in every if word.page == page]
    if len(mine) == 1:
        one = mine[0]
        box = (one.x0, one.y0, one.x1, one.y1)
    else:
        box = (
            min([word.x0 for word in mine]),
            min([word.y0 for word in mine]),
            max([word.x1 for word in mine]),
            max([word.y1 for word in mine]),
        )
    sure = min([word.sure for word in every])
    return box_place(page, box, rule, round(confidence * sure, 2) if sure < 1 else confidence)


def box_place(page: int, box: Box, rule: str = "", confidence: float = 1.0) -> Place:
    """Return the place of a box in points from the top left of a page."""
    at = "page %d (%.1f, %.1f, %.1f, %.1f)" % (page, *box)  # noqa: UP031  # quicker than a format
    return Place(at, "page", rule, confidence)
