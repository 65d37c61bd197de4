"""The decision receipt as a PDF: the page's own facts, typeset to keep with the plan.

`receipt` calls `as_pdf` with what `api_receipts.with_proof` told of an edition, so that paper, page
and API say the same and the practice's names nothing of what was withheld. Holds no member's name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.clearing.receipting import inside
from hub.render.pdf import typeset
from hub.web.pages import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORIGIN = {"yes": ", from a Part 2 program", "unknown": ", origin unknown"}
_GOES = {"permit": "may go", "forbid": "withheld"}


def as_pdf(told: Mapping[str, Any], row: Mapping[str, Any], made: datetime) -> bytes:
    """Return an edition as PDF bytes; `row` names sender, practice and contact."""
    said = told["receipt"]
    officer = said["edition"] == "officer"
    at = datetime.fromisoformat(said["decided_at"]) if said["decided_at"] else made
    heads = ["Content", *(["Verdict"] if officer else []), "Rule", "Clause", "Says", "Consent"]
    data = {
        "date": [at.year, at.month, at.day],
        "sender": row["sender"],
        "to": ", ".join(filter(None, (row["practice"], row["contact"]))),
        "verdict": _verdict(said, officer=officer),
        "heads": heads,
        "widths": [1.2, *([0.8] if officer else []), 0.8, 1.3, 1.8, 1.4],
        "reasons": [_cells(one, told, officer=officer) for one in said["reasons"]],
        "facts": _facts(said, at),
        "proof": (
            "The audit ledger holds the fingerprint of this receipt. Anybody can check it against"
            " the signed log without the hub's code."
            + (f" It stands in event {told['event']}." if told["event"] else "")
        ),
        "sha256": f"SHA-256 {told['sha256']}",
    }
    return typeset("pdf/decision_receipt.typ", data, at)


def _verdict(said: Mapping[str, Any], *, officer: bool) -> str:
    if officer and said["withheld"]:
        names = sorted(
            {wording.CATEGORIES.get(o["category"], o["category"]) for o in said["withheld"]}
        )
        return f"The plan went without: {', '.join(names)} ({said['withheld_parts']} parts)."
    if said["something_withheld"]:
        return "Part of the plan was withheld under the release on file."
    return "The whole plan was released."


def _cells(one: Mapping[str, Any], told: Mapping[str, Any], *, officer: bool) -> list[str]:
    known = {each["rule"]: each for each in told["clauses"]}.get(one["rule"], {})
    origin = _ORIGIN.get(one["part2_origin"], "") if officer else ""
    return [
        wording.CATEGORIES.get(one["category"], one["category"]) + origin,
        *([_GOES[one["effect"]]] if officer else []),
        one["rule"],
        known.get("citation", ""),
        known.get("sentence", ""),
        one["consent"] or ("none needed" if one["effect"] == "permit" else "none on file"),
    ]


def _facts(said: Mapping[str, Any], at: datetime) -> list[list[str]]:
    sensitive = [wording.CATEGORIES.get(one, one) for one in inside(said)]
    return [
        ["Decided", at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")],
        ["Purpose", wording.PURPOSES.get(said["purpose"], said["purpose"])],
        ["Sensitive content in it", ", ".join(sensitive) or "none"],
        ["Notices with it", ", ".join(said["notices"]) or "none"],
        ["Policy", said["policy"]],
        ["Document", f"{said['content']['format']}, {said['content']['bytes']} bytes"],
        ["SHA-256 of the document", said["content"]["sha256"]],
        ["Release", said["release"]],
        ["Delivery", said["delivery"]],
    ]
