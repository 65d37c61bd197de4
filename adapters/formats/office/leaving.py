"""What no rule of a profile took: notes by their headings, residue, and the tally of all words.

Called by the reader of this package after binding. A whole paragraph under a heading becomes part
of that heading's note, or an item of the list that the profile says the heading opens; everything
else that is left, in tables, margins and comments, is residue with its part as label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.formats.office.flow import Block
from adapters.formats.office.taken import Taken
from adapters.formats.pdf.layout import tokens
from hub.canonical import Note, Place, Residue, Sealed, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.office.binding import Binder
    from adapters.formats.office.flow import Flow
    from adapters.formats.office.taken import Row


@dataclass(slots=True, repr=False)
class Leavings(Sealed):
    """Notes and residue with their places."""

    notes: list[tuple[Note, Place]] = field(default_factory=list)
    residue: list[tuple[Residue, Place]] = field(default_factory=list)


def listed(binder: Binder, sections: Mapping[str, tuple[str, ...]]) -> None:
    """Make a row of each paragraph under a heading that opens a list (column `text`)."""
    opening: str | None = None
    for item in binder.flow.items:
        if not isinstance(item, Block) or item.part != "body":
            continue
        if item.level:
            said = tokens(item.text)
            opening = next(
                (name for name, words in sections.items() if said in map(tokens, words)), None
            )
            if opening:
                _fate(item, "ignored")
        elif opening and item.words and all(word.fate == "free" for word in item.words):
            words = tuple(item.words)
            taken = Taken("text", item.text, item.place(f"section {opening}"), marks=words)
            row: Row = {"text": taken}
            binder.rows.setdefault(opening, []).append(row)
            _fate(item, "mapped")


def left(flow: Flow) -> Leavings:
    """Return what nobody took; gives every word its last fate."""
    found = Leavings()
    heading: Block | None = None
    gathered: list[Block] = []
    for item in flow.items:
        if isinstance(item, Block) and item.part == "body" and item.level:
            _note(heading, gathered, found)
            heading, gathered = item, []
        elif isinstance(item, Block) and _whole(item) and heading is not None:
            gathered.append(item)
    _note(heading, gathered, found)
    for block in flow.blocks():
        over = [word for word in block.words if word.fate == "free"]
        if over:
            label = None if block.part == "body" else block.part
            text = " ".join(word.text for word in over)
            found.residue.append((Residue(text=text, label=label), block.place("unclaimed")))
            for word in over:
                word.fate = "residue"
    return found


def _whole(block: Block) -> bool:
    if block.part != "body" or not block.words:
        return False
    return all(word.fate == "free" for word in block.words)


def _note(heading: Block | None, gathered: list[Block], found: Leavings) -> None:
    if heading is None or not gathered:
        return
    text = "\n".join(block.text for block in gathered)
    note = Note(section=heading.text, text=text)
    found.notes.append((note, gathered[0].place("note")))
    for block in (heading, *gathered):
        for word in block.words:
            word.fate = "mapped" if word.fate == "free" else word.fate


def _fate(block: Block, fate: str) -> None:
    for word in block.words:
        word.fate = fate  # type: ignore[assignment]  # one of the four


def tally(flow: Flow) -> Tally:
    """Count each paragraph once for each fate its words had, so that it always adds up."""
    counts = {"mapped": 0, "ignored": 0, "residue": 0}
    for block in flow.blocks():
        for fate in {word.fate for word in block.words}:
            counts["residue" if fate == "free" else fate] += 1
    return Tally(sum(counts.values()), counts["mapped"], counts["residue"], counts["ignored"])
