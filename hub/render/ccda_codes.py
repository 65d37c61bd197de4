"""Tables of the C-CDA renderer: code systems as OIDs, status words, identifier roots, house codes.

Values are facts of the published code systems (STANDARDS 1 and 6.1). Nothing here is computed from
a plan.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

HOUSE: Final = UUID("6f1c2b7e-9d0a-5c43-8e57-3b2a41d6c0f5")
"""Namespace of every identifier the renderer derives; names within it are stable for ever."""

HOUSE_OID: Final = f"2.25.{HOUSE.int}"
"""The code system of our own section and role codes, as a UUID-derived OID (ITU-T X.667)."""

LOINC: Final = "2.16.840.1.113883.6.1"
SNOMED: Final = "2.16.840.1.113883.6.96"

_V3: Final = {
    "AdministrativeGender": "2.16.840.1.113883.5.1",
    "MaritalStatus": "2.16.840.1.113883.5.2",
    "ActCode": "2.16.840.1.113883.5.4",
    "ActClass": "2.16.840.1.113883.5.6",
    "ActReason": "2.16.840.1.113883.5.8",
    "ActStatus": "2.16.840.1.113883.5.14",
    "Confidentiality": "2.16.840.1.113883.5.25",
    "ObservationInterpretation": "2.16.840.1.113883.5.83",
    "ParticipationFunction": "2.16.840.1.113883.5.88",
    "RoleClass": "2.16.840.1.113883.5.110",
    "RoleCode": "2.16.840.1.113883.5.111",
    "RouteOfAdministration": "2.16.840.1.113883.5.112",
    "TimingEvent": "2.16.840.1.113883.5.139",
    "ObservationValue": "2.16.840.1.113883.5.1063",
}
OID_OF: Final = {
    "http://snomed.info/sct": SNOMED,
    "http://loinc.org": LOINC,
    "http://hl7.org/fhir/sid/icd-10-cm": "2.16.840.1.113883.6.90",
    "http://hl7.org/fhir/sid/icd-10": "2.16.840.1.113883.6.3",
    "http://www.cms.gov/Medicare/Coding/ICD10": "2.16.840.1.113883.6.4",
    "http://hl7.org/fhir/sid/icd-9-cm": "2.16.840.1.113883.6.103",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "2.16.840.1.113883.6.88",
    "http://hl7.org/fhir/sid/ndc": "2.16.840.1.113883.6.69",
    "http://hl7.org/fhir/sid/cvx": "2.16.840.1.113883.12.292",
    "http://fdasis.nlm.nih.gov": "2.16.840.1.113883.4.9",
    "http://www.ama-assn.org/go/cpt": "2.16.840.1.113883.6.12",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "2.16.840.1.113883.6.285",
    "http://nucc.org/provider-taxonomy": "2.16.840.1.113883.6.101",
    "http://unitsofmeasure.org": "2.16.840.1.113883.6.8",
    "http://www.ada.org/cdt": "2.16.840.1.113883.6.13",
    "http://www.nlm.nih.gov/research/umls/medrt": "2.16.840.1.113883.6.345",
    "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl": "2.16.840.1.113883.3.26.1.1",
    "https://nahdo.org/sopt": "2.16.840.1.113883.3.221.5",
    **{f"http://terminology.hl7.org/CodeSystem/v3-{name}": oid for name, oid in _V3.items()},
    "urn:icp:code": HOUSE_OID,
}

ROOT_OF: Final = {
    "npi": "2.16.840.1.113883.4.6",
    "mbi": "2.16.840.1.113883.4.927",
    "ssn": "2.16.840.1.113883.4.1",
}

STATUS: Final = {
    "active": "active",
    "in progress": "active",
    "in-progress": "active",
    "open": "active",
    "ongoing": "active",
    "planned": "active",
    "proposed": "active",
    "completed": "completed",
    "complete": "completed",
    "done": "completed",
    "closed": "completed",
    "resolved": "completed",
    "achieved": "completed",
    "met": "completed",
    "suspended": "suspended",
    "on hold": "suspended",
    "on-hold": "suspended",
    "paused": "suspended",
    "aborted": "aborted",
    "cancelled": "aborted",
    "canceled": "aborted",
    "stopped": "aborted",
    "discontinued": "aborted",
    "declined": "aborted",
}
"""Status words, lower case → ProblemAct status (2.16.840.1.113883.11.20.9.19)."""

PRIORITY: Final = {"high": "394849002", "normal": "394848005", "delayed": "441808003"}
"""Priority Level, 2.16.840.1.113883.11.20.9.60."""

PROGRESS: Final = {
    "achieved": "390802008",
    "goal achieved": "390802008",
    "not achieved": "390801001",
    "goal not achieved": "390801001",
    "no progress": "706905005",
    "progressing": "706906006",
    "in progress": "706906006",
    "no progress toward goal": "706905005",
    "progressing toward goal": "706906006",
}
"""Goal Achievement, 2.16.840.1.113883.11.20.9.55."""

GENDER: Final = {
    "male": "M",
    "m": "M",
    "female": "F",
    "f": "F",
    "undifferentiated": "UN",
    "un": "UN",
}
RACE: Final = {
    "american indian or alaska native": "1002-5",
    "asian": "2028-9",
    "black or african american": "2054-5",
    "native hawaiian or other pacific islander": "2076-8",
    "white": "2106-3",
    "other race": "2131-1",
}
ETHNICITY: Final = {"hispanic or latino": "2135-2", "not hispanic or latino": "2186-5"}
RACE_OID: Final = "2.16.840.1.113883.6.238"

_BOTH: Final = {
    "home": "HP",
    "hp": "HP",
    "primary home": "HP",
    "work": "WP",
    "wp": "WP",
    "temp": "TMP",
    "temporary": "TMP",
    "old": "BAD",
}
ADDRESS_USE: Final = {**_BOTH, "mailing": "PST", "postal": "PST"}
"""Use words of postal addresses → HL7 PostalAddressUse."""

NUMBER_USE: Final = {**_BOTH, "mobile": "MC", "cell": "MC", "mc": "MC"}
"""Use words of numbers → HL7 TelecommunicationAddressUse."""

WHO: Final = {"mco": "MCO", "pcmh": "PCMH"}
"""Whose task it is, as people write it; other words stand as they are."""

RESERVED_SECTIONS: Final = frozenset(
    {
        "18776-5",
        "75310-3",
        "61146-7",
        "62387-6",
        "11383-7",
        "10160-0",
        "48765-2",
        "42348-3",
        "57017-6",
    }
)
"""Section codes a note may not claim: our own sections, and Plan of Treatment (CONF:1198-31044)."""
