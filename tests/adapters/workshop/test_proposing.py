"""A first profile is proposed from a sample by itself, loads, and reads the sample."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from adapters.mcos import (
    allegheny_hl7v2,
    keystone_pdf,
    keystone_word,
    laurel_csv,
    susquehanna_csv,
    susquehanna_pdf,
)
from adapters.workshop import live, wording
from adapters.workshop.checking import check
from adapters.workshop.drafting import drafted
from adapters.workshop.outlining import outliner
from adapters.workshop.shaping import forms, shape
from hub.adopting.comparing import Difference, values
from hub.canonical import Document
from tests.samples.make_office import docx

SAMPLES = Path(__file__).parents[3] / "templates" / "demo" / "samples"
OURS = [
    ("mco-keystone/okafor_care_plan.pdf", keystone_pdf, 0.95),
    ("mco-keystone/okafor_care_plan.docx", keystone_word, 0.95),
    ("mco-susquehanna/reyes_care_plan.pdf", susquehanna_pdf, 0.9),
    ("mco-susquehanna/grant_extract.csv", susquehanna_csv, 0.85),
    ("mco-laurel/plans_2026-10.csv", laurel_csv, 0.85),
    ("mco-laurel/plans_2026-10.xlsx", laurel_csv, 0.85),
    ("mco-allegheny/hale_mdm_t02.hl7", allegheny_hl7v2, 0.85),
]
UNSEEN = """Subscriber Nbr;Surname;Forename;Date of Birth;Careplan Ref;Record Type;Description;Due
TH0044120;Villar;Ana;02.05.1981;THP-4120;NEED;Asthma, wakes at night;
TH0044120;Villar;Ana;02.05.1981;THP-4120;OBJECTIVE;Sleep through five nights;30.06.2026
TH0044391;Pruitt;Joan;17.11.1969;THP-4391;NEED;No heat in the bedroom;
"""


def outline(document: Document) -> dict:
    """Return a document's outline."""
    return json.loads(outliner("-").read(document).enclosures["outline"])


def sample(name: str) -> Document:
    """Return a shipped sample."""
    return Document((SAMPLES / name).read_bytes(), name)


@pytest.mark.parametrize(("name", "module", "least"), OURS)
def test_reads_ours(name, module, least):
    """A proposal reads most of the values that the profile written by hand reads."""
    text, _ = drafted([outline(sample(name))], "proposed", "mco-new")
    right, found = module.ADAPTER.read(sample(name)), live.adapter(text).read(sample(name))
    difference = Difference()
    difference.add(name, right, found)
    all_values = sum(1 for plan in right.plans for _ in values(plan))
    _, lost, changed = difference.totals()

    assert least <= 1 - (lost + changed) / all_values


@pytest.mark.parametrize("name", [name for name, _, _ in OURS])
def test_is_good(name):
    """A proposal has no fault."""
    text, _ = drafted([outline(sample(name))], "proposed", "mco-new")

    assert [] == [one for one in check(text) if one.severity == "wrong"]


def test_says_how_sure():
    """Each column of a proposal has its confidence and what it was guessed by."""
    text, _ = drafted([outline(Document(UNSEEN.encode(), "x.csv"))], "proposed", "mco-new")
    columns = text.partition("columns:\n")[2].partition("required:")[0].splitlines()

    assert all("# 0." in line or "what kind" in line for line in columns if line)


def test_unseen_table():
    """A table whose headings nobody wrote a profile for is read from its own names."""
    document = Document(UNSEEN.encode(), "x.csv")
    text, left = drafted([outline(document)], "proposed", "mco-new")
    first, second = live.adapter(text).read(document).plans

    assert [] == left
    assert ("Villar", "1981-05-02") == (first.member.name.family, first.member.birth_date)
    assert ("2026-06-30", 1) == (first.goals[0].due, len(second.concerns))


def test_unbound_is_told():
    """A column without a known name is listed and not bound."""
    document = Document(UNSEEN.replace("Description", "Zzyzx").encode(), "x.csv")
    text, left = drafted([outline(document)], "proposed", "mco-new")

    assert "Zzyzx" in left
    assert "#   Zzyzx" in text


@pytest.mark.parametrize("name", [name for name, _, _ in OURS if name.endswith((".csv", ".pdf"))])
def test_outline_is_discreet(name):
    """An outline of a table or of a form's fields holds no name, id or date of the member."""
    found = outline(sample(name))
    found.pop("lines", None)
    (module,) = [m for n, m, _ in OURS if n == name]
    plan = module.ADAPTER.read(sample(name)).plans[0]
    said = json.dumps(found)

    assert str(plan.member.name.family) not in said
    assert plan.member.identifiers[0].value not in said


NAMES = [
    ("Mbr ID", "member.identifiers.plan"),
    ("D.O.B.", "member.birth_date"),
    ("LAST_NAME", "member.name.family"),
    ("txtLastName", "member.name.family"),
    ("SCP member number", "member.identifiers.plan"),
    ("Medical Assistance number", "member.identifiers.medicaid"),
    ("In the member's own words", "own_words"),
    ("Batch note of the vendor", None),
]


@pytest.mark.parametrize(("label", "target"), NAMES)
def test_guess(label, target):
    """A label is taken for this field."""
    found = wording.guess(label, wording.singles())

    assert target == (found.target if found else None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["03/04/2026", "12/31/2026"], ["MDY"]),
        (["31.12.2026", "03.04.2026"], ["DMY"]),
        (["03/04/2026"], ["MDY"]),
        (["2026-04-03"], ["ISO"]),
        (["14 March 2026"], ["%d %B %Y"]),
        (["2026"], ["%Y"]),
        (["soon"], []),
    ],
)
def test_dates(said, expected):
    """Values that look like these are dates of these forms."""
    assert expected == forms([shape(said)])


def test_never_furniture():
    """What stands behind a label is never taken for print, though all samples say the same."""
    found = outline(sample("mco-keystone/okafor_care_plan.pdf"))
    text, _ = drafted([found, found], "proposed", "mco-new")
    printed = text.partition("furniture:")[2].partition("labels:")[0]

    assert "Okafor" not in printed
    assert ": " not in printed


CAREPLANS = """Id,START,STOP,PATIENT,CODE,DESCRIPTION
p1,2006-02-07,,TH0044120,718361005,Weight management program
p2,2016-10-25,2017-05-30,TH0044120,134435003,Routine care
"""


def test_columns_before_the_text():
    """In a table of one list, columns before the text are of it too; a bare text says which not."""
    text, _ = drafted([outline(Document(CAREPLANS.encode(), "x.csv"))], "proposed", "mco-new")
    lines = {line.strip().partition(":")[0]: line for line in text.splitlines()}

    assert "start:" in text.partition("rows:")[2] or "onset:" in text.partition("rows:")[2]
    assert "CHECK" in lines["description"]


def test_a_number_is_no_icd():
    """Codes that are long numbers are not proposed as ICD-10."""
    text, _ = drafted([outline(Document(CAREPLANS.encode(), "x.csv"))], "proposed", "mco-new")

    assert "icd10}" not in text


def test_several_files():
    """A zip of tables is refused with what to do: one file at a time, then `tables`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.csv", CAREPLANS)
    reading = outliner("-").read(Document(out.getvalue(), "x.zip"))

    assert [one.code for one in reading.findings] == ["several_files"]
    assert "`tables`" in reading.findings[0].message


AREAS = """Member ID;Last Name;DOB;Row Type;Description;Domain;Term;Funding Source
T1;Villar;02.05.1981;NEED;No heat in the bedroom;Social needs;;
T1;Villar;02.05.1981;GOAL;A warm room by winter;;Short-term;
T1;Villar;02.05.1981;ACTION;Heater;Social;;Flexible services
"""


def test_domain_term_and_funding():
    """Domain, term and funding are read where a column says them."""
    text, _ = drafted([outline(Document(AREAS.encode(), "x.csv"))], "proposed", "mco-new")
    plan = live.adapter(text).read(Document(AREAS.encode(), "x.csv")).plans[0]

    assert plan.concerns[0].domain == "social"
    assert plan.goals[0].term == "short"
    assert (plan.interventions[0].domain, plan.interventions[0].funding) == ("social", "flexible")


def test_a_heading_is_no_item():
    """A label called like a list whose items stand in a table is told as left, not bound."""
    table = ("t", [["Medication", "Dose"], ["Lisinopril 10 mg", "1 daily"]])
    items = [("p", "Care plan"), ("p", "Medications: as of today"), table]
    text, left = drafted([outline(Document(docx(items), "x.docx"))], "proposed", "mco-new")

    assert ("medications: Medications" in text, "Medications" in left) == (False, True)


def test_another_lists_word():
    """A column may be called after another list's items; a name that stands alone may not."""
    assert wording.within("Concern Status", "allergies") == "Status"
    assert wording.within("Concern Status", "allergies", alone=True) == "Concern Status"
