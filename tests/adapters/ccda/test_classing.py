"""Fields that only a code or heading says in so many words; everything else leaves them unset."""

import pytest

from tests.cda_documents import (
    LOINC,
    PATIENT,
    SNOMED,
    cda,
    goal,
    plan,
    related,
    section,
    statement,
    structured,
    words_of,
)
from tests.cda_documents import read as read_document

ICD10 = 'codeSystem="2.16.840.1.113883.6.90"'
SOPT = 'codeSystem="2.16.840.1.113883.3.221.5"'
SDOH = (
    "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes",
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-category",
)
PROBLEM = f'code="55607006" {SNOMED}'
FUNCTION = f'code="248536006" {SNOMED}'


def problem(*values, kind=PROBLEM):
    """Return the concern read from a problem observation with these coded values."""
    codes = "".join(f'<value xsi:type="CD" displayName="Trouble" {one}/>' for one in values)
    inner = f'<code {kind}/><statusCode code="completed"/>{codes}'
    made = section("11450-4", statement("observation", "22.4.4", inner))
    return plan(made).concerns[0]


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ((f'code="Z59.41" {ICD10}',), PROBLEM, "social"),
        ((f'code="Z55.0" {ICD10}',), PROBLEM, "social"),
        ((f'code="Z65.9" {ICD10}',), PROBLEM, "social"),
        ((f'code="F33.1" {ICD10}',), PROBLEM, "behavioral"),
        ((f'code="food-insecurity" codeSystem="{SDOH[0]}"',), PROBLEM, "social"),
        ((f'code="sdoh" codeSystem="{SDOH[1]}"',), PROBLEM, "social"),
        ((f'code="282097004" {SNOMED}',), FUNCTION, "functional"),
        ((f'code="x" {SNOMED}',), f'code="54522-8" {LOINC}', "functional"),
        ((f'code="Z66" {ICD10}',), PROBLEM, None),
        ((f'code="E11.9" {ICD10}',), PROBLEM, None),
        ((f'code="733423003" {SNOMED}',), PROBLEM, None),
        ((f'code="Z59.41" {SNOMED}',), PROBLEM, None),
        ((f'code="functional-status" codeSystem="{SDOH[1]}"',), PROBLEM, None),
        ((f'code="Z59.41" {ICD10}', f'code="F33.1" {ICD10}'), PROBLEM, None),
        ((f'code="Z59.41" {ICD10}', f'code="733423003" {SNOMED}'), PROBLEM, "social"),
    ],
)
def test_domain(values, kind, said):
    """A concern's domain is what its codes' own block or category says, where they agree."""
    assert said == problem(*values, kind=kind).domain


@pytest.mark.parametrize(
    ("payer", "said"),
    [
        (f'code="111" {SOPT}', "covered"),
        (f'code="2" {SOPT}', "covered"),
        (f'code="32" {SOPT}', "other"),
        (f'code="81" {SOPT}', "other"),
        (f'code="9999" {SOPT}', None),
        (f'code="111" {SNOMED}', None),
        ('nullFlavor="UNK"', None),
    ],
)
def test_funding(payer, said):
    """What pays for something planned is the payer's type, where it is coded; words are kept."""
    policy = f'<act classCode="ACT" moodCode="INT"><code displayName="A payer" {payer}/></act>'
    coverage = statement("act", "22.4.129", f'<code code="48768-6" {LOINC}/>{related(policy)}')
    inner = f'<code code="1" {SNOMED} displayName="Oxygen"/>{related(coverage)}'
    found = plan(section("18776-5", statement("procedure", "22.4.41", inner, mood="INT")))

    assert said == found.interventions[0].funding
    assert any("A payer" in each for each in words_of(found.residue))


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Short-term goals", "short"),
        ("Long Term Goals:", "long"),
        ("SHORT TERM GOALS", "short"),
        ("Goals", None),
        ("Goals of long-term care", None),
        ("Long-term care goals", None),
    ],
)
def test_term(title, said):
    """How far a goal reaches is said by a heading that says just that."""
    whole = cda(structured(section("61146-7", goal("G1", "Walk"))))
    (read,) = read_document(whole.replace(b"<title>Goals<", f"<title>{title}<".encode())).plans

    assert said == read.goals[0].term


def test_race_code_is_kept():
    """The code of a race, ethnicity or sex with words of its own is kept beside them."""
    given = (
        '<administrativeGenderCode code="X" displayName="Other"/>'
        '<birthTime value="19700501"/><raceCode code="2106-3" displayName="White"/>'
        '<ethnicGroupCode code="2186-5" displayName="Not Hispanic or Latino"/></patient>'
    )
    before = PATIENT.partition("<administrativeGenderCode")[0]
    (found,) = read_document(
        cda(
            structured(section("61146-7", goal("G1", "Walk"))),
            patient=f"{before}{given}</patientRole></recordTarget>",
        )
    ).plans

    assert ("White",) == found.member.race
    assert ["Other (X); White (2106-3); Not Hispanic or Latino (2186-5)"] == [
        one.text for one in found.residue if one.label == "member"
    ]


def test_set_fields_say_no_words():
    """A domain is a class, not words: it never stands for a word of the narrative."""
    inner = f'<code {PROBLEM}/><value xsi:type="CD" code="Z59.41" {ICD10} displayName="Hunger"/>'
    made = section("11450-4", statement("observation", "22.4.4", inner), text="Hunger social")

    assert ["Hunger social"] == [note.text for note in plan(made).notes]
