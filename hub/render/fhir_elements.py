"""Concerns, goals, interventions, outcomes and asks as Condition, Goal, ServiceRequest and so on.

US Core's profiles stand in `meta` where their required elements are said. Links are references: a
goal addresses conditions, a request pertains to goals (HL7's `resource-pertainsToGoal`, as MCC has
it) and names its reasons, an outcome is based on requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.canonical import each, said
from hub.render.fhir_parts import (
    TERMS,
    URL,
    Json,
    coding,
    codings,
    concept,
    day,
    extension,
    extras,
    filled,
    fits,
    house,
    moment,
    period,
    status,
    to,
    unsaid,
    words,
)
from hub.render.fhir_security import element

if TYPE_CHECKING:
    from hub.canonical import Ask, Concern, Goal, Intervention, Outcome, Plan
    from hub.render.fhir_cast import Cast

CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
PERTAINS: Final = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_CLINICAL: Final = frozenset(
    {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}
)
_GOAL: Final = frozenset(
    {
        "proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled",
        "rejected",
    }
)  # fmt: skip
_REQUEST: Final = frozenset({"draft", "active", "on-hold", "revoked", "completed", "unknown"})
_LINKS: Final = frozenset({"concerns", "goals", "interventions"})
_SELF: Final = frozenset({"id", "labels", "part2_origin", "kind"})


def more(one: Any, known: Json) -> list[Json]:  # noqa: ANN401  # any element
    """Return our extension over an element's fields that FHIR could not say."""
    names = [n for n in one.__dataclass_fields__ if n not in _SELF and n not in _LINKS]
    return extras(unsaid(one, known, names))


def meta(one: Any, profile: str = "") -> Json:  # noqa: ANN401  # any element
    """Return an element's `meta`: the profile it keeps to, its security labels."""
    return filled({"profile": [profile] if profile else [], "security": element(one)})


def own_id(one: Any) -> list[Json]:  # noqa: ANN401  # any element
    """Return the plan's own id of an element, as an identifier."""
    value = words(one.id)
    return [{"system": f"{URL}:id", "value": value}] if value else []


def concerns(plan: Plan, cast: Cast) -> None:
    """Add every concern."""
    for one, url in zip(each(plan.concerns), cast.urls["concerns"], strict=True):
        cast.add(url, _concern(one, cast))


def _concern(one: Concern, cast: Cast) -> Json:
    since = moment(one.onset)
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "domain": True,
        "status": one.status in _CLINICAL,
        "onset": bool(words(one.onset)),
    }
    categories = [
        {"coding": [coding(CORE[:-28] + "CodeSystem/condition-category", "health-concern")]}
    ]
    if one.domain:
        categories.append({"coding": [house("domain", one.domain)]})
    clinical = f"{TERMS}condition-clinical"
    active = [coding(clinical, said(one.status))] if known["status"] else []
    whole = known["text"] or (one.codes and known["codes"])
    return {
        "resourceType": "Condition",
        "meta": meta(one, CORE + "condition-problems-health-concerns" if whole else ""),
        "extension": more(one, known),
        "identifier": own_id(one),
        "clinicalStatus": concept(None, active),
        "category": categories,
        "code": concept(one.text, codings(one.codes) if known["codes"] else ()),
        "subject": to(cast.member),
        "onsetDateTime": since,
        "onsetString": "" if since else words(one.onset),
    }


def goals(plan: Plan, cast: Cast) -> None:
    """Add every goal; the outcomes that name a goal are its outcomes."""
    outcomes = list(zip(each(plan.outcomes), cast.urls["outcomes"], strict=True))
    for one, url in zip(each(plan.goals), cast.urls["goals"], strict=True):
        reached = [to(at) for outcome, at in outcomes if one.id and one.id in outcome.goals]
        cast.add(url, {**_goal(one, cast), "outcomeReference": reached})


def _goal(one: Goal, cast: Cast) -> Json:
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "whose": one.whose == "member",
        "start": bool(day(one.start)),
        "due": bool(day(one.due)),
        "status": one.status in _GOAL,
        "progress": bool(words(one.progress)),
        "measure": bool(words(one.measure)),
        "priority": bool(words(one.priority)),
    }
    target = filled({"measure": concept(one.measure), "dueDate": day(one.due)})
    unknown = {"extension": [extension(_ABSENT, "Code", "unsupported")]}
    described = concept(one.text, codings(one.codes) if known["codes"] else ())
    living = {"lifecycleStatus": one.status} if known["status"] else {"_lifecycleStatus": unknown}
    return {
        "resourceType": "Goal",
        "meta": meta(one, CORE + "goal" if described and known["status"] else ""),
        "extension": more(one, known),
        "identifier": own_id(one),
        **living,
        "achievementStatus": concept(one.progress),
        "priority": concept(one.priority),
        "description": described or unknown,
        "subject": to(cast.member),
        "startDate": day(one.start),
        "target": [target] if target else [],
        "expressedBy": to(cast.member) if known["whose"] else None,
        "addresses": cast.among("concerns", one.concerns),
    }


def interventions(plan: Plan, cast: Cast) -> None:
    """Add every intervention."""
    for one, url in zip(each(plan.interventions), cast.urls["interventions"], strict=True):
        cast.add(url, _intervention(one, cast))


def _intervention(one: Intervention, cast: Cast) -> Json:
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "domain": True,
        "responsible": True,
        "party": True,
        "frequency": bool(words(one.frequency)),
        "start": bool(moment(one.start)),
        "end": bool(moment(one.end)),
        "status": one.status in _REQUEST,
        "setting": bool(words(one.setting)),
    }
    goals_ = [{"url": PERTAINS, "valueReference": goal} for goal in cast.among("goals", one.goals)]
    categories = [{"coding": [house("kind", one.kind)]}]
    if one.domain:
        categories.append({"coding": [house("domain", one.domain)]})
    party = cast.party(one.party)
    described = concept(one.text, codings(one.codes) if known["codes"] else ())
    return {
        "resourceType": "ServiceRequest",
        "meta": meta(one, CORE + "servicerequest" if described else ""),
        "extension": goals_ + more(one, known),
        "identifier": own_id(one),
        **status(one.status, _REQUEST),
        "intent": "plan",
        "category": categories,
        "code": described,
        "subject": to(cast.member),
        **_when(one),
        "performerType": _who(one.responsible),
        "performer": [party] if party else [],
        "locationCode": [concept(one.setting)] if words(one.setting) else [],
        "reasonReference": cast.among("concerns", one.concerns),
    }


def _who(responsible: str | None) -> Json | None:
    return concept(None, [house("responsible", responsible)]) if responsible else None


def _when(one: Intervention) -> Json:
    span = period(moment(one.start), moment(one.end))
    often = concept(one.frequency)
    if often is None:
        return {"occurrencePeriod": span}
    repeat = {"repeat": {"boundsPeriod": span}} if span else {}
    return {"occurrenceTiming": {**repeat, "code": often}}


def outcomes(plan: Plan, cast: Cast) -> None:
    """Add every outcome."""
    for one, url in zip(each(plan.outcomes), cast.urls["outcomes"], strict=True):
        cast.add(url, _outcome(one, cast))


def _outcome(one: Outcome, cast: Cast) -> Json:
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "date": bool(moment(one.date)),
    }
    goals_ = [{"url": PERTAINS, "valueReference": goal} for goal in cast.among("goals", one.goals)]
    codes = codings(one.codes) if known["codes"] else []
    return {
        "resourceType": "Observation",
        "meta": meta(one),
        "extension": goals_ + more(one, known),
        "identifier": own_id(one),
        "basedOn": cast.among("interventions", one.interventions),
        "status": "final",
        "category": [{"coding": [house("observation", "outcome")]}],
        "code": {"coding": codes or [house("observation", "outcome")]},
        "subject": to(cast.member),
        "effectiveDateTime": moment(one.date),
        "valueString": words(one.text),
    }


def asks(plan: Plan, cast: Cast) -> None:
    """Add every ask as a Task."""
    for one, url in zip(plan.asks, cast.urls["asks"], strict=True):
        cast.add(url, _ask(one, cast))


def _ask(one: Ask, cast: Cast) -> Json:
    known = {
        "text": bool(words(one.text)),
        "of": True,
        "due": bool(moment(one.due)),
        "party": True,
    }
    due = period("", moment(one.due))
    who = _who(one.of)
    return {
        "resourceType": "Task",
        "meta": meta(one),
        "extension": more(one, known),
        "status": "requested",
        "intent": "order",
        "code": concept(None, [house("task", "ask")]),
        "description": words(one.text),
        "for": to(cast.member),
        "performerType": [who] if who else [],
        "owner": cast.party(one.party),
        "restriction": {"period": due} if due else None,
    }
