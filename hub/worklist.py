"""A practice's worklist: how it is asked for, what a page of it is, and why a row stands there.

The store ranks by one date: the earliest that something is due, moved up for risk and for what
changed; the page shows `why` in words. Never opens a plan, never decides what may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from hub.brief import RISKS
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.asked import Actor
    from hub.brief import Brief

View = Literal["todo", "mine", "overdue", "changed", "answered"]
VIEWS: Final[Mapping[View, str]] = {
    "todo": "To do",
    "mine": "Mine",
    "overdue": "Overdue",
    "changed": "Changed",
    "answered": "Answered",
}
EARLIER: Final[Mapping[int, int]] = {3: 3, 2: 1}
"""Days a row moves up for its member's risk stratum; and one more for a version not yet seen."""
CHANGED_DAYS: Final = 1
ANSWER_DAYS: Final = 14
"""Calendar days to answer a plan that was taken: ten business days."""
PAGE: Final = 50
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the worklist: a view, a sender or all, a page from 1."""

    view: View = "todo"
    sender: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class Listed(Sealed):
    """One page: its rows in rank order, and counts over everything, by view and by sender."""

    rows: tuple[Mapping[str, Any], ...]
    counts: Mapping[str, int]
    senders: tuple[tuple[str, str, int], ...]
    more: bool
    briefs: Mapping[str, Brief | None] = field(default_factory=dict)
    """What each plan shown asks first; None where consent no longer covers it."""


@dataclass(frozen=True, slots=True, repr=False)
class Handed(Sealed):
    """One time a delivery was handed to a colleague (no name: to nobody)."""

    name: str
    note: str
    by: str
    at: datetime


class Worklist(Protocol):
    """The worklist of the actor's own practice. Another's delivery is `Refused` 404."""

    async def listed(self, actor: Actor, wanted: Wanted, now: datetime) -> Listed:
        """Return one page; consent is asked for every plan whose words are shown, and recorded."""

    async def colleagues(self, actor: Actor) -> tuple[tuple[str, str], ...]:
        """Return (account, name) of everybody in the practice who may read plans."""

    async def assign(self, actor: Actor, delivery: str, account: str, note: str) -> None:
        """Hand a delivery to a colleague, or to nobody; `Refused` 422 for a stranger."""

    async def handed(self, actor: Actor, delivery: str) -> tuple[Handed, ...]:
        """Return how a delivery was handed on inside the practice, newest first."""


def why(row: Mapping[str, Any], now: datetime) -> list[str]:
    """Return why a row stands where it stands, the weightiest first, in words."""
    told = []
    until = "acknowledge" if row["acknowledged_at"] is None else "answer"
    first = row["due_at"]
    asked = row["ask_due"]
    by_ask = asked is not None and first is not None and first == _end_of(asked)
    what = "the first thing asked" if by_ask else until
    if first is None:
        told.append("no date is known, so it stands after those with one")
    elif first < now:
        told.append(f"{what}: {_span(now - first)} late")
    else:
        told.append(f"{what}: due in {_span(first - now)}")
    if row["risk"] in EARLIER:
        word = {n: name for name, n in RISKS.items()}[row["risk"]]
        told.append(f"{word} risk: {_days(EARLIER[row['risk']])} up")
    if row["changed"]:
        told.append(f"changed since version {row['after_version']}: {_days(CHANGED_DAYS)} up")
    return told


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _days(count: int) -> str:
    return f"{count} day{'s' if count != 1 else ''}"


def _span(between: timedelta) -> str:
    seconds = between.total_seconds()
    if seconds >= _DAY:
        return _days(int(seconds // _DAY))
    hours = int(seconds // 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"
