"""Fields that say nothing the plan does not hold already: counted as of no content, not residue.

Called by the reader once a message is walked. A time of observation, report or transaction is
passed over where it equals a date that the plan holds from the same segment group (an OBR or ORC
and what stands below it) or from the document's header, or is the day of such a moment. Set ids
that only count, and what SFT says of the sender's software (HL7 v2.9, 2.14.12), say nothing of a
plan. Any other date or number stays beside the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes
from hub.canonical import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_TIMES: Final = {
    "OBX": (14, 19),
    "OBR": (7, 22),
    "ORC": (9, 15),
    "TXA": (6, 7, 8),
}
"""When a result was observed or analysed, reported, ordered; when a document was made or typed."""
_COUNTED: Final = frozenset({"AL1", "DG1", "IN1", "NK1", "OBX", "PR1", "PV1", "SPM", "TQ1", "TQ2"})
"""Segments whose first field is a set id by the standard."""
_SOFTWARE: Final = "SFT"
_OPENS: Final = frozenset({"OBR", "ORC", "PRB", "GOL", "PTH"})
_DATES: Final = frozenset({"written_on", "date", "start", "end", "onset", "due"})
_DAY: Final = len("2026-01-01")


def passed_over(into: Gathering) -> None:
    """Count as ignored what repeats a date of the plan, counts segments or names software."""
    left: list[tuple[int, Segment, int]] = []
    groups: dict[str, int] = {}
    before, group = "", 0
    for segment in into.message.segments:
        name = segment.name
        if name in _OPENS and not (name == "OBR" and before == "ORC"):
            group += 1
        before = name
        groups[segment.place] = group
        if name in _COUNTED:
            segment.ignore_set_id()
        elif name == _SOFTWARE:
            segment.ignore(*range(1, len(segment.fields)))
        left += [(group, segment, n) for n in _TIMES.get(name, ()) if segment.peek(n)]
    held = set(_held(into, groups)) if left else set()
    for group, segment, number in left:
        value = datatypes.iso(datatypes.head(segment.peek(number), into.seps))
        if value and {(group, value), (0, value)} & held:
            segment.ignore(number)


def _held(into: Gathering, groups: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Yield each date the plan holds, and its day, with the group it was read from; 0 is all."""
    for pointer, place in into.places.items():
        _, root, *path = pointer.split("/")
        if path and path[-1] in _DATES:
            value = _value(into, root, path)
            group = 0 if root == "header" else groups.get(place.at.rpartition("-")[0], -1)
            yield group, value
            yield group, value[:_DAY]


def _value(into: Gathering, root: str, path: list[str]) -> str:
    """Return the date at a pointer of the plan in the making, empty where there is none."""
    held: Any = into.header if root == "header" else None
    if root in into.items and len(path) > 1:
        held = into.items[root][int(path[0])]
    value = held.get(path[-1]) if isinstance(held, dict) else None
    return said(value) if value is not None else ""
