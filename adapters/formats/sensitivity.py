"""Security codes of HL7 v3 that documents carry: sensitivity, 42 CFR Part 2, and mere handling.

The privacy readers of C-CDA, HL7 v2 and FHIR share it (STANDARDS 3.2, InformationSensitivityPolicy)
and add only what their own standard writes otherwise. A code can only raise protection, and one
that none of these tables knows restricts what it stands on.
"""

from __future__ import annotations

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
