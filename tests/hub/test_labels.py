"""What the labeller sees in a plan: codes, words, links, arrived labels, the header, the sender."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from plans import filled, plans

from consent import CATEGORIES, Matter
from hub.canonical import (
    Attachment,
    Code,
    Concern,
    Goal,
    Header,
    Intervention,
    Note,
    Outcome,
    Party,
    Plan,
    TeamMember,
    wire,
)
from hub.labels import UNITS, Source, label, matters
from hub.labels.codes import NAMES, read_table
from hub.labels.folding import folded_words
from hub.labels.lexicon import STEM, lexicon

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
ORDINARY = Source()
MIXED = Source("mixed", behavioral=True)
PROGRAM = Source("program")

RELEASABLE = {
    "/header": """
        set_id source_ids/*/system source_ids/*/value replaces/set_id
        replaces/source_ids/*/system replaces/source_ids/*/value related/*/set_id
        related/*/source_ids/*/system related/*/source_ids/*/value written_on period/start
        period/end language confidentiality
    """,
    "/header/title": "",
    "/header/program": "",
    "/header/purpose": "",
    "/header/criteria/*": "text code/system code/code code/display evidence labels/*",
    "/header/author": """
        name role organization identifiers/*/kind identifiers/*/value identifiers/*/assigner
        phone email address
    """,
    "/header/custodian": """
        name role organization identifiers/*/kind identifiers/*/value identifiers/*/assigner
        phone email address
    """,
    "/header/owner": """
        name role organization identifiers/*/kind identifiers/*/value identifiers/*/assigner
        phone email address
    """,
    "/header/steward": """
        name role organization identifiers/*/kind identifiers/*/value identifiers/*/assigner
        phone email address
    """,
    "/header/recipients/*": """
        name role organization identifiers/*/kind identifiers/*/value identifiers/*/assigner
        phone email address
    """,
    "/member": """
        identifiers/*/kind identifiers/*/value identifiers/*/assigner name/family name/given/*
        name/prefix name/suffix name/preferred birth_date sex gender_identity pronouns race/*
        ethnicity language
    """,
    "/member/addresses/*": "use lines/* city state postal_code county",
    "/member/telecoms/*": "use value",
    "/member/representative": """
        name role organization identifiers/*/kind identifiers/*/value identifiers/*/assigner
        phone email address
    """,
    "/member/cultural_preferences": "",
    "/member/communication_needs": "",
    "/coverage": "mco line_of_business member_id enrolled_on county",
    "/team/*": """
        party/name party/role party/organization party/identifiers/*/kind
        party/identifiers/*/value party/identifiers/*/assigner party/phone party/email
        party/address role relationship involvement
    """,
    "/risk": "score tool assessed_on reason",
    "/assessments/*": "name date result codes/*/system codes/*/code codes/*/display labels/*",
    "/strengths/*": "",
    "/preferences/*": "",
    "/barriers/*": "",
    "/own_words/*": "",
    "/concerns/*": """
        id text codes/*/system codes/*/code codes/*/display status onset priority labels/*
    """,
    "/goals/*": """
        id text codes/*/system codes/*/code codes/*/display whose term start due status progress
        measure priority concerns/* labels/*
    """,
    "/interventions/*": """
        id text codes/*/system codes/*/code codes/*/display party/name party/role
        party/organization party/identifiers/*/kind party/identifiers/*/value
        party/identifiers/*/assigner party/phone party/email party/address frequency start end
        status setting goals/* concerns/* evidence flexible/category flexible/requested_by/name
        flexible/requested_by/role flexible/requested_by/organization
        flexible/requested_by/identifiers/*/kind flexible/requested_by/identifiers/*/value
        flexible/requested_by/identifiers/*/assigner flexible/requested_by/phone
        flexible/requested_by/email flexible/requested_by/address flexible/rationale
        flexible/expected_outcome flexible/ebp flexible/timeline flexible/estimated_cost
        flexible/conventional_cost flexible/savings flexible/approval/status
        flexible/approval/by/name flexible/approval/by/role flexible/approval/by/organization
        flexible/approval/by/identifiers/*/kind flexible/approval/by/identifiers/*/value
        flexible/approval/by/identifiers/*/assigner flexible/approval/by/phone
        flexible/approval/by/email flexible/approval/by/address flexible/approval/on
        flexible/gl_code flexible/spent/*/on flexible/spent/*/amount labels/*
    """,
    "/outcomes/*": """
        id text codes/*/system codes/*/code codes/*/display date goals/* interventions/*
        labels/*
    """,
    "/medications/*": """
        id text codes/*/system codes/*/code codes/*/display dose status start end labels/*
    """,
    "/allergies/*": """
        id text codes/*/system codes/*/code codes/*/display reaction severity status labels/*
    """,
    "/advance_directives/*": "text codes/*/system codes/*/code codes/*/display date labels/*",
    "/crisis_plan": "",
    "/agreement": """
        offered_on signed_by/name signed_by/role signed_by/organization
        signed_by/identifiers/*/kind signed_by/identifiers/*/value
        signed_by/identifiers/*/assigner signed_by/phone signed_by/email signed_by/address
        signed_on method copy_given_on copy_channel reoutreach_due
    """,
    "/agreement/outreach/*": "on method by result",
    "/agreement/meeting": """
        on place participants/*/name participants/*/role participants/*/organization
        participants/*/identifiers/*/kind participants/*/identifiers/*/value
        participants/*/identifiers/*/assigner participants/*/phone participants/*/email
        participants/*/address
    """,
    "/review": "last next_due reason",
    "/asks/*": """
        text due party/name party/role party/organization party/identifiers/*/kind
        party/identifiers/*/value party/identifiers/*/assigner party/phone party/email
        party/address labels/*
    """,
    "/notes/*": "section text code/system code/code code/display labels/*",
    "/attachments/*": "name media_type sha256 labels/*",
    "/residue/*": "text label labels/*",
}

"""Every leaf that can leave, by the unit it leaves with. A new field changes this on purpose."""

UNREAD = {"/header", "/member", "/member/telecoms/*"}
"""Units whose leaves say who the plan is about; a surname is not a diagnosis."""


def _pattern(pointer):
    return "/".join("*" if step.isdigit() else step for step in pointer.split("/"))


def _unit(pattern):
    return max((one for one in UNITS if f"{pattern}/".startswith(f"{one}/")), key=len)


LEAVES = [
    pointer
    for pointer in filled()[1]
    if _unit(_pattern(pointer)) not in UNREAD
    and not _pattern(pointer).endswith(("/system", "/labels/*"))
]


def test_releasable():
    """Every leaf of a plan belongs to exactly the unit that this table says."""
    found = {}
    for pointer in filled()[1]:
        unit = _unit(_pattern(pointer))
        found.setdefault(unit, []).append(_pattern(pointer)[len(unit) + 1 :])
    assert {unit: leaves.split() or [""] for unit, leaves in RELEASABLE.items()} == found


def test_every_unit():
    """Every unit of a full plan is labelled."""
    assert set(UNITS) == {_pattern(pointer) for pointer in label(filled()[0], ORDINARY).elements}


@pytest.mark.parametrize("pointer", LEAVES)
def test_every_leaf_is_read(pointer):
    """A telling word in any leaf that can leave labels the unit it leaves with."""
    data = json.loads(wire.encode(filled()[0]))
    *steps, last = pointer.split("/")[1:]
    node = data
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(last) if isinstance(node, list) else last] = "methadone clinic"
    labelled = label(wire.decode_plan(json.dumps(data).encode()), ORDINARY).elements
    unit = next(one for one in labelled if _pattern(one) == _unit(_pattern(pointer)))
    assert "sud" in labelled[unit].categories


@given(plans())
@settings(deadline=None, max_examples=60)
def test_total(plan):
    """Any plan is labelled with known categories, whatever its texts hold."""
    labelled = label(plan, MIXED).elements.values()
    assert all(one.categories and one.categories <= CATEGORIES for one in labelled)


@pytest.mark.parametrize(
    ("system", "code", "categories"),
    [
        (ICD10, "F10.20", {"sud"}),
        (ICD10, "F1020", {"sud"}),
        (ICD10, "f11.20", {"sud"}),
        (ICD10, "F17.210", {"general"}),
        (ICD10, "O99.311", {"sud"}),
        (ICD10, "B20", {"hiv"}),
        (ICD10, "Z71.7", {"hiv"}),
        (ICD10, "F33.1", {"mental_health"}),
        (ICD10, "T74.11XA", {"sdv"}),
        (ICD10, "A53.9", {"std"}),
        (ICD10, "F64.0", {"mental_health", "sexual_health"}),
        (ICD10, "E11.9", {"general"}),
        (ICD10, "I10", {"general"}),
        (SNOMED, "7200002", {"sud"}),
        (SNOMED, "86406008", {"hiv"}),
        (SNOMED, "73211009", {"general"}),
        ("http://loinc.org", "44261-6", {"mental_health"}),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "6813", {"sud"}),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "6809", {"general"}),
        ("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "H0020", {"sud"}),
        ("http://hl7.org/fhir/sid/icd-9-cm", "305.00", {"sud"}),
        ("http://hl7.org/fhir/sid/icd-9-cm", "305.1", {"general"}),
        ("urn:local", "F10.20", {"sud"}),
        (None, "7200002", {"sud"}),
        (None, "3051", {"general"}),
    ],
)
def test_codes(system, code, categories):
    """A code shows its categories by its own list, or by every list when its system is unknown."""
    plan = Plan(concerns=(Concern(text="x", codes=(Code(system, code),)),))
    assert categories == label(plan, ORDINARY).elements["/concerns/0"].categories


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("Denies alcohol use", {"sud"}),
        ("ALCOHOLISM", {"sud"}),
        ("metha\u00addone taper", {"sud"}),
        ("de\u0301tox next week", {"sud"}),
        ("me\u200bthadone", {"sud"}),
        ("\uff4d\uff45\uff54hadone", {"sud"}),
        ("\x01me\x00thadone\x01", {"sud"}),
        ("12-step group", {"sud"}),
        ("Member is in recovery.", {"sud"}),
        ("Has OUD", {"sud"}),
        ("loud music", {"general"}),
        ("on MAT since May", {"sud"}),
        ("bath mat", {"general"}),
        ("living with AIDS", {"hiv"}),
        ("LIVING WITH AIDS", {"hiv"}),
        ("needs hearing aids", {"general"}),
        ("NEEDS HEARING AIDS", {"general"}),
        ("walking aids", {"general"}),
        ("CD4 count", {"hiv"}),
        ("alcohol swab before injection", {"general"}),
        ("alcohol swab, and alcohol at night", {"sud"}),
        ("drinking water", {"general"}),
        ("meal prep", {"general"}),
        ("PrEP refill", {"hiv"}),
        ("major depressive disorder", {"mental_health"}),
        ("respiratory depression", {"general"}),
        ("fled domestic violence", {"sdv"}),
        ("chlamydia screen", {"std"}),
        ("prenatal visit", {"sexual_health"}),
        ("psychotherapy note of May", {"mental_health", "psychotherapy_note"}),
        ("SUD counseling note", {"mental_health", "sud", "sud_counselling_note"}),
        ("consumo de alcohol y depresión", {"sud", "mental_health"}),
        ("check feet daily", {"general"}),
        ("", {"general"}),
    ],
)
def test_words(text, categories):
    """Words show their categories at word boundaries, however cased, accented or hidden."""
    plan = Plan(notes=(Note(text="before"), Note(text=text), Note(text="after")))
    labelled = label(plan, ORDINARY).elements
    assert categories == labelled["/notes/1"].categories
    assert {"general"} == labelled["/notes/0"].categories | labelled["/notes/2"].categories


def test_leaves_apart():
    """A phrase doesn't reach from one field into the next."""
    plan = Plan(concerns=(Concern(text="domestic", priority="violence"),))
    assert {"general"} == label(plan, ORDINARY).elements["/concerns/0"].categories


def test_because():
    """The reasons are entry words and never the member's text."""
    plan = Plan(
        concerns=(Concern(text="Rosa drinks Alcohol-free beer", codes=(Code(ICD10, "F10.20"),)),)
    )
    because = label(plan, ORDINARY).elements["/concerns/0"].because
    assert because == ("icd10cm:F10", "word:alcohol", "word:beer")


LINKED = Plan(
    concerns=(
        Concern(id="c1", text="Alcohol use disorder"),
        Concern(id="c2", text="Diabetes"),
    ),
    goals=(
        Goal(id="g1", text="Attend meetings", concerns=("c1",)),
        Goal(id="g2", text="Walk daily", concerns=("c2", "nobody")),
    ),
    interventions=(
        Intervention(id="i1", text="Bus pass", goals=("g1",)),
        Intervention(id="i2", text="Shoes", goals=("g2",)),
        Intervention(id="i3", text="Weekly call", concerns=("c1", "c2")),
    ),
    outcomes=(
        Outcome(id="o1", text="Went twice", goals=("g1",)),
        Outcome(id="o2", text="Used it", interventions=("i1",)),
        Outcome(id="o3", text="Walks", goals=("g2",), interventions=("i2",)),
    ),
)


def test_links():
    """What answers a sensitive concern shares its label, through goals to outcomes."""
    labelled = label(LINKED, ORDINARY).elements
    assert {
        "/concerns/0",
        "/goals/0",
        "/interventions/0",
        "/interventions/2",
        "/outcomes/0",
        "/outcomes/1",
    } == {pointer for pointer, one in labelled.items() if "sud" in one.categories}


def test_linked_origin():
    """What is linked to a Part 2 record is of that origin too."""
    plan = dataclasses.replace(
        LINKED, concerns=(Concern(id="c1", text="Follow up", labels=("42CFRPart2",)),)
    )
    assert label(plan, ORDINARY).elements["/outcomes/1"].part2_origin == "yes"


@pytest.mark.parametrize(
    ("labels", "categories", "origin"),
    [
        (("N",), {"general"}, "no"),
        (("ETH",), {"sud"}, "unknown"),
        (("R", "ETH", "42CFRPart2"), {"sud"}, "yes"),
        (("R",), {"restricted"}, "no"),
        (("V", "HIV"), {"hiv"}, "no"),
        (("hiv", "mental_health"), {"hiv", "mental_health"}, "no"),
        (("general",), {"general"}, "no"),
        (("PSYTHPN",), {"psychotherapy_note"}, "no"),
        (("ADOL",), {"minor"}, "no"),
        (("something new",), {"restricted"}, "no"),
    ],
)
def test_arrived(labels, categories, origin):
    """A label that arrived is never lowered, and one we don't know restricts."""
    plan = Plan(concerns=(Concern(text="x", labels=labels),))
    one = label(plan, ORDINARY).elements["/concerns/0"]
    assert (categories, origin) == (one.categories, one.part2_origin)


@pytest.mark.parametrize(
    ("source", "text", "claimed", "origin"),
    [
        (ORDINARY, "diabetes", "unknown", "no"),
        (ORDINARY, "alcohol", "unknown", "unknown"),
        (ORDINARY, "alcohol", "no", "no"),
        (ORDINARY, "diabetes", "yes", "yes"),
        (MIXED, "diabetes", "unknown", "no"),
        (MIXED, "alcohol", "unknown", "unknown"),
        (MIXED, "alcohol", "no", "unknown"),
        (PROGRAM, "diabetes", "no", "yes"),
        (PROGRAM, "alcohol", "unknown", "yes"),
    ],
)
def test_origin(source, text, claimed, origin):
    """Origin follows house decision HR-01: signs and declared sources are protected."""
    plan = Plan(concerns=(Concern(text=text, part2_origin=claimed),))
    assert origin == label(plan, source).elements["/concerns/0"].part2_origin


def test_program_whole():
    """Every unit of a program's plan is of Part 2 origin, its frame included."""
    origins = {one.part2_origin for one in label(filled()[0], PROGRAM).elements.values()}
    assert {"yes"} == origins


def test_behavioral_default():
    """Narrative of a behavioral sender that shows nothing counts as mental health."""
    plan = Plan(goals=(Goal(text="Walk daily"),), team=(TeamMember(party=Party(name="Ann Lee")),))
    labelled = label(plan, Source(behavioral=True)).elements
    assert ({"mental_health"}, {"general"}, {"general"}) == (
        labelled["/goals/0"].categories,
        labelled["/team/0"].categories,
        labelled["/header"].categories,
    )


def test_team_role():
    """A role gives a team member away."""
    plan = Plan(team=(TeamMember(party=Party(name="Ann Lee"), role="Addiction counselor"),))
    assert "sud" in label(plan, ORDINARY).elements["/team/0"].categories


def test_surname():
    """A surname is no diagnosis."""
    plan = filled()[0]
    name = dataclasses.replace(plan.member.name, family="Beer")
    plan = dataclasses.replace(plan, member=dataclasses.replace(plan.member, name=name))
    assert {"general"} == label(plan, ORDINARY).elements["/member"].categories


@pytest.mark.parametrize(
    ("marked", "texts", "source", "expected"),
    [
        ("R", ("Walk daily",), ORDINARY, {"restricted"}),
        ("N", ("Walk daily",), ORDINARY, {"general"}),
        ("R", ("Walk daily", "alcohol"), ORDINARY, {"general"}),
        ("R", ("Walk daily", "anxious"), ORDINARY, {"restricted"}),
        ("R", ("Walk daily",), Source(behavioral=True), {"mental_health"}),
        ("V", ("Walk daily", "alcohol"), MIXED, {"restricted"}),
        ("V", ("Walk daily", "psychotherapy note"), ORDINARY, {"general"}),
        ("secret", ("Walk daily",), ORDINARY, {"restricted"}),
    ],
)
def test_header(marked, texts, source, expected):
    """A document marked restricted for no visible reason is restricted as a whole."""
    plan = Plan(
        header=Header(confidentiality=marked), notes=tuple(Note(text=text) for text in texts)
    )
    assert expected == label(plan, source).elements["/notes/0"].categories


@pytest.mark.parametrize(
    ("text", "source", "categories", "origin"),
    [
        ("Walk daily", ORDINARY, {"general"}, "no"),
        ("HIV and alcohol", ORDINARY, {"hiv", "sud"}, "unknown"),
        ("Walk daily", MIXED, {"sud"}, "unknown"),
        ("Walk daily", PROGRAM, {"general"}, "yes"),
    ],
)
def test_attachment(text, source, categories, origin):
    """An attachment is as sensitive as its document; a mixed sender's is never presumed clean."""
    plan = Plan(notes=(Note(text=text),), attachments=(Attachment(name="plan.pdf"),))
    one = label(plan, source).elements["/attachments/0"]
    assert (categories, origin) == (one.categories, one.part2_origin)


def test_repeated():
    """Words that several units say are seen in every one of them, and in no other."""
    told, quiet = Note(text="Alcohol use"), Note(text="Walk daily")
    plan = Plan(notes=(told, quiet, told), strengths=("Alcohol use", "Walk daily"))
    labelled = label(plan, ORDINARY).elements
    assert {"/notes/0", "/notes/2", "/strengths/0"} == {
        at for at, one in labelled.items() if "sud" in one.categories
    }


def test_failure():
    """A unit that can't be read is unlabelled, and its neighbours are not touched."""
    broken = Concern(text=7, codes=())
    labelled = label(Plan(concerns=(broken, Concern(text="Diabetes"))), ORDINARY).elements
    assert ({"unlabelled"}, ("failed:TypeError",), {"general"}) == (
        labelled["/concerns/0"].categories,
        labelled["/concerns/0"].because,
        labelled["/concerns/1"].categories,
    )


@pytest.mark.parametrize("field", ["codes", "labels"])
def test_later_failure(field):
    """A unit whose codes or labels can't be understood is unlabelled."""
    broken = dataclasses.replace(
        Concern(text="x"), **{field: (Code(ICD10, 7),) if field == "codes" else (7,)}
    )
    one = label(Plan(concerns=(broken,)), ORDINARY).elements["/concerns/0"]
    assert "unlabelled" in one.categories


def test_matters():
    """The matters are the distinct kinds of content, with who consented to a minor's care."""
    labelling = label(LINKED, Source(minor_basis="parent"))
    expected = {Matter("general", "no", "parent"), Matter("sud", "unknown", "parent")}
    assert expected == matters(labelling)
    assert {Matter("sud", "unknown", "parent")} == labelling.matters_at["/goals/0"]


@pytest.mark.parametrize("name", [*NAMES, "lexicon", "arrived"])
def test_tables(name):
    """Every list says where it comes from, which version it is, and who owns it."""
    table = read_table(name)
    assert all(table[word] for word in ("source", "version", "owner"))


@pytest.mark.parametrize("name", NAMES)
def test_list_categories(name):
    """The lists and the rules speak of the same categories."""
    assert set(read_table(name)["codes"]) <= CATEGORIES


def test_lexicon_form():
    """Every phrase is written the way texts are folded, and stems are long enough to be indexed."""
    table = read_table("lexicon")
    phrases = [one for words in table["phrases"].values() for one in words] + table["harmless"]
    assert [one.rstrip("*") for one in phrases] == [
        " ".join(folded_words(one.rstrip("*"))) for one in phrases
    ]
    assert all(len(stem) == STEM for stem in lexicon().stems)
    assert set(table["phrases"]) | set(table["cased"]) <= CATEGORIES
