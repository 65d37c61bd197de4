"""A plan and its cover as the data that `templates/pdf/care_team.typ` lays out: page one and links.

Called by `hub.render.pdf` only. Chooses order and words, never layout; leaves out nothing of the
plan but social security numbers, places and labels. `pdf_sections` fills the pages after page one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hub.canonical import Absent, each
from hub.render.cover import WITHDRAWN, WITHHELD
from hub.render.pdf_section import facts
from hub.render.pdf_sections import sections
from hub.render.pdf_words import (
    code_words,
    date_words,
    full_name,
    identifier_pairs,
    instant_words,
    joined,
    labelled,
    language_words,
    plain,
    reach,
    sentence,
    span_words,
    who,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Ask, Concern, Goal, Intervention, Plan
    from hub.render.cover import Cover

Ref: TypeAlias = tuple[str, str]
"""The list that an id belongs to, and the id."""
Numbers: TypeAlias = dict[Ref, str]

KINDS = {
    "icp": "Integrated Care Plan",
    "pcsp": "Person-Centered Service Plan",
    "isp": "Individual Service Plan",
    "poc": "Plan of Care",
    "refusal": "Care Plan Refusal",
    "isp_request": "Service Plan Request",
    "flexible_service_request": "Flexible Service Request",
    "outreach_request": "Outreach Request",
    "response": "Response",
    "report": "Clinical Report",
}
_HANDLING = {"R": "Restricted", "V": "Very restricted"}
_SENSITIVE = {
    "sud": "substance use disorder",
    "hiv": "HIV",
    "mental_health": "mental health",
    "sdv": "sexual or domestic violence",
    "std": "sexually transmitted disease",
}
_HOUSES = {"pcmh": "Primary care practice", "mco": "Health plan"}
_LATE = "9999"


def view(plan: Plan, cover: Cover) -> dict[str, Any]:
    """Return everything the template shows, as JSON-able data; every string is ready to print."""
    released = cover.released_on
    return {
        "kind": KINDS[plan.header.kind],
        "title": words(plan.header.title),
        "date": [released.year, released.month, released.day],
        "release": cover.release_id,
        "member": {"name": full_name(plan.member), "facts": _identity(plan)},
        "exchange": _exchange(plan, cover),
        "alerts": _alerts(plan, cover),
        "asks": _asks(plan, cover),
        "reply_url": cover.reply_url or "",
        "withdrawn": plan.header.status == "revoked",
        "withheld": WITHHELD if cover.withheld else "",
        "concerns": _linked(plan),
        "sections": sections(plan, _goal_names(plan)),
        "notices": list(cover.notices),
    }


def _identity(plan: Plan) -> list[list[str]]:
    member = plan.member
    plan_id = words(plan.coverage.member_id)
    known = {one.value for one in member.identifiers}
    language = language_words(member.language)
    if member.interpreter_needed is not None:
        need = "interpreter needed" if member.interpreter_needed else "no interpreter needed"
        language = joined((language, need), ", ")
    return facts(
        ("Born", date_words(member.birth_date)),
        ("Sex", plain(words(member.sex))),
        *identifier_pairs(member.identifiers),
        ("Plan ID", "" if plan_id in known else plan_id),
        ("Language", language),
        *(
            (joined((plain(words(one.use)), "phone"), " ").capitalize(), words(one.value))
            for one in member.telecoms
            if one.kind == "phone"
        ),
    )


def _exchange(plan: Plan, cover: Cover) -> list[list[str]]:
    header, review = plan.header, plan.review
    version = f"{cover.version}"
    if cover.replaces:
        version += f", replaces version {cover.replaces[1]}"
    status = "" if header.status == "unknown" else plain(header.status)
    period = header.period
    return facts(
        ("From", who(cover.custodian)),
        ("To", who(cover.recipient)),
        ("Plan number", header.set_id or cover.set_id),
        ("Version", joined((version, status))),
        ("Written", date_words(header.written_on)),
        ("In force", span_words(period.start, period.end) if period else ""),
        ("Next review", date_words(review.next_due) if review else ""),
        ("Released", instant_words(cover.released_on)),
    )


def _alerts(plan: Plan, cover: Cover) -> list[list[str]]:
    risk = plan.risk
    handling = _HANDLING.get(cover.confidentiality, "")
    inside = joined((_SENSITIVE.get(one, plain(one)) for one in cover.sensitivities), ", ")
    allergies = plan.allergies
    named = joined((words(one.text) for one in each(allergies)), ", ")
    if isinstance(allergies, Absent):
        named = words(allergies)
    scored = joined((plain(risk.level), words(risk.score), words(risk.reason))) if risk else ""
    return facts(
        ("Withdrawn", WITHDRAWN if plan.header.status == "revoked" else ""),
        ("Crisis plan", words(plan.crisis_plan)),
        ("Risk", scored),
        ("Allergies", named),
        ("Handling", joined((handling, labelled("contains records on", inside)))),
        ("Consent", cover.consent_scope or ""),
    )


def _asks(plan: Plan, cover: Cover) -> list[dict[str, str]]:
    """Return the practice's asks by due date, then others'; then what interventions give it."""
    asks = sorted(plan.asks, key=_urgency)
    named = {words(ask.text) for ask in asks}
    rows = [
        {
            "text": words(ask.text),
            "due": date_words(ask.due) or "No date given",
            "owner": _owner(ask.of, who(ask.party), cover),
            "reach": reach(ask.party),
        }
        for ask in asks
    ]
    for one in each(plan.interventions):
        if one.responsible == "pcmh" and words(one.text) not in named:
            due = sentence(joined((span_words(one.start, one.end), words(one.frequency))))
            owner = _owner("pcmh", who(one.party), cover)
            rows.append(
                {
                    "text": words(one.text),
                    "due": due or "No date given",
                    "owner": owner,
                    "reach": reach(one.party),
                }
            )
    return rows


def _urgency(ask: Ask) -> tuple[bool, str]:
    return ask.of not in (None, "pcmh"), words(ask.due) or _LATE


def _owner(role: str | None, party: str, cover: Cover) -> str:
    houses = {
        "pcmh": words(cover.recipient.organization) or "Your practice",
        "mco": words(cover.custodian.organization) or words(cover.custodian.name),
    }
    house = houses.get(role or "", plain(role))
    return party if house and house in party else joined((party, house)) or "Not named"


def _linked(plan: Plan) -> list[dict[str, Any]]:
    """Return concerns with their goals, those with their interventions; loose ends come last.

    Every goal and intervention stands in full once, under the first thing it names, and where it
    names more its other numbers are told.
    """
    numbers = _numbers(plan)
    goals, interventions = each(plan.goals), each(plan.interventions)
    blocks = []
    for concern in each(plan.concerns):
        at = ("concerns", concern.id or "")
        mine = [one for one in goals if _home(one, numbers) == at]
        own = [one for one in interventions if _home(one, numbers) == at]
        blocks.append(_block(concern, mine, own, numbers) | {"goals": _goals(mine, plan, numbers)})
    loose = [one for one in goals if not _home(one, numbers)]
    adrift = [one for one in interventions if not _home(one, numbers)]
    if loose or adrift:
        blocks.append(
            {
                "no": "",
                "text": "Goals and interventions not tied to a concern" if blocks else "",
                "meta": "",
                "goals": _goals(loose, plan, numbers),
                "interventions": [_intervention(one, numbers, None) for one in adrift],
            }
        )
    return blocks


def _numbers(plan: Plan) -> Numbers:
    """Return the printed name of each concern and goal by its list and id: ids may be alike."""
    concerns = {o.id: f"Concern {n}" for n, o in enumerate(each(plan.concerns), 1) if o.id}
    goals = {o.id: f"Goal {n}" for n, o in enumerate(each(plan.goals), 1) if o.id}
    named = {("concerns", own): told for own, told in concerns.items()}
    return named | {("goals", own): told for own, told in goals.items()}


def _goal_names(plan: Plan) -> dict[str, str]:
    return {own: told for (name, own), told in _numbers(plan).items() if name == "goals"}


def _named(one: Goal | Intervention) -> list[Ref]:
    """Return what a goal or intervention names, goals first, each with its list."""
    goals: tuple[str, ...] = getattr(one, "goals", ())
    return [*(("goals", ref) for ref in goals), *(("concerns", ref) for ref in one.concerns)]


def _home(one: Goal | Intervention, numbers: Numbers) -> Ref | None:
    return next((ref for ref in _named(one) if ref in numbers), None)


def _block(
    concern: Concern, goals: list[Goal], own: list[Intervention], numbers: Numbers
) -> dict[str, Any]:
    meta = joined(
        (
            plain(words(concern.status)),
            labelled("Priority", words(concern.priority)),
            plain(concern.domain),
            labelled("Since", date_words(concern.onset)),
            code_words(concern.codes, concern.text),
            "" if goals or own else "No goal or intervention is tied to it",
        )
    )
    return {
        "no": numbers.get(("concerns", concern.id or ""), "Concern"),
        "text": words(concern.text),
        "meta": meta,
        "interventions": [_intervention(one, numbers, _home(one, numbers)) for one in own],
    }


def _goals(goals: Iterable[Goal], plan: Plan, numbers: Numbers) -> list[dict[str, Any]]:
    return [
        {
            "no": numbers.get(("goals", goal.id or ""), "Goal"),
            "text": words(goal.text),
            "meta": _goal_line(goal, numbers),
            "interventions": [
                _intervention(one, numbers, ("goals", goal.id))
                for one in each(plan.interventions)
                if goal.id and _home(one, numbers) == ("goals", goal.id)
            ],
        }
        for goal in goals
    ]


def _goal_line(goal: Goal, numbers: Numbers) -> str:
    also = joined((numbers[one] for one in _named(goal)[1:] if one in numbers), ", ")
    return joined(
        (
            labelled("Due", date_words(goal.due)),
            labelled("From", date_words(goal.start)),
            plain(words(goal.status)),
            labelled("Progress:", words(goal.progress)),
            labelled("Measure:", words(goal.measure)),
            labelled("Priority", words(goal.priority)),
            labelled("Term:", words(goal.term)),
            labelled("Whose:", words(goal.whose)),
            code_words(goal.codes, goal.text),
            labelled("Also for", also),
        )
    )


def _intervention(one: Intervention, numbers: Numbers, home: Ref | None) -> dict[str, str]:
    also = joined(
        (numbers[ref] for ref in _named(one) if ref in numbers and ref != home),
        ", ",
    )
    kind = "" if one.kind == "other" else plain(one.kind)
    return {
        "text": words(one.text),
        "more": joined(
            (
                kind,
                plain(one.domain),
                labelled("Setting:", words(one.setting)),
                labelled("Funding:", plain(one.funding)),
                labelled("Evidence:", words(one.evidence)),
                code_words(one.codes, one.text),
                labelled("Also for", also),
            )
        ),
        "reach": reach(one.party),
        "who": who(one.party) or _HOUSES.get(one.responsible or "", plain(one.responsible)),
        "when": sentence(joined((words(one.frequency), span_words(one.start, one.end)))),
        "status": plain(words(one.status)),
    }
