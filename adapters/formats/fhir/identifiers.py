"""FHIR identifiers, to the template's kinds: by our own word, by type code, by system.

Used for members and parties. Systems and types as US Core and HL7's v2-0203 publish them (STANDARDS
6.1); anything else is `other`, with its system as the assigner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.fhir import house
from hub.canonical import Identifier

if TYPE_CHECKING:
    from adapters.formats.fhir.nodes import Node

_SYSTEMS: Final = {
    "http://hl7.org/fhir/sid/us-npi": "npi",
    "http://hl7.org/fhir/sid/us-mbi": "mbi",
    "http://hl7.org/fhir/sid/us-ssn": "ssn",
    "http://hl7.org/fhir/sid/us-medicare": "other",
    "urn:oid:2.16.840.1.113883.4.6": "npi",
    "urn:oid:2.16.840.1.113883.4.927": "mbi",
    "urn:oid:2.16.840.1.113883.4.1": "ssn",
}
_TYPES: Final = {
    "NPI": "npi",
    "MR": "mrn",
    "MRN": "mrn",
    "SS": "ssn",
    "SB": "ssn",
    "MA": "medicaid",
    "MB": "plan",
    "SN": "plan",
    "HC": "plan",
    "MC": "mbi",
}
_DASHED: Final = frozenset({"mbi"})


def identifier(node: Node) -> Identifier | None:
    """Return an identifier with a value, or nothing."""
    if node.said("use") == "old" or not node.said("value"):
        return None
    value, _ = node.take("value")
    system, _ = node.take("system")
    node.drop("use")
    concept = node.part("type")
    kind = house.code(concept, "identifier-kind")
    typed = _typed(concept)
    kind = kind or _SYSTEMS.get(system) or typed or "other"
    assigner = node.part("assigner")
    by = assigner.take("display")[0] if assigner is not None else ""
    known = system in _SYSTEMS or system.startswith(house.CODES)
    return Identifier(kind, value, by or (None if known else system) or None)


def _typed(concept: Node | None) -> str:
    for coding in concept.each("coding") if concept is not None else ():
        kind = _TYPES.get(coding.said("code"))
        if kind:
            coding.claim()
            if concept is not None:
                concept.take("text")
            return kind
    return ""
