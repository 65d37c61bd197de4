"""HL7 v2 data types to canonical values: CX, XPN, XAD, XTN, XCN, CWE, DTM. Pure functions.

Called by every mapping module with one raw repetition of a field. Each gives what the field says
and no more: precision is kept, a null (`""`) is said to be one, an impossible time is no time.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from adapters.formats.hl7v2.escapes import unescaped
from hub.canonical import (
    Absent,
    Address,
    Code,
    Identifier,
    Name,
    Party,
    Telecom,
    Text,
    folded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.hl7v2.segments import Separators

NULL: Final = '""'
_SYSTEMS: Final = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNM": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "HCPCS": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "UCUM": "http://unitsofmeasure.org",
}
_ID_KINDS: Final = {
    "MA": "medicaid",
    "MCD": "medicaid",
    "MC": "mbi",
    "MCR": "mbi",
    "MB": "plan",
    "PI": "plan",
    "SN": "plan",
    "MR": "mrn",
    "SS": "ssn",
}
_DTM: Final = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?",
    re.ASCII,
)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?")
_MAX_OFFSET: Final = 1400
_MINUTES: Final = 60
_TYPES: Final = {"PH": "phone", "CP": "phone", "FX": "fax", "INTERNET": "email", "X.400": "email"}
_TELECOM_USES: Final = {
    "PRN": "home",
    "H": "home",
    "ORN": "other",
    "WPN": "work",
    "B": "work",
    "VHN": "vacation",
    "PRS": "mobile",
    "EMR": "emergency",
}
_ADDRESS_USES: Final = {
    "H": "home",
    "P": "home",
    "L": "home",
    "C": "temp",
    "M": "mailing",
    "B": "work",
    "O": "work",
    "BA": "bad",
}
_HD_TYPES: Final = frozenset({
    "CAP", "CLIA", "CLIP", "DNS", "EUI64", "GUID", "HCD", "HL7", "ISO", "L", "M", "N", "NPI",
    "RANDOM", "URI", "UUID", "X400", "X500",
})  # fmt: skip
"""HL7 table 0301, the types of a universal id."""

_HOME_COUNTRY: Final = {"", "US", "USA"}


def words(raw: str, seps: Separators) -> str:
    """Return one component's text: unescaped, white space folded."""
    if not raw:
        return ""
    if seps.escape in raw:
        raw = unescaped(raw, seps)
    # folding costs more than looking whether there is anything to fold
    return raw.strip(" ") if raw.isprintable() and "  " not in raw else folded(raw)


def leaf(raw: str, seps: Separators) -> Text:
    """Return one component as a leaf: nothing, an explicit none, or its words."""
    if not raw:
        return None
    if raw == NULL:
        return Absent("none")
    return words(raw, seps) or None


def parts(raw: str, seps: Separators, least: int) -> list[str]:
    """Split one repetition into at least `least` components, nulls as empty."""
    found = raw.split(seps.component)
    if NULL in found:
        found = ["" if part == NULL else part for part in found]
    missing = least - len(found)
    return found + [""] * missing if missing > 0 else found


def first(raw: str, seps: Separators) -> str:
    """Return the first repetition of a field."""
    return raw.split(seps.repetition, 1)[0]


def head(raw: str, seps: Separators) -> str:
    """Return the first component of the first repetition, folded; empty for a null."""
    found = words(first(raw, seps).split(seps.component, 1)[0], seps)
    return "" if found == NULL else found


def iso(raw: str) -> str | None:
    """Return a DTM as ISO 8601 at its own precision, or None when there is no such time.

    A time without an offset stays without one: MSH-7's is that of the sending system, which need
    not be the clock the time was read from.
    """
    found = _DTM.fullmatch(raw)
    if not found:
        return raw if _ISO.fullmatch(raw) and _exists(raw) else None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    text = f"{year}-{month}-{day}" if day else f"{year}-{month}" if month else year
    if not _exists(text + "-01-01"[len(text) - 4 :]):
        return None
    if not hour:
        return text
    if hour > "23" or (minute or "") > "59" or (second or "") > "59":
        return None
    clock = f"{hour}:{minute}:{second}" if second else f"{hour}:{minute}" if minute else hour
    return f"{text}T{clock}{fraction or ''}{_zone(zone) if zone else ''}"


def _zone(zone: str) -> str:
    """Return `-05:00` for `-0500`; an offset that no place on earth has is left out."""
    if int(zone[1:]) > _MAX_OFFSET or int(zone[3:]) >= _MINUTES:
        return ""
    return f"{zone[:3]}:{zone[3:]}"


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def system(name: str) -> str | None:
    """Return the URI of a coding system or assigning authority named by table 0396, OID or URL."""
    if not name or name in {"L", "99L", "LOCAL"}:
        return None
    known = _SYSTEMS.get(name.upper())
    if known:
        return known
    if re.fullmatch(r"HL7\d{4}", name):
        return f"http://terminology.hl7.org/CodeSystem/v2-{name[3:]}"
    if re.fullmatch(r"[0-2](\.\d+)+", name):
        return f"urn:oid:{name}"
    return name if "://" in name or name.startswith("urn:") else f"urn:id:{folded(name)}"


def coded(raw: str, seps: Separators) -> tuple[str, tuple[Code, ...]]:
    """Return the words and codes of a CWE/CE; a lone first component is words, not a code."""
    if seps.component not in raw:
        return ("" if raw == NULL else words(raw, seps)), ()
    given = [words(part, seps) if part else "" for part in parts(raw, seps, 9)]
    codes: tuple[Code, ...] = ()
    code, display, named = given[:3]
    if code and (display or named):
        codes = (Code(system(named), code, display or None),)
    other, shown, owner = given[3:6]
    if other and (shown or owner):
        codes = (*codes, Code(system(owner), other, shown or None))
    return given[8] or display or shown or code or other, codes


def identifier(raw: str, seps: Separators, kinds: Mapping[str, str]) -> Identifier | None:
    """Return a CX; `kinds` are a sender's own id types, `""` for one without a type."""
    given = parts(raw, seps, 5)
    value = words(given[0], seps)
    if not value:
        return None
    typed = words(given[4], seps).upper()
    authority = words(given[3].split(seps.sub, 1)[0], seps)
    kind = kinds.get(typed) or kinds.get(authority) or _ID_KINDS.get(typed) or "other"
    return Identifier(kind, value, authority or None)


def name(raw: str, seps: Separators) -> Name:
    """Return an XPN in its parts."""
    given = parts(raw, seps, 6)
    family = given[0].split(seps.sub, 1)[0]
    forenames = (words(part, seps) for part in (given[1], given[2]))
    return Name(
        family=leaf(family, seps),
        given=tuple(part for part in forenames if part),
        suffix=leaf(given[3], seps),
        prefix=leaf(given[4], seps),
    )


def address(raw: str, seps: Separators) -> Address:
    """Return an XAD; a country other than the United States becomes the last line."""
    given = parts(raw, seps, 9)
    street = " ".join(part for part in given[0].split(seps.sub)[:1] if part)
    country = words(given[5], seps)
    lines = [words(street, seps), words(given[1], seps)]
    if country.upper() not in _HOME_COUNTRY:
        lines.append(country)
    return Address(
        use=_ADDRESS_USES.get(given[6].upper(), leaf(given[6], seps)),
        lines=tuple(line for line in lines if line),
        city=leaf(given[2], seps),
        state=leaf(given[3], seps),
        postal_code=leaf(given[4], seps),
        county=leaf(given[8], seps),
    )


def telecom(raw: str, seps: Separators, use: str | None = None) -> Telecom | None:
    """Return an XTN with its digits as given; `use` is what the field itself says."""
    given = [words(part, seps) if part else "" for part in parts(raw, seps, 12)]
    kind = _TYPES.get(given[2].upper(), "phone")
    if given[3] and (kind == "email" or not given[0]):
        kind = "email"
    if kind == "email":
        value = given[3] or given[0]
    else:
        value = given[0] or given[11] or " ".join(part for part in given[4:8] if part)
    if not value:
        return None
    use = "mobile" if given[2].upper() == "CP" else _TELECOM_USES.get(given[1].upper(), use)
    return Telecom(kind=_kind(kind), use=use, value=value)


def _kind(kind: str) -> Literal["phone", "email", "fax"]:
    return "email" if kind == "email" else "fax" if kind == "fax" else "phone"


def person(raw: str, seps: Separators, role: str | None = None) -> Party | None:
    """Return an XCN as a party; an id whose authority or type says NPI is one."""
    if not raw or raw == NULL:
        return None
    given = [
        words(part.split(seps.sub, 1)[0], seps) if part else "" for part in parts(raw, seps, 13)
    ]
    said = " ".join(part for part in (given[5], given[2], given[3], given[1], given[4]) if part)
    degree = f", {given[6]}" if given[6] and said else ""
    ids: tuple[Identifier, ...] = ()
    if not said and given[0] and not any(char.isdigit() for char in given[0]):
        said = given[0]
    elif given[0]:
        kind = "npi" if "NPI" in {given[8].upper(), given[12].upper()} else "other"
        ids = (Identifier(kind, given[0], given[8] or None),)
    if not said and not ids:
        return None
    return Party(name=(said + degree) or None, role=role, identifiers=ids)


def authority(raw: str, seps: Separators) -> Party | None:
    """Return an HD, `namespace^universal id^its type`, as a party; the type is never the id."""
    given = [words(part, seps) for part in parts(first(raw, seps), seps, 3)]
    name, number, typed = given[:3]
    if not typed and number.upper() in _HD_TYPES:
        number, typed = "", number
    elif not number and typed.upper() not in _HD_TYPES:
        number, typed = typed, ""
    if not name and not number:
        return None
    kind = "npi" if typed.upper() == "NPI" else "other"
    ids = (Identifier(kind, number),) if number else ()
    return Party(organization=name or number, identifiers=ids)


def organization(raw: str, seps: Separators, role: str | None = None) -> Party | None:
    """Return an XON or HD as a party."""
    given = [
        words(part.split(seps.sub, 1)[0], seps) if part else "" for part in parts(raw, seps, 10)
    ]
    if not given[0]:
        return None
    kind = "npi" if "NPI" in {given[5].upper(), given[6].upper()} else "other"
    number = given[9] or given[2]
    ids = (Identifier(kind, number),) if number else ()
    return Party(organization=given[0], role=role, identifiers=ids)
