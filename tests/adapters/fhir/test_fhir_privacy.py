"""Security labels of FHIR documents: each raises protection where it stands, none lowers it."""

from __future__ import annotations

import pytest
from fhir_documents import PLAN, bundle, plan_of, resource

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
INLINE = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."


def meta(system, code):
    return {"meta": {"security": [{"system": system, "code": code}]}}


def condition(**parts):
    return resource("Condition", **{"code": {"text": "Something"}, **parts})


LABELS = [
    (ACT, "ETH", ("sud",), "unknown"),
    (ACT, "OPIOIDUD", ("sud",), "unknown"),
    (ACT, "PSY", ("mental_health",), "unknown"),
    (ACT, "PSYTHPN", ("psychotherapy_note",), "unknown"),
    (ACT, "HIV", ("hiv",), "unknown"),
    (ACT, "STD", ("std",), "unknown"),
    (ACT, "SEX", ("sexual_health",), "unknown"),
    (ACT, "SDV", ("sdv",), "unknown"),
    (ACT, "ADOL", ("minor",), "unknown"),
    (ACT, "42CFRPart2", (), "yes"),
    (ACT, "NORDSCLCD", (), "yes"),
    (ACT, "TBOO", ("restricted",), "unknown"),
    (ACT, "PERSISTLABEL", (), "unknown"),
    ("https://x.example/labels", "hush", ("restricted",), "unknown"),
    (LEVEL, "R", ("restricted",), "unknown"),
    (LEVEL, "V", ("restricted",), "unknown"),
    (LEVEL, "N", (), "unknown"),
]


@pytest.mark.parametrize(("system", "code", "labels", "origin"), LABELS)
def test_element(system, code, labels, origin):
    """A resource's security label is its element's category, or its Part 2 origin."""
    (one,) = plan_of(bundle(condition(**meta(system, code)))).concerns
    assert (labels, origin) == (one.labels, one.part2_origin)


@pytest.mark.parametrize("where", ["bundle", "plan"])
def test_whole(where):
    """A category of the whole document is one of every element, residue included."""
    marked = meta(ACT, "HIV")
    value = (
        bundle(condition(evidence=[{"detail": [{"display": "x"}]}]), **marked)
        if where == "bundle"
        else bundle(condition(evidence=[{"detail": [{"display": "x"}]}]), plan={**PLAN, **marked})
    )
    plan = plan_of(value)

    assert {("hiv",)} == {
        one.labels for one in (*plan.concerns, *plan.interventions, *plan.residue)
    }


@pytest.mark.parametrize(
    ("levels", "expected"), [("N", "N"), ("NR", "R"), ("VR", "V"), ("RN", "R")]
)
def test_highest_level(levels, expected):
    """The header's confidentiality is the highest that Bundle or CarePlan says."""
    first, last = levels[0], levels[-1]
    plan = plan_of(bundle(plan={**PLAN, **meta(LEVEL, first)}, **meta(LEVEL, last)))

    assert expected == plan.header.confidentiality


def test_level_labels_nothing():
    """A confidential document is confidential in its header, and restricts no element by itself."""
    (one,) = plan_of(bundle(condition(), **meta(LEVEL, "R"))).concerns
    assert one.labels == ()


def test_inline():
    """An inline label anywhere in a resource counts as the resource's own."""
    label = {"url": INLINE, "valueCoding": {"system": ACT, "code": "HIV"}}
    (one,) = plan_of(bundle(condition(code={"text": "x", "extension": [label]}))).concerns

    assert one.labels == ("hiv",)


def test_left_over_protected():
    """What no mapping claims is protected as the resource it stood in."""
    flu = resource("Immunization", vaccineCode={"text": "Flu"}, **meta(ACT, "HIV"))
    plan = plan_of(bundle(flu))

    assert {("hiv",)} == {one.labels for one in plan.residue}


@pytest.mark.parametrize(("code", "display"), [("F10.20", "Alcohol dependence"), ("F11.20", None)])
def test_clinical_code_kept(code, display):
    """A clinical code nobody claims is a note with that code, so that the hub labels it by it."""
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": display}
    visit = resource("Encounter", reasonCode=[{"coding": [coding]}])
    notes = plan_of(bundle(visit)).notes

    assert [code] == [one.code.code for one in notes if one.code]


def test_notice():
    """A notice of 42 CFR Part 2 anywhere covers every element of the document."""
    plan = plan_of(bundle(condition(note=[{"text": NOTICE}])))
    assert {"yes"} == {one.part2_origin for one in (*plan.concerns, *plan.interventions)}


def test_section_labels():
    """A section's inline label protects its words and what it lists, and nothing else."""
    section = {
        "title": "Other",
        "extension": [{"url": INLINE, "valueCoding": {"system": ACT, "code": "HIV"}}],
        "text": {"status": "additional", "div": "<div>Words</div>"},
        "entry": [{"reference": "Condition/c"}],
    }
    composition = resource("Composition", section=[section])
    plan = plan_of(bundle(composition, condition(id="c")))

    assert (("hiv",), ("hiv",), ()) == (
        plan.notes[0].labels,
        plan.concerns[0].labels,
        plan.interventions[0].labels,
    )


def test_borrowed_code():
    """Our own section code in a stranger's document hides nothing: its words are a note."""
    section = {
        "title": "Goals",
        "code": {"coding": [{"system": "urn:icp:1:sections", "code": "goals"}]},
        "text": {"status": "generated", "div": "<div>Words of theirs</div>"},
    }
    notes = plan_of(bundle(resource("Composition", section=[section]))).notes

    assert ["Words of theirs"] == [one.text for one in notes]
