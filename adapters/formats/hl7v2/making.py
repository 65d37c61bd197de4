"""An item that a profile's row rule makes: its fields, and its place in the plan's lists.

Called by `listed` for segments and by `reported` for the parts of a report. What a field does not
take is not set; the caller keeps it and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import valuing
from adapters.profiles import system_of, targets
from hub.canonical import TeamMember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.profiles import FieldRule
    from hub.canonical import Place

IDS: Final = {"concerns": "c", "goals": "g", "interventions": "i", "outcomes": "o"}
"""The lists whose items have ids of their own, and the letter before a number given here."""


def put(item: dict[str, Any], name: str, rule: FieldRule, value: str) -> bool:
    """Set one field of an item of a list, a code with its system; False where it takes no such."""
    kind = targets.LISTS.get(name)
    if kind is None:
        item["text"] = value
        return True
    if not valuing.put(item, kind, rule.target, value):
        return False
    system = system_of(rule.transforms) if rule.target.endswith(".code") else ""
    if system:
        valuing.put(item, kind, rule.target.removesuffix("code") + "system", system)
    return True


def added(
    name: str,
    item: dict[str, Any],
    places: Mapping[str, Place],
    into: Gathering,
    ids: Mapping[str, str] = IDS,
) -> int | None:
    """Add an item to its list with the places of its fields; return its number there.

    Items of the lists in `ids` get one. None for plain words, and for a person who is on the team
    already.
    """
    if name not in targets.LISTS:
        into.say(name, item["text"], places["text"].at)
        return None
    if name == "team":
        member = TeamMember(**item)
        if member in into.team:
            return None
        number = len(into.team)
        into.team[member] = None
    else:
        number = len(into.items[name])
        if name in ids:
            item.setdefault("id", f"{ids[name]}{number + 1}")
        into.items[name].append(item)
    for target, at in places.items():
        into.places[f"/{name}/{number}/{target.replace('.', '/')}"] = at
    return number
