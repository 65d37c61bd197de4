"""Rows over several columns within a ruled table, which head the rows below them: `Problem 1: …`.

Called by `tables` where a profile names a table's `bands`. Each band is a row of its own, with its
`heading`, its `number` and further cells; the rows below it carry its number under its name. What
no band is named for is left to a person, and no row below it is linked by guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.numbered import NUMBERED, numbers, parted
from adapters.formats.pdf.claims import DOUBTFUL, Found, joined
from adapters.formats.pdf.extent import EDGE
from adapters.formats.pdf.hits import matched
from adapters.formats.pdf.labels import LEGIBLE, RULED, overprinted
from adapters.formats.pdf.lines import line_of
from adapters.formats.pdf.words import place_of
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.formats.pdf.claims import Claims
    from adapters.formats.pdf.extent import Band, Bands
    from adapters.formats.pdf.layout import BlockRule, TableRule
    from adapters.formats.pdf.words import Box, Word
    from hub.canonical import Place

    Cells = dict[str, list[Word]]

_APART: Final = 0.5
"""Blank before a label within a line, in heights of its words; a plain blank is narrower."""
_ON: Final = re.compile(r"[ ,(\[-]*(?:continued|cont\.?|cont.d\.?)[)\]]*$", re.IGNORECASE)


@dataclass(slots=True, repr=False, eq=False)
class Begun(Sealed):
    """A band: its name, the number it prints, its words, and the bands it stands below."""

    name: str
    printed: str
    text: str
    words: tuple[Word, ...]
    cells: Cells
    above: tuple[Begun, ...]
    number: str = ""

    def numbered(self, name: str) -> Found:
        """Return its number as a value by this name."""
        return Found(name, self.number, place_of(self.words, NUMBERED, RULED))


@dataclass(slots=True, repr=False)
class Nest(Sealed):
    """The bands of one table so far, those that stand open, and the rows that stand in them."""

    table: str
    rule: TableRule
    claims: Claims
    begun: list[Begun] = field(default_factory=list)
    stack: list[Begun] = field(default_factory=list)
    below: list[tuple[dict[str, Found], tuple[Begun, ...]]] = field(default_factory=list)
    fresh: bool = False
    """Nothing but a band was read last, so that the next row is the tail of none."""

    def holds(self, band: Band, row: Sequence[Box], cells: Bands) -> bool:
        """Say whether a row is one over several columns that the profile names."""
        first = min(row)
        if band.column(first) is not None or first[0] > band.left + EDGE:
            return False
        return bool(self._named(joined(cells[first])))

    def took(self, band: Band, row: Sequence[Box], cells: Bands) -> bool:
        """Take a row as a band; False where it is none. An unnamed one ends those above it."""
        words = [word for cell in row for word in cells[cell]]
        if self.holds(band, row, cells):
            self._begin(band, sorted(row), cells)
        elif band.column(min(row)) is None and min(row)[0] < band.left + EDGE:
            why = "has a row over several columns that `bands` does not name, those below have"
            self._lose(f"{why} no link", words)
        else:
            return False
        self.fresh = True
        return True

    def enter(self, row: dict[str, Found]) -> None:
        """Note that a row stands in the bands that are open."""
        self.fresh = False
        self.below.append((row, tuple(self.stack)))

    def link(self) -> None:
        """Give every row the numbers of the bands above it."""
        for name in self.rule.bands:
            mine = [one for one in self.begun if one.name == name]
            for one, number in zip(mine, numbers([one.printed for one in mine]), strict=True):
                one.number = number
        for row, bands in self.below:
            row.update({one.name: one.numbered(one.name) for one in bands})

    def rows(self) -> Iterator[tuple[str, dict[str, Found]]]:
        """Yield each linked band as a row by its name."""
        for one in self.begun:
            made = {"number": one.numbered("number")}
            made |= {above.name: above.numbered(above.name) for above in one.above}
            for column, words in one.cells.items():
                place = place_of(words, f"band {one.name} {column}", RULED)
                made[column] = Found(column, joined(words), place, tuple(words))
            yield one.name, made

    def _named(self, text: str) -> str:
        return next((name for name, one in self.rule.bands.items() if one.headed(text)), "")

    def _lose(self, why: str, words: Sequence[Word]) -> None:
        self.stack = []
        self.claims.doubt(f"{self.table}", place_of(words, self.table, DOUBTFUL), why, words)

    def _begin(self, band: Band, row: Sequence[Box], cells: Bands) -> None:
        first = cells[row[0]]
        every = [word for cell in row for word in cells[cell]]
        name = self._named(joined(first))
        rule = self.rule.bands[name]
        if any(overprinted(cells[cell]) for cell in row):
            return self._lose(f"has a `{name}` that is printed over something else", every)
        if min(word.sure for word in every) < LEGIBLE:
            return self._lose(f"has a `{name}` that is hard to read", every)
        head, found = cut(rule, first)
        if not rule.headed(joined(head)):
            head, found = list(first), []
        number, count = parted(rule.heading, joined(head), colon=False)
        said = head[len(head) - count :] if count else []
        for cell in row[1:]:
            rest, more = cut(rule, cells[cell])
            self.claims.claim(cells[cell], "ignored")
            column = band.column(cell)
            if rest and column and not more:
                more = [(column, rest)]
            elif rest:
                why = "stands in a cell that no column of the band names"
                place = place_of(rest, f"band {name}", DOUBTFUL)
                self._leave(name, place, why, rest)
            found += more
        self._open(name, number, first, said, found)
        return None

    def _open(
        self,
        name: str,
        number: str,
        first: Sequence[Word],
        said: Sequence[Word],
        found: Sequence[tuple[str, list[Word]]],
    ) -> None:
        """Open a band in those it stands below; one that a page break printed again goes on."""
        names = list(self.rule.bands)
        text = continued(joined(said))
        held = next((one for one in self.stack if one.name == name), None)
        cells: Cells = {"heading": list(said)} if said else {}
        twice: list[tuple[list[Word], str]] = []
        for column, words in found:
            if column in cells:
                why = f"says `{column}` twice"
                twice.append((words, why))
            elif words:
                cells[column] = words
        self.claims.claim(first, "ignored")
        for words, why in twice:
            self._leave(name, place_of(words or first, f"band {name}", DOUBTFUL), why, words)
        known = number or text or (held and _alike(held.cells, cells))
        alike = held and known and (held.printed, held.text) == (number, text)
        if held and alike and _later(first, held.words):
            self._again(held, cells)
            return
        outer = [one for one in self.stack if names.index(one.name) < names.index(name)]
        new = Begun(name, number, text, tuple(first), cells, tuple(outer))
        for words in cells.values():
            self.claims.claim(words, "mapped")
        self.stack = [*outer, new]
        self.begun.append(new)

    def _leave(self, name: str, place: Place, why: str, words: Sequence[Word]) -> None:
        """Leave words of a band for a person."""
        for word in words:
            self.claims.fates.pop(id(word), None)
        self.claims.doubt(f"{self.table} {name}", place, why, words)

    def _again(self, held: Begun, cells: Cells) -> None:
        """Claim what a repeated band says as before; what it says otherwise is for a person."""
        for column, words in cells.items():
            if column == "heading" or joined(words) == joined(held.cells.get(column, ())):
                self.claims.twin(words)
                continue
            place = place_of(words, f"band {held.name}", DOUBTFUL)
            self._leave(held.name, place, f"says `{column}` otherwise after the page break", words)


def _alike(before: Cells, cells: Cells) -> bool:
    """Say whether a band without words of its own says in its cells what one before it said."""
    return all(joined(words) == joined(before.get(name, ())) for name, words in cells.items())


def continued(text: str) -> str:
    """Return a heading without the words that say it goes on: `(continued)`."""
    return _ON.sub("", text)


def _later(words: Sequence[Word], before: Sequence[Word]) -> bool:
    return words[0].page > before[-1].page


def cut(rule: BlockRule, words: Sequence[Word]) -> tuple[list[Word], list[tuple[str, list[Word]]]]:
    """Return the words of a cell before its first label, and column and words after each."""
    line = line_of(words, None)
    hits: list[tuple[int, int, str]] = []
    for at in range(len(words)):
        stop, column = max(
            (matched(line, at, one), column)
            for column, printed in [*rule.columns.items(), ("", ((),))]
            for one in printed
        )
        past = not hits or at >= hits[-1][1]
        if column and stop and past and _stands_apart(words, at, stop):
            hits.append((at, stop, column))
    ends = [*(at for at, _, _ in hits[1:]), len(words)]
    found = [
        (column, list(words[stop:end])) for (_, stop, column), end in zip(hits, ends, strict=False)
    ]
    return list(words[: hits[0][0]]) if hits else list(words), found


def _stands_apart(words: Sequence[Word], at: int, stop: int) -> bool:
    """Say whether a label begins its cell or line, ends in a colon or stands after a wide blank."""
    if at == 0 or words[stop - 1].text.endswith(":"):
        return True
    one, two = words[at - 1], words[at]
    return two.x0 - one.x1 > _APART * max(one.height, two.height) or two.x0 < one.x0
