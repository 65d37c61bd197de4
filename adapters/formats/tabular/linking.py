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
    from adapters.profiles import RowRule
    from hub.canonical import Place

    Made = list[tuple[RowRule, list[int]]]

_IDS: Final = {"concerns": "c", "goals": "g", "interventions": "i", "outcomes": "o"}
LINKS: Final = ("concerns", "goals", "interventions")
"""Fields of an item that say nothing but which other items it goes with."""

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
    for name in LINKS:
        links = getattr(item, name, ())
        if links and not known[name].issuperset(links):
            changed[name] = tuple([link for link in links if link in known[name]])
    return changed


def serving(made: Made) -> list[tuple[str, int, str, int]]:
    """Return which item of a row links to which others of it: (list, number, list, number).

    Items of a numbered group of columns link to those of the same number, where rules make such;
    any other to all that the row has in the list.
    """
    found = []
    for rule, numbers in made:
        for name in rule.serves:
            there = [(one, of) for one, of in made if one.into == name]
            if rule.group and any(one.group for one, _ in there):
                there = [(one, of) for one, of in there if one.group == rule.group]
            served = dict.fromkeys(n for _, of in there for n in of)
            found += [(rule.into, number, name, n) for number in numbers for n in served]
    return found
