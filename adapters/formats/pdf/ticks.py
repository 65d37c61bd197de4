"""Reads printed check boxes in three zones: empty, marked, and unknown, which is for a person.

Called by the reader in this package for the choices a profile declares. A box is a drawn square or
a box character left of its printed option. Nothing here ever turns doubt into an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import structs

from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found
from adapters.formats.pdf.hits import matched
from adapters.formats.pdf.items import level_rows
from adapters.formats.pdf.lines import line_of
from adapters.formats.pdf.words import Box, Word, box_place, place_of
from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.pdf.layout import Layout, Tokens
    from adapters.formats.pdf.lines import Line, Sheet

State = Literal["empty", "marked", "unknown"]
Mark = tuple[State, tuple[Word, ...]]
_GLYPHS: dict[str, State] = {
    "\u2610": "empty",
    "\u25a1": "empty",
    "\u2611": "marked",
    "\u2612": "marked",
    "\u25a0": "marked",
    "\u2713": "marked",
    "\u2714": "marked",
    "\u2717": "marked",
    "\u2718": "marked",
    "\u00d7": "marked",
    "\u25cb": "empty",
    "\u25cf": "marked",
    "[]": "empty",
    "()": "empty",
    "[x]": "marked",
    "(x)": "marked",
    "[\u2713]": "marked",
    "[\u2714]": "marked",
}
_TYPED = re.compile("_+x_+", re.IGNORECASE)
_SMALLEST, _LARGEST = 5.0, 20.0
_NEAR = 30.0
_EMPTY, _MARKED = 0.01, 0.06
_BORDER = 0.22
_LINES = 3.5
_SURE = 0.95


def bind_choices(sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> dict[str, Found]:
    """Return the marked option of each declared choice; several or unknown ones are doubtful."""
    found: dict[str, Found] = {}
    for name, options in layout.choices.items():
        asked = layout.asked.get(name, ())
        seen = _seen(sheets, options, claims, asked)
        marked = [one for one in seen if one.state == "marked"]
        unsure = [one for one in seen if one.state == "unknown"]
        if unsure or len(marked) > 1:
            place = structs.replace((unsure or marked)[0].place, confidence=DOUBTFUL)
            over = [word for one in seen if one.state != "empty" for word in one.words]
            claims.doubt(name, place, "has no single clear mark", over)
            continue
        for one in seen:
            claims.claim(one.words, "mapped" if one in marked else "ignored")
            claims.claim(_question(sheets, one.words[0], layout, claims), "ignored")
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
    asked: tuple[Tokens, ...],
) -> list[Option]:
    seen = []
    for option, printed in options.items():
        stood = _stands(sheets, printed, claims, asked)
        if stood:
            sheet, words, mark = stood
            box = None if mark else _box(sheet, words[0])
            state = mark[0] if mark else _zone(sheet.ink(_inset(box))) if box else "unknown"
            inside = _inside(sheet, box, claims) if box else []
            every = (*mark[1], *words) if mark else (*inside, *words)
            rule = f"choice {option}"
            sure = _SURE if box or mark else DOUBTFUL
            place = place_of(every, rule, sure)
            if box:
                place = box_place(sheet.number, box, rule, place.confidence)
            seen.append(Option(option, state, place, every))
    return seen


def _stands(
    sheets: Sequence[Sheet], printed: tuple[Tokens, ...], claims: Claims, asked: tuple[Tokens, ...]
) -> tuple[Sheet, list[Word], Mark | None] | None:
    """Return where the option is printed, with the mark printed before it.

    That is the first place after the question, where the profile says which it is; else the first
    that has a box; else the first of all.
    """
    first = None
    for sheet in sheets:
        for line in _after(sheet, asked) if asked else sheet.lines:
            for at, word in enumerate(line.words):
                stops = [matched(line, at, one) for one in printed]
                if not max(stops) or not claims.free(word):
                    continue
                stood = sheet, list(line.words[at : max(stops)]), _mark(line.words, at)
                if asked or stood[2] or _box(sheet, word):
                    return stood
                first = first or stood
    return first


def _after(sheet: Sheet, asked: tuple[Tokens, ...]) -> list[Line]:
    """Return what stands after a question: to its right, then in the next lines."""
    for row in level_rows(sheet.lines):
        line = line_of(sorted(row.words, key=lambda word: word.x0), None)
        for at in range(len(line.words)):
            stop = max(matched(line, at, one) for one in asked)
            if stop:
                return _following(sheet, line, at, stop)
    return []


def _following(sheet: Sheet, line: Line, at: int, stop: int) -> list[Line]:
    left, tall = line.words[at].x0, max(line.height, _SMALLEST)
    rest = [line_of(line.words[stop:], None)] if line.words[stop:] else []
    below = [
        one
        for one in sheet.lines
        if tall / 2 <= one.middle - line.middle < _LINES * tall and one.right > left
    ]
    below.sort(key=lambda one: one.middle)
    return [*rest, *below]


def _question(sheets: Sequence[Sheet], word: Word, layout: Layout, claims: Claims) -> list[Word]:
    """Return the words left of an option that the form surely prints, up to a wide blank.

    They are a question the profile declares, or end one that its furniture knows: `Sex:`, `Alone?`.
    All other words may be a value.
    """
    level = [
        one
        for sheet in sheets
        if sheet.number == word.page
        for line in sheet.lines
        for one in line.words
        if one.x1 <= word.x0 and abs(one.middle - word.middle) < max(word.height, one.height) / 2
    ]
    found: list[Word] = []
    for one in sorted(level, key=lambda each: -each.x1):
        if not claims.free(one) or (found[0] if found else word).x0 - one.x1 > _NEAR:
            break
        found.insert(0, one)
    for at in range(len(found)):
        if layout.asks(" ".join(one.text for one in found[at:])):
            return found[at:]
    return []


def _inside(sheet: Sheet, box: Box, claims: Claims) -> list[Word]:
    """Return the letters that mark a box: an X is printed as often as it is drawn."""
    return [
        one
        for line in sheet.lines
        for one in line.words
        if box[0] - 1 < (one.x0 + one.x1) / 2 < box[2] + 1
        and box[1] - 1 < one.middle < box[3] + 1
        and len(one.text) == 1
        and claims.free(one)
    ]


def _mark(words: Sequence[Word], at: int) -> Mark | None:
    """Return the mark that is printed as letters before an option, or at its own head."""
    head = _GLYPHS.get(words[at].text[:1])
    if head:
        return head, ()
    before = words[max(at - 2, 0) : at]
    for count in (1, 2):
        last = before[-count:]
        typed = "".join(word.text for word in last).lower()
        near = len(last) == count and words[at].x0 - last[-1].x1 < _NEAR
        state = _GLYPHS.get(typed) or ("marked" if _TYPED.fullmatch(typed) else None)
        if near and state:
            return state, tuple(last)
    return None


def _box(sheet: Sheet, word: Word) -> Box | None:
    """Return the nearest square left of an option."""
    squares = [
        box
        for box in sheet.ruling.boxes
        if _square(box)
        and 0 <= word.x0 - box[2] < _NEAR
        and box[1] - 2 <= word.middle <= box[3] + 2
    ]
    return max(squares or _ruled(sheet, word), key=lambda one: one[2], default=None)


def _ruled(sheet: Sheet, word: Word) -> list[Box]:
    """Return the little square that four single lines make left of an option."""
    for back in range(4, int(_NEAR), 4):
        box = sheet.ruling.cell(word.x0 - back, word.middle)
        if box and _square(box) and box[2] <= word.x0 + 1:
            return [box]
    return []


def _square(box: Box) -> bool:
    wide, tall = box[2] - box[0], box[3] - box[1]
    return _SMALLEST <= wide <= _LARGEST and abs(wide - tall) < 0.3 * wide


def _inset(box: Box) -> Box:
    """Return the inside of a box, without its drawn border."""
    inset = _BORDER * (box[2] - box[0])
    return box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset


def _zone(share: float | None) -> State:
    """Return the state by the share of ink inside the box's border."""
    if share is None:
        return "unknown"
    return "empty" if share <= _EMPTY else "marked" if share >= _MARKED else "unknown"
