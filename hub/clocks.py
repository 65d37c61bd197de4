"""How long each silence may last, and who is told of it, step by step, until somebody answers.

Three clocks run one after the other for a delivery: technical (did the wire take it), person (did a
named person take it), agreement (did the practice say what it makes of it). A request has a clock
of its own. The store's chasing calls this; it is pure. What each practice or program wants comes
from the directory, else settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from hub.hours import USUAL, Hours, after, opening

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.directory import Contact, OwnClocks

Clock: TypeAlias = Literal["technical", "person", "agreement", "request"]
Rung: TypeAlias = Literal["contact", "backup", "manager", "owner", "supervisor", "operations"]

STATES: Final[Mapping[Clock, tuple[str, ...]]] = {
    "technical": ("queued", "sending", "undeliverable"),
    "person": ("sent", "overdue"),
    "agreement": ("acknowledged",),
    "request": ("asked", "promised", "overdue"),
}
"""The states of a delivery, or of a request, in which each clock runs."""

LADDER: Final[Mapping[Clock, tuple[Rung, ...]]] = {
    "technical": ("operations", "owner", "supervisor"),
    "person": ("contact", "backup", "manager", "owner", "supervisor"),
    "agreement": ("contact", "manager", "owner", "supervisor"),
    "request": ("contact", "backup", "manager", "owner", "supervisor"),
}
"""Who is told, one step after the other; a step that has nobody is left out."""

SAYS: Final[Mapping[Clock, str]] = {
    "technical": "the wire has not taken it",
    "person": "nobody at the practice has taken it",
    "agreement": "the practice took it and has not answered",
    "request": "asked and not answered yet",
}

_SENDERS: Final = frozenset({"owner", "supervisor"})
_ROLES: Final[Mapping[Rung, tuple[str, ...]]] = {
    "manager": ("manager",),
    "owner": ("owner", "plan"),
    "supervisor": ("supervisor",),
    "operations": ("operations",),
}
"""The directory's roles that fit a step; an MCO's point of contact owns a plan."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each clock runs: `technical` in hours of any day, the others in business days.

    `step` is the number of business days between two steps.
    """

    technical: float = 1.0
    person: int = 2
    agreement: int = 10
    step: int = 1


@dataclass(frozen=True, slots=True)
class Told:
    """One step: which, of whom, and the person to tell."""

    step: int
    rung: Rung
    contact: Contact


def limits(usual: Limits, program: OwnClocks, practice: OwnClocks) -> Limits:
    """Return the limits of a route: the program's (its MCO's), else the practice's, else usual."""

    def first(name: str) -> float:
        given = (getattr(program, name), getattr(practice, name))
        found: float = next((one for one in given if one is not None), getattr(usual, name))
        return found

    return Limits(
        technical=first("technical"),
        person=int(first("person")),
        agreement=int(first("agreement")),
        step=int(first("step")),
    )


def due(clock: Clock, since: datetime, found: Limits, hours: Hours = USUAL) -> datetime:
    """Return when a clock that began at `since` runs out, in UTC."""
    if clock == "technical":
        return since + timedelta(hours=found.technical)
    return after(hours, since, found.person if clock == "person" else found.agreement)


def next_step(
    clock: Clock, done: int, designated: str, people: Mapping[bool, Iterable[Contact]], on: datetime
) -> Told | None:
    """Return the first step after `done` for which somebody is there; None when all are spent.

    `people` are the contacts of the sender's side (True; the hub's own too) and of the practice's
    (False); `designated` is the id of the delivery's contact.
    """
    by_id = {one.id: one for one in people[False]}
    for step, rung in enumerate(LADDER[clock][done:], start=done + 1):
        found = _person(rung, by_id.get(designated), by_id, people, on)
        if found is not None:
            return Told(step, rung, found)
    return None


def _person(
    rung: Rung,
    designated: Contact | None,
    by_id: Mapping[str, Contact],
    people: Mapping[bool, Iterable[Contact]],
    on: datetime,
) -> Contact | None:
    if rung == "contact":
        return designated
    if rung == "backup":
        return by_id.get(designated.backup or "") if designated else None
    sender = rung in _SENDERS or rung == "operations"
    for role in _ROLES[rung]:
        for one in people[sender]:
            if one.serves(role, on.date()) and (rung != "operations" or one.organisation == "hub"):
                return one
    return None


def again(clock: Clock, at: datetime, found: Limits, hours: Hours) -> datetime:
    """Return when the step after one taken at `at` is due, on the told person's business days."""
    if clock == "technical":
        return opening(hours, at + timedelta(hours=found.technical))
    return after(hours, at, found.step)
