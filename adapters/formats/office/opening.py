"""What a profile's `sections` and `lists` mean where no rule says what becomes of their rows.

Called by the reader of this package. As in HL7 v2, a heading that opens a list of the template
makes items of it by itself: the words are the item. The crisis plan is one text. Reads no document.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.layout import tokens
from adapters.profiles import FieldRule, Profile, RowRule, targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.pdf.layout import Layout, Tokens

CRISIS: Final = "crisis_plan"
_WORDS: Final = ("text", "name", "party.name")


def sections_of(profile: Profile) -> Mapping[str, tuple[Tokens, ...]]:
    """Return the headings of a profile's sections as they are compared, without those of notes."""
    ruled = {name for row in profile.rows for name in row.when}
    return {
        name: tuple(map(tokens, words))
        for name, words in profile.sections.items()
        if name != "notes" or name in ruled
    }


def noted(layout: Layout, profile: Profile) -> Layout:
    """Return the layout with the headings of `sections.notes` among its notes."""
    if any("notes" in row.when for row in profile.rows):
        return layout
    more = map(tokens, profile.sections.get("notes", ()))
    return replace(layout, notes=layout.notes | frozenset(more))


def whole_rules(profile: Profile, layout: Layout) -> Profile:
    """Return the profile with a rule for each opened list that none of its own takes."""
    taken = {name for row in profile.rows for name in row.when}
    names = dict.fromkeys((*profile.sections, *layout.lists))
    more = [
        RowRule(name, (FieldRule(field, "text"),), (name,))
        for name in names
        if name not in taken and name not in {CRISIS, "notes"}
        for field in _WORDS
        if targets.item_shape(name, field) == "text"
    ]
    plan = profile.plan
    if CRISIS in names and all(CRISIS not in {one.target, one.source} for one in plan):
        plan = (*plan, FieldRule(CRISIS, CRISIS))
    return replace(profile, rows=(*profile.rows, *more), plan=plan)
