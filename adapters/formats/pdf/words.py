"""Words of a PDF page with their boxes, and the plain text of a whole file, by pdfium.

Called by the reader in this package, inside the sandboxed child; `plain_text` is also for other
formats' readers that find a PDF inside their documents. Never reads form fields, never renders,
and is not to be called from two threads at once: pdfium is not thread-safe.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pypdfium2
from pypdfium2 import raw

from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE_CAP = 200
UNMAPPED = "\ufffd"
"""Stands for a character drawn on the page that the file gives no meaning."""
_HYPHEN = re.compile("[\x02\ufffe][ \t\r\n]*")
_HYPHENS = (0x02, 0xFFFE)
_SAMPLE = 7
_GLYPH_CAP = 200_000

Box = tuple[float, float, float, float]
Turn = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, repr=False)
class Word(Sealed):
    """One word on page `page` (from 1); the box is in points from the top left."""

    page: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float

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
    box = (
        min(word.x0 for word in mine),
        min(word.y0 for word in mine),
        max(word.x1 for word in mine),
        max(word.y1 for word in mine),
    )
    return box_place(page, box, rule, confidence)


def box_place(page: int, box: Box, rule: str = "", confidence: float = 1.0) -> Place:
    """Return the place of a box in points from the top left of a page."""
    numbers = ", ".join(f"{one:.1f}" for one in box)
    return Place(f"page {page} ({numbers})", "page", rule, confidence)


def upright(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextpage) -> Turn:
    """Return the map from PDF space to points from the top left with the main text upright."""
    left, bottom, right, top = page.get_mediabox()
    wide, tall = right - left, top - bottom
    turns = quarter(text)

    def turned(x: float, y: float) -> tuple[float, float]:
        x, y = x - left, y - bottom
        if turns == 1:
            return tall - y, wide - x
        if turns == 2:  # noqa: PLR2004  # upside down
            return wide - x, y
        return (y, x) if turns else (x, tall - y)

    return turned


def quarter(text: pypdfium2.PdfTextpage) -> int:
    """Return how many quarter turns anticlockwise most of a page's text stands."""
    count = min(text.count_chars(), _GLYPH_CAP)
    angles = (raw.FPDFText_GetCharAngle(text, k) for k in range(0, count, _SAMPLE))
    turns = Counter(round(math.degrees(angle) / 90) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def words_of(text: pypdfium2.PdfTextpage, turn: Turn, number: int) -> list[Word]:
    """Return the words of page `number` (from 1), whose rotation was set to 0, in file order."""
    words: list[Word] = []
    letters: list[str] = []
    box: Box | None = None
    for letter, found in _letters(text, turn):
        if letters and box and (found is None or _apart(box, found)):
            words.append(Word(number, "".join(letters), *box))
            letters, box = [], None
        if found is not None:
            letters.append(letter)
            box = _around(box, found)
    if letters and box:
        words.append(Word(number, "".join(letters), *box))
    return words


def _letters(text: pypdfium2.PdfTextpage, turn: Turn) -> Iterator[tuple[str, Box | None]]:
    """Yield each character with its box, and a blank without one where a word ends.

    What follows a hyphen at a line's end belongs to the word before it, and to that word's box.
    """
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    last: Box | None = None
    glued = False
    for k in range(min(text.count_chars(), _GLYPH_CAP)):
        point = raw.FPDFText_GetUnicode(text, k)
        letter = "-" if point in _HYPHENS else chr(point)
        if last and (point in _HYPHENS or (glued and not letter.isspace())):
            glued = True
            yield letter, last
            continue
        if not point or raw.FPDFText_HasUnicodeMapError(text, k) == 1:
            letter = UNMAPPED
        if letter.isspace():
            last, glued = None, False
            yield " ", None
            continue
        raw.FPDFText_GetCharBox(text, k, left, right, bottom, top)
        (xa, ya), (xb, yb) = turn(left.value, top.value), turn(right.value, bottom.value)
        last = (min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))
        yield letter, last


def _apart(box: Box, found: Box) -> bool:
    """Say whether a character can't belong to the word so far: a wide gap or another line."""
    tall = max(box[3] - box[1], found[3] - found[1], 4.0)
    return found[0] - box[2] > tall or found[1] > box[3] + tall or found[3] < box[1] - tall


def _around(box: Box | None, found: Box) -> Box:
    if box is None:
        return found
    return (
        min(box[0], found[0]),
        min(box[1], found[1]),
        max(box[2], found[2]),
        max(box[3], found[3]),
    )
