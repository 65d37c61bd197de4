"""Which fields each format's reader sets over real documents: a table of counts, and what it says.

A field that no document fills is listed here by name, so that one lost in a reader is noticed, and
so is one that begins to be read. What is listed is what these documents do not say, not what the
reader can't read: `test_derived_fields` and each reader's own tests show those.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from importlib import import_module

import pytest

from hub.canonical import Document, each
from tests import corpora

LARGEST = 3_000_000
KINDS = ("concerns", "goals", "interventions", "outcomes", "medications", "allergies")
NEVER = {
    "ccda": {
        *("goals.term", "interventions.domain", "interventions.frequency"),
        *("interventions.evidence", "interventions.flexible"),
    },
    "hl7v2": {
        *("concerns.domain", "interventions.domain", "interventions.responsible"),
        *("interventions.setting", "interventions.funding", "interventions.goals"),
        *("interventions.evidence", "interventions.flexible", "allergies.id", "allergies.status"),
        *("medications.id", "medications.status", "medications.start", "medications.end"),
    },
    "fhir": {
        *("concerns.domain", "concerns.priority", "goals.term", "goals.progress", "goals.priority"),
        *("goals.concerns", "interventions.domain", "interventions.responsible"),
        *("interventions.frequency", "interventions.setting", "interventions.funding"),
        *("interventions.concerns", "interventions.evidence", "interventions.flexible"),
        *("medications.end",),
    },
}
"""Fields of elements that no document of the corpora fills, by format."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not corpora.CORPORA.is_dir(), reason="needs ../shared/corpora, which is not here"
    ),
]


def counted(form: str) -> tuple[Counter[str], Counter[str]]:
    """Return how many elements have each field, and how many elements there are of each kind."""
    reader = import_module(f"adapters.formats.{form}").ADAPTER
    filled, there = Counter[str](), Counter[str]()
    for file in corpora.files([form]):
        document = Document(file.read_bytes(), file.name)
        if len(document.content) > LARGEST or not reader.identify(document):
            continue
        for plan in reader.read(document).plans:
            for kind in KINDS:
                for one in each(getattr(plan, kind)):
                    there[kind] += 1
                    for field in dataclasses.fields(one):
                        value = getattr(one, field.name)
                        filled[f"{kind}.{field.name}"] += value not in (None, (), "")
    return filled, there


@pytest.mark.parametrize("form", NEVER)
def test_fields_never_set(form):
    """Over all documents of a format, just the fields listed are never set."""
    filled, there = counted(form)
    labels = {"labels", "part2_origin"}
    never = {name for name, count in filled.items() if not count}
    never = {name for name in never if name.partition(".")[2] not in labels}

    assert there
    assert never == NEVER[form]
