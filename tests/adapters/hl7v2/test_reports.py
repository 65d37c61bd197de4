"""Report text in messages: sections end where they end; its tables and blocks are items."""

import pytest
from hl7_messages import message, plan

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import ProfileError, load
from adapters.workshop.checking import check
from hub.canonical import Absent, Document

HEAD = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
identify: {facility: [MEADOW]}
"""
TEXT = [
    "MEDICATIONS",
    "iron 20 mg daily",
    "salt at meals",
    "",
    "CARE TEAM",
    "Ann Ray, RN",
    "",
    "CRISIS / BACKUP PLAN",
    "Call Ann first.",
]


def house(more):
    """Return a reader with more habits."""
    return Hl7v2Reader(habits_of(load(HEAD + more)))


def typed(lines):
    """Return a text as one OBX for each line."""
    return [f"OBX|{n}|TX|R^Report^L||{line}||||||F" for n, line in enumerate(lines, 1)]


def broken(lines):
    """Return a text as one FT with its line breaks."""
    return ["OBX|1|FT|R^Report^L||" + "\\.br\\".join(lines) + "||||||F"]


def parted(lines):
    """Return a text as one FT for each part between empty lines."""
    parts = "\n".join(lines).split("\n\n")
    return [
        f"OBX|{n}|FT|R^Report^L|{n}|" + part.replace("\n", "\\.br\\") + "||||||F"
        for n, part in enumerate(parts, 1)
    ]


def document(content):
    """Return bytes as a document."""
    return Document(content, "x.hl7", "", "")


WAYS = pytest.mark.parametrize("way", [typed, broken, parted])


@WAYS
def test_a_section_ends_at_the_next_heading(way):
    """One declared section does not take what stands under headings that nobody declared."""
    found = plan(message(*way(TEXT)), house("sections: {medications: [MEDICATIONS]}"))
    assert [one.text for one in found.medications] == ["iron 20 mg daily", "salt at meals"]
    assert [(one.section, one.text) for one in found.notes] == [
        ("CARE TEAM", "Ann Ray, RN"),
        ("CRISIS / BACKUP PLAN", "Call Ann first."),
    ]


def test_capitals_say_nothing_where_all_is_in_capitals():
    """In a text all in capitals a line in capitals after an empty line is an item, no heading."""
    lines = ["GOALS", "", "WALK DAILY", "", "EAT WELL"]
    found = plan(message(*broken(lines)), house("sections: {goals: [GOALS]}"))
    assert [one.text for one in found.goals] == ["WALK DAILY", "EAT WELL"]


@WAYS
def test_a_team_section(way):
    """A section of the team makes a person of each line."""
    found = plan(message(*way(TEXT)), house("sections: {team: [CARE TEAM]}"))
    assert [one.party.name for one in found.team] == ["Ann Ray, RN"]


@pytest.mark.parametrize("name", ["coverage", "team.role", "own_words.text"])
def test_a_section_that_opens_nothing(name):
    """A section of what is no list is refused by its name, when loaded and by `check`."""
    text = f"{HEAD}sections: {{{name}: [PLAN]}}\n"
    with pytest.raises(ProfileError, match=name.replace(".", r"\.")):
        habits_of(load(text))
    wrong = [one.key for one in check(text) if one.severity == "wrong"]
    assert wrong == [f"sections.{name}"]


REPORT = """
dates: [MDY]
sections: {crisis_plan: [CRISIS / BACKUP PLAN], own_words: [STATEMENT]}
report:
  furniture: ["FORM-2 PAGE * OF *", "* (CONTINUED)"]
  tables:
    problems: {heading: PROBLEMS, key: nr, columns: {nr: "#", what: PROBLEM, code: ICD10}}
    drugs: {key: drug, columns: {drug: DRUG, dose: DOSE, often: FREQ, comment: COMMENT}}
  blocks:
    goals: {heading: "GOAL *", columns: {problem: "FOR PROB #", due: TARGET, state: STATUS}}
  lines:
    acts: {heading: GOALS, between: /, columns: [what, who, often]}
    people: {heading: CARE TEAM, columns: [name, role, phone]}
    allergies: {heading: ALLERGIES, each: ",", columns: [to]}
rows:
  - list: concerns
    when: [problems]
    fields: {id: nr, text: what, codes.0.code: {from: code, transform: icd10}}
  - list: goals
    when: [goals]
    fields:
      id: number
      text: heading
      concerns: problem
      due: {from: due, transform: date}
      status: state
  - list: interventions
    when: [acts]
    fields: {text: what, party.name: who, frequency: often, goals: goals}
  - list: medications
    when: [drugs]
    fields: {text: drug, dose: {from: [dose, often]}, status: comment}
  - {list: team, when: [people], fields: {party.name: name, role: role, party.phone: phone}}
  - {list: allergies, when: [allergies], fields: {text: {from: to, transform: unbracketed}}}
"""
LAID_OUT = [
    "PROBLEMS",
    "#  PROBLEM                 ICD10",
    "-- ----------------------- --------",
    "1  Asthma, mild,           J45.20",
    "   since childhood",
    "2  Fall at home            W19.XXXA",
    "",
    "GOALS",
    "GOAL 1: Walk to the shop",
    "  FOR PROB #2   TARGET: 12/15/2026   STATUS: ONGOING",
    "  1a. Walking w/ a friend / Meadow Home Care /",
    "      daily",
    "  1b. Alarm / Meadow / 24/7",
    "GOAL 2: No attack",
    "  FOR PROB #9   TARGET: TBD   STATUS: NEW",
    "",
    "DRUGS",
    "DRUG       DOSE   FREQ    COMMENT",
    "---------- ------ ------- ----------",
    "iron       20 mg  daily",
    "",
    "FORM-2                        PAGE 1 OF 2",
    "PUBLIC, PAT  000417  (CONTINUED)",
    "",
    "salt       1 g    daily   D/C FALLS",
    "",
    "ALLERGIES: EGG (rash, mild), TAPE",
    "",
    "CARE TEAM",
    "  Ann Ray RN     Nurse      555-0100",
    "  Amos & Leah    Parents",
    "",
    "CRISIS / BACKUP PLAN",
    "- Call Ann, then on-",
    "  call 555-0101.",
    "- Ask for quiet.",
]


def laid_out(way, lines=LAID_OUT):
    """Return the plan of a text laid out as a report."""
    escaped = [line.replace("&", "\\T\\") for line in lines]
    return plan(message(*way(escaped)), house(REPORT))


@WAYS
def test_a_report_reads_the_same_however_it_is_sent(way):
    """Tables, blocks and lines of a report become items: by line, with breaks, or by section."""
    found = laid_out(way)
    assert [(one.id, one.text, one.codes[0].code) for one in found.concerns] == [
        ("1", "Asthma, mild, since childhood", "J45.20"),
        ("2", "Fall at home", "W19.XXXA"),
    ]
    assert [(one.text, one.concerns, one.due, one.status) for one in found.goals] == [
        ("Walk to the shop", ("2",), "2026-12-15", "ONGOING"),
        ("No attack", (), None, "NEW"),
    ]
    assert [(i.text, i.party.name, i.frequency, i.goals) for i in found.interventions] == [
        ("Walking w/ a friend", "Meadow Home Care", "daily", ("1",)),
        ("Alarm", "Meadow", "24/7", ("1",)),
    ]
    assert [(one.text, one.dose, one.status) for one in found.medications] == [
        ("iron", "20 mg daily", None),
        ("salt", "1 g daily", "D/C FALLS"),
    ]
    assert [one.text for one in found.allergies] == ["EGG", "TAPE"]
    assert [(one.party.name, one.role, one.party.phone) for one in found.team] == [
        ("Ann Ray RN", "Nurse", "555-0100"),
        ("Amos & Leah", "Parents", None),
    ]
    assert found.crisis_plan == "Call Ann, then on-call 555-0101.\nAsk for quiet."


def test_what_no_rule_takes_of_a_report_stays():
    """A date that is none, and what a transform cut off, are notes about their item."""
    kept = {(one.section, one.text) for one in laid_out(broken).notes}
    assert {("About No attack", "due: TBD"), ("About EGG", "to: (rash, mild)")} <= kept


def test_a_line_over_the_edge_of_a_column_waits():
    """A row whose words stand over a column's edge is no item: it is told, and stays a note."""
    lines = ["PROBLEMS", "#  PROBLEM  ICD10", "-- -------- -----", "1  Asthma of a child J45"]
    reading = house(REPORT).read(document(message(*broken(lines))))
    assert "doubtful_field" in {one.code for one in reading.findings}
    (one,) = reading.plans
    assert one.concerns == ()
    assert "Asthma of a child J45" in one.notes[0].text


def test_no_known_allergy():
    """NKDA is no allergy: it says that none is known."""
    assert laid_out(broken, ["ALLERGIES: NKDA"]).allergies == Absent("none")


def test_what_matched_nothing_is_told():
    """A declared part of the report that is not in a message is told by its key."""
    reading = house(REPORT).read(document(message(*broken(["ALLERGIES: NKDA"]))))
    told = [one.message for one in reading.findings if one.code == "nothing_matched"]
    assert len(told) == 5
    assert "`report.blocks.goals`" in told[0]


LINES = "report: {lines: {x: {heading: X, columns: [a]}}}\n"


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("report: {tables: {x: {key: a, columns: {b: [B]}}}}", r"report\.tables\.x\.key"),
        ("report: {chapters: {}}", "report"),
        (
            LINES + "rows: [{list: goals, when: [x], fields: {text: b}}]",
            r"rows\.0\.text",
        ),
    ],
)
def test_what_no_report_can_be(more, key):
    """A report that is shaped otherwise, or a rule without its column, is refused by name."""
    with pytest.raises(ProfileError, match=key):
        house(more)


def test_an_orders_own_fields():
    """How often, who does it and the phone of a role are read; a declared code is a medicine."""
    order = "OBR|1|T1||{}^L|||20261015" + "|" * 20 + "^weekly" + "|" * 7 + "9^Hake^Ty"
    lines = [
        "PRB|AD|20261015|F25.1^Low mood^I10|B1",
        "ROL|1|AD|JC^Job coach^L|9^Hake^Ty||||||||570-555-0815",
        "GOL|AD|20261015|G^Work^L|G1||1|20261015|20270401|||I^Improving^L",
        "ORC|NW|T1",
        order.format("SE^Coaching"),
        "ORC|NW|T2||||||^every 4 weeks",
        "OBR|2|T2||MED^Iron^L|||20261015",
    ]
    found = plan(message(*lines, kind="PPR^PC1"), house("sections: {medications: [MED]}"))
    (done,) = found.interventions
    assert (done.text, done.frequency, done.party.name) == ("Coaching", "weekly", "Ty Hake")
    assert [one.text for one in found.medications] == ["Iron"]
    assert found.goals[0].status == "Improving"
    assert [one.party.phone for one in found.team] == ["570-555-0815"]
