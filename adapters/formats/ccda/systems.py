"""Code systems: the OID a C-CDA gives, as the URI the canonical template keeps.

Called wherever a code is read. An OID not listed stays what it is, as `urn:oid:…`; nothing is
guessed from a system's name. URIs as HL7's terminology (THO) publishes them.
"""

from __future__ import annotations

_V3 = "http://terminology.hl7.org/CodeSystem/v3-"
_HL7 = "2.16.840.1.113883.5."

URIS: dict[str, str] = {
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.4": "http://www.cms.gov/Medicare/Coding/ICD10",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.2": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.12.227": "http://terminology.hl7.org/CodeSystem/MVX",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.285": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.6.14": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.6.13": "http://www.ada.org/cdt",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.6.345": "http://www.nlm.nih.gov/research/umls/medrt",
    "2.16.840.1.113883.3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.101": "http://nucc.org/provider-taxonomy",
    "2.16.840.1.113883.6.238": "urn:oid:2.16.840.1.113883.6.238",
    "2.16.840.1.113883.6.259": "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html",
    "2.16.840.1.113883.3.221.5": "https://nahdo.org/sopt",
    "2.16.840.1.113883.6.255.1336": "https://x12.org/codes/insurance-type-codes",
    "2.16.840.1.113883.6.301.11": "https://www.nubc.org/CodeSystem/RevenueCodes",
    _HL7 + "1": _V3 + "AdministrativeGender",
    _HL7 + "2": _V3 + "MaritalStatus",
    _HL7 + "4": _V3 + "ActCode",
    _HL7 + "6": _V3 + "ActClass",
    _HL7 + "7": _V3 + "ActPriority",
    _HL7 + "8": _V3 + "ActReason",
    _HL7 + "14": _V3 + "ActStatus",
    _HL7 + "25": _V3 + "Confidentiality",
    _HL7 + "60": _V3 + "LanguageAbilityMode",
    _HL7 + "61": _V3 + "LanguageAbilityProficiency",
    _HL7 + "83": _V3 + "ObservationInterpretation",
    _HL7 + "88": _V3 + "ParticipationFunction",
    _HL7 + "89": _V3 + "ParticipationSignature",
    _HL7 + "90": _V3 + "ParticipationType",
    _HL7 + "110": _V3 + "RoleClass",
    _HL7 + "111": _V3 + "RoleCode",
    _HL7 + "112": _V3 + "RouteOfAdministration",
    _HL7 + "139": _V3 + "TimingEvent",
    _HL7 + "1008": _V3 + "NullFlavor",
    _HL7 + "1063": _V3 + "ObservationValue",
    _HL7 + "1076": _V3 + "ReligiousAffiliation",
}


def uri(oid: str | None) -> str | None:
    """Return a code system's URI: a known OID's own, else `urn:oid:…`; none stays none."""
    if not oid:
        return None
    known = URIS.get(oid)
    if known is not None:
        return known
    return f"urn:oid:{oid}" if oid[:1].isdigit() else oid
