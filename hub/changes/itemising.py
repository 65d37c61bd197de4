"""A plan as named items with labelled words, the shape in which two versions are compared.

`comparing` calls `itemised`. Places, labels, origins and what every export renews (the document's
own ids, version, date and author's stamp) are left out, social security numbers too. An element's
links are told by the words of what they point at, since ids are often numbered anew.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.canonical import Absent, Address, Code, Identifier, Party, Sealed, each
from hub.render.pdf_words import (
    address_words,
    code_words,
    date_words,
    full_name,
    identifier_words,
    joined,
    plain,
    who,
    whole,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.canonical import Plan

ELEMENTS = {
    "asks": "Asks",
    "concerns": "Concerns",
    "goals": "Goals",
    "interventions": "Interventions",
    "outcomes": "Outcomes",
    "medications": "Medications",
    "allergies": "Allergies",
    "advance_directives": "Advance directives",
    "assessments": "Assessments",
    "notes": "Notes",
    "attachments": "Files",
    "residue": "Also in the document",
}
SINGLE = {
    "risk": "Risk",
    "agreement": "Agreement",
    "review": "Review",
    "coverage": "Coverage",
}
LISTS = {
    "strengths": "Strengths",
    "preferences": "Preferences",
    "barriers": "Barriers",
    "own_words": "In the member's words",
}
_NAMES = ("section", "name", "text")
_SKIPPED = frozenset({"id", "labels", "part2_origin", "places"})
_RENEWED = frozenset(
    {"source_ids", "set_id", "version", "replaces", "related", "written_on", "criteria"}
)
_HOUSE = frozenset(
    {"kind", "status", "domain", "responsible", "funding", "decision", "level", "of", "priority"}
    | {"care_managed_by", "sex", "method", "copy_channel", "term", "confidentiality"}
)
_LINKS = ("concerns", "goals", "interventions")


@dataclass(frozen=True, slots=True, repr=False)
class Item(Sealed):
    """One thing a plan says: its name, its fields in words, and what tells it from others.

    `links` are the names of what it points at, by label.
    """

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    codes: frozenset[tuple[str | None, str | None]] = frozenset()
    id: str = ""
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def itemised(plan: Plan) -> dict[str, list[Item]]:
    """Return a plan's items by the title of their part, in the order in which to tell them."""
    linked = {
        (name, one.id): words(one.text)
        for name in _LINKS
        for one in each(getattr(plan, name))
        if one.id
    }
    parts: dict[str, list[Item]] = {"Plan": [_single(plan.header, _RENEWED)]}
    parts["Member"] = [_member(plan)]
    parts["Crisis plan"] = _said(words(plan.crisis_plan))
    parts["Criteria"] = [_element(one, linked) for one in plan.header.criteria]
    for name, title in ELEMENTS.items():
        parts[title] = _elements(name, getattr(plan, name), linked)
    parts["Care team"] = [_teammate(one) for one in plan.team]
    for name, title in LISTS.items():
        parts[title] = _said(*getattr(plan, name))
    for name, title in SINGLE.items():
        value = getattr(plan, name)
        parts[title] = [_single(value)] if value is not None else []
    return parts


def _said(*texts: str) -> list[Item]:
    return [Item(text) for text in texts if text]


def _elements(part: str, value: Any, linked: Mapping[tuple[str, str], str]) -> list[Item]:  # noqa: ANN401  # any list of elements
    if isinstance(value, Absent):
        return _said(words(value))
    if part == "residue":  # an author's stamp is renewed by every export
        return _said(*(words(one.text) for one in value if one.label != "author"))
    return [_element(one, linked) for one in value]


def _element(one: Any, linked: Mapping[tuple[str, str], str]) -> Item:  # noqa: ANN401  # any element
    named = next(name for name in _NAMES if hasattr(one, name))
    codes = getattr(one, "codes", ())
    found = _fields(one, frozenset({named}))
    links = {
        f"For {name}": tuple(
            linked[name, of] for of in getattr(one, name) if linked.get((name, of))
        )
        for name in _LINKS
        if hasattr(one, name)
    }
    name = words(getattr(one, named)) or code_words(codes)
    pairs = frozenset((code.system, code.code) for code in codes if code.code)
    return Item(name, found, pairs, getattr(one, "id", None) or "", links)


def _teammate(one: Any) -> Item:  # noqa: ANN401  # a TeamMember
    told = _fields(one, frozenset({"party"}))
    return Item(who(one.party), {**told, "Reached": whole(one.party)})


def _single(value: Any, but: frozenset[str] = frozenset()) -> Item:  # noqa: ANN401  # any part
    return Item("", _fields(value, but))


def _member(plan: Plan) -> Item:
    told = _fields(plan.member, frozenset({"name"}))
    return Item("", {"Name": full_name(plan.member), **told})


def _fields(one: Any, but: frozenset[str]) -> dict[str, str]:  # noqa: ANN401  # any dataclass of the plan
    found: dict[str, str] = {}
    for name in (f.name for f in dataclasses.fields(one)):
        if name in but or name in _SKIPPED or name in _LINKS:
            continue
        value = getattr(one, name)
        if name == "flexible" and value is not None:
            found |= _fields(value, frozenset())
            continue
        told = _words(value)
        found[plain(name)] = plain(told) if name in _HOUSE else told
    return {label: told for label, told in found.items() if told}


def _words(value: Any) -> str:  # noqa: ANN401  # any leaf or part of a plan
    """Return what a value says on one line; nothing where it says nothing."""
    if value is None or isinstance(value, (str, Absent)):
        return date_words(value)
    if isinstance(value, tuple):
        return _listed(value)
    if isinstance(value, Party):
        return whole(value)
    if dataclasses.is_dataclass(value):
        pairs = ((f.name, _words(getattr(value, f.name))) for f in dataclasses.fields(value))
        return joined((f"{plain(name)} {told}" for name, told in pairs if told), ", ")
    return {True: "Yes", False: "No"}.get(value, str(value))


def _listed(values: Iterable[Any]) -> str:
    kept = tuple(values)
    if kept and isinstance(kept[0], Code):
        return code_words(kept)
    if kept and isinstance(kept[0], Identifier):
        return identifier_words(kept)
    if kept and isinstance(kept[0], Address):
        return joined((_address(one) for one in kept), "; ")
    return joined((_words(one) for one in kept), "; ")


def _address(one: Address) -> str:
    private = "confidential" if one.confidential else ""
    county = words(one.county)
    return joined((address_words(one), county, plain(words(one.use)), private), ", ")
