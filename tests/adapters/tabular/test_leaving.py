"""What no table of a profile names: counted, told, kept where a reader sees it, and asked about."""

import io
import zipfile

import openpyxl
import pytest

from adapters.formats.tabular import TabularReader
from adapters.profiles import load
from hub import doubting
from hub.canonical import Document, said

PROFILE = """
profile: fern-xlsx
version: "1"
sender: mco-fern
format: csv
columns:
  member: [Member ID]
  last: [Last]
  born: [Born]
  goal_no: ["Goal #"]
  goal: [Goal]
widths: {member: 8}
required: [member]
group_by: [member]
dates: [ISO]
tables:
  face: {named: [Face], kind: FACE, key: [member]}
  goals: {named: [Goals], kind: GOAL, key: [member]}
member:
  identifiers.plan: member
  name.family: last
  birth_date: {from: born, transform: date}
rows:
  - {when: [GOAL], list: goals, fields: {id: goal_no, text: goal}}
"""
FACE = [
    ["Member ID", "Last", "Born"],
    ["00001111", "Aspen", "1960-01-02"],
    ["00002222", "Birch", "1961-01-02"],
]
GOALS = [
    ["Member ID", "Goal #", "Goal"],
    ["00001111", "1A", "Walk"],
    ["00002222", "1A", "Rest"],
]
READ_ME = [["Fern Health"], ["Period", "04/2026"], ["Members", "2"]]


def book(hidden="", **sheets):
    """Return a workbook of sheets by name (`_` stands for a blank), one of them hidden."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in {"Face": FACE, "Goals": GOALS, **sheets}.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for cells in rows or ():
            sheet.append(cells)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(content, more=""):
    """Return the reading of bytes by the profile, with more lines in it."""
    return TabularReader(load(PROFILE + more)).read(Document(content))


def codes(reading):
    """Return each finding as severity, code and place."""
    return [(f.severity, f.code, f.place.at if f.place else "") for f in reading.findings]


def waits(plan):
    """Return why a plan waits for a person."""
    return [one.because for one in doubting.doubts(plan, (), 0.9).waiting]


def adds_up(reading):
    """Say whether every cell of the tally has one fate."""
    tally = reading.coverage
    return tally.source_items == tally.mapped + tally.residue + tally.ignored


MEDS = [
    ["Member ID", "Medication", "Sig"],
    ["00001111", "Aspirin 81 mg", "daily"],
    ["00001111", "Metformin", "with food"],
]


def test_rows_that_say_whose_they_are():
    """Rows of an unread sheet that name a member stay with that plan; it waits, no other does."""
    reading = read(book(Meds=MEDS))
    aspen, birch = reading.plans

    assert [("warning", "unread_sheet", "sheet 3")] == codes(reading)
    assert "`Meds` (2 rows)" in reading.findings[0].message
    assert ["sheet `Meds`" in said(one.label) for one in aspen.residue] == [True]
    assert said(aspen.residue[0].text).splitlines()[0].endswith("Aspirin 81 mg; Sig: daily")
    assert (["unread"], [], ()) == (waits(aspen), waits(birch), birch.residue)
    assert reading.coverage.residue == 9
    assert adds_up(reading)


def test_rows_that_name_nobody():
    """A sheet whose rows name no member is told in every plan, without a word of what it says."""
    rows = [["Medication", "Sig", "Since"], ["Aspirin", "daily", "2025"], ["Iron", "daily", "2026"]]
    reading = read(book(Meds=rows))

    text = "The sheet `Meds` (2 rows) was not read. Look at the document it came in."
    assert [[text]] * 2 == [[said(one.text) for one in plan.residue] for plan in reading.plans]
    assert [["unread"]] * 2 == [waits(plan) for plan in reading.plans]


def test_a_banner_is_its_members_only():
    """A row that holds one member's id is that member's; those below it are nobody's to say."""
    rows = [["Drug", "Sig", "Since"], ["00001111 - Aspen"], ["Aspirin", "daily", "2025"]]
    aspen, birch = read(book(Meds=rows)).plans
    told = [said(one.residue[-1].text) for one in (aspen, birch)]

    assert ["1 of its 2 rows" in words for words in told] == [True, True]
    assert "Aspirin" not in repr([said(one.text) for one in (*aspen.residue, *birch.residue)])
    assert (len(aspen.residue), len(birch.residue)) == (2, 1)


@pytest.mark.parametrize("hidden", ["", "Lists"])
def test_no_table(hidden):
    """A cover sheet, and a hidden list, are counted and told quietly; no plan waits for them."""
    reading = read(book(hidden, Lists=[["Sts"], ["N"], ["M"]], READ_ME=READ_ME))

    assert {("note", "unread_sheet")} == {one[:2] for one in codes(reading)}
    assert [[], []] == [waits(plan) for plan in reading.plans]
    assert reading.coverage.residue == 8


def test_hidden_table():
    """A hidden table is quiet, unless its rows name a member."""
    reading = read(book("Meds", Meds=[["Drug", "Sig", "Since"], ["Aspirin", "daily", "2025"]]))
    named = read(book("Meds", Meds=MEDS))

    assert [[], []] == [waits(plan) for plan in reading.plans]
    assert [["unread"], []] == [waits(plan) for plan in named.plans]


def test_ignored():
    """A sheet that the profile ignores with a reason is counted, and holds nothing up."""
    reading = read(book(Meds=MEDS), 'ignore: [{named: ["Med*"], because: "claims only"}]\n')

    assert [("note", "ignored_sheet", "sheet 3")] == codes(reading)
    assert [[], []] == [waits(plan) for plan in reading.plans]
    assert (reading.coverage.ignored, adds_up(reading)) == (9, True)


@pytest.mark.parametrize("name", ["Birch", "birch meds", "00002222", "x12345678"])
def test_a_name_that_could_be_a_persons(name):
    """A sheet called like a member, or by a long number, is told by its number."""
    reading = read(book(**{name: MEDS}))
    told = [f.message for f in reading.findings]
    told += [said(one.label) for plan in reading.plans for one in plan.residue]

    assert [] == [words for words in told if name in words or "sheet 3" not in words]


def test_file_of_a_zip():
    """A table among zipped files that no table of the profile names is kept in the same way."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, rows in {"Face": FACE, "Goals": GOALS, "meds.csv": MEDS}.items():
            file.writestr(name, "\n".join(",".join(row) for row in rows))
        file.writestr("read.txt", "hello")
        file.writestr("plan.pdf", b"%PDF-1.4")
    reading = read(out.getvalue())

    assert codes(reading) == [
        ("warning", "unread_file", "file 3"),
        ("note", "unread_file", "file 4"),
        ("warning", "unread_file", "file 5"),
    ]
    assert [["unread", "unread"], ["unread"]] == [waits(plan) for plan in reading.plans]
    assert adds_up(reading)


def test_a_person_settles_it():
    """What was not read waits until a person has looked, and never again."""
    (plan, _) = read(book(Meds=MEDS)).plans
    (doubt,) = doubting.doubts(plan, (), 0.9).waiting
    after, _ = doubting.settled(plan, doubt, "confirm", "", "")

    assert (doubt.pointer, doubt.at) == ("/residue/0/text", "sheet 3")
    assert [] == waits(after)


def test_headings_that_differ_by_a_sign():
    """`Goal #` and `Goal` are two columns; each value comes from its own."""
    (plan, _) = read(book()).plans

    assert [("1A", "Walk")] == [(one.id, said(one.text)) for one in plan.goals]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (["Member ID", "Goal-#", "GOAL"], []),
        (["member  id", "goal #", "goal"], []),
        (["Member ID", "GOAL.", "Status"], ["ambiguous_column", "ambiguous_column"]),
        (["Member ID", "Goal", "Goal"], ["duplicate_column"]),
        (["Member ID", "Goal.", "Goal_"], ["duplicate_column", "duplicate_column"]),
    ],
)
def test_which_heading(head, found):
    """A heading as written counts first, a like one only where it is no other column's."""
    reading = read(book(Goals=[head, *GOALS[1:]]))

    assert [one[1] for one in codes(reading) if one[0] == "error"] == found
    if not found:
        assert [said(one.goals[0].text) for one in reading.plans] == ["Walk", "Rest"]


def test_missing_column_names_what_is_there():
    """A missing column is told with the known headings of the row that was taken for the head."""
    rows = [["Fern Health"], [], ["Sheet 2"], ["Goal #", "Goal", "Secret"], ["1A", "Walk", "x"]]
    (told,) = [f for f in read(book(Goals=rows)).findings if f.code == "missing_column"]

    assert told.message.endswith("expected `Member ID`; row 4 has `Goal #`, `Goal`")
    assert told.place.at == "Goals: row 4"


def test_tables_with_the_same_key():
    """Tables that ask for the same columns are known by their names; the document is claimed."""
    reader = TabularReader(load(PROFILE))
    other = book(Face=None, Goals=None, Other=[["Member ID", "Goal", "x"], ["00001111", "a", "b"]])

    assert reader.identify(Document(book()))
    assert ["wrong_table"] == [f.code for f in reader.read(Document(other)).findings]


def test_quotes():
    """A heading's apostrophe may be straight or curled."""
    more = PROFILE.replace("goal: [Goal]", 'goal: ["Member\'s goal"]')
    goals = [["Member ID", "Goal #", "Member\u2019s goal"], *GOALS[1:]]
    (plan, _) = TabularReader(load(more)).read(Document(book(Goals=goals))).plans

    assert [said(one.text) for one in plan.goals] == ["Walk"]


TAIL = [["Total members: 2"], ["* A goal without a date is reviewed later."]]


def test_total_and_footnote():
    """One cell below the last row is told as what it is, and nothing is asked for again."""
    reading = read(book(Face=[*FACE, *TAIL]))

    assert ["closing_row", "closing_row"] == [one[1] for one in codes(reading)]
    assert {"warning"} == {one[0] for one in codes(reading)}
    assert not any("again" in f.message or "spreadsheet" in f.message for f in reading.findings)
    assert len(reading.plans) == 2


def test_furniture():
    """Rows that the profile calls the form's own are passed over and counted."""
    more = 'furniture: ["total members: ?", "\\\\* A goal*"]\n'.replace("\\\\", "")
    reading = read(book(Face=[*FACE, *TAIL]), more)

    assert [("note", "furniture", "Face: row 4")] == codes(reading)
    assert (reading.coverage.ignored, adds_up(reading)) == (2, True)


@pytest.mark.parametrize(
    ("cell", "code"), [("1111", "damaged_id"), ("1.1E+07", "damaged_id"), ("See below", "lone_row")]
)
def test_one_cell_between_rows(cell, code):
    """One cell between two rows is an error: an id that was damaged, or words of nobody's."""
    face = [FACE[0], FACE[1], [cell], FACE[2]]
    reading = read(book(Face=face))

    assert [("error", code, "Face: row 3")] == codes(reading)


def test_goal_without_words():
    """A goal that has a number and lost its words waits for a person, at the words' own pointer."""
    goals = [GOALS[0], ["00001111", "1A", None], GOALS[2]]
    aspen, birch = read(book(Goals=goals)).plans
    (doubt,) = doubting.doubts(aspen, (), 0.9).waiting

    assert (doubt.pointer, doubt.because, doubt.at) == ("/goals/0/text", "wordless", "Goals!B2")
    assert [] == waits(birch)
    mended, _ = doubting.settled(aspen, doubt, "correct", "Walk", "")
    kept, _ = doubting.settled(aspen, doubt, "confirm", "", "")
    assert ([], []) == (waits(mended), waits(kept))
