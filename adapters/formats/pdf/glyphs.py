"""The words of a page by pdfium: its characters put together, each word with its box.

Called by `lines` while a page is taken apart. pdfium is asked for as little as will do: the text at
once, and one box for each word. Letters that the file gives no meaning become `UNMAPPED`; ligatures
are their letters; a word broken at a line's end is whole again.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from itertools import repeat
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf import direct
from adapters.formats.pdf.words import UNMAPPED, Box, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pypdfium2

    Turn = Callable[[float, float], tuple[float, float]]

_CAP: Final = 200_000
_SAMPLES: Final = 64
_STEP: Final = 7
_BROKEN: Final = "\x02"
"""Stands for the hyphen at a line's end, whose word goes on in the next line."""
_HYPHENS: Final = {0xFFFE: _BROKEN, 0: UNMAPPED}
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_LIGATURES: Final = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_LIGATURE: Final = re.compile("[\ufb00-\ufb06]")
_WORD: Final = re.compile(r"\S+")
_TORN: Final = 0.85
"""How sure a letter is that may belong to the next word: a person looks at it."""
_NARROW: Final = 0.3
_FAR: Final = 1e6
_SPACE: Final = 0x20
_MARKS: Final = ".,;:!?()[]\"'"
_SOFT: Final = "\u00ad"
DINGBATS: Final = {
    0xF06F: "\u2610",
    0xF071: "\u2610",
    0xF0A8: "\u2610",
    0xF052: "\u2611",
    0xF0FE: "\u2611",
    0xF053: "\u2612",
    0xF0FD: "\u2612",
    0xF0FC: "\u2713",
    0xF0B7: "\u2022",
    0xF0A7: "\u2022",
    0xF0D8: "\u2022",
    0xF076: "\u2022",
}
"""Boxes, ticks and bullets that word processors write into the private area of dingbat fonts."""


def upright(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextpage) -> tuple[int, Turn]:
    """Return (quarters turned, map from PDF space to points from the top left, text upright)."""
    left, bottom, right, top = page.get_mediabox()
    wide, tall = right - left, top - bottom
    quarter = _quarter(text)
    if not quarter:
        return 0, lambda x, y: (x - left, top - y)

    def turned(x: float, y: float) -> tuple[float, float]:
        x, y = x - left, y - bottom
        if quarter == 1:
            return tall - y, wide - x
        if quarter == 2:  # noqa: PLR2004  # upside down
            return wide - x, y
        return y, x

    return quarter, turned


def _quarter(text: pypdfium2.PdfTextpage) -> int:
    count = min(text.count_chars(), _CAP)
    step = max(_STEP, count // _SAMPLES)
    handle = direct.handle(text.raw)
    angles = Counter([direct.angle_of(handle, k) for k in range(0, count, step)])
    turns: Counter[int] = Counter()
    for angle, many in angles.items():
        if angle >= 0:
            turns[round(math.degrees(angle) / 90) % 4] += many
    return turns.most_common(1)[0][0] if turns else 0


def words_of(text: pypdfium2.PdfTextpage, turn: Turn, number: int) -> list[Word]:
    """Return the words of page `number` (from 1), whose rotation was set to 0, in file order."""
    plain = _plain(text)
    whole = _BROKEN not in plain
    boxes = _Boxes(text, turn)
    words: list[Word] = []
    for found in _WORD.finditer(plain):
        start, stop = found.span()
        box = boxes.one(start, stop) if whole else None
        if box:
            word = found[0]
            sure = _TORN if stop - start == 1 and boxes.torn(word, stop, box) else 1.0
            words.append(Word(number, word if word.isascii() else _spelt(word), *box, sure))
            continue
        for first, last, part in boxes.several(plain, start, stop):
            words.append(Word(number, _spelt(plain[first:last]), *part))
    return words if whole else _whole(words)


def _plain(text: pypdfium2.PdfTextpage) -> str:
    """Return one character for each of pdfium's, so that their numbers stay good."""
    count = min(text.count_chars(), _CAP)
    handle = direct.handle(text.raw)
    plain = text.get_text_range(0, count) if count else ""
    if len(plain) != count:
        codes = map(direct.unicode_of, repeat(handle, count), range(count))
        plain = "".join(map(chr, codes))
    if not plain.isascii():
        plain = plain.translate(_HYPHENS)
    lost = list(map(direct.unmapped, repeat(handle, count), range(count)))
    if 1 in lost:
        marked = zip(plain, lost, strict=True)
        plain = "".join(UNMAPPED if bad == 1 and one != _BROKEN else one for one, bad in marked)
    if _PRIVATE.search(plain):
        plain = _PRIVATE.sub(UNMAPPED, plain.translate(DINGBATS))
    return plain


def _spelt(word: str) -> str:
    if word.isascii():
        return word
    word = _LIGATURE.sub(lambda one: _LIGATURES[ord(one[0])], word)
    return word.replace(_SOFT, "") or "-"


def _whole(words: list[Word]) -> list[Word]:
    """Return the words with each hyphen at a line's end settled.

    It goes where the page has the word without it elsewhere, and stays where that isn't known.
    """
    known = {one.text.lower().strip(_MARKS) for one in words if _BROKEN not in one.text}
    whole = []
    for one in words:
        text = one.text
        if _BROKEN in text:
            glued = text.replace(_BROKEN, "")
            text = glued if glued.lower().strip(_MARKS) in known else text.replace(_BROKEN, "-")
        whole.append(Word(one.page, text, one.x0, one.y0, one.x1, one.y1, one.sure))
    return whole


class _Boxes:
    """The boxes of the characters of one page."""

    def __init__(self, text: pypdfium2.PdfTextpage, turn: Turn) -> None:
        self._handle = direct.handle(text.raw)
        self._turn = turn
        self._sides = (ctypes.c_double * 4)()
        step = ctypes.sizeof(ctypes.c_double)
        left, top, right, bottom = (ctypes.byref(self._sides, step * n) for n in range(4))
        self._around = left, top, right, bottom
        self._order = left, right, bottom, top

    def one(self, start: int, stop: int) -> Box | None:
        """Return the box of these characters; None where they are in more than one piece."""
        if direct.count_boxes(self._handle, start, stop - start) != 1:
            return None
        direct.box_found(self._handle, 0, *self._around)
        return self._turned()

    def torn(self, letter: str, stop: int, box: Box) -> bool:
        """Say whether a capital and what follows may be one word, its letters only set wide."""
        if not letter.isupper() or direct.generated(self._handle, stop) != 1:
            return False
        if direct.unicode_of(self._handle, stop) != _SPACE:  # the line ends with the letter
            return False
        direct.box_of(self._handle, stop + 1, *self._order)
        gap = self._turned()[0] - box[2]
        return 0 < gap < _NARROW * float(direct.size_of(self._handle, stop - 1))

    def several(self, plain: str, start: int, stop: int) -> Iterator[tuple[int, int, Box]]:
        """Yield (start, stop, box) of the words between two blanks.

        What follows a hyphen at a line's end belongs to the word before it, not to that word's box.
        """
        end = plain.find(_BROKEN, start, stop)
        end = stop if end < 0 else end
        box = self.one(start, end) if end > start else None
        if box:
            yield start, stop, box
        else:
            yield from self._slowly(start, max(end, start + 1), stop)

    def _slowly(self, start: int, end: int, stop: int) -> Iterator[tuple[int, int, Box]]:
        """Look at each character: a word in several pieces, which may be several words."""
        first, box = start, None
        for k in range(start, end):
            direct.box_of(self._handle, k, *self._order)
            here = self._turned()
            if box and _apart(box, here):
                yield first, k, box
                first, box = k, None
            box = _around(box, here) if box else here
        if box:
            yield first, stop, box

    def _turned(self) -> Box:
        left, top, right, bottom = self._sides[:]
        xa, ya = self._turn(left, top)
        xb, yb = self._turn(right, bottom)
        if -_FAR < xa <= xb < _FAR and -_FAR < ya <= yb < _FAR:
            return xa, ya, xb, yb
        if not all(-_FAR < side < _FAR for side in (xa, ya, xb, yb)):
            return 0.0, 0.0, 0.0, 0.0  # set nowhere, by a broken matrix: its word stands first
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def _apart(box: Box, found: Box) -> bool:
    """Say whether a character can't belong to the word so far: a wide gap or another line."""
    tall = max(box[3] - box[1], found[3] - found[1], 4.0)
    return found[0] - box[2] > tall or found[1] > box[3] + tall or found[3] < box[1] - tall


def _around(box: Box, found: Box) -> Box:
    return (
        min(box[0], found[0]),
        min(box[1], found[1]),
        max(box[2], found[2]),
        max(box[3], found[3]),
    )
