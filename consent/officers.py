"""What a person of ours decides that no member signs: emergencies, audit grants, exemptions.

The hub builds them from what a clinician or the privacy officer recorded and hands them over with
the request or the policy. They hold ids and instants, never a diagnosis or the words of a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta  # read at run time by the store
from typing import TYPE_CHECKING, Literal

from consent import terms

if TYPE_CHECKING:
    from consent.records import Policy, Request

OPENED: frozenset[str] = terms.ORDINARY | {terms.SUD, terms.MENTAL_HEALTH}
"""What an emergency or an audit grant can open; notes, HIV and unlabelled content are not here."""
MEDICAL_PERSONNEL = frozenset({terms.TREATING, "emergency_service"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """A medical emergency or a declared disaster, as 42 CFR 2.51(c) wants it recorded.

    `discloser` is the id of the person who discloses; who receives stands on the request.
    `nature_recorded` says that the nature of the emergency was written down, `unobtainable` that
    the member's consent can't be had, `closed` that a disaster closed the program (2.51(a)(2)).
    """

    id: str
    kind: Literal["medical", "disaster"] = "medical"
    discloser: str
    declared_at: datetime
    nature_recorded: bool = False
    unobtainable: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditGrant:
    """A privacy officer's leave for one auditor or evaluator (42 CFR 2.53).

    `agreement` is the id of the written agreement; both days are inside, in the member's zone.
    """

    id: str
    organisation: str
    categories: frozenset[str]
    starts: date
    ends: date
    agreement: str
    granted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A privacy officer's policy that a statute's own exception applies, citing its paragraph.

    `rule` is the pack's rule it lifts; the pack lists the paragraphs that may be cited.
    """

    id: str
    rule: str
    paragraph: str
    organisations: frozenset[str]
    purposes: frozenset[str]
    starts: date
    ends: date
    granted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A law that requires disclosures to some recipients, cited by the privacy officer (HR-10).

    It lets ordinary content go against a member's restriction or limit (45 CFR 164.512(a)); both
    days are inside, in the member's zone.
    """

    id: str
    citation: str
    organisations: frozenset[str]
    purposes: frozenset[str]
    starts: date
    ends: date
    granted_by: str


def emergency_lacks(request: Request, policy: Policy) -> str:
    """Return what an emergency still lacks, as the held queue's machine word; empty: it stands."""
    found = request.emergency
    if found is None or request.purpose != terms.BTG:
        return "record:emergency"
    if not request.recipient.classes & MEDICAL_PERSONNEL:
        return "recipient:medical_personnel"
    age = request.at - found.declared_at
    fresh = timedelta() <= age <= timedelta(hours=policy.emergency_hours)
    written = found.discloser and found.nature_recorded and request.recipient.person
    needed = found.unobtainable and (found.closed or found.kind == "medical")
    return "" if fresh and written and needed else "record:emergency"


def audit_grant(
    request: Request, words: frozenset[str], policy: Policy, day: date
) -> AuditGrant | None:
    """Return the grant under which an auditor may see all these categories on a day, if any."""
    for one in policy.audit_grants:
        named = one.organisation == request.recipient.organisation and words <= one.categories
        if named and one.agreement and one.granted_by and one.starts <= day <= one.ends:
            return one
    return None


def exemption(
    request: Request, rule: str, paragraphs: frozenset[str], policy: Policy, day: date
) -> Exemption | None:
    """Return the policy that lifts a rule for this recipient and purpose, if there is one."""
    for one in policy.exemptions:
        cites = one.rule == rule and one.paragraph in paragraphs and bool(one.granted_by)
        named = request.recipient.organisation in one.organisations
        if cites and named and request.purpose in one.purposes and one.starts <= day <= one.ends:
            return one
    return None


def required(request: Request, policy: Policy, day: date) -> bool:
    """Say whether a law requires the disclosure, by the request or by the policy (HR-10)."""
    to = request.recipient.organisation
    return bool(request.required_by) or any(
        to in one.organisations
        and request.purpose in one.purposes
        and bool(one.citation and one.granted_by)
        and one.starts <= day <= one.ends
        for one in policy.required_by
    )
