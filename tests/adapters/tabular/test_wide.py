"""Wide tables: numbered groups of columns, cells of several items, consents a column states."""

import pytest

from adapters.formats.tabular import TabularReader
from adapters.formats.tabular.dividing import is_list, parts
from adapters.profiles import ProfileError, load
from hub import doubting
from hub.canonical import Absent, Document
from hub.canonical.place import refusal_day

PROFILE = """
profile: heath
version: "1"
sender: mco-heath
format: csv
columns:
  id: [Member]
  last: [Last]
  problem: ["Problem {n}"]
  goal: ["Goal {n}"]
  goal_problem: ["Goal {n} Prob#"]
  goal_due: ["Goal {n} By"]
  steps: ["Goal {n} Steps"]
  meds: [Meds]
  allergies: [Allergies]
  consent: [Release]
  signed: [Signed]
widths: {id: 4}
required: [id]
group_by: [id]
dates: ["%m/%d/%y"]
century: {goal_due: 2000, signed: 2000, meds: 2000}
member: {identifiers.plan: id, name.family: last}
rows:
  - {list: concerns, always: {id: "{n}"}, fields: {text: problem}}
  - list: goals
    always: {id: "{n}"}
    fields: {text: goal, concerns: goal_problem, due: {from: goal_due, transform: date}}
  - list: interventions
    serves: [goals]
    each: {from: steps, divider: ";"}
    fields:
      text: {from: steps, transform: "unbracketed:[]"}
      frequency: {from: steps, holding: "[", transform: ["bracketed:[]", "last:, "]}
  - list: medications
    each: {from: meds, divider: ";"}
    fields:
      text: {from: meds, transform: unbracketed}
      end: {from: meds, holding: "(DC", transform: [ended, date]}
  - list: allergies
    none: [NKA]
    each: {from: allergies, divider: ";"}
    fields: {text: {from: allergies, transform: "until: - "}}
stated_consents:
  - {from: consent, label: sud, refused: ["No"], given: ["Yes"], unsaid: [n/a], signed_on: signed}
"""
ROW = {
    "Member": "0417",
    "Last": "Aspen",
    "Problem 1": "Asthma",
    "Problem 2": "No heat",
    "Goal 1": "Walk",
    "Goal 1 Prob#": "2",
    "Goal 1 By": "3/1/27",
    "Goal 1 Steps": "Call [Ann (RN; days), weekly]; Visit",
    "Goal 2": "Warm room",
    "Goal 2 Prob#": "1",
    "Goal 2 Steps": "Apply [CHW, once]",
    "Meds": "Aspirin 81 mg; Disulfiram 250 mg (DC 9/30/26 rash); Zinc",
    "Allergies": "NKA",
    "Release": "Yes",
    "Signed": "10/6/26",
}


def read(profile=PROFILE, **changed):
    """Return the reading of a table of one row with some of its cells changed."""
    row = {**ROW, **{name.replace("_", " "): words for name, words in changed.items()}}
    lines = [",".join(f'"{one}"' for one in cells) for cells in (row, row.values())]
    return TabularReader(load(profile)).read(Document("\n".join(lines).encode()))


def waiting(reading):
    """Return why the values of the only plan wait for a person."""
    found = doubting.doubts(reading.plans[0], reading.findings, 0.9)
    return [one.because for one in found.waiting]


def codes(reading):
    """Return the code of each finding."""
    return [one.code for one in reading.findings]


def test_groups():
    """Each number of a group makes its items, linked to the items of the same number."""
    plan = read().plans[0]
    names = {goal.id: goal.text for goal in plan.goals}

    assert [(one.id, one.text) for one in plan.concerns] == [("1", "Asthma"), ("2", "No heat")]
    assert [(one.text, one.concerns, one.due) for one in plan.goals] == [
        ("Walk", ("2",), "2027-03-01"),
        ("Warm room", ("1",), None),
    ]
    assert [(one.text, [names[g] for g in one.goals]) for one in plan.interventions] == [
        ("Call", ["Walk"]),
        ("Visit", ["Walk"]),
        ("Apply", ["Warm room"]),
    ]


def test_wider():
    """A file with one more group is read by the same profile."""
    plan = read(Goal_3="Sleep", Goal_3_Steps="Diary", Goal_12="Rest").plans[0]

    assert [(one.id, one.text) for one in plan.goals][2:] == [("3", "Sleep"), ("12", "Rest")]
    assert plan.interventions[-1].goals == ("3",)


def test_steps_without_goal():
    """Steps of a group whose goal is empty link to no other group's goal."""
    plan = read(Goal_2="", Goal_2_Prob="").plans[0]

    assert plan.interventions[-1].text == "Apply"
    assert plan.interventions[-1].goals == ()


def test_parts():
    """Every part of a list is an item, with the number of the part in its place."""
    reading = read()
    plan = reading.plans[0]

    assert [(one.text, one.end) for one in plan.medications] == [
        ("Aspirin 81 mg", None),
        ("Disulfiram 250 mg", "2026-09-30"),
        ("Zinc", None),
    ]
    assert plan.places["/medications/2/text"].at == "row 2, column Meds, part 3"
    assert {one.text for one in plan.residue} == {"Ann (RN; days)", "CHW", "rash"}
    assert waiting(reading) == []


def test_brackets_hold_together():
    """A divider within brackets divides nothing, unless the bracket is never closed."""
    assert parts("Call (a; b); Visit [c; d]", ";") == ["Call (a; b)", "Visit [c; d]"]
    assert parts("Call (a; b; c", ";") == ["Call (a", "b", "c"]
    assert parts(" ; a ;; b", ";") == ["a", "b"]


def test_part_refused():
    """A part that a rule refuses is residue of its own, told with its cell, and the plan waits."""
    profile = PROFILE.replace("transform: unbracketed}", 'transform: "before: "}')
    reading = read(profile)
    found = next(one for one in reading.findings if one.code == "list_in_part")

    assert [one.text for one in reading.plans[0].medications] == ["Aspirin", "Disulfiram"]
    assert "Zinc" in [one.text for one in reading.plans[0].residue]
    assert found.place.at == "row 2, column Meds, part 3"
    assert waiting(reading) == ["unread"]


def test_list_without_each():
    """A list of which rules without `each` take only a part waits for a person."""
    rule = 'each: {from: meds, divider: ";"}\n    fields:\n'
    fields = '      text: {from: meds, transform: "before:;"}\n'
    at = PROFILE.index(rule)
    end = PROFILE.index("  - list: allergies")
    profile = f"{PROFILE[:at]}fields:\n{fields}{PROFILE[end:]}"
    reading = read(profile)

    assert [one.text for one in reading.plans[0].medications] == ["Aspirin 81 mg"]
    assert codes(reading).count("list_in_part") == 1
    assert waiting(reading) == ["unread"]


def test_looks_like_a_list():
    """Only words on both sides of a sign make a list."""
    assert is_list("a; b")
    assert is_list("a\nb")
    assert not is_list("a;")
    assert not is_list("a, b")


def test_several_goals_of_a_row():
    """Without a group, what serves the goals of a row is linked to all of them."""
    profile = PROFILE.replace('["Goal {n} Steps"]', "[Meds]").replace(
        "from: steps, holding", "from: meds, holding"
    )
    reading = read(profile)

    assert {one.goals for one in reading.plans[0].interventions} == {("1", "2")}


def test_only_a_link():
    """A row whose only value for a rule is a link makes no item, and the value is kept."""
    profile = PROFILE.replace('always: {id: "{n}"}\n    fields: {text: goal', "fields: {text: goal")
    reading = read(profile, Goal_2="", Goal_2_Steps="")
    plan = reading.plans[0]

    assert [one.text for one in plan.goals] == ["Walk"]
    assert ("Goal 2 Prob#", "1") in [(one.label, one.text) for one in plan.residue]


def test_none_in_a_divided_cell():
    """Words that say that there is none are heard in a cell that may hold several items."""
    assert read().plans[0].allergies == Absent("none")
    assert [one.text for one in read(Allergies="Sulfa - rash; Egg").plans[0].allergies] == [
        "Sulfa",
        "Egg",
    ]


@pytest.mark.parametrize(
    ("answer", "code", "day"),
    [
        ("Yes", "consent_not_registered", None),
        ("No", "refusal_stated", "2026-10-06"),
        ("n/a", None, None),
        ("Maybe", "consent_not_understood", "2026-10-06"),
    ],
)
def test_consent(answer, code, day):
    """What a column states is a note; a refusal or an unknown answer holds the plan."""
    reading = read(Release=answer)
    plan = reading.plans[0]

    assert plan.notes[0].text.startswith(f"Release: {answer}")
    assert plan.notes[0].labels == ("sud",)
    assert refusal_day(plan.places["/notes/0/text"]) == day
    assert [one for one in codes(reading) if "consent" in one or "refusal" in one] == [code] * bool(
        code
    )


def test_missing_group():
    """A required group that no heading has is told by the heading of its first."""
    profile = PROFILE.replace("required: [id]", "required: [id, goal]")
    profile = profile.replace('goal: ["Goal {n}"]', 'goal: ["Aim {n}"]')
    reading = read(profile)

    assert "expected `Aim 1`" in reading.findings[-1].message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name.family: last", "name.family: goal", "only `rows` can take it"),
        ("{from: meds, divider", "{from: signed, divider", "no field of this rule"),
        ("{from: meds, divider", "{from: med, divider", "not one of `columns`"),
        ("from: consent,", "from: consents,", "not one of `columns`"),
        (
            '{list: concerns, always: {id: "{n}"}',
            '{list: goals, always: {concerns: "1"}',
            "`serves`",
        ),
    ],
)
def test_refused_profiles(old, new, words):
    """What a profile says wrongly of wide tables is refused with what to do."""
    with pytest.raises(ProfileError, match=words):
        load(PROFILE.replace(old, new, 1))


def test_link_beside_refused_words():
    """A link is no item either where the words of the row are refused."""
    profile = PROFILE.replace('"unbracketed:[]"', '"before:~"').replace(
        "serves: [goals]", "always: {status: active}"
    )
    profile = profile.replace("frequency: {from: steps, hold", "goals: {from: goal_problem, hold")
    profile = profile.replace('holding: "[", transform: ["bracketed:[]", "last:, "]', "holding: 1")
    reading = read(profile.replace("holding: 1", 'holding: "1"'))

    assert reading.plans[0].interventions == ()
    assert "list_in_part" in codes(reading)
