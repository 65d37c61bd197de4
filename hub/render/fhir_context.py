"""The team, risk, assessments and the member's own words, as CareTeam, RiskAssessment, Observation.

Each function adds its entries and returns their URLs. R4 has no lists of strengths, preferences,
barriers or own words: each is an Observation in a category of ours, with its words as its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Risk
from hub.render.fhir_elements import CORE, meta, more
from hub.render.fhir_parts import (
    TERMS,
    Json,
    clean,
    coding,
    codings,
    concept,
    extras,
    filled,
    fits,
    house,
    moment,
    to,
    unsaid,
    words,
)

if TYPE_CHECKING:
    from hub.canonical import Assessment, Plan, TeamMember
    from hub.render.fhir_cast import Cast

LISTS: Final = ("strengths", "preferences", "barriers", "own_words")
_SURVEY: Final = f"{TERMS}observation-category"


def team(plan: Plan, cast: Cast) -> list[str]:
    """Add the CareTeam, if anybody is on it."""
    participants = [one for one in (_participant(one, cast) for one in plan.team) if one]
    if not participants:
        return []
    resource = {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": to(cast.member),
        "participant": participants,
    }
    return [cast.add(cast.url("team"), resource)]


def _participant(one: TeamMember, cast: Cast) -> Json:
    known = {"role": bool(words(one.role))}
    return filled(
        {
            "extension": extras(
                unsaid(one, known, ("role", "lead", "relationship", "involvement"))
            ),
            "role": [concept(one.role)] if known["role"] else [],
            "member": cast.party(one.party),
        }
    )


def risk(plan: Plan, cast: Cast) -> list[str]:
    """Add the RiskAssessment, if the plan says a risk."""
    one = plan.risk
    if one is None or one == Risk():
        return []
    known = {
        "level": True,
        "tool": bool(words(one.tool)),
        "assessed_on": bool(moment(one.assessed_on)),
        "reason": bool(words(one.reason)),
    }
    level = coding(f"{TERMS}risk-probability", one.level) if one.level else None
    resource = {
        "resourceType": "RiskAssessment",
        "extension": extras(unsaid(one, known, Risk.__dataclass_fields__)),
        "status": "final",
        "method": concept(one.tool),
        "subject": to(cast.member),
        "occurrenceDateTime": moment(one.assessed_on),
        "reasonCode": [concept(one.reason)] if known["reason"] else [],
        "prediction": [{"qualitativeRisk": {"coding": [level]}}] if level else [],
    }
    return [cast.add(cast.url("risk"), resource)]


def assessments(plan: Plan, cast: Cast) -> list[str]:
    """Add every assessment as an Observation."""
    return [
        cast.add(cast.url(f"assessment|{number}"), _assessment(one, cast))
        for number, one in enumerate(plan.assessments)
    ]


def _assessment(one: Assessment, cast: Cast) -> Json:
    known = {
        "name": bool(words(one.name)),
        "date": bool(moment(one.date)),
        "result": bool(words(one.result)),
        "codes": fits(one.codes),
    }
    named = concept(one.name, codings(one.codes) if known["codes"] else ())
    return {
        "resourceType": "Observation",
        "meta": meta(
            one, CORE + "observation-screening-assessment" if named and known["result"] else ""
        ),
        "extension": more(one, known),
        "status": "final",
        "category": [{"coding": [coding(_SURVEY, "survey")]}],
        "code": named or {"coding": [house("observation", "assessment")]},
        "subject": to(cast.member),
        "effectiveDateTime": moment(one.date),
        "valueString": words(one.result),
    }


def said_words(plan: Plan, cast: Cast, name: str) -> list[str]:
    """Add the words of one of `LISTS`; return their URLs."""
    found = [one for one in map(clean, getattr(plan, name)) if one]
    return [_said(cast, name, f"{name}|{number}", one) for number, one in enumerate(found)]


def crisis_plan(plan: Plan, cast: Cast) -> list[str]:
    """Add the crisis plan; that there is none, the CarePlan says."""
    text = words(plan.crisis_plan)
    return [_said(cast, "crisis_plan", "crisis", text)] if text else []


def _said(cast: Cast, name: str, key: str, text: str) -> str:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [house("observation", name)]}],
        "code": {"coding": [house("observation", name)]},
        "subject": to(cast.member),
        "valueString": text,
    }
    return cast.add(cast.url(key), resource)
