"""What a Word form must never say otherwise than it was written: boxes, tables within one grid."""

import pytest

from adapters.formats.office import OfficeReader
from adapters.profiles import load
from hub.canonical import Document, said
from tests.samples.make_office import docx

PROFILE = """
profile: fen
version: "1"
sender: mco-fen
format: office
identify: {text: [Fen Plan]}
office:
  furniture: [Fen Plan]
  labels: {number: Member no, alone: Lives alone}
  choices: {smokes: {asked: "Smokes?", options: {"yes": "Yes", "no": "No"}}}
  tables:
    goals: {key: goal, columns: {goal: My goal, due: By when}}
    meds: {key: drug, columns: {drug: Drug, dose: Dose}}
member: {identifiers.plan: number}
header: {program: alone, title: smokes}
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: due}}
  - {list: medications, when: [meds], fields: {text: drug, dose: dose}}
"""


def read(*items):
    """Return the reading of a form with these items in it."""
    words = [("p", "Fen Plan"), ("p", "Member no: F-1"), *items]
    return OfficeReader(load(PROFILE)).read(Document(docx(words)))


@pytest.mark.parametrize(
    "words",
    ["Yes \u2612 No \u2610", "Yes \u2610 No \u2612", "Yes \u2612 No \u2610 (with her son)"],
)
def test_boxes_behind_their_words(words):
    """An answer whose boxes stand behind their words is never read as its opposite."""
    reading = read(("p", f"Lives alone: {words}"), ("p", f"Smokes? {words}"))
    (plan,) = reading.plans

    assert (plan.header.program, plan.header.title) == (None, None)
    assert {one.code for one in reading.findings} == {"doubtful_field"}
    assert [words in said(one.text) for one in plan.residue] == [True, True]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("\u2612 Yes \u2610 No", "Yes"),
        ("\u2610 Yes \u2612 No", "No"),
        ("(one of) \u2610 Yes \u2612 No", "No"),
    ],
)
def test_boxes_before_their_words(words, answer):
    """The words behind the one marked box are the answer, as before."""
    reading = read(("p", f"Lives alone: {words}"), ("p", f"Smokes? {words}"))

    header = reading.plans[0].header
    assert (header.program, header.title, reading.findings) == (answer, answer.lower(), ())


def test_two_tables_in_one_grid():
    """Rows below the heads of another table are that table's, though one grid holds both."""
    rows = [["My goal", "By when"], ["Walk", "June"], ["Drug", "Dose"], ["Iron", "5 mg"]]
    reading = read(("t", [*rows, ["My goal", "By when"], ["Swim", "July"]]))
    (plan,) = reading.plans

    assert [(said(one.text), one.due) for one in plan.goals] == [("Walk", "June"), ("Swim", "July")]
    assert [(said(one.text), one.dose) for one in plan.medications] == [("Iron", "5 mg")]
    assert plan.residue == ()


def test_words_beside_an_empty_box():
    """What somebody wrote behind the colon of an option that is not marked is never lost."""
    words = "\u2612 Yes \u2610 No \u2610 Other: with a neighbour at times"
    (plan,) = read(("p", f"Lives alone: {words}")).plans

    assert plan.header.program == "Yes"
    assert [said(one.text) for one in plan.residue] == ["with a neighbour at times"]
