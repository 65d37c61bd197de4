"""What no rule of a profile took: notes by their headings, residue, and the tally of all words.

Called by the reader of this package after binding. A whole paragraph under a heading becomes part
of that heading's note; everything else that is left, in tables, margins and comments and below a
heading that opened a list, is residue with its part as label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.formats.office.flow import Block
from hub.canonical import Note, Place, Residue, Sealed, Tally

if TYPE_CHECKING:
    from collections.abc import Collection

    from adapters.formats.office.flow import Flow


@dataclass(slots=True, repr=False)
class Leavings(Sealed):
    """Notes and residue with their places."""

    notes: list[tuple[Note, Place]] = field(default_factory=list)
    residue: list[tuple[Residue, Place]] = field(default_factory=list)


def left(flow: Flow, opened: Collection[int] = ()) -> Leavings:
    """Return what nobody took; gives every word its last fate.

    What is left below a heading in `opened` (by identity) is residue: it opened a list, no note.
    """
    found = Leavings()
    heading: Block | None = None
    gathered: list[Block] = []
    for item in flow.items:
        if isinstance(item, Block) and item.part == "body" and item.level:
            _note(heading, gathered, found)
            heading, gathered = None if id(item) in opened else item, []
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
        for word in heading.words if heading is not None and heading.declared else ():
            word.fate = "ignored" if word.fate == "free" else word.fate
        return
    text = "\n".join(block.text for block in gathered)
    note = Note(section=heading.text, text=text)
    found.notes.append((note, gathered[0].place("note")))
    for block in (heading, *gathered):
        for word in block.words:
            word.fate = "mapped" if word.fate == "free" else word.fate


def tally(flow: Flow) -> Tally:
    """Count each paragraph once for each fate its words had, so that it always adds up."""
    counts = {"mapped": 0, "ignored": 0, "residue": 0}
    for block in flow.blocks():
        for fate in {word.fate for word in block.words}:
            counts["residue" if fate == "free" else fate] += 1
    return Tally(sum(counts.values()), counts["mapped"], counts["residue"], counts["ignored"])
