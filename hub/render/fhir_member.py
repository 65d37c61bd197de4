"""The member as a US Core Patient, who speaks for the member, and the coverage claimed.

Race and ethnicity stand in US Core's extensions where they are one of its categories; any other
words, and whatever FHIR's types don't allow, in ours. A Social Security number is never written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, Coverage, said
from hub.render.ccda_codes import ETHNICITY, RACE
from hub.render.ccda_member import language
from hub.render.fhir_cast import identifiers
from hub.render.fhir_parts import (
    Json,
    clean,
    concept,
    day,
    extension,
    extras,
    filled,
    house,
    moment,
    to,
    unsaid,
    words,
)

if TYPE_CHECKING:
    from hub.canonical import Address, Member, Name, Plan, Telecom
    from hub.render.fhir_cast import Cast

_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_RACES: Final = "urn:oid:2.16.840.1.113883.6.238"
_GENDERS: Final = frozenset({"male", "female", "other", "unknown"})
_MEMBER: Final = (
    "birth_date", "sex", "gender_identity", "pronouns", "race", "ethnicity", "language",
    "interpreter_needed", "addresses", "telecoms", "cultural_preferences", "communication_needs",
    "representative", "name",
)  # fmt: skip
_ADDRESS: Final = ("use", "lines", "city", "state", "postal_code", "county", "confidential")
_USES: Final = frozenset({"home", "work", "temp", "old", "billing"})
_NUMBER_USES: Final = frozenset({"home", "work", "temp", "old", "mobile"})
_DISPLAYS: Final = {
    "1002-5": "American Indian or Alaska Native",
    "2028-9": "Asian",
    "2054-5": "Black or African American",
    "2076-8": "Native Hawaiian or Other Pacific Islander",
    "2106-3": "White",
    "2135-2": "Hispanic or Latino",
    "2186-5": "Not Hispanic or Latino",
}


def patient(plan: Plan, cast: Cast) -> None:
    """Add the Patient, and the RelatedPerson who speaks for the member."""
    member = plan.member
    raced, grouped = _races(member), _ethnicity(member)
    told = language(member.language)
    numbers = _whole_numbers(member.telecoms)
    spoken = _speaks(member, cast)
    known: dict[str, bool] = {
        "birth_date": bool(day(member.birth_date)),
        "sex": member.sex in _GENDERS,
        "gender_identity": bool(words(member.gender_identity)),
        "pronouns": bool(words(member.pronouns)),
        "race": raced is not None,
        "ethnicity": grouped is not None,
        "language": bool(told) and told == member.language,
        "interpreter_needed": True,
        "addresses": True,
        "telecoms": numbers is not None,
        "name": _plain(member.name),
        "representative": spoken,
    }
    resource = {
        "resourceType": "Patient",
        "meta": {"profile": [_CORE + "patient"]} if _us_core(member, known) else {},
        "extension": [
            *filter(None, (raced, grouped)),
            *_said(member),
            *extras(unsaid(member, known, _MEMBER)),
        ],
        "identifier": identifiers(member.identifiers),
        "name": _names(member.name),
        "telecom": numbers,
        "gender": member.sex if known["sex"] else "",
        "birthDate": day(member.birth_date),
        "address": [one for one in map(_address, member.addresses) if one],
        "communication": _communication(told, member),
    }
    cast.add(cast.member, resource)


def _us_core(member: Member, known: dict[str, bool]) -> bool:
    """Say whether the member has what US Core requires: an identifier, a name and a gender."""
    named = any(one.get("family") or one.get("given") for one in _names(member.name))
    return bool(identifiers(member.identifiers)) and named and known["sex"]


def _communication(told: str, member: Member) -> list[Json]:
    if not (told and told == member.language):
        return []
    code = {"coding": [{"system": "urn:ietf:bcp:47", "code": told}]}
    return [{"language": code, "preferred": True}]


def _said(member: Member) -> list[Json]:
    found: list[Json] = []
    if member.interpreter_needed is not None:
        url = _BASE + "patient-interpreterRequired"
        found.append(extension(url, "Boolean", member.interpreter_needed))
    if words(member.gender_identity):
        url = _CORE + "genderIdentity"
        found.append(extension(url, "CodeableConcept", concept(member.gender_identity)))
    if words(member.pronouns):
        inner = [extension("value", "CodeableConcept", concept(member.pronouns))]
        found.append({"url": _BASE + "individual-pronouns", "extension": inner})
    return found


def _races(member: Member) -> Json | None:
    """Return US Core's race extension when every race is one of its categories, in its words."""
    race = member.race
    if isinstance(race, Absent) or not race:
        return None
    codes = [RACE.get(one.lower(), "") for one in race]
    if any(_DISPLAYS.get(code) != one for code, one in zip(codes, race, strict=True)):
        return None
    return _categories("race", codes)


def _ethnicity(member: Member) -> Json | None:
    code = ETHNICITY.get(said(member.ethnicity).lower(), "")
    if not code or _DISPLAYS[code] != member.ethnicity:
        return None
    return _categories("ethnicity", [code])


def _categories(name: str, codes: list[str]) -> Json:
    inner = [
        extension("ombCategory", "Coding", {"system": _RACES, "code": c, "display": _DISPLAYS[c]})
        for c in codes
    ]
    inner.append(extension("text", "String", "; ".join(_DISPLAYS[code] for code in codes)))
    return {"url": _CORE + name, "extension": inner}


def _plain(name: Name) -> bool:
    """Say whether HumanName can say a name as it is."""
    parts = (name.family, name.prefix, name.suffix, name.preferred)
    return not any(isinstance(part, Absent) for part in parts) and bool(
        words(name.family) or any(map(clean, name.given)) or not name.prefix
    )


def _names(name: Name) -> list[Json]:
    given = [one for one in map(clean, name.given) if one]
    official = filled(
        {
            "family": words(name.family),
            "given": given,
            "prefix": [words(name.prefix)] if words(name.prefix) else [],
            "suffix": [words(name.suffix)] if words(name.suffix) else [],
        }
    )
    preferred = words(name.preferred)
    made = [{"use": "official", **official}] if official else []
    return made + ([{"use": "nickname", "text": preferred}] if preferred else [])


def _whole_numbers(telecoms: tuple[Telecom, ...]) -> list[Json] | None:
    """Return the ways to reach a member as ContactPoints, or nothing when one can't be said."""
    found = []
    for one in telecoms:
        use = one.use
        if not words(one.value) or not (use is None or use in _NUMBER_USES):
            return None
        found.append(filled({"system": one.kind, "value": words(one.value), "use": use}))
    return found


def _address(one: Address) -> Json:
    known = {
        "use": one.use in _USES,
        "lines": True,
        "city": bool(words(one.city)),
        "state": bool(words(one.state)),
        "postal_code": bool(words(one.postal_code)),
        "county": bool(words(one.county)),
        "confidential": not one.confidential,
    }
    return filled(
        {
            "extension": extras(unsaid(one, known, _ADDRESS)),
            "use": one.use if known["use"] else "",
            "line": [line for line in map(clean, one.lines) if line],
            "city": words(one.city),
            "district": words(one.county),
            "state": words(one.state),
            "postalCode": words(one.postal_code),
        }
    )


def _speaks(member: Member, cast: Cast) -> bool:
    """Add the RelatedPerson who speaks for the member; say whether it says all of the party."""
    party = member.representative
    if party is None or not words(party.name) or party.organization is not None:
        return False
    values = (party.role, party.phone, party.email, party.address)
    if any(isinstance(one, Absent) for one in values):
        return False
    telecom = [
        {"system": kind, "value": value}
        for kind, value in (("phone", words(party.phone)), ("email", words(party.email)))
        if value
    ]
    address = words(party.address)
    relationship = [{"coding": [house("relationship", "representative")]}]
    resource = {
        "resourceType": "RelatedPerson",
        "identifier": identifiers(party.identifiers),
        "active": True,
        "patient": to(cast.member),
        "relationship": relationship + ([concept(party.role)] if words(party.role) else []),
        "name": [{"text": words(party.name)}],
        "telecom": telecom,
        "address": [{"text": address}] if address else [],
    }
    cast.add(cast.url("representative"), resource)
    return True


def coverage(plan: Plan, cast: Cast) -> str:
    """Add the Coverage the plan claims; return its URL, or nothing when it claims none."""
    one = plan.coverage
    if one == Coverage():
        return ""
    known = {
        "mco": bool(words(one.mco)),
        "line_of_business": bool(words(one.line_of_business)),
        "member_id": bool(words(one.member_id)),
        "enrolled_on": bool(moment(one.enrolled_on)),
    }
    unnamed = extension(_BASE + "data-absent-reason", "Code", "unsupported")
    resource = {
        "resourceType": "Coverage",
        "extension": extras(unsaid(one, known, Coverage.__dataclass_fields__)),
        "status": "active",
        "type": concept(one.line_of_business),
        "subscriberId": words(one.member_id),
        "beneficiary": to(cast.member),
        "period": filled({"start": moment(one.enrolled_on)}),
        "payor": [{"display": words(one.mco)} if known["mco"] else {"extension": [unnamed]}],
    }
    return cast.add(cast.url("coverage"), resource)
