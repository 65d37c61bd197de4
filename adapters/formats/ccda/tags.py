"""Names of CDA elements and templates as this reader's dispatch tables use them. Data only.

Tags are kept as `opening` leaves them, plain names for HL7 v3 and `{namespace}local` for others, so
that a walk compares strings it already has. Template roots are kept without C-CDA's common
beginning. Versions of a template read alike.
"""

from __future__ import annotations

import functools
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

V3 = ""
"""What stands before the name of an HL7 v3 element: nothing, once `opening` opened it."""
SDTC = "{urn:hl7-org:sdtc}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
DOCUMENT = V3 + "ClinicalDocument"
CCDA = "2.16.840.1.113883.10.20."
NPI = "2.16.840.1.113883.4.6"
SSN = "2.16.840.1.113883.4.1"
MBI = "2.16.840.1.113883.4.927"

STATEMENTS: dict[str, str] = {
    V3 + name: name
    for name in (
        "act",
        "observation",
        "procedure",
        "substanceAdministration",
        "supply",
        "encounter",
        "organizer",
        "observationMedia",
        "regionOfInterest",
    )
}
"""Every kind of entry statement CDA knows, by tag."""

CARE_PLAN = "22.1.15"
PLANNED_MOODS = {
    "INT": "planned",
    "RQO": "requested",
    "PRP": "proposed",
    "PRMS": "promised",
    "APT": "scheduled",
    "ARQ": "appointment requested",
    "GOL": "planned",
}
"""How a planned statement's mood reads as a status while it is still active."""

FAMILIES: dict[str, str] = {
    "22.4.121": "goal",
    "22.4.132": "concern",
    "22.4.136": "concern",
    "22.4.3": "concern",
    "22.4.4": "problem",
    "22.4.131": "wrapper",
    "22.4.146": "wrapper",
    "22.4.5": "assessment",
    "22.4.144": "outcome",
    "22.4.110": "progress",
    "22.4.143": "priority",
    "22.4.122": "reference",
    "22.4.39": "activity",
    "22.4.40": "activity",
    "22.4.41": "activity",
    "22.4.42": "activity",
    "22.4.43": "activity",
    "22.4.44": "activity",
    "22.4.120": "activity",
    "22.4.20": "activity",
    "22.4.130": "activity",
    "22.4.140": "activity",
    "22.4.141": "activity",
    "22.4.129": "funding",
    "22.4.19": "record",
    "22.4.16": "medication",
    "22.4.30": "allergy",
    "22.4.7": "allergy",
    "22.4.48": "directive",
    "22.4.108": "directives",
    "22.4.500": "careteam",
    "22.4.500.1": "teammate",
    "22.4.60": "coverage",
}
"""What a statement is by its template, wherever it stands."""

SECTIONS: dict[str, str] = {
    "75310-3": "concerns",
    "11450-4": "concerns",
    "11348-0": "concerns",
    "46241-6": "concerns",
    "42347-5": "concerns",
    "11535-2": "concerns",
    "78375-3": "concerns",
    "61146-7": "goals",
    "62387-6": "interventions",
    "18776-5": "interventions",
    "51847-2": "interventions",
    "69730-0": "interventions",
    "11383-7": "outcomes",
    "10160-0": "medications",
    "10183-2": "medications",
    "42346-7": "medications",
    "29549-3": "medications",
    "75311-1": "medications",
    "48765-2": "allergies",
    "42348-3": "advance_directives",
    "85847-2": "team",
    "48768-6": "coverage",
    "57017-6": "markings",
    "11369-6": "records",
    "46240-8": "records",
    "47519-4": "records",
    "46264-8": "records",
    "10157-6": "records",
}
"""What a section's statements are taken for by its LOINC code when their own template is silent.

`records` are kept as residue: the template has no field for past procedures, encounters,
immunisations, devices or relatives' illnesses. Any other section's observations are assessments.
"""

SECTION_TEMPLATES: dict[str, str] = {
    "22.2.58": "75310-3",
    "22.2.5": "11450-4",
    "22.2.5.1": "11450-4",
    "22.2.60": "61146-7",
    "21.2.3": "62387-6",
    "22.2.10": "18776-5",
    "22.2.9": "51847-2",
    "22.2.45": "69730-0",
    "22.2.61": "11383-7",
    "22.2.1": "10160-0",
    "22.2.1.1": "10160-0",
    "22.2.11.1": "10183-2",
    "22.2.6": "48765-2",
    "22.2.6.1": "48765-2",
    "22.2.21": "42348-3",
    "22.2.21.1": "42348-3",
    "22.2.500": "85847-2",
    "22.2.18": "48768-6",
    "22.2.2": "11369-6",
    "22.2.2.1": "11369-6",
    "22.2.22": "46240-8",
    "22.2.22.1": "46240-8",
    "22.2.7": "47519-4",
    "22.2.7.1": "47519-4",
    "22.2.23": "46264-8",
    "22.2.15": "10157-6",
}
"""A section's LOINC code by its template, used only where the section gives no usable code."""


@functools.lru_cache(maxsize=1024)
def local(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rpartition("}")[2]


@functools.lru_cache(maxsize=1024)
def template(root: str) -> str:
    """Return a template root without C-CDA's common beginning."""
    return root.removeprefix(CCDA)


class _Steps(dict[int, str]):
    """Steps of a place by position; those beyond the common ones are spelled when asked."""

    def __missing__(self, position: int) -> str:
        return f"/*[{position}]"


STEPS = _Steps({position: f"/*[{position}]" for position in range(1, 1025)})
"""`/*[n]`, ready to be put behind a place: a third of the cost of spelling the number anew."""

within: Callable[[etree._Element], list[etree._Element]] = itemgetter(slice(None))
"""The elements right inside one, as a slice of it: half the cost of lxml's own iterator."""
