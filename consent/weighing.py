"""Weighing consents against one request: who answers each need, and what keeps others from it.

`decide` builds one `Ask` per matter; the rules read it. A consent that is on point but can't
carry keeps its failings, so that the answer names the form that nearly sufficed and its fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent import terms
from consent.forms import deficiencies, perpetual
from consent.needs import Need, needs
from consent.records import Unprintable
from consent.registry import covers_purpose, lapse
from consent.scene import (
    Scene,
    by_name,
    covered,
    hipaa_permits,
    outside,
    protected,
)
from consent.signing import signature_failings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consent.records import Consent, Parties, Policy, Recipient, Request
    from consent.terms import Failing, Matter


@dataclass(frozen=True, slots=True, repr=False)
class Candidate(Unprintable):
    """A consent on point for a need, and what keeps it from carrying (nothing: it carries).

    `onward` marks a TPO consent under which the discloser itself received the record (2.33(b)(1)).
    """

    consent: Consent
    failings: frozenset[Failing]
    onward: bool


@dataclass(frozen=True, slots=True, repr=False)
class Answered(Unprintable):
    """A need, its candidates, newest signature first, and the first of them that carries.

    `by` is None while the need is open.
    """

    need: Need
    candidates: tuple[Candidate, ...]
    by: Candidate | None


@dataclass(frozen=True, slots=True, repr=False)
class Ask(Unprintable):
    """What a rule is asked: the scene, one matter, the needs it raises, and limits that bind.

    `grants` are what else is signed about the matter; they are listed where a limit binds.
    """

    scene: Scene
    matter: Matter
    needs: tuple[Answered, ...]
    limits: tuple[Consent, ...]
    grants: tuple[Weighed, ...]

    @property
    def request(self) -> Request:
        """The request the matter is part of."""
        return self.scene.request

    def need(self, law: str) -> Answered | None:
        """Return the need raised under a law."""
        for one in self.needs:
            if one.need.law == law:
                return one
        return None

    def open(self, law: str) -> Answered | None:
        """Return the need under a law while no consent answers it."""
        found = self.need(law)
        return found if found and found.by is None else None


@dataclass(frozen=True, slots=True, repr=False)
class Weighed(Unprintable):
    """One consent against the request, before any matter is looked at.

    `direct`: it names this discloser and purpose; `onward`: the discloser received under it;
    `binds`: it is a limit on this recipient, purpose and discloser.
    """

    consent: Consent
    failings: frozenset[Failing]
    direct: bool
    onward: bool
    binds: bool

    @property
    def grants(self) -> bool:
        """Whether it gives this discloser leave, for one kind of content or another."""
        return self.direct and self.consent.kind not in terms.LIMITS

    @property
    def whole(self) -> bool:
        """Whether it is about every kind of content."""
        return not self.consent.categories


@dataclass(frozen=True, slots=True, repr=False)
class OnFile(Unprintable):
    """Everything on file for the member, weighed once for all matters of a request.

    `answered` keeps what answers a need, since many matters raise the same one.
    """

    all: tuple[Weighed, ...]
    grants: tuple[Weighed, ...]
    limits: tuple[Weighed, ...]
    answered: dict[Need, Answered]

    @property
    def consents(self) -> tuple[Consent, ...]:
        """The consents themselves."""
        return tuple(one.consent for one in self.all)


def ask_about(scene: Scene, matter: Matter, on_file: OnFile) -> Ask:
    """Return everything the rules need to know about one matter."""
    words = {matter.category} | ({terms.SUD} if protected(scene.request, matter) else set())
    limits = tuple(
        one.consent
        for one in on_file.limits
        if one.whole or not words.isdisjoint(one.consent.categories)
    )
    grants = tuple(
        one
        for one in (on_file.grants if limits else ())
        if not words.isdisjoint(one.consent.categories)
    )
    answered = tuple(_answered(need, scene.request, on_file) for need in needs(scene, matter))
    return Ask(scene, matter, answered, limits, grants)


def weigh(scene: Scene, consents: Sequence[Consent]) -> OnFile:
    """Return the member's consents weighed, newest signature first and then by id."""
    mine = [one for one in consents if one.member == scene.request.member]
    mine.sort(key=lambda one: one.id)
    mine.sort(key=lambda one: one.signed_on.toordinal() if one.signed_on else 0, reverse=True)
    weighed = tuple(_weigh_one(one, scene) for one in mine)
    grants = tuple(one for one in weighed if one.grants)
    return OnFile(weighed, grants, tuple(one for one in weighed if one.binds), {})


def _answered(need: Need, request: Request, on_file: OnFile) -> Answered:
    """Return a need with its candidates, worked out the first time it is raised."""
    found = on_file.answered.get(need)
    if found is None:
        candidates = _candidates(need, request, on_file.all)
        by = next((one for one in candidates if not one.failings), None)
        found = on_file.answered[need] = Answered(need, candidates, by)
    return found


def _candidates(need: Need, request: Request, weighed: Sequence[Weighed]) -> tuple[Candidate, ...]:
    """Return the grants on point for a need: they name its word, the purpose and the discloser."""
    found = []
    for one in weighed:
        onward = one.onward and need.law == "part2"
        grant = one.consent.kind not in terms.LIMITS and one.consent.kind != "proceedings"
        if grant and need.word in one.consent.categories and (one.direct or onward):
            found.append(_suited(need, request, one, onward=onward))
    return tuple(found)


def _suited(need: Need, request: Request, one: Weighed, *, onward: bool) -> Candidate:
    """Return a grant with the failings that only this need makes."""
    consent = one.consent
    failings = set(one.failings)
    if consent.kind not in need.kinds:
        failings.add("kind")
    if need.alone and consent.categories != {need.word}:
        failings.add("combined")
    if need.signers is not None and consent.authority not in need.signers:
        failings.add("signer")
    if need.named and not by_name(request.recipient, consent.recipients):
        failings.add("class")
    if deficiencies(consent, need.standard):
        failings.add("deficient")
    if onward:
        failings -= {"recipient", "person"}
    direct = one.direct and not one.failings & {"recipient", "person"}
    return Candidate(consent, frozenset(failings), onward=onward and not direct)


def _weigh_one(consent: Consent, scene: Scene) -> Weighed:
    request, policy = scene.request, scene.policy
    failings: set[Failing] = set()
    ended = lapse(consent, request.at, request.member_zone)
    if ended:
        failings.add(ended)
    hipaa = not outside(request) and request.purpose in terms.TPO
    if deficiencies(consent, hipaa_recipient=hipaa):
        failings.add("deficient")
    if perpetual(consent) and "HR-03" not in policy.off:
        failings.add("perpetual")
    if not covered(request.recipient, consent.recipients):
        failings.add("person" if consent.recipients.persons else "recipient")
    failings.update(signature_failings(consent, scene))
    if _undesignated(consent, request, policy):
        failings.add("designation")
    purpose = covers_purpose(consent, request.purpose)
    direct = purpose and _among(request, consent.disclosers)
    onward = consent.kind == "tpo" and purpose and _received(request, consent)
    known = frozenset(failings)
    binds = consent.kind in terms.LIMITS and _binds(consent, known, request)
    return Weighed(consent, known, direct=direct, onward=onward, binds=binds)


def _undesignated(consent: Consent, request: Request, policy: Policy) -> bool:
    """Say whether a class carries nothing, the hub being an intermediary it fails to name (HR-08).

    42 CFR 2.31(a)(4)(ii)(B): a general designation is limited to those who treat the member.
    """
    if not policy.intermediary or by_name(request.recipient, consent.recipients):
        return False
    named = consent.intermediary == policy.intermediary
    return not (named and terms.TREATING in request.recipient.classes)


def _among(request: Request, disclosers: Parties) -> bool:
    return request.discloser in disclosers.organisations or bool(
        request.discloser_classes & disclosers.classes
    )


def _received(request: Request, consent: Consent) -> bool:
    """Say whether the discloser is itself a recipient that may redisclose under HIPAA."""
    named = consent.recipients
    is_named = request.discloser in named.organisations
    return (is_named or bool(request.discloser_classes & named.classes)) and hipaa_permits(request)


def _binds(limit: Consent, failings: frozenset[Failing], request: Request) -> bool:
    """Say whether a refusal or restriction binds here; empty lists on it mean every one."""
    if failings & {"superseded", "revoked", "expired", "not_yet", "authority", "grown"}:
        return False
    return (
        (not limit.recipients.stated or _limited(request.recipient, limit.recipients))
        and (not limit.purposes or request.purpose in limit.purposes)
        and (not limit.disclosers.stated or _among(request, limit.disclosers))
    )


def _limited(recipient: Recipient, named: Parties) -> bool:
    """Say whether a limit's recipients hold this one; a person nobody named may be any of them."""
    return covered(recipient, named) or bool(named.persons and not recipient.person)
