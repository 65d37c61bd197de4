"""Step five: what may leave, exactly, for this contact, now; or HELD with what it waits for.

In this order, and if a step fails the plan is HELD: label every element → ask consent → withhold by
label → render from what survived → scan the rendered bytes for anything withheld → record decision
and digest. `permitted` is the same question asked again at the moment of sending. Nothing here
asks its caller whether to redact, and nothing is sent from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from consent.decision import STRIP_ADDRESSES, Decision, as_kept, decide
from consent.notices import TEXTS, scope, texts_of
from consent.records import Policy, Recipient, Request
from consent.terms import GENERAL, SUD_SIGNED, TREATING, Matter
from hub import refusing, render
from hub.audit import Event
from hub.brief import brief
from hub.canonical import Identifier, Party, Sealed, meaning_of, said, wire
from hub.clearing import receipting
from hub.clearing.checking import fault
from hub.clearing.stamping import stamped
from hub.errors import Refused
from hub.ids import new_id
from hub.questioning import ask, born, instant
from hub.render.cover import Cover, Rendered
from hub.repeating import ARRIVED, Offer, repeats
from hub.stored import DeliveryRow, Draft, Due, Facts, ReleaseRow, Standing
from hub.succession import withdraws
from hub.withholding import Withheld, withhold
from hub.withholding.renaming import renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from consent.records import Consent
    from consent.terms import Origin
    from hub.directory import Organisation, RosterMember, Route
    from hub.ports import Endpoint

_STRICTNESS = {"N": 0, "R": 1, "V": 2}


@dataclass(frozen=True, slots=True, repr=False)
class Cleared(Sealed):
    """Exact content cleared: the release and delivery rows, and the bytes to keep first.

    `plan` is None when nothing was taken out: then the release's plan is the draft's own, kept
    under the draft's digest (`plan_digest` is empty while a new draft has none).
    """

    release: ReleaseRow
    delivery: DeliveryRow
    plan: bytes | None
    content: bytes
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The plan says what `plan`, an earlier `version`, said: the contact has that one."""

    plan: str
    version: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a plan waits for: codes only."""

    reason: Mapping[str, object]


def release(
    draft: Draft,
    member: RosterMember,
    way: Route,
    facts: Facts,
    now: datetime,
    policy: Policy | None = None,
) -> Cleared | Held | Unchanged:
    """Clear a plan for the contact of its route, or say what it waits for, or what it repeats."""
    policy = policy or Policy()
    sender, home = facts.organisations[draft.mco], facts.organisations[way.pcmh or ""]
    known = facts.consents.get(member.id, ())
    asked = ask(draft, member, way, facts, now, policy)
    labelling, question, decision = asked.labelling, asked.question, asked.decision
    first = [refusing.WAITS] if refusing.unheard(draft.plan, known) else []
    if first or decision.outcome != "permit":
        waits = _waits(decision)
        return Held(waits | {"held_for": [*first, *decision.held_for]})
    strip = STRIP_ADDRESSES in decision.duties
    try:
        kept = withhold(draft.plan, labelling, decision.withhold, strip_confidential=strip)
    except Refused:  # what names the plan and its member is itself withheld
        return Held(_waits(decision))
    if not kept.left and not withdraws(draft.plan):
        return Held(_waits(decision))
    told = draft.meaning if kept.plan is draft.plan else meaning_of(kept.plan)
    endpoint = facts.endpoints[way.endpoint or ""]
    offer = Offer(draft.meaning, told, decision.notices, way, endpoint.format)
    before = facts.standing.get(draft.chain)
    if before is not None and repeats(offer, before):
        return Unchanged(before.plan, before.version)
    earlier = before or facts.had.get(draft.chain)
    cover = _after(_cover(draft, decision, (sender, home), way, known, now), draft, way, earlier)
    texts = {**TEXTS, **texts_of(policy.packs)}
    cover = replace(cover, notices=tuple(texts[one] for one in decision.notices if one in texts))
    shown = stamped(kept.plan, labelling, frozenset(kept.pointers))
    shown = renamed(shown, member.naming, draft.chain)
    rendered = render.render(endpoint.format, shown, cover)
    wrong = fault(endpoint.format, rendered, draft.plan, kept, cover.notices)
    if wrong:
        return Held({"held_for": [wrong], "rules": []})
    after = cover.replaces[1] if cover.replaces else None
    made = _Made(question, decision, kept, rendered, endpoint, told, asked.changes, after)
    return _cleared(draft, made, cover.release_id, now)


def _waits(decision: Decision) -> dict[str, object]:
    return {
        "held_for": list(decision.held_for),
        "rules": sorted({r.rule for r in decision.reasons if r.effect == "forbid"}),
        "errors": [list(error) for error in decision.errors],
        "conflicts": [list(pair) for pair in decision.conflicts],
    }


def _cover(
    draft: Draft,
    decision: Decision,
    parties: tuple[Organisation, Organisation],
    way: Route,
    known: tuple[Consent, ...],
    now: datetime,
) -> Cover:
    sender, home = parties
    release_id = new_id("rel")
    carried = {m.category for m in decision.released}
    relied = [scope(c, carried) for c in known if c.id in decision.consents]
    inside = carried - {GENERAL}
    contact = way.contact
    return Cover(
        release_id=release_id,
        document_id=_document(release_id),
        set_id=str(uuid5(NAMESPACE_URL, f"urn:icp-hub:{draft.chain}")),
        version=draft.version,
        released_on=now,
        custodian=_party(sender),
        recipient=Party(
            name=contact.name if contact else None,
            organization=home.name,
            identifiers=_npi(home),
            phone=(contact.phone or None) if contact else None,
            email=(contact.email or None) if contact else None,
        ),
        notices=tuple(TEXTS[notice] for notice in decision.notices if notice in TEXTS),
        consent_scope=" ".join(relied) or None,
        withheld=bool(decision.withhold),
        confidentiality=_confidentiality(draft, inside),
        sensitivities=tuple(sorted(inside)),
        part2=any(m.part2_origin != "no" for m in decision.released),
    )


def _document(release_id: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:icp-hub:{release_id}"))


def _after(cover: Cover, draft: Draft, way: Route, before: Standing | None) -> Cover:
    """Name the document that the new one replaces, where the practice has one of the plan."""
    if before is None or before.plan == draft.id or before.pcmh != way.pcmh:
        return cover
    if before.state not in ARRIVED:
        return cover
    earlier = (cover.set_id, before.version, _document(before.release))
    return replace(cover, replaces=earlier)


def _confidentiality(draft: Draft, inside: set[str]) -> Any:  # noqa: ANN401  # one of N, R, V
    """Return the higher of what the document says and what is inside; never lowered."""
    given = said(draft.plan.header.confidentiality)
    derived = "R" if inside else "N"
    return max((given if given in _STRICTNESS else "N", derived), key=_STRICTNESS.__getitem__)


def _party(organisation: Organisation) -> Party:
    return Party(organization=organisation.name, identifiers=_npi(organisation))


def _npi(organisation: Organisation) -> tuple[Identifier, ...]:
    return (Identifier("npi", organisation.npi),) if organisation.npi else ()


@dataclass(frozen=True, slots=True, repr=False)
class _Made(Sealed):
    """Everything a release is written from."""

    question: Request
    decision: Decision
    kept: Withheld
    rendered: Rendered
    endpoint: Endpoint
    told: str
    labels: int
    after: int | None


def _cleared(draft: Draft, made: _Made, release_id: str, now: datetime) -> Cleared:
    rendered, decision = made.rendered, made.decision
    plan = None if made.kept.plan is draft.plan else wire.encode(made.kept.plan)
    row = ReleaseRow(
        id=release_id,
        pcmh=made.question.recipient.organisation,
        contact=made.question.recipient.person,
        member=made.question.member,
        decision=record(made.question, decision) | {"labels": made.labels},
        withheld=len(made.kept.pointers),
        notices=decision.notices,
        plan_digest=draft.digest if plan is None else sha256(plan).hexdigest(),
        digest=sha256(rendered.content).hexdigest(),
        size=len(rendered.content),
        media_type=rendered.media_type,
        file_name=rendered.file_name,
        format=made.endpoint.format,
        meaning=made.told,
    )
    endpoint = made.endpoint
    delivery = DeliveryRow(
        id=new_id("del"),
        endpoint=endpoint.id,
        channel=endpoint.kind,
        brief=brief(made.kept.plan),
        after=made.after,
    )
    events = _told(draft, row, delivery.id, now)
    return Cleared(row, delivery, plan, rendered.content, events)


def _told(draft: Draft, row: ReleaseRow, delivery: str, now: datetime) -> tuple[Event, Event]:
    """Return the events of a release, each with the fingerprint of its reader's receipt."""
    held: Any = row.decision
    rules = sorted({rule for _, rule, _, effect in held["reasons"] if effect == "permit"})
    kept = receipting.Kept(
        release=row.id,
        plan=draft.id,
        delivery=delivery,
        decision=held,
        withheld=row.withheld,
        notices=row.notices,
        digest=row.digest,
        size=row.size,
        media_type=row.media_type,
        format=row.format,
    )
    whole = receipting.fingerprint(receipting.facts(kept, "officer"))
    theirs = receipting.fingerprint(receipting.facts(kept, "recipient"))
    seen = {"release": row.id, "rules": rules, "sha256": row.digest, "receipt": whole}
    queued = {"plan": draft.id, "receipt": theirs}
    both = (draft.mco, row.pcmh)
    return (
        Event("plan.released", draft.id, now, (draft.mco,), detail=seen),
        Event("delivery.queued", delivery, now, both, detail=queued),
    )


def record(question: Request, decision: Decision) -> dict[str, object]:
    """Return what a release keeps of its decision: enough to explain it and to ask again."""
    return {
        "purpose": question.purpose,
        "discloser": question.discloser,
        "part2_source": question.discloser_is_part2_source,
        "states": sorted(question.states),
        "recipient": [question.recipient.organisation, question.recipient.person],
        "at": question.at.isoformat(),
        **as_kept(decision),
    }


def _unproven(category: str) -> Origin:
    """Return the origin of a category that a person raised: unknown is protected (HR-01)."""
    return "unknown" if category in SUD_SIGNED else "no"


def permitted(
    now: Callable[[], datetime], policy: Policy | None = None
) -> Callable[[Due], str | None]:
    """Return the question asked at the moment of sending: None to go on, or why to stop.

    Everything that was released must still be permitted, under the consents now on file; else the
    whole delivery stops and its plan is decided anew. The reason names no category.
    """

    def ask(due: Due) -> str | None:
        held: Any = due.decision
        if due.labels is not None and due.labels != held.get("labels", 0):
            return "labels_changed"
        asked = frozenset(Matter(*matter) for matter in held["released"])
        asked |= {Matter(one, _unproven(one)) for one in due.raised}
        question = Request(
            member=due.member,
            birth_date=born(due.birth_date),
            discloser=held["discloser"],
            recipient=Recipient(
                organisation=held["recipient"][0],
                person=held["recipient"][1],
                kind="covered_entity",
                classes=frozenset({TREATING}),
            ),
            purpose=held["purpose"],
            at=instant(now(), due.consents),
            matters=asked,
            discloser_is_part2_source=held["part2_source"],
            states=frozenset(held.get("states", ())),
            enrolled=_enrolled(due),
            carries_notices=_carries(due),
        )
        home = due.organisations.get(held["recipient"][0])
        if home is None or not home.active or not asked:
            return "recipient_closed"
        decision = decide(question, due.consents, policy)
        return None if decision.outcome == "permit" and not decision.withhold else "consent_changed"

    return ask


def _enrolled(due: Due) -> bool:
    """Say whether the member is still with the MCO, as its newest roster has it (HR-15)."""
    member = due.facts.by_id.get(due.member)
    return member is None or member.active


def _carries(due: Due) -> bool:
    """Say whether the endpoint's format today carries the notices (P2-20)."""
    endpoint = due.facts.endpoints.get(due.endpoint)
    return endpoint is None or endpoint.format in render.CARRY_NOTICES
