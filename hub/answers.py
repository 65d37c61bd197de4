"""Step seven: what the practice says of a delivery, and whether it may say it.

Pages and API hand an answer here before the store writes it. An acknowledgment is given once, by a
named person of the addressed practice; it closes the loop. An answer says what they make of the
plan. Neither can be given by a machine receipt, a GET, or another organisation. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from hub.canonical import each, said
from hub.errors import Refused
from hub.lifecycle import TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.correspondence import AnswerKind, Change, Given, ReplyKind

LONGEST = 2000
MOST_CHANGES = 200

AGREEMENT: Final[Mapping[str, str]] = {
    "accept": "accepted",
    "dispute": "disputed",
    "propose": "changes_proposed",
    "return": "returned",
    "cannot_reach": "cannot_reach",
    "meeting": "meeting_asked",
    "close": "closed",
}
"""What the third ledger says after each answer."""

CODES: Final[Mapping[AnswerKind, Mapping[str, str]]] = {
    "accept": {},
    "dispute": {
        "criteria_not_met": "the member does not meet the criteria for this plan",
        "wrong_information": "something in it is wrong",
        "not_our_role": "it asks of us what is not ours to do",
        "other": "something else",
    },
    "propose": {},
    "return": {
        "wrong_member": "this is not our patient: another person's plan",
        "wrong_practice": "the member belongs to another practice",
        "no_longer_here": "the member has left our practice",
    },
    "cannot_reach": {
        "no_answer": "calls and letters stay unanswered",
        "wrong_contact_data": "phone or address are wrong",
        "declined": "the member declined to talk",
        "other": "something else",
    },
    "meeting": {},
    "close": {
        "goals_met": "its goals are met",
        "member_declined": "the member declined the plan",
        "member_left": "the member left the plan or the area",
        "duplicate": "another plan covers it",
        "deceased": "the member has died",
        "other": "something else",
    },
}
"""Reason codes of each kind of answer, with what they mean to a person."""

REPLIES: Final[Mapping[ReplyKind, str]] = {
    "agree": "agreed: a new version or a withdrawal follows",
    "keep": "the plan stays as it is",
    "meet": "let us meet about it",
}

_WORDLESS: Final = frozenset({"accept", "meeting"})
_LISTS: Final = frozenset(
    {"concerns", "goals", "interventions", "outcomes", "asks", "medications", "allergies", "notes"}
)

OPEN = frozenset(s for s, after in TRANSITIONS["delivery"].items() if "acknowledged" in after)
"""States a delivery can be acknowledged in; a queued one only once sending it was tried."""


def acknowledgment(actor: Actor, delivery: Mapping[str, Any] | None, name: str) -> str:
    """Return the name that takes a delivery (its row, or None where there is none).

    `Refused` 404 for another's, 409 when it isn't open, 422 without a name.
    """
    state = _addressed(actor, delivery)
    tried = state != "queued" or bool(delivery and delivery.get("attempts"))
    before = state == "superseded" and bool(delivery and delivery.get("acknowledged_at"))
    if not tried or (state not in OPEN and state != "acknowledged" and not before):
        raise _closed(state, "acknowledge")
    return named(name)


def answer(actor: Actor, delivery: Mapping[str, Any] | None, given: Given) -> Given:
    """Return an answer with its words in order; `Refused` when it may not, or not so, be given."""
    state = _addressed(actor, delivery)
    if "answered" not in TRANSITIONS["delivery"][state]:
        raise _closed(state, "answer")
    codes = CODES[given.kind]
    if given.code and given.code not in codes:
        raise Refused("code_unknown", f"`code` is one of {', '.join(codes) or 'none'}", status=422)
    if given.kind == "return" and not given.code:
        raise Refused("code_missing", f"say which: {', '.join(codes)}", status=422)
    changes = _changes(given)
    worded = given.kind in _WORDLESS or given.code not in {"", "other"} or changes
    reason = words(given.reason, needed_for="" if worded else given.kind)
    return replace(given, name=named(given.name), reason=reason, changes=changes)


def _closed(state: str, verb: Literal["acknowledge", "answer"]) -> Refused:
    """Return why a delivery takes no acknowledgment or answer any more, and what to do."""
    if state == "superseded":
        what = f"a newer version of this plan took its place; {verb} that one"
    else:
        what = f"a delivery that is {state} can't be {verb.removesuffix('e')}ed"
    return Refused("not_open", what, status=409)


def stands(changes: Sequence[Change], plan: Plan) -> tuple[Change, ...]:
    """Return changes with what stands at each now; `Refused` 422 where the plan has no item."""
    found = []
    for one in changes:
        _, name, number = one.pointer.split("/")
        if number == "-":
            found.append(one)
            continue
        items = tuple(each(getattr(plan, name)))
        if int(number) >= len(items):
            raise Refused("pointer_unknown", f"the plan has no item {one.pointer}", status=422)
        item = items[int(number)]
        text = getattr(item, "text", None) or getattr(item, "name", None)
        found.append(replace(one, before=said(text or "")))
    return tuple(found)


def words(reason: str, needed_for: str = "") -> str:
    """Return a reason without blanks around it; `Refused` 422 when it is missing or too long."""
    reason = reason.strip()
    if needed_for and not reason:
        raise Refused("reason_missing", f"`{needed_for}` needs a reason in words", status=422)
    if len(reason) > LONGEST:
        raise Refused("reason_too_long", f"keep the reason under {LONGEST} characters", status=422)
    return reason


def named(name: str) -> str:
    """Return a person's name with its white space folded; `Refused` 422 without one."""
    name = folded(name)
    if not name:
        raise Refused("name_missing", "say the name of the person who takes it", status=422)
    return name


def _changes(given: Given) -> tuple[Change, ...]:
    if given.kind != "propose":
        if given.changes:
            raise Refused("changes_misplaced", "changes come with the kind `propose`", status=422)
        return ()
    if not given.changes and not given.reason.strip():
        raise Refused("changes_missing", "say what should change", status=422)
    if len(given.changes) > MOST_CHANGES:
        raise Refused("changes_too_many", f"propose at most {MOST_CHANGES} changes", status=422)
    for one in given.changes:
        _hold_to_plan(one)
    return given.changes


def _hold_to_plan(one: Change) -> None:
    """Refuse a change that points at no item of a plan, or adds nothing."""
    parts = one.pointer.split("/")
    fits = len(parts) == 3 and not parts[0] and parts[1] in _LISTS  # noqa: PLR2004  # "", list, item
    if not fits or not (parts[2] == "-" or (parts[2].isascii() and parts[2].isdigit())):
        lists = ", ".join(sorted(_LISTS))
        raise Refused("pointer_unknown", f"point at an item: /goals/0; lists: {lists}", status=422)
    if parts[2] == "-" and not one.says.strip():
        raise Refused("change_empty", "a new item needs words", status=422)
    words(one.says)


def _addressed(actor: Actor, delivery: Mapping[str, Any] | None) -> str:
    """Return the delivery's state if it is addressed to the actor's organisation."""
    if delivery is None or actor.organisation != delivery["pcmh"]:
        raise Refused("not_found", "there is no such delivery", status=404)
    state: str = delivery["state"]
    return state


def folded(name: str) -> str:
    """Return a name as it is kept: its white space folded, 200 characters at most."""
    return " ".join(name.split())[:200]
