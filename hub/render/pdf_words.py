"""Dates, parties, codes and house words as a reader in a practice wants to see them on paper.

Called by `hub.render.pdf_view` only. Never adds precision a date doesn't have, never guesses: what
it doesn't recognise is shown as it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.canonical import Absent, Party, said

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hub.canonical import Address, Code, Identifier, Member, Text

_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ABSENT = {
    "none": "None, as the source states",
    "unknown": "Unknown, as the source states",
    "asked": "Asked but unknown, as the source states",
    "masked": "Not shown by the source",
}
_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://loinc.org": "LOINC",
    "http://www.ama-assn.org/go/cpt": "CPT",
}
_IDENTIFIERS = {
    "medicaid": "Medicaid ID",
    "mbi": "Medicare ID",
    "plan": "Plan ID",
    "mrn": "Record no.",
    "npi": "NPI",
}
_LANGUAGES = {"en": "English", "es": "Spanish", "vi": "Vietnamese", "zh": "Chinese"}


def date_words(value: Text) -> str:
    """Return `Mar 4, 2026`, `Mar 2026` or `2026` at the precision given; other text as it is."""
    text = words(value)
    match = _ISO.fullmatch(text)
    month = int(match["month"] or 0) if match else 0
    if match is None or month > len(_MONTHS):
        return text
    if not month:
        return match["year"]
    if not match["day"]:
        return f"{_MONTHS[month - 1]} {match['year']}"
    day = f"{_MONTHS[month - 1]} {int(match['day'])}, {match['year']}"
    return f"{day}, {_clock(match)}" if match["hour"] else day


def _clock(match: re.Match[str]) -> str:
    hour = int(match["hour"])
    half = "am" if hour < 12 else "pm"  # noqa: PLR2004  # noon
    zone = {"Z": " UTC", None: ""}.get(match["zone"], f" UTC{match['zone']}")
    return f"{(hour - 1) % 12 + 1}:{match['minute']} {half}{zone}"


def instant_words(value: datetime) -> str:
    """Return an aware instant as `Nov 22, 2026, 2:44 am UTC`."""
    return date_words(value.isoformat(timespec="minutes").replace("+00:00", "Z"))


def span_words(start: Text, end: Text) -> str:
    """Return `Mar 4, 2026 to Sep 4, 2026`, `from …`, `until …` or nothing."""
    first, last = date_words(start), date_words(end)
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else ""


def words(value: Text) -> str:
    """Return a leaf's words; an explicit absence is said in words, plain absence is empty."""
    return ABSENT[value.absent] if isinstance(value, Absent) else said(value)


def plain(word: str | None) -> str:
    """Return a house word for people: `care_coordinator` as `Care coordinator`."""
    return sentence((word or "").replace("_", " ").strip())


def sentence(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def joined(parts: Iterable[str], by: str = " · ") -> str:
    """Return the parts that say something, joined."""
    return by.join(part for part in parts if part)


def labelled(label: str, value: str) -> str:
    """Return `label value`, or nothing where there is no value."""
    return f"{label} {value}" if value else ""


def code_words(codes: Iterable[Code], text: Text = None) -> str:
    """Return codes as `ICD-10-CM J44.9 COPD`; a code's own words only where `text` differs."""
    beside = words(text).casefold()
    return joined((_code(one, beside) for one in codes), ", ")


def _code(code: Code, beside: str) -> str:
    system = _SYSTEMS.get(code.system or "", code.system or "") if code.code else ""
    display = code.display or ""
    return joined((system, code.code or "", "" if display.casefold() == beside else display), " ")


def full_name(member: Member) -> str:
    """Return the member's name as it is said, with the preferred name in brackets."""
    name = member.name
    whole = joined((words(name.prefix), *name.given, words(name.family), words(name.suffix)), " ")
    preferred = words(name.preferred)
    return joined((whole, f"({preferred})" if preferred else ""), " ") or "Name not stated"


def identifier_pairs(identifiers: Iterable[Identifier]) -> list[tuple[str, str]]:
    """Return identifiers as (`Medicaid ID`, `2200145689`); no social security numbers."""
    return [
        (_IDENTIFIERS.get(one.kind, "Other ID"), joined((one.value, one.assigner or ""), ", "))
        for one in identifiers
        if one.kind != "ssn"
    ]


def identifier_words(identifiers: Iterable[Identifier]) -> str:
    """Return identifiers on one line, `NPI 1912301953`."""
    return joined(f"{name} {value}" for name, value in identifier_pairs(identifiers))


def language_words(value: Text) -> str:
    """Return a language tag as its English name where it is a common one, else as given."""
    text = words(value)
    return _LANGUAGES.get(text.lower().partition("-")[0], text)


def address_words(address: Address) -> str:
    """Return an address on one line."""
    town = joined((words(address.state), words(address.postal_code)), " ")
    return joined((*address.lines, words(address.city), town), ", ")


def who(party: Party | None) -> str:
    """Return a party's name, role and organisation, or whichever there are."""
    if party is None:
        return ""
    return joined((words(party.name), plain(words(party.role)), words(party.organization)), ", ")


def reach(party: Party | None) -> str:
    """Return how to reach a party: phone, mail address, postal address and identifiers."""
    if party is None:
        return ""
    known = (words(party.phone), words(party.email), words(party.address))
    return joined((*known, identifier_words(party.identifiers)))


def whole(party: Party | None) -> str:
    """Return all that is said of a party on one line."""
    return joined((who(party), reach(party)))
