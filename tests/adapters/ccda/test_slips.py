"""Slips of real vendors, in small: what is certain is put right with a finding, nothing guessed."""

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
