"""The question a release puts to consent: a plan's labels, its member, its route, and the answer.

The release step asks it before it clears a plan, and the privacy officer's preview asks the very
same, so that what is foreseen can't differ from what goes. Nothing is released here. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from consent.decision import Decision, decide
from consent.records import Policy, Recipient, Request
from consent.terms import TREAT, TREATING, Matter
from hub import render
from hub.canonical import Plan, Sealed, said
from hub.labels import Labelling, label, matters, source_of

if TYPE_CHECKING:
    from datetime import datetime

    from consent.records import Consent
    from hub.directory import Organisation, RosterMember, Route
    from hub.stored import Draft, Facts


@dataclass(frozen=True, slots=True, repr=False)
class Asked(Sealed):
    """A plan's labels, how many changes people made to them, the question, and the answer."""

    labelling: Labelling
    changes: int
    question: Request
    decision: Decision


def ask(
    draft: Draft, member: RosterMember, way: Route, facts: Facts, now: datetime, policy: Policy
) -> Asked:
    """Label a plan and ask consent about it for the contact of a route; releases nothing."""
    sender = facts.organisations[draft.mco]
    changes = facts.labels.get(draft.chain, ())
    labelling = label(draft.plan, source_of(sender), changes)
    known = facts.consents.get(member.id, ())
    endpoint = facts.endpoints.get(way.endpoint or "")
    question = replace(
        _asked(member, sender, way, matters(labelling), instant(now, known)),
        states=_states(draft.plan, policy),
        enrolled=member.active,
        carries_notices=endpoint is None or endpoint.format in render.CARRY_NOTICES,
    )
    return Asked(labelling, len(changes), question, decide(question, known, policy))


def _asked(
    member: RosterMember,
    sender: Organisation,
    way: Route,
    asked: frozenset[Matter],
    now: datetime,
) -> Request:
    return Request(
        member=member.id,
        birth_date=born(member.birth_date),
        discloser=sender.id,
        recipient=Recipient(
            organisation=way.pcmh or "",
            person=way.contact.id if way.contact else "",
            kind="covered_entity",
            classes=frozenset({TREATING}),
        ),
        purpose=TREAT,
        at=now,
        matters=asked,
        discloser_is_part2_source=sender.part2_source != "no",
    )


def _states(plan: Plan, policy: Policy) -> frozenset[str]:
    """Return the states whose law may reach a plan: the hub's, and any its addresses name.

    The members of a state's Medicaid plans live in that state (42 CFR 435.403); an address in a
    document only adds a state, so that what it claims can make the release stricter, never laxer.
    """
    names = {pack.name.upper(): pack.state for pack in policy.packs}
    given = {said(one.state).strip().upper() for one in plan.member.addresses}
    return frozenset({policy.home_state} | {names.get(one, one) for one in given if one})


def instant(now: datetime, known: tuple[Consent, ...]) -> datetime:
    """Return the instant to ask about: never before a revocation or event that was committed.

    These carry the database's time and `now` is this node's, which may be a little behind.
    """
    stamps = [at for c in known for at in (c.revoked_at, c.expires.event_at) if at]
    return max([now, *stamps])


def born(text: str) -> date:
    """Return a roster's birth date; one that can't be read is taken as a minor's (protected)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max
