"""Slips of real vendors, in small: what is certain is put right with a finding, nothing guessed."""

import pytest

from adapters.formats.ccda import CcdaAdapter, Habits
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
    words_of,
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


_HABIT = '<section><code code="46241-6"/><text>She drinks at night</text></section>'


@pytest.mark.parametrize(
    "body",
    [
        f"<component><structuredBody>{_HABIT}</structuredBody></component>",
        f"<component><structuredBody><entry><act>{_HABIT}</act></entry></structuredBody></component>",
        f"<component>{_HABIT}</component>",
    ],
)
def test_misplaced_section(body):
    """A section where CDA has none is read like any other, and the finding names its place."""
    reading = read(cda(f"{structured(section('61146-7', goal('G', 'Walk')))}{body}"))
    (found,) = reading.plans

    assert "misplaced_section" in codes(reading)
    assert "She drinks at night" in [note.text for note in found.notes]
    assert ["Walk"] == [one.text for one in found.goals]


def test_misplaced_section_keeps_its_protection():
    """A section inside a Part 2 program's one is of that program too."""
    habits = Habits(part2_titles=frozenset({"Recovery"}), elsewhere="no")
    words = "<code code='46241-6'/><title>Recovery</title><text>Seen</text>"
    outer = f"<component><section>{words}<entry><act>{_HABIT}</act></entry></section></component>"
    body = f"<component><structuredBody>{outer}</structuredBody></component>"
    (found,) = read(cda(body), CcdaAdapter(habits=habits)).plans

    assert [("Seen", "yes"), ("She drinks at night", "yes")] == [
        (note.text, note.part2_origin) for note in found.notes
    ]


def test_second_narrative():
    """Of two narratives in one section the second is kept as residue: no word is dropped."""
    both = "<text>Walks</text><text>Swims</text>"
    one = f"<component><section><code code='46241-6'/>{both}</section></component>"
    body = f"<component><structuredBody>{one}</structuredBody></component>"
    (found,) = read(cda(body)).plans

    assert ["Walks"] == [note.text for note in found.notes]
    assert ("section.text", "Swims") in [(r.label, r.text) for r in found.residue]


def test_words_outside_sections():
    """What a body says outside its sections is residue, with its place."""
    stray = "<paragraph>Call first</paragraph><templateId root='1.2.3'/>"
    inside = f"{section('61146-7', goal('G', 'Walk'))}<component><act>Ring twice</act></component>"
    body = f"<component><structuredBody>{stray}{inside}</structuredBody></component>"
    (found,) = read(cda(body)).plans

    told = [(r.label, r.text) for r in found.residue if r.label.startswith("body")]

    assert [("body.paragraph", "Call first"), ("body.act", "Ring twice")] == told


_SEAL = '<confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25"/>'


@pytest.mark.parametrize(
    "body",
    [
        f"<component>{_SEAL}<structuredBody><component>{_HABIT}</component></structuredBody></component>",
        f"<component><structuredBody>{_SEAL}<component>{_HABIT}</component></structuredBody></component>",
        f"<component><structuredBody><component>{_SEAL}{_HABIT}</component></structuredBody></component>",
        f"<component><structuredBody><entry><act>{_SEAL}{_HABIT}</act></entry></structuredBody></component>",
    ],
)
def test_confidentiality_around_a_section(body):
    """What restricts the body, or whatever a section stands in, restricts the section."""
    (found,) = read(cda(body)).plans

    assert [("She drinks at night", ("restricted",))] == [(n.text, n.labels) for n in found.notes]
    assert "She drinks" not in " ".join(str(one.text) for one in found.residue)


def test_words_between_the_parts():
    """Bare words between the parts of a body are kept, whatever they stand beside."""
    entry = f"<entry>ONE<paragraph>TWO</paragraph><act><p>THREE</p>{_HABIT}</act></entry>"
    one = f"FOUR<component>FIVE<section><code code='46241-6'/><text>Seen</text>{entry}SIX</section>"
    body = f"<component>SEVEN<structuredBody>{one}</component></structuredBody></component>"
    (found,) = read(cda(f"{body}<component><p>EIGHT</p></component>")).plans
    said = " ".join(words_of(found))

    assert [] == [word for word in ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT"]
                  if word not in said]  # fmt: skip
    assert said.count("She drinks at night") == 1


@pytest.mark.parametrize("stray", ["<paragraph>She drinks</paragraph>", "She drinks"])
def test_confidentiality_around_stray_words(stray):
    """Words outside the sections of a restricted body are restricted like the sections."""
    inner = f"{_SEAL}{stray}<component>{_HABIT}</component>"
    (found,) = read(cda(f"<component><structuredBody>{inner}</structuredBody></component>")).plans
    told = {one.text: one.labels for one in found.residue}

    assert told["She drinks"] == ("restricted",)
