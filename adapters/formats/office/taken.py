"""What is taken of a flow: a value with the words it is made of, and the fate those words get.

`binding`, `labels` and `tables` beside this make values by it. Nothing here looks for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.pdf.claims import Found
from hub.canonical import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.formats.office.flow import Control, Word


class Taken(Found, frozen=True, gc=False):
    """A value, with the words of the flow that it is made of; `parts` are a cell's paragraphs.

    `merged` where its cell goes on from the row above: the value stood there already.
    """

    marks: tuple[Word, ...] = ()
    parts: tuple[Found, ...] = ()
    merged: bool = False

    @property
    def lined(self) -> str:
        """Return the text with its lines and paragraphs one below the other."""
        if text_of(self.marks) != self.text:
            return self.text
        parts = [
            ("\n" if n and word.line else " " if n else "") + word.text
            for n, word in enumerate(self.marks)
        ]
        return "".join(parts)


Row = dict[str, Taken]


def text_of(words: Iterable[Word]) -> str:
    """Return words as one text."""
    return " ".join(word.text for word in words)


def give(words: Iterable[Word], fate: str) -> None:
    """Give words their fate."""
    for word in words:
        word.fate = fate  # type: ignore[assignment]  # one of the four


def placed(control: Control, rule: str) -> Place:
    """Return the place of a control."""
    return Place(control.at, "cell" if "!" in control.at else "segment", rule)


def valued(name: str, words: Sequence[Word], place: Place) -> Taken:
    """Return a value of words, which are mapped by it."""
    give(words, "mapped")
    return Taken(name, text_of(words), place, marks=tuple(words))


def crowded(marks: Sequence[bool]) -> str:
    """Return why options with several marks say nothing: which of them, by number, are marked."""
    *first, last = [str(number) for number, one in enumerate(marks, 1) if one]
    said = f"{', '.join(first)} and {last}"
    return f"has marks at its options {said} of {len(marks)}, where one is expected"


def always(given: Mapping[str, str], row: Row) -> Row:
    """Return a row with what its table's heading says of every row, at the row's own place."""
    first = next(iter(row.values())).place
    place = Place(first.at, first.kind, "table heading")
    return {**row, **{name: Taken(name, text, place) for name, text in given.items()}}
