"""Words to lines: the text blocks of a page, each within one ruled cell or one column of blanks.

Called by the reader in this package. A line is the unit that is counted: all its words are mapped,
read as labels, or kept as residue. Nothing here knows what the words mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from adapters.formats.pdf.glyphs import upright, words_of
from adapters.formats.pdf.layout import token
from adapters.formats.pdf.ruling import Ruling, ruling_of
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pypdfium2

    from adapters.formats.pdf.layout import Tokens
    from adapters.formats.pdf.words import Box, Word

    Ink = Callable[[Box], float | None]
    Placed = tuple[float, int, Word]

_SAME = 0.5
_LOWEST = 6.0
_BESIDE = 0.5
_WIDE = 1.1
_NARROWEST = 7.0
_TOUCH = 3.0
_NOWHERE = (0.0, 0.0, 0.0, 0.0)
_left = attrgetter("x0")


class Line(Sealed, msgspec.Struct, frozen=True, gc=False):
    """Words on one base line in one cell (`cell` None: not ruled), from left to right.

    `keys` are the words as they are compared; `height` is that of the tallest word.
    """

    page: int
    words: tuple[Word, ...]
    cell: Box | None
    keys: Tokens
    middle: float
    height: float

    @property
    def left(self) -> float:
        """Return where the line begins."""
        return self.words[0].x0

    @property
    def right(self) -> float:
        """Return where the line ends."""
        return self.words[-1].x1


def line_of(words: Sequence[Word], cell: Box | None) -> Line:
    """Return the line that these words make."""
    if len(words) == 1:
        one = words[0]
        return Line(one.page, (one,), cell, (token(one.text),), one.middle, one.y1 - one.y0)
    return Line(
        words[0].page,
        tuple(words),
        cell,
        tuple([token(word.text) for word in words]),
        sum([word.y0 + word.y1 for word in words]) / (2 * len(words)),
        max([word.y1 - word.y0 for word in words]),
    )


@dataclass(frozen=True, slots=True, repr=False)
class Sheet(Sealed):
    """One page taken apart: its lines from top to bottom and its ruled lines.

    `ink` gives the share of dark pixels within a box, None where that can't be told. `seen` says
    that the words were recognised in a picture.
    """

    number: int
    lines: tuple[Line, ...]
    ruling: Ruling
    ink: Ink
    seen: bool = False


def sheet_of(page: pypdfium2.PdfPage, number: int, ink: Callable[[int], Ink]) -> Sheet:
    """Return the page, `number` from 1, taken apart with its own rotation left out of account.

    `ink` makes the page's own measure of ink from the quarters its text is turned by.
    """
    page.set_rotation(0)
    text = page.get_textpage()
    quarter, turn = upright(page, text)
    ruling = ruling_of(page, turn)
    lines = lines_of(words_of(text, turn, number), ruling)
    text.close()
    return Sheet(number, lines, ruling, ink(quarter))


def lines_of(words: list[Word], ruling: Ruling) -> tuple[Line, ...]:
    """Return the words of one page as lines, cell by cell, then from top to bottom."""
    cells: dict[Box | None, list[Placed]] = {}
    cell_at = ruling.cell
    here: Box | None = _NOWHERE
    inside: list[Placed] = []
    for number, word in enumerate(words):
        middle = (word.y0 + word.y1) / 2
        cell = cell_at((word.x0 + word.x1) / 2, middle)
        if cell is not here:  # words come cell by cell
            here, inside = cell, cells.setdefault(cell, [])
        inside.append((middle, number, word))
    for cell in _bars(cells, ruling):
        cells.setdefault(None, []).extend(cells.pop(cell))
    lines: list[tuple[int, float, int, Line]] = []
    for cell, inside in cells.items():
        for row in _rows(inside):
            whole = line_of(row, cell)
            parts = [row] if cell else _parts(row)
            for part in parts:
                line = line_of(part, cell) if len(parts) > 1 else whole
                lines.append((round(whole.middle), line.words[0].x0, len(lines), line))
    lines.sort()
    return tuple([line for _, _, _, line in lines])


def _bars(cells: Mapping[Box | None, list[Placed]], ruling: Ruling) -> list[Box]:
    """Return the cells that are mere shade: a bar behind one row of words, none above or below.

    A title stands in such a bar, and every other row of a table that no rule divides.
    """
    ruled = [box for box in cells if box] if ruling.shades else []
    return [
        box
        for box in ruled
        if ruling.shaded(box)
        and len(_rows(list(cells[box]))) == 1
        and not any(_on_top(box, other) or _on_top(other, box) for other in ruled)
    ]


def _on_top(one: Box, two: Box) -> bool:
    """Say whether one cell stands right on top of another."""
    return abs(one[3] - two[1]) < _TOUCH and one[0] < two[2] and two[0] < one[2]


def _rows(words: list[Placed]) -> list[list[Word]]:
    """Return the words in rows: each in the first of the last three that it is level with."""
    if len(words) == 1:
        return [[words[0][2]]]
    words.sort()
    rows: list[list[Word]] = []
    heads: list[tuple[float, float]] = []
    tallest: list[Word] = []
    for middle, _, word in words:
        height = word.y1 - word.y0
        for number in range(max(len(rows) - 3, 0), len(rows)):
            at, near = heads[number]
            top = tallest[number]
            if abs(at - middle) < max(near, _SAME * height) or _level(top, word):
                rows[number].append(word)
                if height > top.y1 - top.y0:
                    tallest[number] = word
                break
        else:
            rows.append([word])
            heads.append((middle, _SAME * max(height, _LOWEST)))
            tallest.append(word)
    for row in rows:
        row.sort(key=_left)
    return rows


def _level(one: Word, two: Word) -> bool:
    """Say whether the lower of two words is beside the taller: `a,` beside `Maecenas`."""
    shared = min(one.y1, two.y1) - max(one.y0, two.y0)
    return shared > _BESIDE * min(one.y1 - one.y0, two.y1 - two.y0)


def _parts(row: list[Word]) -> list[list[Word]]:
    """Divide a row that no rule divides where the blank is wider than any between words."""
    gap = max(_NARROWEST, _WIDE * max([word.y1 - word.y0 for word in row]))
    parts = [[row[0]]]
    for word in row[1:]:
        if word.x0 - parts[-1][-1].x1 > gap:
            parts.append([])
        parts[-1].append(word)
    return parts
