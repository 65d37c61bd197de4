"""One consent as a FHIR R4 Consent resource.

`hub.web.fhir` calls `to_fhir`; `fhir_reading` reads it back. Standard elements first; what R4 has
no element for stands in one extension, `urn:icp:consent:1`. Ids in FHIR hold no underscore, so
`cns_1` is `Consent/cns-1`. Who recorded or approved a consent isn't written: accounts stay inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.consents import codes

if TYPE_CHECKING:
    from datetime import datetime

    from consent.records import Consent, Expiry, Parties

Json = dict[str, Any]


def logical(identifier: str) -> str:
    """Return an id of ours as FHIR's: `cns_1` is `cns-1`."""
    return identifier.replace("_", "-", 1)


def internal(identifier: str) -> str:
    """Return the id of ours behind FHIR's."""
    return identifier.replace("-", "_", 1) if "_" not in identifier else identifier


def to_fhir(consent: Consent, version: int, changed: datetime, at: datetime) -> Json:
    """Return the resource of a consent as its version `version` of `changed` stood at `at`."""
    refusal = consent.kind in {"refusal", "restriction"}
    provision: Json = {"type": "deny" if refusal else "permit"}
    provision |= _filled(
        period=_period(consent),
        actor=_actors(consent),
        action=[_concept(codes.ACTION, "disclose")],
        securityLabel=[_category(word) for word in sorted(consent.categories)],
        purpose=[_purpose(word) for word in sorted(consent.purposes)],
    )
    system, code = codes.POLICIES[consent.kind]
    resource: Json = {
        "resourceType": "Consent",
        "id": logical(consent.id),
        "meta": {"versionId": str(version), "lastUpdated": changed.isoformat()},
        "extension": [{"url": codes.OURS, "extension": _extras(consent)}],
        "status": "active" if _standing(consent, at) else "inactive",
        "scope": _concept(codes.SCOPE, "patient-privacy"),
        "category": [
            _concept(codes.LOINC, "59284-0"),
            _concept(codes.ACT, "IDSCL"),
            _concept(codes.KIND, consent.kind),
        ],
        "patient": {
            "reference": f"Patient/{logical(consent.member)}",
            "identifier": {"system": codes.MEMBER, "value": consent.member},
        },
        "policyRule": _concept(system, code),
    }
    resource |= _filled(
        dateTime=consent.signed_on.isoformat() if consent.signed_on else None,
        performer=[{"display": consent.signed_by}] if consent.signed_by else None,
        sourceAttachment=_scan(consent),
        verification=[{"verified": True}] if consent.proven else None,
    )
    resource["provision"] = provision
    return resource


def _standing(consent: Consent, at: datetime) -> bool:
    """Say whether nothing was stamped on it that ends it; dates are the period's to say."""
    revoked = consent.revoked_at is not None and consent.revoked_at <= at
    happened = consent.expires.event_at is not None and consent.expires.event_at <= at
    return not (revoked or happened or consent.superseded_by)


def _period(consent: Consent) -> Json | None:
    starts = consent.starts_at or consent.starts
    ends = consent.expires.at or consent.expires.on
    return _filled(
        start=starts.isoformat() if starts else None, end=ends.isoformat() if ends else None
    )


def _actors(consent: Consent) -> list[Json]:
    found = _parties(consent.disclosers, codes.DISCLOSER)
    found += _parties(consent.recipients, codes.RECIPIENT)
    if consent.intermediary:
        who = {"identifier": {"system": codes.ORGANISATION, "value": consent.intermediary}}
        role = _concept(f"{codes.OURS}:role", codes.INTERMEDIARY)
        found.append({"role": role, "reference": {"type": "Organization", **who}})
    return found


def _parties(parties: Parties, role: str) -> list[Json]:
    named = (
        ("Organization", codes.ORGANISATION, parties.organisations),
        ("Practitioner", codes.PERSON, parties.persons),
        ("Group", codes.CLASS, parties.classes),
    )
    return [
        {
            "role": _concept(codes.PART, role),
            "reference": {"type": kind, "identifier": {"system": system, "value": value}},
        }
        for kind, system, values in named
        for value in sorted(values)
    ]


def _category(word: str) -> Json:
    if word in codes.WRITTEN:
        return {"system": codes.ACT, "code": codes.WRITTEN[word]}
    return {"system": codes.CATEGORY, "code": word}


def _purpose(word: str) -> Json:
    return {"system": codes.REASON, "code": codes.LEGAL_REASON if word == "LEGAL" else word}


def _scan(consent: Consent) -> Json | None:
    """Return where the scan is; its bytes never stand in the resource."""
    if not consent.scan:
        return None
    return {"url": f"/v1/consents/{consent.id}/scan", "title": f"sha-256:{consent.scan}"}


def _extras(consent: Consent) -> list[Json]:
    """Return what R4 has no element for."""
    told: list[tuple[str, str, object]] = [
        ("authority", "valueCode", consent.authority),
        ("method", "valueCode", consent.method),
        ("proof", "valueString", consent.proof),
        ("witness", "valueString", consent.witness),
        ("supersedes", "valueString", consent.supersedes),
        *(("statement", "valueCode", word) for word in sorted(consent.statements)),
        *_ends(consent.expires),
    ]
    if consent.revoked_at:
        told.append(("revoked", "valueInstant", consent.revoked_at.isoformat()))
    return [{"url": name, kind: value} for name, kind, value in told if value]


def _ends(ends: Expiry) -> list[tuple[str, str, object]]:
    return [
        ("never", "valueBoolean", ends.never),
        ("event", "valueString", ends.event),
        ("happened", "valueInstant", ends.event_at.isoformat() if ends.event_at else ""),
    ]


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _filled(**given: object) -> Json:
    return {name: value for name, value in given.items() if value}
