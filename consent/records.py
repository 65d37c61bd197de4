"""What was signed: one frozen record per consent, refusal or restriction, and who receives what.

The registry keeps every version; nothing is edited. A change is a new record and `superseded_by` on
the old one, a revocation is a new version with `revoked_at`. Records never print themselves.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # part of a public record, read at run time
from dataclasses import dataclass, field
from datetime import date, datetime  # the store reads records by these types

from consent import terms
from consent.officers import (  # noqa: TC001  # part of public records, read at run time
    AuditGrant,
    Emergency,
    Exemption,
    Requirement,
)
from consent.packs import Pack  # noqa: TC001  # part of a public record, read at run time
from consent.states import SHIPPED
from consent.terms import (  # noqa: TC001  # the store reads records by these types
    Authority,
    Kind,
    Matter,
    Method,
    RecipientKind,
)


class Unprintable:
    """A type that holds a member's affairs and therefore refuses to be printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} sealed>"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a consent ends. One of: a day, an instant, an event, or never.

    `on` ends with that day in the member's zone; `at` is the first instant outside (HR-06). An
    event ends it from `event_at`, the instant the event was recorded to have happened.
    """

    on: date | None = None
    at: datetime | None = None
    event: str = ""
    event_at: datetime | None = None
    never: bool = False

    @property
    def stated(self) -> bool:
        """Whether the form says anything about an end, "none" included."""
        return bool(self.on or self.at or self.event or self.never)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Parties(Unprintable):
    """Those a consent names: organisations and persons by id, and classes by word."""

    organisations: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()

    @property
    def stated(self) -> bool:
        """Whether anybody is named at all."""
        return bool(self.organisations or self.persons or self.classes)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Consent(Unprintable):
    """One signed consent, refusal or restriction.

    `statements` are the words the form holds, by name: `patient_name`, `right_to_revoke`,
    `redisclosure`, `refusal_consequences`. `intermediary` is the id of an intermediary named as
    recipient (42 CFR 2.31(a)(4)(ii)). `starts` is a day in the member's zone, `starts_at` an
    instant. For a refusal or restriction an empty `recipients`, `categories` or `purposes` means
    every one; for a grant it is a missing element. `proof` says what showed the signer's authority,
    `scan` is the SHA-256 of the signed paper's scan, `supersedes` the id of the record it replaces.
    """

    id: str
    member: str
    kind: Kind
    disclosers: Parties = Parties()
    recipients: Parties = Parties()
    intermediary: str = ""
    purposes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    signed_on: date | None = None
    signed_by: str = ""
    authority: Authority = "member"
    proven: bool = False
    proof: str = ""
    method: Method = "paper"
    witness: str = ""
    starts: date | None = None
    starts_at: datetime | None = None
    expires: Expiry = Expiry()
    statements: frozenset[str] = frozenset()
    recorded_at: datetime
    recorded_by: str = ""
    bulk: bool = False
    approved_by: str = ""
    supersedes: str = ""
    superseded_by: str = ""
    scan: str = ""
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        """Keep an instant given as `starts` where instants belong."""
        if isinstance(self.starts, datetime):
            object.__setattr__(self, "starts_at", self.starts)
            object.__setattr__(self, "starts", None)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recipient(Unprintable):
    """Who would receive: organisation, the contact's person id, its kind under HIPAA, classes.

    `verified` is false while nobody has made sure who they are and by what right (HI-09).
    """

    organisation: str
    person: str = ""
    kind: RecipientKind = "other"
    classes: frozenset[str] = frozenset()
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request(Unprintable):
    """The question put to consent: may these matters of this member go to this recipient now.

    `at` is an aware instant; `member_zone` an IANA zone name. `died_on` is set once the member's
    death is known (HR-18). `discloser_is_part2_source` is true for a declared Part 2 program and
    for a mixed behavioral source. `states` are those whose law may reach the record, as two
    letters; none means the policy's home state. `enrolled` is false once the member left the MCO
    (HR-15). `carries_notices` is false for a channel that can't carry a notice (P2-20, HR-11).
    `required_by` cites a law that requires the disclosure (HR-10). `emergency` is what a clinician
    recorded for break-glass, purpose BTG (P2-12, P2-13).
    """

    member: str
    birth_date: date
    discloser: str
    recipient: Recipient
    purpose: str
    at: datetime
    matters: frozenset[Matter]
    member_zone: str = "America/New_York"
    discloser_classes: frozenset[str] = frozenset({"health_plan"})
    discloser_is_part2_source: bool = False
    died_on: date | None = None
    states: frozenset[str] = frozenset()
    enrolled: bool = True
    carries_notices: bool = True
    required_by: str = ""
    emergency: Emergency | None = None


def _necessary() -> Mapping[str, frozenset[str]]:
    """Return the minimum necessary categories per purpose; a purpose not listed gets none."""
    plain = frozenset({terms.GENERAL, terms.MENTAL_HEALTH, terms.SUD})
    managed = terms.ORDINARY | plain
    return {terms.HPAYMT: plain, terms.HOPERAT: managed, terms.CAREMGT: managed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The switches a privacy officer owns; `version` is written into every decision.

    `approval_after_days` (HR-20): a consent signed longer before its recording needs a second
    person. `written_mental_health` (PA-05): organisations whose mental health records need a
    written consent; `*` stands for all. `short_part2_notice` chooses statement 2 of 42 CFR 2.32.
    `strip_confidential_addresses` (HR-19) removes them for every recipient. `packs` are the states'
    laws, `home_state` the member's where nothing else is known. `on` and `off` name rules and packs
    switched on and off; a rule that can't be switched, or no rule at all, denies everything.
    `necessary` is the minimum necessary set per purpose (HI-02). `intermediary` is the hub's id
    where it is an intermediary and no business associate (HR-08, 42 CFR 2.11). `required_by` are
    laws that require disclosures (HR-10). `consent.policies` reads all of this from a file.
    """

    version: str = "icp-consent/2"
    approval_after_days: int = 30
    written_mental_health: frozenset[str] = frozenset()
    short_part2_notice: bool = False
    strip_confidential_addresses: bool = False
    packs: tuple[Pack, ...] = SHIPPED
    home_state: str = "PA"
    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    necessary: Mapping[str, frozenset[str]] = field(default_factory=_necessary)
    emergency_hours: int = 24
    audit_grants: tuple[AuditGrant, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    required_by: tuple[Requirement, ...] = ()
    intermediary: str = ""
