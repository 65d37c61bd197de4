"""OBX-4, the sub-id: by the profile an item's own id, dotted ones its parent's too.

Called by `labelled`, `headings` and `observations` for each OBX, by the reader at the end for the
links. Without the profile's word a sub-id is kept beside the plan, unless it tells nothing: the
same on every OBX, or its number again. A parent is never guessed: `1.1.1` serves the goal or the
concern `1.1`, and where there is none that is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.gathering import place

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

NUMBER: Final = 4
_PARENTS: Final = {
    "goals": ("concerns",),
    "interventions": ("goals", "concerns"),
    "outcomes": ("goals", "interventions"),
}


def of(segment: Segment, into: Gathering) -> str:
    """Return an OBX's sub-id where the profile says that it is an item's id."""
    if not into.habits.sub_ids:
        return ""
    return datatypes.words(segment.peek(NUMBER), into.seps)


def leave(segment: Segment, into: Gathering) -> None:
    """Leave a sub-id for the residue, unless it tells nothing."""
    if segment.peek(NUMBER) and not _tell(into):
        segment.ignore(NUMBER)


def _tell(into: Gathering) -> bool:
    """Say whether the sub-ids of a message tell anything; found out once for each."""
    if into.above.subs is None:
        given = [
            (segment.peek(1), segment.peek(NUMBER))
            for segment in into.message.segments
            if segment.name == "OBX" and segment.peek(NUMBER)
        ]
        alike = len({sub for _, sub in given}) == 1
        into.above.subs = not alike and any(number not in {"", sub} for number, sub in given)
    return into.above.subs


def named(item: dict[str, Any], name: str, number: int, sub: str, into: Gathering, at: str) -> None:
    """Give an item its sub-id as its id; a second item with the same keeps one of its own."""
    if any(other.get("id") == sub for other in into.items[name] if other is not item):
        what = "a sub-id that another item of this plan has, links to it name the first"
        into.find("warning", "duplicate_id", what, at)
        return
    item["id"] = sub
    into.places[f"/{name}/{number}/id"] = place(at, "sub_ids OBX-4")
    into.above.named.append((name, number, sub, at))


def linked(into: Gathering) -> None:
    """Link each item to the one that its dotted sub-id names as its parent."""
    if into.habits.sub_ids != "dotted":
        return
    known = {(name, sub) for name, _, sub, _ in into.above.named}
    for name, number, sub, at in into.above.named:
        parent, dot, _ = sub.rpartition(".")
        if not dot or name not in _PARENTS:
            continue
        above = next((one for one in _PARENTS[name] if (one, parent) in known), "")
        if not above:
            what = "its sub-id names a parent that is not in the message, the link was left out"
            into.find("warning", "dangling_link", what, at)
            continue
        into.items[name][number].setdefault(above, []).append(parent)
        into.places[f"/{name}/{number}/{above}"] = place(at, "sub_ids OBX-4")
