"""Examples of the FHIR API's answers, made of invented rows by the functions that make real ones.

`hub.web.examples` includes them; a test holds them against real answers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from hub.web.fhir import deliveries, directory

_FHIR = "application/fhir+json"
_AT = datetime(2026, 11, 2, 14, 30, 5, tzinfo=UTC)
_ROOT = "https://hub.example/fhir/"
_ROW: dict[str, Any] = {
    "id": "del_06dkz3kb7c9e1t3y5u8n2q4w6x",
    "plan": "pln_06dkz3k9a2m6s8r4p1h7j0f5gd",
    "release": "rel_06dkz3ka2m6s8r4p1h7j0f5gd0",
    "mco": "mco-keystone",
    "pcmh": "pcmh-riverbend",
    "sender": "Keystone Unity Health Plan",
    "contact_id": "con-brandt",
    "contact": "Nadia Brandt RN",
    "member": "mem_06dkz2a1b3c5d7e9f0g2h4j6k8",
    "state": "sent",
    "agreement": "none",
    "answer": None,
    "made_at": _AT,
    "released_at": _AT,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "answered_at": None,
    "acknowledge_due": None,
    "media_type": "application/pdf",
    "size": 48_821,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "file_name": "icp.pdf",
    "version": 2,
    "changed": _AT,
}
_PLAN: dict[str, Any] = {
    "resourceType": "CarePlan",
    "id": "del-06dkz3kb7c9e1t3y5u8n2q4w6x",
    "meta": {"versionId": "2", "lastUpdated": "2026-11-02T14:30:05Z"},
    "status": "active",
    "intent": "plan",
    "subject": {"reference": "#7d2b6d2e-6a5c-5b0e-9a57-0c7b1f0a1111"},
    "contained": [{"resourceType": "Patient", "id": "7d2b6d2e-6a5c-5b0e-9a57-0c7b1f0a1111"}],
}
_SUBSCRIPTION: dict[str, Any] = {
    "resourceType": "Subscription",
    "id": "end-06dkz3kb7c9e1t3y5u8n2q4w6x",
    "status": "active",
    "reason": "told of changes of deliveries",
    "criteria": "Task",
    "channel": {"type": "rest-hook", "endpoint": "https://practice.example/hook"},
}
_SINGLE: dict[str, dict[str, Any]] = {
    "fhir_task": deliveries.task(_ROW),
    "fhir_document": deliveries.document_reference(_ROW, _ROOT),
    "fhir_provenance": deliveries.provenance(_ROW),
    "fhir_care_plan": _PLAN,
    "fhir_subscription": _SUBSCRIPTION,
    "fhir_organization": directory.organization(
        {
            "id": "mco-keystone",
            "active": True,
            "name": "Keystone",
            "npi": "1003000126",
            "kind": "mco",
        }
    ),
    "fhir_practitioner": directory.practitioner(
        {
            "id": "con-brandt",
            "organisation": "pcmh-riverbend",
            "active": True,
            "name": "Nadia Brandt RN",
            "roles": ["plan"],
            "phone": "",
            "email": "",
        }
    ),
    "fhir_endpoint": directory.endpoint(
        {
            "id": "end-riverbend",
            "organisation": "pcmh-riverbend",
            "kind": "fhir",
            "format": "fhir",
            "paused": False,
            "address": "https://ehr.riverbend.example/r4",
        }
    ),
    "fhir_audit_event": directory.audit_event(
        {
            "id": 7,
            "kind": "delivery.sent",
            "at": _AT,
            "actor": "hub",
            "noun": _ROW["id"],
            "detail": {"code": "http_200"},
        }
    ),
}
EXAMPLES: Final[dict[str, tuple[str, Any]]] = {
    **{name: (_FHIR, one) for name, one in _SINGLE.items()},
    **{
        f"{name}s": (
            _FHIR,
            {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one}]},
        )
        for name, one in _SINGLE.items()
    },
    "fhir_binary": (
        _FHIR,
        {"resourceType": "Binary", "contentType": "application/pdf", "data": "JVBERi0xLjc="},
    ),
    "fhir_gone": ("text/plain", ""),
}
