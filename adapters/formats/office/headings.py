"""Headings that a profile declares, and the items below each: a letter has no heading styles.

Called by the reader of this package: `mark` before anything is bound, `listed` after it. A body
paragraph that says just a declared heading is one, however it looks. Below a heading of `sections`
or `lists` each bullet or number is a row (columns `text` and, where it is typed, `number`); without
marks each paragraph of a section is. What is declared and found and not taken is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.numbered import NUMBERED
from adapters.formats.office.flow import Block
from adapters.formats.office.taken import Taken, give, text_of
from adapters.formats.pdf.items import MARK
from adapters.formats.pdf.layout import tokens
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.formats.office.flow import Flow
    from adapters.formats.office.taken import Row
    from adapters.formats.pdf.layout import Layout, Tokens

    Declared = Mapping[str, tuple[Tokens, ...]]

_DEEPEST: Final = 9
_SURE: Final = re.compile(
    r"\(?\d{1,3}[.)]|[-*\u2022\u25cf\u25cb\u25aa\u25e6\u2013\u00b7\uf0b7\uf0a7]"
)
"""Marks that no sentence begins with; a single letter may be somebody's initial."""


@dataclass(slots=True, repr=False)
class Opening(Sealed):
    """A declared heading in a document: its name, where it stands, its rows, what was left."""

    name: str
    heading: Block
    strict: bool
    styled: bool
    rows: list[Row] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    left: int = 0
    marked: bool = False
    ended: bool = False
    _bold: bool = False

    def take(self, block: Block) -> None:
        """Make a row of a paragraph below the heading, or leave it for a person."""
        mark = self._mark(block)
        if not self.rows:
            self.marked, self._bold = mark is not None, block.bold
        elif (self.marked and mark is None) or (block.bold and not self._bold):
            self.ended = True
        if self.ended or (self.strict and mark is None):
            self.left += 1
            return
        said = tuple(block.words[mark or 0 :])
        give(block.words[: mark or 0], "ignored")
        give(said, "mapped")
        place = block.place(f"{'list' if self.strict else 'section'} {self.name}")
        row: Row = {"text": Taken("text", text_of(said), place, marks=said)}
        number = block.words[0].text.strip("().") if mark else ""
        if number.isalnum():
            row["number"] = Taken("number", number, Place(place.at, place.kind, NUMBERED))
        self.rows.append(row)
        self.texts.append(text_of(block.words))

    def _mark(self, block: Block) -> int | None:
        """Return how many words a paragraph's typed mark is; None where it has no mark at all."""
        shape = MARK if self.strict else _SURE
        first = block.words[0].text
        if len(block.words) > 1 and (shape.fullmatch(first) or _SURE.fullmatch(first)):
            return 1
        return 0 if block.listed else None

    def findings(self) -> Iterator[Finding]:
        """Yield what a person is to know of the lines below the heading."""
        place = self.heading.place(f"heading {self.name}")
        if self.rows and self.left:
            message = f"`{self.name}`: the list ends at a line without mark or at a bold line;"
            message += f" {self.left} further lines below this heading were left, read them there"
            yield Finding("warning", "lines_left", message, place)
        elif self.left:
            message = f"`{self.name}`: no line below this heading begins with a bullet or number,"
            message += " none was taken; `sections` takes each line without"
            yield Finding("warning", "heading_without_items", message, place)
        elif not self.rows:
            message = f"`{self.name}`: no line of its own stands below this heading"
            yield Finding("note", "heading_without_items", message, place)


def mark(layout: Layout, flow: Flow, sections: Declared) -> None:
    """Make headings of the paragraphs that say just what the profile declares as one."""
    known = {*layout.notes, *(one for printed in sections.values() for one in printed)}
    for item in _body(flow):
        if (
            item.words
            and not item.level
            and (tokens(item.text) in known or layout.heads(item.text))
        ):
            item.level, item.declared = _DEEPEST, True


def listed(layout: Layout, flow: Flow, sections: Declared) -> list[Opening]:
    """Return each declared heading of a list with its rows; their words are taken."""
    names = {one: (name, True) for name, printed in layout.lists.items() for one in printed}
    names |= {one: (name, False) for name, printed in sections.items() for one in printed}
    found: list[Opening] = []
    here: Opening | None = None
    for item in flow.items:
        if not isinstance(item, Block):
            here = here if here is None or here.styled else None
        elif item.part != "body" or not item.words:
            continue
        elif item.level:
            name, strict = names.get(tokens(item.text), ("", False))
            here = Opening(name, item, strict, not item.declared) if name else None
            if here is not None:
                found.append(here)
                give(item.words, "ignored")
        elif here is not None and all(word.fate == "free" for word in item.words):
            here.take(item)
    return found


def missing(layout: Layout, flow: Flow, sections: Declared) -> Iterator[Finding]:
    """Yield a note for each declared heading of which no paragraph says just that."""
    said = {tokens(item.text) for item in _body(flow) if item.level}
    declared = [*layout.lists.items(), *sections.items()]
    declared += [("notes", (one,)) for one in sorted(layout.notes)]
    for name, printed in declared:
        if printed and said.isdisjoint(printed):
            words = " ".join(printed[0])
            message = (
                f"`{name}`: no paragraph says just \u201c{words}\u201d, so nothing is read below it"
            )
            yield Finding("note", "heading_not_found", message)


def _body(flow: Flow) -> Iterator[Block]:
    return (one for one in flow.items if isinstance(one, Block) and one.part == "body")
