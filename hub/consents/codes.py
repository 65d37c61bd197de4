"""The words of consent in HL7's codes, both ways: categories, purposes, kinds, roles, actions.

Used by `fhir_writing` and `fhir_reading` alone. HL7 has no code for some of our words: those stand
in systems of ours, `urn:icp:…`. A code nobody listed here is unknown, and an unknown code never
widens a permission nor narrows a refusal.
"""

from __future__ import annotations

from typing import Final

from consent import terms

TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
ACT: Final = f"{TERMS}v3-ActCode"
REASON: Final = f"{TERMS}v3-ActReason"
PART: Final = f"{TERMS}v3-ParticipationType"
LEVEL: Final = f"{TERMS}v3-Confidentiality"
POLICY: Final = f"{TERMS}consentpolicycodes"
ACTION: Final = f"{TERMS}consentaction"
SCOPE: Final = f"{TERMS}consentscope"
LOINC: Final = "http://loinc.org"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"

OURS: Final = "urn:icp:consent:1"
"""Our extension, and the root of our systems: `urn:icp:consent:1:category`, `…:kind`."""
CATEGORY: Final = f"{OURS}:category"
KIND: Final = f"{OURS}:kind"
CLASS: Final = f"{OURS}:class"
MEMBER: Final = "urn:icp:member"
ORGANISATION: Final = "urn:icp:organisation"
PERSON: Final = "urn:icp:person"

WRITTEN: Final = {
    terms.SUD: "SUD",
    terms.HIV: "HIV",
    terms.MENTAL_HEALTH: "MH",
    terms.PSYCHOTHERAPY_NOTE: "PSYTHPN",
    terms.SDV: "SDV",
    terms.STD: "STD",
    terms.SEXUAL_HEALTH: "SEX",
    terms.MINOR: "ADOL",
}
"""Our categories to v3 ActCode; the others are written in `CATEGORY`."""

READ: Final[dict[str, frozenset[str]]] = {
    **{code: frozenset({word}) for word, code in WRITTEN.items()},
    "ETH": frozenset({terms.SUD}),
    "ETHUD": frozenset({terms.SUD}),
    "OPIOIDUD": frozenset({terms.SUD}),
    "PSY": frozenset({terms.MENTAL_HEALTH}),
    "BH": frozenset({terms.MENTAL_HEALTH, terms.SUD}),
    "VIO": frozenset({terms.SDV}),
    "SEXUAL": frozenset({terms.SEXUAL_HEALTH}),
}
"""v3 ActCode to our categories: `BH` is mental health and substance use in HL7's tree."""

LEGAL_REASON: Final = "HLEGAL"
"""v3 ActReason for legal proceedings; ours is `LEGAL`."""

POLICIES: Final = {
    "tpo": (ACT, "42CFRPart2CD"),
    "specific": (ACT, "42CFRPart2CD"),
    "sud_counselling": (ACT, "42CFRPart2CD"),
    "proceedings": (ACT, "42CFRPart2CD"),
    "roi": (ACT, "HIPAAAuthCD"),
    "psychotherapy": (ACT, "HIPAAAuthCD"),
    "hiv": (ACT, "JurisCD"),
    "refusal": (ACT, "OPTOUT"),
    "restriction": (POLICY, "hipaa-restrictions"),
}
"""The policy each kind of form stands under; R4 wants one on every consent (ppc-1)."""

PART2: Final = frozenset({"42CFRPart2", "42CFRPart2CD"})
HIPAA: Final = frozenset({"HIPAAAuth", "HIPAAAuthCD", "hipaa-auth"})
RESTRICTIONS: Final = frozenset({"hipaa-restrictions", "HIPAAROAD"})

DISCLOSER: Final = "CST"
RECIPIENT: Final = "IRCP"
INTERMEDIARY: Final = "intermediary"
DISCLOSERS: Final = frozenset({DISCLOSER, "INF", "AUT", "custodian", "source"})
RECIPIENTS: Final = frozenset({RECIPIENT, "PRCP", "REF", "recipient", "grantee", "CAREGIVER"})
DISCLOSING: Final = frozenset({"access", "disclose", "use"})
"""Actions that mean letting somebody have it; `collect` and `correct` are none of our matter."""
