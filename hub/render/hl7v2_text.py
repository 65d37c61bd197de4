"""The smallest parts of an HL7 v2 message: escaped words, segments, and the data types we write.

Every other `hl7v2_*` module builds its segments from these. `text` is the only place where words
become a part of a message: encode, escape, insert, in this order (STANDARDS 2.2, 2.4).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, said
from hub.render.ccda_text import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Address, Code, Identifier, Name, Party, Telecom, Text

ENCODING: Final = "^~\\&"
_NULL: Final = '""'
_UNSAFE: Final = re.compile("[|^~\\\\&\r\n\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]|\r\n")
_ESCAPES: Final = {
    "|": "\\F\\",
    "^": "\\S\\",
    "~": "\\R\\",
    "\\": "\\E\\",
    "&": "\\T\\",
    "\r": "\\.br\\",
    "\n": "\\.br\\",
    "\r\n": "\\.br\\",
    "\x85": "\\.br\\",
    "\u2028": "\\.br\\",
    "\u2029": "\\.br\\",
    "\t": " ",
}
_SYSTEMS: Final = {
    "http://loinc.org": "LN",
    "http://snomed.info/sct": "SCT",
    "http://hl7.org/fhir/sid/icd-10-cm": "I10",
    "http://hl7.org/fhir/sid/icd-9-cm": "I9",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://www.ama-assn.org/go/cpt": "C4",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HCPCS",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://unitsofmeasure.org": "UCUM",
}
_ID_TYPES: Final = {"medicaid": "MA", "mbi": "MC", "plan": "MB", "mrn": "MR", "npi": "NPI"}
_PHONE_TYPES: Final = {"phone": "PH", "fax": "FX", "email": "Internet", "sms": "CP"}
_PHONE_USES: Final = {
    "home": "PRN",
    "work": "WPN",
    "vacation": "VHN",
    "emergency": "EMR",
    "other": "ORN",
}
_ADDRESS_USES: Final = {"home": "H", "mailing": "M", "work": "B", "temp": "C", "bad": "BA"}


def text(value: str) -> str:
    """Return words safe in any component; what no message may hold is dropped."""
    folded = value.strip()
    if folded == _NULL:
        return "\\X2222\\"
    return _UNSAFE.sub(lambda found: _ESCAPES.get(found[0], ""), folded)


def leaf(value: Text) -> str:
    """Return a leaf's words; *explicitly none* is the null of HL7 v2, other absence is empty."""
    if isinstance(value, Absent):
        return _NULL if value.absent == "none" else ""
    return text(said(value))


def components(*parts: str) -> str:
    """Return components of one repetition, trailing empty ones left out."""
    return "^".join(parts).rstrip("^")


def repeated(values: Iterable[str]) -> str:
    """Return the repetitions of a field that say something."""
    return "~".join(value for value in values if value)


def segment(name: str, fields: dict[int, str]) -> str:
    """Return a segment from its fields by number, trailing empty ones left out."""
    last = max((number for number, value in fields.items() if value), default=0)
    return "|".join((name, *(fields.get(number, "") for number in range(1, last + 1))))


def time(value: Text) -> str:
    """Return an ISO time as a DTM at its precision, empty when it is none."""
    return moment(value)


def coded(value: Text, codes: tuple[Code, ...] = ()) -> str:
    """Return a CWE: two codes at most, and the element's own words in its ninth component."""
    known = [one for one in codes if one.code][:2]
    if not known:
        words = leaf(value)
        return words if words == _NULL else components("", words)
    parts = [""] * 9
    for at, one in zip((0, 3), known, strict=False):
        system = _SYSTEMS.get(one.system or "", one.system or "")
        parts[at : at + 3] = [text(one.code or ""), text(one.display or ""), text(system)]
    parts[8] = text(said(value))
    return components(*parts)


def identifier(one: Identifier) -> str:
    """Return a CX."""
    kind = _ID_TYPES.get(one.kind, "")
    return components(text(one.value), "", "", text(one.assigner or ""), kind)


def person_name(name: Name, kind: str = "L") -> str:
    """Return an XPN of the legal name."""
    given = [text(part) for part in name.given]
    parts = (leaf(name.family), given[0] if given else "", " ".join(given[1:]))
    return components(*parts, leaf(name.suffix), leaf(name.prefix), "", kind)


def address(one: Address) -> str:
    """Return an XAD."""
    lines = [text(line) for line in one.lines]
    use = said(one.use)
    return components(
        lines[0] if lines else "",
        " ".join(lines[1:]),
        leaf(one.city),
        leaf(one.state),
        leaf(one.postal_code),
        "USA",
        _ADDRESS_USES.get(use, text(use)),
        "",
        leaf(one.county),
    )


def telecom(one: Telecom) -> str:
    """Return an XTN; the number stands in its first component, where every receiver looks."""
    use = said(one.use)
    if one.kind in {"email", "url"}:
        return components("", "NET", "Internet", leaf(one.value)) if one.kind == "email" else ""
    kind = "CP" if use == "mobile" else _PHONE_TYPES.get(one.kind, "PH")
    return components(leaf(one.value), _PHONE_USES.get(use, ""), kind)


def person(party: Party | None) -> str:
    """Return an XCN: the whole name in its second component, an NPI typed as one."""
    if party is None:
        return ""
    number = next((i for i in party.identifiers if i.kind == "npi"), None)
    number = number or next((i for i in party.identifiers if i.kind != "ssn"), None)
    parts = [""] * 13
    parts[1] = text(said(party.name) or said(party.organization))
    if number:
        parts[0], parts[8] = text(number.value), text(number.assigner or "")
        parts[12] = "NPI" if number.kind == "npi" else ""
    return components(*parts)
