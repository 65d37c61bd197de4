"""Proposing changes to a plan item by item, and showing what was proposed beside what stands.

The practice's plan page and the sender's answer page call these. A form without scripts: each item
stands in a box that may be edited, emptied (take it out) or left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.answers import LONGEST
from hub.canonical import each, said
from hub.correspondence import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.canonical import Plan
    from hub.web.pages.filled import Form

LISTS: Final = {
    "goals": "Goal",
    "interventions": "Intervention",
    "asks": "Ask",
    "concerns": "Concern",
}
"""The lists of a plan whose items a practice may edit on the page, and what an item is called."""

MOST: Final = 150
"""How many items the page offers; more are proposed by API, or in words."""


def items(plan: Plan) -> list[dict[str, str]]:
    """Return the items a practice may edit: their pointer, what they are, what they say."""
    found = [
        {"pointer": f"/{name}/{number}", "what": f"{what} {number + 1}", "text": said(one.text)}
        for name, what in LISTS.items()
        for number, one in enumerate(each(getattr(plan, name)))
    ]
    return [one for one in found if one["text"]][:MOST]


def proposed(form: Form, plan: Plan) -> tuple[Change, ...]:
    """Return what a filled form changes: edited and emptied items, then new ones."""
    made = []
    for one in items(plan):
        pointer = one["pointer"]
        if not form.has(f"item:{pointer}"):
            continue
        says = form.text(f"item:{pointer}", one["what"], longest=LONGEST)
        if _folded(says) != _folded(one["text"]):
            made.append(Change(pointer, says))
    for name, what in LISTS.items():
        says = form.text(f"new:{name}", f"New {what.lower()}", longest=LONGEST)
        if says:
            made.append(Change(f"/{name}/-", says))
    return tuple(made)


def beside(changes: Sequence[Change]) -> list[dict[str, str]]:
    """Return proposed changes in words: what each is about, what stands there, what should."""
    shown = []
    for one in changes:
        _, name, number = one.pointer.split("/")
        what = LISTS.get(name, name.rstrip("s").capitalize())
        told = f"New {what.lower()}" if number == "-" else f"{what} {int(number) + 1}"
        shown.append({"what": told, "before": one.before, "after": one.says})
    return shown


def _folded(words: str) -> str:
    return " ".join(words.split())
