"""Binds printed labels to the values beside or below them, within ruled cells where there are any.

Called by the reader in this package after tables. A value that no rule bounds and that could go on
in the next line is doubtful: it is left out with a finding, never cut or joined by guess.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import structs

from adapters.formats.pdf.captions import over
from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found, joined
from adapters.formats.pdf.further import Further
from adapters.formats.pdf.hits import COLON, Hit, bracketed, heads, hits_of, longer, printed_by
from adapters.formats.pdf.lines import line_of
from adapters.formats.pdf.stacked import level_with, runs_of, spans_of
from adapters.formats.pdf.words import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.hits import Printed
    from adapters.formats.pdf.layout import LabelRule, Layout
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word


RULED, UNRULED = 0.98, 0.9
_ALIGNED = 4.0
_SEEN = 9.0
_NEXT = 1.8
_BELOW = 2.6
_EDGE = 2.0
_BLANK, _GAPS = 20.0, 2.5
_OVER = 0.4
_INDENT = 1.5
LEGIBLE = 0.55
"""A word that was recognised less surely than this makes its value doubtful."""
_WINDOW = 12
_LABEL = 3


def _wrapped(lines: list[Line], printed: Printed, claims: Claims) -> list[Hit]:
    """Return the labels that go over several lines of a ruled cell; claims all their words."""
    hits = []
    for run in runs_of(lines):
        keys = tuple(key for line in run for key in line.keys if key)
        for name, words in printed.get(keys[0], ()) if keys else ():
            if words == keys and all(claims.free(line.words[0]) for line in run):
                hits.append(Hit(name, run[-1], 0, len(run[-1].words), run[0].middle))
                for line in run:
                    claims.claim(line.words, "ignored")
    return hits


def bind_labels(sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> dict[str, Found]:
    """Return the values found beside labels by name; claims their words and the labels'."""
    found: dict[str, Found] = {}
    twice: set[str] = set()
    printed = printed_by(layout)
    colons = {
        hit.name
        for sheet in sheets
        for line in sheet.lines
        for hit in hits_of(line, printed)
        if hit.colon
    }
    further = Further(sheets, layout, printed, claims)
    for sheet in sheets:
        lines = [line for line in sheet.lines if claims.untouched(line.words)]
        hits = _wrapped(lines, printed, claims)
        hits += [
            hit
            for line in lines
            for hit in hits_of(line, printed)
            if claims.free(hit.first)
            and not (hit.name in colons and longer(hit))
            and not heads(line, hit, layout)
        ]
        for hit in hits:
            claims.claim(hit.line.words[hit.start : hit.stop], "ignored")
        spans = spans_of(hits, lines)
        for hit in hits:
            value = _value(hit, lines, layout, further, claims, spans.get(id(hit)))
            if value:
                _settle(value, found, twice, (layout.labels[hit.name], claims))
    return found


def _settle(
    value: Found, found: dict[str, Found], twice: set[str], known: tuple[LabelRule, Claims]
) -> None:
    """Keep the value of a name; one that stands again and says otherwise is left for a person.

    So is the first one, where its rule says `first: false`.
    """
    rule, claims = known
    first = found.get(value.name)
    if value.name not in twice and not first:
        found[value.name] = value
        claims.claim(value.words, "mapped")
    elif first and first.text == value.text:
        claims.twin(value.words)
    else:
        gone = [value] if rule.first or not first else [first, value]
        for one in gone:
            for word in one.words:
                claims.fates.pop(id(word), None)
            place = structs.replace(one.place, confidence=DOUBTFUL)
            claims.doubt(value.name, place, "stands twice with two values", one.words)
        if not rule.first:
            found.pop(value.name, None)
            twice.add(value.name)


def _value(
    hit: Hit,
    lines: list[Line],
    layout: Layout,
    further: Further,
    claims: Claims,
    span: tuple[float, float] | None,
) -> Found | None:
    rule = layout.labels[hit.name]
    if span:
        words, sure = _level(hit, span, lines, claims), RULED
    elif hit.line.cell:
        words = _in_cell(hit, lines, claims) or _next_cell(hit, lines, claims, over=rule.over)
        sure = RULED
    else:
        words, sure = _unruled(hit, lines, rule, further, claims), UNRULED
    if not words:
        return None
    place = place_of(words, sure_rule(hit.name), sure)
    text = joined(words).lstrip(": ")
    why = _doubtful(words, text, rule.matches)
    if bracketed(hit, words) and not rule.matches:
        why = "may be the rest of its own label, in brackets; print the label whole"
    if why:
        claims.doubt(hit.name, structs.replace(place, confidence=DOUBTFUL), why, words)
        return None
    return Found(hit.name, text, place, tuple(words))


def _unruled(
    hit: Hit, lines: list[Line], rule: LabelRule, further: Further, claims: Claims
) -> list[Word]:
    """Return the words of a value that no rule bounds; nothing where it may be a longer one."""
    if rule.above:
        found = over(hit.line, lines, lambda line: claims.untouched(line.words))
        words = list(found[-1].words) if found else []
        more, way = found[:-1][::-1], "above"
    else:
        words, way = _beside(hit, lines, claims), "below"
        inside = [] if words else further.indented(hit)
        words = words or inside
        free = [line for line in lines if not further.ends(line)]
        more = _going_on(words, free, claims) if words else []
        if inside and rule.lines is None and not more:
            more = [line_of(inside, None)]
    if more and rule.lines is None:
        every = [*words, *(word for line in more for word in line.words)]
        place = place_of(words, sure_rule(hit.name), DOUBTFUL)
        claims.doubt(hit.name, place, f"may go on {way}", every)
        return []
    if rule.lines is not None and rule.lines > 1 and not rule.above and words:
        return _whole(hit, words, more, (rule.lines, further, claims))
    added = [line.words for line in more[: (rule.lines or 1) - 1]]
    inside_out = [*reversed(added), words] if rule.above else [words, *added]
    return [word for line in inside_out for word in line]


def _whole(
    hit: Hit, words: list[Word], more: list[Line], known: tuple[int, Further, Claims]
) -> list[Word]:
    """Return all lines of a value of several; nothing, with a finding, where it may go on."""
    most, further, claims = known
    every = [*words, *(word for line in more for word in line.words)]
    onward = further.onward(every)
    every += [word for line in onward for word in line.words]
    why = ""
    if 1 + len(more) + len(onward) > most:
        why = "may go on further than its `lines`"
    elif further.paragraph(every):
        why = "may go on after a blank"
    if why:
        place = place_of(words, sure_rule(hit.name), DOUBTFUL)
        claims.doubt(hit.name, place, why, every)
        return []
    return every


def _doubtful(words: Sequence[Word], text: str, matches: str) -> str:
    """Return why a value can't be taken, empty where it can."""
    if _gaping(words):
        return "has a wide blank in it"
    if overprinted(words):
        return "is printed over something else"
    if min(word.sure for word in words) < LEGIBLE:
        return "is hard to read"
    if matches and not re.fullmatch(matches, text):
        return "does not look as it should"
    return ""


def overprinted(words: Sequence[Word]) -> bool:
    """Say whether one word stands on another: two values in one place."""
    for number, one in enumerate(words):
        for two in words[number + 1 : number + _WINDOW]:
            if one.x1 <= two.x0 or two.x1 <= one.x0 or one.page != two.page:
                continue
            wide = min(one.x1, two.x1) - max(one.x0, two.x0)
            tall = min(one.y1, two.y1) - max(one.y0, two.y0)
            if wide > _OVER * min(one.x1 - one.x0, two.x1 - two.x0) and tall > _OVER * min(
                one.height, two.height
            ):
                return True
    return False


def _gaping(words: Sequence[Word]) -> bool:
    """Say whether two words of one row stand so far apart that a second value may have begun."""
    return any(
        abs(one.middle - two.middle) < one.height
        and two.x0 - one.x1 > max(_BLANK, _GAPS * one.height)
        for one, two in pairwise(words)
    )


def sure_rule(name: str) -> str:
    """Return the rule word of a value bound by a label."""
    return f"label {name}"


def _level(hit: Hit, span: tuple[float, float], lines: list[Line], claims: Claims) -> list[Word]:
    """Return the words level with a label that is one of several in its cell."""
    words = [word for line in level_with(hit, span, lines) for word in line.words]
    return words if claims.untouched(words) else []


def _in_cell(hit: Hit, lines: list[Line], claims: Claims) -> list[Word]:
    """Return the words after the label in its own cell, up to the next label there."""
    words: list[Word] = []
    for line in (one for one in lines if one.cell == hit.line.cell):
        if line.middle < hit.line.middle:
            continue
        if line is not hit.line and _begins_a_label(hit, line):
            return words
        rest = line.words[hit.stop :] if line is hit.line else line.words
        for word in rest:
            if not claims.free(word):
                return words
            words.append(word)
    return words


def _begins_a_label(hit: Hit, line: Line) -> bool:
    """Say whether a line in a cell of `Label: value` lines begins with a label nobody declared."""
    if not hit.line.words[hit.stop - 1].text.endswith(":"):
        return False
    head = [word.text for word in line.words[:_LABEL]]
    return head[0][:1].isupper() and any(map(COLON.match, head))


def _next_cell(hit: Hit, lines: list[Line], claims: Claims, *, over: bool) -> list[Word]:
    """Return the words of the cell to the right, unless a label stands in it.

    With `over` it is the nearest cell of that row that has words.
    """
    own = hit.line.cell
    if own is None:
        return []
    row = [
        line
        for line in lines
        if line.cell and abs(line.cell[1] - own[1]) < _EDGE and line.cell[0] > own[2] - _EDGE
    ]
    nearest = min((line.cell[0] for line in row if line.cell), default=0.0) if over else own[2]
    inside = [line for line in row if line.cell and abs(line.cell[0] - nearest) < _EDGE]
    words = [word for line in inside for word in line.words]
    return words if claims.untouched(words) else []


def _beside(hit: Hit, lines: list[Line], claims: Claims) -> list[Word]:
    """Return the words after the label in its line, else to its right, else below it."""
    same = []
    for word in hit.line.words[hit.stop :]:
        if not claims.free(word):
            break
        same.append(word)
    if same:
        return same
    for line in _candidates(hit, lines):
        if claims.untouched(line.words):
            return list(line.words)
    return _framed(hit, lines, claims)


def _framed(hit: Hit, lines: list[Line], claims: Claims) -> list[Word]:
    """Return the words in the frame right below a label that stands outside it, alone in its row.

    A frame has nothing beside it; what stands in a table's cell is never such a value.
    """
    own = hit.line
    tall = max(own.height, 8.0)
    boxes = {line.cell for line in lines if line.cell}
    under = [
        box
        for box in boxes
        if 0 < box[1] - own.middle < _BELOW * tall and abs(box[0] - own.left) < _INDENT * tall
    ]
    alone = [
        box
        for box in under
        if not any(abs(box[1] - one[1]) < _EDGE and one != box for one in boxes)
    ]
    if hit.stop < len(own.words) or len(alone) != 1:
        return []
    words = [word for line in lines if line.cell == alone[0] for word in line.words]
    return words if claims.untouched(words) else []


def _candidates(hit: Hit, lines: list[Line]) -> list[Line]:
    """Return the nearest line to the right of a label, and the nearest below it, unruled both."""
    own = hit.line
    tall = max(own.height, 8.0)
    end = own.words[-1].x1
    open_lines = [line for line in lines if line.cell is None and line is not own]
    right = [
        line for line in open_lines if abs(line.middle - own.middle) < tall / 2 and line.left > end
    ]
    below = [
        line
        for line in open_lines
        if 0 < line.middle - own.middle < _BELOW * tall
        and abs(line.left - own.left) < max(_aligned(own.words[0]), own.height)
    ]
    near = [min(right, key=lambda line: line.left)] if right else []
    return near + ([min(below, key=lambda line: line.middle)] if below else [])


def _aligned(word: Word) -> float:
    """Return how far apart words under each other may begin; pictures tell it less well."""
    return _ALIGNED if word.sure == 1.0 else _SEEN


def _going_on(words: list[Word], lines: list[Line], claims: Claims) -> list[Line]:
    """Return the lines right below a value that begin where it begins and no label claims."""
    taken = {id(word) for word in words}
    left, last = words[0].x0, words[-1].middle
    tall = max(8.0, *(word.height for word in words))
    going = []
    for line in lines:
        if line.cell or any(id(word) in taken for word in line.words):
            continue
        aligned = abs(line.left - left) < _aligned(words[0])
        near = aligned and 0 < line.middle - last < _NEXT * tall
        if near and claims.untouched(line.words):
            going.append(line)
            last = line.middle
    return going
