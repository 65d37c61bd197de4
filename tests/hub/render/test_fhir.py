"""A plan as a FHIR R4 document: valid whatever the plan, labelled, noticed, always the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from plans import BARE, COVER, COVERS, DELGADO, MARKED, WRITTEN, covers, filled, plans

from hub.canonical import Identifier
from hub.canonical.wire import plain
from hub.render import WITHHELD, render
from hub.render.fhir import to_fhir
from hub.render.scanning import searchable
from hub.withholding import leaks

try:
    from fhir.resources.R4B.bundle import Bundle
except ImportError:
    Bundle = None
needs_models = pytest.mark.skipif(Bundle is None, reason="needs fhir.resources, a test dependency")


def sent(plan=DELGADO, cover=COVER):
    return json.loads(to_fhir(plan, cover).content)


def of(document, kind):
    found = [one["resource"] for one in document["entry"]]
    return [one for one in found if one["resourceType"] == kind]


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@needs_models
@pytest.mark.parametrize("cover", COVERS, ids=["plain", "marked", "bare"])
@pytest.mark.parametrize("name", WRITTEN)
def test_valid(name, cover):
    """Every plan written by hand is a valid R4 Bundle under every cover."""
    assert Bundle.model_validate_json(to_fhir(WRITTEN[name], cover).content).type == "document"


@needs_models
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans(), covers())
def test_any_valid(plan, cover):
    """Whatever the plan and the cover, the document is a valid R4 Bundle."""
    assert Bundle.model_validate_json(to_fhir(plan, cover).content).type == "document"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans(), covers())
def test_whole(plan, cover):
    """Every reference leads to an entry, every entry has its own URL, the Composition is first."""
    document = sent(plan, cover)
    urls = [one["fullUrl"] for one in document["entry"]]

    assert set(references(document)) <= set(urls)
    assert len(set(urls)) == len(urls)
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"


def test_same_bytes():
    """The same plan and cover give the same bytes."""
    assert to_fhir(DELGADO, MARKED).content == to_fhir(DELGADO, MARKED).content


def test_elements_keep_urls():
    """An element keeps its URL from version to version of a set."""
    urls = [
        [one["fullUrl"] for one in sent(DELGADO, cover)["entry"] if "Goal" in str(one["resource"])]
        for cover in (COVER, replace(COVER, version=2, document_id="another"))
    ]
    assert urls[0] == urls[1]


@pytest.mark.parametrize(
    ("kind", "profile"),
    [
        ("Patient", "patient"),
        ("CarePlan", "careplan"),
        ("Condition", "condition-problems-health-concerns"),
        ("ServiceRequest", "servicerequest"),
        ("AllergyIntolerance", "allergyintolerance"),
    ],
)
def test_profiles(kind, profile):
    """Resources that say what US Core requires name its profile."""
    urls = {url for one in of(sent(), kind) for url in one["meta"]["profile"]}
    assert urls == {f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{profile}"}


def test_goal_without_status():
    """A goal whose status the plan doesn't say claims no profile and says why it has none."""
    whole, bare = of(sent(), "Goal")
    assert ("active", True) == (whole["lifecycleStatus"], "profile" in whole["meta"])
    assert (False, True) == ("meta" in bare, "_lifecycleStatus" in bare)


def test_invariants():
    """What R4's invariants want and the plan doesn't say is said to be unsaid (ait-1)."""
    (allergy,) = of(sent(), "AllergyIntolerance")
    assert "extension" in allergy["clinicalStatus"]


def test_patient_without_gender():
    """A member without what US Core requires is a Patient without its profile."""
    (patient,) = of(sent(replace(DELGADO, member=replace(DELGADO.member, sex=None))), "Patient")
    assert "meta" not in patient


def test_native_values():
    """What R4 has an element for stands there, and not in our extension."""
    goal = of(sent(), "Goal")[0]
    expected = ("A1c below 8 % by May", "2027-05-02", "A1c < 8 %", "progressing")
    assert expected == (
        goal["description"]["text"],
        goal["target"][0]["dueDate"],
        goal["target"][0]["measure"]["text"],
        goal["achievementStatus"]["text"],
    )
    assert "extension" not in goal


def security(resource):
    return [one["code"] for one in resource["meta"]["security"]]


def test_document_labels():
    """A marked release is labelled on Bundle and Composition: level, categories, law, handling."""
    document = sent(DELGADO, MARKED)
    expected = ["R", "ETH", "HIV", "42CFRPart2", "NORDSCLCD", "PERSISTLABEL"]

    assert expected == security(document) == security(document["entry"][0]["resource"])


def test_plain_labels():
    """An ordinary release is labelled with its confidentiality alone."""
    assert ["N"] == security(sent())


def test_element_labels():
    """An element carries its own categories and its Part 2 origin."""
    concern = replace(DELGADO.concerns[0], labels=("sud", "odd word"), part2_origin="yes")
    found = of(sent(replace(DELGADO, concerns=(concern,))), "Condition")

    policy = ["42CFRPart2", "NORDSCLCD", "PERSISTLABEL"]
    assert ["R", "ETH", "odd word", *policy] == security(found[0])


@pytest.mark.parametrize("text", [*MARKED.notices, WITHHELD, MARKED.reply_url])
def test_told(text):
    """Notices stand whole; the neutral line, the scope and the reply address are in the words."""
    rendered = to_fhir(DELGADO, MARKED)
    assert leaks(searchable(rendered), (" ".join(re.findall(r"\w+", text.casefold())),)) or (
        text.replace("&", "&amp;") in searchable(rendered)
    )


def test_nothing_withheld():
    """Where nothing was withheld nothing says so."""
    assert WITHHELD.encode() not in to_fhir(DELGADO, COVER).content


def test_replaces():
    """A release that replaces another says which document."""
    relates = sent(DELGADO, MARKED)["entry"][0]["resource"]["relatesTo"]
    expected = "urn:uuid:3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a10"

    assert [("replaces", expected)] == [
        (one["code"], one["targetIdentifier"]["value"]) for one in relates
    ]


def test_no_ssn():
    """A Social Security number is written nowhere, neither the member's nor a party's."""
    known = (Identifier("ssn", "078-05-1120"),)
    author = replace(DELGADO.header.author, identifiers=known)
    plan = replace(
        DELGADO,
        header=replace(DELGADO.header, author=author, owner=author),
        member=replace(DELGADO.member, identifiers=known),
    )
    assert b"078-05-1120" not in to_fhir(plan, COVER).content


def test_narrative_whole():
    """Every word of a plan that is no id, label or sum stands in the narrative too."""
    plan, words = filled()
    document = sent(plan)
    told = (
        " ".join(
            div["div"]
            for section in document["entry"][0]["resource"]["section"]
            for div in [section.get("text", {})]
            if div
        )
        + of(document, "CarePlan")[0]["text"]["div"]
    )
    silent = ("/id", "/labels/0", "/concerns/0", "/goals/0", "/interventions/0", "/places")
    titled = ("/notes/0/section", "/residue/0/label", "/notes/0/code")

    assert [] == [
        at
        for at, word in words.items()
        if word not in told
        and not at.endswith(silent)
        and not at.startswith(titled)
        and at != "/schema"
    ]


def test_scanned():
    """The scan for withheld words sees values, narrative and our extension alike."""
    plan, words = filled()
    text = searchable(to_fhir(plan, BARE))
    unseen = [at for at, word in words.items() if word not in text]
    dangling = re.compile(r"/(?:goals|interventions|outcomes)/0/(?:concerns|goals|interventions)/0")

    assert [] == [at for at in unseen if not dangling.fullmatch(at) and "confid" not in at]


def test_named():
    """The file is named by the release, and typed as FHIR JSON."""
    rendered = render("fhir", DELGADO, COVER)
    expected = ("icp-rel-01HZX.fhir.json", "application/fhir+json")

    assert expected == (rendered.file_name, rendered.media_type)


def test_absent_is_no_empty_value():
    """FHIR allows no empty value: none is written."""
    assert re.search(rb'":(?:""|\[\]|\{\}|null)', to_fhir(DELGADO, MARKED).content) is None


def test_plain_plan_untouched():
    """Rendering changes nothing of the plan."""
    before = plain(DELGADO)
    to_fhir(DELGADO, COVER)

    assert before == plain(DELGADO)
