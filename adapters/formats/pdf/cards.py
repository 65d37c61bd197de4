"""Cards side by side under one heading: a care team of name, role and telephone, three across.

Called by the reader in this package after blocks. A ruled cell is a card; without rules, lines
that begin under one another are, down to a blank wider than between the lines of one. A card with
more or fewer lines than the profile names is left out with a finding: no line is guessed to be
another's. Cards go on over a page break.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.banded import cut
from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found, joined
from adapters.formats.pdf.inner import bodies
from adapters.formats.pdf.labels import LEGIBLE, RULED, overprinted
from adapters.formats.pdf.layout import BlockRule
from adapters.formats.pdf.words import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.formats.pdf.layout import CardRule, Layout
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word

    Row = dict[str, Found]

_ALIGNED: Final = 4.0
_UNRULED: Final = 0.85
_BLANK: Final = 1.25
"""How much wider the blank between two cards is than that between the lines of one."""
_FAR: Final = 5.0
"""Heights of a line after which nothing belongs to the cards above it."""


def bind_cards(sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> dict[str, list[Row]]:
    """Return each card under a declared heading as a row by the heading's name; claims words."""
    found: dict[str, list[Row]] = {}
    pages = bodies(sheets) if layout.cards else []
    for name, rule in layout.cards.items():
        for card in _cards(rule, pages, layout, claims):
            if row := _row(name, rule, card, claims):
                found.setdefault(name, []).append(row)
    return found


def _cards(
    rule: CardRule, pages: Sequence[Sequence[Line]], layout: Layout, claims: Claims
) -> list[list[Line]]:
    """Return the lines of each card, page after page."""
    cards: list[list[Line]] = []
    here = False
    for page in pages:
        under: list[Line] = []
        for line in page:
            if tuple(key for key in line.keys if key) == rule.heading:
                claims.claim(line.words, "ignored")
                here = True
            elif here and _ends(line, under, layout, claims):
                here = False
            elif here:
                under.append(line)
        ruled = any(line.cell for line in under)
        cards += _celled(under) if ruled else _stacked(under)
    return cards


def _ends(line: Line, under: Sequence[Line], layout: Layout, claims: Claims) -> bool:
    """Say whether a line below a heading is no line of its cards."""
    if not claims.untouched(line.words) or layout.heads(joined(line.words)):
        return True
    keys = tuple(key for key in line.keys if key)
    printed = {words for rule in layout.labels.values() for words in rule.printed}
    if keys in layout.notes or keys in printed:
        return True
    if not under:
        return False
    last = under[-1]
    far = line.middle - last.middle > _FAR * max(line.height, last.height)
    return (bool(last.cell) and not line.cell) or (far and not line.cell)


def _celled(lines: Sequence[Line]) -> Iterator[list[Line]]:
    cells: dict[tuple[float, float, float, float], list[Line]] = {}
    for line in lines:
        if line.cell:
            cells.setdefault(line.cell, []).append(line)
    yield from (cells[one] for one in sorted(cells, key=lambda one: (round(one[1]), one[0])))


def _stacked(lines: Sequence[Line]) -> list[list[Line]]:
    """Return lines that begin under one another, divided where the blank between them widens."""
    columns: list[list[Line]] = []
    for line in lines:
        near = [one for one in columns if abs(one[0].left - line.left) < _ALIGNED]
        if near:
            near[0].append(line)
        else:
            columns.append([line])
    cards: list[list[Line]] = []
    for column in columns:
        steps = [two.middle - one.middle for one, two in pairwise(column)]
        most = _BLANK * min(steps, default=0.0)
        cards.append([column[0]])
        for line, step in zip(column[1:], steps, strict=True):
            if step > most:
                cards.append([])
            cards[-1].append(line)
    return sorted(cards, key=lambda one: (round(one[0].middle), one[0].left))


def _row(name: str, rule: CardRule, card: Sequence[Line], claims: Claims) -> Row | None:
    """Return a card as a row; None, with a finding, where its lines aren't those declared."""
    every = [word for line in card for word in line.words]
    plain, labelled = _read(rule, card)
    texts = dict(labelled)
    if why := _doubtful(rule, plain, labelled, every):
        claims.doubt(f"{name} card", place_of(every, f"cards {name}", DOUBTFUL), why, every)
        return None
    claims.claim(every, "ignored")
    texts |= dict(zip(rule.lines, plain, strict=True))
    sure = RULED if card[0].cell else _UNRULED
    row = {}
    for column, words in texts.items():
        if words:
            claims.claim(words, "mapped")
            place = place_of(words, f"cards {name} {column}", sure)
            row[column] = Found(column, joined(words), place, tuple(words))
    return row


def _read(
    rule: CardRule, card: Sequence[Line]
) -> tuple[list[list[Word]], list[tuple[str, list[Word]]]]:
    """Return the words of a card's lines without a label, and (column, words) after each label."""
    plain: list[list[Word]] = []
    labelled: list[tuple[str, list[Word]]] = []
    for line in sorted(card, key=lambda one: (round(one.middle), one.left)):
        head, found = cut(BlockRule((), rule.columns), line.words)
        plain += [head] if head else []
        labelled += found
    return plain, labelled


def _doubtful(
    rule: CardRule,
    plain: Sequence[Sequence[Word]],
    labelled: Sequence[tuple[str, list[Word]]],
    every: Sequence[Word],
) -> str:
    """Return why a card can't be taken, empty where it can."""
    if len(dict(labelled)) < len(labelled):
        return "says one thing twice"
    if len(plain) != len(rule.lines):
        return f"has {len(plain)} lines without a label where the profile names {len(rule.lines)}"
    if overprinted(every):
        return "is printed over something else"
    return "is hard to read" if min(word.sure for word in every) < LEGIBLE else ""
