"""The starter detectors every list must hold (STANDARDS 4.4), one by one."""

from __future__ import annotations

import itertools

import pytest

from hub.canonical import Code, Concern, Plan
from hub.labels import Source, label
from hub.labels.codes import NAMES, read_table

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
LOINC = "http://loinc.org"
WANTED = {
    "sud": [
        *((ICD10, f"F{n}.20") for n in (10, 11, 12, 13, 14, 15, 16, 18, 19)),
        *((ICD10, code) for code in ("O99.310", "O99.325", "R78.1")),
        *((HCPCS, code) for code in ("H0001", "H0005", "H0020", "H0050")),
        *((HCPCS, f"T{n}") for n in range(1006, 1013)),
    ],
    "hiv": [
        *((ICD10, code) for code in ("B20", "Z21", "R75", "O98.711", "Z20.6", "Z71.7", "B97.35")),
        (LOINC, "20447-9"),
        (LOINC, "24467-3"),
    ],
    "mental_health": [(ICD10, f"F{n:02}.9") for n in itertools.chain(range(1, 10), range(20, 100))],
    "sdv": [
        (ICD10, code)
        for code in ("T74.11XA", "T76.92XA", "Z69.11", "Y07.01", "O9A.311", "O9A.42", "O9A.53")
    ],
    "std": [(ICD10, f"A{n}.9") for n in range(50, 65) if n not in {61, 62}],
}
DRUGS = ("buprenorphine", "methadone", "naltrexone", "disulfiram", "acamprosate", "lofexidine")


def shown(**given):
    """Return the categories of a concern standing alone."""
    plan = Plan(concerns=(Concern(**given),))
    return label(plan, Source()).elements["/concerns/0"].categories


@pytest.mark.parametrize("category", sorted(WANTED))
def test_codes(category):
    """Every code of the starter lists shows its category."""
    found = [shown(text="x", codes=(Code(*one),)) for one in WANTED[category]]
    assert [] == [w for w, f in zip(WANTED[category], found, strict=True) if category not in f]


@pytest.mark.parametrize("drug", DRUGS)
def test_drugs(drug):
    """Every drug of the starter list shows substance use treatment by its name."""
    assert "sud" in shown(text=f"{drug.capitalize()} daily")


@pytest.mark.parametrize("name", [*NAMES, "lexicon", "arrived"])
def test_accounted(name):
    """Every table says where it is from, which version, and who answers for it."""
    table = read_table(name)
    assert all(len(table[word]) > 5 for word in ("source", "version", "owner"))
