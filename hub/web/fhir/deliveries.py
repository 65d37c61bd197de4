"""A delivery as FHIR: the Task that asks the practice, its DocumentReference, its Provenance.

`hub.web.fhir.api_deliveries` calls it with rows of the query `fhir_deliveries`. A Task tells the
three ledgers apart: `status` is the person's and the agreement's, `businessStatus` the state's own
words. Nothing of a plan or a member's name is in any of the three. Pure.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from hub.lifecycle import STATES
from hub.receipts import instant
from hub.web.fhir.asking import coded, plain_id, reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    Json = dict[str, Any]
    Row = Mapping[str, Any]

STATUS: Final = {
    "queued": "requested",
    "sending": "requested",
    "sent": "requested",
    "overdue": "requested",
    "acknowledged": "received",
    "answered:accepted": "accepted",
    "answered:disputed": "rejected",
    "answered:changes_proposed": "on-hold",
    "answered:meeting_asked": "on-hold",
    "answered:cannot_reach": "failed",
    "answered:closed": "completed",
    "returned": "rejected",
    "undeliverable": "failed",
    "stopped": "cancelled",
    "superseded": "cancelled",
}
"""Task.status by a delivery's state, and by its agreement once it is answered."""

GONE: Final = {
    "superseded": "superseded",
    "stopped": "entered-in-error",
    "returned": "entered-in-error",
}
"""DocumentReference.status of deliveries that aren't current."""

CLOSED: Final = frozenset({"stopped", "returned"})
KINDS: Final = tuple(
    f"delivery.{word}"
    for word in (
        *("queued", "sending", "sent", "retry", "undeliverable", "stopped", "superseded"),
        *("acknowledged", "answered", "returned", "overdue"),
    )
)
"""The events that change a delivery, and so its resources' versions."""

STATE: Final = "urn:icp:delivery-state"
AGREEMENT: Final = "urn:icp:agreement"
ANSWER: Final = "urn:icp:answer"
REASON: Final = "urn:icp:answer-reason"
DELIVERY: Final = "urn:icp:delivery"
PLAN: Final = "urn:icp:plan"
MEMBER: Final = "urn:icp:member"
_MEANING: Final = {s.name: s.meaning for s in STATES if s.noun == "delivery"}
_PARTICIPANT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def standing(row: Row) -> str:
    """Return the key of a row in `STATUS`."""
    state: str = row["state"]
    return f"{state}:{row['agreement']}" if state == "answered" else state


def meta(row: Row) -> Json:
    """Return the version and time of a delivery's resources."""
    return {"versionId": str(row["version"]), "lastUpdated": instant(row["changed"])}


def member_of(row: Row) -> Json:
    """Return who a delivery is about, by the hub's own id alone."""
    return {"type": "Patient", "identifier": {"system": MEMBER, "value": row["member"]}}


def task(row: Row) -> Json:
    """Return the Task: take this plan, and say what you make of it."""
    state: str = row["state"]
    told: Json = row["answer"] or {}
    business = [{"system": STATE, "code": state}]
    if row["agreement"] != "none":
        business.append({"system": AGREEMENT, "code": row["agreement"]})
    found: Json = {
        "resourceType": "Task",
        "id": plain_id(row["id"]),
        "meta": meta(row),
        "identifier": [{"system": DELIVERY, "value": row["id"]}],
        "groupIdentifier": {"system": PLAN, "value": row["plan"]},
        "status": STATUS[standing(row)],
        "statusReason": _reason(told),
        "businessStatus": {"coding": business, "text": _MEANING[state]},
        "intent": "order",
        "code": coded("urn:icp:task", "take-plan", "Take an Integrated Care Plan and answer it"),
        "focus": reference("DocumentReference", row["id"]),
        "for": member_of(row),
        "authoredOn": instant(row["made_at"]),
        "lastModified": instant(row["changed"]),
        "requester": reference("Organization", row["mco"], row["sender"] or ""),
        "owner": reference("Practitioner", row["contact_id"], row["contact"] or ""),
        "restriction": _due(row),
        "output": _outputs(row, told),
    }
    return {name: value for name, value in found.items() if value not in (None, [], {})}


def _reason(told: Json) -> Json | None:
    code, words = told.get("code", ""), told.get("reason", "")
    if not code and not words:
        return None
    found: Json = {"coding": [{"system": REASON, "code": code}]} if code else {}
    return found | ({"text": words} if words else {})


def _due(row: Row) -> Json | None:
    due = instant(row["acknowledge_due"])
    return {"period": {"end": due}} if due else None


def _outputs(row: Row, told: Json) -> list[Json]:
    """Return who took the plan and who answered, with when."""
    said = (
        ("acknowledged-by", row["acknowledged_by"], None),
        ("acknowledged-at", None, instant(row["acknowledged_at"])),
        ("answered-by", told.get("name"), None),
        ("answered-at", None, instant(row["answered_at"]) if told else None),
    )
    found = []
    for code, words, at in said:
        value = {"valueString": words} if words else {"valueDateTime": at} if at else {}
        if value:
            found.append({"type": coded("urn:icp:task-output", code), **value})
    return found


def document_reference(row: Row, root: str) -> Json:
    """Return where the released bytes are, what they are, and their labels; never what they say."""
    digest = base64.b64encode(bytes.fromhex(row["digest"])).decode()
    found: Json = {
        "resourceType": "DocumentReference",
        "id": plain_id(row["id"]),
        "meta": meta(row),
        "masterIdentifier": {"system": DELIVERY, "value": row["id"]},
        "identifier": [{"system": "urn:icp:release", "value": row["release"]}],
        "status": GONE.get(row["state"], "current"),
        "type": {"coding": [{"system": "http://loinc.org", "code": "18776-5"}]},
        "subject": member_of(row),
        "date": instant(row["released_at"]),
        "author": [reference("Organization", row["mco"], row["sender"] or "")],
        "description": "Integrated Care Plan",
        "context": {"related": [{"reference": f"Task/{plain_id(row['id'])}"}]},
    }
    attachment: Json = {
        "extension": [{"url": "urn:icp:sha256", "valueString": f"sha-256=:{digest}:"}],
        "contentType": row["media_type"],
        "size": row["size"],
        "title": row["file_name"],
        "creation": instant(row["released_at"]),
    }
    if row["state"] not in CLOSED:
        attachment["url"] = f"{root}Binary/{plain_id(row['id'])}"
    return found | {"content": [{"attachment": attachment}]}


def provenance(row: Row) -> Json:
    """Return who made and who released what was delivered, and when."""
    return {
        "resourceType": "Provenance",
        "id": plain_id(row["id"]),
        "meta": meta(row),
        "target": [reference("DocumentReference", row["id"]), reference("CarePlan", row["id"])],
        "recorded": instant(row["released_at"]),
        "activity": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion",
                    "code": "AU",
                }
            ]
        },
        "agent": [
            {
                "type": coded(_PARTICIPANT, "author"),
                "who": reference("Organization", row["mco"], row["sender"] or ""),
            },
            {"type": coded(_PARTICIPANT, "assembler"), "who": {"display": "ICP hub"}},
        ],
        "entity": [
            {
                "role": "source",
                "what": {"identifier": {"system": PLAN, "value": row["plan"]}},
            }
        ],
    }
