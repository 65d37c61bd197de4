"""The words consent is spoken in: categories, purposes, kinds of recipient, and matters.

Every other module here and the hub's labeller take these words from this one place. A word that is
not listed is unknown, and what is unknown is withheld (rule I15). Purposes are compared exactly:
BTG lies under ETREAT under TREAT in HL7's tree, and a permit for TREAT must not open BTG.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

GENERAL: Final = "general"
SUD: Final = "sud"
HIV: Final = "hiv"
MENTAL_HEALTH: Final = "mental_health"
PSYCHOTHERAPY_NOTE: Final = "psychotherapy_note"
SUD_COUNSELLING_NOTE: Final = "sud_counselling_note"
SDV: Final = "sdv"
STD: Final = "std"
SEXUAL_HEALTH: Final = "sexual_health"
MINOR: Final = "minor"
RESTRICTED: Final = "restricted"
UNLABELLED: Final = "unlabelled"

ORDINARY: Final = frozenset({GENERAL, SDV, STD, SEXUAL_HEALTH})
"""Categories that HIPAA alone governs when the recipient treats the member."""

SUD_SIGNED: Final = frozenset({SUD, SUD_COUNSELLING_NOTE})
"""Categories that show a sign of substance use disorder (HR-01)."""

CATEGORIES: Final = ORDINARY | {
    SUD,
    HIV,
    MENTAL_HEALTH,
    PSYCHOTHERAPY_NOTE,
    SUD_COUNSELLING_NOTE,
    MINOR,
    RESTRICTED,
    UNLABELLED,
}

TREAT: Final = "TREAT"
HPAYMT: Final = "HPAYMT"
HOPERAT: Final = "HOPERAT"
CAREMGT: Final = "CAREMGT"
BTG: Final = "BTG"
LEGAL: Final = "LEGAL"
AUDIT: Final = "AUDIT"

TPO: Final = frozenset({TREAT, HPAYMT, HOPERAT, CAREMGT})
"""Treatment, payment, operations; care management is an operation (45 CFR 164.501)."""

LEGAL_CLASSES: Final = frozenset({"court", "police", "litigant", "legislature"})
PROXY_CLASSES: Final = frozenset({"parent", "proxy", "household", "family"})
TREATING: Final = "treating_provider"
FEE_FOR_SERVICE: Final = "fee_for_service"
STATE_MEDICAID: Final = "state_medicaid"
PLANS: Final = frozenset({"health_plan", "payer", FEE_FOR_SERVICE, STATE_MEDICAID})
RELATED: Final = PLANS | {TREATING}
"""Classes of recipients that have a relationship with the member (45 CFR 164.506(c)(4))."""

RecipientKind: TypeAlias = Literal["covered_entity", "business_associate", "part2_program", "other"]
HIPAA_KINDS: Final = frozenset({"covered_entity", "business_associate"})
"""`part2_program` means a program that is neither of these; a covered one is listed as such."""

Origin: TypeAlias = Literal["yes", "no", "unknown"]
MinorBasis: TypeAlias = Literal["minor", "parent", "unknown"]

Kind: TypeAlias = Literal[
    "tpo",
    "specific",
    "roi",
    "sud_counselling",
    "psychotherapy",
    "hiv",
    "refusal",
    "restriction",
    "proceedings",
]
LIMITS: Final = frozenset({"refusal", "restriction"})
"""Kinds that take away; every other kind grants."""

Authority: TypeAlias = Literal[
    "member", "minor", "parent", "guardian", "personal_representative", "poa", "relative"
]
OWN: Final[frozenset[Authority]] = frozenset({"member", "minor"})
PARENTAL: Final[frozenset[Authority]] = frozenset({"parent", "guardian"})

Method: TypeAlias = Literal["paper", "electronic", "verbal"]
Effect: TypeAlias = Literal["permit", "forbid"]
Failing: TypeAlias = Literal[
    "superseded", "revoked", "expired", "not_yet", "deficient", "perpetual", "recipient", "person",
    "class", "authority", "grown", "dead", "approval", "kind", "combined", "signer", "designation",
]  # fmt: skip
"""What keeps a consent that is on point from carrying."""


@dataclass(frozen=True, slots=True, order=True)
class Matter:
    """One distinct kind of content: category, Part 2 origin, and who consented to the care.

    `minor_basis` counts only while the member is a minor: whether the minor or a parent consented
    to the care the content is about (35 P.S. 10101.1).
    """

    category: str
    part2_origin: Origin = "no"
    minor_basis: MinorBasis = "unknown"
