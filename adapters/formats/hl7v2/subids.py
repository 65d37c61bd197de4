"""OBX-4, the sub-id: by the profile an item's own id, dotted ones its parent's too.

Called by `labelled`, `headings` and `observations` for each OBX, by the reader at the end for the
links. Without the profile's word a sub-id is kept beside the plan, unless it tells nothing: the
same on every OBX, or its number again. A parent is never guessed: `1.1.1` serves the goal or the
concern `1.1`, and where there is none, or two are called so, that is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.gathering import place

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

NUMBER: Final = 4
_LONGEST: Final = 9
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
    if (name, sub) in into.above.ids or _numbered(name, sub, number, into):
        into.above.doubled.add((name, sub))
        what = "a sub-id that another item of this plan has, links to either are left out"
        into.find("warning", "duplicate_id", what, at)
        return
    into.above.ids.add((name, sub))
    item["id"] = sub
    into.places[f"/{name}/{number}/id"] = place(at, "sub_ids OBX-4")
    into.above.named.append((name, number, sub, at))


def _numbered(name: str, sub: str, number: int, into: Gathering) -> bool:
    """Say whether a sub-id is the id that an item above got by its number, such as `g2`."""
    figures = sub[1:]
    at = int(figures) - 1 if figures.isdecimal() and len(figures) < _LONGEST else number
    return at < number and into.items[name][at].get("id") == sub


def stands(name: str, subs: list[str], into: Gathering) -> None:
    """Remember at which sub-id the last item of a list stands; of several none is its own."""
    into.above.last[name] = subs[0] if len(subs) == 1 else ""
    number = len(into.items[name]) - 1 if len(subs) == 1 else -1
    for sub in filter(None, subs):
        known = into.above.near.setdefault((name, sub), number)
        into.above.near[name, sub] = number if known == number else -1


def item_of(name: str, segment: Segment, into: Gathering) -> tuple[int, bool]:
    """Return which item of a list a field's OBX is of, and whether its sub-id says so.

    The last one, unless its sub-id is that of another: then that one by the profile's word, and
    without it none (-1), for nothing is given to an item by guess.
    """
    last = len(into.items[name]) - 1
    sub = datatypes.words(segment.peek(NUMBER), into.seps)
    declared = into.habits.sub_ids
    if not sub or not (declared or _tell(into)):
        return last, False
    parent = sub.rpartition(".")[0] if declared == "dotted" else ""
    for one in filter(None, (sub, parent)):
        number = into.above.near.get((name, one))
        if into.above.last.get(name) == one:
            return last, bool(declared)
        if number is not None:
            return (number if declared else -1), bool(declared)
    return last, False


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
        if not above or (above, parent) in into.above.doubled:
            few = "is not in the message" if not above else "two items are called by"
            what = f"its sub-id names a parent that {few}, the link was left out"
            into.find("warning", "dangling_link", what, at)
            continue
        into.items[name][number].setdefault(above, []).append(parent)
        into.places[f"/{name}/{number}/{above}"] = place(at, "sub_ids OBX-4")
