"""A plan as fields by section, each with where it was read; and what two readings differ in.

Pages show `sections` beside the source, `changes` above it. A field is a leaf of the canonical
plan; its place is its own, or that of the nearest thing around it. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.canonical import Sealed
from hub.canonical.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.canonical import Plan
    from hub.web.workbench.samples import Looked

_ASIDE = re.compile(r"/part2_origin$|^/residue/\d+/label$")
_SURE = 0.95
"""Below it a field says how sure its reader is."""


@dataclass(frozen=True, slots=True, repr=False)
class Field(Sealed):
    """One leaf: its pointer, its name and words, the spot it leads to, and where it was read."""

    id: str
    pointer: str
    label: str
    value: str
    spot: str = ""
    where: str = ""
    rule: str = ""
    doubt: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Change(Sealed):
    """What became of a field between two readings; `before` or `now` is empty where it was not."""

    kind: str
    pointer: str
    before: str
    now: str


def sections(plan: Plan, links: Mapping[str, str], number: int) -> dict[str, list[Field]]:
    """Return the fields of a plan by its sections, in the order of the template."""
    found: dict[str, list[Field]] = {}
    for count, (pointer, value) in enumerate(leaves(plan)):
        if pointer.endswith("/part2_origin") and value == "unknown":
            continue  # it says nothing, for every item
        section, *path = pointer[1:].split("/")
        place = _around(plan.places, pointer)
        field = Field(
            id=f"f{number}-{count}",
            pointer=pointer,
            label=_label(path) or _words(section),
            value=value,
            spot=_around(links, pointer) or "",
            where=place.at if place else "",
            rule=place.rule if place else "",
            doubt=f"{place.confidence:.2f}" if place and place.confidence < _SURE else "",
            group=path[0] if path and path[0].isdigit() else "",
        )
        found.setdefault(_words(section), []).append(field)
    return found


def owners(every: Sequence[Mapping[str, list[Field]]]) -> dict[str, str]:
    """Return for each spot the first field that leads to it."""
    first: dict[str, str] = {}
    for fields in (field for plan in every for field in plan.values()):
        for field in fields:
            if field.spot:
                first.setdefault(field.spot, field.id)
    return first


def changes(before: Looked, now: Looked) -> list[Change]:
    """Return what was lost, changed and gained from one reading to the other, field by field.

    What is kept as residue comes last.
    """
    old, new = _all(before), _all(now)
    lost = [Change("lost", at, value, "") for at, value in old.items() if at not in new]
    gained = [Change("gained", at, "", value) for at, value in new.items() if at not in old]
    changed = [
        Change("changed", at, value, new[at])
        for at, value in old.items()
        if at in new and new[at] != value
    ]
    return sorted([*lost, *changed, *gained], key=lambda one: "/residue/" in one.pointer)


def _all(looked: Looked) -> dict[str, str]:
    plans = looked.reading.plans
    several = len(plans) > 1
    return {
        (f"plan {number} {pointer}" if several else pointer): value
        for number, plan in enumerate(plans, start=1)
        for pointer, value in leaves(plan)
        if not _ASIDE.search(pointer)
    }


def _around(given: Mapping[str, Any], pointer: str) -> Any:  # noqa: ANN401  # what the mapping holds
    """Return what is given for a pointer, or for the nearest thing around it."""
    while pointer:
        if pointer in given:
            return given[pointer]
        pointer = pointer.rpartition("/")[0]
    return None


def _label(path: Sequence[str]) -> str:
    """Return a path below its section in words: `codes 1 · system`."""
    parts: list[str] = []
    for number, step in enumerate(path):
        if not step.isdigit():
            parts.append(_words(step))
        elif number:
            parts[-1] = f"{parts[-1]} {int(step) + 1}"
    return " · ".join(parts)


def _words(name: str) -> str:
    text = re.sub(r"_", " ", name)
    return text[:1].upper() + text[1:]
