"""What a Word or RTF document is once its marks are gone: paragraphs, tables, controls, oddities.

Made by `docx` and `rtf`, bound by `binding`. A word is the unit that is accounted for. A check box,
however it was made, is one of two glyphs among the words. Nothing here knows what words mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from adapters.formats.tabular.tables import letters
from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from hub.canonical.place import PlaceKind

EMPTY, MARKED = "\u2610", "\u2612"
_BOXES: Final = {
    **dict.fromkeys("\u2610\u25a1\u25fb\u2b1c\uf06f\uf0a8\uf071", EMPTY),
    **dict.fromkeys("\u2611\u2612\u25a0\u2705\u2714\uf052\uf053\uf0fd\uf0fe\uf0fc", MARKED),
}
_GLYPH: Final = re.compile(f"([{''.join(_BOXES)}])")
_TYPED: Final = re.compile(r"[\[(](?:\s*|\s*(?P<mark>[xX\u2713\u2714\u2717])\s*)[\])]")
_BETWEEN: Final = re.compile(r"(\s+)")
Fate = Literal["free", "mapped", "ignored", "residue"]


@dataclass(slots=True, repr=False, eq=False)
class Word(Sealed):
    """One word or check box; `fresh` where a line, a tab or a cell begins with it.

    `line` where only a line does.
    """

    text: str
    fresh: bool
    fate: Fate = "free"
    line: bool = False
    bold: bool = False


@dataclass(slots=True, repr=False, eq=False)
class Block(Sealed):
    """A paragraph: where it stands, its words, its heading level (0: none) and its part.

    `listed` where the writing program draws a bullet or a number before it, `declared` where only
    the profile makes a heading of it.
    """

    at: str
    words: list[Word]
    level: int = 0
    part: str = "body"
    kind: PlaceKind = "segment"
    listed: bool = False
    declared: bool = False

    @property
    def bold(self) -> bool:
        """Say whether every word is bold: mostly a heading that has no heading style."""
        return bool(self.words) and all(word.bold for word in self.words)

    @property
    def text(self) -> str:
        """Return the words with single blanks between them."""
        return " ".join(word.text for word in self.words)

    def place(self, rule: str) -> Place:
        """Return the place of the paragraph."""
        return Place(self.at, self.kind, rule)


@dataclass(slots=True, repr=False, eq=False)
class Cell(Sealed):
    """A cell of a table; `above` is the cell it was merged with, if it is merged downwards."""

    row: int
    column: int
    table: int = 0
    blocks: list[Block] = field(default_factory=list)
    above: Cell | None = None

    @property
    def at(self) -> str:
        """Return where the cell is: `table 2!B3`."""
        return f"table {self.table}!{letters(self.column)}{self.row}"

    @property
    def words(self) -> list[Word]:
        """Return every word of the cell."""
        return [word for block in self.blocks for word in block.words]


@dataclass(slots=True, repr=False, eq=False)
class Grid(Sealed):
    """A table: its cells by row."""

    number: int
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(slots=True, repr=False, eq=False)
class Control(Sealed):
    """A content control or form field: its names, its words, and the state of a check box."""

    names: tuple[str, ...]
    words: list[Word] = field(default_factory=list)
    state: Literal["", "empty", "marked"] = ""
    at: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Enclosed(Sealed):
    """A file inside the document."""

    name: str
    media_type: str
    content: bytes


@dataclass(slots=True, repr=False)
class Flow(Sealed):
    """A whole document in reading order; `odd` counts what is to be told, by a finding's code."""

    items: list[Block | Grid] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    odd: dict[str, int] = field(default_factory=dict)
    files: list[Enclosed] = field(default_factory=list)

    def tell(self, code: str, count: int = 1) -> None:
        """Count something that is to be told."""
        self.odd[code] = self.odd.get(code, 0) + count

    def blocks(self) -> list[Block]:
        """Return every paragraph, those of cells too, in reading order."""
        found = []
        for item in self.items:
            if isinstance(item, Block):
                found.append(item)
            else:
                cells = (cell for row in item.rows for cell in row)
                found += [block for cell in cells for block in cell.blocks]
        return found


class Writing(Sealed):
    """One paragraph being written, word by word, with the controls its words stand in."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.hidden: list[Word] = []
        self.controls: list[Control] = []
        self.bold = False
        self._gap = True
        self._fresh = True
        self._line = True

    def text(self, text: str, hidden: bool = False) -> None:
        """Add text; white space divides words, a check box stands by itself."""
        spaced = _GLYPH.sub(lambda found: f" {_BOXES[found[1]]} ", text)
        for part in _BETWEEN.split(spaced):
            if not part:
                continue
            if part.isspace():
                self._gap = True
            else:
                self._word(part, self.hidden if hidden else self.words)

    def divide(self, *, line: bool = False) -> None:
        """Begin a new line, tab stop or field: the next word is a fresh one."""
        self._gap = self._fresh = True
        self._line = self._line or line

    def box(self, marked: bool) -> None:
        """Add a check box."""
        self.text(f" {MARKED if marked else EMPTY} ")

    def _word(self, text: str, into: list[Word]) -> None:
        if not self._gap and into:
            into[-1].text += text
            return
        word = Word(text, self._fresh, line=self._line, bold=self.bold)
        into.append(word)
        for control in self.controls:
            control.words.append(word)
        self._gap = self._fresh = self._line = False

    def done(self) -> list[Word]:
        """Return the words; boxes that were typed (`[x]`, `[ ]`) become check boxes."""
        made: list[Word] = []
        for word in self.words:
            both = made[-1].text + word.text if made else ""
            found = _TYPED.fullmatch(word.text)
            if found:
                word.text = MARKED if found["mark"] else EMPTY
            elif len(both) <= len("[x]") and (found := _TYPED.fullmatch(both)):
                made[-1].text = MARKED if found["mark"] else EMPTY
                continue
            made.append(word)
        return made
