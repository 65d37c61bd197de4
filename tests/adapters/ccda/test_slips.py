"""Slips of real vendors, in small: what is certain is put right with a finding, nothing guessed."""

import pytest

from tests.cda_documents import (
    PATIENT,
    SNOMED,
    cda,
    codes,
    goal,
    read,
    related,
    section,
    statement,
    structured,
)


def test_reason_in_borrowed_words():
    """A reason that points at the words of its test speaks by its code, with a finding."""
    words = '<td ID="test">CT scan of the head</td>'
    table = f"<table><tbody><tr>{words}</tr></tbody></table>"
    points = '<reference value="#test"/>'
    value = (
        f'<value xsi:type="CD" code="37796009" {SNOMED} displayName="Migraine">'
        f"<originalText>{points}</originalText></value>"
    )
    reason = statement(
        "observation", "22.4.4", f'<code code="282291009"/><text>{points}</text>{value}'
    )
    test = statement("procedure", "22.4.41", f"<text>{points}</text>{related(reason)}", mood="INT")
    reading = read(cda(structured(section("18776-5", test, text=table))))
    (found,) = reading.plans

    assert ["CT scan of the head"] == [one.text for one in found.interventions]
    assert [("Migraine", ["shared_reference"])] == [
        (one.text, codes(reading)) for one in found.concerns
    ]


def test_id_under_the_root_of_ssn():
    """What is no social security number is not taken for one, whatever its root says."""
    body = structured(section("61146-7", goal("G", "Walk")))
    patient = PATIENT.replace('"2.999.1"', '"2.16.840.1.113883.4.1"')
    reading = read(cda(body, patient=patient))

    assert [("other", "M1")] == [(i.kind, i.value) for i in reading.plans[0].member.identifiers]
    assert ["odd_ssn"] == codes(reading)


def test_code_as_its_own_words():
    """Where a code is repeated as its own words, its display speaks."""
    agent = (
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        '<code code="7980" displayName="Penicillin G"><originalText>7980</originalText></code>'
        "<name>7980</name></playingEntity></participantRole></participant>"
    )
    one = statement("observation", "22.4.7", f'<code code="ASSERTION"/>{agent}')
    (found,) = read(cda(structured(section("48765-2", one)))).plans

    assert ["Penicillin G"] == [allergy.text for allergy in found.allergies]


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        (f'code="55561003" {SNOMED}', "active"),
        (f'code="413322009" {SNOMED}', "resolved"),
        (f'code="413322009" {SNOMED} displayName="Over"', "Over"),
        (f'code="1" {SNOMED}', "1"),
    ],
)
def test_status_as_bare_code(attributes, status):
    """A problem status given as a bare code is told in the words of its value set."""
    held = statement(
        "observation",
        "22.4.6",
        f'<code code="33999-4"/><value xsi:type="CD" {attributes}/>',
    )
    value = f'<value xsi:type="CD" code="1" {SNOMED} displayName="Asthma"/>'
    one = statement("observation", "22.4.4", f'<code code="55607006"/>{value}{related(held)}')
    (found,) = read(cda(structured(section("11450-4", one)))).plans

    assert [status] == [concern.status for concern in found.concerns]
