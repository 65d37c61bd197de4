"""Tables: many rows to one plan, cells as text, bad rows by number, bad files by their fault."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.tabular import ADAPTER, TabularReader
from adapters.profiles import load
from hub.canonical import Document, said, wire

PROFILE = """
profile: house-csv
version: "1"
sender: mco-house
format: csv
columns:
  member: [MEMBER_ID, Member]
  plan: [PLAN_ID]
  last: [LAST_NAME]
  born: [DOB]
  kind: [KIND]
  item: [ITEM]
  text: [TEXT]
  due: [DUE]
  serves: [FOR]
  state: [STATE]
  npi: [NPI]
  cost: [COST]
widths: {member: 5}
required: [member, plan, last, kind]
group_by: [member, plan]
row_kind: kind
dates: [MDY, "%Y%m%d"]
values: {state: {A: active}}
header: {set_id: plan}
member:
  identifiers.plan: member
  name.family: last
  birth_date: {from: born, transform: date}
rows:
  - when: [GOAL]
    list: goals
    fields:
      id: item
      text: text
      due: {from: due, transform: date}
      status: {from: state, values: state}
  - when: [ACTION]
    list: interventions
    fields:
      text: text
      goals: {from: serves, transform: "split:;"}
      party.identifiers.npi: {from: npi, transform: npi}
      flexible.estimated_cost: {from: cost, transform: money}
      responsible: state
  - when: [NOTE]
    list: notes
    fields: {text: text}
defaults:
  - {field: header.custodian.organization, value: House, because: the file is its own}
"""
READER = TabularReader(load(PROFILE))
HEAD = "MEMBER_ID,PLAN_ID,LAST_NAME,DOB,KIND,ITEM,TEXT,DUE,FOR,STATE,NPI,COST"


def row(kind="GOAL", text="walk", **cells):
    """Return one line of the table."""
    given = {
        "MEMBER_ID": "00012",
        "PLAN_ID": "P1",
        "LAST_NAME": "Public",
        "DOB": "1/2/1970",
        "KIND": kind,
        "TEXT": text,
    }
    given |= cells
    return ",".join(given.get(name, "") for name in HEAD.split(","))


def table(*lines, head=HEAD, end="\r\n"):
    """Return a file's bytes."""
    return (end.join([head, *lines]) + end).encode()


def read(content, reader=READER):
    """Return the reading of bytes."""
    return reader.read(Document(content))


def codes(reading):
    """Return each finding as code and place."""
    return [(f.code, f.place.at if f.place else "") for f in reading.findings]


def goals(reading):
    """Return the texts of the goals of all plans."""
    return [said(goal.text) for plan in reading.plans for goal in plan.goals]


def test_rows_make_a_plan():
    """The rows of one member's plan are one plan, each row an item."""
    (plan,) = read(table(row(), row(text="eat"), row("NOTE", "calm"))).plans

    assert [said(g.text) for g in plan.goals] == ["walk", "eat"]
    assert (
        plan.member.name.family,
        plan.member.birth_date,
        plan.member.identifiers[0].value,
        plan.header.set_id,
    ) == ("Public", "1970-01-02", "00012", "P1")


def test_groups():
    """Another member's rows are another plan, wherever they stand."""
    other = row(MEMBER_ID="00013", PLAN_ID="P2", LAST_NAME="Other")

    assert len(read(table(row(), other, row(text="eat"))).plans) == 2


HEADERS = {
    "case": HEAD.replace("MEMBER_ID", "member id").replace("DUE", "Due"),
    "alias": HEAD.replace("MEMBER_ID", "Member"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_header_drift(name):
    """Case, blanks and aliases of a column name do not matter."""
    assert goals(read(table(row(), head=HEADERS[name]))) == ["walk"]


def test_moved_and_extra_columns():
    """A moved column is found, an extra one is residue with its heading."""
    (plan,) = read(table("x9," + row(), head="Region," + HEAD)).plans

    assert [(r.text, r.label) for r in plan.residue] == [("x9", "Region")]
    assert plan.places["/residue/0"].at == "row 2, column Region"


@pytest.mark.parametrize("name", ["MEMBER_ID", "PLAN_ID", "LAST_NAME", "KIND"])
def test_missing_column(name):
    """Without a required column the file is refused, and the finding names the column."""
    reading = read(table(row(), head=HEAD.replace(name, "XXX")))

    assert (reading.plans, reading.findings[0].code) == ((), "missing_column")
    assert f"`{name}`" in reading.findings[0].message


def test_duplicate_column():
    """A mapped column that stands twice leaves its value open, so the file is refused."""
    reading = read(table(row() + ",00099", head=HEAD + ",Member"))

    assert (reading.plans, [c for c, _ in codes(reading)]) == ((), ["duplicate_column"])


BAD_ROWS = [
    ("short_row", "00012,P1"),
    ("long_row", row() + ",more"),
    ("bad_quotes", row(text='"a"b')),
    ("cell_too_long", row(text="x" * 140_000)),
    ("damaged_id", row(MEMBER_ID="1.2E+4")),
    ("damaged_id", row(MEMBER_ID="12")),
    ("damaged_id", row(PLAN_ID="1.23E+09")),
    ("missing_value", row(LAST_NAME=" ")),
    ("unknown_row_kind", row("GAOL")),
    ("empty_item", row(text="")),
    ("odd_birth_date", row(DOB="2/30/1970")),
    ("odd_birth_date", row(DOB="1/2/70")),
]


@pytest.mark.parametrize(("code", "bad"), BAD_ROWS)
def test_bad_row(code, bad):
    """A bad row is an error with its number, and the others are read."""
    reading = read(table(row(), bad, row(text="eat")))

    assert [(code, "row 3")] == codes(reading)
    assert goals(reading) == ["walk", "eat"]


def test_two_members_one_plan():
    """A plan id given to two members spoils the rows of both, and no other's."""
    other = row(MEMBER_ID="00013", LAST_NAME="Other")
    third = row(MEMBER_ID="00014", PLAN_ID="P3", text="rest")
    reading = read(table(row(), other, third))

    assert codes(reading) == [("two_members", "row 2"), ("two_members", "row 3")]
    assert goals(reading) == ["rest"]


@pytest.mark.parametrize("cells", [{"LAST_NAME": "Other"}, {"DOB": "1/3/1970"}])
def test_torn_identity(cells):
    """Rows of one plan that differ about who the member is are all left out."""
    reading = read(table(row(), row(**cells)))

    assert ((), {"member_conflict"}) == (reading.plans, {c for c, _ in codes(reading)})


def test_open_quote():
    """A quote that is never closed leaves no row to trust."""
    reading = read(table(row(), row(text='"open'), row()))

    assert (reading.plans, codes(reading)) == ((), [("open_quote", "row 3")])


def test_quoted_line_break():
    """A line break inside quotes is one cell; row numbers stay a spreadsheet's."""
    reading = read(table(row("NOTE", '"one\r\ntwo"'), row("GAOL")))

    assert reading.plans[0].notes[0].text == "one\ntwo"
    assert codes(reading) == [("unknown_row_kind", "row 3")]


def test_formula_is_text():
    """A cell that looks like a formula is kept as written."""
    assert goals(read(table(row(text='"=1+1"')))) == ["=1+1"]


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("utf-16", []),
        ("cp1252", [("encoding_guessed", "")]),
    ],
)
def test_encodings(codec, found):
    """A mark, then strict UTF-8, then Windows-1252 with a finding."""
    reading = read(table(row(text="Mu\u00f1oz")).decode().encode(codec))

    assert (found, ["Mu\u00f1oz"]) == (codes(reading), goals(reading))


def test_declared_encoding():
    """A profile's own encoding is used without a finding, and its failure is one."""
    declared = TabularReader(load(PROFILE + "encoding: cp1252\n"))
    strict = TabularReader(load(PROFILE + "encoding: utf-8\n"))
    content = table(row(text="Mu\u00f1oz")).decode().encode("cp1252")

    assert codes(read(content, declared)) == []
    assert [c for c, _ in codes(read(content, strict))] == ["encoding_mismatch", "encoding_guessed"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [({"DUE": "soon"}, "odd_date"), ({"NPI": "123", "KIND": "ACTION"}, "odd_npi")],
)
def test_odd_values(cells, code):
    """A value that is not what its column declares is said, with its cell."""
    reading = read(table(row(**cells)))

    assert code == reading.findings[0].code
    assert reading.findings[0].place.at.startswith("row 2, column ")


def test_odd_date_is_residue():
    """A date that is none is no date; its cell is kept as text."""
    (plan,) = read(table(row(DUE="soon"))).plans

    assert (plan.goals[0].due, [said(r.text) for r in plan.residue]) == (None, ["soon"])


def test_odd_npi_is_kept():
    """A wrong NPI keeps its digits as given."""
    (plan,) = read(table(row("ACTION", NPI="1234567890"))).plans

    assert plan.interventions[0].party.identifiers[0].value == "1234567890"


def test_value_off_the_list():
    """A word that its field's closed list lacks stays residue; the item is kept."""
    (plan,) = read(table(row("ACTION", STATE="nobody"))).plans

    assert (plan.interventions[0].responsible, plan.residue[0].text) == (None, "nobody")


def test_unknown_code():
    """A code that a value map lacks is kept as written, with a finding."""
    reading = read(table(row(STATE="Z")))

    assert (reading.plans[0].goals[0].status, reading.findings[0].code) == ("Z", "unknown_code")


def test_links():
    """Links name items by their own ids; one that leads nowhere is said and left out."""
    reading = read(table(row(ITEM="G7"), row("ACTION", FOR="G7;G8")))

    assert reading.plans[0].interventions[0].goals == ("G7",)
    assert codes(reading) == [("dangling_link", "row 3, column FOR")]


def test_same_id_twice():
    """Two items with one id get two, and the second is said."""
    reading = read(table(row(ITEM="G1"), row(ITEM="G1", text="eat")))

    assert [g.id for g in reading.plans[0].goals] == ["G1", "G1-2"]
    assert reading.findings[0].code == "duplicate_id"


def test_default_says_why():
    """A constant of the profile gives its reason as the rule of its place."""
    (plan,) = read(table(row())).plans

    assert plan.header.custodian.organization == "House"
    assert plan.places["/header/custodian/organization"].rule == "default: the file is its own"


def test_money():
    """An amount is a decimal string."""
    (plan,) = read(table(row("ACTION", COST="$640"))).plans

    assert plan.interventions[0].flexible.estimated_cost == "640.00"


def test_tally():
    """Every non-empty cell is mapped or residue, bad rows' cells too."""
    tally = read(table(row(DUE="soon"), "00012,P1")).coverage

    assert (tally.source_items, tally.mapped, tally.residue, tally.ignored) == (9, 6, 3, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_table"), (table(), "nothing_read"), (b"\x00", "missing_column")],
)
def test_empty(content, code):
    """A file without rows is refused, never an empty success."""
    reading = read(content)

    assert ((), code) == (reading.plans, reading.findings[0].code)


def test_large():
    """Ten thousand rows of one plan are ten thousand goals."""
    assert len(goals(read(table(*(row(text=f"walk {n}") for n in range(10_000)))))) == 10_000


@pytest.mark.parametrize(
    ("content", "claimed"),
    [
        (table(row()), True),
        (b"a,b\n1,2\n", False),
        (b"MSH|^~\\&|A|B\rPID|1", False),
        (b"<x>,</x>", False),
        (b"%PDF-1.4,", False),
        (b"", False),
        (b"\x00,\x00", False),
    ],
)
def test_identify(content, claimed):
    """A table is claimed by its own header, and nothing else is."""
    assert claimed is READER.identify(Document(content))


def test_no_profile():
    """Without a profile a table is refused, and the finding says how many columns it has."""
    reading = read(table(row()), ADAPTER)

    assert (reading.plans, reading.findings[0].code) == ((), "no_profile")
    assert "12 columns" in reading.findings[0].message


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";"])
def test_recognises_tables(delimiter):
    """The unbound adapter recognises any usual delimiter."""
    assert ADAPTER.identify(Document(delimiter.join("abc").encode()))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(st.text(alphabet='A1 ,"\n\r|\x00=\u00e9', max_size=8), max_size=14), max_size=6
    )
)
def test_any_cells(lines):
    """Any cells under the right header give a reading that adds up and follows the template."""
    reading = read(table(row(), *(",".join(line) for line in lines)))
    tally = reading.coverage

    assert tally.source_items == tally.mapped + tally.residue + tally.ignored
    assert reading == wire.unframe_reading(wire.frame(reading))


@given(st.binary(max_size=200))
def test_any_bytes(content):
    """Any bytes end in a reading."""
    ADAPTER.identify(Document(content))

    assert read(content, ADAPTER).plans == ()
    assert read(content).plans is not None


def test_extra_column_is_told():
    """A column that the profile lacks is told once, by its letter."""
    reading = read(table("x9," + row(), "x8," + row(text="eat"), head="Region," + HEAD))

    assert codes(reading) == [("extra_column", "row 1")]
    assert "column A" in reading.findings[0].message


def test_repeated_row_is_told():
    """A row that repeats another makes no second item, and its number is told."""
    reading = read(table(row(), row()))

    assert (goals(reading), codes(reading)) == (["walk"], [("repeated_row", "row 3")])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=HYPERLINK(1)", True),
        ("@SUM(A1)", True),
        ("+cmd|' /C calc'!A0", True),
        ("- walk daily", False),
        ("+1 412 555 0100", False),
    ],
)
def test_formula_text_is_told(text, told):
    """A text that a spreadsheet would run is kept as written and told; a list's dash is not."""
    reading = read(table(row(text=text)))

    assert ([text], told) == (
        goals(reading),
        ("formula_text", "row 2, column TEXT") in codes(reading),
    )


def test_damaged_utf16_is_told():
    """Letters lost in a damaged UTF-16 file are told."""
    content = table(row()).decode().encode("utf-16")

    assert ("encoding_damaged", "") in codes(read(content + b"\x00\xd8"))
