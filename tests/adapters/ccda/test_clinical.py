"""Medications, allergies, assessments, directives, team and coverage."""

import pytest
from cda_documents import LOINC, SNOMED, ident, plan, related, section, statement, words_of

from hub.canonical import Absent

RXNORM = 'codeSystem="2.16.840.1.113883.6.88"'
DRUG = (
    "<consumable><manufacturedProduct><manufacturedMaterial>"
    f'<code code="860975" {RXNORM} displayName="metformin 500 MG"/>'
    "</manufacturedMaterial></manufacturedProduct></consumable>"
)
DOSE = (
    '<effectiveTime xsi:type="IVL_TS"><low value="20260101"/></effectiveTime>'
    '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>'
    '<doseQuantity value="500" unit="mg"/>'
)


def test_medication():
    """A medication keeps its name, code, dose and repetition as written."""
    entry = statement(
        "substanceAdministration", "22.4.16", f'<statusCode code="active"/>{DOSE}{DRUG}'
    )
    (found,) = plan(section("10160-0", entry)).medications

    assert ("metformin 500 MG", "500 mg, every 12 h", "active", "2026-01-01") == (
        found.text,
        found.dose,
        found.status,
        found.start,
    )


def allergen(inner="", more="", extra=""):
    substance = (
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        f"{inner}</playingEntity></participantRole></participant>"
    )
    kind = f'<value xsi:type="CD" code="419199007" {SNOMED} displayName="Allergy to substance"/>'
    observation = statement(
        "observation", "22.4.7", f'<code code="ASSERTION"/>{kind}{substance}{more}', extra=extra
    )
    act = f'<code code="CONC"/><statusCode code="active"/>{related(observation, "SUBJ")}'
    return statement("act", "22.4.30", act)


def test_allergy():
    """An allergy names its substance, and the reaction with its severity."""
    severity = statement(
        "observation", "22.4.8", f'<value xsi:type="CD" code="1" {SNOMED} displayName="Severe"/>'
    )
    reaction = statement(
        "observation",
        "22.4.9",
        f'<value xsi:type="CD" code="2" {SNOMED} displayName="Hives"/>{related(severity, "SUBJ")}',
    )
    entry = allergen(f'<code code="7980" {RXNORM} displayName="Penicillin"/>', related(reaction))
    (found,) = plan(section("48765-2", entry)).allergies

    assert ("Penicillin", "Hives", "Severe", "active") == (
        found.text,
        found.reaction,
        found.severity,
        found.status,
    )


def test_no_known_allergies():
    """A denial of every allergy is an absence that is said, not an allergy."""
    entry = allergen('<code nullFlavor="NA"/>', extra='negationInd="true"')

    assert plan(section("48765-2", entry)).allergies.absent == "none"


def test_no_known_allergies_in_words():
    """So is a narrative that says only that."""
    done = plan(section("48765-2", text="No known allergies."))

    assert done.allergies.absent == "none"


def test_no_drug_allergies():
    """A denial of drug allergies is told so; it denies not every allergy, and no code stays."""
    entry = allergen('<code nullFlavor="NA"/>', extra='negationInd="true"')
    drugs = entry.replace('code="419199007"', 'code="416098002"').replace("substance", "drug")

    assert [("No known drug allergies", ())] == [
        (one.text, one.codes) for one in plan(section("48765-2", drugs)).allergies
    ]


def test_severity_beside():
    """A severity standing beside the allergy is no allergy of its own."""
    agent = f'<code code="7980" {RXNORM} displayName="Penicillin"/>'
    severe = f'<value xsi:type="CD" code="1" {SNOMED} displayName="Severe"/>'
    beside = related(statement("observation", "22.4.8", severe), "SUBJ")
    entry = allergen(agent).removesuffix("</act>") + beside + "</act>"

    assert ["Penicillin"] == [one.text for one in plan(section("48765-2", entry)).allergies]


def test_denied_substance():
    """A denial of one substance is that, and no denial of the others."""
    entry = allergen(
        f'<code code="7980" {RXNORM} displayName="Penicillin"/>', extra='negationInd="true"'
    )

    assert ["Not present: Penicillin"] == [
        one.text for one in plan(section("48765-2", entry)).allergies
    ]


def test_assessment():
    """A result is an assessment: its name, day and value with the unit as written."""
    inner = (
        f'{ident("v")}<code code="29463-7" {LOINC} displayName="Body weight"/>'
        '<effectiveTime value="20260301"/><value xsi:type="PQ" value="182.4" unit="[lb_av]"/>'
    )
    held = statement("observation", "22.4.27", inner)
    entry = (
        f"<organizer classCode='CLUSTER' moodCode='EVN'><component>{held}</component></organizer>"
    )
    (found,) = plan(section("8716-3", entry)).assessments

    assert ("Body weight", "2026-03-01", "182.4 [lb_av]") == (found.name, found.date, found.result)


def test_past_procedure():
    """What was done long ago is no intervention of the plan, and still not lost."""
    code = f'<code code="80146002" {SNOMED} displayName="Appendectomy"/>'
    entry = f'<procedure moodCode="EVN">{code}</procedure>'
    done = plan(section("47519-4", entry))

    assert done.interventions == ()
    assert any("Appendectomy" in words for words in words_of(done.residue))


def test_directive():
    """An advance directive keeps its words and since when it holds."""
    inner = (
        f'<code code="304251008" {SNOMED} displayName="Resuscitation"/>'
        '<effectiveTime><low value="2025"/></effectiveTime>'
        f'<value xsi:type="CD" code="304253006" {SNOMED} displayName="Do not resuscitate"/>'
    )
    (found,) = plan(
        section("42348-3", statement("observation", "22.4.48", inner))
    ).advance_directives

    assert ("Resuscitation: Do not resuscitate", "2025") == (found.text, found.date)


def test_care_team():
    """The members of a care team section join the team in their roles."""
    who = (
        '<performer typeCode="PRF"><sdtc:functionCode code="1" displayName="Social worker"/>'
        '<assignedEntity><id root="2.999.4" extension="7"/><assignedPerson><name><given>Ada</given>'
        "<family>Birch</family></name></assignedPerson></assignedEntity></performer>"
    )
    inner = f"<component>{statement('act', '22.4.500.1', who)}</component>"
    done = plan(section("85847-2", statement("organizer", "22.4.500", inner)))

    assert [("Ada Birch", "Social worker")] == [(one.party.name, one.role) for one in done.team]


def test_payer():
    """A payers section gives the plan, the member's number in it and the line of business."""
    policy = statement(
        "act",
        "22.4.61",
        '<code code="1" displayName="Medicaid HMO"/><performer typeCode="PRF">'
        '<templateId root="2.16.840.1.113883.10.20.22.4.87"/><assignedEntity><id root="2.999.8"/>'
        "<representedOrganization><name>Good Plan</name></representedOrganization>"
        '</assignedEntity></performer><participant typeCode="COV"><participantRole>'
        '<id root="2.999.8" extension="GP-1"/></participantRole></participant>',
    )
    entry = statement("act", "22.4.60", f'<code code="48768-6"/>{related(policy, "COMP")}')
    found = plan(section("48768-6", entry)).coverage

    assert ("Good Plan", "GP-1", "Medicaid HMO") == (
        found.mco,
        found.member_id,
        found.line_of_business,
    )


@pytest.mark.parametrize(
    ("material", "absent"),
    [('<code nullFlavor="NA"/>', True), ('<code code="1" displayName="Aspirin"/>', False)],
)
def test_medications_denied(material, absent):
    """A negated medication without a substance denies them all, one with a name only that."""
    inner = (
        '<id nullFlavor="NA"/><consumable><manufacturedProduct><manufacturedMaterial>'
        f"{material}</manufacturedMaterial></manufacturedProduct></consumable>"
    )
    one = statement("substanceAdministration", "22.4.16", inner, extra='negationInd="true"')
    found = plan(section("10160-0", one, text="As told")).medications

    assert absent == (found == Absent("none"))


def test_any_medication_denied():
    """Negated, a drug or medicament of no name says that there is no medication."""
    product = (
        "<consumable><manufacturedProduct><manufacturedMaterial>"
        f'<code code="410942007" {SNOMED} displayName="drug or medication"/>'
        "</manufacturedMaterial></manufacturedProduct></consumable>"
    )
    entry = statement(
        "substanceAdministration",
        "22.4.16",
        f"<text>No known medications</text>{product}",
        extra='negationInd="true"',
    )

    assert "none" == plan(section("10160-0", entry)).medications.absent


def test_reaction_words_before_its_code():
    """A reaction's own words go before a code that has none."""
    reaction = statement(
        "observation",
        "22.4.9",
        f'<text>Hives</text><value xsi:type="CD" code="247472004" {SNOMED}/>',
    )
    entry = allergen(f'<code code="7980" {RXNORM} displayName="Penicillin"/>', related(reaction))
    (found,) = plan(section("48765-2", entry)).allergies

    assert "Hives" == found.reaction
