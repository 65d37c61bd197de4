"""Medications, allergies, advance directives and files as FHIR resources.

A medication is a MedicationStatement: the plan lists what is taken, it prescribes nothing. A file's
bytes do not travel with a rendered plan: its DocumentReference says which file, by name and sums.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hub.canonical import each, said
from hub.render.fhir_elements import CORE, meta, more, own_id
from hub.render.fhir_parts import (
    TERMS,
    Json,
    coding,
    codings,
    concept,
    extension,
    filled,
    fits,
    house,
    moment,
    period,
    status,
    to,
    words,
)

if TYPE_CHECKING:
    from hub.canonical import Allergy, Attachment, Directive, Medication, Plan
    from hub.render.fhir_cast import Cast

_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_TAKEN: Final = frozenset(
    {"active", "completed", "intended", "stopped", "on-hold", "unknown", "not-taken"}
)
_ALLERGIC: Final = frozenset({"active", "inactive", "resolved"})
_SEVERE: Final = frozenset({"mild", "moderate", "severe"})
_LARGEST: Final = 2**31 - 1
_MEDIA: Final = re.compile(r"[a-z0-9.+*-]+/[a-z0-9.+*-]+")
UNKNOWN: Final = {"extension": [extension(_ABSENT, "Code", "unsupported")]}


def medications(plan: Plan, cast: Cast) -> None:
    """Add every medication."""
    for one, url in zip(each(plan.medications), cast.urls["medications"], strict=True):
        cast.add(url, _medication(one, cast))


def _medication(one: Medication, cast: Cast) -> Json:
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "dose": bool(words(one.dose)),
        "status": one.status in _TAKEN,
        "start": bool(moment(one.start)),
        "end": bool(moment(one.end)),
    }
    named = concept(one.text, codings(one.codes) if known["codes"] else ())
    return {
        "resourceType": "MedicationStatement",
        "meta": meta(one),
        "extension": more(one, known),
        "identifier": own_id(one),
        **status(one.status, _TAKEN),
        "medicationCodeableConcept": named or UNKNOWN,
        "subject": to(cast.member),
        "effectivePeriod": period(moment(one.start), moment(one.end)),
        "dosage": [{"text": words(one.dose)}] if known["dose"] else [],
    }


def allergies(plan: Plan, cast: Cast) -> None:
    """Add every allergy."""
    for one, url in zip(each(plan.allergies), cast.urls["allergies"], strict=True):
        cast.add(url, _allergy(one, cast))


def _allergy(one: Allergy, cast: Cast) -> Json:
    reacted = words(one.reaction)
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "reaction": bool(reacted),
        "severity": bool(reacted) and one.severity in _SEVERE,
        "status": one.status in _ALLERGIC,
    }
    active = [coding(f"{TERMS}allergyintolerance-clinical", said(one.status))]
    reaction = {"manifestation": [{"text": reacted}]}
    if known["severity"]:
        reaction["severity"] = one.severity  # type: ignore[assignment]  # JSON of mixed values
    named = concept(one.text, codings(one.codes) if known["codes"] else ())
    return {
        "resourceType": "AllergyIntolerance",
        "meta": meta(one, CORE + "allergyintolerance" if named else ""),
        "extension": more(one, known),
        "identifier": own_id(one),
        "clinicalStatus": concept(None, active) if known["status"] else UNKNOWN,
        "code": named or UNKNOWN,
        "patient": to(cast.member),
        "reaction": [reaction] if reacted else [],
    }


def directives(plan: Plan, cast: Cast) -> None:
    """Add every advance directive as a Consent."""
    pairs = zip(each(plan.advance_directives), cast.urls["advance_directives"], strict=True)
    for one, url in pairs:
        cast.add(url, _directive(one, cast))


def _directive(one: Directive, cast: Cast) -> Json:
    known = {
        "text": bool(words(one.text)),
        "codes": fits(one.codes),
        "date": bool(moment(one.date)),
    }
    rule = concept(one.text, codings(one.codes) if known["codes"] else ())
    return {
        "resourceType": "Consent",
        "meta": meta(one),
        "extension": more(one, known),
        "status": "active",
        "scope": {"coding": [coding(f"{TERMS}consentscope", "adr")]},
        "category": [
            {"coding": [coding(f"{TERMS}consentcategorycodes", "acd"), house("directive", "acd")]}
        ],
        "patient": to(cast.member),
        "dateTime": moment(one.date),
        "policyRule": rule or UNKNOWN,
    }


def attachments(plan: Plan, cast: Cast) -> list[str]:
    """Add a DocumentReference for every file the source held; return their URLs."""
    return [
        cast.add(cast.url(f"attachment|{number}"), _attachment(one, cast))
        for number, one in enumerate(plan.attachments)
    ]


def _attachment(one: Attachment, cast: Cast) -> Json:
    sized = one.bytes is not None and one.bytes <= _LARGEST
    typed = words(one.media_type) if _MEDIA.fullmatch(words(one.media_type)) else ""
    known = {"name": bool(words(one.name)), "media_type": bool(typed), "bytes": sized}
    attachment = filled(
        {
            "extension": more(one, known),
            "contentType": typed,
            "size": one.bytes if sized else None,
            "title": words(one.name),
        }
    )
    return {
        "resourceType": "DocumentReference",
        "meta": meta(one),
        "status": "current",
        "subject": to(cast.member),
        "content": [{"attachment": attachment or UNKNOWN}],
    }
