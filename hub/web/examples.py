"""Examples of the API's answers: (media type, example) by name. Everything in them is invented.

`hub.web.openapi` shows them; a test holds them against real answers, so they can't go stale.
"""

from typing import Any

from hub.receipts import delivery, receipt, summary
from hub.web import examples_consents, examples_fhir, examples_requests

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_SUB = "sub_06dkz3k8q0n4x7v2t5w9b1c3ye"
_PLN = "pln_06dkz3k9a2m6s8r4p1h7j0f5gd"
_DLV = "dlv_06dkz3kb7c9e1t3y5u8n2q4w6x"
_ANS = "ans_06dkz0a2c4e6g8j0m2p4r6t8v0"
_MEM = "mem_06dkz2a1b3c5d7e9f0g2h4j6k8"
_CNS = "cns_06dkz2zz4y6x8w0v1t3s5r7q9p"
_AT = "2026-11-02T14:30:05.123000Z"
_JSON = "application/json"
_FINDING = {
    "severity": "warning",
    "code": "goal_without_concern",
    "message": "name the concern this goal is about",
    "place": None,
}
_SUBMISSION: dict[str, Any] = {
    "id": _SUB,
    "mco": "mco-keystone",
    "channel": "api",
    "name": "plan.xml",
    "media_type": "text/xml",
    "digest": _SHA256,
    "size": 62_041,
    "duplicate_of": None,
    "received_at": None,
    "state": "read",
    "reader": "keystone_ccda@1",
    "findings": [_FINDING],
    "tally": {"source_items": 412, "mapped": 401, "residue": 11, "ignored": 0},
    "plans": 1,
}
_PLAN: dict[str, Any] = {
    "id": _PLN,
    "kind": "icp",
    "version": 3,
    "state": "released",
    "reason": {},
    "findings": [],
    "made_at": None,
    "repeats": None,
}
_ROW: dict[str, Any] = {
    "id": _DLV,
    "plan": _PLN,
    "mco": "mco-keystone",
    "pcmh": "pcmh-riverbend",
    "practice": "Riverbend Family Medicine",
    "contact": "Nadia Brandt RN",
    "channel": "mailbox",
    "state": "acknowledged",
    "transport": "confirmed",
    "person": "acknowledged",
    "agreement": "none",
    "code": "",
    "attempts": 1,
    "made_at": None,
    "sent_at": None,
    "shown_at": None,
    "acknowledged_at": None,
    "acknowledged_by": "Nadia Brandt RN",
    "acknowledge_due": None,
    "answer": None,
    "answered_at": None,
    "owner": "",
    "withheld": False,
    "notices": [],
    "format": "pdf",
    "media_type": "application/pdf",
    "size": 48_210,
    "digest": _SHA256,
}
_CONSENT: dict[str, Any] = {
    "id": _CNS,
    "member": _MEM,
    "kind": "specific",
    "purposes": ["TREAT"],
    "categories": ["sud"],
    "signed_on": "2026-10-30",
    "recorded_at": _AT,
}
_HEAD = {
    "size": 2_048,
    "root": _SHA256,
    "at": 1_793_629_805_123,
    "signature": "c2lnbmF0dXJl",
    "key_id": "ledger-1",
}
_EVENT = {
    "id": 1_207,
    "kind": "submission.received",
    "meaning": "bytes were made durable and accepted",
    "noun": _SUB,
    "at": _AT,
    "actor": "key_06dkz0a2c4e6g8j0m2p4r6t8v0",
    "detail": {"channel": "api", "sha256": _SHA256},
}
_SINCE = {"version": 2, "acknowledged_by": None}
_CHANGE = {
    "part": "Goals",
    "what": "changed",
    "name": "Walk daily",
    "fields": [{"label": "Due", "before": "Dec 31, 2026", "after": "Jan 31, 2027"}],
}
_COUNTS = {"rows": 1_204, "added": 12, "changed": 31, "dropped": 3, "refused": None}

_DECISION: dict[str, Any] = {
    "receipt": {
        "schema": "icp-decision-receipt/1",
        "edition": "recipient",
        "release": "rel_06dkz3kb0a2c4e6g8j0m2p4r6t",
        "plan": _PLN,
        "delivery": _DLV,
        "decided_at": "2026-11-02T14:30:05.123000+00:00",
        "outcome": "permit",
        "purpose": "TREAT",
        "discloser": "mco-keystone",
        "recipient": ["pcmh-riverbend", "con-riverbend-1"],
        "content": {
            "sha256": _SHA256,
            "bytes": 48_210,
            "media_type": "application/pdf",
            "format": "pdf",
        },
        "consents": [],
        "policy": "icp-consent/1",
        "notices": [],
        "released": [{"category": "general", "part2_origin": "no"}],
        "something_withheld": True,
        "reasons": [],
    },
    "sha256": _SHA256,
    "clauses": [],
    "event": 1_207,
    "proof": "/v1/ledger/events/1207/proof",
}
PROBLEM = {
    "type": "urn:icp-hub:problem:idempotency_key_reused",
    "title": "Unprocessable Entity",
    "status": 422,
    "code": "idempotency_key_reused",
    "detail": "this Idempotency-Key was used with other bytes; send a new key",
    "request": "req_06dkz3k8q0n4x7v2t5w9b1c3ye",
}
EXAMPLES: dict[str, tuple[str, Any]] = {
    "accepted": (
        _JSON,
        {
            "submission": _SUB,
            "sha256": _SHA256,
            "bytes": 62_041,
            "received_at": _AT,
            "duplicate_of": None,
            "status_url": f"/v1/submissions/{_SUB}",
        },
    ),
    "reading": (
        _JSON,
        {
            "reader": "keystone_ccda@1",
            "findings": [_FINDING],
            "coverage": {**_SUBMISSION["tally"], "kept": 1.0},
            "plans": 1,
        },
    ),
    "submissions": (_JSON, {"submissions": [summary(_SUBMISSION)], "next": None}),
    "receipt": (_JSON, receipt(_SUBMISSION, [_PLAN], [_ROW])),
    "plan": (_JSON, {"schema": "icp/1", "header": {"kind": "icp", "version": 3}}),
    "plan_changes": (_JSON, {"plan": _PLN, "since": _SINCE, "changes": [_CHANGE]}),
    "changes": (_JSON, {"delivery": _DLV, "since": _SINCE, "changes": [_CHANGE]}),
    "deliveries": (_JSON, {"deliveries": [delivery(_ROW)], "next": None}),
    "delivery": (_JSON, delivery(_ROW)),
    "content": ("*/*", "the released bytes, in the format the practice chose"),
    "acknowledgment": (_JSON, {"delivery": _DLV, "acknowledged_at": _AT}),
    "answer": (_JSON, {"delivery": _DLV, "answer": "accept", "answered_at": _AT}),
    "answers": (
        _JSON,
        {
            "delivery": _DLV,
            "answers": [
                {
                    "id": _ANS,
                    "kind": "propose",
                    "code": None,
                    "name": "Nadia Brandt RN",
                    "at": _AT,
                    "reason": None,
                    "changes": [
                        {
                            "pointer": "/goals/0",
                            "before": "Walk 30 minutes a day",
                            "says": "Walk 10 minutes twice a day",
                        }
                    ],
                    "replies": [
                        {
                            "id": "rpl_06dkz0a2c4e6g8j0m2p4r6t8v0",
                            "kind": "agree",
                            "code": None,
                            "name": "Sam Ortiz",
                            "at": _AT,
                            "reason": None,
                        }
                    ],
                }
            ],
        },
    ),
    "returns": (
        _JSON,
        {
            "counts": {"taken": 1, "already": 0, "refused": 0},
            "lines": [
                {
                    "line": 1,
                    "of": _DLV,
                    "status": "accepted",
                    "outcome": "taken",
                    "says": "accepted",
                }
            ],
        },
    ),
    "reply": (_JSON, {"answer": _ANS, "reply": "agree", "replied_at": _AT}),
    "member": (_JSON, {"member": _MEM}),
    "consents": (_JSON, {"member": _MEM, "consents": [_CONSENT]}),
    **examples_consents.EXAMPLES,
    **examples_fhir.EXAMPLES,
    **examples_requests.EXAMPLES,
    "revoked": (_JSON, {"consent": _CNS, "revoked_at": _AT}),
    "approved": (_JSON, {"consent": _CNS, "approved_by": "acc_06dkz0a2c4e6g8j0m2p4r6t8v0"}),
    "labels": (
        _JSON,
        {
            "plan": _PLN,
            "elements": [
                {
                    "element": "/concerns/0",
                    "digest": _SHA256,
                    "categories": ["sud"],
                    "part2_origin": "unknown",
                    "because": ["icd10cm:F10", "word:alcohol"],
                }
            ],
        },
    ),
    "label_raised": (
        _JSON,
        {"delivery": "del_06dkz3k9a2m6s8r4p1h7j0f5gd", "element": "/concerns/0", "raised": ["sud"]},
    ),
    "label_changed": (
        _JSON,
        {"plan": _PLN, "element": "/concerns/0", "held": 0, "queued": 1, "sent": 0},
    ),
    "decision": (_JSON, _DECISION),
    "decision_whole": (
        _JSON,
        {
            **_DECISION,
            "receipt": {
                **_DECISION["receipt"],
                "edition": "officer",
                "withheld": [{"category": "sud", "part2_origin": "unknown"}],
                "withheld_parts": 3,
                "errors": [],
            },
        },
    ),
    "roster": (_JSON, {"id": "ros_06dkz0a2c4e6g8j0m2p4r6t8v0", **_COUNTS, "problems": []}),
    "treating": (_JSON, {"kept": 2, "problems": [[4, "member_unknown"]]}),
    "directory": ("application/yaml", "organisations:\n  - {id: mco-keystone, kind: mco}\n"),
    "directory_fhir": (
        "application/fhir+json",
        {"resourceType": "Bundle", "type": "collection", "timestamp": _AT, "entry": []},
    ),
    "directory_diff": (
        _JSON,
        {
            "loaded": {
                "organisations": 0,
                "endpoints": 0,
                "contacts": 1,
                "rules": 0,
                "bindings": 0,
            },
            "changes": [
                {
                    "kind": "contact",
                    "id": "con-riverbend-1",
                    "organisation": "pcmh-riverbend",
                    "new": False,
                    "fields": [{"name": "to", "before": "", "after": "2026-12-31"}],
                }
            ],
            "remarks": [],
            "notes": [],
            "stranded": [
                {
                    "organisation": "pcmh-riverbend",
                    "purpose": "plan",
                    "since": "2027-01-01",
                    "open": 1,
                    "deliveries": [_DLV],
                }
            ],
        },
    ),
    "loaded": (_JSON, {"loaded": {"organisations": 7, "contacts": 6}}),
    "events": (_JSON, {"events": [_EVENT], "next": None}),
    "head": (_JSON, _HEAD),
    "proof": (_JSON, {"entry": "eyJuIjo…", "index": 7, "path": [_SHA256], "head": _HEAD}),
    "health": (_JSON, {"status": "ok", "database": "ok", "oldest_due_seconds": 0.0}),
    "schema": ("application/schema+json", {"title": "Integrated Care Plan, schema icp/1"}),
    "token": (
        _JSON,
        {
            "access_token": "icpat_…",
            "token_type": "bearer",
            "expires_in": 300,
            "scope": "submissions.write submissions.read",
        },
    ),
    "smart": (_JSON, {"token_endpoint": "https://hub.example/oauth/token"}),
}
