"""Workbooks: numbers as displayed, hidden things told, formulas never computed, faults refused."""

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from adapters.formats.tabular import ADAPTER, TabularReader
from adapters.mcos import laurel_csv
from adapters.profiles import load
from adapters.testing import complaints
from hub.canonical import Document, said, wire

HEAD = ["Member", "MA No", "Plan", "Last", "Born", "Kind", "Text", "Due"]
READER = TabularReader(
    load("""
profile: house-xlsx
version: "1"
sender: mco-house
format: csv
columns:
  member: [Member]
  ma: [MA No]
  plan: [Plan]
  last: [Last]
  born: [Born]
  kind: [Kind]
  text: [Text]
  due: [Due]
widths: {member: 9, ma: 10}
required: [member, plan, last, kind]
group_by: [member, plan]
row_kind: kind
dates: [MDY]
member:
  identifiers.plan: member
  identifiers.medicaid: ma
  name.family: last
  birth_date: {from: born, transform: date}
rows:
  - {when: [GOAL], list: goals, fields: {text: text, due: {from: due, transform: date}}}
""")
)


def row(**changed):
    """Return one good row's cells."""
    given = dict(
        zip(
            HEAD,
            ["000000123", "2200000001", "P1", "Public", "1/2/1970", "GOAL", "walk", None],
            strict=True,
        )
    )
    return list((given | {name.replace("_", " "): cell for name, cell in changed.items()}).values())


def book(*rows, prepare=None, head=HEAD):
    """Return the bytes of a workbook of one sheet, changed by `prepare`."""
    made = openpyxl.Workbook()
    for cells in (head, *rows):
        made.active.append(cells)
    if prepare:
        prepare(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(content):
    """Return the reading of bytes."""
    return READER.read(Document(content))


def codes(reading):
    """Return each finding as code and place."""
    return [(f.code, f.place.at if f.place else "") for f in reading.findings]


def patched(content, **parts):
    """Return a zip with parts added, or replaced by name (`__` stands for `/`)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        given = {name: old.read(name) for name in old.namelist()}
        for name, text in (given | {n.replace("__", "/"): t for n, t in parts.items()}).items():
            new.writestr(name, text)
    return out.getvalue()


def test_plan():
    """A sheet's rows make a plan, each value at its cell."""
    reading = read(book(row(), row(Text="eat")))
    (plan,) = reading.plans

    assert ([said(g.text) for g in plan.goals], codes(reading)) == (["walk", "eat"], [])
    assert (plan.places["/goals/1/text"].at, plan.places["/goals/1/text"].kind) == (
        "sheet 1!G3",
        "cell",
    )


def test_numbers_as_displayed():
    """An id kept as a number has the zeros that its format shows."""

    def shown(made):
        made.active["A2"].number_format = "000000000"

    (plan,) = read(book(row(Member=123, MA_No=2200000001), prepare=shown)).plans

    assert [i.value for i in plan.member.identifiers] == ["000000123", "2200000001"]


def test_zeros_lost():
    """An id whose zeros are lost is a damaged one, and its row is left out."""
    assert codes(read(book(row(Member=123)))) == [("damaged_id", "sheet 1: row 2")]


def test_dates():
    """A date cell is the ISO date, at the precision it shows, whatever form the profile names."""

    def shown(made):
        made.active["H2"].number_format = "mmm yyyy"

    (plan,) = read(book(row(Born=date(1970, 1, 2), Due=date(2026, 3, 1)), prepare=shown)).plans

    assert (plan.member.birth_date, plan.goals[0].due) == ("1970-01-02", "2026-03")


def hide(made):
    """Hide a row, a column and a sheet that is the profile's too."""
    made.active.row_dimensions[2].hidden = True
    made.active.column_dimensions["H"].hidden = True
    other = made.create_sheet("More")
    other.append(HEAD)
    other.append(row(Text="eat"))
    other.sheet_state = "hidden"


def test_hidden():
    """Hidden rows, columns and sheets are read like the others, and told."""
    reading = read(book(row(), prepare=hide))

    assert [said(g.text) for g in reading.plans[0].goals] == ["walk", "eat"]
    assert [c for c, _ in codes(reading)] == ["hidden_rows", "hidden_columns", "hidden_sheet"]


def test_merged():
    """A cell merged downwards is the cell of every row below it, and that is told."""

    def merge(made):
        for column in "ABCD":
            made.active.merge_cells(f"{column}2:{column}3")

    content = book(row(), [None] * 4 + row(Text="eat")[4:], prepare=merge)
    reading = read(content)

    assert [said(g.text) for g in reading.plans[0].goals] == ["walk", "eat"]
    assert [c for c, _ in codes(reading)] == ["merged_cells"]


FORMULA = b'<c r="G2" t="str"><f>"wa"&amp;"lk"</f><v>walk</v></c>'
CELLS = [
    (FORMULA, "formula_values", ["walk"]),
    (b'<c r="G2"><f>NOW()</f></c>', "formula_without_value", []),
    (b'<c r="G2" t="e"><v>#REF!</v></c>', "error_values", []),
    (b'<c r="G2" t="n"><v>words</v></c>', "odd_numbers", []),
    (b'<c r="G2" t="s"><v>999999</v></c>', "odd_numbers", []),
]


@pytest.mark.parametrize(("cell", "code", "goals"), CELLS)
def test_odd_cells(cell, code, goals):
    """A formula's last value is used and told; what is no value is left out and told."""
    content = book(row())
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml")
    start = sheet.index(b'<c r="G2"')
    sheet = sheet[:start] + cell + sheet[sheet.index(b"</c>", start) + 4 :]
    reading = read(patched(content, **{"xl__worksheets__sheet1.xml": sheet}))

    assert code in [c for c, _ in codes(reading)]
    assert goals == [said(g.text) for plan in reading.plans for g in plan.goals]


def test_other_sheet():
    """A sheet that is no table of the profile is told and counted, not guessed at."""

    def add(made):
        made.create_sheet("Legend").append(["what", "it means"])

    reading = read(book(row(), prepare=add))

    assert codes(reading) == [("unread_sheet", "sheet 2")]
    assert reading.coverage.residue == 2


def test_comment_is_kept():
    """A comment beside a cell of a plan's row is residue with its sheet and cell, and is told."""

    def comment(made):
        made.active["G2"].comment = Comment("ask her\nagain", "house")

    reading = read(book(row(), prepare=comment))
    (plan,) = reading.plans

    assert codes(reading) == [("comment_kept", "sheet 1!G2")]
    assert said(plan.residue[-1].text) == "ask her again"
    assert plan.places[f"/residue/{len(plan.residue) - 1}"].at == "sheet 1!G2"
    assert complaints(READER, Document(book(row(), prepare=comment))) == []


@pytest.mark.parametrize(
    ("sheet", "cell"), [("sheet 1", "A1"), ("sheet 1", "B40"), ("sheet 2", "C3")]
)
def test_comment_of_nobody(sheet, cell):
    """A comment in no row of a plan is told by sheet and cell, counted, and given to no member."""

    def comment(made):
        made.create_sheet("Legend")
        made.worksheets[int(sheet[-1]) - 1][cell].comment = Comment("ask Ann Ray", "house")

    reading = read(book(row(), prepare=comment))

    assert ("comments_unread", f"{sheet}!{cell}") in codes(reading)
    assert "Ray" not in str([said(one.text) for plan in reading.plans for one in plan.residue])
    assert reading.coverage.residue == 1


def test_threaded_comment():
    """A threaded comment is kept with its answer; the note that stands in its place is not."""

    def comment(made):
        made.active["G2"].comment = Comment("[Threaded comment] Your version ...", "house")

    thread = (
        b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/'
        b'threadedcomments">'
        b'<threadedComment ref="G2" id="{1}"><text>stopped in May?</text></threadedComment>'
        b'<threadedComment ref="G2" id="{2}" parentId="{1}"><text>yes</text></threadedComment>'
        b"</ThreadedComments>"
    )
    link = (
        b'<Relationship Id="t" Type="http://schemas.microsoft.com/office/2017/10/relationships/'
        b'threadedComment"'
        b' Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    )
    out = io.BytesIO()
    given = zipfile.ZipFile(io.BytesIO(book(row(), prepare=comment)))
    with zipfile.ZipFile(out, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith("sheet1.xml.rels"):
                content = content.replace(b"</Relationships>", link)
            made.writestr(name, content)
        made.writestr("xl/threadedComments/threadedComment1.xml", thread)
    (plan,) = read(out.getvalue()).plans

    kept = [said(one.text) for one in plan.residue if str(one.label).startswith("Comment")]
    assert kept == ["stopped in May?", "yes"]


def test_many_comments():
    """Twenty comments are told by their cells, the others are counted."""

    def comment(made):
        for at in range(2, 30):
            made.active[f"C{at}"].comment = Comment("again", "house")

    reading = read(book(*[row() for _ in range(28)], prepare=comment))

    found = [f for f in reading.findings if f.code == "comment_kept"]
    assert (len(found), found[-1].message[:20]) == (21, "8 more comments, thi")


def test_title_rows():
    """Rows above the header are told and left out; row numbers stay the sheet's."""

    def title(made):
        made.active.insert_rows(1, 2)
        made.active["A1"] = "Plan extract"

    reading = read(book(row(), row(Member="12"), prepare=title))

    assert codes(reading) == [("preamble", "row 1"), ("damaged_id", "sheet 1: row 5")]
    assert reading.coverage.ignored == 1


REFUSED = [
    ("macro_workbook", {"xl__vbaProject.bin": b"x"}),
    ("workbook_damaged", {"xl__workbook.xml": b"<workbook"}),
    ("workbook_damaged", {"xl__workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><workbook/>"}),
]


@pytest.mark.parametrize(("code", "parts"), REFUSED)
def test_refused(code, parts):
    """A workbook with macros or a spoilt part is refused with its reason."""
    reading = read(patched(book(row()), **parts))

    assert ((), [code]) == (reading.plans, [c for c, _ in codes(reading)])


def test_external_link_is_told():
    """A link to another workbook is never followed, and told."""
    reading = read(patched(book(row()), **{"xl__externalLinks__externalLink1.xml": b"<x/>"}))

    assert [c for c, _ in codes(reading)] == ["external_links"]


def test_identify():
    """A workbook is claimed by the header of one of its sheets."""
    assert READER.identify(Document(book(row())))
    assert not READER.identify(Document(book(head=["a", "b"])))


def test_unbound():
    """Without a profile a workbook is refused, and the finding says how wide its sheets are."""
    document = Document(book(row()))

    assert ADAPTER.identify(document)
    assert "8 columns" in ADAPTER.read(document).findings[0].message


@pytest.mark.parametrize("part", range(1, 8))
def test_cut(part):
    """A cut workbook ends in a reading without plans."""
    content = book(row())
    cut = content[: len(content) * part // 8]
    READER.identify(Document(cut))

    assert read(cut).plans == ()


def test_merged_without_end():
    """A workbook that merges more cells than any plan has is refused."""
    content = book(row(), row(Text="eat"))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml")
    merged = b"".join(b'<mergeCell ref="A2:A1000000"/>' for _ in range(9))
    last = sheet.replace(b'r="3"', b'r="1000000"')
    spoilt = last.replace(b"</sheetData>", b"</sheetData><mergeCells>" + merged + b"</mergeCells>")
    reading = read(patched(content, **{"xl__worksheets__sheet1.xml": spoilt}))

    assert ["merged_too_much"] == [c for c, _ in codes(reading)]


def test_workbook_alike():
    """The same rows say the same in a workbook, with dates and ids as numbers, as in CSV."""
    folder = Path(__file__).parents[3] / "templates" / "demo" / "samples" / "mco-laurel"
    readings = [
        laurel_csv.ADAPTER.read(Document((folder / name).read_bytes()))
        for name in ("plans_2026-10.csv", "plans_2026-10.xlsx")
    ]
    first, second = (
        [
            [{**wire.plain(p), "places": 0} for p in reading.plans],
            [f.code for f in reading.findings],
        ]
        for reading in readings
    )

    assert first == second
