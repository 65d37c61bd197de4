"""Security codes of HL7 v3 that documents carry: sensitivity, 42 CFR Part 2, and mere handling.

The privacy readers of C-CDA, HL7 v2 and FHIR share it (STANDARDS 3.2, InformationSensitivityPolicy)
and add only what their own standard writes otherwise; `names_part2` finds the notice in words. A
code can only raise protection, and one that none of these tables knows restricts what it stands on.
"""

from __future__ import annotations

import re
from typing import Final

CATEGORIES: Final = {
    "ETH": "sud",
    "SUD": "sud",
    "ETHUD": "sud",
    "OPIOIDUD": "sud",
    "PSY": "mental_health",
    "MH": "mental_health",
    "BH": "mental_health",
    "PSYTHPN": "psychotherapy_note",
    "HIV": "hiv",
    "STD": "std",
    "SEX": "sexual_health",
    "SDV": "sdv",
    "VIO": "sdv",
    "ADOL": "minor",
}
"""Sensitivity codes of ActCode to the hub's categories."""

PART2: Final = frozenset({"42CFRPart2", "42CFRPART2", "42CFRPart2CD", "NORDSCLCD", "NORDSLCD"})
"""What names a 42 CFR Part 2 program or forbids redisclosure without consent, as it is spelt and as
ONC's own samples misspell it."""

HANDLING: Final = frozenset({
    "HIPAANOPP", "HIPAAAuth", "HIPAAPsyNotes", "HIPAASelfPay", "HIPAAAuthCD",
    "HIPAAROAD", "OPTIN", "OPTOUT", "IDSCL", "NOAUTH", "NOCOLLECT", "NODSCLCD", "NODSCLCDS",
    "NOINTEGRATE", "NOLIST", "NOMOU", "NOORGPOL", "NOPAT", "NOPERSISTP", "NORDSCLCDS",
    "NORDSCLW", "NORELINK", "NOREUSE", "NOVIP", "ORCON", "ANONY", "AOD", "AUDIT", "AUDTR",
    "CPLYPOL", "DEID", "DELAU", "DECLASSIFYLABEL", "DOWNGRDLABEL", "DRIVLABEL",
    "ENCRYPT", "HUAPRV", "LABEL", "MASK", "MINEC", "PERSISTLABEL", "PRIVMARK", "PSEUD",
    "REDACT", "UPGRDLABEL", "PROCESSINLINELABEL", "TREAT", "ETREAT", "BTG", "COC", "HPAYMT",
    "COVERAGE", "HOPERAT", "CAREMGT", "PATRQT", "PUBHLTH", "HRESCH", "HTEST", "SUBSETTED",
})  # fmt: skip
"""Codes that say how to handle, not what it is: kept as words, no category."""

_CITED: Final = re.compile(
    r"42\s*C\.?\s*F\.?\s*R\.?"
    r"(?!\W{0,3}(?:parts?|pt\.?|sec(?:tions?|\.)?)?[\s.\u00a7]{0,3}(?!2\b)\d)",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"\bpart\s+2\s+of\s+title\s+42\b|\btitle\s+42\b.{0,80}?\bpart\s+2\b"
    r"|\b42\s+code\s+of\s+federal\s+regulations?\b.{0,20}?\bpart\s+2\b",
    re.IGNORECASE | re.DOTALL,
)
_WORDED: Final = ("title", "code of")


def names_part2(text: str) -> bool:
    """Say whether words name 42 CFR Part 2: the notice binds the record it came with (2.32).

    "42 CFR" with no number counts, "42 CFR 438.208" and other parts of the title do not.
    """
    at = text.find("42")
    if at < 0:
        return False
    while at >= 0:  # a search by the pattern alone costs as much as reading the whole text
        if _CITED.match(text, at):
            return True
        at = text.find("42", at + 1)
    lower = text.lower()
    return any(word in lower for word in _WORDED) and _TITLED.search(lower) is not None
