"""A cell of several paragraphs as several items, words that say nothing, a guessed family name."""

import pytest

from adapters.formats.office import OfficeReader
from adapters.formats.pdf import PdfReader
from adapters.profiles import ProfileError, load
from adapters.workshop.checking import check
from hub.canonical import Document, said
from tests.samples.make_office import docx, rtf, wp, wr, wtbl, wtc

PROFILE = """
profile: brook
version: "1"
sender: mco-brook
format: office
identify: {text: [Brook Plan]}
absent: ["-", n/a]
required: [number]
office:
  furniture: [Brook Plan, Team]
  labels: {name: Member, number: Member no, phone: Phone}
  tables:
    goals: {key: goal, columns: {goal: My goal, due: By when, what: What we will do}}
    team: {key: role, columns: {role: Role, who: Name, where: Where}}
member:
  name.family: {from: name, transform: "family:last"}
  name.given: {from: name, transform: "given:last"}
  identifiers.plan: number
  telecoms.phone: phone
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: {from: due, transform: "date:MDY"}}}
  - list: interventions
    when: [goals]
    serves: [goals]
    each_paragraph: what
    fields:
      text: {from: what, transform: unbracketed}
      party.name: {from: what, transform: [bracketed, "before:/"]}
      frequency: {from: what, transform: [bracketed, "after:/"]}
  - list: outcomes
    when: [goals]
    serves: [interventions]
    fields: {text: goal}
  - list: team
    when: [team]
    fields: {role: role, party.name: who, party.organization: where}
"""
WALK = "Walk with a friend (Me / 4 days a week)"
DIET = "Visits (MNT) (A. Brandt, RD / monthly x 6)"


def document(*cell, number="B-17", team=(("PCP", "Ann Ray", "-"),)):
    """Return a Word document whose one goal has the paragraphs of `cell`."""
    goals = [[wtc(wp(one)) for one in ("My goal", "By when", "What we will do")]]
    goals.append([wtc(wp("Walk to the shop")), wtc(wp("6/1/2026")), wtc(*cell)])
    heads = [[wtc(wp(one)) for one in ("Role", "Name", "Where")]]
    rows = heads + [[wtc(wp(one)) for one in row] for row in team]
    lines = ("Member: Joaqu\u00edn R. Amaro-Keating", f"Member no: {number}", "Phone: N/A")
    items = [("p", "Brook Plan"), *(("p", line) for line in lines)]
    return Document(docx([*items, ("raw", wtbl(goals)), ("p", "Team"), ("raw", wtbl(rows))]))


def read(*cell, **more):
    """Return the reading of such a document."""
    return OfficeReader(load(PROFILE)).read(document(*cell, **more))


def told(plan):
    """Return what the interventions of a plan say."""
    return [(said(one.text), one.party.name, one.frequency) for one in plan.interventions]


def test_each_paragraph():
    """Each paragraph of the cell is an item with its own who and how often."""
    reading = read(wp(WALK), wp(DIET))
    (plan,) = reading.plans

    assert told(plan) == [
        ("Walk with a friend", "Me", "4 days a week"),
        ("Visits (MNT)", "A. Brandt, RD", "monthly x 6"),
    ]
    assert (reading.findings, plan.residue) == ((), ())


def test_keeps_links():
    """Every item of the row is linked to the row's goal, and a later rule to every item."""
    (plan,) = read(wp(WALK), wp(DIET)).plans

    assert [one.goals for one in plan.interventions] == [(plan.goals[0].id,)] * 2
    assert plan.outcomes[0].interventions == tuple(one.id for one in plan.interventions)


def test_typed_bullets():
    """A line that begins with a typed bullet is an item; the bullet is no word of it."""
    line = "<w:r><w:br/></w:r>".join(wr(f"\u2022 {one}") for one in (WALK, DIET))
    (plan,) = read(wp("", runs=line)).plans

    assert [said(one.text) for one in plan.interventions] == ["Walk with a friend", "Visits (MNT)"]


def test_without_brackets():
    """A paragraph without brackets keeps its text, and a person is asked for the rest."""
    reading = read(wp(WALK), wp("Call the clinic"))
    (plan,) = reading.plans

    assert [said(one.text) for one in plan.interventions] == [
        "Walk with a friend",
        "Call the clinic",
    ]
    assert {one.code for one in reading.findings} == {"value_refused"}


def test_empty_paragraph():
    """An empty paragraph and one that says nothing make no item."""
    (plan,) = read(wp(WALK), wp(""), wp("-")).plans

    assert len(plan.interventions) == 1


def test_rest_of_paragraph_stays():
    """What no field took of a paragraph is residue."""
    (plan,) = read(wp("Walk (Me / daily / at noon)")).plans

    assert told(plan) == [("Walk", "Me", "daily / at noon")]
    text = PROFILE.replace('[bracketed, "after:/"]', '[bracketed, "after:/", "before:/"]')
    (less,) = OfficeReader(load(text)).read(document(wp("Walk (Me / daily / at noon)"))).plans
    assert "at noon" in less.residue[0].text


def test_absent():
    """A dash or `N/A` leaves its field empty, and nothing of it is residue."""
    reading = read(wp(WALK))
    (plan,) = reading.plans

    assert (plan.team[0].party.name, plan.team[0].party.organization) == ("Ann Ray", None)
    assert (plan.member.telecoms, plan.residue) == ((), ())
    assert reading.coverage.residue == 0


def test_absent_is_missing():
    """A required value that says nothing is there is missing."""
    reading = read(wp(WALK), number="n/a")

    assert [one.code for one in reading.findings if one.severity == "error"] == ["missing_number"]
    assert reading.plans == ()


def test_absent_row():
    """A row of nothing but such words is no item, and never an explicit absence."""
    (plan,) = read(wp(WALK), team=(("-", "n/a", "-"),)).plans

    assert plan.team == ()


def test_guessed_name():
    """The last word is the family name where the profile says so."""
    (plan,) = read(wp(WALK)).plans

    assert (plan.member.name.family, plan.member.name.given) == (
        "Amaro-Keating",
        ("Joaqu\u00edn R.",),
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("absent", "absent: [x]"),
        ("rows.0.each_paragraph", ""),
    ],
)
def test_of_forms_only(key, text):
    """A table's profile says neither; what is never heard is refused."""
    table = f"""
profile: t
version: "1"
sender: mco-t
format: csv
columns: {{member: [M], words: [W]}}
group_by: [member]
{text}
rows:
  - {{list: goals, {"" if text else "each_paragraph: words, "}fields: {{text: words}}}}
"""
    with pytest.raises(ProfileError) as caught:
        load(table)
    assert caught.value.key == key


def test_unused_paragraphs():
    """A column of paragraphs that fills no field is refused by its key."""
    with pytest.raises(ProfileError, match="taken from `due`"):
        load(PROFILE.replace("each_paragraph: what", "each_paragraph: due"))


def test_heard_in_word_only():
    """A PDF's profile is told that a PDF's cells have no paragraphs."""
    text = PROFILE.replace("format: office", "format: pdf").replace("office:\n", "pdf:\n")

    assert "in a PDF the whole cell is one item" in " ".join(one.message for one in check(text))
    assert PdfReader(load(text)).layout.tables


def test_rich_text():
    """Words that say nothing are none in Rich Text either."""
    items = [("p", "Brook Plan"), ("p", "Member: Ann Ray"), ("p", "Member no: B-17")]
    (plan,) = OfficeReader(load(PROFILE)).read(Document(rtf([*items, ("p", "Phone: n/a")]))).plans

    assert (plan.member.telecoms, plan.residue) == ((), ())
