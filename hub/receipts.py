"""What a sender is told about a submission: one JSON value, the same by API and as an SFTP file.

The web edge and the SFTP inbox call `receipt` with rows the store read. It says what was read, what
became of each plan, whose turn it is, and the three ledgers of each delivery: transport, person,
agreement. Pure; it holds ids, states, codes and names of staff, never the plan or the member.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from hub.lifecycle import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.lifecycle import Noun

    Row = Mapping[str, Any]

SCHEMA = "icp-receipt/1"
_MEANING = {(s.noun, s.name): (s.turn, s.meaning) for s in STATES}


def receipt(submission: Row, plans: Sequence[Row], deliveries: Sequence[Row]) -> dict[str, object]:
    """Return the receipt of a submission from its row, its plans' and its deliveries' rows.

    For a duplicate the plans and deliveries are those of the first submission with these bytes.
    """
    by_plan: dict[str, list[Row]] = {}
    for row in deliveries:
        by_plan.setdefault(row["plan"], []).append(row)
    return {
        "receipt": SCHEMA,
        **summary(submission),
        "media_type": submission["media_type"],
        "reader": submission["reader"] or None,
        "findings": submission["findings"],
        "coverage": coverage(submission["tally"]),
        "plans": [_plan(row, by_plan.get(row["id"], ())) for row in plans],
        "closed": _closed(submission, plans, deliveries),
    }


def summary(submission: Row) -> dict[str, object]:
    """Return the short form of a submission, as lists show it."""
    return {
        "submission": submission["id"],
        "name": submission["name"] or None,
        "channel": submission["channel"],
        "sha256": submission["digest"],
        "bytes": submission["size"],
        "received_at": instant(submission["received_at"]),
        **standing("submission", submission["state"]),
        "duplicate_of": submission["duplicate_of"],
        "plan_count": submission["plans"],
    }


def delivery(row: Row) -> dict[str, object]:
    """Return a delivery with its three ledgers."""
    return {
        "delivery": row["id"],
        "plan": row["plan"],
        "sender": row["mco"],
        "practice": {"id": row["pcmh"], "name": row["practice"]},
        "contact": row["contact"],
        "channel": row["channel"],
        **standing("delivery", row["state"]),
        "owner": row["owner"] or None,
        "queued_at": instant(row["made_at"]),
        "withheld": row["withheld"],
        "notices": list(row["notices"]),
        "content": {
            "format": row["format"],
            "media_type": row["media_type"],
            "bytes": row["size"],
            "sha256": row["digest"],
        },
        "transport": {
            "state": row["transport"],
            "code": row["code"] or None,
            "attempts": row["attempts"],
            "sent_at": instant(row["sent_at"]),
        },
        "person": {
            "state": row["person"],
            "shown_at": instant(row["shown_at"]),
            "acknowledged_at": instant(row["acknowledged_at"]),
            "acknowledged_by": row["acknowledged_by"],
            "due": instant(row["acknowledge_due"]),
        },
        "agreement": {
            "state": row["agreement"],
            "answer": row["answer"],
            "answered_at": instant(row["answered_at"]),
        },
    }


def coverage(tally: Row) -> dict[str, object]:
    """Return the tally of source items with the share that reached the plan or its residue."""
    items = int(tally.get("source_items", 0))
    kept = int(tally.get("mapped", 0)) + int(tally.get("residue", 0))
    return {**tally, "kept": round(kept / items, 4) if items else None}


def standing(noun: str, state: str) -> dict[str, str]:
    """Return a state, whose turn it is, and what the state means."""
    turn, meaning = _MEANING[cast("Noun", noun), state]
    return {"state": state, "turn": turn, "meaning": meaning}


def instant(at: datetime | None) -> str | None:
    """Return an instant in UTC as RFC 3339, or None."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plan(row: Row, deliveries: Sequence[Row]) -> dict[str, object]:
    return {
        "plan": row["id"],
        "kind": row["kind"],
        "version": row["version"],
        **standing("plan", row["state"]),
        "reason": row["reason"] or None,
        "unchanged_since": _repeated(row["repeats"]),
        "findings": row["findings"],
        "made_at": instant(row["made_at"]),
        "deliveries": [delivery(each) for each in deliveries],
    }


def _repeated(earlier: Row | None) -> dict[str, object] | None:
    """Return the earlier version that a plan says the same as; nothing was sent of this one."""
    return {key: earlier[key] for key in ("version", "plan")} if earlier else None


def _closed(submission: Row, plans: Sequence[Row], deliveries: Sequence[Row]) -> bool:
    """Say whether nobody has anything left to do: each plan was taken by a person, or replaced.

    A plan that says nothing new is taken when the version it repeats is.
    """
    if submission["state"] in {"received", "quarantined"} or not plans:
        return False
    taken = {d["plan"] for d in deliveries if d["acknowledged_at"] or d["answered_at"]}
    gone = {"superseded", "recalled"}
    return all(
        p["id"] in taken
        or p["state"] in gone
        or (p["repeats"] and (p["repeats"]["taken"] or p["repeats"]["state"] in gone))
        for p in plans
    )
