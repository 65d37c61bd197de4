"""Our own FHIR samples, read: the contract of every adapter, and each fact where it belongs."""

from __future__ import annotations

import functools
import json

import jmespath
import pytest
from fhir_documents import NAMES, plan_of, read, sample
from reading_laws import folded_words, plan_words

from adapters import testing
from adapters.formats.fhir import ADAPTER
from hub.canonical import Document, wire

DOCUMENTS = {name: Document(sample(name), f"{name}.json") for name in NAMES}
MCC = "mcc_document"
FACTS = [
    (MCC, "header.set_id", "MW-PLAN-301"),
    (MCC, "header.version", 4),
    (MCC, "header.replaces.set_id", "MW-PLAN-301-3"),
    (MCC, "header.[status, written_on, confidentiality]", ["active", "2026-11-02", "R"]),
    (MCC, "header.period", {"start": "2026-11", "end": "2027-04-30"}),
    (MCC, "header.purpose", "Three emergency visits since June"),
    (MCC, "header.author.name", "Ms. Joan Pike"),
    (MCC, "header.custodian.organization", "Meadow Health"),
    (MCC, "member.identifiers[].kind", ["plan", "medicaid", "mbi"]),
    (MCC, "member.name.[family, preferred, suffix]", ["Quill", "Vee", "II"]),
    (MCC, "member.birth_date", "1958-06"),
    (MCC, "member.[race, ethnicity]", [["White", "European"], "Not Hispanic or Latino"]),
    (MCC, "member.[language, interpreter_needed]", ["pl", True]),
    (MCC, "member.addresses[0].county", "Somerset"),
    (MCC, "member.representative.[name, phone]", ["Ines Quill", "+1-555-0172"]),
    (MCC, "coverage.[mco, member_id, enrolled_on]", ["Meadow Health", "MW000301", "2024-01-01"]),
    (MCC, "team[].role", ["Care coordinator", "Caregiver"]),
    (MCC, "team[0].party.organization", "Meadow Health"),
    (MCC, "risk.[level, tool, assessed_on]", ["high", "Meadow score", "2026-10"]),
    (MCC, "concerns[].text | [0]", "Kidney disease, stage 3a"),
    (MCC, "concerns[0].codes[].code", ["700378005", "N18.31"]),
    (MCC, "concerns[].domain", ["social"]),
    (MCC, "concerns[0].onset", "2021"),
    (MCC, "goals[].concerns", [["c1"], ["c2"]]),
    (MCC, "goals[0].[whose, due, progress]", ["member", "2027-04", "Improving"]),
    (MCC, "goals[0].measure", "Hemoglobin A1c < 7.50 %"),
    (MCC, "interventions[].kind", ["meeting", "referral", "service", "other"]),
    (MCC, "interventions[0].[frequency, start]", ["1 per 3.0 mo", "2026-12-01"]),
    (MCC, "interventions[0].[goals, concerns]", [["g2"], ["c1"]]),
    (MCC, "interventions[1].[goals, concerns, end]", [["g2"], ["c2"], "2027-04-30"]),
    (MCC, "interventions[3].text", "Home scale set up"),
    (MCC, "outcomes[].text", ["Hemoglobin A1c: 8.10 %", "Visits kept: 2 of 4"]),
    (MCC, "outcomes[].[goals, interventions]", [[["g1"], None], [None, ["i2"]]]),
    (MCC, "assessments[0].result", "Systolic: 142 mmHg; Diastolic: 88 mmHg"),
    (MCC, "assessments[1].result", "Missed a visit for want of a ride?: true"),
    (MCC, "medications", {"absent": "none"}),
    (MCC, "allergies[0].[text, reaction, severity]", ["Walnuts", "Swollen lips", "moderate"]),
    (MCC, "advance_directives[0].[text, date]", ["Living will on file", "2023-05-01"]),
    (MCC, "notes[?section=='Social history'].text", ["Lives alone & keeps a garden."]),
    (MCC, "notes[?code.code=='140'].text", ["Influenza, seasonal"]),
    (MCC, "attachments[0].[name, bytes]", ["letter.txt", 24]),
    ("bare_careplan", "member.birth_date", {"absent": "asked"}),
    ("bare_careplan", "goals[0].concerns", ["c1"]),
    ("bare_careplan", "interventions[0].[status, goals]", ["in-progress", ["g1"]]),
    ("bare_careplan", "asks[0].[text, due]", ["Fit grab rails", "2026-12-15"]),
    ("bare_careplan", "asks[0].party.name", "County housing office"),
    ("labelled_transaction", "concerns[].labels", [["sud"]]),
    ("labelled_transaction", "interventions[0].concerns", ["c1"]),
]
MACHINERY = ("/div", "/data", "/fullUrl", "/url", "/reference", "/resourceType", "/id", "/system")


@functools.cache
def facts(name):
    return wire.plain(plan_of(sample(name)))


@pytest.mark.parametrize("check", testing.CHECKS)
@pytest.mark.parametrize("name", NAMES)
def test_keeps_contract(name, check):
    """Each sample passes each check that every adapter must pass."""
    assert [] == list(testing.CHECKS[check](ADAPTER, DOCUMENTS[name]))


@pytest.mark.parametrize(("name", "where", "expected"), FACTS)
def test_fact(name, where, expected):
    """Each fact of a sample stands where the template keeps it."""
    assert expected == jmespath.search(where, facts(name))


def leaves(value, at=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{at}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{at}/{number}")
    else:
        yield at, value


def test_nothing_lost():
    """Every word of every resource, the mistaken one and its machinery left out, is in the plan."""
    kept = set(plan_words(plan_of(sample(MCC))))
    found = json.loads(sample(MCC), parse_float=str)
    resources = [one["resource"] for one in found["entry"] if one["resource"]["id"] != "mistake"]
    texts = [
        (at, str(value))
        for one in resources
        for at, value in leaves(one)
        if not at.endswith(MACHINERY) and not at.startswith(("/meta", "/text", "/section"))
    ]

    assert {
        at for at, value in texts if not set(folded_words(value)) <= kept and " " in value
    } == set()


def test_pointers():
    """A value's place is a JSON pointer that leads to it in the document."""
    plan = plan_of(sample(MCC))
    value = json.loads(sample(MCC))
    for part in plan.places["/goals/0/due"].at.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]

    assert plan.goals[0].due == value


def test_error_left_out():
    """What was entered in error is no concern, no residue and no note, and a finding says so."""
    reading = read(sample(MCC))

    assert "entered_in_error" in [one.code for one in reading.findings]
    assert "gout" not in set(plan_words(reading.plans[0]))
