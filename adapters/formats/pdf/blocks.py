"""Blocks that repeat under like headings: `Goal 1. …` with its labels and lists, then `Goal 2. …`.

Called by the reader in this package after tables. Each block is a row with its `number`, as
`heading` what its heading says, and the columns the profile names; rows of lists and tables that
stand in it get its number under its name. Blocks go over page breaks. A heading or value that may
go on is taken whole, less sure, or left out with a finding. Reads no ruled cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.numbered import NUMBERED, numbers, parted
from adapters.formats.pdf.banded import continued, cut
from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found, joined
from adapters.formats.pdf.hits import COLON, hits_of, printed_by
from adapters.formats.pdf.inner import bodies
from adapters.formats.pdf.items import MARK, is_heading, level_rows
from adapters.formats.pdf.labels import LEGIBLE, UNRULED, overprinted
from adapters.formats.pdf.words import place_of
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.formats.pdf.layout import Layout
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word

    Row = dict[str, Found]
    At = tuple[int, float]

_JOINED: Final = 0.85
"""How sure a text is that was put together of lines no rule bounds."""
_TIGHT: Final = 1.9
_ALIGNED: Final = 4.0
_NARROWEST: Final = 7.0
_WIDE: Final = 1.1
_FOREVER: Final = (1 << 30, 0.0)
_BLANK: Final = frozenset("_.\u2026")
HEADING: Final = "heading"


@dataclass(slots=True, repr=False, eq=False)
class Text(Sealed):
    """Words of one value so far: where they may go on, and why they can't be taken."""

    left: float
    words: list[Word] = field(default_factory=list)
    lines: int = 1
    why: str = ""


@dataclass(slots=True, repr=False, eq=False)
class Begun(Sealed):
    """A block: its name, printed number, heading line, texts by column, and where it ends."""

    name: str
    printed: str
    head: Line
    texts: dict[str, Text]
    above: tuple[Begun, ...]
    number: str = ""
    end: At = _FOREVER

    def holds(self, word: Word) -> bool:
        """Say whether a word stands in the block."""
        return (self.head.page, self.head.middle) <= (word.page, word.middle) < self.end

    def numbered(self, name: str) -> Found:
        """Return its number as a value by this name."""
        return Found(name, self.number, place_of(self.head.words, NUMBERED, UNRULED))


class Blocks(Sealed):
    """The blocks of one document, found line by line from the first page on."""

    def __init__(self, sheets: Sequence[Sheet], layout: Layout, claims: Claims) -> None:
        self.layout = layout
        self.claims = claims
        self.begun: list[Begun] = []
        self.open: list[Begun] = []
        self._last: tuple[Line, list[Text]] | None = None
        self._printed = printed_by(layout)
        self._headings = [words for some in layout.lists.values() for words in some]
        for page in bodies(sheets) if layout.blocks else ():
            self._page(page)
        for name in layout.blocks:
            mine = [one for one in self.begun if one.name == name]
            for one, number in zip(mine, numbers([one.printed for one in mine]), strict=True):
                one.number = number

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield each block as a row by its name; claims its words."""
        for one in self.begun:
            row = {"number": one.numbered("number")}
            row |= {above.name: above.numbered(above.name) for above in one.above}
            for column, text in one.texts.items():
                if found := self._found(one.name, column, text):
                    row[column] = found
            yield one.name, row

    def link(self, rows: Sequence[Row]) -> None:
        """Give rows of tables and lists the numbers of the blocks they stand in."""
        for row in rows:
            words = next((one.words for one in row.values() if one.words), ())
            inside = [one for one in self.begun if words and one.holds(words[0])]
            row.update({one.name: one.numbered(one.name) for one in inside})

    def _page(self, page: Sequence[Line]) -> None:
        loose = level_rows([line for line in page if line.cell is None])
        ruled = [line for line in page if line.cell]
        for line in sorted([*loose, *ruled], key=lambda one: one.middle):
            if line.cell:
                self._last = None
            elif name := self._headed(line):
                self._begin(name, line)
            elif self._ends(line):
                self._close(0, line)
            elif self.open:
                self._inside(line)

    def _headed(self, line: Line) -> str:
        if not self.claims.untouched(line.words):
            return ""
        text = joined(line.words)
        return next((name for name, one in self.layout.blocks.items() if one.headed(text)), "")

    def _ends(self, line: Line) -> bool:
        """Say whether a line ends every block: a declared heading, label or print of the form."""
        if not self.open:
            return False
        outside = line.left < max(one.head.left for one in self.open) + _ALIGNED
        keys = tuple(key for key in line.keys if key)
        if keys in self.layout.notes or any(
            one.heading == keys for one in self.layout.cards.values()
        ):
            return True
        if line.left < min(one.head.left for one in self.open) - _ALIGNED:
            return True
        if not outside or is_heading(line, self._headings):
            return False
        if not self.claims.untouched(line.words):
            return True
        columns = {words for one in self.open for some in self._columns(one) for words in some}
        return keys not in columns and any(
            hit.start == 0 and (hit.colon or hit.stop == len(line.words))
            for hit in hits_of(line, self._printed)
        )

    def _columns(self, one: Begun) -> Iterator[tuple[tuple[str, ...], ...]]:
        yield from self.layout.blocks[one.name].columns.values()

    def _close(self, first: int, line: Line) -> None:
        for one in self.open[first:]:
            one.end = (line.page, line.middle)
        del self.open[first:]
        self._last = None

    def _begin(self, name: str, line: Line) -> None:
        rule = self.layout.blocks[name]
        head, found = cut(rule, line.words)
        if not rule.headed(joined(head)):
            head, found = list(line.words), []
        printed, count = parted(rule.heading, joined(head), colon=False)
        said = head[len(head) - count :] if count else []
        held = next((one for one in self.open if one.name == name), None)
        if held and held.printed == printed and _again(held, line, said):
            self.claims.twin(line.words)
            self._last = None
            return
        stop = next((n for n, one in enumerate(self.open) if not _within(one, line)), None)
        stop = next((n for n, one in enumerate(self.open) if one.name == name), stop)
        if stop is not None:
            self._close(stop, line)
        self.claims.claim(head, "ignored")
        heading = Text(line.left, said, why=_wide_in(said))
        texts = {HEADING: heading} if said else {}
        new = Begun(name, printed, line, texts, tuple(self.open))
        self.open.append(new)
        self.begun.append(new)
        self._last = line, [heading] if said and not found else []
        if found:
            self._take(line, found)

    def _inside(self, line: Line) -> None:
        """Take the labels of a line, or what goes on from the line above; all else stays."""
        free = self.claims.untouched(line.words)
        head, found = cut(self.layout.blocks[self.open[-1].name], line.words) if free else ([], [])
        marked = MARK.fullmatch(line.words[0].text) and len(line.words) > 1
        if found and not head:
            self._take(line, found)
        elif not free or found or marked or is_heading(line, self._headings):
            self._last = None
        else:
            self._go_on(line)

    def _take(self, line: Line, found: Sequence[tuple[str, list[Word]]]) -> None:
        """Take each label of a line with the words behind it, up to the next label."""
        block, texts = self.open[-1], []
        self.claims.claim(line.words if block.head.words != line.words else (), "ignored")
        starts = {id(word): n for n, word in enumerate(line.words)}
        for column, words in found:
            said, rest = _one_piece(words)
            self.claims.claim((word for word in words if set(word.text) <= _BLANK), "ignored")
            said = [word for word in said if not set(word.text) <= _BLANK]
            self._free(rest)
            if not said:
                continue
            text = Text(line.words[max(starts[id(words[0])] - 1, 0)].x0, said, why=_unsaid(rest))
            if column in block.texts:
                block.texts[column].why = "stands twice in its block"
                block.texts[column].words += said
                continue
            block.texts[column] = text
            texts.append(text)
        self._last = line, texts

    def _free(self, words: Sequence[Word]) -> None:
        for word in words:
            self.claims.fates.pop(id(word), None)

    def _go_on(self, line: Line) -> None:
        """Add a line right below a heading or value to it; doubt those it may belong to."""
        last, texts = self._last or (line, [])
        self._last = None
        below = line.middle - last.middle
        broken = line.page != last.page
        if not texts or (not broken and below > _TIGHT * max(line.height, last.height)):
            return
        under = [
            one
            for one in texts
            if abs(line.left - one.words[0].x0) < _ALIGNED or abs(line.left - one.left) < _ALIGNED
        ]
        if len(texts) == 1 and line.left > texts[0].left - _ALIGNED:
            under = texts
        if len(under) != 1 or _wide_in(line.words):
            for one in texts:
                one.why = "may go on below"
            return
        under[0].words += line.words
        under[0].lines += 1
        self._last = line, under

    def _found(self, name: str, column: str, text: Text) -> Found | None:
        """Return a text as a value; None where it is doubtful, with a finding."""
        words = text.words
        why = text.why
        if overprinted(words):
            why = "is printed over something else"
        elif min(word.sure for word in words) < LEGIBLE:
            why = "is hard to read"
        if why:
            self._free(words)
            place = place_of(words, f"block {name}", DOUBTFUL)
            self.claims.doubt(f"{name} {column}", place, why, words)
            return None
        self.claims.claim(words, "mapped")
        sure = UNRULED if text.lines == 1 else _JOINED
        place = place_of(words, f"block {name} {column}", sure)
        return Found(column, joined(words), place, tuple(words))


def _again(held: Begun, line: Line, said: Sequence[Word]) -> bool:
    """Say whether a heading is that of the open block, printed again after a page break."""
    before = held.texts.get(HEADING)
    known = joined(before.words) if before else ""
    return line.page > held.head.page and continued(joined(said)) in {known, ""}


def _within(outer: Begun, line: Line) -> bool:
    """Say whether a heading of another kind is of a lower level: further in, or in smaller print.

    The biggest type in a line is a rough measure, so it must differ clearly.
    """
    return line.left > outer.head.left + _ALIGNED or line.height < 0.8 * outer.head.height


def _one_piece(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Return the words up to the first wide blank, and those after it."""
    for at in range(1, len(words)):
        if _apart(words[at - 1], words[at]):
            return list(words[:at]), list(words[at:])
    return list(words), []


def _unsaid(rest: Sequence[Word]) -> str:
    """Return why a value can't be taken that has words without a label behind a wide blank."""
    named = any(COLON.match(word.text) for word in rest[:3])
    return "has a wide blank in it" if rest and not named else ""


def _wide_in(words: Sequence[Word]) -> str:
    _, rest = _one_piece(words)
    return "has a wide blank in it" if rest else ""


def _apart(one: Word, two: Word) -> bool:
    return two.x0 - one.x1 > max(_NARROWEST, _WIDE * max(one.height, two.height))
