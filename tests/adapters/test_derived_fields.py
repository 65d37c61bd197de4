"""A concern's domain, a goal's term, who pays and where: only where a source says just that."""

from __future__ import annotations

import pytest
from fhir_documents import SUBJECT, bundle, plan_of, resource
from hl7_messages import message, plan

from tests.cda_documents import SNOMED, section, statement
from tests.cda_documents import plan as cda_plan

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SOPT = "https://nahdo.org/sopt"
PRB = "PRB|AD|20260301|{code}^Trouble^{system}|I1||||||{kind}"
GOL = "GOL|AD|20260301|G^Walk daily^L|J1||||||{kind}"


@pytest.mark.parametrize(
    ("code", "system", "kind", "domain"),
    [
        ("F33.1", "I10", "", "behavioral"),
        ("Z59.0", "I10", "", "social"),
        ("E11.9", "I10", "", None),
        ("F33.1", "L", "", None),
        ("E11.9", "I10", "Social^Social^L", "social"),
        ("E11.9", "I10", "S^Somewhat social^L", None),
    ],
)
def test_hl7v2_domain(code, system, kind, domain):
    """PRB-10 says a domain in its own word, or the block of the problem's ICD-10-CM code does."""
    found = plan(message(PRB.format(code=code, system=system, kind=kind), kind="PPR^PC1"))

    assert found.concerns[0].domain == domain
    assert ("/concerns/0/domain" in found.places) == (domain is not None)


@pytest.mark.parametrize(
    ("kind", "term"), [("S^Short term goal^L", "short"), ("N^Nursing^L", None), ("", None)]
)
def test_hl7v2_term(kind, term):
    """GOL-10 says how far a goal reaches, or the goal has no term."""
    found = plan(message(GOL.format(kind=kind), kind="PGL^PC6"))

    assert found.goals[0].term == term


def test_hl7v2_keeps_other_classes():
    """A classification that is no domain stays beside the plan."""
    content = message(PRB.format(code="E11.9", system="I10", kind="N^Nursing^L"), kind="PPR^PC1")

    assert any("Nursing" in (one.text or "") for one in plan(content).residue)


def care_plan(*resources):
    """Return the plan of a bundle with these beside its CarePlan."""
    return plan_of(bundle(*resources))


@pytest.mark.parametrize(("code", "domain"), [("F33.1", "behavioral"), ("E11.9", None)])
def test_fhir_domain(code, domain):
    """A Condition's ICD-10-CM block says its domain where its category does not."""
    coded = {"text": "Trouble", "coding": [{"system": ICD10, "code": code}]}

    assert care_plan(resource("Condition", code=coded)).concerns[0].domain == domain


@pytest.mark.parametrize(
    ("category", "term"), [("Long-term goal", "long"), ("Dietary", None), ("Long walks", None)]
)
def test_fhir_term(category, term):
    """A Goal's category says how far it reaches, or it has no term."""
    goal = resource(
        "Goal",
        lifecycleStatus="active",
        description={"text": "Walk daily"},
        category=[{"text": category}],
    )

    assert care_plan(goal).goals[0].term == term


@pytest.mark.parametrize(("payer", "funding"), [("2", "covered"), ("81", "other"), ("9", None)])
def test_fhir_funding(payer, funding):
    """What pays is the type of payer of the Coverage that a request names."""
    coverage = resource(
        "Coverage",
        id="cov",
        status="active",
        beneficiary=SUBJECT,
        type={"coding": [{"system": SOPT, "code": payer}]},
        payor=[{"display": "Plan"}],
    )
    request = resource(
        "ServiceRequest",
        status="active",
        intent="order",
        code={"text": "Home visits"},
        insurance=[{"reference": "Coverage/cov"}],
    )

    assert care_plan(coverage, request).interventions[-1].funding == funding


LOCATION = (
    '<participant typeCode="LOC"><participantRole classCode="SDLOC">'
    '<code code="1" codeSystem="2.999.1" displayName="Clinic"/>{more}'
    '<playingEntity classCode="PLC"><name>Main Street</name></playingEntity>'
    "</participantRole></participant>"
)


@pytest.mark.parametrize("more", ["", "<addr><city>Beaver</city></addr>"])
def test_ccda_setting(more):
    """A planned act's location says where it is done; its address stays beside the plan."""
    inner = f'<code code="1" {SNOMED} displayName="Visit"/><statusCode code="active"/>'
    made = statement("encounter", "22.4.40", inner + LOCATION.format(more=more), mood="INT")
    found = cda_plan(section("18776-5", made))

    assert found.interventions[0].setting == "Clinic: Main Street"
    assert any("Beaver" in (one.text or "") for one in found.residue) == bool(more)
