"""A letter without heading styles: declared headings, merged cells, lines of a cell, none."""

import pytest

from adapters.formats.office import OfficeReader
from adapters.profiles import ProfileError, load
from hub.canonical import Absent, Document, said
from tests.samples.make_office import docx, rtf, wp, wr, wtbl, wtc

PROFILE = """
profile: glen
version: "1"
sender: mco-glen
format: office
identify: {text: [Glen Letter]}
dates: [MDY, "%Y"]
absent: [no date yet]
required: [number]
sections:
  own_words: [In your own words]
  crisis_plan: [If it gets worse]
office:
  furniture: [Glen Letter]
  lists: {concerns: Health concerns, medications: Medicines}
  notes: [Agreement]
  labels:
    number: Member no
    words: {labels: Her story, lines: 4}
    address: {labels: Address, lines: 3}
    allergies: Allergies
  tables:
    goals: {key: goal, columns: {goal: Goal, due: By when, what: What}}
member:
  identifiers.plan: number
  addresses.home.lines: {from: address, transform: ["line:1", "split:,"]}
  addresses.postal.lines: {from: address, transform: ["line:2", "split:,"], optional: true}
plan: {preferences: words}
rows:
  - list: allergies
    none: [No known allergies]
    each_part: {allergies: ";"}
    fields:
      text: {from: allergies, transform: unbracketed}
      reaction: {from: allergies, transform: bracketed, optional: true}
  - list: concerns
    when: [concerns]
    fields:
      id: number
      text: {from: text, transform: ["before_last:,", unbracketed]}
      codes.0.code: {from: text, transform: ["before_last:,", bracketed, icd10], optional: true}
      onset: {from: text, transform: ["after_last:since ", date]}
  - list: goals
    when: [goals]
    fields:
      id: {from: goal, transform: "before:. "}
      text: {from: goal, transform: "after:. "}
      due: {from: due, transform: ["line:1", date], optional: true}
      status: {from: due, transform: ["line:2", lower], optional: true}
  - {list: interventions, when: [goals], serves: [goals], fields: {text: what}}
"""
BOLD = "<w:b/>"
BULLET = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
FIRST = [("p", "Glen Letter"), ("p", "Member no: G-4")]


def bold(text):
    """Return a paragraph in bold type."""
    return ("raw", f"<w:p><w:r><w:rPr>{BOLD}</w:rPr><w:t>{text}</w:t></w:r></w:p>")


def bullet(text):
    """Return a paragraph before which Word draws a bullet."""
    return ("raw", f"<w:p>{BULLET}<w:r><w:t>{text}</w:t></w:r></w:p>")


def broken(*lines):
    """Return one paragraph of several lines."""
    return wp("", runs="<w:r><w:br/></w:r>".join(map(wr, lines)))


def read(*items, make=docx, profile=PROFILE):
    """Return the reading of a letter of these items."""
    return OfficeReader(load(profile)).read(Document(make([*FIRST, *items])))


def plan(*items, **more):
    """Return the one plan of such a letter."""
    (found,) = read(*items, **more).plans
    return found


def told(reading):
    """Return the findings but for the headings that a short letter lacks."""
    return [one for one in reading.findings if one.code != "heading_not_found"]


CONCERNS = [("p", "1. Asthma (J45.40), since 2020"), ("p", "2. No ID card, since 2/3/2026")]


@pytest.mark.parametrize("make", [docx, rtf])
@pytest.mark.parametrize("heading", ["Health concerns", "HEALTH CONCERNS:", "Health Concerns :"])
def test_plain_heading(heading, make):
    """A paragraph that says just a declared heading opens its list, whatever it looks like."""
    reading = read(("p", heading), *CONCERNS, make=make)
    (found,) = reading.plans

    assert [(one.id, said(one.text), one.onset) for one in found.concerns] == [
        ("1", "Asthma", "2020"),
        ("2", "No ID card", "2026-02-03"),
    ]
    assert [one.code for one in found.concerns[0].codes] == ["J45.40"]
    assert (found.concerns[1].codes, found.residue, told(reading)) == ((), (), [])


def test_bullets_and_bold():
    """Each bullet that Word draws is an item; a list needs no rule of its own."""
    found = plan(bold("Medicines"), bullet("Aspirin 81 mg"), bullet("Insulin"))

    assert [said(one.text) for one in found.medications] == ["Aspirin 81 mg", "Insulin"]


def test_heading_in_a_sentence():
    """A sentence that only contains a declared heading is none."""
    found = plan(("p", "Medicines are below"), bullet("Aspirin 81 mg"))

    assert (found.medications, len(found.residue)) == ((), 2)


def test_list_ends():
    """A bold line that no profile names ends a list, what follows it is left, and both are told."""
    reading = read(bold("Medicines"), bullet("Aspirin"), bold("Helpers"), bullet("Ann Ray"))
    (found,) = reading.plans

    assert [said(one.text) for one in found.medications] == ["Aspirin"]
    assert [one.text for one in found.residue] == ["Helpers", "Ann Ray"]
    assert [(one.code, one.place.at) for one in told(reading)] == [("lines_left", "paragraph 3")]
    assert "2 further lines" in told(reading)[0].message


def test_no_marks():
    """A list whose lines have no marks is left, and the finding names the other way."""
    reading = read(("p", "Medicines"), ("p", "Aspirin"), ("p", "Insulin"))
    (found,) = reading.plans

    assert (found.medications, [one.text for one in found.residue]) == ((), ["Aspirin", "Insulin"])
    (finding,) = told(reading)
    assert (finding.severity, finding.code) == ("warning", "heading_without_items")
    assert "`sections`" in finding.message


def test_never_found():
    """A declared heading that stands nowhere is told by its name; one that stands there is not."""
    messages = [
        one.message
        for one in read(("p", "Agreement"), ("p", "Yes")).findings
        if one.code == "heading_not_found"
    ]

    assert [one.split(":")[0] for one in messages] == [
        "`concerns`",
        "`medications`",
        "`own_words`",
        "`crisis_plan`",
    ]


def test_section_by_paragraph():
    """Below a section's heading each line is an item, and the crisis plan is one text."""
    found = plan(
        ("p", "In your own words"),
        ("p", "I stay."),
        bold("If it gets worse"),
        ("p", "Call Ann."),
        ("p", "Then 911."),
        bold("Agreement"),
        ("p", "\u2612 May share"),
    )

    assert (found.own_words, said(found.crisis_plan)) == (("I stay.",), "Call Ann.\nThen 911.")
    assert [(n.section, n.text) for n in found.notes] == [("Agreement", "\u2612 May share")]
    assert found.residue == ()


def test_heading_over_a_table():
    """A declared heading over a table or a label holds no value itself and is not left over."""
    found = plan(("p", "Agreement"), ("p", "Allergies: Latex"), bold("Agreement"), goals())

    assert (found.notes, found.residue) == ((), ())


def test_initials_are_no_marks():
    """A section's paragraph that begins with somebody's initial keeps it."""
    found = plan(("p", "In your own words"), ("p", "A. is my best friend"))

    assert found.own_words == ("A. is my best friend",)


def test_label_ends_at_heading():
    """A label's lines end where a declared heading stands."""
    found = plan(("p", "Her story:"), ("p", "I stay."), ("p", "Medicines"), bullet("Aspirin"))

    assert (found.preferences, len(found.medications)) == (("I stay.",), 1)


def goals(*rows):
    """Return the table of goals as an item."""
    heads = [wtc(wp(one)) for one in ("Goal", "By when", "What")]
    return ("raw", wtbl([heads, *rows]))


DOWN, ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def merged(due="", due_look=ON):
    """Return rows of one goal that is merged over two interventions."""
    cells = [wtc(wp("1. Walk"), look=DOWN), wtc(broken("6/1/2026", "Open"), look=DOWN)]
    again = [wtc(wp(""), look=ON), wtc(wp(due), look=due_look), wtc(wp("Shoes"))]
    return [[*cells, wtc(wp("Class"))], again]


def test_merged_once():
    """A goal merged over two rows is one goal, and both interventions serve it."""
    reading = read(goals(*merged()))
    (found,) = reading.plans

    assert [(one.id, said(one.text), one.due, one.status) for one in found.goals] == [
        ("1", "Walk", "2026-06-01", "open")
    ]
    assert [(said(one.text), one.goals) for one in found.interventions] == [
        ("Class", ("1",)),
        ("Shoes", ("1",)),
    ]
    assert (told(reading), found.residue) == ([], ())


def test_merged_and_differs():
    """What a further row of one goal says otherwise is told and left for a person."""
    reading = read(goals(*merged("7/1/2026", "")))
    (found,) = reading.plans

    assert [one.due for one in found.goals] == ["2026-06-01"]
    assert [one.code for one in told(reading)] == ["rows_differ"]
    assert [one.text for one in found.residue] == ["7/1/2026"]


def test_repeated_id():
    """Rows with one id and the same words are one goal; with other words they are two, and told."""
    row = [wtc(wp("1. Walk")), wtc(wp("")), wtc(wp("Class"))]
    same = [wtc(wp("1. walk")), wtc(wp("")), wtc(wp("Shoes"))]
    other = [wtc(wp("1. Swim")), wtc(wp("")), wtc(wp("Pool"))]
    once, twice = read(goals(row, same)), read(goals(row, other))

    assert [said(one.text) for one in once.plans[0].goals] == ["Walk"]
    assert [one.goals for one in once.plans[0].interventions] == [("1",), ("1",)]
    assert [said(one.text) for one in twice.plans[0].goals] == ["Walk", "Swim"]
    assert [one.code for one in told(twice)] == ["same_id"]


def test_line_says_nothing():
    """A line that says nothing is there leaves its field out; the other line is read."""
    reading = read(
        goals([wtc(wp("1. Walk")), wtc(broken("no date yet", "Open")), wtc(wp("Class"))])
    )
    (found,) = reading.plans

    assert [(one.due, one.status) for one in found.goals] == [(None, "open")]
    assert (told(reading), found.residue) == ([], ())


@pytest.mark.parametrize(
    ("lines", "read_as"),
    [
        (["1 Elm St, Ely"], [("home", ("1 Elm St", "Ely"))]),
        (
            ["1 Elm St, Ely", "2 Oak St, Ely"],
            [("home", ("1 Elm St", "Ely")), ("postal", ("2 Oak St", "Ely"))],
        ),
    ],
)
def test_two_addresses(lines, read_as):
    """Each line of a cell is an address of its own; one that is not there is no fault."""
    cell = ("raw", wtbl([[wtc(wp("Address")), wtc(broken(*lines))]]))
    reading = read(cell)
    (found,) = reading.plans

    assert [(one.use, one.lines) for one in found.member.addresses] == read_as
    assert (told(reading), found.residue) == ([], ())


def test_none():
    """Words under `none` say that there are no allergies, and make no item."""
    reading = read(("p", "Allergies: No known allergies."))

    assert (reading.plans[0].allergies, told(reading)) == (Absent("none"), [])
    assert reading.plans[0].places["/allergies"].at == "paragraph 3"


def test_none_and_some():
    """Where an allergy is named beside, both are kept and a person is asked."""
    reading = read(("p", "Allergies: No known allergies; Latex (rash)"))
    (found,) = reading.plans

    assert [(said(one.text), one.reaction) for one in found.allergies] == [("Latex", "rash")]
    assert [one.code for one in told(reading)] == ["none_and_some"]
    assert [one.text for one in found.residue] == ["No known allergies"]


def test_parts():
    """A value is divided into items, and what stands in no brackets has no reaction."""
    found = plan(("p", "Allergies: Lisinopril (cough); Latex"))

    assert [(said(one.text), one.reaction) for one in found.allergies] == [
        ("Lisinopril", "cough"),
        ("Latex", None),
    ]
    assert found.residue == ()


def test_optional_is_not_lost():
    """A value of which every part is optional and none is there stays for a person."""
    text = PROFILE.replace('["line:1", "split:,"]}', '["line:3", "split:,"], optional: true}')
    found = plan(("p", "Address: 1 Elm St, Ely"), profile=text)

    assert [(one.label, one.text) for one in found.residue] == [("address", "1 Elm St, Ely")]


def box(marked, text, glyph="\u2713"):
    """Return a paragraph whose check box is a content control around a glyph of any kind."""
    state = f'<w14:checkbox><w14:checked w14:val="{marked}"/></w14:checkbox>'
    control = f"<w:sdt><w:sdtPr>{state}</w:sdtPr><w:sdtContent>{wr(glyph)}</w:sdtContent></w:sdt>"
    return ("raw", wp("", runs=control + wr(f" {text}")))


def test_control_boxes():
    """A check box that is a content control reads as a box, marked by its state."""
    found = plan(("p", "Agreement"), box(1, "took part"), box(0, "refused"))

    assert found.notes[0].text == "\u2612 took part\n\u2610 refused"


def test_marks_by_number():
    """Several marks where one is expected are named by their numbers, not by their words."""
    reading = read(("p", "Her story: \u2612 At home \u2610 Alone \u2612 With kin"))
    (finding,) = told(reading)

    assert "options 1 and 3 of 3" in finding.message
    assert "kin" not in finding.message


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('each_part: {allergies: ";"}', 'each_part: {words: ";"}', "rows.0.each_part"),
        ("{list: interventions, when", "{list: team, none: [x], when", "rows.3.none"),
    ],
)
def test_refused(old, new, key):
    """What divides nothing, or says none of a list that can't be, is refused by its key."""
    text = PROFILE.replace(old, new).replace(
        "serves: [goals], fields: {text: what}", "fields: {party.name: what}"
    )
    with pytest.raises(ProfileError) as caught:
        load(text)

    assert caught.value.key == key
