"""Examples of the API's answers about requests and returned documents. Everything is invented."""

from typing import Any

_RQT = "rqt_06dkz5a1b3c5d7e9f0g2h4j6k8"
_DOC = "doc_06dkz6c3e5g7j9m1p3r5t7v9w1"
_AT = "2026-11-02T14:30:05.123000Z"
_JSON = "application/json"
_DOCUMENT: dict[str, Any] = {
    "id": _DOC,
    "request": _RQT,
    "delivery": None,
    "from": "pcmh-riverbend",
    "to": "mco-keystone",
    "given_by": "Nadia Brandt RN",
    "given_at": _AT,
    "media_type": "application/pdf",
    "bytes": 48_210,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "read_by": None,
    "plans": 0,
    "fetched_at": None,
    "notices": [],
    "content": f"/v1/documents/{_DOC}",
}
_REQUEST: dict[str, Any] = {
    "id": _RQT,
    "kind": "plan",
    "state": "answered",
    "from": "mco-keystone",
    "to": "pcmh-riverbend",
    "contact": "Nadia Brandt RN",
    "asked_of_you": False,
    "reason": "reassessment",
    "reason_means": "a reassessment is due",
    "urgency": "soon",
    "asked_by": "Sam Ortiz",
    "asked_at": _AT,
    "due_at": "2026-11-05T22:00:00.000000Z",
    "shown_at": _AT,
    "ended_at": _AT,
    "outcome": "document",
    "stopped_because": None,
    "may_ask_again_at": None,
    "attempts": 0,
    "chased": 1,
    "documents": 1,
    "member": {
        "family": "Delgado",
        "given": "Rosa",
        "birth_date": "1961-07-19",
        "member_id": "K100200301",
    },
    "links": {"self": f"/v1/requests/{_RQT}"},
}

EXAMPLES: dict[str, tuple[str, Any]] = {
    "request_made": (_JSON, {"request": _RQT, "status_url": f"/v1/requests/{_RQT}"}),
    "requests": (_JSON, {"requests": [_REQUEST], "next": None}),
    "request": (
        _JSON,
        {
            **_REQUEST,
            "words": "The newest one, please.",
            "notices": {},
            "consent_scope": None,
            "steps": [],
            "correction": None,
            "contact_data": {"phone": {"roster": "717-555-0100", "corrected": "717-555-0142"}},
            "done": [
                {
                    "kind": "document",
                    "by": "pcmh-riverbend",
                    "name": "Nadia Brandt RN",
                    "at": _AT,
                    "code": None,
                    "how": None,
                    "on": None,
                    "words": None,
                }
            ],
            "returned": [_DOCUMENT],
        },
    ),
    "request_step": (_JSON, {"request": _RQT, "state": "promised"}),
    "document_made": (
        _JSON,
        {"document": _DOC, "answers": _RQT, "content": f"/v1/documents/{_DOC}"},
    ),
    "documents": (_JSON, {"documents": [_DOCUMENT]}),
}
