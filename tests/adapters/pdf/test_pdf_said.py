"""What a rule says of a PDF's values as of a letter's: a line of a cell, parts, none, one item."""

import pytest

from adapters.formats.pdf.claims import Found
from adapters.formats.pdf.filling import fill
from adapters.formats.pdf.words import Word
from adapters.profiles import ProfileError, load
from hub.canonical import Absent, Place, said

PROFILE = load("""
profile: fen
version: "1"
sender: mco-fen
format: pdf
pdf: {labels: {address: Address, allergies: Allergies}}
member:
  addresses.home.lines: {from: address, transform: ["line:1", "split:,"]}
  addresses.postal.lines: {from: address, transform: ["line:2", "split:,"], optional: true}
rows:
  - {list: allergies, none: [None known], each_part: {allergies: ;}, fields: {text: allergies}}
  - {list: goals, when: [goals], fields: {id: number, text: text, due: due}}
""")
AT = Place("page 1", "page", "label")


def value(name, *lines):
    """Return a value printed in lines, a word for each."""
    words = tuple(Word(1, line, 10, 20 * n, 90, 20 * n + 10) for n, line in enumerate(lines))
    return Found(name, " ".join(lines), AT, words)


def test_line_of_a_cell():
    """Printed lines of a value are told apart by their heights."""
    plan = fill(PROFILE, {"address": value("address", "Elm,Ely", "Oak,Ely")}, {}).plan()

    assert [(one.use, one.lines) for one in plan.member.addresses] == [
        ("home", ("Elm", "Ely")),
        ("postal", ("Oak", "Ely")),
    ]


def test_parts_and_none():
    """A value is divided into items; the words under `none` say that there are none."""
    some = fill(PROFILE, {"allergies": value("allergies", "Latex;Nuts")}, {}).plan()
    none = fill(PROFILE, {"allergies": value("allergies", "None", "known.")}, {}).plan()

    assert [said(one.text) for one in some.allergies] == ["Latex", "Nuts"]
    assert none.allergies == Absent("none")


def test_one_id():
    """A row that says an item again adds what the first did not say, and what differs is told."""
    first = {"number": value("number", "1"), "text": value("text", "Walk")}
    further = {**first, "due": value("due", "2026-06-01")}
    later = {**first, "due": value("due", "2026-07-01")}
    draft = fill(PROFILE, {}, {"goals": [first, further, later]})
    (goal,) = draft.plan().goals

    assert (goal.id, goal.due) == ("1", "2026-06-01")
    assert [one.code for one in draft.findings] == ["rows_differ"]


SEVERAL = load("""
profile: fen
version: "1"
sender: mco-fen
format: pdf
pdf: {labels: {address: Address, first: First, second: Second}}
member:
  addresses.home.lines: {from: address, transform: ["line:1", "split:,"]}
  name.family: {from: [first, second], transform: "after:: ", optional: true}
rows:
  - list: goals
    when: [goals]
    always: {status: active}
    fields: {id: number, text: text, status: status}
""")


def test_lines_no_rule_took():
    """Of a value whose first line a rule takes, the other lines stay for a person."""
    plan = fill(SEVERAL, {"address": value("address", "Elm,Ely", "Oak,Ely")}, {}).plan()

    assert [(one.label, one.text) for one in plan.residue] == [("address", "Oak,Ely")]


def test_one_of_several_is_not_there():
    """Of several values that go into one field, one without the part stays, the other is read."""
    values = {"first": value("first", "Name: Ann"), "second": value("second", "n a")}
    plan = fill(SEVERAL, values, {}).plan()

    assert said(plan.member.name.family) == "Ann"
    assert [(one.label, one.text) for one in plan.residue] == [
        ("second", "n a"),
        ("first", "Name"),
    ]


def test_always_waits_for_every_row():
    """What every item of a rule has is set where no row of the item says it."""
    first = {"number": value("number", "1"), "text": value("text", "Walk")}
    further = {**first, "status": value("status", "completed")}
    other = {"number": value("number", "2"), "text": value("text", "Swim")}
    draft = fill(SEVERAL, {}, {"goals": [first, further, other]})

    assert [said(one.status) for one in draft.plan().goals] == ["completed", "active"]
    assert not draft.findings


@pytest.mark.parametrize("words", ["nonsense: x", "concerns: x"])
def test_always_nowhere(words):
    """What every item of a form's rule has must be a single field of the template."""
    text = """
profile: fen
version: "1"
sender: mco-fen
format: pdf
pdf: {lists: {goals: Goals}}
rows:
  - {list: goals, when: [goals], always: {%s}, fields: {text: text}}
"""

    assert load(text % "status: active")
    with pytest.raises(ProfileError, match=r"rows\.0\.always"):
        load(text % words)
