"""The decision receipt: what a release stands on, for the privacy officer and for its recipient.

The release step puts the SHA-256 of both editions into its ledger events, pages and API show them
from the release's row: `facts` gives the same JSON both times, so anybody can prove a receipt
against the signed log (`deploy/verify_receipt.py`). The officer's edition says what was withheld,
by category; the recipient's says only that something was, and rests on what was released alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from consent.terms import GENERAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("released", "withheld", "reasons", "errors", "consents", "recipient"), ()),
    **dict.fromkeys(("at", "outcome", "purpose", "discloser", "policy"), ""),
}
"""What a release of an older version of the hub didn't keep."""

Edition: TypeAlias = Literal["officer", "recipient"]
SCHEMA = "icp-decision-receipt/1"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on file of one release: its row's values, and its delivery."""

    release: str
    plan: str
    delivery: str
    decision: Mapping[str, Any]
    withheld: int
    notices: Sequence[str]
    digest: str
    size: int
    media_type: str
    format: str


def facts(kept: Kept, edition: Edition) -> dict[str, Any]:
    """Return an edition's facts: JSON that is the same whenever it is made. Names no person."""
    decision = {**_NOTHING, **kept.decision}
    released = [list(one) for one in decision["released"]]
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "edition": edition,
        "release": kept.release,
        "plan": kept.plan,
        "delivery": kept.delivery,
        "decided_at": decision["at"],
        "outcome": decision["outcome"],
        "purpose": decision["purpose"],
        "discloser": decision["discloser"],
        "recipient": list(decision["recipient"]),
        "content": {
            "sha256": kept.digest,
            "bytes": kept.size,
            "media_type": kept.media_type,
            "format": kept.format,
        },
        "consents": list(decision["consents"]),
        "policy": decision["policy"],
        "notices": list(kept.notices),
        "released": [_matter(one) for one in released],
        "something_withheld": kept.withheld > 0,
        "reasons": [
            _reason(one)
            for one in decision["reasons"]
            if edition == "officer" or (list(one[0]) in released and one[3] == "permit")
        ],
    }
    if edition == "officer":
        said["withheld"] = [_matter(one) for one in decision["withheld"]]
        said["withheld_parts"] = kept.withheld
        said["errors"] = [list(one) for one in decision["errors"]]
    return said


def fingerprint(said: Mapping[str, Any]) -> str:
    """Return the SHA-256 in hex of a receipt's facts as canonical JSON (keys sorted, no blanks)."""
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def clauses(said: Mapping[str, Any], laws: Mapping[str, tuple[str, str]]) -> list[dict[str, str]]:
    """Return each rule that a receipt names, by `hub.questioning.laws`: id, clause, sentence."""
    wanted = {one["rule"] for one in said["reasons"]}
    return [
        {"rule": rule, "citation": citation, "sentence": sentence}
        for rule, (citation, sentence) in laws.items()
        if rule in wanted
    ]


def _matter(one: Sequence[str]) -> dict[str, str]:
    category, origin, *_ = one
    return {"category": category, "part2_origin": origin}


def _reason(one: Sequence[Any]) -> dict[str, Any]:
    matter, rule, consent, effect = one
    return {**_matter(matter), "rule": rule, "consent": consent, "effect": effect}


def inside(said: Mapping[str, Any]) -> list[str]:
    """Return the sensitive categories that went, for a page."""
    return sorted({one["category"] for one in said["released"]} - {GENERAL})
