"""What a table's profile can say: banners, constants, cells joined and divided, none, centuries."""

import io

import openpyxl
import pytest

from adapters.formats.tabular import TabularReader
from adapters.formats.tabular.assembly import numbered
from adapters.profiles import ProfileError, load
from hub.canonical import Absent, Document, said

PROFILE = """
profile: moss-xlsx
version: "1"
sender: mco-moss
format: csv
columns:
  member: [Member ID]
  last: [Last]
  first: [First]
  mi: [MI]
  born: [Born]
  action_no: ["Act #"]
  action: [Action]
  due: [Due]
  drug: [Drug]
  sig: [Sig]
  pcp: [PCP]
  pcp_phone: [PCP Phone]
widths: {member: 8}
required: [member]
group_by: [member]
dates: [ISO, "%m/%d/%y"]
century: {born: 1920, due: 2000}
tables:
  face: {named: [Face], kind: FACE, key: [member]}
  acts: {named: [Acts], kind: ACT, key: [member]}
  meds: {named: [Meds], kind: MED, key: [member], banner: {member: "before: - "}}
member:
  identifiers.plan: member
  name.family: last
  name.given: {from: [first, mi]}
  birth_date: {from: born, transform: date}
rows:
  - when: [FACE]
    list: team
    always: {role: PCP}
    fields: {party.name: pcp, party.phone: {from: pcp_phone, transform: phone}}
  - when: [ACT]
    list: interventions
    numbered: action
    fields: {id: action_no, text: action, start: {from: due, transform: date}}
  - when: [MED]
    list: medications
    none: [No meds on file]
    fields: {text: drug, dose: sig}
"""
FACE = [
    ["Member ID", "Last", "First", "MI", "Born", "PCP", "PCP Phone"],
    ["00001111", "Aspen", "Ann", "J", "1/2/60", "Dr. Elm", "555-555-0101"],
    ["00002222", "Birch", "Bob", None, "1/2/21", None, None],
]
ACTS = [
    ["Member ID", "Act #", "Action", "Due"],
    ["00001111", "7", "1) Call the quitline\n2) Ask for patches", "6/15/26"],
    ["00002222", "1", "Walk 2) stairs", "2026-07-01"],
]
MEDS = [
    ["Moss Health"],
    [],
    ["Drug", "Sig"],
    ["00001111 - ASPEN, Ann J - DOB 01/02/1960"],
    ["Aspirin", "daily"],
    ["Oxygen"],
    [],
    ["00002222 - BIRCH, Bob - DOB 01/02/1921"],
    ["No meds on file"],
]


def read(profile=PROFILE, **changed):
    """Return the reading of the workbook, its sheets changed by name."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in {"Face": FACE, "Acts": ACTS, "Meds": MEDS, **changed}.items():
        sheet = made.create_sheet(name)
        for cells in rows:
            sheet.append(cells)
    out = io.BytesIO()
    made.save(out)
    return TabularReader(load(profile)).read(Document(out.getvalue()))


def codes(reading):
    """Return each finding that is no note as code and place."""
    return [(f.code, f.place.at) for f in reading.findings if f.severity != "note"]


def test_whole():
    """The workbook is read without anything to say about it."""
    reading = read()
    tally = reading.coverage

    assert codes(reading) == []
    assert tally.source_items == tally.mapped + tally.residue + tally.ignored
    assert tally.residue == sum(len(plan.residue) for plan in reading.plans) == 2


def test_words_of_a_banner():
    """What no column takes of a banner is kept once, with its cell, beside its member's plan."""
    aspen, birch = read().plans

    assert ["ASPEN, Ann J - DOB 01/02/1960"] == [said(one.text) for one in aspen.residue]
    assert aspen.places["/residue/0"].at == "Meds!A4"
    assert ["BIRCH, Bob - DOB 01/02/1921"] == [said(one.text) for one in birch.residue]


def test_a_banner_read_to_its_end():
    """A banner of an id and the words its rule passes over leaves nothing."""
    meds = [["Drug", "Sig"], ["Member No. 00001111"], ["Aspirin", "daily"], ["Oxygen"]]
    aspen, _ = read(PROFILE.replace("before: - ", "after:Member No. "), Meds=meds).plans

    assert (len(aspen.medications), aspen.residue) == (2, ())


def test_two_cells_in_one_value():
    """First name and initial are both given names, in their order; an empty one is none."""
    aspen, birch = read().plans

    assert (("Ann", "J"), ("Bob",)) == (aspen.member.name.given, birch.member.name.given)
    assert aspen.places["/member/name/given"].at == "Face!C2"


def test_two_cells_that_differ():
    """Where two rows say different things in two cells of one value, the second is residue."""
    face = [*FACE, ["00001111", "Aspen", "Anna", "J", "1/2/60", "Dr. Elm", None]]
    reading = read(Face=face)

    assert ("differing_values", "Face!C4") in codes(reading)
    assert ("Ann", "J") == reading.plans[0].member.name.given


def test_constant():
    """What is always so of a rule's items is said by the profile, and makes no item by itself."""
    aspen, birch = read().plans

    assert [("Dr. Elm", "PCP")] == [(said(t.party.name), said(t.role)) for t in aspen.team]
    assert aspen.places["/team/0/role"].rule == "always"
    assert birch.team == ()


def test_numbered():
    """A cell that numbers its items makes one of each, at the same place; the id is the first's."""
    aspen, birch = read().plans

    assert [(one.id, said(one.text), one.start) for one in aspen.interventions] == [
        ("7", "Call the quitline", "2026-06-15"),
        ("i2", "Ask for patches", "2026-06-15"),
    ]
    assert aspen.places["/interventions/1/text"].at == "Acts!C2"
    assert ["Walk 2) stairs"] == [said(one.text) for one in birch.interventions]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("1) a 2) b 3) c", ["a", "b", "c"]),
        ("1. a\n2. b", ["a", "b"]),
        ("1) a", []),
        ("2) a 3) b", []),
        ("1) a 3) b", []),
        ("1) a 2. b", []),
        ("do 1) a 2) b", []),
        ("1)  2) b", []),
        ("1.5 mg 2. b", []),
    ],
)
def test_numbers(cell, parts):
    """Only a whole numbering from 1 on, in one style, divides a cell."""
    assert numbered(cell) == parts


def test_banner():
    """A banner's rows are its member's; a row of one cell is an item like any other."""
    aspen, birch = read().plans

    assert ["Aspirin", "Oxygen"] == [said(one.text) for one in aspen.medications]
    assert aspen.places["/medications/1/text"].at == "Meds!A6"
    assert (birch.medications, birch.places["/medications"].at) == (Absent("none"), "Meds!A9")


@pytest.mark.parametrize(
    ("odd", "found"),
    [
        ("0000222 - BIRCH", ["odd_banner", "missing_value"]),
        ("000022221 - BIRCH", ["odd_banner", "missing_value"]),
        ("00003333 - STRANGER", []),
    ],
)
def test_a_banner_that_is_none(odd, found):
    """Rows below a banner whose id can't be one, or is nobody's, are never the member's above."""
    meds = [*MEDS[:6], [odd], ["Iron", "daily"]]
    reading = read(Meds=meds)

    assert ["Aspirin", "Oxygen"] == [said(one.text) for one in reading.plans[0].medications]
    assert reading.plans[1].medications == ()
    assert [code for code, _ in codes(reading)] == found


def test_none_and_some():
    """A member who is said to have none, and some, keeps both, with a finding."""
    reading = read(Meds=[*MEDS[:6], ["no meds  on file"]])
    (aspen, _) = reading.plans

    assert codes(reading) == [("none_and_some", "Meds!A7")]
    assert len(aspen.medications) == 2
    assert said(aspen.residue[0].text) == "no meds on file"


def test_centuries():
    """A year of two digits is the one in its column's hundred years."""
    aspen, birch = read().plans

    assert ("1960-01-02", "1921-01-02") == (aspen.member.birth_date, birch.member.birth_date)
    assert birch.interventions[0].start == "2026-07-01"


def test_a_column_without_a_century():
    """A year of two digits in a column that says no century is residue, never guessed."""
    reading = read(PROFILE.replace("{born: 1920, due: 2000}", "{born: 1920}"))

    assert codes(reading) == [("odd_date", "Acts!D2")]


WRONG = [
    ("century.born", "born: 1920", "born: 2000"),
    ("dates", "century: {born: 1920, due: 2000}\n", ""),
    ("century", "due: 2000", "dew: 2000"),
    ("tables.meds.banner", '"before: - "', "befour"),
    ("tables.meds.banner", "widths: {member: 8}\n", ""),
    ("rows.0.always.rol", "always: {role: PCP}", "always: {rol: PCP}"),
    ("rows.1.numbered", "numbered: action", "numbered: act"),
    ("rows.0.none", "always: {role: PCP}", "none: [nobody]"),
    ("member.name.given", "[first, mi]", "[first, m]"),
    (
        "member.telecoms.0.value",
        "  name.family: last",
        "  name.family: last\n  telecoms.0.value: mi",
    ),
    ("member.telecoms.fone", "  name.family: last", "  name.family: last\n  telecoms.fone: mi"),
    ("member.identifiers.0", "identifiers.plan", "identifiers.0"),
]


@pytest.mark.parametrize(("key", "old", "new"), WRONG)
def test_wrong_profile(key, old, new):
    """What can't be meant is refused when the profile is loaded, by its key."""
    with pytest.raises(ProfileError) as error:
        load(PROFILE.replace(old, new))

    assert key == error.value.key


@pytest.mark.parametrize(
    "words", ["century: {a: 2000}", "furniture: [x]", "ignore: [{named: [x], because: old}]"]
)
def test_only_in_tables(words):
    """What only a table's reader hears is refused in a profile of another format."""
    text = f'profile: x\nversion: "1"\nsender: y\nformat: pdf\n{words}\n'
    with pytest.raises(ProfileError, match="for tables"):
        load(text)
