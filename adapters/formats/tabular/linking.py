"""The items of one plan get ids of their own, and their links lead somewhere or are left out.

Called by the assembly once all rows of a plan are read. A link to an item that is not in the plan
is said and dropped; a second item with the same id gets one of its own, and that is said too, and
a link to an id that several items had is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.canonical import Finding

if TYPE_CHECKING:
    from hub.canonical import Place

_IDS: Final = {"concerns": "c", "goals": "g", "interventions": "i", "outcomes": "o"}
_LINKS: Final = ("concerns", "goals", "interventions")

Serving = tuple[str, int, str, int]
"""The list and number of an item, and the list and number of what stands in its row with it."""


def linked(
    items: dict[str, list[Any]],
    serving: list[Serving],
    places: dict[str, Place],
    findings: list[Finding],
) -> None:
    """Give the items of a plan their ids and settle their links, in place; say what was wrong."""
    known = {}
    for name, prefix in _IDS.items():
        doubled = _number(items.get(name, []), name, prefix, places, findings)
        known[name] = {item.id for item in items.get(name, ())} - doubled
    _sounded(items, known, places, findings)
    for name, number, other, served in serving:
        item = items[name][number]
        links = (*getattr(item, other), items[other][served].id)
        items[name][number] = replace(item, **{other: tuple(dict.fromkeys(links))})


def _sounded(
    items: dict[str, list[Any]],
    known: dict[str, set[str]],
    places: dict[str, Place],
    findings: list[Finding],
) -> None:
    """Leave out the links that lead to no item of this plan, or to more than one, and say so."""
    for name in ("goals", "interventions", "outcomes"):
        for number, item in enumerate(items.get(name, ())):
            changed = _sound(item, known)
            if changed:
                items[name][number] = replace(item, **changed)
            for link in changed:
                message = "names an item that is not in this plan, or two, the link was left out"
                where = places.get(f"/{name}/{number}/{link}")
                findings.append(Finding("warning", "dangling_link", message, where))


def _number(
    made: list[Any], name: str, prefix: str, places: dict[str, Place], findings: list[Finding]
) -> set[str]:
    """Give each item an id of its own, and return those that several had."""
    seen: set[str] = set()
    doubled = set()
    for number, item in enumerate(made):
        given = item.id or f"{prefix}{number + 1}"
        if given in seen:
            where = places.get(f"/{name}/{number}/id")
            message = "an id that another item of this plan has, links to either are left out"
            findings.append(Finding("warning", "duplicate_id", message, where))
            doubled.add(given)
            given = f"{given}-{number + 1}"
        seen.add(given)
        if item.id != given:
            made[number] = replace(item, id=given)
    return doubled


def _sound(item: Any, known: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:  # noqa: ANN401  # a goal, intervention or outcome
    """Return the links of an item that must change, each without those that lead nowhere."""
    changed = {}
    for name in _LINKS:
        links = getattr(item, name, ())
        if links and not known[name].issuperset(links):
            changed[name] = tuple([link for link in links if link in known[name]])
    return changed
