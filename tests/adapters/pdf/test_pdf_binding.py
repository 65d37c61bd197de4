"""How labels, tables and boxes on a page become values: bounded, placed, and never guessed."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, said, wire

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  furniture: [Try Plan]
  labels:
    last: Last name
    born: {labels: [Date of birth], matches: "[0-9/]+"}
    purpose: Purpose
    crisis: {labels: [Crisis plan], lines: 2}
  choices:
    level: {low: Low, high: High}
  tables:
    goals: {key: goal, columns: {goal: Goal, due: Due}}
member: {name.family: last, birth_date: {from: born, transform: date}}
header: {purpose: purpose}
plan: {risk.level: level, crisis_plan: crisis}
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: {from: due, transform: date}}}
"""
READER = PdfReader(load(PROFILE))
HEAD = """
#set page(width: 400pt, height: 300pt, margin: 30pt)
#set text(size: 10pt)
#set table(stroke: 0.6pt)
#let tick(mark) = box(width: 8pt, height: 8pt, stroke: 0.6pt, mark)
#let cross = { place(line(start: (0pt, 0pt), end: (8pt, 8pt)))
  place(line(start: (0pt, 8pt), end: (8pt, 0pt))) }
#let dot = place(dx: 3.6pt, dy: 3.6pt, circle(radius: 0.4pt, fill: black))
"""


def read(markup: str, change=None):
    """Return the reading of a page of Typst markup."""
    made = typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)
    if change:
        with pikepdf.open(io.BytesIO(made)) as pdf:
            change(pdf)
            out = io.BytesIO()
            pdf.save(out)
            made = out.getvalue()
    return READER.read(Document(made, "try.pdf"))


def plan(markup: str, change=None):
    return read(markup, change).plans[0]


def codes(markup: str) -> list[str]:
    return [one.code for one in read(markup).findings]


@pytest.mark.parametrize(
    "markup",
    [
        "#table(columns: 2, [Last name \\ Okafor], [Other])",
        "#table(columns: 2, [Last name], [Okafor])",
        "#table(columns: 2, [Last name: Okafor], [])",
        "Last name: Okafor",
        "Last name #h(40pt) Okafor",
        "Last name \\ Okafor",
        "LAST NAME: Okafor #h(60pt) Date of birth: 02/03/1954",
    ],
    ids=["in cell", "next cell", "inline in cell", "colon", "right", "below", "two on a line"],
)
def test_value_beside_its_label(markup):
    """A value is found in its label's cell, the next cell, or beside or below the label."""
    assert said(plan(markup).member.name.family) == "Okafor"


def test_cell_bounds_a_wrapped_value():
    """A value that wraps inside its ruled cell is taken whole, and its neighbour is not."""
    markup = "#table(columns: (90pt, 90pt), [Purpose \\ Two hospital stays for COPD in May], [x y])"
    assert said(plan(markup).header.purpose) == "Two hospital stays for COPD in May"


def test_a_hyphen_at_the_line_end_is_kept():
    """A word broken at its hyphen inside a cell is one word again."""
    markup = "#table(columns: (70pt, 70pt), [Purpose \\ Better self-management], [])"
    assert said(plan(markup).header.purpose) == "Better self-management"


def test_page_frame_is_no_cell():
    """A frame around the page doesn't make all its words one value."""
    markup = "#rect(width: 340pt, height: 240pt)[Last name: Okafor #v(40pt) Something else]"
    assert said(plan(markup).member.name.family) == "Okafor"


@pytest.mark.parametrize(
    "markup",
    [
        "Purpose: Suite 200 \\ #h(0pt) more",
        "#table(columns: 1, [Purpose: one #h(60pt) Undeclared: two])",
        "#table(columns: 1, [Date of birth: 02/03/1954 Lena Marsh])",
        "Last name: Okafor #v(30pt) Last name: Okonkwo",
        "#place(dx: 0pt, dy: 0pt)[Purpose] #place(dx: 80pt)[one] #place(dx: 80pt, dy: 13pt)[two]",
    ],
    ids=["may go on", "wide blank", "off pattern", "two values", "wraps to the right"],
)
def test_doubt_is_told(markup):
    """Where a value's end can't be told it is left out with a finding."""
    filler = "#v(60pt) Try Plan" if "Suite" not in markup else ""
    wrapped = markup.replace("\\ #h(0pt)", "#linebreak()#h(0pt)") + filler
    told = codes(wrapped.replace("Purpose: Suite 200 #linebreak()#h(0pt) more", BELOW))
    assert "doubtful_field" in told


BELOW = "Purpose \\ Suite 200 \\ more"


def test_doubtful_value_is_absent():
    """A doubtful value is not in its field."""
    assert plan(BELOW).header.purpose is None


def test_doubtful_value_is_residue():
    """The words of a doubtful value are kept as residue."""
    assert [said(one.text) for one in plan(BELOW).residue] == ["Suite 200", "more"]


def test_declared_lines_end_the_doubt():
    """A profile that says how many lines a value has is believed."""
    assert said(plan("Crisis plan \\ Call 911 \\ then the nurse").crisis_plan) == (
        "Call 911 then the nurse"
    )


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotated_pages(turn):
    """A page shown turned by /Rotate is read as it stands in the file."""

    def rotate(pdf):
        pdf.pages[0].rotate(turn, relative=False)

    assert said(plan("#table(columns: 2, [Last name], [Okafor])", rotate).member.name.family) == (
        "Okafor"
    )


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_rotated_content(turn):
    """Words drawn at a right angle are read as well."""
    markup = f"#rotate({turn}deg, reflow: true, table(columns: 2, [Last name], [Okafor]))"
    assert said(plan(markup).member.name.family) == "Okafor"


@pytest.mark.parametrize(
    ("low", "high", "level"),
    [
        ("none", "cross", "high"),
        ("cross", "none", "low"),
        ("none", "none", None),
        ("cross", "cross", None),
        ("none", "dot", None),
    ],
)
def test_boxes_in_three_zones(low, high, level):
    """One clear mark is an answer; none, two or a speck are not."""
    risk = plan(f"Try Plan \\ #tick({low}) Low #h(20pt) #tick({high}) High").risk
    assert level == (risk.level if risk else None)


@pytest.mark.parametrize(("low", "high"), [("cross", "cross"), ("none", "dot")])
def test_unclear_boxes_are_told(low, high):
    """Two marks or a speck of ink are told as doubtful."""
    markup = f"Try Plan \\ #tick({low}) Low #h(20pt) #tick({high}) High"
    assert "doubtful_field" in codes(markup)


def test_box_characters():
    """A box that is a character is read by what it is."""
    assert plan("Try Plan \\ \u2610 Low #h(20pt) \u2612 High").risk.level == "high"


TABLE = "#table(columns: (200pt, 80pt), table.header[Goal][Due], {})"


def rows(*cells: str) -> str:
    return TABLE.format(", ".join(f"[{cell}]" for cell in cells))


def test_table_rows():
    """Each ruled row under the declared heads is one item, dates at their precision."""
    goals = plan(rows("Walk to church", "02/2027", "Sleep", "")).goals
    assert [(said(one.text), said(one.due)) for one in goals] == [
        ("Walk to church", "2027-02"),
        ("Sleep", ""),
    ]


def test_empty_rows_are_passed():
    """An empty row in a form doesn't end the table."""
    goals = plan(rows("Walk", "", "", "", "Sleep", "")).goals
    assert [said(one.text) for one in goals] == ["Walk", "Sleep"]


def test_row_without_key_is_told():
    """A row whose key cell is empty is left out with a finding."""
    assert "doubtful_field" in codes(rows("Walk", "", "", "03/04/2026"))


def test_row_split_over_pages_is_whole():
    """The tail of a row on the next page belongs to its row."""
    long = "word " * 60
    markup = "#v(190pt)" + rows("Walk " + long, "03/04/2026", "Sleep", "")
    assert said(plan(markup).goals[0].text).split() == ["Walk", *long.split()]


def test_row_that_may_be_a_tail_is_told():
    """A lone cell on top of the next page that could be either is left out with a finding."""
    markup = "#v(190pt)" + rows("Walk", "03/04/2026", "Walk", "03/04/2026", "Sleep", "")
    assert "doubtful_field" in codes(markup)


def test_refused_value_is_residue():
    """A date that is none is kept as residue under its label."""
    reading = read(rows("Walk", "next spring"))
    kept = [(said(one.label), said(one.text)) for one in reading.plans[0].residue]
    assert (kept, reading.findings[0].code) == ([("due", "next spring")], "value_refused")


SAMPLES = [
    BELOW,
    rows("Walk", "next spring", "", "03/04/2026"),
    "Try Plan \\ #tick(cross) Low #tick(dot) High \\ Loose words here",
    "Last name: Okafor #v(30pt) Last name: Okonkwo",
]


@pytest.mark.parametrize("markup", SAMPLES, ids=range(len(SAMPLES)))
def test_tally_adds_up(markup):
    """Lines and fields are mapped, residue or ignored, and nothing else."""
    tally = read(markup).coverage
    assert tally.source_items == tally.mapped + tally.residue + tally.ignored


@pytest.mark.parametrize("markup", SAMPLES, ids=range(len(SAMPLES)))
def test_every_word_is_somewhere(markup):
    """Each word that is not printed by the form is in the plan's fields or its residue."""
    form = {"last", "name", "date", "of", "birth", "purpose", "goal", "due", "low", "high"}
    form |= {"try", "plan"}
    made = plan(markup)
    kept = wire.encode(wire.plain(made)).decode().lower()
    said_words = set(re.split(r'[\s",]+', kept))
    page = typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)
    words = [word.strip(":").lower() for word in _words(page)]
    lost = [word for word in words if word not in form and not {word, _iso(word)} & said_words]
    assert lost == []


def _words(content: bytes) -> list[str]:
    from adapters.formats.pdf import plain_text  # noqa: PLC0415  # only this test reads it so

    return plain_text(content).split()


def _iso(word: str) -> str:
    parts = word.split("/")
    return "-".join([parts[2], parts[0], parts[1]]) if len(parts) == 3 else word


def test_place_in_points_from_top_left():
    """A value's place is its box on the page, in points from the top left."""
    place = plan("#place(dx: 70pt, dy: 70pt)[Last name: Okafor]").places["/member/name/family"]
    x0, y0 = (float(one) for one in place.at.partition("(")[2].split(", ")[:2])
    assert (140 < x0 < 160, 98 < y0 < 110, place.kind) == (True, True, "page")


@pytest.mark.parametrize(
    ("markup", "sure"),
    [("#table(columns: 2, [Last name], [Okafor])", 0.98), ("Last name: Okafor", 0.9)],
)
def test_confidence_tells_how_it_was_bounded(markup, sure):
    """A value in a ruled cell is surer than one beside its label."""
    assert plan(markup).places["/member/name/family"].confidence == sure


def test_letters_without_meaning_are_refused():
    """A value whose letters the file gives no meaning is not taken."""

    def forget(pdf):
        for font in pdf.pages[0].obj.Resources.Font.values():
            del font["/ToUnicode"]

    assert plan("Last name: Okafor", forget).member.name.family is None


def test_part2_line_is_no_furniture():
    """A line that a profile calls furniture is kept where it names 42 CFR Part 2."""
    notice = "42 CFR Part 2 prohibits unauthorized use or disclosure of these records."
    told = PROFILE.replace("[Try Plan]", '[Try Plan, "42 CFR*", "Form 7*"]')
    markup = f"Last name Doe\n\nForm 7 of the house\n\n{notice}\n"
    made = typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)
    found = PdfReader(load(told)).read(Document(made, "try.pdf"))

    assert [one.text for one in found.plans[0].residue] == [notice]
