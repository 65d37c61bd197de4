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
    from adapters.profiles import Default, FieldRule

_WHOLE = ("header", "member", "coverage")
_PARTS = 2


def segments(into: Gathering) -> None:
    """Fill what the profile maps from segments, such as `ZCP-3` to `coverage.care_managed_by`."""
    for rule in into.habits.segments:
        name, _, number = rule.source.partition("-")
        for segment in into.message.segments:
            if segment.name != name or not segment.peek(int(number)):
                continue
            raw = datatypes.words(datatypes.first(segment.peek(int(number)), into.seps), into.seps)
            at = f"{segment.place}-{number}"
            try:
                value = _changed(rule, raw, into)
            except ValueError as error:
                into.find(
                    "warning",
                    "odd_value",
                    f"`{rule.target}`: {error}; kept as text, mend `transform` or `values`",
                    at,
                )
                continue
            segment.take(int(number))
            _fill(rule.target, value, at, into)


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
