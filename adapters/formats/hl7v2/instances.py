"""Which earlier message a problem, goal or pathway message takes the place of: by instance ids.

Called once at the head of a PPR, PGL, PPP or PPG message. PRB-4, GOL-4 and PTH-3 stay the same for
as long as the problem, goal or pathway is kept (HL7 v2.9, 12.4). One pathway is a set of its own.
An update or deletion (PC2, PC3 and their like) tells of its instances only: it is a set of their
ids, so that it follows what was said of them and never empties the member's whole plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.gathering import place
from hub.canonical import Replaced

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering

_TOPS: Final = {"PPR": ("PRB", 4), "PGL": ("GOL", 4), "PPP": ("PTH", 3), "PPG": ("PTH", 3)}
_UPDATES: Final = frozenset({"PC2", "PC7", "PCC", "PCH"})
_DELETIONS: Final = frozenset({"PC3", "PC8", "PCD", "PCJ"})
_SNAPSHOT: Final = "SP"


def chained(into: Gathering) -> None:
    """Set the header's set and what it replaces, where the message has instance ids to go by."""
    name, number = _TOPS.get(into.kind, ("", 0))
    tops = [segment for segment in into.message.segments if segment.name == name]
    whole = any(segment.peek(1).strip().upper() == _SNAPSHOT for segment in tops)
    later = into.event in _UPDATES | _DELETIONS and not whole
    if not tops or not (later or (name == "PTH" and len(tops) == 1)):
        return
    ids = [datatypes.head(segment.peek(number), into.seps) for segment in tops]
    if not all(ids):
        what = "it does not say of which problem, goal or pathway it tells; ask for its instance id"
        into.find("warning", "missing_instance", what, f"{tops[0].place}-{number}")
        return
    named = " ".join(dict.fromkeys(ids))
    into.put("header", "set_id", named, tops[0], number)
    if later:
        into.put("header", "replaces", Replaced(set_id=named), tops[0], number)
    if later and into.event in _DELETIONS:
        into.header["status"] = "revoked"
        into.places["/header/status"] = place(f"{into.message.prefix}MSH-9")
