"""Free text under a declared heading: a note of the plan, in reading order, over page breaks.

Called by the reader in this package after everything else was bound. A note goes on until a line
that something else claimed, or the next heading; what runs at a page's head or foot is passed over.
Ruled cells that stand side by side are read one after another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from adapters.formats.pdf.claims import joined
from adapters.formats.pdf.inner import runners
from adapters.formats.pdf.order import ordered
from adapters.formats.pdf.words import place_of
from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.claims import Claims
    from adapters.formats.pdf.layout import Layout
    from adapters.formats.pdf.lines import Line, Sheet

_SURE = 0.9


@dataclass(slots=True, repr=False)
class Noted(Sealed):
    """A heading and the lines under it."""

    heading: Line
    lines: list[Line] = field(default_factory=list)

    @property
    def section(self) -> tuple[str, Place]:
        """Return the heading's words and place."""
        words = self.heading.words
        return joined(words).rstrip(":"), place_of(words, "heading", _SURE)

    @property
    def text(self) -> tuple[str, Place]:
        """Return the note's lines and the place of them on their first page."""
        words = [word for line in self.lines for word in line.words]
        return "\n".join(joined(line.words) for line in self.lines), place_of(words, "note", _SURE)


def bind_notes(sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> list[Noted]:
    """Return the notes under the headings that the layout declares; claims their words."""
    notes: list[Noted] = []
    here: Noted | None = None
    run = runners(sheets) if layout.notes else set()
    for sheet in sheets if layout.notes else ():
        begun = False
        for line in ordered(sheet.lines):
            if id(line) in run:
                continue
            if not claims.untouched(line.words):
                here = None if begun else here
                continue
            if tuple(key for key in line.keys if key) in layout.notes:
                here, begun = Noted(line), True
                notes.append(here)
            elif here is not None:
                here = _grown(here, line, layout)
                begun = True
    return [note for note in notes if _claimed(note, claims)]


def _grown(note: Noted, line: Line, layout: Layout) -> Noted | None:
    """Return a note with one more line; None where the line is the next declared heading."""
    if layout.heads(joined(line.words)):
        return None
    note.lines.append(line)
    return note


def _claimed(note: Noted, claims: Claims) -> bool:
    """Put a note's lines in order and claim them; False where it has none."""
    note.lines = _by_cell(note.lines)
    for line in (note.heading, *note.lines):
        claims.claim(line.words, "mapped" if note.lines else "ignored")
    return bool(note.lines)


def _by_cell(lines: Sequence[Line]) -> list[Line]:
    """Return lines with those in ruled cells cell by cell, rows of cells from the top."""
    found: list[Line] = []
    for ruled, some in groupby(lines, lambda line: line.cell is not None):
        run = list(some)
        found += sorted(run, key=_cell) if ruled else run
    return found


def _cell(line: Line) -> tuple[int, float, float]:
    top, left = (line.cell[1], line.cell[0]) if line.cell else (0.0, 0.0)
    return line.page, round(top), left
