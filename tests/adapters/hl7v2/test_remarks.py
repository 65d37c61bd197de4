"""Comments belong to the item above them; they go on or are fields by the profile's word alone."""

from dataclasses import replace

import pytest
from hl7_messages import codes, message, plan, read

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import load
from consent import Matter
from hub.canonical import said
from hub.labels import Source, label
from hub.withholding import withhold

PLAIN = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
sections: {concerns: [Problem], goals: [Goal], interventions: [Step]}
"""
SAYING = f"""{PLAIN}
dates: [MDY]
values:
  state: {{ACT: active, MET: met}}
  who: {{CM: mco}}
comments:
  continues: {{NTE-2: [C], NTE-4: [MORE]}}
  fields:
    concerns.status: {{from: ST, values: state}}
    goals.status: {{from: ST, values: state}}
    goals.due: {{from: TGT, transform: date}}
    interventions.party.name: WHO
    interventions.frequency: FREQ
    interventions.responsible: {{from: BY, values: who}}
    interventions.funding: PAID
"""
HOUSE = Hl7v2Reader(habits_of(load(PLAIN)))
SAYS = Hl7v2Reader(habits_of(load(SAYING)))
GOAL = "OBX|1|TX|G^Goal^L||Walk to the shop||||||F"
PROBLEM = "OBX|2|CE|P^Problem^L||I50.22^Weak heart^I10||||||F"
STEP = "OBX|3|TX|S^Step^L||Call weekly||||||F"
CUT = "OBX|1|TX|S^Step^L||Take a second pill (if up 3 lb||||||F"


def notes(found):
    """Return each note as its section and its words."""
    return [(said(one.section), said(one.text)) for one in found.notes]


def test_a_comment_is_about_the_coded_item_above():
    """A comment after a coded observation is about that one, by its name and its code."""
    found = plan(message(GOAL, "NTE|1||slowly", PROBLEM, "NTE|1||seen in March"), HOUSE)
    assert notes(found) == [
        ("About Goal: Walk to the shop", "slowly"),
        ("About Problem: Weak heart", "seen in March"),
    ]
    assert found.notes[1].code == found.concerns[0].codes[0]


@pytest.mark.parametrize(
    ("above", "section"),
    [
        (["OBX|2|RP|F^File^L||x.pdf||||||F"], "About File"),
        (["OBX|2|TX|N^Old^L||no||||||D"], "About Old"),
        (["OBX|2|TX|G^Goal^L||Swim~Run||||||F"], "About Goal"),
        (["OBX|2|TX|G^Goal^L||Swim||||||F", "OBX|3|TX|G^Goal^L||Run"], "About Goal: Run"),
        (["OBX|2|CE|P^Problem^L||A^One^L~B^Two^L||||||F"], "About Problem"),
        (["OBX|2|TX|S^Step^L||" + "word " * 30], "About Step:" + " word" * 30),
    ],
)
def test_a_comment_names_what_it_follows(above, section):
    """A comment names the one item of the segment above it, or what that segment is called."""
    found = plan(message(GOAL, *above, "NTE|1||later"), HOUSE)
    assert notes(found)[-1] == (section, "later")


@pytest.mark.parametrize(
    "comment", ["NTE|1|C|or 5 lb in a week)", "NTE|1||or 5 lb in a week)|MORE"]
)
def test_text_goes_on_by_the_profiles_word(comment):
    """A comment of a declared kind is the rest of the text above it, of text and of code alike."""
    found = plan(message(CUT, comment, PROBLEM, "NTE|1|C|on the left"), SAYS)
    assert said(found.interventions[0].text) == (
        "Take a second pill (if up 3 lb or 5 lb in a week)"
    )
    assert said(found.concerns[0].text) == "Weak heart on the left"
    assert (notes(found), found.residue) == ([], ())


def test_a_comment_goes_with_a_withheld_item():
    """A note names its item in all its words, so that it is withheld where the item is."""
    labels = {Matter("sud", "unknown", "unknown")}
    text = "Stay with the clinic " + "every week " * 12
    found = plan(message(f"OBX|1|TX|G^Goal^L||{text}||||||F", "NTE|1||missed once"), HOUSE)
    goal = replace(found.goals[0], labels=("sud",))
    marked = label(replace(found, goals=(goal,)), Source())
    assert "/notes/0" in withhold(found, marked, labels).pointers


def test_a_comment_goes_on_with_a_comment():
    """A comment that goes on stands in the note above it."""
    found = plan(message(GOAL, "NTE|1|R|Labs were", "NTE|2|C|taken"), SAYS)
    assert notes(found) == [("About Goal: Walk to the shop", "Labs were taken")]


def test_nothing_is_joined_by_a_guess():
    """Without the profile's word a text that breaks off stays so, and a person is told."""
    found = read(message(CUT, "NTE|1|C|or 5 lb in a week)"), HOUSE)
    (only,) = found.plans
    assert said(only.interventions[0].text) == "Take a second pill (if up 3 lb"
    assert notes(only) == [("About Step: Take a second pill (if up 3 lb", "or 5 lb in a week)")]
    assert ("text_may_go_on", "NTE-3") in codes(found)


def test_nothing_above_can_go_on():
    """A comment that goes on with nothing is a note, with a finding."""
    found = read(message("NTE|1|C|and so on", GOAL), SAYS)
    assert notes(found.plans[0]) == [("About the member", "and so on")]
    assert ("nothing_to_go_on", "NTE-3") in codes(found)


def test_labelled_parts_are_fields():
    """The labelled parts of a comment fill the item above, each with its place; the rest stays."""
    found = plan(
        message(
            PROBLEM,
            "NTE|1|L|ST: ACT",
            GOAL,
            "NTE|1|L|TGT: 06/30/2026  ST: MET",
            STEP,
            "NTE|1|L|by phone; WHO: A KOCH LPC  FREQ: weekly BY: CM",
        ),
        SAYS,
    )
    concern, goal, step = found.concerns[0], found.goals[0], found.interventions[0]
    assert (concern.status, goal.status, goal.due) == ("active", "met", "2026-06-30")
    assert (step.party.name, step.frequency, step.responsible) == ("A KOCH LPC", "weekly", "mco")
    assert notes(found) == [("About Step: Call weekly", "by phone;")]
    assert found.places["/interventions/0/party/name"].at == "NTE[3]-3"


@pytest.mark.parametrize(
    ("above", "comment", "code", "left"),
    [
        (GOAL, "TGT: open ST: ACT", "odd_value", "TGT: open"),
        (GOAL, "ST: GONE", "odd_value", "ST: GONE"),
        (GOAL, "ST: ACT ST: MET", "stands_twice", "ST: MET"),
        (STEP, "PAID: by nobody", "bad_value", "PAID: by nobody"),
        (STEP, "TGT: 06/30/2026", None, "TGT: 06/30/2026"),
        (STEP, "LAST: call", None, "LAST: call"),
    ],
)
def test_what_fits_no_field_stays_a_note(above, comment, code, left):
    """A part of no field, or that its field does not take, stays in the note with its label."""
    found = read(message(above, f"NTE|1|L|{comment}"), SAYS)
    assert [words for _, words in notes(found.plans[0])] == [left]
    assert [one for one, at in codes(found) if at == "NTE-3"] == ([code] if code else [])


def test_labels_under_a_problem_segment():
    """The parts of a comment under PRB and GOL fill these too."""
    segments = ["PRB|AD|20260301|P^Weak heart^L|1", "NTE|1|L|ST: ACT", "GOL|AD|20260301|G^Walk^L|2"]
    found = plan(message(*segments, "NTE|1|L|TGT: 06/30/2026", kind="PPR^PC1"), SAYS)
    assert (found.concerns[0].status, found.goals[0].due) == ("active", "2026-06-30")


@pytest.mark.parametrize(
    ("text", "status", "left"),
    [
        ("ST: ACT  Owner: J. Doe", "active", "Owner: J. Doe"),
        ("ST: ACT; Owner: J. Doe", "active", "Owner: J. Doe"),
        ("ST: ACT OWN: J. Doe", "active", "OWN: J. Doe"),
        ("ST: ACT  Care team lead: J. Doe  TGT: 1/2/2026", "active", "Care team lead: J. Doe"),
        ("ST: ACT", "active", None),
        ("ST: -", None, "ST: -"),
    ],
)
def test_a_label_nobody_declared(text, status, left):
    """A label that no rule names ends the value before it, and stays a note with its words."""
    (goal,) = (found := plan(message(GOAL, f"NTE|1||{text}"), SAYS)).goals

    assert (status, [left] if left else []) == (goal.status, [words for _, words in notes(found)])


@pytest.mark.parametrize(
    "words",
    ["daily at 10:30", "1:2 support", "see https://x.example", "ratio 3:1; at 9:00", "a: b"],
)
def test_no_label(words):
    """A time, a ratio, an address and a small letter are no labels: the value goes on."""
    found = plan(message(GOAL, STEP, f"NTE|1||FREQ: {words}"), SAYS)

    assert (found.interventions[0].frequency, notes(found)) == (" ".join(words.split()), [])


def test_a_part_of_a_comment():
    """Two fields may share a labelled part; what neither takes stays a note with the label."""
    both = """    interventions.party.name: {from: WHO, transform: "before:;"}
    interventions.party.phone: {from: WHO, transform: ["after:;", first]}"""
    reader = Hl7v2Reader(habits_of(load(SAYING.replace("    interventions.party.name: WHO", both))))
    found = plan(message(STEP, "NTE|1||WHO: Ann Ray; 555-0112 evenings"), reader)

    party = found.interventions[0].party
    assert (party.name, party.phone) == ("Ann Ray", "555-0112")
    assert [words for _, words in notes(found)] == ["WHO: evenings"]


BULLETS = Hl7v2Reader(
    habits_of(load(PLAIN.replace("goals: [Goal]", "goals: [GOALS]") + "sub_ids: plain\n"))
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Owner: J. Doe", (["Walk daily", "Sleep"], ["Owner: J. Doe\nby phone"])),
        ("Red flags: pain", (["Walk daily", "Sleep"], ["Red flags: pain\nby phone"])),
        ("with Ann", (["Walk daily with Ann by phone", "Sleep"], [])),
        ("10:30 at the park", (["Walk daily 10:30 at the park by phone", "Sleep"], [])),
    ],
)
def test_a_label_below_a_bullet(line, expected):
    """A line with a label of its own does not go on with the bullet above it."""
    lines = f"GOALS~- Walk daily~{line}~by phone~- Sleep"
    found = plan(message(f"OBX|1|TX|T^Plan^L||{lines}||||||F"), BULLETS)

    assert expected == ([said(one.text) for one in found.goals], [w for _, w in notes(found)])
    assert {section for section, _ in notes(found)} <= {"About GOALS: Walk daily"}


def test_a_label_below_a_text_of_one_id():
    """Lines under one sub-id are one item, up to a line with a label of its own."""
    lines = [f"OBX|{n}|TX|S^Step^L|7|{t}||||||F" for n, t in enumerate(["Call", "weekly", "By: J"])]
    found = plan(message(*lines), BULLETS)

    assert [said(one.text) for one in found.interventions] == ["Call weekly"]
    assert notes(found) == [("About Step: Call weekly", "By: J")]
