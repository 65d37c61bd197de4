"""What must be done about a release that went wrong, by when, and what is still missing. Pure.

The officer's pages show it and the store asks it before it closes an incident. The hub is a
business associate: it tells the covered entity at once (45 CFR 164.410), and the four factors of
164.402(2) are weighed by a person, who concludes by name. Nothing here judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CAUSES: dict[str, str] = {
    "wrong_practice": "It went to a practice that isn't the member's",
    "wrong_person": "It went to the wrong person at the right practice",
    "wrong_member": "It holds somebody else's plan",
    "too_much": "It held more than consent allowed",
    "other": "Something else",
}

FACTORS: dict[str, str] = {
    "factor_nature": "What kind of information it was, and how easily it names the member",
    "factor_who": "Who used it or received it",
    "factor_acquired": "Whether it was really taken or looked at",
    "factor_mitigated": "How far the risk has been made smaller",
}
"""The four factors of 45 CFR 164.402(2)(i)-(iv), in their order."""

RISKS: dict[str, str] = {"low": "Low risk", "medium": "Some risk", "high": "High risk"}

STEPS: dict[str, str] = {
    "stopped": "Everything queued to the practice for this member was stopped",
    "recall_asked": "The practice was asked to destroy or return it",
    "recall_answered": "The practice answered the recall",
    **FACTORS,
    "told_covered_entity": "The health plan was told (45 CFR 164.410)",
    "told_member": "The member was told (45 CFR 164.404)",
    "lifted": "Plans may go to this practice for this member again",
    "closed": "Closed",
}

ANSWERS: dict[str, str] = {
    "destroyed": "Destroyed",
    "returned": "Returned",
    "never_opened": "Never opened, and destroyed",
    "cannot": "It can't be taken back",
}

CONCLUSIONS: dict[str, str] = {
    "not_a_breach": "Not a breach: low probability that it was compromised",
    "breach": "A breach: the member must be told",
}

AT_ONCE = timedelta(hours=24)
"""The house's own clock for "at once" and "without unreasonable delay"."""

SIXTY_DAYS = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Clock:
    """Something due: what, by which clause, by when, and when it was done, if it was."""

    what: str
    clause: str
    due: datetime
    done_at: datetime | None

    def late(self, now: datetime) -> bool:
        """Say whether it was done after its time, or is still open after it."""
        return (self.done_at or now) > self.due


def clocks(
    incident: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], *, breach: bool = True
) -> tuple[Clock, ...]:
    """Return an incident's clocks from the instant it was found; a breach's own unless ruled out.

    60 days is the outer limit of 164.410(b) and 164.404(b); the first two are the house's.
    """
    found: datetime = incident["found_at"]
    done = {one["kind"]: one["at"] for one in reversed(steps)}

    def due(what: str, clause: str, kind: str, after: timedelta) -> Clock:
        return Clock(what, clause, found + after, done.get(kind))

    told = due("Tell the member", "45 CFR 164.404(b)", "told_member", SIXTY_DAYS)
    return (
        due("Ask for it back", "45 CFR 164.530(f)", "recall_asked", AT_ONCE),
        due("Tell the health plan", "45 CFR 164.410(b)", "told_covered_entity", AT_ONCE),
        due("Conclude", "45 CFR 164.402, 164.404(b)", "closed", SIXTY_DAYS),
        *((told,) if breach and incident.get("conclusion") != "not_a_breach" else ()),
    )


def missing(steps: Sequence[Mapping[str, Any]], conclusion: str) -> tuple[str, ...]:
    """Return the kinds of steps without which an incident can't be closed with a conclusion."""
    done = {one["kind"] for one in steps}
    wanted = ["recall_asked", *FACTORS, "told_covered_entity"]
    if conclusion == "breach":
        wanted.append("told_member")
    return tuple(kind for kind in wanted if kind not in done)


def known(kind: str, choice: str) -> bool:
    """Say whether a person may add a step of this kind with this choice."""
    table: dict[str, Mapping[str, str]] = {
        **dict.fromkeys(FACTORS, RISKS),
        "closed": CONCLUSIONS,
        "recall_answered": ANSWERS,
    }
    if kind == "stopped" or kind not in STEPS:
        return False
    return choice in table[kind] if kind in table else not choice
