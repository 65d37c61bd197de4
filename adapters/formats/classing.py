"""Fields that a code says in so many words: a concern's domain, what pays, how far a goal reaches.

Called by the C-CDA, FHIR and HL7 v2 readers. The tables are the whole rule: what is not in them is
not set, and two codes that disagree set nothing. A diagnosis is never classed by what it means,
only by the block its own code system puts it in.

Sources: ICD-10-CM block Z55-Z65 (socioeconomic and psychosocial hazards) and chapter 5; HL7 SDOH
Clinical Care categories and US Core's `sdoh`; the Problem Type value set
(2.16.840.1.113883.3.88.12.3221.7.2); NAHDO's Source of Payment Typology.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Code
    from hub.canonical.elements import Funding
    from hub.canonical.values import Domain

_ICD10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_TYPOLOGY: Final = "https://nahdo.org/sopt"
_BLOCKS: Final[tuple[tuple[str, str, Domain], ...]] = (
    ("Z55", "Z65", "social"),
    ("F01", "F99", "behavioral"),
)
_CATEGORIES: Final[dict[str, str]] = {
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-category": "sdoh",
    "http://hl7.org/fhir/us/core/CodeSystem/condition-category": "sdoh",
    "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes": "",
}
"""Code systems of categories, and the code of theirs that is social; where none is named, all."""
_TELLING: Final = frozenset({_ICD10, *_CATEGORIES})
TYPES: Final[dict[str, Domain]] = {"248536006": "functional", "54522-8": "functional"}
"""Problem types that say a domain: a finding of functional performance, functional status."""
_PAYERS: Final[dict[str, Funding]] = {
    "1": "covered",  # Medicare
    "2": "covered",  # Medicaid
    "3": "other",  # other government: defence, veterans, Indian Health Service
    "4": "other",  # departments of corrections
    "5": "covered",  # private health insurance
    "6": "covered",  # Blue Cross and Blue Shield
    "7": "covered",  # managed care, unspecified
    "8": "other",  # no payment from an organisation: self-pay, charity, no charge
}
"""The first digit of a Source of Payment Typology code; 9 (miscellaneous) says nothing."""
_TERM: Final = re.compile(r"(short|intermediate|long)[ -]term(?: goals?)?:?", re.IGNORECASE)
_WORDS: Final[dict[str, Domain]] = {
    "medical": "medical",
    "behavioral": "behavioral",
    "behavioral health": "behavioral",
    "social": "social",
    "functional": "functional",
    "dental": "dental",
    "ltss": "ltss",
}


def domain(codes: Iterable[Code], kind: str | None = None) -> Domain | None:
    """Return the one domain that a concern's codes and its problem type say, or none."""
    found = {TYPES[kind]} if kind in TYPES else set()
    for code in codes:
        if code.system in _TELLING and (said := _domain(code)) is not None:
            found.add(said)
    return found.pop() if len(found) == 1 else None


def _domain(code: Code) -> Domain | None:
    value = code.code or ""
    if code.system == _ICD10:
        return next((said for low, high, said in _BLOCKS if low <= value[:3] <= high), None)
    wanted = _CATEGORIES[code.system or ""]
    return "social" if value and wanted in {"", value} else None


def named(classification: str) -> Domain | None:
    """Return the domain that a sender's classification of a problem is the very word for."""
    return _WORDS.get(classification.strip().casefold())


def funding(codes: Iterable[Code]) -> Funding | None:
    """Return how something planned is paid for, by the payer's type where it is coded."""
    for code in codes:
        if code.system == _TYPOLOGY and code.code:
            return _PAYERS.get(code.code[0])
    return None


def term(*headings: str) -> str | None:
    """Return `short`, `intermediate` or `long` where a heading or code says just that of a goal."""
    for heading in headings:
        if heading and (found := _TERM.fullmatch(heading.strip())):
            return found[1].lower()
    return None
