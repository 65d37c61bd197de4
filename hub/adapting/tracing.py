"""Where each value of a reading came from: its place, and the rule of the profile that took it.

`icp-hub adapters explain` prints it. The place is the reader's own; the rule is found again in the
profile by the field and by what the place names (a column, a label, a form field).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.adopting.comparing import values
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hub.canonical import Place, Plan

_HEADING: Final = ("heading", "note")
"""What the readers of forms say of a note they made of a heading and the text below it."""


@dataclass(frozen=True, slots=True, repr=False)
class Origin(Sealed):
    """One value's origin: rule, place, transforms, how surely; `text` is what it says."""

    field: str
    pointer: str
    text: str
    rule: str
    place: str
    transforms: str
    confidence: float


def origins(plan: Plan, profile: Any) -> Iterator[Origin]:  # noqa: ANN401  # a profile, by name only
    """Yield the origin of every value of a plan but residue, in the plan's order."""
    rules = list(_rules(profile))
    for one in values(plan):
        if one.field.startswith("residue") or one.field.endswith("part2_origin"):
            continue
        place = place_of(plan.places, one.pointer)
        rule = _rule(rules, one.pointer, place, profile) if place else None
        yield Origin(
            one.field,
            one.pointer,
            one.text,
            f"{rule[0]}.{rule[1].target} ← {rule[1].source}" if rule else _own(place),
            f"{place.at}" if place else "",
            _transforms(rule[1]) if rule else "",
            place.confidence if place else 1.0,
        )


def place_of(places: Mapping[str, Place], pointer: str) -> Place | None:
    """Return the place of a value, or of the nearest thing above it that has one."""
    while pointer:
        if pointer in places:
            return places[pointer]
        pointer = pointer.rpartition("/")[0]
    return None


def _own(place: Place | None) -> str:
    """Say that a reader took a value by its own knowledge, or gave it."""
    if place is not None and place.rule in _HEADING:
        return "a note under its heading"
    return (place.rule or "the reader itself") if place else "given by the reader"


def _transforms(rule: Any) -> str:  # noqa: ANN401  # a FieldRule
    told = list(rule.transforms)
    return ", ".join([*told, f"values {rule.values}"] if rule.values else told)


def _rules(profile: Any) -> Iterator[tuple[str, Any, re.Pattern[str]]]:  # noqa: ANN401  # a Profile
    for root in ("header", "member", "coverage", "plan", "segments"):
        for rule in getattr(profile, root):
            prefix = "" if root in {"plan", "segments"} else f"/{root}"
            yield root, rule, _pattern(f"{prefix}/", rule.target)
    for rule in profile.comments.fields:
        head, _, leaf = rule.target.partition(".")
        yield "comments.fields", rule, _pattern(rf"/{head}/\d+/", leaf)
    for number, row in enumerate(profile.rows):
        for rule in row.fields:
            yield f"rows.{number}", rule, _pattern(rf"/{row.into}/\d+/", rule.target)
            if rule.target == "text":
                yield f"rows.{number}", rule, re.compile(rf"/{row.into}/\d+")


def _pattern(prefix: str, target: str) -> re.Pattern[str]:
    head, *rest = target.split(".")
    if head in {"identifiers", "telecoms", "addresses"}:
        rest = [r"\d+", *rest[1:]]
    return re.compile(prefix + "/".join([head, *rest]) + r"(?:/.*)?")


def _rule(
    rules: Sequence[tuple[str, Any, re.Pattern[str]]],
    pointer: str,
    place: Place,
    profile: Any,  # noqa: ANN401  # a Profile
) -> tuple[str, Any] | None:
    fitting = [(root, rule) for root, rule, pattern in rules if pattern.fullmatch(pointer)]
    if profile.format == "hl7v2":
        return next((one for one in fitting if _filled(one[0], one[1].source, place)), None)
    named = [one for one in fitting if _names(one[1].source, place, profile)]
    if place.rule in _HEADING:
        return None
    sole = fitting if len(fitting) == 1 and not place.rule.startswith("default") else []
    return next(iter(named or sole), None)


def _filled(root: str, source: str, place: Place) -> bool:
    """Say whether a rule of an HL7 v2 profile filled a value: by its label, or its own field."""
    if root == "comments.fields":
        return place.rule == f"comment {source}"
    return place.rule == f"segment {source}"


def _names(source: str, place: Place, profile: Any) -> bool:  # noqa: ANN401  # a Profile
    """Say whether a place is that of the rule's source: by its rule's word, or its column."""
    if source in place.rule.replace(".", " ").split():
        return True
    headings = profile.columns.get(source, ())
    column = place.at.partition("column ")[2]
    return place.at == source or any(_key(one) == _key(column) for one in headings)


def _key(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading).casefold()
