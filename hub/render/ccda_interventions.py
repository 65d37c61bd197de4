"""The Interventions section (21.2.3), and what the plan asks of whom, as its own section.

Three valid and honest entry forms: done is an Intervention Act; planned with a goal is a Planned
Intervention Act, which must name one; planned without a goal is a Planned Act. What was stopped or
put on hold is a plain act with that status, since no R2.1 template allows one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Approval, each, said
from hub.render.ccda_codes import SNOMED, STATUS, WHO
from hub.render.ccda_goals import empty, listed
from hub.render.ccda_marking import together
from hub.render.ccda_narrative import facts, house, loinc, section, table, templates
from hub.render.ccda_people import party_line, performer
from hub.render.ccda_text import Xml, coded, moment, shown, span

if TYPE_CHECKING:
    from hub.canonical import Ask, Flexible, Intervention, Plan
    from hub.render.ccda_slots import Slot, Slots

_T: Final = "2.16.840.1.113883.10.20.22"
_HEAD: Final = templates("2.16.840.1.113883.10.20.21.2.3", "2015-08-01", twin=True) + loinc(
    "62387-6", "Interventions provided"
)
_DONE: Final = templates(f"{_T}.4.131", "2015-08-01")
_PLANNED: Final = templates(f"{_T}.4.146", "2015-08-01")
_PLANNED_ACT: Final = templates(f"{_T}.4.39", "2014-06-09", twin=True)
_PROCEDURE: Final = (
    f'code="362956003" codeSystem="{SNOMED}" displayName="Procedure / intervention (navigational '
    'concept)"'
)


def interventions(plan: Plan, slots: Slots) -> str:
    """Return the Interventions section."""
    items = each(plan.interventions)
    if not items:
        null, text = empty(plan.interventions)
        return section(_HEAD, "Interventions", text, null=null)
    rows: list[tuple[str, str]] = []
    entries: list[str] = []
    for one, slot in zip(items, slots.interventions.slots, strict=True):
        goals = slots.goals.among(one.goals)
        concerns = slots.concerns.among(one.concerns)
        rows.append((slot.content, _facts(one, goals, concerns)))
        entries.append(_entry(one, slot, goals, concerns))
    text = table(("Intervention", "Details"), rows)
    return section(_HEAD, "Interventions", text, together(entries, items))


def _facts(one: Intervention, goals: list[Slot], concerns: list[Slot]) -> str:
    lines = facts(
        (
            ("Kind", one.kind.replace("_", " ") if one.kind != "other" else None),
            ("Domain", one.domain),
            ("For goal", listed(goals)),
            ("For concern", listed(concerns)),
            ("Responsible", WHO.get(one.responsible or "", one.responsible)),
            ("By", party_line(one.party)),
            ("Frequency", one.frequency),
            ("Start", one.start),
            ("End", one.end),
            ("Status", one.status),
            ("Setting", one.setting),
            ("Funding", (one.funding or "").replace("_", " ")),
            ("Evidence", one.evidence),
        )
    )
    if one.flexible is None:
        return lines
    return "<br/>".join(filter(None, (lines, _flexible(one.flexible))))


def _flexible(one: Flexible) -> str:
    approval = one.approval or Approval()
    spent = "; ".join(" ".join((shown(s.on), shown(s.amount))).strip() for s in one.spent)
    continued = None if one.continued is None else ("yes" if one.continued else "no")
    return facts(
        (
            ("Flexible service", one.category),
            ("Requested by", party_line(one.requested_by)),
            ("Rationale", one.rationale),
            ("Expected outcome", one.expected_outcome),
            ("Evidence-based practice", one.ebp),
            ("Timeline", one.timeline),
            ("Estimated cost", one.estimated_cost),
            ("Conventional cost", one.conventional_cost),
            ("Savings", one.savings),
            ("Continued", continued),
            ("Approval", approval.status),
            ("Approved by", party_line(approval.by)),
            ("Approved on", approval.on),
            ("GL code", one.gl_code),
            ("Spent", Xml(spent)),
        )
    )


def _entry(one: Intervention, slot: Slot, goals: list[Slot], concerns: list[Slot]) -> str:
    status = STATUS.get(said(one.status).strip().lower(), "active")
    mood, head, code = "INT", "", _code(one)
    if status == "completed":
        mood, head = "EVN", _DONE
    elif status == "active" and goals:
        head = _PLANNED
    elif status == "active":
        head, code = _PLANNED_ACT, coded("code", one.codes, refers=slot.refers)
    return "".join(
        (
            f'<entry><act classCode="ACT" moodCode="{mood}">{head}{slot.id}{code}{slot.text}',
            f'<statusCode code="{status}"/>',
            span(one.start, one.end),
            performer(one.party, one.responsible),
            "".join([_link("RSON", goal) for goal in goals]) if goals else "",
            "".join([_link("REFR", concern) for concern in concerns]) if concerns else "",
            "</act></entry>",
        )
    )


def _code(one: Intervention) -> str:
    """Return the fixed code of R2.1's intervention acts, what the plan codes as translations."""
    if not one.codes:
        return f"<code {_PROCEDURE}/>"
    more = "".join([coded("translation", (code,)) for code in one.codes])
    return f"<code {_PROCEDURE}>{more}</code>"


def _link(kind: str, to: Slot) -> str:
    return f'<entryRelationship typeCode="{kind}">{to.entry_reference}</entryRelationship>'


def asks(plan: Plan, slots: Slots) -> str:
    """Return what the plan asks, of whom and by when: requests (RQO) in a section of their own."""
    pairs = list(zip(plan.asks, slots.asks.slots, strict=True))
    rows = [
        (slot.content, WHO.get(one.of or "", one.of or ""), _ask_facts(one)) for one, slot in pairs
    ]
    entries = together([_ask(one, slot) for one, slot in pairs], plan.asks)
    return house("asks", "Asks", table(("Ask", "Of", "Details"), rows), entries=entries)


def _ask_facts(one: Ask) -> str:
    return facts((("Due", one.due), ("Who", party_line(one.party))))


def _ask(one: Ask, slot: Slot) -> str:
    due = moment(one.due)
    return "".join(
        (
            f'<entry><act classCode="ACT" moodCode="RQO">{_PLANNED_ACT}{slot.id}',
            coded("code", (), refers=slot.refers),
            slot.text,
            '<statusCode code="active"/>',
            f'<effectiveTime><high value="{due}"/></effectiveTime>' if due else "",
            performer(one.party, one.of),
            "</act></entry>",
        )
    )
