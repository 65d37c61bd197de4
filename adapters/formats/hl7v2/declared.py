"""What a sender's profile declares beyond the standard: its Z segments and its constants.

Called by the reader at the end of each message. A declared field of a segment fills one canonical
field through the profile's transforms and value maps. What does not fit stays in the residue, with
a finding, and never costs the document; nothing undeclared is ever looked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes, parting, valuing
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.segments import SOURCE
from hub.canonical import Coverage, Header, Member, Place, Plan, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from adapters.profiles import Default, FieldRule

_WHOLE: Final[dict[str, type]] = {"header": Header, "member": Member, "coverage": Coverage}


def segments(into: Gathering) -> None:
    """Fill what the profile maps from segments, such as `ZCP-3` to `coverage.care_managed_by`.

    The first segment that says something fills the field; what a later one says otherwise is kept.
    Several rules may read one field: it is taken when all have read it.
    """
    taken: dict[tuple[str, int], tuple[Segment, int]] = {}
    for rule in into.habits.segments:
        found = SOURCE.fullmatch(rule.source)
        if found is None:  # `habits_of` sees to it
            continue
        number, part = int(found[2]), int(found[3] or 0)
        kept: str | None = None
        for segment in into.message.segments:
            if segment.name != found[1] or not segment.peek(number):
                continue
            value = _one(rule, segment, (number, part), kept, into)
            if value is None:
                continue
            kept = kept or value
            if value == kept:
                parting.took((segment, number), part, rule.transforms, into)
                taken[segment.place, number] = (segment, number)
    parting.take(taken.values(), into)
    for segment, _ in taken.values():
        segment.ignore_set_id()


def unmet(into: Gathering) -> None:
    """Tell which parts of the declared report, and fields by observation, are not in a message.

    A note: a member without medicines has no such table. Of a message without report text nothing
    of the report is told.
    """
    report = into.habits.report
    named: dict[str, Mapping[str, object]] = {}
    if report is not None and "report" in into.above.met:
        tables = report.layout.tables
        named = {"tables": tables, "blocks": report.blocks, "lines": report.lines}
    keys = [
        f"report.{key}.{n}" for key, some in named.items() for n in some if n not in into.above.met
    ]
    if into.flow == "document":
        keys += [f"sections.{one}" for one in set(into.fields.values()) - into.above.met]
    at = into.message.segments[0].place
    for key in sorted(keys):
        what = f"`{key}` matched nothing in this message; look whether it is written otherwise"
        into.find("note", "nothing_matched", what, at)


def _one(
    rule: FieldRule,
    segment: Segment,
    where: tuple[int, int],
    kept: str | None,
    into: Gathering,
) -> str | None:
    """Fill a field from one segment, unless `kept` fills it; return the value, None for none."""
    number, part = where
    at = f"{segment.place}-{number}{f'.{part}' if part else ''}"
    value = _value(rule, segment.peek(number), part, at, into)
    if not value:
        return None
    if kept not in {None, value}:
        what = f"`{rule.target}`: stands twice with two values, the first was taken"
        into.find("warning", "stands_twice", what, at)
    elif kept is None and not _fill(rule, value, at, into):
        what = f"`{rule.target}` takes no such value, kept as text; mend `values`"
        into.find("warning", "bad_value", what, at)
        return None
    return value


def _value(rule: FieldRule, field: str, part: int, at: str, into: Gathering) -> str | None:
    """Return what a field's first repetition says, or None with a finding where it can't be."""
    raw = datatypes.first(field, into.seps)
    raw = datatypes.parts(raw, into.seps, part)[part - 1] if part else raw
    if not raw:
        return None
    try:
        return valuing.changed(rule, valuing.words(raw, into.seps), into.habits)
    except ValueError as error:
        what = f"`{rule.target}`: {error}; kept as text, mend `transform` or `values`"
        into.find("warning", "odd_value", what, at)
    return None


def _fill(rule: FieldRule, value: str, at: str, into: Gathering) -> bool:
    """Set one field of the plan; False where it takes no such value."""
    target = rule.target
    made = valuing.fitted(Plan, target, value)
    if made is None:
        return False
    root, *path = target.split(".")
    if root in _WHOLE:
        held: dict[str, Any] = getattr(into, root)
        inner = getattr(getattr(made, root), path[0])
        held[path[0]] = valuing.grafted(held.get(path[0]), inner, path[1:])
    elif root == "crisis_plan":
        before = into.singles.get(root)
        into.singles[root] = f"{before}\n{value}" if before else value
    else:
        into.singles[root] = valuing.grafted(into.singles.get(root), getattr(made, root), path)
    into.places["/" + target.replace(".", "/")] = place(at, f"segment {rule.source}")
    return True


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
