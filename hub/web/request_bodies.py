"""Requests and returned documents as the API shows them: JSON of rows, words in their meaning.

Only `hub.web.api_requests` calls it. What the viewer may not see is null; nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.receipts import instant
from hub.requests import rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.asked import Actor
    from hub.requests.nouns import Thread

PATH = "/v1/requests"


def told(row: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Return a row of a list; `member` null: consent no longer lets the viewer know of them."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "state": row["state"],
        "from": row["asker"],
        "to": row["party"] if row["asker"] == row["mco"] else row["mco"],
        "contact": row["contact_name"],
        "asked_of_you": row["asker"] != actor.organisation,
        "reason": row["reason"],
        "reason_means": rules.REASONS[row["kind"]].get(row["reason"]),
        "urgency": row["urgency"],
        "asked_by": row["name"],
        "asked_at": instant(row["at"]),
        "due_at": instant(row["due_at"]),
        "shown_at": _at(row["shown_at"]),
        "ended_at": _at(row["ended_at"]),
        "outcome": row["outcome"] or None,
        "stopped_because": row["because"] or None,
        "may_ask_again_at": _at(row["again_at"]) if row["asker"] == actor.organisation else None,
        "attempts": row["attempts"],
        "chased": row["reminders"] + (row["told"] or 0),
        "documents": row["documents"],
        "member": None
        if row["family"] is None
        else {
            "family": row["family"],
            "given": row["given"],
            "birth_date": row["birth_date"],
            "member_id": row["member_id"],
        },
        "links": {"self": f"{PATH}/{row['id']}"},
    }


def whole(found: Thread, actor: Actor, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a request with all that was done about it; `texts` are notices by id."""
    row, fix = found.row, found.correction
    return {
        **told(row, actor),
        "words": found.words or None,
        "notices": {one: texts[one] for one in row["notices"] if one in texts},
        "consent_scope": row["scope"] or None,
        "steps": sorted(rules.steps(row, actor.organisation)),
        "correction": fix
        and {"field": fix["field"], "before": fix["before"], "says": fix["after"]},
        "contact_data": {
            one.field: {"roster": one.roster or None, "corrected": one.corrected or None}
            for one in found.reach
        },
        "done": [_entry(one) for one in found.entries],
        "returned": [document_told(one) for one in found.documents],
    }


def _entry(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": one["kind"],
        "by": one["organisation"],
        "name": one["name"],
        "at": instant(one["at"]),
        "code": one["code"] or None,
        "how": one["how"] or None,
        "on": one["on_day"] and one["on_day"].isoformat(),
        "words": one["words"] or None,
    }


def document_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a returned document; its bytes are behind `content`."""
    return {
        "id": row["id"],
        "request": row["request"],
        "delivery": row["delivery"],
        "from": row["party"],
        "to": row["mco"],
        "given_by": row["name"],
        "given_at": instant(row["at"]),
        "media_type": row["media_type"],
        "bytes": row["size"],
        "sha256": row["digest"],
        "read_by": row["reader"] or None,
        "plans": row["plans"],
        "fetched_at": _at(row["fetched_at"]),
        "notices": (row["decision"] or {}).get("notices", []),
        "content": f"/v1/documents/{row['id']}",
    }


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
