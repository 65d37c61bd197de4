"""Small FHIR documents for the reader's tests, made of parts; everybody in them is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.formats.fhir import ADAPTER
from hub.canonical import Document, Plan, Reading

SAMPLES = Path(__file__).parent / "samples" / "fhir"
NAMES = ("mcc_document", "bare_careplan", "labelled_transaction")
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"type": {"coding": [{"code": "MB"}]}, "value": "QX-41"}],
    "name": [{"family": "Quill", "given": ["Vera"]}],
    "birthDate": "1958-06-01",
}
SUBJECT = {"reference": "Patient/p"}
PLAN = {
    "resourceType": "CarePlan",
    "id": "plan",
    "status": "active",
    "intent": "plan",
    "subject": SUBJECT,
    "activity": [{"detail": {"status": "scheduled", "description": "Call each week"}}],
}


def resource(kind: str, **parts: Any) -> dict[str, Any]:
    """Return a resource about the patient."""
    about = "patient" if kind in {"AllergyIntolerance", "Consent"} else "subject"
    return {"resourceType": kind, about: SUBJECT, **parts}


def bundle(
    *resources: dict[str, Any], patient: Any = PATIENT, plan: Any = PLAN, **more: Any
) -> Any:
    """Return a Bundle of the patient, the plan and whatever else."""
    held = [one for one in (patient, plan) if one] + list(resources)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in held],
        **more,
    }


def read(value: Any) -> Reading:
    """Read a document given as bytes or as plain values."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return ADAPTER.read(Document(content))


def plan_of(value: Any) -> Plan:
    """Return the one plan of a document."""
    (plan,) = read(value).plans
    return plan


def sample(name: str) -> bytes:
    """Return one of our own samples."""
    return (SAMPLES / f"{name}.json").read_bytes()


def codes(value: Any) -> list[str]:
    """Return the codes of a document's findings."""
    return [one.code for one in read(value).findings]
