"""What a recipient would see of a plan today, or under a consent that isn't recorded yet.

The privacy officer's preview, "what if" and revocation pages call it, and break-glass. It labels,
asks and withholds with the release step's own code, and releases nothing: it renders and keeps
nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from consent.decision import STRIP_ADDRESSES, Decision, decide
from consent.officers import Emergency
from consent.records import Recipient
from consent.terms import BTG, CAREMGT, SDV, TREAT, TREATING
from hub import refusing, release, routing
from hub.canonical import Sealed
from hub.errors import Refused
from hub.hours import day_of
from hub.ids import new_id
from hub.officer import Opened
from hub.questioning import Asked, ask, laws, readdressed
from hub.stored import Draft
from hub.withholding import withhold
from hub.withholding.anatomy import FRAME, list_of, own_parts, parent, unit_pointers
from hub.withholding.phrasing import every_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consent.records import Consent, Policy
    from consent.terms import Matter
    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.directory import Route
    from hub.officer import Invoked, Sight
    from hub.withholding import Withheld

MEMBER = "member"
CONTACT = "contact"


@dataclass(frozen=True, slots=True, repr=False)
class Reader(Sealed):
    """Somebody a plan may go to: `recipient` is None for the member's own copy."""

    key: str
    name: str
    purpose: str
    recipient: Recipient | None


@dataclass(frozen=True, slots=True)
class Because:
    """One rule that keeps a part back, its clause and sentence, and the consent it ran into."""

    category: str
    origin: str
    rule: str
    citation: str
    sentence: str
    consent: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Line(Sealed):
    """One part of the plan: the list it stands in, its words, and whether it is struck out."""

    pointer: str
    part: str
    text: str
    more: str
    struck: bool
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Foreseen(Sealed):
    """What a reader would see: every part of the plan, some struck out.

    `goes` is False when nothing goes; `waits` are machine words for what would let it go.
    """

    reader: Reader
    goes: bool
    lines: tuple[Line, ...]
    waits: tuple[str, ...]
    reasons: tuple[Because, ...]

    @property
    def struck(self) -> frozenset[str]:
        """The pointers of what is struck out."""
        return frozenset(one.pointer for one in self.lines if one.struck)


@dataclass(frozen=True, slots=True, repr=False)
class Change(Sealed):
    """What one reader would see before and after: the parts gained and lost."""

    before: Foreseen
    after: Foreseen
    gained: tuple[Line, ...]
    lost: tuple[Line, ...]


def readers(sight: Sight, now: datetime) -> tuple[Reader, ...]:
    """Return who a plan may go to: the contact, other plans and parties, and the member."""
    way = _way(sight, now)
    found = []
    home = sight.facts.organisations.get(way.pcmh or "")
    if home is not None:
        person = way.contact.id if way.contact else ""
        name = f"{home.name}, {way.contact.name}" if way.contact else home.name
        treating = frozenset({TREATING})
        found.append(Reader(CONTACT, name, TREAT, _covered(home.id, person, treating)))
    for one in sorted(sight.facts.organisations.values(), key=lambda o: o.name):
        if not one.active or one.id in {sight.member.mco, "hub"} or one.kind == "pcmh":
            continue
        plans = frozenset({"health_plan"})
        recipient = _covered(one.id, "", plans) if one.kind == "mco" else Recipient(
            organisation=one.id, kind="other"
        )  # fmt: skip
        found.append(Reader(one.id, one.name, CAREMGT, recipient))
    return (*found, Reader(MEMBER, "The member's own copy", "", None))


def foresee(
    sight: Sight, reader: Reader, consents: tuple[Consent, ...], now: datetime, policy: Policy
) -> Foreseen:
    """Return what a reader would see of the plan under these consents at this instant."""
    plan = sight.plan
    if plan is None:
        return Foreseen(reader, goes=False, lines=(), waits=(), reasons=())
    asked, decision = _decided(sight, reader, consents, now, policy)
    says = laws(policy)
    matters_at = asked.labelling.matters_at
    if decision is None:
        gone = frozenset(
            matter for found in matters_at.values() for matter in found if matter.category == SDV
        )
        return _struck(plan, reader, matters_at, gone, _household(gone, says))
    reasons = {matter: _reasons(matter, decision, says) for matter in decision.withhold}
    first = (refusing.WAITS,) if _unheard(plan, reader, consents) else ()
    if first or decision.outcome != "permit":
        every = tuple(_line(at, part, reasons, matters_at) for at, part in _parts(plan))
        return Foreseen(reader, False, every, (*first, *decision.held_for), _flat(reasons))
    strip = STRIP_ADDRESSES in decision.duties
    seen = _struck(plan, reader, matters_at, decision.withhold, reasons, strip=strip)
    return seen if seen.goes else replace(seen, waits=decision.held_for)


def _unheard(plan: Plan, reader: Reader, consents: tuple[Consent, ...]) -> bool:
    """Say whether the release step would hold the plan for a refusal that it states."""
    return reader.key == CONTACT and refusing.unheard(plan, consents)


def compare(
    sight: Sight, reader: Reader, after: tuple[Consent, ...], now: datetime, policy: Policy
) -> Change:
    """Return what would change for a reader if the member's consents were `after`."""
    first = foresee(sight, reader, sight.consents, now, policy)
    second = foresee(sight, reader, after, now, policy)
    gained = tuple(o for o in second.lines if not o.struck and o.pointer in first.struck)
    lost = tuple(o for o in second.lines if o.struck and o.pointer not in first.struck)
    return Change(first, second, gained, lost)


def stopping(
    sight: Sight, after: tuple[Consent, ...], now: datetime, policy: Policy
) -> tuple[str, ...]:
    """Return the queued deliveries that these consents would stop, by the sender's own question."""
    may = release.permitted(lambda: now, policy)
    return tuple(
        due.delivery
        for due in sight.queued
        if may(replace(due, consents=after)) is not None
        and may(replace(due, consents=sight.consents)) is None
    )


def emergency(
    sight: Sight, actor: Actor, invoked: Invoked, now: datetime, policy: Policy
) -> Opened:
    """Return what medical personnel may read now; `Refused` 403 when no rule permits it.

    The question carries the purpose BTG and the emergency as it was recorded; rules P2-12 and P2-13
    answer it. What stays closed even then (notes, HIV) is withheld as in any release.
    """
    if sight.plan is None:
        raise Refused("not_found", "there is no plan to open", status=404)
    asked, found = asked_of(sight, sight.consents, now, policy), _emergency(actor, invoked, now)
    home = sight.facts.organisations.get(actor.organisation)
    treats = invoked.medical and home is not None and home.active and home.kind == "pcmh"
    classes = frozenset({TREATING}) if treats else frozenset()
    recipient = _covered(actor.organisation, actor.id, classes)
    question = replace(readdressed(asked, recipient, BTG), emergency=found, carries_notices=True)
    decision = decide(question, sight.consents, policy)
    if decision.outcome != "permit":
        raise Refused("emergency_denied", _closed(decision), status=403)
    strip = STRIP_ADDRESSES in decision.duties
    kept = withhold(sight.plan, asked.labelling, decision.withhold, strip_confidential=strip)
    if not kept.left:
        raise Refused("emergency_denied", "nothing of this plan may be opened so", status=403)
    told = release.record(question, decision) | {"duties": list(decision.duties)}
    told["emergency"] = {
        "kind": found.kind,
        "discloser": found.discloser,
        "declared_at": found.declared_at.isoformat(),
    }
    return Opened(found.id, told, len(kept.pointers), kept.plan)


def _emergency(actor: Actor, invoked: Invoked, now: datetime) -> Emergency:
    """Return an emergency as 42 CFR 2.51(c) wants it recorded; who discloses is who invokes.

    The ground “disaster” says itself that the program is closed (2.51(a)(2)).
    """
    disaster = invoked.reason == "disaster"
    return Emergency(
        id=new_id("emg"),
        kind="disaster" if disaster else "medical",
        discloser=actor.id,
        declared_at=now,
        nature_recorded=bool(invoked.nature.strip()),
        unobtainable=invoked.unobtainable,
        closed=disaster,
    )


def _closed(decision: Decision) -> str:
    if "recipient:medical_personnel" in decision.held_for:
        return "only medical personnel of a practice may open a plan so; say that you are"
    return "no rule lets this plan be opened so; call the privacy officer"


def asked_of(sight: Sight, consents: tuple[Consent, ...], now: datetime, policy: Policy) -> Asked:
    """Ask the release step's own question about a sight under these consents.

    `Refused` 409 while the member has no plan that was read.
    """
    if sight.plan is None:
        raise Refused("no_plan", "there is no plan to ask about", status=409)
    where = (sight.member.mco, sight.chain, sight.version, sight.plan)
    draft = Draft(sight.id, 0, "", *where)
    way = _way(sight, now)
    facts = replace(sight.facts, consents={sight.member.id: consents})
    return ask(draft, sight.member, way, facts, now, policy)


def _decided(
    sight: Sight,
    reader: Reader,
    consents: tuple[Consent, ...],
    now: datetime,
    policy: Policy,
) -> tuple[Asked, Decision | None]:
    """Ask consent for a reader with the release step's own question, its recipient put in."""
    asked = asked_of(sight, consents, now, policy)
    if reader.key == CONTACT:
        return asked, asked.decision
    if reader.recipient is None:
        return asked, None
    question = readdressed(asked, reader.recipient, reader.purpose)
    return asked, decide(question, consents, policy)


def _way(sight: Sight, now: datetime) -> Route:
    return routing.route(sight.member.id, sight.facts, day_of(now))


def _covered(organisation: str, person: str, classes: frozenset[str]) -> Recipient:
    return Recipient(
        organisation=organisation, person=person, kind="covered_entity", classes=classes
    )


_Reasons = dict["Matter", tuple[Because, ...]]


def _struck(
    plan: Plan,
    reader: Reader,
    matters_at: Mapping[str, frozenset[Matter]],
    gone: frozenset[Matter],
    reasons: _Reasons,
    *,
    strip: bool = False,
) -> Foreseen:
    try:
        kept: Withheld | None = withhold(plan, _Labels(matters_at), gone, strip_confidential=strip)
    except Refused:  # what names the plan and its member is itself withheld
        kept = None
    goes = kept is not None and kept.left > 0
    out = {*kept.pointers} if kept is not None and goes else {at for at, _ in _parts(plan)}
    lines = tuple(
        _line(at, part, reasons, matters_at)
        if at in out or parent(at) in out
        else _line(at, part, None, matters_at)
        for at, part in _parts(plan)
    )
    return Foreseen(reader, goes, lines, (), _flat(reasons))


@dataclass(frozen=True, slots=True, repr=False)
class _Labels(Sealed):
    """A labelling as withholding wants it."""

    matters_at: Mapping[str, frozenset[Matter]]


def _parts(plan: Plan) -> Sequence[tuple[str, Any]]:
    """Return the parts a person reads; who the plan is about stands above them."""
    parts = own_parts(plan)
    return [(at, parts[at]) for at in unit_pointers(plan) if at not in FRAME and at in parts]


def _line(
    at: str,
    part: Any,  # noqa: ANN401  # plain JSON
    reasons: _Reasons | None,
    matters_at: Mapping[str, frozenset[Matter]],
) -> Line:
    text, more = part_words(part)
    if reasons is None:
        return Line(at, list_of(at), text, more, struck=False)
    found = tuple(
        one for matter in sorted(matters_at.get(at, ())) for one in reasons.get(matter, ())
    )
    return Line(at, list_of(at), text, more, struck=True, because=found)


def part_words(part: Any) -> tuple[str, str]:  # noqa: ANN401  # plain JSON
    """Return the words of a part and what else it says."""
    if isinstance(part, dict):
        first = part.get("text") or part.get("name") or part.get("title")
        rest = {name: item for name, item in part.items() if name not in _DULL}
        said = [one for one in every_text(rest) if one and not one.startswith("http")]
        head = first if isinstance(first, str) else (said[0] if said else "")
        others = [one for one in dict.fromkeys(said) if one != head]
        return head, " · ".join(others)
    said = [one for one in every_text(part) if one]
    return (said[0], " · ".join(said[1:])) if said else ("", "")


_DULL = frozenset({"id", "labels", "codes", "identifiers", "part2_origin", "sha256", "media_type"})


_Says = Mapping[str, tuple[str, str]]


def _reasons(matter: Matter, decision: Decision, says: _Says) -> tuple[Because, ...]:
    """Return the rules that forbid a matter; none permits it where there are none."""
    found = [
        Because(
            matter.category,
            matter.part2_origin,
            one.rule,
            *says.get(one.rule, ("", "")),
            one.consent,
        )
        for one in decision.reasons
        if one.matter == matter and one.effect == "forbid"
    ]
    failed = [
        Because(matter.category, matter.part2_origin, rule, "", "The rule failed, so it denies.")
        for rule, _ in decision.errors
    ]
    nothing = Because(
        *(matter.category, matter.part2_origin, "default deny", "house rule"),
        "No rule permits it for this recipient and purpose.",
    )
    permitted = any(o.matter == matter and o.effect == "permit" for o in decision.reasons)
    whole = Because(
        *(matter.category, matter.part2_origin, "whole plan", "house rule"),
        "It may go, but not alone: the general part of the plan may not.",
    )
    return tuple(found or failed) or ((whole,) if permitted else (nothing,))


def _household(gone: frozenset[Matter], says: _Says) -> _Reasons:
    rule = ("HR-19", *says["HR-19"])
    return {one: (Because(one.category, one.part2_origin, *rule),) for one in gone}


def _flat(reasons: _Reasons) -> tuple[Because, ...]:
    every = (one for matter in sorted(reasons) for one in reasons[matter])
    return tuple(dict.fromkeys(every))
