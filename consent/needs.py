"""Which consents the laws want for one matter, before anybody looks at what was signed.

`consent.weighing` asks for them per matter; several may apply, and each must be answered: the
strictest law wins because no law's need excuses another's. The small questions about a recipient
that laws and rules share stand here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from consent import terms
from consent.registry import age_on, local_day

if TYPE_CHECKING:
    from consent.forms import Standard
    from consent.records import Parties, Policy, Recipient, Request
    from consent.terms import Matter

ADULT = 18
Law: TypeAlias = Literal[
    "part2",
    "counselling",
    "psychotherapy",
    "hiv",
    "authorization",
    "written",
    "minor",
    "restricted",
]


@dataclass(frozen=True, slots=True)
class Need:
    """A consent that a law wants before a matter may go.

    `word` is the category it must name; `named` forbids a mere class of recipients; `alone` forbids
    any other category on the same form; `signers` are the authorities whose signature counts.
    """

    law: Law
    kinds: frozenset[str]
    word: str
    standard: Standard | None = None
    named: bool = False
    alone: bool = False
    signers: frozenset[str] | None = None


def needs(request: Request, matter: Matter, policy: Policy) -> tuple[Need, ...]:
    """Return the consents the laws want for a matter; several may apply, each must be answered."""
    found = []
    category = matter.category
    guarded = protected(request, matter)
    if category == terms.SUD_COUNSELLING_NOTE:
        found.append(Need("counselling", frozenset({"sud_counselling"}), category, alone=True))
    elif guarded:
        kinds = frozenset(
            {"specific"} if request.recipient.kind == "other" else {"tpo", "specific"}
        )
        signers = terms.OWN if is_minor(request) else None
        named = request.recipient.kind == "other"
        found.append(Need("part2", kinds, terms.SUD, "2.31", named=named, signers=signers))
    found.extend(_state_needs(request, category, policy))
    found.extend(_minor_needs(request, matter))
    plain = terms.ORDINARY | {terms.MENTAL_HEALTH, terms.SUD}
    if outside(request) and not guarded and category in plain:
        signers = terms.OWN if category == terms.SUD and is_minor(request) else None
        kinds = frozenset({"roi", "specific"})
        found.append(Need("authorization", kinds, category, "164.508", signers=signers))
    return tuple(found)


def _state_needs(request: Request, category: str, policy: Policy) -> list[Need]:
    """Return the needs that hang on the category alone."""
    if category == terms.PSYCHOTHERAPY_NOTE:
        return [Need("psychotherapy", frozenset({"psychotherapy"}), category, alone=True)]
    if category == terms.HIV:
        return [Need("hiv", frozenset({"hiv"}), category, named=True)]
    if category == terms.RESTRICTED:
        return [Need("restricted", frozenset({"specific", "roi"}), category, named=True)]
    if category == terms.MENTAL_HEALTH and policy.written_mental_health & {request.discloser, "*"}:
        return [Need("written", frozenset({"tpo", "specific", "roi"}), category)]
    return []


def _minor_needs(request: Request, matter: Matter) -> list[Need]:
    """Return whose signature a minor's own care wants (35 P.S. 10101.1-.2)."""
    if matter.category == terms.MINOR:
        kinds = {"specific", "roi"} if outside(request) else {"tpo", "specific", "roi"}
        named = outside(request)
        word = matter.category
        return [Need("minor", frozenset(kinds), word, named=named, signers=terms.OWN)]
    if matter.category == terms.MENTAL_HEALTH and minor_controls(request):
        signers = terms.OWN | (terms.PARENTAL if matter.minor_basis == "parent" else frozenset())
        kinds = {"tpo", "specific", "roi"}
        return [Need("minor", frozenset(kinds), matter.category, signers=signers)]
    return []


def minor_controls(request: Request) -> bool:
    """Say whether the member is 14 to 17 (Act 65 of 2020), or of an age that can't be right."""
    age = age_on(local_day(request.at, request.member_zone), request.birth_date)
    return age < 0 or 14 <= age < ADULT  # noqa: PLR2004  # the ages are the statute's


def is_minor(request: Request) -> bool:
    """Say whether the member is under 18 at the instant asked about."""
    return age_on(local_day(request.at, request.member_zone), request.birth_date) < ADULT


def protected(request: Request, matter: Matter) -> bool:
    """Say whether 42 CFR Part 2 governs a matter, unknown origins as HR-01 says."""
    if matter.part2_origin == "unknown":
        return matter.category in terms.SUD_SIGNED or request.discloser_is_part2_source
    return matter.part2_origin != "no"


def covered(recipient: Recipient, parties: Parties) -> bool:
    """Say whether a recipient is among those named: its organisation, the person, or a class."""
    return (
        recipient.organisation in parties.organisations
        or bool(recipient.person and recipient.person in parties.persons)
        or bool(recipient.classes & parties.classes)
    )


def hipaa_permits(request: Request) -> bool:
    """Say whether 45 CFR 164.506(c) lets a covered entity or its associate have it without more."""
    recipient = request.recipient
    if recipient.kind not in terms.HIPAA_KINDS:
        return False
    if request.purpose == terms.TREAT:
        return terms.TREATING in recipient.classes
    return request.purpose in terms.TPO and bool(recipient.classes & terms.RELATED)


def outside(request: Request) -> bool:
    """Say whether the recipient is neither a covered entity nor a business associate."""
    return request.recipient.kind not in terms.HIPAA_KINDS


def by_name(recipient: Recipient, parties: Parties) -> bool:
    """Say whether a recipient is named itself, not merely by a class."""
    return recipient.organisation in parties.organisations or recipient.person in parties.persons
