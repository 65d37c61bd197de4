"""Segments that a profile's rows make items of: a Z segment, or a standard one read its own way.

Called by the reader for each segment that a rule's `when` names; such a rule takes the place of the
standard's mapping of that segment. A field it names that does not fit is left in the segment, so
that it is residue, with a finding; so is what no rule takes of a field. A rule without its list's
words makes no item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes, headings, making, parting, valuing
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.segments import SOURCE

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from adapters.profiles import FieldRule, RowRule
    from hub.canonical import Place

_IDS: Final = {**making.IDS, "medications": "m", "allergies": "a"}
_NEEDED: Final = {"assessments": ("name",), "team": ("party",)}


def items(segment: Segment, into: Gathering) -> None:
    """Make the items of one segment: one for each rule that names it."""
    headings.settle(into)
    into.above.nothing()
    taken: set[int] = set()
    for rule in into.habits.rows:
        if segment.name in rule.when:
            taken |= _item(rule, segment, into)
    parting.take(((segment, number) for number in taken), into)
    if taken:
        segment.ignore_set_id()


def _item(rule: RowRule, segment: Segment, into: Gathering) -> set[int]:
    """Make one item of a segment, and return the fields of which it took something."""
    item: dict[str, Any] = {}
    places: dict[str, Place] = {}
    took: list[tuple[int, int, FieldRule]] = []
    for field in rule.fields:
        found = SOURCE.fullmatch(field.source)
        if found is None or found[1] != segment.name:
            continue
        number, part = int(found[2]), int(found[3] or 0)
        raw = _raw(segment, number, part, into)
        if not raw:
            continue
        at = f"{segment.place}-{number}{f'.{part}' if part else ''}"
        if _filled(item, rule.into, field, raw, at, into):
            places[field.target] = place(at, f"segment {field.source}")
            took.append((number, part, field))
    if not any(name in item for name in _NEEDED.get(rule.into, ("text",))):
        return set()
    made = making.added(rule.into, item, places, into, _IDS)
    if made is not None and rule.into in _IDS:
        into.above.item = (rule.into, made)
        into.beside = ""
    for number, part, field in took:
        parting.took((segment, number), part, field.transforms, into)
    return {number for number, _, _ in took}


def _raw(segment: Segment, number: int, part: int, into: Gathering) -> str:
    """Return a field's first repetition, or one component of it; nothing for a null."""
    raw = datatypes.first(segment.peek(number), into.seps)
    if part:
        raw = datatypes.parts(raw, into.seps, part)[part - 1]
    return "" if raw == datatypes.NULL else valuing.words(raw, into.seps)


def _filled(
    item: dict[str, Any], name: str, rule: FieldRule, raw: str, at: str, into: Gathering
) -> bool:
    """Fill one field of an item; False, with a finding, where it does not take the value."""
    try:
        value = valuing.changed(rule, raw, into.habits)
    except ValueError as error:
        what = f"`{rule.target}`: {error}; kept as text, mend `transform` or `values`"
        into.find("warning", "odd_value", what, at)
        return False
    fits = making.put(item, name, rule, value)
    if not fits:
        what = f"`{rule.target}` takes no such value, kept as text; mend `values`"
        into.find("warning", "bad_value", what, at)
    return fits
