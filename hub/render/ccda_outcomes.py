"""The Health Status Evaluations and Outcomes section (22.2.61), always there (ONC 170.315(b)(9)).

An outcome evaluates goals (GEVL) and comes of interventions (RSON). R2.1 wants at least one link:
where the plan names none, the entry says so with a reference of unknown identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import each
from hub.render.ccda_goals import empty, listed
from hub.render.ccda_marking import together
from hub.render.ccda_narrative import facts, loinc, section, table, templates
from hub.render.ccda_slots import UNKNOWN_REFERENCE
from hub.render.ccda_text import coded, moment

if TYPE_CHECKING:
    from hub.canonical import Outcome, Plan
    from hub.render.ccda_slots import Slot, Slots

_T: Final = "2.16.840.1.113883.10.20.22"
_TITLE: Final = "Health Status Evaluations and Outcomes"
_HEAD: Final = templates(f"{_T}.2.61") + loinc("11383-7", "Patient problem outcome")
_OUTCOME: Final = templates(f"{_T}.4.144")
_UNKNOWN_LINK: Final = f'<entryRelationship typeCode="GEVL">{UNKNOWN_REFERENCE}</entryRelationship>'


def outcomes(plan: Plan, slots: Slots) -> str:
    """Return the Health Status Evaluations and Outcomes section."""
    items = each(plan.outcomes)
    if not items:
        null, text = empty(plan.outcomes)
        return section(_HEAD, _TITLE, text, null=null)
    rows: list[tuple[str, str]] = []
    entries: list[str] = []
    for one, slot in zip(items, slots.outcomes.slots, strict=True):
        goals = slots.goals.among(one.goals)
        interventions = slots.interventions.among(one.interventions)
        rows.append((slot.content, _facts(one, goals, interventions)))
        entries.append(_entry(one, slot, goals, interventions))
    return section(_HEAD, _TITLE, table(("Outcome", "Details"), rows), together(entries, items))


def _facts(one: Outcome, goals: list[Slot], interventions: list[Slot]) -> str:
    return facts(
        (
            ("Date", one.date),
            ("For goal", listed(goals)),
            ("After intervention", listed(interventions)),
        )
    )


def _entry(one: Outcome, slot: Slot, goals: list[Slot], interventions: list[Slot]) -> str:
    at = moment(one.date)
    value = f'<value xsi:type="ST">{slot.words}</value>' if slot.words else ""
    links = [("GEVL", to) for to in goals] + [("RSON", to) for to in interventions]
    linked = "".join(
        [
            f'<entryRelationship typeCode="{kind}">{to.entry_reference}</entryRelationship>'
            for kind, to in links
        ]
    )
    return "".join(
        (
            f'<entry><observation classCode="OBS" moodCode="EVN">{_OUTCOME}{slot.id}',
            coded("code", one.codes, refers=slot.refers if one.codes else ""),
            slot.text,
            '<statusCode code="completed"/>',
            f'<effectiveTime value="{at}"/>' if at else "",
            value,
            linked or _UNKNOWN_LINK,
            "</observation></entry>",
        )
    )
