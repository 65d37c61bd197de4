"""Forms of blocks and cards: goals with labels in a line and marked lines, over a page break."""

from __future__ import annotations

import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, Plan, Reading, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  furniture: ["Form *"]
  labels:
    crisis: {labels: [Crisis Plan], lines: 4}
    own: {labels: [In my own words], lines: 3}
    person: {labels: Person, first: false}
  notes: [Consent]
  blocks:
    goals: {heading: "Goal *", columns: {concern: "Problem #", due: Target Date, status: Status}}
  lists: {acts: [Interventions]}
  cards: {team: {heading: Care Team, lines: [name, role], columns: {phone: Ph}}}
plan: {crisis_plan: crisis, own_words: own, risk.reason: person}
rows:
  - list: goals
    when: [goals]
    fields: {id: number, text: heading, due: {from: due, transform: date}, status: status}
  - list: interventions
    when: [acts]
    always: {responsible: mco}
    fields:
      text: {from: text, transform: "before: - "}
      party.name: {from: text, transform: ["after: - ", "before:, "]}
      frequency: {from: text, transform: ["after: - ", "after:, "]}
      goals: goals
  - list: team
    when: [team]
    fields: {party.name: name, role: role, party.phone: phone, involvement: {from: [role, phone]}}
"""
HEAD = """
#set page(width: 400pt, height: 260pt, margin: (x: 30pt, y: 40pt))
#set page(header: [Form 12], footer: context [Page #counter(page).display() of 2])
#set text(size: 9pt)
#set par(leading: 5pt, spacing: 7pt)
#let goal(n, words, due) = [
  Goal #n. #words \\
  #h(12pt) Problem \\#: #n #h(16pt) Target Date: #due #h(16pt) Status: Begun \\
  #h(12pt) Interventions:
]
#let act(words) = pad(left: 20pt, [• #words])
"""
GOALS = """
#goal(1, [Walk to the shop], [03/31/2027])
#act[Walk with a friend - Bo Ek, daily]
#act[Class - Care House, 2x a week, mornings]

#goal(2, [Sleep], [04/01/2027])
#act[Call the clinic - Ada Lind, weekly]
#pagebreak()
#act[Quiet room - Cy Dahl, one time]

#goal(3, [Eat well], [\\_\\_\\_\\_\\_\\_])
#act[Meals - County, 5 days a week]
"""
CARDS = """
Care Team
#v(4pt)
#grid(columns: (100pt, 100pt, 100pt), row-gutter: 16pt,
  [Ada Lind \\ Nurse \\ Ph: 555-0110], [Bo Ek \\ Doctor \\ Ph: 555-0111], [Cy Dahl \\ Friend],
  [Di Alm \\ Aunt \\ Ph: 555-0112])
"""


def read(body: str, head: str = HEAD) -> Reading:
    """Return the reading of a page with this body."""
    made = typst.compile((head + body).encode(), ignore_system_fonts=True, timestamp=0)
    return PdfReader(load(PROFILE)).read(Document(made, "try.pdf"))


def plan_of(body: str) -> Plan:
    """Return the plan of a page with this body."""
    return read(body).plans[0]


def test_blocks_with_lists_over_a_page_break() -> None:
    """Each heading is an item with its labels, and every marked line is linked to its own."""
    plan = plan_of(GOALS)

    assert [(one.id, said(one.text), one.due, one.status) for one in plan.goals] == [
        ("1", "Walk to the shop", "2027-03-31", "Begun"),
        ("2", "Sleep", "2027-04-01", "Begun"),
        ("3", "Eat well", None, "Begun"),
    ]
    assert [
        (said(one.text), one.party and one.party.name, one.frequency, one.goals, one.responsible)
        for one in plan.interventions
    ] == [
        ("Walk with a friend", "Bo Ek", "daily", ("1",), "mco"),
        ("Class", "Care House", "2x a week, mornings", ("1",), "mco"),
        ("Call the clinic", "Ada Lind", "weekly", ("2",), "mco"),
        ("Quiet room", "Cy Dahl", "one time", ("2",), "mco"),
        ("Meals", "County", "5 days a week", ("3",), "mco"),
    ]


def test_a_heading_that_goes_on_is_whole() -> None:
    """A heading of two lines is one text, less sure than one of a single line."""
    body = GOALS.replace("[Walk to the shop]", "[Walk to the shop \\ and back again]")
    plan = plan_of(body)

    assert said(plan.goals[0].text) == "Walk to the shop and back again"
    assert plan.places["/goals/0/text"].confidence < 0.9


def test_a_label_that_stands_twice_in_a_block_is_doubtful() -> None:
    """Two target dates in one block give none, and a person is told."""
    head = HEAD.replace("Status: Begun", "Target Date: 05/05/2027")
    reading = read(GOALS, head)

    assert [one.due for one in reading.plans[0].goals[:2]] == [None, None]
    assert any("`goals due` stands twice" in one.message for one in reading.findings)


def test_cards_side_by_side() -> None:
    """Each card is an item with its lines as fields, a label out of its order and left out."""
    plan = plan_of(CARDS)

    assert [
        (one.party and one.party.name, one.role, one.party and one.party.phone, one.involvement)
        for one in plan.team
    ] == [
        ("Ada Lind", "Nurse", "555-0110", "Nurse 555-0110"),
        ("Bo Ek", "Doctor", "555-0111", "Doctor 555-0111"),
        ("Cy Dahl", "Friend", None, "Friend"),
        ("Di Alm", "Aunt", "555-0112", "Aunt 555-0112"),
    ]


def test_ruled_cards() -> None:
    """A ruled cell is a card."""
    plan = plan_of(CARDS.replace("#grid(", "#table(").replace("row-gutter: 16pt,", ""))

    assert [one.party and one.party.name for one in plan.team] == [
        "Ada Lind",
        "Bo Ek",
        "Cy Dahl",
        "Di Alm",
    ]


def test_a_card_of_other_lines_is_left_to_a_person() -> None:
    """A card with a line more than the profile names is no item and a finding."""
    reading = read(CARDS.replace("Doctor", "Doctor \\ Clinic"))

    assert len(reading.plans[0].team) == 3
    assert any("`team card` has 3 lines" in one.message for one in reading.findings)


def test_a_value_of_lines_is_whole() -> None:
    """All lines of a crisis plan are taken, from one page to the next, the second wider."""
    body = """
#v(130pt)
Crisis Plan \\
If low \\
call his daughter first, then the line at night, then come in \\
#pagebreak()
Bo has a key.
#v(40pt)
Other words
"""
    assert plan_of(body).crisis_plan == (
        "If low call his daughter first, then the line at night, then come in Bo has a key."
    )


def test_a_value_longer_than_its_lines_is_doubtful() -> None:
    """A value with more lines than the profile bounds it to is no value, and is told."""
    reading = read("Crisis Plan \\\n one \\\n two \\\n three \\\n four \\\n five")

    assert reading.plans[0].crisis_plan is None
    assert any("may go on further" in one.message for one in reading.findings)


def test_a_value_that_stands_further_in() -> None:
    """A value right below its label is taken where it is indented."""
    plan = plan_of("In my own words \\\n #h(14pt) I want to cook.")

    assert plan.own_words == ("I want to cook.",)


def test_two_values_of_one_label_are_none() -> None:
    """A label that stands twice with two values gives neither, where its rule says so."""
    twice = "Person: Ada Lind\n\nSomething else\n\nPerson: Bo Ek"
    reading = read(twice)

    assert reading.plans[0].risk is None
    assert {said(one.text) for one in reading.plans[0].residue} >= {"Ada Lind", "Bo Ek"}


def test_a_note_keeps_figures_and_goes_over_the_page() -> None:
    """A line of figures is a part of its note, and a running foot does not end it."""
    plan = plan_of("Consent \\\n Score \\\n 14\n#pagebreak()\nSigned at home")

    assert [said(one.text) for one in plan.notes] == ["Score\n14\nSigned at home"]


TABLES = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
pdf:
  tables:
    one: {heading: "First *", key: act, columns: {act: What, who: Who}}
    four: {heading: "Fourth *", key: act, columns: {act: What, who: Who}}
rows:
  - {list: goals, when: [one], fields: {text: act, measure: who}}
  - {list: interventions, when: [four], fields: {text: act, party.name: who}}
"""


def test_tables_without_rules_are_told_apart_by_their_heading() -> None:
    """A table whose heading is not printed stays empty, and its heads elsewhere are told."""
    body = (
        "First goal\n#grid(columns: (120pt, 120pt), row-gutter: 6pt, [What], [Who], [Walk], [Bo])"
    )
    made = typst.compile((HEAD + body).encode(), ignore_system_fonts=True, timestamp=0)
    reading = PdfReader(load(TABLES)).read(Document(made, "try.pdf"))

    assert [said(one.text) for one in reading.plans[0].goals] == ["Walk"]
    assert not reading.plans[0].interventions
