"""What a sender's profile declares beyond the standard: its Z segments and its constants.

Called by the reader at the end of each message. A declared Z field fills one canonical field
through the profile's transforms and value maps. What does not fit stays in the residue, with a
finding; nothing undeclared is ever looked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.gathering import place
from adapters.profiles import transform
from hub.canonical import Party, Place, Plan, said

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from adapters.profiles import Default, FieldRule

_WHOLE = ("header", "member", "coverage")
_PARTS = 2


def segments(into: Gathering) -> None:
    """Fill what the profile maps from segments, such as `ZCP-3` to `coverage.care_managed_by`.

    The first segment that says something fills the field; what a later one says otherwise is kept.
    """
    for rule in into.habits.segments:
        name, _, number = rule.source.partition("-")
        kept: str | None = None
        for segment in into.message.segments:
            if segment.name != name or not segment.peek(int(number)):
                continue
            at = f"{segment.place}-{number}"
            value = _value(rule, segment.peek(int(number)), at, into)
            if value is None:
                continue
            if kept not in {None, value}:
                what = f"`{rule.target}`: stands twice with two values, the first was taken"
                into.find("warning", "stands_twice", what, at)
                continue
            _take_first(segment, int(number), into)
            if kept is None:
                _fill(rule.target, value, at, into)
            kept = value


def _value(rule: FieldRule, field: str, at: str, into: Gathering) -> str | None:
    """Return what a field's first repetition says, or None with a finding where it can't be."""
    raw = datatypes.words(datatypes.first(field, into.seps), into.seps)
    try:
        return _changed(rule, raw, into)
    except ValueError as error:
        what = f"`{rule.target}`: {error}; kept as text, mend `transform` or `values`"
        into.find("warning", "odd_value", what, at)
    return None


def _take_first(segment: Segment, number: int, into: Gathering) -> None:
    """Take a field's first repetition, and leave the others in the segment."""
    _, _, others = segment.take(number).partition(into.seps.repetition)
    if others.strip(into.seps.repetition):
        segment.fields[number] = others


def _changed(rule: FieldRule, raw: str, into: Gathering) -> str:
    for name in rule.transforms:
        raw = transform(name, raw)
    if not rule.values:
        return raw
    table = into.habits.values[rule.values]
    if raw not in table:
        raise ValueError("not in the value map")
    return table[raw]


def _fill(target: str, value: str, at: str, into: Gathering) -> None:
    parts = target.split(".")
    pointer = "/" + "/".join(parts)
    if parts[:2] == ["header", "owner"]:
        held = into.header.get("owner")
        own = held if isinstance(held, Party) else Party()
        into.header["owner"] = replace(own, **{parts[2]: value})  # type: ignore[arg-type]  # a text, `habits` sees to it
        into.places[pointer] = place(at)
    elif parts[0] in _WHOLE and len(parts) == _PARTS:
        root: dict[str, Any] = getattr(into, parts[0])
        root[parts[1]] = value
        into.places[pointer] = place(at)
    else:
        into.singles[target] = value
        into.places[pointer] = place(at)


def with_defaults(plan: Plan, defaults: tuple[Default, ...], places: dict[str, Place]) -> Plan:
    """Return the plan with the profile's constants where the message said nothing."""
    for default in defaults:
        root, _, name = default.target.partition(".")
        held = getattr(plan, root)
        if not name or held is None or said(getattr(held, name)) not in {"", "unknown"}:
            continue
        plan = replace(plan, **{root: replace(held, **{name: default.value})})
        places[f"/{root}/{name}"] = Place("profile", "pointer", f"default: {default.because}")
    return plan
