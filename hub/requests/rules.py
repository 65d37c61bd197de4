"""What may be asked, what may be done about it, by whom and until when: the rules of requests.

The store calls these before it writes, pages and API show their words. A correction is the asked
side's to accept; a plan is answered by the document that comes back. Pure; no clock is read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from consent.terms import CAREMGT, TREAT
from hub.errors import Refused
from hub.hours import after
from hub.lifecycle import follow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.hours import Hours
    from hub.requests.nouns import Attempt, Field, Kind, Opening, Taken, Urgency

LONGEST: Final = 2000
MOST_ATTEMPTS: Final = 20
FURTHEST: Final = timedelta(days=366)
OPEN: Final = ("asked", "promised", "overdue")

KINDS: Final[Mapping[Kind, str]] = {
    "plan": "your own care plan for the member",
    "outreach": "reach the member",
    "correction": "correct the member's contact data",
}
REASONS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "plan": {
        "none_on_file": "we have no care plan of yours on file",
        "reassessment": "a reassessment is due",
        "transition": "the member's care moves from one setting to another",
        "service_plan": "a service needs the treating provider's own plan (ISP)",
        "other": "something else",
    },
    "outreach": {
        "screening": "a screening or assessment is due",
        "unreached": "the member does not answer us",
        "discharge": "the member was discharged",
        "missed_care": "care was missed",
        "other": "something else",
    },
    "correction": {
        "member_said": "the member told us",
        "did_not_work": "what is on file did not work",
        "other": "something else",
    },
}
REFUSALS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "plan": {
        "not_ours": "the member is not our patient",
        "no_plan": "we have no such plan and make none",
        "no_consent": "we lack the member's consent to share it",
        "other": "something else",
    },
    "outreach": {
        "not_ours": "the member is not our patient",
        "not_our_role": "it is not ours to do",
        "other": "something else",
    },
    "correction": {
        "is_right": "what is on file is right",
        "not_confirmed": "we could not confirm it",
        "other": "something else",
    },
}
OUTCOMES: Final[Mapping[Kind, Mapping[str, str]]] = {
    "plan": {},
    "outreach": {
        "reached": "the member was reached",
        "not_reached": "the member was not reached",
        "declined": "the member declined",
        "wrong_contact_data": "the contact data are wrong",
    },
    "correction": {"accepted": "accepted; the roster is to follow"},
}
HOW: Final[Mapping[str, str]] = {
    "phone": "by phone",
    "text": "by text message",
    "letter": "by letter",
    "email": "by e-mail",
    "visit": "by a visit",
    "in_person": "in person, at a visit of theirs",
}
CAME: Final[Mapping[str, str]] = {
    "reached": "reached",
    "no_answer": "no answer",
    "message_left": "a message was left",
    "wrong_number": "wrong number or address",
    "came_back": "it came back",
    "declined": "declined to talk",
}
FIELDS: Final[Mapping[Field, str]] = {
    "phone": "phone",
    "address": "address",
    "email": "e-mail",
    "language": "preferred language",
    "best_time": "best time to reach them",
}
URGENCIES: Final[Mapping[Urgency, str]] = {
    "routine": "routine",
    "soon": "soon",
    "urgent": "urgent",
}
DAYS: Final[Mapping[Urgency, int]] = {"routine": 10, "soon": 3, "urgent": 1}
"""Business days to answer where the asker names no day."""

UNTOLD: Final[Mapping[str, str]] = {
    "consent": "the consents on file do not let the other side be told of the member",
    "content": "what it says or holds needs a consent that is not on file",
    "incident": "an incident stops what goes to that organisation about the member",
    "closed": "the organisation is closed in the directory",
}
"""Why something was not told, or a request stopped; none names a kind of content."""

_ASKED: Final[Mapping[Kind, frozenset[str]]] = {
    "plan": frozenset({"promise", "refuse"}),
    "outreach": frozenset({"attempt", "promise", "answer", "refuse"}),
    "correction": frozenset({"answer", "refuse"}),
}
_ASKER: Final[Mapping[Kind, frozenset[str]]] = {
    "plan": frozenset({"withdraw", "remind"}),
    "outreach": frozenset({"attempt", "withdraw", "remind"}),
    "correction": frozenset({"withdraw", "remind"}),
}
_AFTER: Final[Mapping[str, str]] = {
    "promise": "promised",
    "answer": "answered",
    "refuse": "refused",
    "withdraw": "withdrawn",
}


def purpose(kind: str) -> str:
    """Return what an organisation of a kind is told something of a member for.

    A payer's care management (45 CFR 164.501, an operation), anybody else's treatment.
    """
    return CAREMGT if kind == "mco" else TREAT


def steps(row: Mapping[str, Any], organisation: str) -> frozenset[str]:
    """Return the steps an organisation may take on a request as it stands."""
    if row["state"] not in OPEN:
        return frozenset()
    return (_ASKER if row["asker"] == organisation else _ASKED)[row["kind"]]


def opening(given: Opening, sender: bool) -> None:
    """Hold a request that is being made to the rules; `Refused` 422 says what is wrong."""
    if given.kind == "plan" and not sender:
        raise Refused("kind_unknown", "only an MCO asks for a plan; answer by document", status=422)
    _code(given.reason, REASONS[given.kind], "reason")
    words(given.words, needed=given.reason == "other")
    if len(given.attempts) > MOST_ATTEMPTS or (given.attempts and given.kind != "outreach"):
        told = f"attempts belong to outreach, {MOST_ATTEMPTS} at most"
        raise Refused("attempts_wrong", told, status=422)
    for one in given.attempts:
        attempt(one)
    if given.kind == "correction":
        if given.field not in FIELDS or not given.says.strip():
            raise Refused("correction_wrong", "say which field, and what is right", status=422)
        line(given.says)
    elif given.field or given.says:
        raise Refused("correction_wrong", "a field belongs to a correction", status=422)


def step(row: Mapping[str, Any], organisation: str, taken: Taken) -> tuple[str, str]:
    """Return the state and outcome after a step; `Refused` 409: not now or not theirs, 422."""
    if taken.step not in steps(row, organisation):
        told = f"a request that is {row['state']} takes no `{taken.step}` from you"
        raise Refused("not_open", told, status=409)
    _complete(row["kind"], taken)
    if taken.step not in _AFTER:
        return row["state"], row["outcome"]
    state = follow("request", row["state"], _AFTER[taken.step])
    return state, taken.code or row["outcome"]


def _complete(kind: Kind, taken: Taken) -> None:
    """Refuse a step that lacks its code, its words, its day or its attempt, or has a stray one."""
    if taken.step == "refuse":
        _code(taken.code, REFUSALS[kind], "code")
    elif taken.step == "answer":
        _code(taken.code, OUTCOMES[kind], "code")
    elif taken.code:
        raise Refused("code_unknown", f"`{taken.step}` takes no code", status=422)
    words(taken.words, needed=taken.code == "other")
    if taken.step == "promise" and taken.on is None:
        raise Refused("day_missing", "say the day by which you answer", status=422)
    if taken.step == "attempt":
        if taken.attempt is None:
            raise Refused("attempt_missing", "say when, how, and what came of it", status=422)
        attempt(taken.attempt)


def attempt(one: Attempt) -> None:
    """Refuse an attempt whose way or result nobody knows."""
    _code(one.how, HOW, "how")
    _code(one.came, CAME, "came")
    words(one.words)


def words(text: str, *, needed: bool = False) -> str:
    """Return words without blanks around them; `Refused` 422 when missing or too long."""
    text = text.strip()
    if needed and not text:
        raise Refused("words_missing", "`other` needs words", status=422)
    if len(text) > LONGEST or "\0" in text:
        raise Refused("words_too_long", f"keep the words under {LONGEST} characters", status=422)
    return text


def line(text: str) -> str:
    """Return contact data as one line with its white space folded; `Refused` 422 too long."""
    folded = " ".join(text.split())
    if len(folded) > 200 or "\0" in folded:  # noqa: PLR2004  # a line of an address book
        raise Refused("value_too_long", "keep it under 200 characters", status=422)
    return folded


def same(field: Field, one: str, other: str) -> bool:
    """Say whether two values of a field say the same: a phone by its last ten digits.

    >>> same("phone", "+1 717 555 0142", "(717) 555-0142")
    True
    """
    if field == "phone":
        digits = ["".join(c for c in text if c.isdigit())[-10:] for text in (one, other)]
        return digits[0] == digits[1] != ""
    folded = [" ".join(text.split()).casefold() for text in (one, other)]
    return folded[0] == folded[1] != ""


def until(day: date | None, urgency: Urgency, hours: Hours, now: datetime) -> datetime:
    """Return when an answer is due: the close of business of a day at the asked organisation.

    `Refused` 422 for a day that is over or more than a year away.
    """
    zone = ZoneInfo(hours.zone)
    named = day or after(hours, now, DAYS[urgency]).astimezone(zone).date()
    due = datetime.combine(named, hours.closes, zone).astimezone(ZoneInfo("UTC"))
    if not now < due <= now + FURTHEST:
        raise Refused("day_wrong", "name a day that is still to come, within a year", status=422)
    return due


def reminded(due: datetime, hours: Hours, now: datetime) -> datetime:
    """Return when the contact is reminded: the morning of the day it is due, else when it is."""
    zone = ZoneInfo(hours.zone)
    morning = datetime.combine(due.astimezone(zone).date(), hours.opens, zone)
    return morning.astimezone(ZoneInfo("UTC")) if morning > now else due


def _code(given: str, known: Mapping[str, str], what: str) -> None:
    if given not in known:
        named = ", ".join(known)
        raise Refused("code_unknown", f"`{what}` is one of {named}", status=422)
