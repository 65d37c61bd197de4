"""Examples of what the consent, decision and FHIR routes answer. Everything in them is invented.

`hub.web.examples` takes them in; a test holds each against a real answer.
"""

from typing import Any

_JSON = "application/json"
_FHIR = "application/fhir+json"
_AT = "2026-11-02T14:30:05.123000Z"
_MEM = "mem_06dkz2a1b3c5d7e9f0g2h4j6k8"
_CNS = "cns_06dkz2zz4y6x8w0v1t3s5r7q9p"
_NEW = "cns_06dkz31a2b4c6d8e0f2g4h6j8k"
_BAT = "bat_06dkz3aa1b3c5d7e9f0g2h4j6k"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FAULT = {
    "weight": "deficient",
    "element": "expiry",
    "clause": "42 CFR 2.31(a)(7)",
    "todo": "state a day, an event, or `never` where that is allowed",
}
_CONSENT: dict[str, Any] = {
    "id": _CNS,
    "member": _MEM,
    "kind": "specific",
    "disclosers": {"organisations": ["mco-keystone"], "persons": [], "classes": []},
    "recipients": {"organisations": ["pcmh-riverbend"], "persons": [], "classes": []},
    "purposes": ["TREAT"],
    "categories": ["sud"],
    "signed_on": "2026-10-30",
    "signed_by": "the member",
    "authority": "member",
    "recorded_at": _AT,
    "revoked_at": None,
    "superseded_by": "",
}
_REASON = {
    "rule": "P2-03",
    "clause": "42 CFR 2.31(a)(4)",
    "says": "A specific consent reaches the recipient it names and nobody else.",
    "effect": "forbid",
    "consent": _CNS,
}
_MATTER = {
    "category": "sud",
    "part2_origin": "yes",
    "minor_basis": "unknown",
    "goes": False,
    "reasons": [_REASON],
}
_ROW = {
    "row": 2,
    "verdict": "deficient",
    "says": "would be kept, carries nothing: an element is missing",
    "problem": "",
    "faults": [_FAULT],
    "notes": [],
    "against": [],
    "consent": _CNS,
}
_COUNTS = {
    "good": 0,
    "deficient": 1,
    "conflict": 0,
    "duplicate": 0,
    "unknown_member": 0,
    "refused": 0,
}
_RESOURCE: dict[str, Any] = {
    "resourceType": "Consent",
    "id": "cns-06dkz2zz4y6x8w0v1t3s5r7q9p",
    "meta": {"lastUpdated": _AT},
    "status": "active",
    "scope": {"coding": [{"code": "patient-privacy"}]},
    "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    "patient": {"reference": "Patient/mem-06dkz2a1b3c5d7e9f0g2h4j6k8"},
    "provision": {"type": "permit", "purpose": [{"code": "TREAT"}]},
}

EXAMPLES: dict[str, tuple[str, Any]] = {
    "granted": (
        _JSON,
        {"consent": _CNS, "member": _MEM, "deficiencies": [], "faults": [_FAULT]},
    ),
    "checked": (_JSON, {"faults": [_FAULT], "duplicates": [], "conflicts": []}),
    "expiring": (
        _JSON,
        {
            "expiring": [
                {"consent": _CNS, "member": _MEM, "kind": "specific", "last_day": "2026-12-01"}
            ]
        },
    ),
    "consent": (
        _JSON,
        {**_CONSENT, "lapse": None, "faults": [_FAULT], "chain": [_CNS]},
    ),
    "history": (
        _JSON,
        {
            "consent": _CNS,
            "versions": [
                {
                    "version": 1,
                    "event": "consent.granted",
                    "at": _AT,
                    "actor": "acc_06dkz0a2c4e6g8j0m2p4r6t8v0",
                    "consent": _CONSENT,
                }
            ],
        },
    ),
    "superseded": (_JSON, {"consent": _NEW, "supersedes": _CNS, "faults": [_FAULT]}),
    "ended": (_JSON, {"consent": _CNS, "event_at": _AT}),
    "scanned": (_JSON, {"consent": _CNS, "sha256": _SHA256, "bytes": 48_821}),
    "scan": ("application/pdf", "the scan's bytes as they were attached"),
    "copy": ("application/pdf", "the member's copy"),
    "explanation": (
        _JSON,
        {
            "member": _MEM,
            "plan": None,
            "draft": False,
            "outcome": "permit",
            "matters": [_MATTER],
            "held_for": ["consent:sud"],
            "consents": [],
            "conflicts": [],
            "notices": [],
            "duties": [],
            "errors": [],
            "policy": "icp-consent/1",
            "at": _AT,
            "sentences": ["The plan goes without: sud, Part 2."],
        },
    ),
    "import": (_JSON, {"batch": _BAT, "again": False, "counts": _COUNTS, "rows": [_ROW]}),
    "batch": (
        _JSON,
        {
            "id": _BAT,
            "organisation": "mco-keystone",
            "recorded_at": _AT,
            "recorded_by": "key_06dkz0a2c4e6g8j0m2p4r6t8v0",
            "counts": _COUNTS,
            "consents": [_CNS],
            "approved_by": "",
            "again": False,
        },
    ),
    "batch_approved": (
        _JSON,
        {"batch": _BAT, "approved": 1, "approved_by": "acc_06dkz0a2c4e6g8j0m2p4r6t8v0"},
    ),
    "fhir_consent": (_FHIR, _RESOURCE),
    "fhir_bundle": (
        _FHIR,
        {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": _RESOURCE}]},
    ),
    "fhir_history": (
        _FHIR,
        {"resourceType": "Bundle", "type": "history", "entry": [{"resource": _RESOURCE}]},
    ),
    "fhir_metadata": (
        _FHIR,
        {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance"},
    ),
}
