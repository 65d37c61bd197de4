"""Labels stamped on the elements of what is released, so that every format can say them.

`hub.release` calls `stamped` on what withholding left, just before rendering. Labels are only ever
added: what arrived stays as it is (P2-21, PERSISTLABEL). Plain function; the plan is not changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from consent.terms import GENERAL
from hub.canonical import each

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hub.canonical import Plan
    from hub.labels import ElementLabel, Labelling

_LISTS = (
    "assessments", "concerns", "goals", "interventions", "outcomes", "medications", "allergies",
    "advance_directives", "asks", "notes", "attachments", "residue",
)  # fmt: skip
"""The lists whose elements have `labels`; a test holds them against the canonical types."""

_PLAIN = frozenset({GENERAL})
"""The categories of most elements: nothing is added to those."""


def stamped(plan: Plan, labelling: Labelling, gone: Collection[str]) -> Plan:
    """Return the plan with each element's categories and Part 2 origin on it.

    `labelling` is of the whole plan, `gone` are the pointers withheld from it: what is left stands
    in the same order.
    """
    changed: dict[str, Any] = {}
    for name in _LISTS:
        items = each(getattr(plan, name))
        marked = _marked(items, f"/{name}", labelling.elements, gone)
        if marked != items:
            changed[name] = marked
    criteria = _marked(plan.header.criteria, "/header/criteria", labelling.elements, gone)
    if criteria != plan.header.criteria:
        changed["header"] = replace(plan.header, criteria=criteria)
    return replace(plan, **changed) if changed else plan


def _marked(
    items: tuple[Any, ...], at: str, labels: Mapping[str, ElementLabel], gone: Collection[str]
) -> tuple[Any, ...]:
    """Return a list's elements with their labels."""
    if not items:
        return items
    marked = []
    index = -1
    for one in items:
        index += 1
        while (pointer := f"{at}/{index}") in gone:
            index += 1
        marked.append(_stamp(one, labels[pointer]))
    return tuple(marked)


def _stamp(one: Any, label: ElementLabel) -> Any:  # noqa: ANN401  # any element that has labels
    if label.categories == _PLAIN and label.part2_origin == "no":
        return one
    more = sorted(label.categories - {GENERAL, *one.labels})
    part2 = label.part2_origin != "no" and getattr(one, "part2_origin", "yes") != "yes"
    if not more and not part2:
        return one
    given: dict[str, Any] = {"labels": (*one.labels, *more)}
    if part2:  # HR-01: an unknown origin with a sign of substance use is protected as one
        given["part2_origin"] = "yes"
    return replace(one, **given)
