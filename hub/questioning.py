"""The question a release puts to consent: a plan's labels, its member, its route, and the answer.

The release step asks it before it clears a plan, and the privacy officer's preview asks the very
same, so that what is foreseen can't differ from what goes. Requests between organisations
ask it too, of a person's words in place of a plan. Nothing is released here. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from consent.decision import Decision, decide
from consent.records import Policy, Recipient, Request
from consent.rules import rules_of
from consent.terms import GENERAL, ORDINARY, SUD, SUD_SIGNED, TREAT, TREATING, Matter
from hub import refusing, render
from hub.canonical import Note, Plan, Sealed, said
from hub.canonical.refusal import ANY
from hub.labels import Labelling, label, matters, matters_beside, source_of
from hub.refusing import WAITS
from hub.requests.rules import purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from consent.records import Consent
    from consent.terms import Origin
    from hub.directory import Organisation, RosterMember, Route
    from hub.requests.nouns import Telling
    from hub.stored import Draft, Facts


_ORIGINS: Final[dict[str, Origin]] = {"no": "no", "mixed": "unknown", "program": "yes"}


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
    decision = cautious(labelling, decide(question, known, policy), known)
    return Asked(labelling, len(changes), question, decision)


def cautious(labelling: Labelling, decision: Decision, known: Iterable[Consent] = ()) -> Decision:
    """Return the decision as far as the document itself lets it stand.

    A plan that holds what its member refuses in it goes nowhere, whatever consent is on file, until
    a privacy officer has looked (`refusal_stated`): also where consent alone withholds those parts,
    since words may name them that no label knows. The line that refuses is itself no such part. A
    refusal on file is an answer: it withholds.
    A plan held for its Part 2 notice says so (`notice_printed`).
    """
    about = decision.released
    if not refusing.registered(known):
        about |= decision.withhold & matters_beside(labelling)
    if any(_refused(one, labelling.refused) for one in about):
        return _barred(decision)
    if labelling.noticed and decision.withhold:
        cures = tuple(sorted({*decision.held_for, "notice_printed"}))
        return replace(decision, held_for=cures)
    return decision


def _barred(decision: Decision) -> Decision:
    """Return the decision with nothing of it released, for what the document itself refuses."""
    cures = tuple(sorted({*decision.held_for, WAITS}))
    every = decision.released | decision.withhold
    return replace(decision, outcome="deny", withhold=every, released=frozenset(), held_for=cures)


def _refused(matter: Matter, refused: frozenset[str]) -> bool:
    """Say whether a refusal stated in the document is about a matter."""
    if matter.category in refused:
        return True
    if matter.category in SUD_SIGNED or matter.part2_origin != "no":
        return bool(refused & {SUD, ANY})
    return ANY in refused and matter.category not in ORDINARY


def readdressed(
    asked: Asked, recipient: Recipient, purpose: str, at: datetime | None = None
) -> Request:
    """Return a release's question as it stands for another recipient, purpose or instant.

    The channel is known for the route's own practice only; elsewhere nothing is known against it.
    """
    own = recipient.organisation == asked.question.recipient.organisation
    return replace(
        asked.question,
        recipient=recipient,
        purpose=purpose,
        at=at or asked.question.at,
        carries_notices=asked.question.carries_notices or not own,
    )


def laws(policy: Policy) -> Mapping[str, tuple[str, str]]:
    """Return (clause, sentence) of every rule the policy knows, its packs' too, by rule id."""
    return {one.id: (one.citation, one.sentence) for one in rules_of(policy.packs)}


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


def telling(now: Callable[[], datetime], policy: Policy) -> Callable[[Telling], Decision]:
    """Return the question put before one organisation tells another something of a member.

    That there is a request at all says that the member is enrolled, or a patient: it is a release
    with no elements. Words are labelled as a plan's notes are; a document nobody could read counts
    as what its giver's directory entry says it may hold (HR-01).
    """

    def ask_about(one: Telling) -> Decision:
        payer = one.to.kind == "mco"
        classes = {"health_plan"} if payer else {TREATING} if one.treating else set()
        told, refused = _told(one)
        question = Request(
            member=one.member.id,
            birth_date=born(one.member.birth_date),
            discloser=one.discloser.id,
            recipient=Recipient(
                organisation=one.to.id,
                person=one.person,
                kind="other" if one.to.kind == "other" else "covered_entity",
                classes=frozenset(classes),
            ),
            purpose=purpose(one.to.kind),
            at=instant(now(), one.consents),
            matters=told,
            discloser_is_part2_source=one.discloser.part2_source != "no",
            states=frozenset({policy.home_state}),
            enrolled=one.member.active,
        )
        decision = decide(question, one.consents, policy)
        unheard = any(refusing.unheard(plan, one.consents) for plan in one.content.plans)
        said = any(_refused(matter, refused) for matter in decision.released)
        return _barred(decision) if unheard or said else decision

    return ask_about


def _told(one: Telling) -> tuple[frozenset[Matter], frozenset[str]]:
    """Return what a telling is about, its words and its document as far as known; what it refuses.

    A refusal that the document states counts as in a plan that goes; the words are the teller's.
    """
    source = source_of(one.discloser)
    told = one.content
    notes = (Note(text=told.words),) if told.words else ()
    labelled = [label(plan, source) for plan in (Plan(notes=notes), *told.plans)]
    found = [matters(labelling) for labelling in labelled]
    if told.document and not told.plans:
        found.append(frozenset({Matter(GENERAL, _ORIGINS[one.discloser.part2_source])}))
    refused = frozenset().union(*(labelling.refused for labelling in labelled[1:]))
    return told.matters.union(*found), refused
