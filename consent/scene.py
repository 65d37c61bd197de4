"""What is known of a request before any matter is looked at: the day, the age, the laws in force.

`consent.weighing` sets one up per decision; needs, kinds of law and rules read it. The small
questions about a request that they all share stand here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent import terms
from consent.officers import OPENED, audit_grant, emergency_lacks, exemption, required
from consent.records import Policy, Request, Unprintable
from consent.registry import age_on, local_day

if TYPE_CHECKING:
    from datetime import date

    from consent.officers import AuditGrant, Exemption
    from consent.packs import Clause, Pack
    from consent.records import Parties, Recipient
    from consent.terms import Matter

ADULT = 18


@dataclass(frozen=True, slots=True, repr=False)
class Scene(Unprintable):
    """A request with what follows from it: the member's day and age, laws, and an emergency.

    `clauses` are those of the packs in force that are switched on, `awake` their pack and id.
    `unread` is true where a state whose law may reach the record has no pack in force (HR-13).
    `emergency_lacks` is empty while a recorded emergency opens what it may (P2-12, P2-13).
    `required` says that a law requires the disclosure (HR-10).
    """

    request: Request
    policy: Policy
    day: date
    age: int
    clauses: tuple[Clause, ...]
    awake: frozenset[tuple[str, str]]
    unread: bool
    emergency_lacks: str
    required: bool

    def opened(self, matter: Matter) -> bool:
        """Say whether the emergency opens a matter: neither notes nor HIV nor what is unknown."""
        return not self.emergency_lacks and matter.category in OPENED

    def granted(self, matter: Matter) -> AuditGrant | None:
        """Return the audit grant that opens a matter, which must name its category and Part 2."""
        if self.request.purpose != terms.AUDIT or matter.category not in OPENED:
            return None
        if "P2-18" in self.policy.off:
            return None
        words = {matter.category} | ({terms.SUD} if protected(self.request, matter) else set())
        return audit_grant(self.request, frozenset(words), self.policy, self.day)

    def lifted(self, rule: str) -> Exemption | None:
        """Return the policy under which a statute's own exception lifts one of its rules."""
        for one in self.clauses:
            if one.kind == "exception" and one.lifts == rule:
                return exemption(self.request, rule, one.paragraphs, self.policy, self.day)
        return None

    def noticed(self, matter: Matter) -> bool:
        """Say whether a release of the matter must carry a notice (2.32, a pack's notice)."""
        told = any(
            one.kind == "notice" and matter.category in one.categories for one in self.clauses
        )
        return told or part2_noticed(self.request, matter)


def scene(request: Request, policy: Policy) -> Scene:
    """Set the scene of one request; `ValueError` for a naive instant or a zone nobody knows."""
    day = local_day(request.at, request.member_zone)
    states = request.states or {policy.home_state}
    packs = tuple(one for one in policy.packs if one.state in states and _holds(one, policy, day))
    awake = [(pack.key, one) for pack in packs for one in pack.clauses if _wakes(one, policy)]
    if len({clause.id for _, clause in awake}) < len(awake):
        raise ValueError("two packs in force share a rule id")
    return Scene(
        request,
        policy,
        day,
        age_on(day, request.birth_date),
        tuple(clause for _, clause in awake),
        frozenset((key, clause.id) for key, clause in awake),
        states != {one.state for one in packs},
        _lacks(request, policy),
        required(request, policy, day),
    )


def _holds(pack: Pack, policy: Policy, day: date) -> bool:
    return pack.holds(day) and pack.id not in policy.off


def _wakes(clause: Clause, policy: Policy) -> bool:
    return (clause.on or clause.id in policy.on) and clause.id not in policy.off


def _lacks(request: Request, policy: Policy) -> str:
    """Return what the emergency lacks, where its rule is switched off too."""
    rule = "P2-13" if request.emergency and request.emergency.kind == "disaster" else "P2-12"
    return "record:emergency" if rule in policy.off else emergency_lacks(request, policy)


def part2_noticed(request: Request, matter: Matter) -> bool:
    """Say whether a matter is a substance use record that 42 CFR 2.32 wants a notice on."""
    return matter.category == terms.SUD_COUNSELLING_NOTE or protected(request, matter)


def protected(request: Request, matter: Matter) -> bool:
    """Say whether 42 CFR Part 2 governs a matter, unknown origins as HR-01 says."""
    if matter.part2_origin == "no":
        return False
    signed = matter.category in terms.SUD_SIGNED or request.discloser_is_part2_source
    return signed or matter.part2_origin != "unknown"


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


def necessary(scene: Scene, matter: Matter) -> bool:
    """Say whether a matter is in the minimum necessary set; treatment has no minimum (HI-02)."""
    request = scene.request
    if request.purpose == terms.TREAT:
        return True
    return matter.category in scene.policy.necessary.get(request.purpose, ())


def outside(request: Request) -> bool:
    """Say whether the recipient is neither a covered entity nor a business associate."""
    return request.recipient.kind not in terms.HIPAA_KINDS


def by_name(recipient: Recipient, parties: Parties) -> bool:
    """Say whether a recipient is named itself, not merely by a class."""
    return recipient.organisation in parties.organisations or bool(
        recipient.person and recipient.person in parties.persons
    )
