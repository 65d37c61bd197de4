"""Words to lines: the text blocks of a page, each within one ruled cell or one column of blanks.

Called by the reader in this package. A line is the unit that is counted: all its words are mapped,
read as labels, or kept as residue. Nothing here knows what the words mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.formats.pdf.ruling import Ruling, ruling_of
from adapters.formats.pdf.words import Word, upright, words_of
from hub.canonical import Sealed

if TYPE_CHECKING:
    import pypdfium2

    from adapters.formats.pdf.words import Box

_SAME = 0.5
_WIDE = 1.1
_NARROWEST = 7.0


@dataclass(frozen=True, slots=True, repr=False)
class Line(Sealed):
    """Words on one base line in one cell (`cell` None: not ruled), from left to right."""

    page: int
    words: tuple[Word, ...]
    cell: Box | None = None

    @property
    def middle(self) -> float:
        """Return the height of the line's middle."""
        return sum(word.middle for word in self.words) / len(self.words)

    @property
    def height(self) -> float:
        """Return the height of the tallest word."""
        return max(word.height for word in self.words)

    @property
    def left(self) -> float:
        """Return where the line begins."""
        return self.words[0].x0


@dataclass(frozen=True, slots=True, repr=False)
class Sheet(Sealed):
    """One page taken apart: its lines from top to bottom and its ruled lines."""

    number: int
    lines: tuple[Line, ...]
    ruling: Ruling


def sheet_of(page: pypdfium2.PdfPage, number: int) -> Sheet:
    """Return the page, `number` from 1, taken apart with its own rotation left out of account."""
    page.set_rotation(0)
    text = page.get_textpage()
    turn = upright(page, text)
    ruling = ruling_of(page, turn)
    return Sheet(number, lines_of(words_of(text, turn, number), ruling), ruling)


def lines_of(words: list[Word], ruling: Ruling) -> tuple[Line, ...]:
    """Return the words of one page as lines, cell by cell, then from top to bottom."""
    cells: dict[Box | None, list[Word]] = {}
    for word in words:
        cells.setdefault(ruling.cell((word.x0 + word.x1) / 2, word.middle), []).append(word)
    lines = [
        Line(part[0].page, tuple(part), cell)
        for cell, inside in cells.items()
        for row in _rows(inside)
        for part in (_parts(row) if cell is None else [row])
    ]
    return tuple(sorted(lines, key=lambda line: (round(line.middle), line.left)))


def _rows(words: list[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle):
        for row in rows[-3:]:
            if abs(row[0].middle - word.middle) < _SAME * max(row[0].height, word.height, 6.0):
                row.append(word)
                break
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.x0) for row in rows]


def _parts(row: list[Word]) -> list[list[Word]]:
    """Divide a row that no rule divides where the blank is wider than any between words."""
    gap = max(_NARROWEST, _WIDE * max(word.height for word in row))
    parts = [[row[0]]]
    for word in row[1:]:
        if word.x0 - parts[-1][-1].x1 > gap:
            parts.append([])
        parts[-1].append(word)
    return parts
