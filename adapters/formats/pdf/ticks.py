"""Reads printed check boxes in three zones: empty, marked, and unknown, which is for a person.

Called by the reader in this package for the choices a profile declares. A box is a drawn square or
a box character left of its printed option. Nothing here ever turns doubt into an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from adapters.formats.pdf.claims import Claims, Found
from adapters.formats.pdf.labels import matched
from adapters.formats.pdf.words import Box, Word, box_place, place_of
from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.pdf.layout import Layout, Tokens
    from adapters.formats.pdf.lines import Sheet

State = Literal["empty", "marked", "unknown"]
_GLYPHS: dict[str, State] = {
    "\u2610": "empty",
    "\u25a1": "empty",
    "\u2611": "marked",
    "\u2612": "marked",
    "\u25a0": "marked",
}
_SMALLEST, _LARGEST = 5.0, 20.0
_NEAR = 30.0
_EMPTY, _MARKED = 0.01, 0.06
_BORDER = 0.22
_SURE = 0.95


def bind_choices(
    sheets: Sequence[Sheet], layout: Layout, claims: Claims
) -> dict[str, Found]:
    """Return the marked option of each declared choice; several or unknown ones are doubtful."""
    found: dict[str, Found] = {}
    for name, options in layout.choices.items():
        seen = _seen(sheets, options, claims)
        marked = [one for one in seen if one.state == "marked"]
        unsure = [one for one in seen if one.state == "unknown"]
        if unsure or len(marked) > 1:
            claims.doubt(name, (unsure or marked)[0].place, "has no single clear mark")
            continue
        for one in seen:
            claims.claim(one.words, "mapped" if one in marked else "ignored")
        if marked:
            found[name] = Found(name, marked[0].option, marked[0].place, marked[0].words)
    return found


@dataclass(frozen=True, slots=True, repr=False)
class Option(Sealed):
    """One option as it stands on the page, with the state of its box."""

    option: str
    state: State
    place: Place
    words: tuple[Word, ...]


def _seen(
    sheets: Sequence[Sheet],
    options: Mapping[str, tuple[Tokens, ...]],
    claims: Claims,
) -> list[Option]:
    seen = []
    for option, printed in options.items():
        stood = _stands(sheets, printed, claims)
        if stood:
            sheet, words, glyph = stood
            state, box = _state(sheet, words[0], glyph)
            every = (glyph, *words) if glyph else tuple(words)
            rule = f"choice {option}"
            place = box_place(sheet.number, box, rule, _SURE) if box else place_of(every, rule, 0.5)
            seen.append(Option(option, state, place, every))
    return seen


def _stands(
    sheets: Sequence[Sheet], printed: tuple[Tokens, ...], claims: Claims
) -> tuple[Sheet, list[Word], Word | None] | None:
    """Return the first place the option is printed, with the word before it if there is one."""
    for sheet in sheets:
        for line in sheet.lines:
            for at, word in enumerate(line.words):
                stops = [matched(line, at, one) for one in printed]
                if max(stops) and claims.free(word):
                    before = line.words[at - 1] if at else None
                    glyph = before if before and before.text in _GLYPHS else None
                    return sheet, list(line.words[at : max(stops)]), glyph
    return None


def _state(
    sheet: Sheet, word: Word, before: Word | None
) -> tuple[State, Box | None]:
    if before:
        return _GLYPHS[before.text], (before.x0, before.y0, before.x1, before.y1)
    squares = [
        box
        for box in sheet.ruling.boxes
        if _SMALLEST <= box[2] - box[0] <= _LARGEST
        and abs((box[2] - box[0]) - (box[3] - box[1])) < 0.3 * (box[2] - box[0])
        and 0 <= word.x0 - box[2] < _NEAR
        and box[1] - 2 <= word.middle <= box[3] + 2
    ]
    if not squares:
        return "unknown", None
    box = max(squares, key=lambda one: one[2])
    return _zone(sheet.ink(_inset(box))), box


def _inset(box: Box) -> Box:
    """Return the inside of a box, without its drawn border."""
    inset = _BORDER * (box[2] - box[0])
    return box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset


def _zone(share: float | None) -> State:
    """Return the state by the share of ink inside the box's border."""
    if share is None:
        return "unknown"
    return "empty" if share <= _EMPTY else "marked" if share >= _MARKED else "unknown"
