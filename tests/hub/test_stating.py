"""What a document says of itself, and what stands around a unit: notices, refusals, rows, words."""

from __future__ import annotations

import pytest

from hub.canonical import (
    Concern,
    Goal,
    Intervention,
    Medication,
    Note,
    Place,
    Plan,
    Residue,
)
from hub.labels import Source, digest_of, label, matters
from hub.stored import LabelChange

SHORT = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
LONG = (
    "This record which has been disclosed to you is protected by Federal confidentiality rules"
    " (42 CFR part 2). These rules prohibit you from using or disclosing this record."
)
OLD = (
    "This information has been disclosed to you from records protected by federal rules"
    " (42 C.F.R. Part 2). The federal rules prohibit you from making any further disclosure."
)
ORDINARY = Source()


def sud(plan, source=ORDINARY, changes=()):
    """Return the pointers labelled substance use."""
    found = label(plan, source, changes).elements
    return {at for at, one in found.items() if "sud" in one.categories}


def page(y0, x0=40.0, *, number=1):
    """Return a line's place on a page."""
    return Place(f"page {number} ({x0}, {y0}, {x0 + 60}, {y0 + 8})", "page")


@pytest.mark.parametrize("notice", [SHORT, LONG, OLD])
@pytest.mark.parametrize("where", ["residue", "notes", "crisis_plan"])
def test_notice_makes_all_part2(notice, where):
    """A printed notice makes every part a Part 2 record, whatever the directory says."""
    made = {
        "residue": {"residue": (Residue(text=notice),)},
        "notes": {"notes": (Note(text=notice),)},
        "crisis_plan": {"crisis_plan": notice},
    }[where]
    found = label(Plan(goals=(Goal(text="Walk daily"),), **made), Source("no"))

    assert found.noticed
    assert {one.part2_origin for one in found.elements.values()} == {"yes"}
    assert ("general", "yes") in {(m.category, m.part2_origin) for m in matters(found)}


def test_notice_opens_nothing():
    """Beside a notice a part needs what it needed without one, and the Part 2 record opened too."""
    plan = Plan(goals=(Goal(text="Depression better"),), residue=(Residue(text=SHORT),))
    asked = label(plan, ORDINARY).matters_at["/goals/0"]

    told = {(one.category, one.part2_origin) for one in asked}
    assert told == {("general", "yes"), ("mental_health", "no")}


def test_notice_cut_in_lines():
    """A notice that a reader cut at the ends of its lines is one all the same."""
    cut = ("Federal rules at 42 CFR", "part 2 prohibit unauthorized", "use of these records.")
    plan = Plan(goals=(Goal(text="Walk"),), residue=tuple(Residue(text=one) for one in cut))

    assert label(plan, ORDINARY).noticed


@pytest.mark.parametrize(
    "text",
    [
        "I understand that my alcohol and drug records are protected under 42 CFR Part 2.",
        "Consent to share substance use disorder information (42 CFR Part 2): yes",
        "This plan contains no information protected by 42 CFR Part 2.",
        "Federal law prohibits unauthorized use of this fax.",
        "Pennsylvania law prohibits you from making any further disclosure.",
    ],
)
def test_no_notice(text):
    """A form's consent line and other laws' notices make no plan a Part 2 record."""
    assert not label(Plan(residue=(Residue(text=text),)), ORDINARY).noticed


def test_sender_says_otherwise():
    """What the sender itself declares to be none of its Part 2 records stays so beside a notice."""
    goals = (Goal(text="Walk", part2_origin="no"), Goal(text="Taper alcohol", part2_origin="no"))
    found = label(Plan(goals=goals, notes=(Note(text=SHORT),)), ORDINARY).elements

    assert (found["/goals/0"].part2_origin, found["/goals/1"].part2_origin) == ("no", "yes")


def test_officer_sets_notice_aside():
    """A privacy officer who lowers the notice's label sets it aside for the same words only."""
    plan = Plan(goals=(Goal(text="Walk"),), residue=(Residue(text=SHORT), Residue(text=SHORT)))
    lowered = LabelChange("lower", frozenset({"sud"}), "/residue/0", "", digest_of(plan.residue[0]))
    found = label(plan, ORDINARY, (lowered,))

    assert not found.noticed
    assert found.elements["/goals/0"].part2_origin == "no"
    other = Plan(residue=(*plan.residue, Residue(text=LONG)))
    assert label(other, ORDINARY, (lowered,)).noticed


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (page(100), page(100, 300)),
        (Place("Plan!B7", "cell"), Place("Plan!E7", "cell")),
        (Place("row 3, column a", "cell"), Place("row 3, column b", "cell")),
        (Place("ZIN[2]-3", "segment"), Place("ZIN[2]", "segment")),
        (Place("/*/*[3]/*[1]/*[4]/*[2]"), Place("/*/*[3]/*[1]/*[4]/*[7]")),
        (Place("/entry/3/resource/a", "pointer"), Place("/entry/3/resource", "pointer")),
    ],
)
def test_row_shares(left, right):
    """Words that fit no field take over the label of what stands in the same row."""
    residue = (Residue(text="K. Mbeki CADC"), Residue(text="twice a week"), Residue(text="other"))
    places = {"/residue/0/text": left, "/residue/1/text": right}

    assert sud(Plan(residue=residue, places=places)) == {"/residue/0", "/residue/1"}


def test_row_reaches_item():
    """An item whose row says substance use in words of no field is one too; the next row's not."""
    plan = Plan(
        interventions=(Intervention(text="Weekly visit"), Intervention(text="Eye exam")),
        residue=(Residue(text="CADC"),),
        places={
            "/interventions/0/text": Place("Plan!B7", "cell"),
            "/interventions/1/text": Place("Plan!B8", "cell"),
            "/residue/0/text": Place("Plan!E7", "cell"),
        },
    )
    assert sud(plan) == {"/interventions/0", "/residue/0"}


def test_members_row_keeps_items():
    """A row that holds a whole member withholds no goal for a neighbour's sake."""
    plan = Plan(
        goals=(Goal(text="Walk"), Goal(text="Sleep")),
        residue=(Residue(text="CADC"),),
        places={
            "/goals/0/text": Place("row 2, column g1", "cell"),
            "/goals/1/text": Place("row 2, column g2", "cell"),
            "/residue/0/text": Place("row 2, column x", "cell"),
        },
    )
    assert sud(plan) == {"/residue/0"}


def test_row_of_item():
    """A note in the row of a labelled medication is labelled; one two lines down is not."""
    plan = Plan(
        medications=(Medication(text="methadone"),),
        notes=(Note(text="Dr. Haldeman"), Note(text="Dr. Ames")),
        places={
            "/medications/0/text": page(100),
            "/notes/0/text": page(101, 300),
            "/notes/1/text": page(130, 300),
        },
    )
    assert sud(plan) == {"/medications/0", "/notes/0"}


def test_card():
    """Lines of one card share a label; a table's next row stands further off."""
    lines = ("Codorus OTP", "P 555-0174", "Dr. Ames")
    places = {
        "/residue/0/text": page(100),
        "/residue/1/text": page(111),
        "/residue/2/text": page(130),
    }
    plan = Plan(residue=tuple(Residue(text=one) for one in lines), places=places)

    assert sud(plan) == {"/residue/0", "/residue/1"}


def test_heading_reaches_section():
    """A heading's label reaches what stands under it, down to the next heading."""
    lines = ("SECTION D. SUBSTANCE USE", "weekly, K. Mbeki", "SECTION E. HOUSING", "voucher")
    places = {f"/residue/{n}/text": page(100 + 30 * n) for n in range(4)}
    plan = Plan(residue=tuple(Residue(text=one) for one in lines), places=places)

    assert sud(plan) == {"/residue/0", "/residue/1"}


def test_section_of_a_document():
    """A C-CDA section's title labels what its entries left over, no other section's."""
    residue = (
        Residue(text="Substance abuse treatment", label="section title"),
        Residue(text="Mbeki, twice a week"),
        Residue(text="voucher"),
    )
    places = {
        "/residue/0/text": Place("/*/*[9]/*[1]/*[3]/*[1]"),
        "/residue/1/text": Place("/*/*[9]/*[1]/*[3]/*[1]/*[5]/*[1]/*[2]"),
        "/residue/2/text": Place("/*/*[9]/*[1]/*[4]/*[1]/*[5]/*[1]/*[2]"),
    }
    assert sud(Plan(residue=residue, places=places)) == {"/residue/0", "/residue/1"}


@pytest.mark.parametrize(
    "text",
    [
        "Kgomotso Mbeki CADC",
        "J. Roe, LCADC",
        "Caadc, lead",
        "COE navigator",
        "Other: COE referral",
        "MAT provider visit",
        "D & A case management",
        "single county authority",
        "drug & alcohol services",
        "certified recovery specialist",
    ],
)
def test_treatment_by_name(text):
    """Credentials and programmes that treat nothing but substance use show it by themselves."""
    assert sud(Plan(residue=(Residue(text=text),))) == {"/residue/0"}


@pytest.mark.parametrize(
    "text",
    [
        "Non-slip bath mat",
        "Bariatric COE at the city hospital",
        "CAC score 12",
        "Group exercise, groups of six",
        "Nutrition counselor",
        "Albuterol 0.09 MG/ACTUAT inhalant solution",
        "County office",
    ],
)
def test_ordinary_alone(text):
    """What is ordinary elsewhere stays ordinary in a plan without substance use."""
    plan = Plan(concerns=(Concern(text="Asthma"),), interventions=(Intervention(text=text),))

    assert sud(plan) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Counselling, individual and group",
        "1 ind + 2 grp / wk",
        "Intensive outpatient, three evenings",
        "J. Roe, CAC",
        "Center of Excellence visit",
        "Brief intervention visits",
        "Inpatient rehabilitation",
    ],
)
def test_leaning(text):
    """In a plan that shows substance use, ambiguous words count."""
    plan = Plan(concerns=(Concern(text="Opioid use disorder"),), notes=(Note(text=text),))

    assert sud(plan) == {"/concerns/0", "/notes/0"}
    assert sud(Plan(notes=(Note(text=text),))) == set()


@pytest.mark.parametrize("text", ["Nutrition counseling", "Group diet class, groups of six"])
def test_leaning_explained(text):
    """An ambiguous word that its own text explains does not count."""
    plan = Plan(concerns=(Concern(text="Opioid use disorder"),), notes=(Note(text=text),))

    assert sud(plan) == {"/concerns/0"}


def test_form_line_leans_nothing():
    """A consent form's printed line does not make a plan one about substance use."""
    form = Residue(text="☐ Consent to share substance use disorder information - N/A")
    plan = Plan(interventions=(Intervention(text="Grief counseling, groups"),), residue=(form,))
    therapist = Plan(interventions=(Intervention(text="Counseling weekly"),), residue=(form,))

    assert sud(plan) == {"/residue/0"} == sud(therapist)


@pytest.mark.parametrize(
    "text",
    [
        "Rehab in 2019",
        "Rehab",
        "Residential rehab, and PT for the back",
        "Went to rehab after the stroke",
        "Drug rehab, PT twice a week",
        "ALCOHOL REHAB AND PT",
        "REHAB, PT REFUSED",
    ],
)
def test_rehab_in_doubt(text):
    """Rehab that nothing explains, or that something else explains, is withheld."""
    assert sud(Plan(interventions=(Intervention(text=text),))) == {"/interventions/0"}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("ZCN-1: 3; ZCN-2: ROI-SUD; ZCN-3: N; ZCN-4: 20260417", {"sud"}),
        ("ROI-SUD|N", {"sud"}),
        ("SUD: N", {"sud"}),
        ("Consent to release SUD records: ☐ Yes ☒ No", {"sud"}),
        ("☐ Share drug and alcohol parts.", {"sud"}),
        ("[ ] Release HIV information", {"hiv"}),
        ("Consent to share substance use information: PCP only", {"sud"}),
        ("Member refuses release of information", {"any"}),
        ("Release of information: declined", {"any"}),
        ("Does not want mental health notes shared", {"mental_health"}),
        ("Do not share my drug treatment", {"sud"}),
        ("ZCN-2: ROI-SUD; ZCN-3: NA", set()),
        ("ZCN-2: ROI-PCP; ZCN-3: Y", set()),
        ("☒ Share drug and alcohol parts.", set()),
        ("☐ Consent to share substance use disorder information - N/A", set()),
        ("☒ Consent to share plan with PCP / PCMH", set()),
        ("Risk and Consent section title", set()),
        ("Declined to sign; copy mailed", set()),
        ("does not share needles", set()),
        ("No known drug allergies", set()),
    ],
)
def test_refused(text, topics):
    """A refusal stated in the document is told with what it is about; a form's yes is none."""
    assert label(Plan(residue=(Residue(text=text),)), ORDINARY).refused == topics


def test_officer_sets_refusal_aside():
    """A refusal that a privacy officer looked at no longer counts."""
    plan = Plan(residue=(Residue(text="ROI-SUD: N"),))
    lowered = LabelChange("lower", frozenset({"sud"}), "/residue/0", "", digest_of(plan.residue[0]))

    assert label(plan, ORDINARY).refused == {"sud"}
    assert label(plan, ORDINARY, (lowered,)).refused == set()


def test_failing_place_withholds(monkeypatch):
    """Where the surroundings can't be judged nothing is left without a label that withholds."""

    def fails(*_):
        raise RuntimeError

    monkeypatch.setattr("hub.labels.stating.beside", fails)
    found = label(Plan(goals=(Goal(text="Walk"),)), ORDINARY)

    assert "unlabelled" in found.elements["/goals/0"].categories


@pytest.mark.parametrize(
    "text",
    [
        "PT has been in rehab since March.",
        "Member is in rehab at Gaudenzia. COPD stable.",
        "Went back to rehab in June; knee pain.",
    ],
)
def test_rehab_beside_the_body(text):
    """A diagnosis or a patient (PT) in the same text does not make rehab ordinary."""
    assert sud(Plan(notes=(Note(section="Progress", text=text),))) == {"/notes/0"}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Member declines to share any information with PCP. No drug allergies.", {"any", "sud"}),
        ("Refuses release of this plan to her PCP. Alcohol: never.", {"any"}),
        ("Metformin extended release - no side effects", set()),
        ("Prior authorization denied for MRI", set()),
        ("Share of cost: none", set()),
        ("Member denies sharing needles", set()),
    ],
)
def test_refused_in_its_clause(text, topics):
    """A refusal is about what its own clause names, and words of care or cost are none."""
    assert label(Plan(residue=(Residue(text=text),)), ORDINARY).refused == topics


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("42 Code of Federal Regulations, Part 2 prohibits redisclosure.", True),
        ("42CFR2: unauthorized disclosure is prohibited", True),
        ("42 USC 290dd-2 prohibits re-disclosure", True),
        ("Title 42 of the Code of Federal Regulations Part 438; disclosure is prohibited", False),
    ],
)
def test_notice_by_its_part(text, printed):
    """The notice is known by every way to cite Part 2, and by no other part of title 42."""
    assert label(Plan(residue=(Residue(text=text),)), ORDINARY).noticed is printed


def test_crowded_row():
    """In a row of very many parts all take over the label, without each asking every other."""
    texts = ["Methadone daily", *["Walk daily"] * 400, *["Methadone weekly"] * 100]
    residue = tuple(Residue(text=text) for text in texts)
    at = "/ClinicalDocument/component/section/text/p"
    places = {f"/residue/{n}/text": Place(f"{at}/x[{n}]", "xpath") for n in range(len(texts))}
    found = sud(Plan(residue=residue, places=places))

    assert found == {f"/residue/{n}" for n in range(len(texts))}
