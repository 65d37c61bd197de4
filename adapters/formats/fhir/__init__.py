"""Reads FHIR R4 (a Bundle with a CarePlan, or a CarePlan) into the canonical plan; knows no MCO.

`ADAPTER` reads any sender's. Profiles it knows the shapes of: US Core, MCC eCare Plan, eLTSS, and
the documents this hub renders itself.
"""

from adapters.formats.fhir.reader import FhirAdapter

ADAPTER = FhirAdapter()

__all__ = ["ADAPTER", "FhirAdapter"]
