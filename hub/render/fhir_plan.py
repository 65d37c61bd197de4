"""The CarePlan: the plan's own header, what it lists, and the parts R4 has no element for.

Its narrative tells the header, so that US Core's CarePlan profile is kept. Facts of the release (to
whom, under what) are the Composition's, never here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Absent
from hub.render.ccda_member import language
from hub.render.fhir_elements import CORE
from hub.render.fhir_parts import (
    Json,
    clean,
    coding,
    extras,
    filled,
    house,
    is_uri,
    moment,
    to,
    unsaid,
    words,
)
from hub.render.fhir_words import narrative, told

if TYPE_CHECKING:
    from hub.canonical import Header, Plan
    from hub.render.fhir_cast import Cast

_HEADER: Final = (
    "set_id", "version", "replaces", "related", "title", "written_on", "period", "language",
    "program", "purpose", "criteria", "author", "custodian", "owner", "steward", "recipients",
    "source_ids",
)  # fmt: skip
_CATEGORY: Final = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"


def care_plan(plan: Plan, cast: Cast, team: list[str], support: list[str]) -> str:
    """Add the CarePlan over entries already added; return its URL."""
    header = plan.header
    known = _known(header)
    resource = {
        "resourceType": "CarePlan",
        "meta": {"profile": [CORE + "careplan"]},
        "language": language(header.language) if known["language"] else "",
        "text": narrative([told(header)]),
        "extension": extras(
            {
                **unsaid(header, known, _HEADER),
                "crisis_plan": plan.crisis_plan if isinstance(plan.crisis_plan, Absent) else None,
                "agreement": plan.agreement,
                "review": plan.review,
            }
        ),
        "identifier": [
            filled({"system": one.system, "value": one.value}) for one in header.source_ids
        ]
        if known["source_ids"]
        else [],
        "status": header.status,
        "intent": "plan",
        "category": [
            {"coding": [coding(_CATEGORY, "assess-plan")]},
            {"coding": [house("kind", header.kind)]},
        ],
        "title": words(header.title),
        "description": words(header.purpose),
        "subject": to(cast.member),
        "period": _period(header) if known["period"] else None,
        "created": moment(header.written_on),
        "author": cast.party(header.author),
        "careTeam": [to(one) for one in team],
        "addresses": [to(one) for one in cast.urls["concerns"]],
        "supportingInfo": [to(one) for one in support],
        "goal": [to(one) for one in cast.urls["goals"]],
        "activity": [{"reference": to(one)} for one in cast.urls["interventions"]],
    }
    return cast.add(cast.url("plan"), resource)


def _known(header: Header) -> dict[str, bool]:
    """Say which fields of the header R4 can say as they are."""
    return {
        "title": bool(words(header.title)),
        "written_on": bool(moment(header.written_on)),
        "period": _spans(header),
        "language": bool(header.language) and language(header.language) == header.language,
        "purpose": bool(words(header.purpose)),
        "author": True,
        "source_ids": all(
            one.value and one.value == clean(one.value) and is_uri(one.system) and not one.kind
            for one in header.source_ids
        ),
    }


def _spans(header: Header) -> bool:
    period = header.period
    if period is None:
        return True
    ends = (period.start, period.end)
    return all(end is None or moment(end) for end in ends) and not all(
        end is None or isinstance(end, Absent) for end in ends
    )


def _period(header: Header) -> Json:
    period = header.period
    if period is None:
        return {}
    return filled({"start": moment(period.start), "end": moment(period.end)})
