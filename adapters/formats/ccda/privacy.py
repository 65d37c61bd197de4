"""Privacy markings a C-CDA carries, to labels and Part 2 origin; the hub labels again afterwards.

Reads section confidentiality and DS4P security observations (HL7 privacy segmentation, ONC
170.315(b)(8)). A marking can only raise protection; an entry's own level counts before its
section's. Document-level R or V labels nothing: vendors put it on everything, so it goes to the
header alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda.tags import V3
from adapters.formats.sensitivity import CATEGORIES, HANDLING, PART2

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.statements import Statement

SENSITIVITIES = {**CATEGORIES, "ALCOHOL": "sud", "DV": "sdv", "DVD": "mental_health"}
"""ActCode sensitivity policies (v3-ActCode, InformationSensitivityPolicy) as our categories."""

RESTRICTED = frozenset({"R", "V"})
_LEVELS = frozenset("ULMNRV")
_KNOWN = PART2 | HANDLING | _LEVELS
_OBSERVATIONS = frozenset(
    {"SECCLASSOBS", "SECCONOBS", "SECCATOBS", "SECINTOBS", "SECOBS", "SECLABEL", "SECTRSTOBS"}
)
_TEMPLATES = ("2.16.840.1.113883.3.445.", "2.16.840.1.113883.3.3251.1.")
_CONFIDENTIALITY = V3 + "confidentialityCode"
_VALUE = V3 + "value"
_CODED = frozenset({V3 + "code", _VALUE})


def is_marking(statement: Statement) -> bool:
    """Say whether a statement is a privacy annotation and not a clinical one."""
    if statement.foreign and any(root.startswith(_TEMPLATES) for root in statement.roots):
        return statement.kind in {"organizer", "observation"}
    code = statement.parts.get("code")
    return code is not None and (code[0][0].get("code") or "") in _OBSERVATIONS


def read(element: etree._Element) -> tuple[frozenset[str], bool]:
    """Return the labels that security codes in a statement ask for, and whether Part 2 is named.

    R and V restrict where neither a category nor Part 2 says why. A value that no table knows
    restricts: what it would protect can't be told.
    """
    labels: set[str] = set()
    restricted = False
    part2 = False
    for each in element.iter():
        if each.tag not in _CODED:
            continue
        code = each.get("code") or ""
        if code in SENSITIVITIES:
            labels.add(SENSITIVITIES[code])
        elif each.tag == _VALUE and code and code not in _KNOWN:
            labels.add("restricted")
        part2 = part2 or code in PART2
        restricted = restricted or (code in RESTRICTED and each.tag != V3 + "code")
    if restricted and not labels and not part2:
        labels.add("restricted")
    return frozenset(labels), part2


def is_part(element: etree._Element) -> bool:
    """Say whether an observation stands in an organizer of markings, which is read as a whole."""
    above = element.getparent()
    organizer = above.getparent() if above is not None else None
    return organizer is not None and any(
        (child.get("root") or "").startswith(_TEMPLATES)
        for child in organizer.iterchildren(V3 + "templateId")
    )


def has_level(element: etree._Element) -> bool:
    """Say whether an annotation gives a confidentiality: it counts before its section's."""
    return any(value.get("code") in _LEVELS for value in element.iter(_VALUE))


def is_sealed(section: etree._Element) -> bool:
    """Say whether a section, or the body or anything else around it, has R or V of its own.

    It is that of the strictest entry, and restricts those whose annotation gives no level. The
    document's says nothing here.
    """
    here: etree._Element | None = section
    while here is not None and (above := here.getparent()) is not None:
        for child in here.iterchildren(_CONFIDENTIALITY):
            if child.get("code") in RESTRICTED:
                return True
        here = above
    return False
