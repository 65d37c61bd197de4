"""What is no FHIR R4 plan, and what may not be taken as fact: each is said, by its pointer."""

from __future__ import annotations

import json
import random

import pytest
from fhir_documents import (
    NAMES,
    PATIENT,
    PLAN,
    SUBJECT,
    bundle,
    codes,
    plan_of,
    read,
    resource,
    sample,
)
from reading_laws import plan_words

from adapters.formats.fhir import ADAPTER
from hub.canonical import Document, wire
from hub.sandbox.seeming import seeming

OTHER = {**PATIENT, "id": "q", "identifier": [{"value": "ZZ-9"}], "birthDate": "1999-01-01"}
DEEP = '{"resourceType": "Bundle", "entry": ' + "[" * 5000 + "]" * 5000 + "}"
NESTED = '{"resourceType": "Bundle", "x": ' + '{"a":' * 200 + "1" + "}" * 200 + "}"
UNKNOWN = [{"url": "https://x.example/not", "valueBoolean": True}]
HUGE = json.dumps(bundle(resource("Observation", valueInteger=7))).replace("7}", "9" * 6000 + "}")
REFUSED = [
    ("not_json", b'{"resourceType": "Bundle", '),
    ("not_json", b'{"resourceType": "Bundle", "total": NaN}'),
    ("not_text", b'{"resourceType": "Bundle", "id": "\xff"}'),
    ("duplicate_key", b'{"resourceType": "Bundle", "type": "batch", "type": "document"}'),
    ("too_deep", DEEP.encode()),
    ("too_deep", NESTED.encode()),
    ("not_fhir", b'["resourceType", "Bundle"]'),
    ("not_fhir_plan", {"resourceType": "Parameters", "parameter": [{"resource": bundle()}]}),
    ("not_fhir_plan", {"resourceType": {"a": 1}}),
    ("bundle_history", bundle(type="history")),
    ("no_patient", bundle(patient=None)),
    ("no_patient", PLAN),
    ("no_patient", bundle(patient=None, plan={**PLAN, "subject": {"display": "Vera"}})),
    ("no_patient", bundle(plan={**PLAN, "subject": {"reference": "Patient/elsewhere"}})),
    ("no_patient", {"resourceType": "Bundle", "entry": {"resource": "text"}}),
    ("no_care_plan", bundle(plan=None)),
    ("two_patients", bundle(OTHER)),
    ("nothing_read", bundle(plan={**PLAN, "activity": []})),
    ("modifier_unknown", bundle(plan={**PLAN, "modifierExtension": UNKNOWN})),
    ("modifier_unknown", bundle(patient={**PATIENT, "modifierExtension": UNKNOWN})),
    ("modifier_unknown", bundle(plan={**PLAN, "implicitRules": "https://x.example/rules"})),
    ("fhir_version", bundle(resource("Goal", status="in-progress"))),
    ("fhir_version", bundle(resource("Condition", clinicalStatus="active"))),
    ("fhir_version", bundle(resource("ReferralRequest"))),
    ("fhir_version", bundle(resource("MedicationRequest", medication={"concept": {}}))),
    ("fhir_version", bundle(plan={**PLAN, "addresses": [{"reference": {"reference": "x"}}]})),
    ("fhir_xml", b'<Bundle xmlns="http://hl7.org/fhir"><type value="document"/></Bundle>'),
]


@pytest.mark.parametrize(("code", "value"), REFUSED, ids=range(len(REFUSED)))
def test_refuses(code, value):
    """What can't be a plan is no plan, and the first error says why."""
    reading = read(value)
    errors = [one.code for one in reading.findings if one.severity == "error"]

    assert ((), code) == (reading.plans, errors[0])


KEPT = [
    ("modifier_unknown", resource("Condition", code={"text": "Asthma"}, modifierExtension=UNKNOWN)),
    (
        "modifier_unknown",
        resource(
            "Observation", component=[{"code": {"text": "Asthma"}, "modifierExtension": UNKNOWN}]
        ),
    ),
    (
        "refuted",
        resource(
            "Condition",
            code={"text": "Asthma"},
            verificationStatus={"coding": [{"code": "refuted"}]},
        ),
    ),
    ("consent_not_registered", resource("Consent", category=[{"text": "Asthma study"}])),
]


@pytest.mark.parametrize(("code", "value"), KEPT, ids=range(len(KEPT)))
def test_words_only(code, value):
    """What may not be taken as fact is kept as words, with a finding."""
    reading = read(bundle(value))
    (plan,) = reading.plans

    assert code in [one.code for one in reading.findings]
    assert (plan.concerns, plan.assessments, plan.advance_directives) == ((), (), ())
    assert "asthma" in set(plan_words(plan))


LEFT_OUT = [
    ("entered_in_error", {"lifecycleStatus": "entered-in-error"}),
    ("entered_in_error", {"status": "entered-in-error"}),
    ("entered_in_error", {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}),
    ("subject_unknown", {"subject": {"reference": "Patient/somebody"}}),
]


@pytest.mark.parametrize(("code", "parts"), LEFT_OUT, ids=range(len(LEFT_OUT)))
def test_left_out(code, parts):
    """What was never true, or is about somebody else, is nowhere in the plan."""
    kind = "Goal" if "lifecycleStatus" in parts else "Condition"
    reading = read(bundle(resource(kind, **{"code": {"text": "Asthma"}, **parts})))

    assert code in [one.code for one in reading.findings]
    assert "asthma" not in set(plan_words(reading.plans[0]))


def test_plan_in_error():
    """A CarePlan entered in error is read as revoked, and its activities as nothing."""
    plan = plan_of(
        bundle(
            resource("Goal", lifecycleStatus="active"), plan={**PLAN, "status": "entered-in-error"}
        )
    )

    assert ("revoked", ()) == (plan.header.status, plan.interventions)


def test_dangling_reference():
    """A reference to what isn't there is a finding at its pointer, and its words are kept."""
    goal = resource("Goal", lifecycleStatus="active", addresses=[{"reference": "Condition/none"}])
    reading = read(bundle(goal))
    places = [one.place.at for one in reading.findings if one.code == "dangling_reference"]

    assert ["/entry/2/resource/addresses/0"] == places
    assert "Condition/none" in [one.text for one in reading.plans[0].residue]


def test_dangling_once():
    """A reference that leads nowhere is told once."""
    goal = resource("Goal", lifecycleStatus="active", addresses=[{"reference": "Condition/none"}])
    assert 1 == codes(bundle(goal)).count("dangling_reference")


def test_huge_number():
    """A number of thousands of digits is kept as it is written."""
    plan = plan_of(HUGE.encode())
    assert "9" * 6000 in [one.result for one in plan.assessments]


@pytest.mark.parametrize("written", ["1.50", "1E3", "-0", "100000000000000000000.10"])
def test_number_verbatim(written):
    """A quantity keeps the characters it was written with."""
    text = json.dumps(bundle(resource("Observation", valueQuantity={"value": 77177, "unit": "mg"})))
    plan = plan_of(text.replace("77177", written).encode())

    assert [f"{written} mg"] == [one.result for one in plan.assessments]


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b", "a\\u001fb"])
def test_odd_characters(text):
    """Controls and halves of characters become blanks, and a finding says so."""
    content = json.dumps(
        bundle(resource("Goal", lifecycleStatus="active", description={"text": "XX"}))
    )
    reading = read(content.replace("XX", text).encode())

    assert "odd_characters" in [one.code for one in reading.findings]
    assert "a b" == reading.plans[0].goals[0].text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_encodings(encoding):
    """Any encoding of JSON is read."""
    content = json.dumps(bundle()).encode(encoding)
    assert (True, "Quill") == (
        ADAPTER.identify(Document(content)),
        plan_of(content).member.name.family,
    )


def test_same_twice():
    """The same resource twice in a Bundle is read once; another of the same name is told."""
    goal = resource("Goal", id="g", lifecycleStatus="active", description={"text": "Walk"})
    changed = {**goal, "description": {"text": "Swim"}}
    texts = [one.text for one in plan_of(bundle(goal, goal, changed)).goals]

    assert (["Walk", "Swim"], True) == (texts, "duplicate_resource" in codes(bundle(goal, changed)))


def test_several_plans():
    """Live CarePlans of one person are one plan; a replaced one does not lead it."""
    old = {**PLAN, "id": "old", "title": "Old", "activity": []}
    new = {**PLAN, "title": "New", "replaces": [{"reference": "CarePlan/old"}]}
    plan = plan_of(bundle(new, plan=old))

    assert ("New", 1) == (plan.header.title, len(plan.interventions))


def test_known_by_identifier():
    """A patient known only by an identifier is a member by it."""
    subject = {"identifier": {"type": {"coding": [{"code": "MA"}]}, "value": "2200900777"}}
    plan = plan_of(bundle(patient=None, plan={**PLAN, "subject": subject}))

    assert [("medicaid", "2200900777")] == [(i.kind, i.value) for i in plan.member.identifiers]


SEEMING = [
    (json.dumps(bundle()).encode(), "no_adapter"),
    (json.dumps({**PATIENT, "x": SUBJECT}).encode(), "fhir_piece"),
    (b'<Bundle xmlns="http://hl7.org/fhir"/>', "no_adapter"),
    (b'{"plans": []}', "json"),
]


@pytest.mark.parametrize(("content", "code"), SEEMING, ids=range(len(SEEMING)))
def test_seeming(content, code):
    """Where no adapter reads FHIR, the sandbox still says what it seems to be."""
    assert code == seeming(content)[0]


def test_role_of_itself():
    """A role that names itself as its practitioner ends in a reading."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"reference": "PractitionerRole/r"},
        "organization": {"reference": "PractitionerRole/r"},
    }
    plan = {**PLAN, "author": {"reference": "PractitionerRole/r"}}

    assert plan_of(bundle(role, plan=plan)).header.author is None


JUNK = (
    None, True, "", "x", [], {}, [[]], [None], 10**30, {"reference": "#"}, {"a": [1]},
    {"coding": [{"system": "urn:icp:1:kind", "code": "zz"}]},
    [{"url": "urn:icp:1", "extension": [{"url": "codes", "valueInteger": "x"}]}],
    "<div><script>", "2026-13-45", {"resourceType": "Bundle", "entry": [{}]},
)  # fmt: skip


def parts(value, path=()):
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in inner:
        yield from parts(part, (*path, key))


@pytest.mark.parametrize("name", NAMES)
def test_spoilt(name):
    """Whatever stands anywhere in a document, it ends in a reading whose tally adds up."""
    whole = json.loads(sample(name))
    chance = random.Random(name)  # noqa: S311  # the same spoilt documents every time
    paths = [path for path in parts(whole) if path]
    for _ in range(150):
        spoilt = json.loads(sample(name))
        *way, last = chance.choice(paths)
        held = spoilt
        for key in way:
            held = held[key]
        held[last] = chance.choice(JUNK)
        reading = read(spoilt)
        tally = reading.coverage

        assert wire.unframe_reading(wire.frame(reading)) == reading
        assert tally.source_items == tally.mapped + tally.residue + tally.ignored
