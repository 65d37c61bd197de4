"""Several files of one delivery: joined by the profile's key, counted by its control file."""

import io
import re
import zipfile

import openpyxl
import pytest

from adapters.formats.tabular import ADAPTER, TabularReader
from adapters.profiles import ProfileError, load
from hub.canonical import Document, said

PROFILE = """
profile: three-csv
version: "1"
sender: mco-three
format: csv
delimiter: auto
columns:
  member: [MEMBER_ID]
  plan: [PLAN_ID]
  last: [LAST]
  born: [BORN]
  goal_no: [GOAL_NO]
  goal: [GOAL]
  action: [ACTION]
widths: {member: 5}
required: [member]
group_by: [member, plan]
dates: [ISO]
tables:
  members: {named: ["members*"], kind: MEMBER, key: [member, plan], required: [last]}
  goals: {named: ["goals*"], kind: GOAL, key: [plan], required: [goal]}
  actions: {named: ["actions*"], kind: ACTION, key: [plan], required: [action]}
member:
  identifiers.plan: member
  name.family: last
  birth_date: {from: born, transform: date}
rows:
  - {when: [GOAL], list: goals, fields: {id: goal_no, text: goal}}
  - {when: [ACTION], list: interventions, fields: {text: action, goals: goal_no}}
"""
CONTROL = "control: {files: [control*], name: [FILE], rows: [ROWS]}\n"
READER = TabularReader(load(PROFILE))
COUNTED = TabularReader(load(PROFILE + CONTROL))
MEMBERS = "MEMBER_ID|PLAN_ID|LAST|BORN\n00012|P1|Public|1970-01-02\n00013|P2|Other|1971-01-02\n"
GOALS = "PLAN_ID\tGOAL_NO\tGOAL\nP1\tG1\twalk\nP2\tG1\trest\n"
ACTIONS = "PLAN_ID;GOAL_NO;ACTION\nP1;G1;call\n"
FILES = {"members.psv": MEMBERS, "goals.tsv": GOALS, "out/actions.csv": ACTIONS}


def packed(**changed):
    """Return a zip of the three files, changed (None leaves one out, `_` stands for `.`)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in (FILES | {n.replace("_", "."): t for n, t in changed.items()}).items():
            if text is not None:
                file.writestr(name, text)
    return out.getvalue()


def read(content, reader=READER):
    """Return the reading of bytes."""
    return reader.read(Document(content))


def codes(reading):
    """Return each finding as code and place."""
    return [(f.code, f.place.at if f.place else "") for f in reading.findings]


def test_joined():
    """Members, goals and actions of three files with three delimiters are one plan each."""
    reading = read(packed())
    first, second = reading.plans

    assert codes(reading) == []
    assert (first.member.name.family, said(first.goals[0].text)) == ("Public", "walk")
    assert (said(first.interventions[0].text), first.interventions[0].goals) == ("call", ("G1",))
    assert (second.member.name.family, said(second.goals[0].text)) == ("Other", "rest")


def test_places_name_the_table():
    """A value's place says which table it stands in."""
    (first, _) = read(packed()).plans

    assert first.places["/goals/0/text"].at == "goals: row 2, column GOAL"


@pytest.mark.parametrize(
    ("line", "code"), [("P9\tG1\tfly\n", "orphan_row"), ("\tG1\tfly\n", "missing_value")]
)
def test_row_of_no_plan(line, code):
    """A row whose key names no plan is a numbered error, and its neighbours go on."""
    reading = read(packed(goals_tsv=GOALS + line))

    assert codes(reading) == [(code, "goals: row 4")]
    assert len(reading.plans) == 2


def test_open_key():
    """A row whose key is that of two plans is left out."""
    two = MEMBERS.replace("|P2|", "|P1|").replace("00013", "00012").replace("Other", "Public")
    profile = PROFILE.replace("kind: GOAL, key: [plan]", "kind: GOAL, key: [member]")
    goals = "MEMBER_ID\tGOAL_NO\tGOAL\n00012\tG1\twalk\n"
    content = packed(
        members_psv=two.replace("P1|Public|1971-01-02", "P2|Public|1970-01-02"),
        goals_tsv=goals,
        **{"out/actions_csv": None},
    )
    found = [c for c, _ in codes(read(content, TabularReader(load(profile))))]

    assert found == ["open_key"]


def test_missing_column():
    """A table without a column it needs has the whole delivery quarantined, by name."""
    reading = read(packed(goals_tsv=GOALS.replace("PLAN_ID", "PLAN")))

    assert (reading.plans, codes(reading)) == ((), [("missing_column", "goals: row 1")])


def test_other_file():
    """A file that is no table of the profile is told, and counted as unread."""
    reading = read(packed(readme_txt="hello"))

    assert codes(reading) == [("unread_file", "file 4")]


def test_nested():
    """A zip in a zip is refused whole."""
    reading = read(packed(more_zip=packed()))

    assert ((), ["nested_archive"]) == (reading.plans, [c for c, _ in codes(reading)])


COUNTS = [
    ("FILE,ROWS\nmembers.psv,2\ngoals.tsv,2\nactions.csv,1\n", [], 2),
    ("FILE,ROWS\nmembers.psv,2\ngoals.tsv,3\nactions.csv,1\n", ["control_mismatch"], 0),
    ("FILE,ROWS\nmembers.psv,2\ngoals.tsv,2\nlost.csv,1\n", ["control_missing_file"], 0),
    ("FILE,ROWS\nmembers.psv,2\ngoals.tsv,2\n", ["control_unlisted"], 2),
    ("FILE,ROWS\nmembers.psv,many\n", ["control_damaged"], 0),
    ("NAME\nmembers.psv\n", ["control_damaged"], 0),
    (None, ["control_missing"], 0),
]


@pytest.mark.parametrize(("control", "found", "plans"), COUNTS)
def test_control(control, found, plans):
    """A delivery that differs from its control file is refused; a file too many is told."""
    reading = read(packed(control_csv=control), COUNTED)

    assert (found, plans) == ([c for c, _ in codes(reading)], len(reading.plans))


def test_sheets_joined():
    """The sheets of one workbook are joined like files, each value at its sheet's cell."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, text in (("Goals", GOALS), ("Members", MEMBERS), ("Actions", ACTIONS)):
        sheet = made.create_sheet(name)
        for line in text.splitlines():
            sheet.append(re.split(r"[|\t;]", line))
    out = io.BytesIO()
    made.save(out)
    first, second = read(out.getvalue()).plans

    assert (said(first.goals[0].text), first.places["/goals/0/text"].at) == ("walk", "Goals!C2")
    assert (second.member.name.family, said(second.goals[0].text)) == ("Other", "rest")


def test_workbook_in_a_zip():
    """A workbook in a delivery's zip is read like its other files."""
    made = openpyxl.Workbook()
    for line in GOALS.splitlines():
        made.active.append(line.split("\t"))
    out = io.BytesIO()
    made.save(out)

    assert len(read(packed(goals_tsv=None, goals_xlsx=out.getvalue())).plans) == 2


def test_identify():
    """A zip is claimed when one of its files is a table of the profile, and only then."""
    other = packed(members_psv="a|b\n", goals_tsv=None, **{"out/actions_csv": None})

    assert READER.identify(Document(packed()))
    assert not READER.identify(Document(other))
    assert not ADAPTER.identify(Document(packed()))


WRONG = [
    ("tables.goals", "key: [plan], required: [goal]", "key: [plan], required: [gaol]"),
    ("tables.goals.key", "kind: GOAL, key: [plan]", "kind: GOAL, key: [goal]"),
    ("tables", "key: [member, plan]", "key: [plan]"),
]


@pytest.mark.parametrize(("key", "old", "new"), WRONG)
def test_wrong_profile(key, old, new):
    """A table whose columns or key cannot be is refused when the profile is loaded."""
    with pytest.raises(ProfileError) as error:
        load(PROFILE.replace(old, new))

    assert key == error.value.key


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";"])
def test_sniffed(delimiter):
    """A profile that leaves the delimiter open finds it by its own columns."""
    members = MEMBERS.replace("|", delimiter)
    (first, _) = read(members.encode()).plans

    assert first.member.name.family == "Public"


def test_one_heading_two_meanings():
    """A table's own columns say what a heading means there; elsewhere it means what it did."""
    text = PROFILE.replace(
        "required: [last]}", "required: [last], columns: {member: [ID], plan: [PLAN_ID]}}"
    ).replace("goal_no: [GOAL_NO]", "goal_no: [GOAL_NO, ID]")
    files = {
        "members.psv": MEMBERS.replace("MEMBER_ID", "ID"),
        "goals.tsv": GOALS.replace("GOAL_NO", "ID"),
        "out/actions.csv": ACTIONS,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    plans = read(out.getvalue(), TabularReader(load(text))).plans

    assert [one.member.identifiers[0].value for one in plans] == ["00012", "00013"]
    assert [one.goals[0].id for one in plans] == ["G1", "G1"]


def test_a_code_with_its_system():
    """A code that its transform proves has its system; an odd one is kept without."""
    text = PROFILE.replace(
        "fields: {id: goal_no, text: goal}",
        "fields: {text: goal, codes.0.code: {from: goal_no, transform: snomed}}",
    )
    goals = GOALS.replace("P1\tG1", "P1\t718361005")
    reading = read(packed(goals_tsv=goals), TabularReader(load(text)))

    codes_read = [plan.goals[0].codes[0] for plan in reading.plans]
    assert [(one.code, one.system) for one in codes_read] == [
        ("718361005", "http://snomed.info/sct"),
        ("G1", None),
    ]


def test_no_default_inside_a_list():
    """A default for one item of a list that rows make is refused: it would make an item alone."""
    wrong = "defaults: [{field: goals.0.status, value: active, because: always}]\n"

    with pytest.raises(ProfileError, match=r"goals\.0\.status"):
        load(PROFILE + wrong)
