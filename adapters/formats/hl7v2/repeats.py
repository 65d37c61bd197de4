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
_NOWHERE: Final = -1
_DAY: Final = len("2026-01-01")


def passed_over(into: Gathering) -> None:
    """Count as ignored what repeats a date of the plan, counts segments or names software."""
    timed: list[tuple[Segment, int]] = []
    for segment in into.message.segments:
        name, fields = segment.name, segment.fields
        if name in _COUNTED and fields[1:2] not in ([], [""]):
            segment.ignore_set_id()
        elif name == _SOFTWARE:
            segment.ignore(*range(1, len(fields)))
        if name in _TIMES:
            timed += [(segment, n) for n in _TIMES[name] if n < len(fields) and fields[n]]
    if timed:
        _repeated(timed, into)


def _repeated(timed: list[tuple[Segment, int]], into: Gathering) -> None:
    """Count the times as ignored that the plan holds from their group or its header."""
    groups = _groups(into)
    held = set(_held(into, groups))
    for segment, number in timed:
        value = datatypes.iso(datatypes.head(segment.peek(number), into.seps))
        if value and {(groups[segment.place], value), (0, value)} & held:
            segment.ignore(number)


def _groups(into: Gathering) -> dict[str, int]:
    """Return which group each segment stands in, by its place: an OBR goes on with its ORC's."""
    groups: dict[str, int] = {}
    before, group = "", 1
    for segment in into.message.segments:
        name = segment.name
        group += name in _OPENS and not (name == "OBR" and before == "ORC")
        before = name
        groups[segment.place] = group
    return groups


def _held(into: Gathering, groups: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Yield each date the plan holds, and its day, with the group it was read from; 0 is all."""
    for pointer, place in into.places.items():
        path, _, leaf = pointer.rpartition("/")
        if leaf not in _DATES:
            continue
        value = _value(into, path, leaf)
        if value:
            header = path == "/header"
            group = 0 if header else groups.get(place.at.rpartition("-")[0], _NOWHERE)
            yield group, value
            yield group, value[:_DAY]


def _value(into: Gathering, path: str, leaf: str) -> str:
    """Return the date at a pointer of the plan in the making, empty where there is none."""
    _, root, number = (*path.split("/", 2), "")[:3]
    held: Any = into.header if root == "header" else None
    if root in into.items and number.isdecimal():
        held = into.items[root][int(number)]
    value = held.get(leaf) if isinstance(held, dict) else None
    return said(value) if value is not None else ""
